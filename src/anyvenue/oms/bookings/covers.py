"""Covered calls (备兑): sold calls backed by held units of the underlying, which are locked instead of a margin.

Rules: a covered sale locks multiplier x lots units when the order is placed, those bought today among them; locked
units cannot be sold; they are free again when the lots are bought back or expire, and delivered when those are assigned
(SSE and SZSE option trading rules, covered opening and closing). What dividends do to the units of a contract is left
out.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import Delivery, OptionMargining, OptionRight, Side
from anyvenue.model.errors import InsufficientPosition, InvalidOrder
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Fill
from anyvenue.oms.bookings.base import Booking
from anyvenue.oms.claims import OpeningClaim
from anyvenue.oms.legs import Holding, SideBook
from anyvenue.oms.options import terms_of

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.books import Books

__all__ = [
    "CoveredClaim",
    "OptionHolding",
    "bought_back",
    "check_coverable",
    "cover",
    "covered_lots",
    "uncover",
]

# Bound once: looking a member up on its enum class takes its time.
_BUY, _SELL = Side.BUY, Side.SELL
_ZERO = Decimal(0)


class OptionHolding(Holding):
    """Lots of an option; `covered` of the sold ones are backed by locked units of the underlying, not by margin."""

    __slots__ = ("covered",)

    covered: Decimal

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument.id)
        self.covered = _ZERO


class _CoveredSale(Booking):
    """What opening a covered lot takes besides its fee and its cover: nothing."""

    def need(
        self,
        books: "Books",
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> tuple[Decimal, Decimal]:
        """Return no margin and no cash."""
        return _ZERO, _ZERO


_COVERED_SALE = _CoveredSale()


class CoveredClaim(OpeningClaim):
    """The fee of a covered sale and the units of the underlying it locks."""

    __slots__ = ("cover", "locked")

    def __init__(
        self, books: "AccountState", instrument: Instrument, quantity: Decimal, price: Decimal
    ) -> None:
        super().__init__(books, _COVERED_SALE, instrument, _SELL, quantity, price)
        self.cover = _book_of(books, instrument)
        self.locked = _ZERO

    def check_free(self) -> None:
        """Raise InsufficientPosition when there are not enough free units to lock."""
        wanted, instrument = self.quantity * self.instrument.multiplier, self.instrument
        if wanted > self.cover.closable:
            raise InsufficientPosition(
                f"a covered sale of {plain(self.quantity)} {instrument.id} locks {plain(wanted)} "
                f"{instrument.underlying}; {plain(self.cover.closable)} are free",
                instrument=instrument.id,
                wanted=wanted,
                closable=self.cover.closable,
            )

    def freeze(self) -> None:
        """Add the claim to the frozen sums and lock the cover."""
        super().freeze()
        self._lock(self.quantity * self.instrument.multiplier)

    def resize(self, quantity: Decimal) -> None:
        """Claim for `quantity` from now on."""
        self._lock(_ZERO)
        super().resize(quantity)

    def _lock(self, units: Decimal) -> None:
        self.cover.frozen += units - self.locked
        self.locked = units


def covered_lots(holding: Holding) -> Decimal:
    """Return how many of the sold lots are covered."""
    return holding.covered if isinstance(holding, OptionHolding) else _ZERO


def _book_of(books: "Books", instrument: Instrument) -> SideBook:
    _, underlying, _, _ = terms_of(instrument)
    return books.holding_of(books.instrument(underlying)).long


def cover(
    books: "Books", instrument: Instrument, holding: Holding, fill: Fill, lots: Decimal
) -> None:
    """Lock the underlying's units behind lots that were sold covered."""
    if fill.covered and fill.side is _SELL and isinstance(holding, OptionHolding):
        holding.covered += lots
        _book_of(books, instrument).frozen += lots * instrument.multiplier


def uncover(books: "Books", instrument: Instrument, holding: Holding, lots: Decimal) -> None:
    """Free the units behind covered lots that are no longer sold."""
    if lots and isinstance(holding, OptionHolding):
        holding.covered -= lots
        _book_of(books, instrument).frozen -= lots * instrument.multiplier


def bought_back(books: "Books", instrument: Instrument, holding: Holding, fill: Fill) -> None:
    """Unlock covers: of all lots bought back if the order said so, else of those that margin did not back."""
    covered = covered_lots(holding)
    if not covered or fill.side is not _BUY:
        return
    left = holding.short.quantity
    lots = min(fill.quantity, covered) if fill.covered else _ZERO
    uncover(books, instrument, holding, max(lots, covered - left))


def check_coverable(instrument: Instrument) -> None:
    """Raise InvalidOrder unless the option is a call that delivers a security."""
    terms, _, _, right = terms_of(instrument)
    security = terms.margining is OptionMargining.SECURITY
    if right is OptionRight.CALL and security and terms.delivery is Delivery.PHYSICAL:
        return
    raise InvalidOrder(
        f"{instrument.id} cannot be covered: only calls that deliver a security can",
        code="order.not_covered",
        field="covered",
        value="true",
        instrument=instrument.id,
    )
