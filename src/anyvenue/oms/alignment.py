"""Set the legs of a holding to what a venue says: total quantities and costs, of which lots are made."""

from decimal import ROUND_FLOOR, Context, Decimal

from anyvenue.model.instruments import Instrument
from anyvenue.model.positions import Leg, Position
from anyvenue.model.steps import floor_to
from anyvenue.oms.legs import Holding, SideBook
from anyvenue.oms.money import ratio

__all__ = ["align_legs", "exact_ratio", "parts_of"]

_ZERO = Decimal(0)
_FINEST = Decimal("1e-9")
_DIGITS = 16  # of a price: times a quantity it must stay exact in 28
_WIDE = Context(prec=80)
_FLOOR = Context(prec=80, rounding=ROUND_FLOOR)
Parts = list[tuple[Decimal, Decimal]]


def exact_ratio(value: Decimal, quantity: Decimal) -> Decimal | None:
    """Return the price that `quantity` has when it is worth `value`, None where it has no end."""
    price = _WIDE.normalize(ratio(value, quantity))
    short = len(price.as_tuple().digits) <= _DIGITS
    return price if short and _WIDE.multiply(price, quantity) == value else None


def parts_of(instrument: Instrument, value: Decimal, quantity: Decimal) -> Parts:
    """Return lots of (price, quantity) that are worth exactly `value`: one, or two a price step apart.

    An average of prices on the step is always a mixture of its two neighbours; where `value` is none (a venue that
    rounds its average), the price is rounded to 1e-9.
    """
    if not quantity:
        return []
    price = exact_ratio(value, quantity)
    if price is not None:
        return [(price, quantity)]
    near = _FLOOR.quantize(ratio(value, quantity), _FINEST)
    step = instrument.price_step.step_at(near)
    below = floor_to(near, step)
    above = exact_ratio(value - below * quantity, step)
    if above is None or above % instrument.lot.step:
        return [(near, quantity)]
    return [(below, quantity - above), (below + step, above)]


def align_legs(instrument: Instrument, holding: Holding, position: Position, day: int) -> None:
    """Replace the legs that differ from `position`; lots of the others stay as they are."""
    for book, today, old in (
        (holding.long, position.long_today, position.long_old),
        (holding.short, position.short_today, position.short_old),
    ):
        _align_mark(book, old)
        if _differs(book.today.quantity, book.today.open_value, today):
            book.hold(parts_of(instrument, today.open_value, today.quantity), True, day, "aligned")
        if _differs(book.old.quantity, book.old.open_value, old):
            book.hold(parts_of(instrument, old.open_value, old.quantity), False, 0, "aligned")


def _differs(quantity: Decimal, value: Decimal, leg: Leg) -> bool:
    return quantity != leg.quantity or value != leg.open_value


def _align_mark(book: SideBook, old: Leg) -> None:
    if old.mark_value == old.open_value and book.mark is None:
        return
    if old.quantity:
        exact = exact_ratio(old.mark_value, old.quantity)
        rounded = _FLOOR.quantize(ratio(old.mark_value, old.quantity), _FINEST)
        book.mark = rounded if exact is None else exact
