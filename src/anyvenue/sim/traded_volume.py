"""What traded between two snapshots of a feed that has no public trades, and at which prices.

A snapshot says how much has traded in the day so far and for how much money. From one to the next, that is a volume and
a mean price. The volume is split between the two prices next to the mean so that the mean comes out: prices that may
have traded are the best bid and ask of both snapshots and the last price. Where the money is not told, or cannot be in
any known unit, all of the volume is at the last price.
"""

from bisect import bisect_left
from math import ceil, floor

from anyvenue.model.market import Depth
from anyvenue.model.numbers import ABSENT_ABOVE

__all__ = ["traded_between"]

_UNIT = 0.02
# Of the price: a mean further away from everything quoted is not in the unit that was tried.


def traded_between(
    before: Depth, after: Depth, multiplier: float, tick: float, lot: float
) -> list[tuple[float, float]]:
    """Return (price, volume) of what traded; nothing where the volume is absent or begins anew."""
    volume = _rise(before.volume, after.volume)
    if not volume:
        return []
    quoted = (before.bid, before.ask, after.bid, after.ask, after.last)
    prices = sorted({each for each in quoted if tick / 2 <= each < ABSENT_ABOVE})
    mean = _mean(volume, _rise(before.turnover, after.turnover), multiplier, prices)
    if mean is None:
        return [(after.last, volume)] if after.last in prices else []
    return _split(volume, mean, prices, tick, lot)


def _rise(before: float, after: float) -> float:
    """Return by how much a figure of the day has grown, 0 where that is not known."""
    if 0 <= before < ABSENT_ABOVE and before < after < ABSENT_ABOVE:
        return after - before
    return 0.0


def _mean(volume: float, money: float, multiplier: float, prices: list[float]) -> float | None:
    """Return the mean price; some counters leave the contract multiplier out of the turnover."""
    if not money or not prices:
        return None
    for unit in (multiplier, 1.0):
        mean = money / volume / unit
        if prices[0] * (1 - _UNIT) <= mean <= prices[-1] * (1 + _UNIT):
            return mean
    return None


def _split(
    volume: float, mean: float, prices: list[float], tick: float, lot: float
) -> list[tuple[float, float]]:
    # Outside of everything quoted, the nearest step that does not claim more than the mean does.
    if mean <= prices[0]:
        return [(min(ceil(mean / tick - 1e-6) * tick, prices[0]), volume)]
    if mean >= prices[-1]:
        return [(max(floor(mean / tick + 1e-6) * tick, prices[-1]), volume)]
    upper = bisect_left(prices, mean)
    low, high = prices[upper - 1], prices[upper]
    above = min(floor((mean - low) / (high - low) * volume / lot + 0.5) * lot, volume)
    return [(price, size) for price, size in ((low, volume - above), (high, above)) if size > 0]
