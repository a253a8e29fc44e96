"""Exact amounts as the numbers CTP's fields hold: never NaN, never infinite."""

from decimal import Decimal
from math import isfinite

from anyvenue.model.instruments import Instrument
from anyvenue.venues.ctp.description import ABSENT

__all__ = ["flag", "money", "price", "price_of", "unit_of", "volume"]

_TOO_LARGE = 1e15  # as far as a price counts: what is above is CTP's way to say "none"
_ONE = Decimal(1)


def money(amount: Decimal) -> float:
    """Return an amount as a double."""
    return float(amount)


def price(value: Decimal | None) -> float:
    """Return a price as a double, 0 for none: rows of positions have no DBL_MAX in them."""
    return 0.0 if value is None else float(value)


def price_of(value: float) -> float:
    """Return an observed price, DBL_MAX for what is none."""
    return value if isfinite(value) and 0 < value < _TOO_LARGE else ABSENT


def unit_of(instrument: Instrument) -> Decimal:
    """Return how much one of CTP's whole lots is: 1, or the least step where parts of 1 are traded (coins)."""
    step = instrument.lot.step
    return step if step < _ONE else _ONE


def volume(instrument: Instrument, quantity: Decimal) -> int:
    """Return a quantity as a Volume."""
    return int(quantity / unit_of(instrument))


def flag(yes: object) -> int:
    """Return TThostFtdcBoolType: 1 or 0."""
    return 1 if yes else 0
