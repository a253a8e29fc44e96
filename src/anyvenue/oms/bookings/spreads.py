"""Exchange spreads: one order, one price, a lot of each leg; and legs combined for a lower margin.

Rules (CTP counter, combinations; DCE and CZCE trading rules):

- Buying ``SP a&b`` buys a and sells b; its price is a - b. Each leg is traded at its own price, the last leg at what
  the spread's price leaves for it, and pays its own fee.
- The legs stand in the positions of the legs. What a spread opened is combined: its lots are kept here beside.
- Of combined legs only the larger margin is taken. Legs that are closed one by one come out of single lots first; when
  none are left a combination is split by itself (as CZCE does; others ask for a split first).
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from anyvenue.model.enums import Offset, Side
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.events import DaySettled, PositionsCombined
from anyvenue.model.instruments import Instrument, SpreadLeg
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.bookings.base import Booking, Profits, refuse_unaffordable
from anyvenue.oms.claims import Claim, ClosingClaim, OpeningClaim
from anyvenue.oms.legs import Holding, SideBook
from anyvenue.oms.money import divide_money
from anyvenue.oms.offsets import check_closable
from anyvenue.oms.rates import commission, extra_charges

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.books import Books

__all__ = ["SpreadClaim", "Spreads", "leg_side", "trim_combinations"]

_BUY, _SELL = Side.BUY, Side.SELL
_TO_OPEN = Offset.OPEN
_ZERO = Decimal(0)


def leg_side(leg: SpreadLeg, side: Side) -> Side:
    """Return which way a leg goes when the spread goes `side`."""
    if leg.ratio > 0:
        return side
    return _SELL if side is _BUY else _BUY


class SpreadClaim(Claim):
    """The lots of each leg that a closing order has claimed, and the combinations it will end (`own`)."""

    __slots__ = ("combined", "legs", "most", "own")

    def __init__(
        self,
        instrument: Instrument,
        request: OrderRequest,
        legs: list[tuple[int, ClosingClaim]],
        own: SideBook,
    ) -> None:
        super().__init__(instrument, request.side, request.offset, request.quantity)
        self.legs = legs
        self.own = own
        self.combined = _ZERO
        self.most = max(own.closable, _ZERO)
        self._combine(request.quantity)

    def _combine(self, quantity: Decimal) -> None:
        combined = min(quantity, self.most)
        self.own.frozen += combined - self.combined
        self.combined = combined

    def lots_claimed(self) -> list[ClosingClaim]:
        """Return the claims on the lots of the legs."""
        return [claim for _, claim in self.legs]

    def resize(self, quantity: Decimal) -> None:
        """Claim for `quantity` from now on."""
        self.quantity = max(quantity, _ZERO)
        for ratio, claim in self.legs:
            claim.resize(self.quantity * ratio)
        self._combine(self.quantity)


class Spreads(Booking):
    """Books the legs; the spread's own legs count the combined lots."""

    floating = True

    def claim_money(
        self, books: "AccountState", instrument: Instrument, request: OrderRequest
    ) -> Claim:
        """Freeze the larger leg's margin and the fees of all legs."""
        price = request.price if request.price is not None else _ZERO
        claim = OpeningClaim(books, self, instrument, request.side, request.quantity, price)
        refuse_unaffordable(books, claim)
        claim.freeze()
        return claim

    def claim_lots(
        self, books: "AccountState", instrument: Instrument, request: OrderRequest
    ) -> Claim:
        """Freeze lots of every leg."""
        claims = []
        for leg in instrument.legs:
            part, side = books.instrument(leg.instrument), leg_side(leg, request.side)
            quantity = request.quantity * abs(leg.ratio)
            check_closable(part, books.holding(part.id), side, request.offset, quantity)
            book = books.holding_of(part).closed_by(side)
            claims.append(
                (abs(leg.ratio), ClosingClaim(part, side, request.offset, quantity, book))
            )
        for _, claim in claims:
            claim.freeze()
        own = books.holding_of(instrument).closed_by(request.side)
        return SpreadClaim(instrument, request, claims, own)

    def need(
        self,
        books: "Books",
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> tuple[Decimal, Decimal]:
        """Return the margin of the dearer leg at the legs' current prices."""
        margins = [
            books.booking(leg.instrument).need(
                books,
                books.instrument(leg.instrument),
                leg_side(leg, side),
                _leg_price(books, instrument, leg),
                quantity * abs(leg.ratio),
            )[0]
            for leg in instrument.legs
        ]
        return max(margins), _ZERO

    def opening_fee(
        self,
        books: "Books",
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> Decimal:
        """Return the fees of all legs."""
        total = _ZERO
        for leg in instrument.legs:
            part = books.instrument(leg.instrument)
            schedule, lots = books.rates.fees(part), quantity * abs(leg.ratio)
            turnover = self.turnover(part, _leg_price(books, instrument, leg), lots)
            total += commission(schedule.open, part.currency, turnover, lots)
            total += extra_charges(schedule, leg_side(leg, side), part.currency, turnover, lots)
        return total

    def fill(
        self, books: "AccountState", instrument: Instrument, holding: Holding, fill: Fill, day: int
    ) -> Side | None:
        """Book each leg as its own instrument, and the combination."""
        for leg in fill.legs:
            part = replace(
                fill,
                instrument=leg.instrument,
                side=leg.side,
                price=leg.price,
                quantity=leg.quantity,
                fee=leg.fee,
                legs=(),
            )
            books.book_lots(part, day)
        if fill.offset is _TO_OPEN:
            book = holding.held_by(fill.side)
            book.add(fill.price, fill.quantity, day, fill.trade_id)
        else:
            _uncombine(holding, fill.side is _BUY, fill.quantity)
        return None

    def margin(self, books: "Books", instrument: Instrument, holding: Holding) -> Decimal:
        """Return what combined legs save, as a negative margin.

        Nothing where the account margins only the larger side of the legs' group anyway.
        """
        legs = [books.instrument(leg.instrument) for leg in instrument.legs]
        groups = {each.margin_group for each in legs}
        if books.settings.larger_side and groups != {""} and len(groups) == 1:
            return _ZERO
        return -(
            _saved(books, instrument, _BUY, holding.long.quantity)
            + _saved(books, instrument, _SELL, holding.short.quantity)
        )

    def settle(
        self,
        books: "AccountState",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
        event: DaySettled,
    ) -> Profits:
        """Make combinations old; those of an expired leg are gone."""
        holding.long.roll(None)
        holding.short.roll(None)
        if any(leg.instrument in event.delivered for leg in instrument.legs):
            for book in (holding.long, holding.short):
                book.close(_ZERO, book.quantity)
        return []

    def combine(
        self, books: "AccountState", instrument: Instrument, event: PositionsCombined
    ) -> None:
        """Combine legs that are held, or split them."""
        holding = books.holding_of(instrument)
        if event.quantity < 0:
            _uncombine(holding, event.side is _SELL, -event.quantity)
            return
        day = books.trading_day.get(instrument.currency, 0)
        holding.held_by(event.side).add(_ZERO, event.quantity, day, "")


def trim_combinations(books: "Books", instrument: Instrument, holding: Holding) -> None:
    """Split combinations whose legs are not there any more."""
    for side in (_BUY, _SELL):
        most = min(
            books.holding_of(books.instrument(leg.instrument)).held_by(leg_side(leg, side)).quantity
            // abs(leg.ratio)
            for leg in instrument.legs
        )
        gone = holding.held_by(side).quantity - most
        if gone > 0:
            _uncombine(holding, side is _SELL, gone)


def _uncombine(holding: Holding, of_short: bool, quantity: Decimal) -> None:
    """Take combinations away, oldest first, as many as there are."""
    book = holding.short if of_short else holding.long
    old = min(quantity, book.old.quantity)
    book.close(min(quantity - old, book.today.quantity), old)


def _leg_price(books: "Books", instrument: Instrument, leg: SpreadLeg) -> Decimal:
    price = books.mark(leg.instrument)
    if price is None:
        raise InvalidOrder(
            f"no price of {leg.instrument} is known yet, so an order for {instrument.id} cannot be "
            "checked against the money; wait for its first quote",
            field="instrument",
            value=leg.instrument,
            instrument=instrument.id,
        )
    return price


def _saved(books: "Books", instrument: Instrument, side: Side, quantity: Decimal) -> Decimal:
    """Return all margins but the largest of the legs of `quantity` combined lots."""
    if not quantity:
        return _ZERO
    margins = []
    for leg in instrument.legs:
        part, way = books.instrument(leg.instrument), leg_side(leg, side)
        held = books.holding_of(part).held_by(way).quantity
        lots = min(quantity * abs(leg.ratio), held)
        whole = books.side_margin(part.id, way)
        margins.append(divide_money(whole * lots, held, part.currency) if held else _ZERO)
    return sum(margins, _ZERO) - max(margins)
