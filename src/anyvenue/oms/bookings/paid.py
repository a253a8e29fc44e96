"""What is paid in full when it is bought: shares and funds in a cash account. Holding it costs no margin."""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import Offset, PostingKind, Side
from anyvenue.model.events import DaySettled
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill
from anyvenue.oms.bookings.base import Booking, Profits, close_lots
from anyvenue.oms.legs import Holding
from anyvenue.oms.money import round_money

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.books import Books

__all__ = ["Paid"]

_BUY = Side.BUY  # bound once: looking a member up on its enum class takes its time
_TO_OPEN = Offset.OPEN
_ZERO = Decimal(0)


class Paid(Booking):
    """Only long lots; bought lots are an expense, sold ones an income."""

    def need(
        self,
        books: "Books",
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> tuple[Decimal, Decimal]:
        """Return the whole price as cash."""
        return _ZERO, round_money(self.turnover(instrument, price, quantity), instrument.currency)

    def fill(
        self, books: "AccountState", instrument: Instrument, holding: Holding, fill: Fill, day: int
    ) -> Side | None:
        """Take lots in and pay for them, or give them up for money."""
        if fill.offset is _TO_OPEN:
            book = holding.held_by(fill.side)
            book.add(fill.price, fill.quantity, day, fill.trade_id)
        else:
            close_lots(books, instrument, holding, fill)
        amount = self.turnover(instrument, fill.price, fill.quantity)
        if fill.side is _BUY:
            books.post(PostingKind.PURCHASE, instrument, -amount, fill, day)
        else:
            books.post(PostingKind.SALE, instrument, amount, fill, day)
        return fill.side

    def value(
        self,
        books: "Books",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
    ) -> Decimal:
        """Return what the lots are worth."""
        book = holding.long
        value = book.open_value if price is None else price * book.quantity
        return value * instrument.multiplier

    def rough_profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: float
    ) -> float:
        """Return about the market value."""
        return price * float(holding.long.quantity) * float(instrument.multiplier)

    def settle(
        self,
        books: "AccountState",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
        event: DaySettled,
    ) -> Profits:
        """Make today's lots old, so that they may be sold where that takes a night."""
        holding.long.roll(None)
        return []
