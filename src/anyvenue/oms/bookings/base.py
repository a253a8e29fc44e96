"""What every way of booking does: claims before an order goes out, legs and money of fills, value, margin, settlement.

A booking is a rule without a memory: what it remembers is in the books (`AccountState`) it is handed.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import Offset, PostingKind, Side
from anyvenue.model.errors import InsufficientFunds, InvalidOrder
from anyvenue.model.events import (
    CashMoved,
    DaySettled,
    MarginTermsChanged,
    OptionExercised,
    PositionsCombined,
)
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.model.positions import PositionTerms
from anyvenue.oms.claims import Claim, ClosingClaim, OpeningClaim
from anyvenue.oms.legs import Closed, Holding
from anyvenue.oms.offsets import (
    check_closable,
    check_odd_rest,
    check_opening,
    split_fill,
    today_first,
)
from anyvenue.oms.rates import commission, extra_charges

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.bookings.financing import Night
    from anyvenue.oms.books import Books

__all__ = ["Booking", "Profits", "close_lots", "freezing_price", "refuse_unaffordable"]

_TO_OPEN = Offset.OPEN  # bound once: looking a member up on its enum class takes its time
_ZERO = Decimal(0)
Profits = list[tuple[PostingKind, Decimal]]


class Booking:
    """Base of all bookings; what it does not know how to do raises TypeError.

    `floating` says that the margin follows current prices and is worked out when read; else it changes with the legs.
    """

    floating = False

    # ---- before an order goes out

    def claim(self, books: "AccountState", instrument: Instrument, request: OrderRequest) -> Claim:
        """Return the frozen claim of an order.

        Raise InsufficientFunds, InsufficientPosition, InvalidOrder or OffLot.
        """
        if request.offset is _TO_OPEN:
            return self.claim_money(books, instrument, request)
        return self.claim_lots(books, instrument, request)

    def claim_money(
        self, books: "AccountState", instrument: Instrument, request: OrderRequest
    ) -> Claim:
        """Freeze the money an opening order needs."""
        check_opening(instrument, request.side)
        claim = OpeningClaim(
            books,
            self,
            instrument,
            request.side,
            request.quantity,
            request.price or freezing_price(books, instrument, request),
        )
        refuse_unaffordable(books, claim)
        claim.freeze()
        return claim

    def claim_lots(
        self, books: "AccountState", instrument: Instrument, request: OrderRequest
    ) -> Claim:
        """Freeze the lots a closing order takes."""
        holding = books.holding(instrument.id)
        check_closable(instrument, holding, request.side, request.offset, request.quantity)
        books.rates.fees(instrument)
        book = books.holding_of(instrument).closed_by(request.side)
        check_odd_rest(instrument, book, request.offset, request.quantity)
        claim = ClosingClaim(instrument, request.side, request.offset, request.quantity, book)
        claim.freeze()
        return claim

    def turnover(self, instrument: Instrument, price: Decimal, quantity: Decimal) -> Decimal:
        """Return what `quantity` at `price` is worth in the instrument's currency, unrounded: the base of fees."""
        return price * instrument.multiplier * quantity

    def cost(
        self,
        books: "Books",
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> tuple[Decimal, Decimal, Decimal]:
        """Return (fee, margin, cash) that opening `quantity` at `price` takes, rounded."""
        fee = self.opening_fee(books, instrument, side, price, quantity)
        return (fee, *self.need(books, instrument, side, price, quantity))

    def need(
        self,
        books: "Books",
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> tuple[Decimal, Decimal]:
        """Return (margin, cash) that opening `quantity` at `price` takes, rounded."""
        raise TypeError(f"{type(self).__name__} opens nothing")

    def opening_fee(
        self,
        books: "Books",
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> Decimal:
        """Return the fee that opening `quantity` at `price` will cost at most."""
        schedule = books.rates.fees(instrument)
        turnover = self.turnover(instrument, price, quantity)
        fee = commission(schedule.open, instrument.currency, turnover, quantity)
        if schedule.items:
            fee += extra_charges(schedule, side, instrument.currency, turnover, quantity)
        return fee

    # ---- fills

    def legs(self, instrument: Instrument) -> Holding:
        """Return empty legs for the lots of an instrument."""
        return Holding(instrument.id)

    def fill(
        self, books: "AccountState", instrument: Instrument, holding: Holding, fill: Fill, day: int
    ) -> Side | None:
        """Book legs and money of a fill, but its fee; return the side whose margin changed, None for both."""
        raise TypeError(f"{type(self).__name__} books no fills")

    # ---- value

    def profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: Decimal
    ) -> Decimal:
        """Return the unrealised profit that belongs to the balance, unrounded."""
        return _ZERO

    def free_profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: Decimal
    ) -> Decimal:
        """Return the part of `profit` that other orders may use."""
        return self.profit(books, instrument, holding, price)

    def rough_profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: float
    ) -> float:
        """Return about profit plus market value in floats, for curves."""
        exact = Decimal(repr(price))
        return float(
            self.profit(books, instrument, holding, exact)
            + self.value(books, instrument, holding, exact)
        )

    def value(
        self,
        books: "Books",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
    ) -> Decimal:
        """Return the market value that is not part of the balance, unrounded; at cost without a price."""
        return _ZERO

    def collateral(self, books: "Books", instrument: Instrument, holding: Holding) -> Decimal:
        """Return what the holding adds to the money that may be used: its value in a margin account of shares."""
        return _ZERO

    def margin(self, books: "Books", instrument: Instrument, holding: Holding) -> Decimal:
        """Return the margin of the holding now, rounded; only asked of `floating` bookings."""
        return _ZERO

    # ---- time

    def settle(
        self,
        books: "AccountState",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
        event: DaySettled,
    ) -> Profits:
        """End the day of a holding and return the money to post, unrounded.

        Raise Inconsistent when something that must be valued has no price.
        """
        raise TypeError(f"{type(self).__name__} has no end of the day")

    def carry(
        self,
        books: "Books",
        instrument: Instrument,
        holding: Holding,
        price: Decimal,
        night: "Night",
    ) -> Profits:
        """Return what holding the lots over a night costs or brings, rounded: interest, borrow fees, coupons."""
        return []

    # ---- what only some kinds have

    def exercise(
        self,
        books: "AccountState",
        instrument: Instrument,
        holding: Holding,
        event: OptionExercised,
    ) -> None:
        """Book an exercise or an assignment."""
        raise _foreign(instrument, "exercised")

    def combine(
        self, books: "AccountState", instrument: Instrument, event: PositionsCombined
    ) -> None:
        """Combine legs into a spread, or split them."""
        raise _foreign(instrument, "combined")

    def change_terms(
        self, books: "AccountState", instrument: Instrument, event: MarginTermsChanged
    ) -> None:
        """Take another leverage, margin mode or isolated sum."""
        raise _foreign(instrument, "leveraged")

    def aligned(self, books: "AccountState", instrument: Instrument, holding: Holding) -> None:
        """Take note that the legs were replaced by what the venue says: nothing here."""

    def terms(self, books: "Books", holding: Holding) -> PositionTerms | None:
        """Return the terms that a holding has besides its legs, None where it can have none."""
        return None

    def take_terms(
        self, books: "AccountState", instrument: Instrument, holding: Holding, terms: PositionTerms
    ) -> None:
        """Have the terms that the venue says: there are none here."""

    def cash_moved(self, books: "AccountState", instrument: Instrument, event: CashMoved) -> None:
        """Take note of money that came or went for a holding and is posted already: nothing here."""


def _foreign(instrument: Instrument, what: str) -> InvalidOrder:
    return InvalidOrder(
        f"{instrument.id} is a {instrument.kind}, which cannot be {what}",
        field="instrument",
        value=instrument.id,
        instrument=instrument.id,
    )


def freezing_price(books: "Books", instrument: Instrument, request: OrderRequest) -> Decimal:
    """Return the price an order is checked at: its own, else the mark; raise InvalidOrder when there is none."""
    price = request.price or request.stop_price or books.mark(instrument.id)
    if price is None:
        raise InvalidOrder(
            f"no price of {instrument.id} is known yet, so a {request.type} order cannot be "
            "checked against the money; wait for the first quote or give a limit price",
            field="price",
            value="missing",
            instrument=instrument.id,
        )
    return price


def refuse_unaffordable(books: "AccountState", claim: OpeningClaim) -> None:
    """Raise InsufficientFunds when a claim needs more than is available."""
    instrument = claim.instrument
    available = books.available(instrument.currency)
    if claim.needed > available and claim.quantity:  # what only closes needs no money
        raise InsufficientFunds(
            f"{claim.side} {plain(claim.quantity)} of {instrument.id} needs {plain(claim.needed)} "
            f"{instrument.currency}; account {books.account} has {plain(available)} available",
            account=books.account,
            instrument=instrument.id,
            needed=claim.needed,
            available=available,
            currency=instrument.currency,
        )


def close_lots(books: "Books", instrument: Instrument, holding: Holding, fill: Fill) -> Closed:
    """Take the lots a closing fill closes out of their legs; return their values."""
    book = holding.closed_by(fill.side)
    prefer_today = today_first(books.rates.fees(instrument))
    today, old = split_fill(instrument, book, fill.offset, fill.quantity, prefer_today)
    return book.close(today, old)
