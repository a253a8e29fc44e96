"""An independent recount of an account: plain lists of lots, nothing of the books' own code.

It walks fills and settlements and says what money, legs, margin and fees must be.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from anyvenue.model.enums import Dating, Offset, ProfitMethod, Side
from anyvenue.model.events import DaySettled
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill

ZERO = Decimal(0)


def cents(amount: Decimal, currency: str) -> Decimal:
    """Round to what is booked: a hundredth of a fen in CNY, 1e-8 in crypto."""
    return amount.quantize(Decimal("0.0001" if currency == "CNY" else "1e-8"), ROUND_HALF_EVEN)


class Recount:
    """Lots are lists [opening price, mark, quantity, of today]; money is by currency."""

    def __init__(
        self, instruments: Iterable[Instrument], method: ProfitMethod, cash: Decimal
    ) -> None:
        self.instruments = {each.id: each for each in instruments}
        self.by_day = method is ProfitMethod.BY_DAY
        self.money = {"CNY": cash, "USDT": cash}
        self.lots: dict[tuple[str, Side], list[list[Any]]] = {}
        self.fees: dict[tuple[int, Offset], list[Decimal]] = {}

    def walk(self, history: Iterable[Fill | DaySettled]) -> "Recount":
        """Take everything that happened."""
        for event in history:
            if isinstance(event, DaySettled):
                self._settle(event)
            else:
                self._fill(event)
        return self

    def _fill(self, fill: Fill) -> None:
        unit = self.instruments[fill.instrument]
        currency = unit.currency
        if not unit.position_rule.hedged and unit.position_rule.margined:
            fee = self._net(unit, fill)
        elif fill.offset is Offset.OPEN:
            book = self.lots.setdefault((unit.id, fill.side), [])
            book.append([fill.price, fill.price, fill.quantity, True])
            fee = self._fee(fill, Offset.OPEN, fill.quantity)
        else:
            fee = self._close(unit, fill)
        if not unit.position_rule.margined:
            sign = -1 if fill.side is Side.BUY else 1
            self.money[currency] += sign * fill.price * fill.quantity * unit.multiplier
        self.money[currency] -= fee
        assert fee == fill.fee, (fee, fill)

    def _net(self, unit: Instrument, fill: Fill) -> Decimal:
        """Close what stands against the fill, oldest first, and open the rest."""
        against = Side.BUY if fill.side is Side.SELL else Side.SELL
        left = fill.quantity
        for lot in self.lots.get((unit.id, against), []):
            part = min(left, lot[2])
            lot[2] -= part
            left -= part
            points = fill.price - (lot[1] if self.by_day else lot[0])
            gain = points if against is Side.BUY else -points
            self.money[unit.currency] += gain * part * unit.multiplier
        lots = self.lots.setdefault((unit.id, against), [])
        lots[:] = [lot for lot in lots if lot[2]]
        if left:
            book = self.lots.setdefault((unit.id, fill.side), [])
            book.append([fill.price, fill.price, left, True])
        opening = fill.offset is Offset.OPEN
        return self._fee(fill, Offset.OPEN if opening else Offset.CLOSE, fill.quantity)

    def _close(self, unit: Instrument, fill: Fill) -> Decimal:
        held = Side.BUY if fill.side is Side.SELL else Side.SELL
        book = self.lots.get((unit.id, held), [])
        taken = {True: ZERO, False: ZERO}
        left = fill.quantity
        for today in self._order(unit, fill.offset):
            for lot in book:
                if lot[3] is not today or not left:
                    continue
                part = min(left, lot[2])
                lot[2] -= part
                left -= part
                taken[today] += part
                basis = lot[1] if self.by_day else lot[0]
                points = fill.price - basis if held is Side.BUY else basis - fill.price
                if unit.position_rule.margined:
                    self.money[unit.currency] += points * part * unit.multiplier
        assert not left, f"closed {left} more than is held: {fill}"
        book[:] = [lot for lot in book if lot[2]]
        return self._closing_fee(unit, fill, taken)

    def _order(self, unit: Instrument, offset: Offset) -> tuple[bool, ...]:
        dated = unit.position_rule.dated
        if dated is Dating.EXPLICIT:
            return (offset is Offset.CLOSE_TODAY,)
        assert unit.fees is not None
        cheaper = unit.fees.close_today.by_money < unit.fees.close.by_money
        return (True, False) if dated is Dating.AUTO and cheaper else (False, True)

    def _closing_fee(self, unit: Instrument, fill: Fill, taken: dict[bool, Decimal]) -> Decimal:
        if unit.position_rule.dated is Dating.NONE:
            return self._fee(fill, Offset.CLOSE, fill.quantity)
        old = self._fee(fill, Offset.CLOSE, taken[False]) if taken[False] else ZERO
        today = self._fee(fill, Offset.CLOSE_TODAY, taken[True]) if taken[True] else ZERO
        return old + today

    def _fee(self, fill: Fill, at: Offset, quantity: Decimal) -> Decimal:
        """Charge what the order's turnover so far costs, less what it has paid."""
        unit = self.instruments[fill.instrument]
        assert unit.fees is not None
        rates = {Offset.OPEN: unit.fees.open, Offset.CLOSE_TODAY: unit.fees.close_today}
        rate = rates.get(at, unit.fees.close)
        meter = self.fees.setdefault((fill.order_id, at), [ZERO, ZERO])
        turnover = fill.price * quantity * unit.multiplier
        meter[0] += turnover
        due = cents(max(meter[0] * rate.by_money, rate.minimum), unit.currency) - meter[1]
        meter[1] += due
        for item in unit.fees.items:
            if item.side in (None, fill.side):
                due += cents(turnover * item.by_money, unit.currency)
        return due

    def _settle(self, event: DaySettled) -> None:
        prices = dict(event.prices)
        for (name, side), book in self.lots.items():
            unit = self.instruments[name]
            if unit.currency != event.currency:
                continue
            for lot in book:
                lot[3] = False
                if unit.position_rule.margined:
                    points = prices[unit.id] - lot[1]
                    if self.by_day:
                        gain = points if side is Side.BUY else -points
                        self.money[unit.currency] += gain * lot[2] * unit.multiplier
                    lot[1] = prices[unit.id]

    # ---- what must be so

    def leg(self, name: str, side: Side, today: bool) -> tuple[Decimal, Decimal]:
        """Return (quantity, value at opening prices) of one leg."""
        lots = [lot for lot in self.lots.get((name, side), []) if lot[3] is today]
        return sum((lot[2] for lot in lots), ZERO), sum((lot[0] * lot[2] for lot in lots), ZERO)

    def margin(self, currency: str) -> Decimal:
        """Return the margin of all lots at their marks."""
        total = ZERO
        for (name, side), book in self.lots.items():
            unit = self.instruments[name]
            if unit.currency == currency and unit.margin is not None and book:
                rate = unit.margin.long_by_money if side is Side.BUY else unit.margin.short_by_money
                value = sum((lot[1] * lot[2] for lot in book), ZERO)
                total += cents(value * unit.multiplier * rate, currency)
        return total
