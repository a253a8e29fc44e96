"""Which legs an order touches.

One wish with offset AUTO becomes one to three venue orders: on SHFE and INE close-old, close-today, open; elsewhere
close, open. A netted position needs one order only. The cheaper of close-today and close-old comes first; equal fees
close old lots first, as first in, first out does.
"""

from decimal import Decimal

from anyvenue.model.enums import Dating, Offset, Side
from anyvenue.model.errors import InsufficientPosition, InvalidOrder, OffLot
from anyvenue.model.instruments import FeeSchedule, Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.legs import Holding, SideBook

__all__ = ["check_closable", "check_odd_rest", "split_by_offset", "split_fill", "today_first"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_AUTO = Offset.AUTO
_BUY = Side.BUY
_CLOSE = Offset.CLOSE
_CLOSE_OLD = Offset.CLOSE_OLD
_CLOSE_TODAY = Offset.CLOSE_TODAY
_DATED_AUTO = Dating.AUTO
_DATED_EXPLICIT = Dating.EXPLICIT
_SELL = Side.SELL
_TO_OPEN = Offset.OPEN

_ZERO = Decimal(0)
Part = tuple[Offset, Decimal]


def today_first(schedule: FeeSchedule | None) -> bool:
    """Tell whether closing today's lots is cheaper than closing old ones."""
    if schedule is None:
        return False
    today, old = schedule.close_today, schedule.close
    return (today.by_money, today.by_lot) != (old.by_money, old.by_lot) and (
        today.by_money <= old.by_money and today.by_lot <= old.by_lot
    )


def split_by_offset(
    instrument: Instrument,
    holding: Holding | None,
    request: OrderRequest,
    schedule: FeeSchedule | None,
) -> list[Part]:
    """Return the (offset, quantity) parts the request becomes.

    Raise InsufficientPosition when a close wants more than is held and free, and InvalidOrder when the offset or
    the side does not fit the instrument's position rule.
    """
    if _is_spot(instrument):
        # Money is bought and sold: there are no lots to tell apart, and the balance is checked when it is claimed.
        return [(_TO_OPEN if request.side is _BUY else _CLOSE, request.quantity)]
    if request.offset is not _AUTO:
        if request.offset is _TO_OPEN:
            if request.reduce_only:
                raise InvalidOrder(
                    f"{instrument.id}: a reduce-only order cannot open; use offset close or auto",
                    field="offset",
                    value="open",
                    instrument=instrument.id,
                )
            check_opening(instrument, request.side)
        else:
            check_closable(instrument, holding, request.side, request.offset, request.quantity)
        return [(request.offset, request.quantity)]
    if _is_netted(instrument) and not request.reduce_only:
        # One order: what it fills closes first. Never "close", which a fill that comes before it could make too much.
        return [(_TO_OPEN, request.quantity)]
    parts, left = _closing_parts(instrument, holding, request, schedule)
    if left:
        if request.reduce_only or not _may_open(instrument, request.side):
            _refuse_close(instrument, request.quantity, request.quantity - left, request.side)
        parts.append((_TO_OPEN, left))
    return parts


def check_opening(instrument: Instrument, side: Side) -> None:
    """Raise InvalidOrder when `side` may not open: short selling of a long-only instrument."""
    if side is not _BUY and not instrument.position_rule.short_ok:
        raise InvalidOrder(
            f"{instrument.id} cannot be sold short; sell what is held with offset close or auto",
            field="offset",
            value="open",
            instrument=instrument.id,
        )


def check_closable(
    instrument: Instrument, holding: Holding | None, side: Side, offset: Offset, quantity: Decimal
) -> None:
    """Raise InsufficientPosition when `quantity` is more than the legs that `offset` may touch have free."""
    free = _free(instrument, holding.closed_by(side), offset) if holding else _ZERO
    if quantity > free:
        _refuse_close(instrument, quantity, free, side, offset)


def check_odd_rest(
    instrument: Instrument, book: SideBook, offset: Offset, quantity: Decimal
) -> None:
    """Raise OffLot when a closing order would break up a rest smaller than a lot, which is only sold whole.

    Rule: what is left below 100 shares (STAR market: below 200) is declared in one order (SSE and SZSE trading rules).
    """
    lot = instrument.lot
    free = _free(instrument, book, offset)
    odd = quantity % lot.step
    whole = odd in (0, free % lot.step)
    if whole and (quantity >= lot.minimum or odd or quantity == free or not lot.odd_close):
        return
    below, above = lot.neighbours(quantity) if odd else (_ZERO, min(lot.minimum, free))
    raise OffLot(
        f"quantity {plain(quantity)} of {instrument.id} is off its lot of {plain(lot.step)} from "
        f"{plain(lot.minimum)}: use {plain(below)} or {plain(above)}; an odd rest is only sold whole",
        instrument=instrument.id,
        quantity=quantity,
        lot=lot.step,
        below=below,
        above=above,
    )


def split_fill(
    instrument: Instrument, book: SideBook, offset: Offset, quantity: Decimal, prefer_today: bool
) -> tuple[Decimal, Decimal]:
    """Return (today, old) quantities that a closing fill takes out of `book`.

    Rule: CLOSE_TODAY and CLOSE_OLD name their bucket on SHFE and INE; elsewhere old lots go first, unless closing
    today's is cheaper (CTP counter, offset rules). A fill is never refused: one that comes after its day was settled
    takes the rest from the other bucket.
    """
    dated = instrument.position_rule.dated
    prefer_today = prefer_today and dated is _DATED_AUTO
    if prefer_today or (dated is _DATED_EXPLICIT and offset is _CLOSE_TODAY):
        today = min(quantity, book.today.quantity)
        return today, quantity - today
    old = min(quantity, book.old.quantity)
    return quantity - old, old


def _is_spot(instrument: Instrument) -> bool:
    return bool(instrument.base) and not instrument.position_rule.margined


def _is_netted(instrument: Instrument) -> bool:
    """Tell whether there is one position that may be long or short: an order goes through zero by itself."""
    rule = instrument.position_rule
    return rule.short_ok and not rule.hedged


def _may_open(instrument: Instrument, side: Side) -> bool:
    return side is _BUY or instrument.position_rule.short_ok


def _free(instrument: Instrument, book: SideBook, offset: Offset) -> Decimal:
    rule = instrument.position_rule
    if rule.dated is _DATED_EXPLICIT:
        if offset is _CLOSE_TODAY:
            return book.today.quantity - book.frozen_today
        return book.old.quantity - (book.frozen - book.frozen_today)
    if not rule.sell_today:
        # Lots of today may back covered calls, so that more is frozen than is old.
        return max(book.old.quantity - book.frozen, _ZERO)
    return book.closable


def _closing_parts(
    instrument: Instrument,
    holding: Holding | None,
    request: OrderRequest,
    schedule: FeeSchedule | None,
) -> tuple[list[Part], Decimal]:
    left = request.quantity
    parts: list[Part] = []
    if holding is None:
        return parts, left
    book = holding.closed_by(request.side)
    if instrument.position_rule.dated is _DATED_EXPLICIT:
        order = [_CLOSE_OLD, _CLOSE_TODAY]
        if today_first(schedule):
            order.reverse()
    else:
        order = [_CLOSE]
    for offset in order:
        part = min(left, _free(instrument, book, offset))
        if part > 0:
            parts.append((offset, part))
            left -= part
    return parts, left


def _refuse_close(
    instrument: Instrument,
    wanted: Decimal,
    closable: Decimal,
    side: Side,
    offset: Offset = Offset.AUTO,
) -> None:
    direction = "long" if side is _SELL else "short"
    settled = "" if instrument.position_rule.sell_today else " bought before today"
    bucket = {_CLOSE_TODAY: " opened today", _CLOSE_OLD: " held overnight"}.get(offset, "")
    if instrument.position_rule.dated is _DATED_EXPLICIT and offset is _CLOSE:
        bucket = " held overnight"
    raise InsufficientPosition(
        f"{side} {plain(wanted)} of {instrument.id} would close more than the {plain(closable)} "
        f"{direction}{bucket}{settled} that are free",
        instrument=instrument.id,
        side=side,
        wanted=wanted,
        closable=closable,
    )
