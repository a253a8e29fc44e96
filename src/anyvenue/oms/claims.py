"""What working orders have frozen: margin, fees and cash of opening orders, lots of closing ones.

A claim is recomputed from the unfilled quantity, never released by proportion, so nothing is divided and nothing is
left over.
"""

from decimal import Decimal

from anyvenue.model.enums import Dating, Offset, Side
from anyvenue.model.instruments import FeeSchedule, Instrument, MarginSchedule
from anyvenue.oms.legs import SideBook
from anyvenue.oms.money import round_money
from anyvenue.oms.rates import FeeMeter, commission, extra_charges, margin_of

__all__ = ["Claim", "ClosingClaim", "Frozen", "OpeningClaim"]

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
        return self.margin + self.fees + self.cash


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
        self.meters: dict[Offset, FeeMeter] = {}

    def meter(self, offset: Offset) -> FeeMeter:
        """Return the meter of fees paid at the rate of `offset`."""
        meter = self.meters.get(offset)
        if meter is None:
            meter = self.meters[offset] = FeeMeter()
        return meter

    def resize(self, quantity: Decimal) -> None:
        """Claim for `quantity` from now on."""
        raise TypeError("use OpeningClaim or ClosingClaim")


class OpeningClaim(Claim):
    """Margin and fee (or the whole price and fee) of an opening order at its freezing price."""

    __slots__ = ("cash", "fee", "frozen", "margin", "margins", "price", "schedule")

    def __init__(
        self,
        instrument: Instrument,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        schedule: FeeSchedule,
        margins: MarginSchedule | None,
        frozen: Frozen,
    ) -> None:
        super().__init__(instrument, side, _TO_OPEN, quantity)
        self.price = price
        self.schedule = schedule
        self.margins = margins
        self.frozen = frozen
        self.margin = self.fee = self.cash = _ZERO
        self._measure()

    @property
    def needed(self) -> Decimal:
        """Money the claim takes out of what is available."""
        return self.margin + self.fee + self.cash

    def _measure(self) -> None:
        instrument, quantity = self.instrument, self.quantity
        if quantity <= 0:
            self.margin = self.fee = self.cash = _ZERO
            return
        turnover = self.price * instrument.multiplier * quantity
        currency = instrument.currency
        self.fee = commission(self.schedule.open, currency, turnover, quantity)
        if self.schedule.items:
            self.fee += extra_charges(self.schedule, self.side, currency, turnover, quantity)
        if self.margins is None:
            self.cash = round_money(turnover, currency)
        else:
            self.margin = round_money(
                margin_of(self.margins, self.side, turnover, quantity), currency
            )

    def freeze(self) -> None:
        """Add the claim to the frozen sums."""
        frozen = self.frozen
        frozen.margin += self.margin
        frozen.fees += self.fee
        frozen.cash += self.cash

    def resize(self, quantity: Decimal) -> None:
        """Claim for `quantity` from now on."""
        frozen = self.frozen
        frozen.margin -= self.margin
        frozen.fees -= self.fee
        frozen.cash -= self.cash
        self.quantity = quantity
        self._measure()
        if quantity > 0:
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
