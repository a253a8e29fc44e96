"""From what people type to exact numbers, and back to text.

Observed numbers (market data) are `float` with NaN for absent; owed numbers (prices and quantities of orders,
money) are `Decimal`. This module is the only door between the two.
"""

from decimal import Decimal, InvalidOperation
from math import isfinite, nan

from anyvenue.model.errors import InvalidOrder

__all__ = [
    "ABSENT_ABOVE",
    "DOUBTFUL_BELOW",
    "Number",
    "exact_price",
    "observed",
    "plain",
    "to_decimal",
]

Number = int | float | str | Decimal

# CTP marks an absent price with DBL_MAX and some front ends pass it through: nothing real is above this.
ABSENT_ABOVE = 1e15
# A feed's way to say "none" may be 0 with noise; prices that are really this small are looked at twice.
DOUBTFUL_BELOW = 0.01
_MOST = Decimal(10**15)


def to_decimal(value: Number, name: str = "value") -> Decimal:
    """Return `value` as an exact, finite Decimal; raise InvalidOrder naming `name` otherwise.

    A float goes through its shortest text, so 0.1 means 0.1 and not its binary neighbour.
    """
    if type(value) is Decimal:  # first: most values that come here are exact already
        if not value.is_finite() or not -_MOST <= value <= _MOST:
            raise _invalid(value, name)
        return value
    if isinstance(value, bool):
        raise _invalid(value, name)
    if isinstance(value, int):
        if abs(value) > ABSENT_ABOVE:
            raise _invalid(value, name)
        return Decimal(value)
    if isinstance(value, float):
        if not isfinite(value) or abs(value) > ABSENT_ABOVE:
            raise _invalid(value, name)
        return Decimal(repr(value))
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        raise _invalid(value, name) from None
    if not number.is_finite() or not -_MOST <= number <= _MOST:
        raise _invalid(value, name)
    return number


def _invalid(value: object, name: str) -> InvalidOrder:
    return InvalidOrder(
        f"{name} was {value!r}; a finite number is expected", field=name, value=repr(value)
    )


def exact_price(value: float) -> Decimal | None:
    """Return an observed price by its shortest text, None where it is absent."""
    return Decimal(repr(value)) if 0.0 < value < ABSENT_ABOVE else None


def observed(value: float) -> float:
    """Return `value` as a market price, NaN where a feed says "absent": 0, DBL_MAX, infinities."""
    return value if 0.0 < value < ABSENT_ABOVE or -ABSENT_ABOVE < value < 0.0 else nan


def plain(number: Decimal) -> str:
    """Return the shortest exact text without exponent: ``Decimal('1E+2')`` is ``100``."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
