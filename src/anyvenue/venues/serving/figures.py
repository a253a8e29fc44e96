"""Figures of positions and money that every venue shows, by other names."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from anyvenue.model.accounts import Account
from anyvenue.model.errors import VenueRefused
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument, LeverageTier
from anyvenue.model.positions import EMPTY_LEG, Leg, Position
from anyvenue.model.protocols import Broker
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.numbers import quantized

__all__ = [
    "PositionFigures",
    "figures_of",
    "free_and_kept",
    "maintenance_of",
    "margins_of",
    "one_leg",
    "tiers_of",
]

_ZERO = Decimal(0)
_UNBOUNDED = Decimal(10) ** 15


class PositionFigures(msgspec.Struct, frozen=True):
    """A netted position at the mark price: `quantity` and `value` are below zero when it is short."""

    quantity: Decimal
    entry: Decimal
    mark: Decimal
    value: Decimal
    profit: Decimal
    maintenance: Decimal


def figures_of(board: Board, position: Position | None) -> PositionFigures:
    """Return the figures of a position, None for a flat one; `maintenance` is the margin that keeps it."""
    instrument = board.instrument
    quantity = position.net if position is not None else _ZERO
    entry = _entry(position, instrument) if position is not None else _ZERO
    mark = Decimal(board.price_text(board.mark))
    value = quantity * mark * instrument.multiplier
    profit = quantized((mark - entry) * quantity * instrument.multiplier) if quantity else _ZERO
    kept = maintenance_of(instrument, abs(value))
    return PositionFigures(quantity, entry, mark, value, profit, kept)


def tiers_of(instrument: Instrument) -> tuple[LeverageTier, ...]:
    """Return the leverage table of a contract, lowest first: one row made of its margin where there is none."""
    margin = instrument.margin
    if instrument.tiers or margin is None:
        return instrument.tiers
    rate = max(margin.long_by_money, margin.short_by_money)
    kept = max(margin.long_maintenance, margin.short_maintenance)
    return (LeverageTier(_UNBOUNDED, 1 / rate, kept),) if rate else ()


def maintenance_of(instrument: Instrument, value: Decimal) -> Decimal:
    """Return the margin that keeps a position of a value, 0 without a leverage table."""
    tiers = tiers_of(instrument)
    for tier in tiers:
        if value <= tier.up_to or tier is tiers[-1]:
            return quantized(max(value * tier.maintenance - tier.deduction, _ZERO))
    return _ZERO


def one_leg(position: Position | None, leg: str) -> Position | None:
    """Return the ``long`` or the ``short`` lots alone, None where there are none."""
    if position is None:
        return None
    if leg == "long":
        found = replace(position, short_today=EMPTY_LEG, short_old=EMPTY_LEG)
    else:
        found = replace(position, long_today=EMPTY_LEG, long_old=EMPTY_LEG)
    return None if found.flat else found


def margins_of(broker: Broker, account: AccountId) -> dict[InstrumentId, Decimal]:
    """Return the margin of each position that is not flat; empty where the broker does not tell."""
    try:
        legs = broker.legs(account)
    except VenueRefused:
        return {}
    found: dict[InstrumentId, Decimal] = {}
    for leg in legs:
        if leg.quantity:
            found[leg.instrument] = found.get(leg.instrument, _ZERO) + leg.margin
    return found


def free_and_kept(figures: Account) -> tuple[Decimal, Decimal]:
    """Return the money that is free, and what working orders and positions keep."""
    free = max(figures.available, _ZERO)
    return free, max(figures.balance - free, _ZERO)


def _entry(position: Position, instrument: Instrument) -> Decimal:
    """Return the average price at which what is held was opened."""
    long = position.net > 0
    legs: tuple[Leg, Leg] = (
        (position.long_today, position.long_old)
        if long
        else (position.short_today, position.short_old)
    )
    quantity = legs[0].quantity + legs[1].quantity
    if not quantity:
        return _ZERO
    value = legs[0].open_value + legs[1].open_value
    return quantized(value / quantity)
