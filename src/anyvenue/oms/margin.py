"""Margin of held positions, per currency, kept up to date leg by leg."""

from decimal import Decimal

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.legs import Holding, SideBook
from anyvenue.oms.money import round_money
from anyvenue.oms.rates import RateBook, margin_of

__all__ = ["MarginTotals"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_BUY = Side.BUY
_SELL = Side.SELL

_ZERO = Decimal(0)
_NONE = (_ZERO, _ZERO)


class MarginTotals:
    """Sums of margin; with `larger_side` only the larger side of each margin group counts.

    Rules: lots held overnight are margined at the last settlement price, today's at their opening price (CTP counter,
    MarginPriceType 4 for today's lots); the larger side per product group where MaxMarginSideAlgorithm is 1.
    """

    def __init__(self, rates: RateBook, larger_side: bool) -> None:
        """Take margin schedules from `rates`."""
        self._rates = rates
        self._larger_side = larger_side
        self._of: dict[InstrumentId, tuple[Decimal, Decimal]] = {}
        self._groups: dict[str, tuple[Decimal, Decimal]] = {}
        self._totals: dict[str, Decimal] = {}

    def of(self, currency: str) -> Decimal:
        """Return the margin of all positions in `currency`."""
        return self._totals.get(currency, _ZERO)

    def side(self, instrument: InstrumentId, side: Side) -> Decimal:
        """Return the margin of the long side (BUY) or the short side of one instrument."""
        long, short = self._of.get(instrument, _NONE)
        return long if side is _BUY else short

    def update(self, instrument: Instrument, holding: Holding, changed: Side | None = None) -> None:
        """Measure one instrument again after its legs changed; only the `changed` side if that is given."""
        if not instrument.position_rule.margined:
            return
        before = long, short = self._of.get(instrument.id, _NONE)
        change = _ZERO
        if changed is not _SELL:
            long = self._side(instrument, _BUY, holding.long)
            change = long - before[0]
        if changed is not _BUY:
            short = self._side(instrument, _SELL, holding.short)
            change += short - before[1]
        now = self._of[instrument.id] = (long, short)
        currency = instrument.currency
        if self._larger_side and instrument.margin_group:
            change = self._regroup(f"{instrument.margin_group}/{currency}", before, now)
        self._totals[currency] = self._totals.get(currency, _ZERO) + change

    def _side(self, instrument: Instrument, side: Side, book: SideBook) -> Decimal:
        quantity = book.quantity
        if not quantity:
            return _ZERO
        turnover = book.mark_value * instrument.multiplier
        schedule = self._rates.margin(instrument)
        return round_money(margin_of(schedule, side, turnover, quantity), instrument.currency)

    def _regroup(
        self, group: str, before: tuple[Decimal, Decimal], now: tuple[Decimal, Decimal]
    ) -> Decimal:
        long, short = self._groups.get(group, _NONE)
        sums = (long + now[0] - before[0], short + now[1] - before[1])
        self._groups[group] = sums
        return max(sums) - max(long, short)
