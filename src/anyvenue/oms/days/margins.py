"""The margin of lots, leg by leg and lot by lot: together they are what the books charge for a side."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.days.lots import DayLot, DaySide
from anyvenue.oms.money import divide_money, round_money
from anyvenue.oms.rates import margin_of

__all__ = ["Valuation", "margin_of_lot", "margins_of", "previous_margin"]

_BUY, _SELL = Side.BUY, Side.SELL
_ZERO = Decimal(0)
PriceOf = Callable[[InstrumentId], Decimal | None]
SideOf = Callable[[InstrumentId, Side], DaySide]


class Valuation(msgspec.Struct, frozen=True):
    """At which prices and by which margins lots are looked at, and when.

    `margins` None is the current moment; else it is the end of a day: nothing is frozen, fixed margins are worked out
    at the prices, and those of the rest are these.
    """

    state: AccountState
    side_of: SideOf
    price_of: PriceOf
    ts: int
    margins: dict[InstrumentId, Decimal] | None = None

    @property
    def current(self) -> bool:
        """Whether it is what is so now."""
        return self.margins is None


def margins_of(view: Valuation, instrument: Instrument, side: DaySide) -> tuple[Decimal, Decimal]:
    """Return the margin of today's lots and of the older ones; together they are the books' margin of the side."""
    total = side.book.quantity
    if not total:
        return _ZERO, _ZERO
    state, currency = view.state, instrument.currency
    if not instrument.position_rule.margined and not state.booking(instrument.id).floating:
        return _ZERO, _ZERO
    if state.booking(instrument.id).floating:
        whole = _floating_margin(view, instrument, side)
        today = divide_money(whole * side.book.today.quantity, total, currency)
        return today, whole - today
    at_today, at_old = side.book.today.open_value, side.book.old_mark_value
    if not view.current:
        price = view.price_of(instrument.id) or _ZERO
        at_today, at_old = price * side.book.today.quantity, price * side.book.old.quantity
    whole = _fixed(state, instrument, side.side, at_today + at_old, total)
    today = _fixed(state, instrument, side.side, at_today, side.book.today.quantity)
    return today, whole - today


def _fixed(
    state: AccountState, instrument: Instrument, side: Side, value: Decimal, quantity: Decimal
) -> Decimal:
    schedule = state.rates.margin(instrument)
    margin = margin_of(schedule, side, value * instrument.multiplier, quantity)
    return round_money(margin, instrument.currency)


def _floating_margin(view: Valuation, instrument: Instrument, side: DaySide) -> Decimal:
    """Return the part of a holding's margin that belongs to one side: options margin sold lots alone."""
    state, name = view.state, instrument.id
    if view.margins is not None:
        whole = view.margins.get(name, _ZERO)
    else:
        holding = state.holding(name)
        whole = state.booking(name).margin(state, instrument, holding) if holding else _ZERO
    if instrument.option is not None:
        return whole if side.side is _SELL else _ZERO
    held = sum((view.side_of(name, each).book.quantity for each in (_BUY, _SELL)), _ZERO)
    own = side.book.quantity
    return divide_money(whole * own, held, instrument.currency) if held else _ZERO


def previous_margin(view: Valuation, instrument: Instrument, side: DaySide) -> Decimal:
    """Return the margin of what the day began with, where it has a fixed rate."""
    mark = side.book.mark
    rule = instrument.position_rule
    if not side.previous or mark is None or not rule.margined:
        return _ZERO
    if view.state.booking(instrument.id).floating:
        return _ZERO
    return _fixed(view.state, instrument, side.side, mark * side.previous, side.previous)


def margin_of_lot(
    view: Valuation,
    instrument: Instrument,
    side: DaySide,
    lot: DayLot,
    margins: tuple[Decimal, Decimal],
) -> Decimal:
    """Return the margin of one lot: by its own price where the rate is fixed, else its share."""
    if not lot.quantity or not any(margins):
        return _ZERO
    if view.state.booking(instrument.id).floating:
        bucket = side.book.today if lot.today else side.book.old
        whole = margins[0 if lot.today else 1]
        return divide_money(whole * lot.quantity, bucket.quantity, instrument.currency)
    price = side.mark_of(lot) if view.current else view.price_of(instrument.id) or _ZERO
    return _fixed(view.state, instrument, side.side, price * lot.quantity, lot.quantity)
