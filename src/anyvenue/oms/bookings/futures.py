"""Futures and whatever else is margined by a fixed rate and marked to market every day.

Rules: margin by turnover and by lot; profit is paid when lots are closed and, by day, at every settlement (CTP
counter). A netted position (`Netted`) has one side: a fill closes what stands against it and opens the rest.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import Offset, PostingKind, ProfitMethod, Side
from anyvenue.model.events import DaySettled
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.bookings.base import (
    Booking,
    Profits,
    close_lots,
    freezing_price,
    refuse_unaffordable,
)
from anyvenue.oms.bookings.financing import Night, financing_cost
from anyvenue.oms.claims import Claim, ClosingClaim, NettedClaim, OpeningClaim
from anyvenue.oms.legs import Holding, SideBook
from anyvenue.oms.money import round_money
from anyvenue.oms.rates import commission, extra_charges, margin_of
from anyvenue.oms.settlement import settle_holding

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.books import Books

__all__ = ["Futures", "Hedged", "Netted", "basis"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_BUY = Side.BUY
_BY_DAY = ProfitMethod.BY_DAY
_CLOSE_PROFIT = PostingKind.CLOSE_PROFIT
_SELL = Side.SELL
_TO_OPEN = Offset.OPEN

_ZERO = Decimal(0)


def basis(book: SideBook, by_day: bool) -> Decimal:
    """Return the sum of price x quantity that the profit of a side is measured from."""
    return book.mark_value if by_day else book.open_value


class Futures(Booking):
    """Long and short lots side by side, margined by the schedule."""

    def need(
        self,
        books: "Books",
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> tuple[Decimal, Decimal]:
        """Return the schedule's margin."""
        turnover = price * instrument.multiplier * quantity
        margin = margin_of(books.rates.margin(instrument), side, turnover, quantity)
        return round_money(margin, instrument.currency), _ZERO

    def fill(
        self, books: "AccountState", instrument: Instrument, holding: Holding, fill: Fill, day: int
    ) -> Side | None:
        """Open lots, or close them and pay their profit."""
        if fill.offset is _TO_OPEN:
            book = holding.held_by(fill.side)
            book.add(fill.price, fill.quantity, day, fill.trade_id)
            return fill.side
        closed = close_lots(books, instrument, holding, fill)
        by_day = books.settings.profit_method is _BY_DAY
        start = closed.mark_value if by_day else closed.open_value
        profit = fill.price * fill.quantity - start
        if fill.side is _BUY:
            profit = -profit
        books.post(_CLOSE_PROFIT, instrument, profit * instrument.multiplier, fill, day)
        return _SELL if fill.side is _BUY else _BUY

    def profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: Decimal
    ) -> Decimal:
        """Return the profit since the last settlement (by day) or since the lots were opened."""
        long, short = holding.long, holding.short
        points = price * (long.quantity - short.quantity)
        if books.settings.profit_method is _BY_DAY:
            points += short.mark_value - long.mark_value
        else:
            points += short.open_value - long.open_value
        return points * instrument.multiplier

    def rough_profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: float
    ) -> float:
        """Return about the profit."""
        by_day = books.settings.profit_method is _BY_DAY
        long, short = holding.long, holding.short
        points = price * float(long.quantity - short.quantity)
        points -= float(basis(long, by_day) - basis(short, by_day))
        return points * float(instrument.multiplier)

    def settle(
        self,
        books: "AccountState",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
        event: DaySettled,
    ) -> Profits:
        """Mark the lots to the settlement price; what has expired is closed at it."""
        delivered = instrument.id in event.delivered
        return settle_holding(instrument, holding, price, delivered, books.settings.profit_method)


class Hedged(Futures):
    """Futures as most are: both sides side by side. The cost of an order is worked out in one go, as it is so often."""

    def cost(
        self,
        books: "Books",
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> tuple[Decimal, Decimal, Decimal]:
        """Return (fee, margin, no cash) of opening `quantity` at `price`."""
        currency, rates = instrument.currency, books.rates
        fees = rates.fees(instrument)
        turnover = price * instrument.multiplier * quantity
        fee = commission(fees.open, currency, turnover, quantity)
        if fees.items:
            fee += extra_charges(fees, side, currency, turnover, quantity)
        margin = margin_of(rates.margin(instrument), side, turnover, quantity)
        return fee, round_money(margin, currency), _ZERO

    free_profit = Futures.profit  # all of it, without a call in between


class Netted(Futures):
    """One position: long, short or none. The offset of an order does not matter, only whether it may open."""

    def claim(self, books: "AccountState", instrument: Instrument, request: OrderRequest) -> Claim:
        """Freeze the lots the order closes and the money for the rest."""
        opposite = books.holding_of(instrument).closed_by(request.side)
        if request.offset is not _TO_OPEN:
            return self.claim_lots(books, instrument, request)
        closing = min(request.quantity, max(opposite.closable, _ZERO))
        price = freezing_price(books, instrument, request)
        rest = request.quantity - closing
        opening = OpeningClaim(books, self, instrument, request.side, rest, price)
        refuse_unaffordable(books, opening)
        opening.freeze()
        lots = ClosingClaim(instrument, request.side, Offset.CLOSE, closing, opposite)
        lots.freeze()
        return NettedClaim(opening, lots)

    def fill(
        self, books: "AccountState", instrument: Instrument, holding: Holding, fill: Fill, day: int
    ) -> Side | None:
        """Close what stands against the fill, oldest first, and open the rest."""
        opposite = holding.closed_by(fill.side)
        closing = min(fill.quantity, opposite.quantity)
        if closing:
            old = min(closing, opposite.old.quantity)
            self.close(books, instrument, opposite, fill, (closing - old, old), day)
        if fill.quantity > closing:
            book = holding.held_by(fill.side)
            book.add(fill.price, fill.quantity - closing, day, fill.trade_id)
            self.opened(books, instrument, fill, fill.quantity - closing)
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
        """Close (today's, older) lots of `book` at the fill's price and pay their profit."""
        closed = book.close(*lots)
        by_day = books.settings.profit_method is _BY_DAY
        start = closed.mark_value if by_day else closed.open_value
        profit = fill.price * (lots[0] + lots[1]) - start
        if fill.side is _BUY:
            profit = -profit
        books.post(_CLOSE_PROFIT, instrument, profit * instrument.multiplier, fill, day)

    def carry(
        self,
        books: "Books",
        instrument: Instrument,
        holding: Holding,
        price: Decimal,
        night: Night,
    ) -> Profits:
        """Return the interest of a position that has one, such as the swap of a currency pair."""
        terms = instrument.financing
        if terms is None:
            return []
        long, short = (
            price * book.quantity * instrument.multiplier for book in (holding.long, holding.short)
        )
        cost = financing_cost(terms, long, short, night, instrument.currency)
        return [(PostingKind.INTEREST, -cost)] if cost else []

    def opened(
        self, books: "AccountState", instrument: Instrument, fill: Fill, quantity: Decimal
    ) -> None:
        """Do what opening lots takes besides the lots: nothing here."""
