"""The price and lot grid of a synthetic market: whole numbers to the floats that snapshots have."""

from collections.abc import Callable
from decimal import Decimal
from math import gcd, lcm
from typing import NamedTuple

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.instruments import Instrument

__all__ = ["Ratio", "lot_of", "scale", "step_of", "usual_lots"]

# What usually stands at one price, in the quote currency: about what three lots of an index future are worth.
_USUAL_MONEY = 1_000_000.0
_OF_OPTIONS = 0.05  # a lot of options is cheap, and not as many more of them stand there
_FEWEST, _MOST = 3.0, 1_000_000.0
_REACH = Decimal("0.1")


class Ratio(NamedTuple):
    """A step as a fraction in lowest terms."""

    top: int
    bottom: int


def scale(step: Ratio) -> Callable[[int], float]:
    """Return the function from a number of steps to a float: the nearest one, exact in its shortest text."""
    top, bottom = step
    if bottom == 1:
        return lambda steps: float(steps * top)
    return lambda steps: steps * top / bottom


def step_of(instrument: Instrument, price: Decimal) -> Ratio:
    """Return the price step around `price`; where it changes within a day's reach, one that holds on both sides."""
    reach = (instrument.price_limit or _REACH) * price
    steps = [instrument.price_step.step_at(each) for each in (price - reach, price, price + reach)]
    ratios = [each.as_integer_ratio() for each in steps]
    bottom = lcm(*(each for _, each in ratios))
    top = lcm(*(top * (bottom // under) for top, under in ratios))
    common = gcd(top, bottom)
    return Ratio(top // common, bottom // common)


def lot_of(instrument: Instrument) -> Ratio:
    """Return the lot step."""
    return Ratio(*instrument.lot.step.as_integer_ratio())


def usual_lots(instrument: Instrument, price: float) -> float:
    """Return how many lots usually stand at one price."""
    worth = abs(price) * float(instrument.multiplier * instrument.lot.step)
    if instrument.inverse:
        worth = float(instrument.multiplier * instrument.lot.step)
    money = _USUAL_MONEY * (_OF_OPTIONS if instrument.kind is InstrumentKind.OPTION else 1.0)
    return min(max(money / worth, _FEWEST), _MOST) if worth else _FEWEST
