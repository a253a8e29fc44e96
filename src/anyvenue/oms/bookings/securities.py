"""Shares in a margin account: bought on credit and sold short, with one position that may be long or short.

Rules (Regulation T and FINRA rule 4210; IBKR's margin account works by the same figures):

- Buying takes the whole price out of the balance, which may go below zero: the loan. Selling short puts the proceeds
  in.
- What may be used is balance + value of what is held long - value of what is sold short - initial margin of both.
  Initial margin is a fraction (50 %) of the current value.
- Borrowed shares cost a yearly fee on their value (360 days), a balance below zero a yearly interest, both by calendar
  day at the end of each trading day.

Left out: the higher margin of cheap shares, the special memorandum account, recalls of borrowed shares. A margin call
is not executed; `maintenance` tells how near it is.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import PostingKind, Side
from anyvenue.model.events import DaySettled
from anyvenue.model.instruments import Financing, Instrument
from anyvenue.model.orders import Fill
from anyvenue.oms.bookings.base import Profits
from anyvenue.oms.bookings.financing import Night, financing_cost
from anyvenue.oms.bookings.futures import Netted
from anyvenue.oms.bookings.valued import Valued
from anyvenue.oms.legs import Holding, SideBook
from anyvenue.oms.money import round_money
from anyvenue.oms.rates import margin_of

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.books import Books

__all__ = ["Securities", "maintenance"]

_BUY = Side.BUY  # bound once: looking a member up on its enum class takes its time
_SELL = Side.SELL
_ZERO = Decimal(0)


class Securities(Valued, Netted):
    """Money moves as with paid shares; the margin follows their price."""

    floating = True

    def fill(
        self, books: "AccountState", instrument: Instrument, holding: Holding, fill: Fill, day: int
    ) -> Side | None:
        """Book the lots, then the price of all of them."""
        super().fill(books, instrument, holding, fill, day)
        amount = self.turnover(instrument, fill.price, fill.quantity)
        if fill.side is _BUY:
            books.post(PostingKind.PURCHASE, instrument, -amount, fill, day)
        else:
            books.post(PostingKind.SALE, instrument, amount, fill, day)
        return None

    def close(
        self,
        books: "AccountState",
        instrument: Instrument,
        book: SideBook,
        fill: Fill,
        lots: tuple[Decimal, Decimal],
        day: int,
    ) -> None:
        """Take the lots out; their profit is in the prices paid."""
        book.close(*lots)

    def collateral(self, books: "Books", instrument: Instrument, holding: Holding) -> Decimal:
        """Return the value: it backs other orders, and what was sold short must be bought back."""
        return self.value(books, instrument, holding, books.mark(instrument.id))

    def margin(self, books: "Books", instrument: Instrument, holding: Holding) -> Decimal:
        """Return the initial margin of the current value."""
        schedule = books.rates.margin(instrument)
        total = _ZERO
        for side, book in ((_BUY, holding.long), (_SELL, holding.short)):
            if book.quantity:
                worth = _worth(books, instrument, book)
                total += margin_of(schedule, side, worth, book.quantity)
        return round_money(total, instrument.currency)

    def settle(
        self,
        books: "AccountState",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
        event: DaySettled,
    ) -> Profits:
        """Make lots old."""
        holding.long.roll(None)
        holding.short.roll(None)
        return []

    def carry(
        self,
        books: "Books",
        instrument: Instrument,
        holding: Holding,
        price: Decimal,
        night: Night,
    ) -> Profits:
        """Return the fee for borrowed shares."""
        terms = instrument.financing or Financing(short=books.settings.borrow_rate)
        short = price * holding.short.quantity * instrument.multiplier
        cost = financing_cost(terms, _ZERO, short, night, instrument.currency)
        return [(PostingKind.BORROW, -cost)] if cost else []


def maintenance(books: "Books", instrument: Instrument, holding: Holding) -> Decimal:
    """Return the maintenance margin of a holding at current prices.

    An account whose equity falls below the sum of them is called.
    """
    schedule = books.rates.margin(instrument)
    long = _worth(books, instrument, holding.long) * schedule.long_maintenance
    short = _worth(books, instrument, holding.short) * schedule.short_maintenance
    return round_money(long + short, instrument.currency)


def _worth(books: "Books", instrument: Instrument, book: SideBook) -> Decimal:
    price = books.mark(instrument.id)
    value = book.open_value if price is None else price * book.quantity
    return value * instrument.multiplier
