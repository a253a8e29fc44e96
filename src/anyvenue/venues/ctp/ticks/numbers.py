"""Doubles of CTP's fields as exact numbers, and the rounding of money."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.venues.ctp.description import Value

__all__ = ["ZERO", "exact", "rounded", "share", "sum_of", "text_of", "whole"]

ZERO = Decimal(0)
_SMALLEST = 1e-12
# A context of its own: whoever traps inexact results still gets money rounded.
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation])


def exact(value: object) -> Decimal:
    """Return a double as the shortest number that it stands for, 0 for what is none (DBL_MAX, NaN)."""
    if not isinstance(value, int | float) or not -ABSENT_ABOVE < value < ABSENT_ABOVE:
        return ZERO
    if isinstance(value, float):
        return Decimal(int(value)) if value.is_integer() else Decimal(repr(value))
    return Decimal(value)


def whole(row: Mapping[str, Value], name: str) -> int:
    """Return an int field, 0 where it is missing."""
    value = row.get(name, 0)
    return value if isinstance(value, int) else 0


def text_of(row: Mapping[str, Value], name: str) -> str:
    """Return a text field without the blanks around it, "" where it is missing."""
    return str(row.get(name, "")).strip()


def rounded(amount: Decimal, quantum: Decimal) -> Decimal:
    """Return an amount rounded half-even to a quantum."""
    return _CONTEXT.quantize(amount, quantum)


def share(whole_amount: Decimal, part: int, of: int, quantum: Decimal) -> Decimal:
    """Return ``whole_amount x part / of``, rounded."""
    return rounded(_CONTEXT.divide(whole_amount * part, Decimal(of)), quantum)


def sum_of(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum, 0 of nothing."""
    return sum(amounts, ZERO)
