"""What working orders have frozen: margin, fees and cash of opening orders, lots of closing ones.

A claim is recomputed from the unfilled quantity, never released by proportion, so nothing is divided and nothing is
left over.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import Dating, Offset, Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.legs import SideBook
from anyvenue.oms.rates import FeeMeter

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.bookings.base import Booking

__all__ = ["Claim", "ClosingClaim", "Frozen", "NettedClaim", "OpeningClaim"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_CLOSE_TODAY = Offset.CLOSE_TODAY
_DATED_EXPLICIT = Dating.EXPLICIT
_TO_OPEN = Offset.OPEN

_ZERO = Decimal(0)


class Frozen:
    """Sums over the claims of one currency."""

    __slots__ = ("cash", "fees", "margin")

    def __init__(self) -> None:
        self.margin = _ZERO
        self.fees = _ZERO
        self.cash = _ZERO

    @property
    def total(self) -> Decimal:
        """All that is frozen."""
        frozen = self.margin + self.fees
        return frozen + self.cash if self.cash else frozen


class Claim:
    """Base: the unfilled rest of one order and what it paid so far."""

    __slots__ = ("instrument", "meters", "offset", "quantity", "side")

    def __init__(
        self, instrument: Instrument, side: Side, offset: Offset, quantity: Decimal
    ) -> None:
        self.instrument = instrument
        self.side = side
        self.offset = offset
        self.quantity = quantity
        self.meters: dict[tuple[InstrumentId, Offset, bool], FeeMeter] = {}

    def meter(self, of: InstrumentId, offset: Offset, maker: bool = False) -> FeeMeter:
        """Return the meter of fees paid for an instrument at the rate of `offset`, as a maker or a taker."""
        meter = self.meters.get((of, offset, maker))
        if meter is None:
            meter = self.meters[of, offset, maker] = FeeMeter()
        return meter

    def lots_claimed(self) -> "Sequence[ClosingClaim]":
        """Return the claims on lots that this one is or is made of."""
        return ()

    def resize(self, quantity: Decimal) -> None:
        """Claim for `quantity` from now on."""
        raise TypeError("use OpeningClaim, ClosingClaim or NettedClaim")

    def reprice(self, price: Decimal) -> None:
        """Claim at another price from the next `resize` on; lots have none."""


class OpeningClaim(Claim):
    """Margin, cash and fee of an opening order at its freezing price, as its booking works them out."""

    __slots__ = ("booking", "books", "cash", "fee", "frozen", "margin", "price")

    def __init__(
        self,
        books: "AccountState",
        booking: "Booking",
        instrument: Instrument,
        side: Side,
        quantity: Decimal,
        price: Decimal,
    ) -> None:
        super().__init__(instrument, side, _TO_OPEN, quantity)
        self.books = books
        self.booking = booking
        self.price = price
        self.frozen = books.frozen(instrument.currency)
        self._measure()

    @property
    def needed(self) -> Decimal:
        """Money the claim takes out of what is available."""
        needed = self.margin + self.fee
        return needed + self.cash if self.cash else needed

    def _measure(self) -> None:
        quantity = self.quantity
        if quantity <= 0:
            self.margin = self.fee = self.cash = _ZERO
            return
        books, booking, instrument = self.books, self.booking, self.instrument
        side, price = self.side, self.price
        self.fee, self.margin, self.cash = booking.cost(books, instrument, side, price, quantity)

    def reprice(self, price: Decimal) -> None:
        """Claim at another price from the next `resize` on."""
        self.price = price

    def freeze(self) -> None:
        """Add the claim to the frozen sums."""
        frozen = self.frozen
        frozen.margin += self.margin
        frozen.fees += self.fee
        if self.cash:
            frozen.cash += self.cash

    def resize(self, quantity: Decimal) -> None:
        """Claim for `quantity` from now on."""
        frozen = self.frozen
        frozen.margin -= self.margin
        frozen.fees -= self.fee
        if self.cash:
            frozen.cash -= self.cash
        self.quantity = quantity
        self._measure()
        if quantity > _ZERO:
            self.freeze()


class ClosingClaim(Claim):
    """Lots that a closing order has claimed of a side book."""

    __slots__ = ("book", "of_today")

    def __init__(
        self, instrument: Instrument, side: Side, offset: Offset, quantity: Decimal, book: SideBook
    ) -> None:
        super().__init__(instrument, side, offset, quantity)
        self.book = book
        explicit = instrument.position_rule.dated is _DATED_EXPLICIT
        self.of_today = explicit and offset is _CLOSE_TODAY

    def lots_claimed(self) -> "Sequence[ClosingClaim]":
        """Return this one."""
        return (self,)

    def freeze(self) -> None:
        """Add the claim to the frozen lots."""
        self.book.frozen += self.quantity
        if self.of_today:
            self.book.frozen_today += self.quantity

    def resize(self, quantity: Decimal) -> None:
        """Claim for `quantity` from now on."""
        change = max(quantity, _ZERO) - self.quantity
        self.book.frozen += change
        if self.of_today:
            self.book.frozen_today += change
        self.quantity += change


class NettedClaim(Claim):
    """An order of a netted position: the lots it closes first, and the money for what it opens."""

    __slots__ = ("lots", "opening", "to_open")

    def __init__(self, opening: OpeningClaim, lots: ClosingClaim) -> None:
        super().__init__(
            opening.instrument, opening.side, _TO_OPEN, opening.quantity + lots.quantity
        )
        self.opening = opening
        self.lots = lots
        self.to_open = opening.quantity

    def lots_claimed(self) -> "Sequence[ClosingClaim]":
        """Return the claim on the lots that are closed first."""
        return (self.lots,)

    def resize(self, quantity: Decimal) -> None:
        """Claim for `quantity` from now on: fills close before they open."""
        quantity = max(quantity, _ZERO)
        opening = min(quantity, self.to_open)
        self.opening.resize(opening)
        self.lots.resize(quantity - opening)
        self.quantity = quantity

    def reprice(self, price: Decimal) -> None:
        """Claim at another price from the next `resize` on."""
        self.opening.reprice(price)
