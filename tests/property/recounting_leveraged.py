"""An independent recount of leveraged accounts: plain lists of lots, nothing of the books' own code.

It walks fills, fundings, liquidations, changed terms and settlements, and says what money, lots and isolated money must
be.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from anyvenue.model.enums import MarginMode, Offset, PostingKind, Side
from anyvenue.model.events import CashMoved, DaySettled, MarginTermsChanged
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill

ZERO = Decimal(0)
QUANTUM = Decimal("1e-8")
WIDE = Context(prec=80, rounding=ROUND_HALF_EVEN)
History = Iterable[Fill | DaySettled | CashMoved | MarginTermsChanged]


def rounded(numerator: Decimal, denominator: Decimal = Decimal(1)) -> Decimal:
    """Return a quotient to the quantum of crypto currencies."""
    return WIDE.divide(numerator, denominator).quantize(QUANTUM, context=WIDE)


class LeveragedRecount:
    """Lots are lists [price, quantity, value in coin if inverse]; money is by currency, pots by instrument."""

    def __init__(
        self,
        instruments: Iterable[Instrument],
        cash: Mapping[str, Decimal],
        *,
        hedged: bool,
        isolated: bool,
        leverage: Decimal,
    ) -> None:
        self.instruments = {each.id: each for each in instruments}
        self.money = dict(cash)
        self.hedged = hedged
        self.isolated = dict.fromkeys(self.instruments, isolated)
        self.leverage = dict.fromkeys(self.instruments, leverage)
        self.lots: dict[tuple[str, Side], list[list[Any]]] = {}
        self.pots = dict.fromkeys(self.instruments, ZERO)
        self.fees: dict[tuple[int, bool], list[Decimal]] = {}
        self.insured = 0

    def walk(self, history: History) -> "LeveragedRecount":
        """Take everything that happened."""
        for event in history:
            if isinstance(event, Fill):
                self._fill(event)
            elif isinstance(event, CashMoved):
                self._moved(event)
            elif isinstance(event, MarginTermsChanged):
                self._terms(event)
            else:
                self._settle(event)
        return self

    def _value(self, unit: Instrument, price: Decimal, quantity: Decimal) -> Decimal:
        size = quantity * unit.multiplier
        return rounded(size, price) if unit.inverse else size * price

    # ---- fills

    def _fill(self, fill: Fill) -> None:
        unit = self.instruments[fill.instrument]
        held = Side.SELL if fill.side is Side.BUY else Side.BUY
        closing = fill.quantity
        if not self.hedged:
            closing = min(closing, self.held(unit.id, held))
        elif fill.offset is Offset.OPEN:
            closing = ZERO
        if closing:
            self._close(unit, held, closing, fill.price)
        if closing < fill.quantity:
            self._open(unit, fill, fill.quantity - closing)
        self.money[unit.currency] -= fill.fee
        if fill.order_id < 10**12:
            assert fill.fee == self._fee(unit, fill), fill
        else:
            assert fill.fee == 0

    def _open(self, unit: Instrument, fill: Fill, quantity: Decimal) -> None:
        value = self._value(unit, fill.price, quantity)
        self.lots.setdefault((unit.id, fill.side), []).append([fill.price, quantity, value])
        if self.isolated[unit.id]:
            self.pots[unit.id] += rounded(value, self.leverage[unit.id])

    def _close(self, unit: Instrument, held: Side, quantity: Decimal, price: Decimal) -> None:
        total = self.held(unit.id, Side.BUY) + self.held(unit.id, Side.SELL)
        pot = self.pots[unit.id]
        self.pots[unit.id] = ZERO if quantity == total else pot - rounded(pot * quantity, total)
        cost = self._take(unit, held, quantity)
        worth = self._value(unit, price, quantity)
        gain = worth - cost if (held is Side.BUY) is not unit.inverse else cost - worth
        self.money[unit.currency] += rounded(gain)

    def _take(self, unit: Instrument, held: Side, quantity: Decimal) -> Decimal:
        """Remove lots, oldest first; return what they were worth when they were opened."""
        book, cost = self.lots[unit.id, held], ZERO
        while quantity:
            price, there, value = book[0]
            part = min(there, quantity)
            if part == there:
                book.pop(0)
                share = value
            else:
                share = rounded(value * part, there) if unit.inverse else value * part / there
                book[0] = [price, there - part, value - share]
            cost += share
            quantity -= part
        return cost

    def _fee(self, unit: Instrument, fill: Fill) -> Decimal:
        assert unit.fees is not None
        assert unit.fees.maker is not None
        rate = unit.fees.maker if fill.maker else unit.fees.open
        meter = self.fees.setdefault((fill.order_id, fill.maker), [ZERO, ZERO])
        meter[0] += self._value(unit, fill.price, fill.quantity)
        due = rounded(meter[0] * rate.by_money) - meter[1]
        meter[1] += due
        return due

    # ---- money and terms

    def _moved(self, event: CashMoved) -> None:
        assert event.instrument is not None
        unit = self.instruments[event.instrument]
        if event.kind is PostingKind.FUNDING:
            rate, _, price = event.reference.partition(" at ")
            net = self.held(unit.id, Side.BUY) - self.held(unit.id, Side.SELL)
            size = -net * unit.multiplier * Decimal(rate)
            paid = rounded(size, Decimal(price)) if unit.inverse else rounded(size * Decimal(price))
            assert event.amount == paid
            if self.isolated[unit.id]:
                self.pots[unit.id] += paid
        elif event.kind is PostingKind.INSURANCE:
            self.insured += 1
            assert event.amount > 0
        else:
            assert event.kind is PostingKind.LIQUIDATION
            assert event.amount < 0
        self.money[unit.currency] += event.amount
        if event.kind is PostingKind.INSURANCE and not self.isolated[unit.id]:
            assert self.free(unit.currency) == 0

    def free(self, currency: str) -> Decimal:
        """Return the money that is set aside for no position."""
        aside = sum(
            (pot for name, pot in self.pots.items() if self.instruments[name].currency == currency),
            ZERO,
        )
        return self.money[currency] - aside

    def _terms(self, event: MarginTermsChanged) -> None:
        self.pots[event.instrument] += event.moved
        if event.leverage is not None:
            self.leverage[event.instrument] = event.leverage
        if event.mode is not None:
            self.isolated[event.instrument] = event.mode is MarginMode.ISOLATED

    def _settle(self, event: DaySettled) -> None:
        prices = dict(event.prices)
        for name in event.delivered:
            unit, gains = self.instruments[name], ZERO
            for held, sign in ((Side.BUY, 1), (Side.SELL, -1)):
                quantity = self.held(name, held)
                if quantity:
                    cost = self._take(unit, held, quantity)
                    worth = self._value(unit, prices[name], quantity)
                    gains += sign * (cost - worth if unit.inverse else worth - cost)
            self.money[unit.currency] += rounded(gains)
            self.pots[name] = ZERO

    # ---- what must be so

    def held(self, name: str, side: Side) -> Decimal:
        """Return the lots of one side."""
        return sum((lot[1] for lot in self.lots.get((name, side), [])), ZERO)

    def profit(self, name: str, price: Decimal) -> Decimal:
        """Return the unrealised profit of both sides at `price`."""
        unit, total = self.instruments[name], ZERO
        for side, sign in ((Side.BUY, 1), (Side.SELL, -1)):
            quantity = self.held(name, side)
            if quantity:
                cost = sum((lot[2] for lot in self.lots[name, side]), ZERO)
                worth = self._value(unit, price, quantity)
                total += sign * (cost - worth if unit.inverse else worth - cost)
        return total

    def needed(self, name: str, price: Decimal) -> Decimal:
        """Return the maintenance margin of both sides at `price`."""
        unit, total = self.instruments[name], ZERO
        for side in Side:
            worth = (
                self._value(unit, price, quantity) if (quantity := self.held(name, side)) else ZERO
            )
            if worth:
                tier = next((each for each in unit.tiers if worth <= each.up_to), unit.tiers[-1])
                total += worth * tier.maintenance - tier.deduction
        return total
