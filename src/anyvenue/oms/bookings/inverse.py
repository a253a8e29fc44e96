"""Perpetuals and dated futures that are settled in their base coin (inverse).

Rules (Binance COIN-M futures): a contract is worth multiplier / price in coin; profit is quantity x multiplier x
(1 / opening price - 1 / closing price). Each lot keeps its coin value, rounded once when it is opened; a part of it
that is closed takes its rounded share and the rest stays in the lot, so nothing is lost or made by rounding.
"""

from collections import deque
from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import Side
from anyvenue.model.errors import Inconsistent
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill
from anyvenue.oms.bookings.leveraged import Leveraged
from anyvenue.oms.bookings.leveraged_holding import LeveragedHolding
from anyvenue.oms.legs import Holding
from anyvenue.oms.money import divide_money

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.books import Books

__all__ = ["CoinLots", "Inverse", "InverseHolding"]

_BUY = Side.BUY  # bound once: looking a member up on its enum class takes its time
_ZERO = Decimal(0)


class CoinLots:
    """Coin values of the lots of one side, first in, first out; `value` is their sum."""

    __slots__ = ("_lots", "value")

    def __init__(self) -> None:
        self._lots: deque[tuple[Decimal, Decimal]] = deque()  # quantity, coin value
        self.value = _ZERO

    def add(self, quantity: Decimal, value: Decimal) -> None:
        """Add a lot."""
        self._lots.append((quantity, value))
        self.value += value

    def take(self, quantity: Decimal, currency: str) -> Decimal:
        """Remove `quantity`, oldest first, and return its coin value."""
        taken = _ZERO
        while quantity and self._lots:
            held, value = self._lots.popleft()
            if held > quantity:
                part = divide_money(value * quantity, held, currency)
                self._lots.appendleft((held - quantity, value - part))
                held, value = quantity, part
            quantity -= held
            taken += value
        if quantity:
            raise Inconsistent(f"closing {quantity} contracts more than are held")
        self.value -= taken
        return taken


class InverseHolding(LeveragedHolding):
    """Legs, terms and coin values."""

    __slots__ = ("bought", "sold")

    def __init__(self, instrument: InstrumentId) -> None:
        super().__init__(instrument)
        self.bought = CoinLots()
        self.sold = CoinLots()


class Inverse(Leveraged):
    """Inverse contracts, netted or hedged."""

    def legs(self, instrument: Instrument) -> Holding:
        """Return empty legs with terms and coin values."""
        return InverseHolding(instrument.id)

    def turnover(self, instrument: Instrument, price: Decimal, quantity: Decimal) -> Decimal:
        """Return the coin value of contracts at `price`, rounded: a quotient has no last digit."""
        if not quantity:
            return _ZERO
        return divide_money(quantity * instrument.multiplier, price, instrument.currency)

    def open(
        self,
        instrument: Instrument,
        holding: LeveragedHolding,
        fill: Fill,
        quantity: Decimal,
        day: int,
    ) -> None:
        """Add a lot and its coin value."""
        super().open(instrument, holding, fill, quantity, day)
        lots = _bought(holding) if fill.side is _BUY else _sold(holding)
        lots.add(quantity, self.turnover(instrument, fill.price, quantity))

    def aligned(self, books: "AccountState", instrument: Instrument, holding: Holding) -> None:
        """Work the coin values of all lots out again."""
        own = _inverse(holding)
        own.bought, own.sold = CoinLots(), CoinLots()
        for coins, book in ((own.bought, own.long), (own.sold, own.short)):
            for lot in book.lots():
                coins.add(lot.quantity, self.turnover(instrument, lot.price, lot.quantity))

    def realise(
        self,
        instrument: Instrument,
        holding: LeveragedHolding,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> Decimal:
        """Take out the lots that `side` closes, oldest first, and return their profit in coin."""
        super().realise(instrument, holding, side, price, quantity)
        value = self.turnover(instrument, price, quantity)
        if side is _BUY:
            return value - _sold(holding).take(quantity, instrument.currency)
        return _bought(holding).take(quantity, instrument.currency) - value

    def profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: Decimal
    ) -> Decimal:
        """Return the profit in coin since the lots were opened."""
        long = self.turnover(instrument, price, holding.long.quantity)
        short = self.turnover(instrument, price, holding.short.quantity)
        return _bought(holding).value - long + short - _sold(holding).value

    def rough_profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: float
    ) -> float:
        """Return about the profit."""
        net = float(holding.long.quantity - holding.short.quantity)
        coins = float(_bought(holding).value - _sold(holding).value)
        return coins - net * float(instrument.multiplier) / price

    def sides(
        self, instrument: Instrument, holding: LeveragedHolding, price: Decimal | None
    ) -> tuple[Decimal, Decimal]:
        """Return what the long and the short side are worth in coin at `price`, at cost without one."""
        if price is None:
            return _bought(holding).value, _sold(holding).value
        return super().sides(instrument, holding, price)


def _bought(holding: Holding) -> CoinLots:
    return _inverse(holding).bought


def _sold(holding: Holding) -> CoinLots:
    return _inverse(holding).sold


def _inverse(holding: Holding) -> InverseHolding:
    if not isinstance(holding, InverseHolding):
        raise Inconsistent(f"{holding.instrument} was held before it was an inverse contract")
    return holding
