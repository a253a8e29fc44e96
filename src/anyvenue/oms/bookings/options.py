"""Options: premium paid and received at once, the seller's margin, covered calls, exercise and assignment.

Rules: buying pays the premium and needs no margin, selling receives it and is margined (`oms.options` has the
formulas and their sources). No profit is booked on closing and none at settlement: what is held has a market value,
below zero for what was sold (CTP counter: premium goes through CashIn, market-value equity is balance + long value -
short value).

The margin follows the current prices of option and underlying; the option's price in it is the larger of the current
one and the last settlement price, if lots were held over that (CTP counter, OptionRoyaltyPriceType 5). A working sale
is margined at its own price and gets no credit for the premium it may bring (CTP counter, FrozenMargin).
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import Delivery, Offset, OptionMargining, OptionRight, PostingKind, Side
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.events import DaySettled, OptionExercised
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.model.positions import PositionTerms
from anyvenue.oms.bookings.base import (
    Profits,
    close_lots,
    freezing_price,
    refuse_unaffordable,
)
from anyvenue.oms.bookings.covers import (
    CoveredClaim,
    OptionHolding,
    bought_back,
    check_coverable,
    cover,
    covered_lots,
    uncover,
)
from anyvenue.oms.bookings.futures import Netted
from anyvenue.oms.bookings.valued import Valued
from anyvenue.oms.claims import Claim
from anyvenue.oms.legs import Holding, SideBook
from anyvenue.oms.money import round_money
from anyvenue.oms.options import delivered_units, intrinsic, seller_margin, terms_of
from anyvenue.oms.rates import margin_of

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.books import Books

__all__ = ["NettedOptions", "Options", "delivery_of", "future_margin"]

# Bound once: looking a member up on its enum class takes its time.
_BUY, _SELL = Side.BUY, Side.SELL
_CALL = OptionRight.CALL
_PHYSICAL = Delivery.PHYSICAL
_PREMIUM = PostingKind.PREMIUM
_TO_OPEN = Offset.OPEN
_ZERO = Decimal(0)


class _Rules(Valued):
    """What options have in common, whether long and short lots stand side by side or not."""

    floating = True

    # ---- before an order goes out

    def claim(self, books: "AccountState", instrument: Instrument, request: OrderRequest) -> Claim:
        """Freeze premium or margin, the units of a covered sale, or the lots of a closing order."""
        if request.covered:
            check_coverable(instrument)
        if request.offset is _TO_OPEN:
            _check_deliverable(books, instrument)
            if request.covered and request.side is _SELL:
                return self._claim_covered(books, instrument, request)
        return super().claim(books, instrument, request)

    def _claim_covered(
        self, books: "AccountState", instrument: Instrument, request: OrderRequest
    ) -> Claim:
        price = freezing_price(books, instrument, request)
        claim = CoveredClaim(books, instrument, request.quantity, price)
        claim.check_free()
        refuse_unaffordable(books, claim)
        claim.freeze()
        return claim

    def need(
        self,
        books: "Books",
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> tuple[Decimal, Decimal]:
        """Return the premium of a purchase as cash, or the margin of a sale.

        Raise InvalidOrder while the underlying has no price, and UnknownMargin.
        """
        currency = instrument.currency
        if side is _BUY:
            return _ZERO, round_money(self.turnover(instrument, price, quantity), currency)
        _, underlying, _, _ = terms_of(instrument)
        mark = books.mark(underlying)
        if mark is None:
            raise InvalidOrder(
                f"no price of {underlying} is known yet, so the margin of selling {instrument.id} cannot be "
                "worked out; subscribe to it and wait for its first quote",
                code="order.no_underlying_price",
                field="instrument",
                value=instrument.id,
                instrument=instrument.id,
                underlying=underlying,
            )
        return round_money(_lot_margin(books, instrument, price, mark) * quantity, currency), _ZERO

    # ---- legs and money

    def legs(self, instrument: Instrument) -> Holding:
        """Return empty legs that can hold covered lots."""
        return OptionHolding(instrument)

    def pay(
        self,
        books: "AccountState",
        instrument: Instrument,
        fill: Fill,
        quantity: Decimal,
        day: int,
    ) -> None:
        """Post the premium of `quantity` lots of a fill."""
        amount = self.turnover(instrument, fill.price, quantity)
        books.post(_PREMIUM, instrument, -amount if fill.side is _BUY else amount, fill, day)

    # ---- value

    def margin(self, books: "Books", instrument: Instrument, holding: Holding) -> Decimal:
        """Return the margin of the sold lots that are not covered."""
        lots = holding.short.quantity - covered_lots(holding)
        if not lots:
            return _ZERO
        _, underlying, strike, _ = terms_of(instrument)
        mark = books.mark(underlying)
        at_strike = strike if mark is None else mark  # as if at the money while nobody knows
        price = _margin_price(books, instrument, holding.short)
        return round_money(
            _lot_margin(books, instrument, price, at_strike) * lots, instrument.currency
        )

    # ---- time

    def settle(
        self,
        books: "AccountState",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
        event: DaySettled,
    ) -> Profits:
        """Make today's lots old and remember the settlement price; what expired without an exercise just goes."""
        for book in (holding.long, holding.short):
            book.roll(book.mark if price is None else price)
        if instrument.id in event.delivered:
            for book in (holding.long, holding.short):
                book.close(_ZERO, book.quantity)
            uncover(books, instrument, holding, covered_lots(holding))
        return []

    def aligned(self, books: "AccountState", instrument: Instrument, holding: Holding) -> None:
        """Unlock the units of covered lots that are not there any more."""
        gone = covered_lots(holding) - holding.short.quantity
        if gone > 0:
            uncover(books, instrument, holding, gone)

    def terms(self, books: "Books", holding: Holding) -> PositionTerms:
        """Return how many of the sold lots are covered."""
        covered = covered_lots(holding)
        return PositionTerms(books.account, holding.instrument, covered=covered)

    def take_terms(
        self, books: "AccountState", instrument: Instrument, holding: Holding, terms: PositionTerms
    ) -> None:
        """Lock or free units of the underlying until as many lots are covered as the venue says."""
        if terms.covered is not None:
            uncover(books, instrument, holding, covered_lots(holding) - terms.covered)

    def exercise(
        self,
        books: "AccountState",
        instrument: Instrument,
        holding: Holding,
        event: OptionExercised,
    ) -> None:
        """End lots, oldest first (covered ones before others); pay the difference or deliver at the strike.

        The underlying's lots come or go as by a fill at the strike without a fee.
        """
        book = holding.held_by(event.side)
        old = min(event.quantity, book.old.quantity)
        book.close(event.quantity - old, old)
        if event.side is _SELL:
            uncover(books, instrument, holding, min(event.quantity, covered_lots(holding)))
        if event.fee:
            _post(books, instrument, PostingKind.FEE, -event.fee, event)
        if event.worthless:
            return
        terms, _, _, _ = terms_of(instrument)
        if terms.delivery is _PHYSICAL:
            books.deliver(delivery_of(books, instrument, event))
            return
        amount = intrinsic(instrument, event.price) * instrument.multiplier * event.quantity
        amount = amount if event.side is _BUY else -amount
        _post(books, instrument, PostingKind.EXERCISE, amount, event)


class Options(_Rules):
    """Long and short lots side by side, opened and closed by offset (Chinese options)."""

    def fill(
        self, books: "AccountState", instrument: Instrument, holding: Holding, fill: Fill, day: int
    ) -> Side | None:
        """Book lots and premium of a fill."""
        if fill.offset is _TO_OPEN:
            book = holding.held_by(fill.side)
            book.add(fill.price, fill.quantity, day, fill.trade_id)
            cover(books, instrument, holding, fill, fill.quantity)
        else:
            close_lots(books, instrument, holding, fill)
            bought_back(books, instrument, holding, fill)
        self.pay(books, instrument, fill, fill.quantity, day)
        return fill.side


class NettedOptions(_Rules, Netted):
    """One position: long, short or none (American options)."""

    def close(
        self,
        books: "AccountState",
        instrument: Instrument,
        book: SideBook,
        fill: Fill,
        lots: tuple[Decimal, Decimal],
        day: int,
    ) -> None:
        """Close lots and pay or receive their premium."""
        book.close(*lots)
        bought_back(books, instrument, books.holding_of(instrument), fill)
        self.pay(books, instrument, fill, lots[0] + lots[1], day)

    def opened(
        self, books: "AccountState", instrument: Instrument, fill: Fill, quantity: Decimal
    ) -> None:
        """Pay or receive the premium of opened lots, and lock what covers them."""
        cover(books, instrument, books.holding_of(instrument), fill, quantity)
        day = fill.trading_day or books.trading_day.get(instrument.currency, 0)
        self.pay(books, instrument, fill, quantity, day)


def _check_deliverable(books: "Books", instrument: Instrument) -> None:
    """Raise TableError when what the option delivers, or its margin, is unknown; InvalidOrder for what is no option."""
    terms, underlying, _, _ = terms_of(instrument)
    if terms.delivery is _PHYSICAL:
        found = books.instrument(underlying)
        if found.position_rule.margined:
            books.rates.margin(found)


def _lot_margin(books: "Books", instrument: Instrument, price: Decimal, mark: Decimal) -> Decimal:
    return seller_margin(instrument, price, mark, future_margin(books, instrument, mark))


def future_margin(books: "Books", instrument: Instrument, mark: Decimal) -> Decimal:
    """Return the margin of one lot of a commodity option's future at the price `mark`; 0 for other options.

    Raise UnknownMargin.
    """
    terms, underlying, _, right = terms_of(instrument)
    if terms.margining is not OptionMargining.COMMODITY:
        return _ZERO
    future = books.instrument(underlying)
    side = _SELL if right is _CALL else _BUY  # what an assignment would open
    schedule = books.rates.margin(future)
    return margin_of(schedule, side, mark * future.multiplier, Decimal(1))


def _margin_price(books: "Books", instrument: Instrument, book: SideBook) -> Decimal:
    """Return the larger of current and, for lots held overnight, settlement price; else the latest opening price."""
    settled = book.mark if book.old.quantity else None
    known = [each for each in (books.mark(instrument.id), settled) if each is not None]
    return max(known) if known else book.lots()[-1].price


def delivery_of(books: "Books", instrument: Instrument, event: OptionExercised) -> Fill:
    """Return what delivery does to the underlying, as a fill at the strike."""
    _, underlying, strike, right = terms_of(instrument)
    found = books.instrument(underlying)
    side = _BUY if (right is _CALL) is (event.side is _BUY) else _SELL
    rule = found.position_rule
    closes = side is _SELL and not rule.short_ok
    return Fill(
        OrderId(0),
        event.account,
        found.id,
        f"exercise {instrument.id}",
        side,
        Offset.CLOSE if closes else _TO_OPEN,
        strike,
        delivered_units(instrument, found, event.quantity),
        _ZERO,
        found.currency,
        event.ts_event,
        event.ts_recv,
        event.trading_day,
    )


def _post(
    books: "AccountState",
    instrument: Instrument,
    kind: PostingKind,
    amount: Decimal,
    event: OptionExercised,
) -> None:
    currency = instrument.currency
    books.ledger.post(
        kind,
        currency,
        round_money(amount, currency),
        event.ts_event,
        event.trading_day,
        instrument.id,
    )
