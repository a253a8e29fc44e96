"""Lots with the day's closings: the same first in, first out as in the books, but what was closed today stays.

The books forget a lot that is gone, and adding to what every fill does would cost every backtest. So this follows the
events, only where somebody reads details.
"""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.statements import ClosedLot
from anyvenue.oms.legs import SideBook
from anyvenue.oms.money import divide_money

__all__ = ["DayLot", "DaySide", "amount_of", "gain"]

_ZERO = Decimal(0)


def amount_of(instrument: Instrument, price: Decimal, quantity: Decimal) -> Decimal:
    """Return what `quantity` at `price` is worth, in coins where the contract is an inverse one."""
    units = quantity * instrument.multiplier
    return divide_money(units, price, instrument.currency) if instrument.inverse else price * units


def gain(
    instrument: Instrument, side: Side, start: Decimal, end: Decimal, quantity: Decimal
) -> Decimal:
    """Return the profit of `quantity` held (BUY: long) while the price went from `start` to `end`."""
    rise = amount_of(instrument, end, quantity) - amount_of(instrument, start, quantity)
    # An inverse contract is worth fewer coins when its price rises.
    return rise if (side is Side.BUY) is not instrument.inverse else -rise


class DayLot(msgspec.Struct):
    """One opening fill: what of it is held, and what was closed today."""

    price: Decimal
    quantity: Decimal
    trading_day: int
    trade_id: str
    today: bool
    closed: Decimal = _ZERO
    closed_amount: Decimal = _ZERO
    by_day: Decimal = _ZERO
    by_trade: Decimal = _ZERO


class DaySide:
    """The long or the short lots of one instrument, and the day's sums, each as [today's, older ones'].

    `held` are the lots that are left, `done` those closed wholly today, oldest first; `previous` is the quantity that
    the day began with.
    """

    def __init__(self, instrument: InstrumentId, side: Side, book: SideBook | None = None) -> None:
        """Begin the day with the lots of `book`, without any for None."""
        self.instrument = instrument
        self.side = side
        self.held: tuple[deque[DayLot], deque[DayLot]] = (deque(), deque())
        self.done: tuple[list[DayLot], list[DayLot]] = ([], [])
        self.follow(book)
        self.previous = self.book.quantity
        self.opened = self.opened_amount = _ZERO
        self.closed = [_ZERO, _ZERO]
        self.closed_amount = [_ZERO, _ZERO]
        self.by_day = [_ZERO, _ZERO]
        self.by_trade = [_ZERO, _ZERO]
        self.fees = [_ZERO, _ZERO]
        self.cash = [_ZERO, _ZERO]

    @property
    def lots(self) -> Iterator[DayLot]:
        """The lots held or closed today, older ones first."""
        return chain(self.done[1], self.held[1], self.done[0], self.held[0])

    def open(
        self, instrument: Instrument, price: Decimal, quantity: Decimal, day: int, trade_id: str
    ) -> None:
        """Put lots of today in."""
        self.book.add(price, quantity, day, trade_id)
        self.held[0].append(DayLot(price, quantity, day, trade_id, True))
        self.opened += quantity
        self.opened_amount += amount_of(instrument, price, quantity)

    def close(
        self,
        instrument: Instrument,
        price: Decimal,
        parts: tuple[Decimal, Decimal],
        trade_id: str = "",
    ) -> list[ClosedLot]:
        """Close (today's, older) lots, oldest first in each, as many as there are; return what was closed."""
        today = min(parts[0], self.book.today.quantity)
        old = min(parts[1], self.book.old.quantity)
        found = self._take(instrument, price, 1, old, trade_id)
        found += self._take(instrument, price, 0, today, trade_id)
        self.book.close(today, old)
        return found

    def _take(
        self, instrument: Instrument, price: Decimal, which: int, quantity: Decimal, trade_id: str
    ) -> list[ClosedLot]:
        found, left, held = [], quantity, self.held[which]
        while left:
            lot = held[0]
            part = min(left, lot.quantity)
            left -= part
            found.append(self._part(instrument, lot, part, price, trade_id))
            if not lot.quantity:
                self.done[which].append(held.popleft())
        self.closed[which] += quantity
        self.closed_amount[which] += amount_of(instrument, price, quantity)
        return found

    def _part(
        self, instrument: Instrument, lot: DayLot, part: Decimal, price: Decimal, trade_id: str
    ) -> ClosedLot:
        by_day = gain(instrument, self.side, self.mark_of(lot), price, part)
        by_trade = gain(instrument, self.side, lot.price, price, part)
        amount = amount_of(instrument, price, part)
        lot.quantity -= part
        lot.closed += part
        lot.closed_amount += amount
        lot.by_day += by_day
        lot.by_trade += by_trade
        which = 0 if lot.today else 1
        self.by_day[which] += by_day
        self.by_trade[which] += by_trade
        option = instrument.option is not None
        return ClosedLot(
            instrument=self.instrument,
            side=self.side,
            opened_on=lot.trading_day,
            open_price=lot.price,
            quantity=part,
            price=price,
            profit_by_day=by_day,
            profit_by_trade=by_trade,
            cash_flow=(amount if self.side is Side.BUY else -amount) if option else _ZERO,
            settled=None if lot.today else self.book.mark,
            fill=trade_id,
            opened_by=lot.trade_id,
        )

    def mark_of(self, lot: DayLot) -> Decimal:
        """Return the price that profit by day is measured from."""
        mark = self.book.mark
        return lot.price if lot.today or mark is None else mark

    def agrees(self, book: SideBook | None) -> bool:
        """Tell whether the books hold as many lots of today and as many older ones."""
        own = (self.book.today.quantity, self.book.old.quantity)
        return own == ((book.today.quantity, book.old.quantity) if book else (_ZERO, _ZERO))

    def follow(self, book: SideBook | None) -> None:
        """Hold what the books hold, where they changed by what no event tells the lots of."""
        own = self.book = SideBook() if book is None else book.copy()
        for which, bucket in enumerate((own.today, own.old)):
            for lot in self.held[which]:
                if lot.closed:
                    lot.quantity = _ZERO
                    self.done[which].append(lot)
            self.held[which].clear()
            self.held[which].extend(DayLot(*lot, which == 0) for lot in bucket.lots)
