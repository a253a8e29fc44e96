"""Round trips: what was opened and closed again, first in first out, from nothing but the fills."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill
from anyvenue.oms.money import divide_money

__all__ = ["ClosedTrade", "closed_trades"]

_ZERO = Decimal(0)


class ClosedTrade(msgspec.Struct, frozen=True):
    """One round trip. `side` is that of the entry; `profit` is before, `net` after fees; times are int ns UTC."""

    instrument: InstrumentId
    side: Side
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    ts_entry: int
    ts_exit: int
    profit: Decimal
    fees: Decimal
    currency: str

    @property
    def net(self) -> Decimal:
        """Profit less fees."""
        return self.profit - self.fees


class _Open:
    __slots__ = ("fee", "fill", "left")

    def __init__(self, fill: Fill, left: Decimal, fee: Decimal) -> None:
        self.fill = fill
        self.left = left
        self.fee = fee


def closed_trades(
    fills: Iterable[Fill], instruments: dict[InstrumentId, Instrument]
) -> list[ClosedTrade]:
    """Return the round trips of one account in the order of their exits.

    Fills are netted per instrument whatever their offsets: a buy closes the oldest open sells and the other way round.
    Fees are split over the parts of a fill by quantity, for display.
    """
    books: dict[InstrumentId, deque[_Open]] = {}
    trades: list[ClosedTrade] = []
    for fill in fills:
        book = books.setdefault(fill.instrument, deque())
        left, fee = fill.quantity, fill.fee
        while left and book and book[0].fill.side is not fill.side:
            quantity = min(left, book[0].left)
            trades.append(_close(book, fill, quantity, left, fee, instruments[fill.instrument]))
            fee -= _share(fee, quantity, left)
            left -= quantity
        if left:
            book.append(_Open(fill, left, fee))
    return trades


def _share(fee: Decimal, quantity: Decimal, of: Decimal) -> Decimal:
    return fee if quantity == of else fee * quantity / of


def _profit(instrument: Instrument, quantity: Decimal, start: Decimal, end: Decimal) -> Decimal:
    """Return the profit of a long position; of an inverse contract in coin, rounded."""
    size = quantity * instrument.multiplier
    if instrument.inverse:
        return divide_money(size * (end - start), start * end, instrument.currency)
    return (end - start) * size


def _close(
    book: deque[_Open],
    fill: Fill,
    quantity: Decimal,
    left: Decimal,
    fee: Decimal,
    instrument: Instrument,
) -> ClosedTrade:
    entry = book[0]
    entry_fee = _share(entry.fee, quantity, entry.left)
    profit = _profit(instrument, quantity, entry.fill.price, fill.price)
    if entry.fill.side is Side.SELL:
        profit = -profit
    trade = ClosedTrade(
        fill.instrument,
        entry.fill.side,
        quantity,
        entry.fill.price,
        fill.price,
        entry.fill.ts_event,
        fill.ts_event,
        profit,
        entry_fee + _share(fee, quantity, left),
        instrument.currency,
    )
    entry.left -= quantity
    entry.fee -= entry_fee
    if not entry.left:
        book.popleft()
    return trade
