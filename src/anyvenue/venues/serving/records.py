"""What a server keeps of an account's orders, trades and income."""

from collections import deque
from decimal import Decimal
from enum import Enum, auto
from typing import NamedTuple

import msgspec

from anyvenue.model.enums import Offset, OrderState, Side
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.orders import DONE_STATES, Fill, OrderRequest
from anyvenue.venues.serving.numbers import quantized

__all__ = ["Income", "Lots", "OrderChange", "Place", "Record", "TradeRow", "leg_of"]

_ZERO, _ONE = Decimal(0), Decimal(1)


class OrderChange(Enum):
    """What happened to an order."""

    ACCEPTED = auto()
    TRIGGERED = auto()
    TRADED = auto()
    MODIFIED = auto()
    ENDED = auto()


class Place(NamedTuple):
    """Where a venue trades an instrument: the market, by the venue's name of it, and the symbol.

    `margined` is whether positions are held in it, whose profits and fees are income of the account.
    """

    market: str
    symbol: str
    margined: bool
    multiplier: Decimal = _ONE
    inverse: bool = False


class TradeRow(msgspec.Struct, frozen=True):
    """One execution of an order: `number` is its id in the account, `realised` the profit that it took."""

    number: int
    fill: Fill
    ts_ms: int
    realised: Decimal

    @property
    def value(self) -> Decimal:
        """Price times quantity."""
        return self.fill.price * self.fill.quantity


class Record(msgspec.Struct):
    """One order; SENT until the broker has answered. `money` is what a market order was to be worth.

    `leg` is ``long`` or ``short`` where the account keeps both side by side: which of them the order is for.
    """

    order_id: OrderId
    place: Place
    request: OrderRequest
    client_id: str
    created_ms: int
    updated_ms: int
    state: OrderState = OrderState.SENT
    filled: Decimal = _ZERO
    value: Decimal = _ZERO
    reason: str = ""
    code: str = ""
    triggered: bool = False
    money: Decimal = _ZERO
    trades: list[TradeRow] = []
    original_type: str = ""
    leg: str = ""

    @property
    def market(self) -> str:
        """The market's name at the venue."""
        return self.place.market

    @property
    def symbol(self) -> str:
        """The symbol at the venue."""
        return self.place.symbol

    @property
    def done(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.state in DONE_STATES

    @property
    def average(self) -> Decimal:
        """The average price of what was filled, 0 without fills."""
        return quantized(self.value / self.filled) if self.filled else _ZERO


class Income(msgspec.Struct, frozen=True):
    """Money that came or went: REALIZED_PNL, COMMISSION, FUNDING_FEE or TRANSFER."""

    number: int
    symbol: str
    kind: str
    amount: Decimal
    asset: str
    ts_ms: int
    trade: str = ""


class Lots:
    """What each fill of a position opened, first in first out, as the exchange's own books reckon."""

    def __init__(self) -> None:
        """Begin flat."""
        self._held: dict[tuple[InstrumentId, str], deque[tuple[Decimal, Decimal]]] = {}

    def take(
        self, fill: Fill, multiplier: Decimal = _ONE, *, inverse: bool = False, leg: str = ""
    ) -> Decimal:
        """Take a fill of a netted position, or of one `leg`, and return the profit it took, fees aside.

        That of an inverse contract is in its coin.
        """
        lots = self._held.setdefault((fill.instrument, leg), deque())
        left = fill.quantity if fill.side is Side.BUY else -fill.quantity
        realised = _ZERO
        while left and lots and lots[0][0] * left < 0:
            held, price = lots.popleft()
            closed = min(abs(held), abs(left)).copy_sign(held)
            gain = 1 / price - 1 / fill.price if inverse else fill.price - price
            realised += gain * closed
            left += closed
            if held != closed:
                lots.appendleft((held - closed, price))
        if left:
            lots.append((left, fill.price))
        return quantized(realised * multiplier)


def leg_of(request: OrderRequest) -> str:
    """Return which lots an order of a hedged account opens or closes: ``long`` or ``short``."""
    opens = request.offset in (Offset.OPEN, Offset.AUTO)
    return "long" if (request.side is Side.BUY) is opens else "short"
