"""Leverage tables: how much a leveraged position may be worth, and the margin that keeps it open.

Rule: maintenance margin is value x rate - deduction, by the tier the value falls in; a tier's largest leverage bounds
the value that may be held at a chosen leverage (Binance: notional and leverage brackets). An instrument without a
table whose margin schedule has a maintenance rate has one tier made of it.
"""

from decimal import Decimal
from functools import cache

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.errors import UnknownMargin
from anyvenue.model.instruments import Instrument, LeverageTier, MarginSchedule
from anyvenue.oms.money import ratio

__all__ = ["is_allowed", "is_leveraged", "largest_value", "maintenance", "tier_of", "tiers_of"]

_ZERO = Decimal(0)
_UNBOUNDED = Decimal(10) ** 15
_CONTRACTS = frozenset({InstrumentKind.PERPETUAL, InstrumentKind.FUTURE})


def is_leveraged(instrument: Instrument) -> bool:
    """Tell whether positions are kept by leverage: with tiers, maintenance margin and liquidation."""
    if instrument.tiers or instrument.inverse:
        return True
    return (
        instrument.kind in _CONTRACTS
        and instrument.margin is not None
        and instrument.margin.long_maintenance > 0
    )


def tiers_of(instrument: Instrument) -> tuple[LeverageTier, ...]:
    """Return the tiers, lowest first; raise UnknownMargin when neither table nor schedule tells any."""
    if instrument.tiers:
        return instrument.tiers
    if instrument.margin is None:
        raise UnknownMargin(
            f"no leverage tiers are known for {instrument.id}; give it tiers, or a margin schedule with a maintenance "
            "rate",
            instrument=instrument.id,
        )
    return _of_schedule(instrument.margin)


@cache
def _of_schedule(schedule: MarginSchedule) -> tuple[LeverageTier, ...]:
    rate = max(schedule.long_by_money, schedule.short_by_money)
    floor = max(schedule.long_maintenance, schedule.short_maintenance)
    return (LeverageTier(_UNBOUNDED, ratio(Decimal(1), rate), floor),)


def tier_of(instrument: Instrument, value: Decimal) -> LeverageTier:
    """Return the tier of a position worth `value`; the last one for anything larger."""
    tiers = tiers_of(instrument)
    for tier in tiers:
        if value <= tier.up_to:
            return tier
    return tiers[-1]


def maintenance(instrument: Instrument, value: Decimal) -> Decimal:
    """Return the money that must be left of a position worth `value`, unrounded."""
    if not value:
        return _ZERO
    tier = tier_of(instrument, value)
    return max(value * tier.maintenance - tier.deduction, _ZERO)


def is_allowed(instrument: Instrument, leverage: Decimal, value: Decimal) -> bool:
    """Tell whether a tier allows a position worth `value` at `leverage`: most are far below the largest."""
    return any(
        tier.max_leverage >= leverage and value <= tier.up_to for tier in tiers_of(instrument)
    )


def largest_value(instrument: Instrument, leverage: Decimal) -> Decimal:
    """Return what a position may be worth at `leverage`; 0 when no tier allows that much."""
    allowed = [tier.up_to for tier in tiers_of(instrument) if tier.max_leverage >= leverage]
    return max(allowed, default=_ZERO)
