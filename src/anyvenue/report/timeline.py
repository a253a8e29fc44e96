"""Samples along time: drawdown, positions and exposure, all as short as the samples they stand beside."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import TypeVar

import msgspec

from anyvenue.data.clock import zone_of
from anyvenue.engine.results import RunResult
from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.orders import Fill

__all__ = [
    "Exposure",
    "Points",
    "drawdowns",
    "exposure",
    "local",
    "positions",
    "thinned",
]

Points = list[tuple[int, float]]
_T = TypeVar("_T")


class Exposure(msgspec.Struct, frozen=True):
    """Worth of what was held over equity at each time: all of it (`gross`), and longs less shorts (`net`)."""

    times: list[int]
    gross: list[float]
    net: list[float]

    @property
    def highest(self) -> float:
        """The highest gross exposure, 0 without samples."""
        return max(self.gross, default=0.0)

    @property
    def mean(self) -> float:
        """The mean gross exposure, 0 without samples."""
        return sum(self.gross) / len(self.gross) if self.gross else 0.0

    @property
    def in_market(self) -> float:
        """The fraction of samples with a position, 0 without samples."""
        return sum(1 for each in self.gross if each) / len(self.gross) if self.gross else 0.0


def local(ts: int, zone: str) -> str:
    """Return int ns UTC as ``2026-09-15 09:00:00`` on the wall clock of `zone`."""
    return f"{datetime.fromtimestamp(ts // 1_000_000_000, zone_of(zone)):%Y-%m-%d %H:%M:%S}"


def drawdowns(values: Sequence[float], start: float) -> list[float]:
    """Return at each value the loss since the highest one before, as a fraction from -1 to 0."""
    peaks = accumulate(values, max, initial=start)
    next(peaks)
    return [
        min(0.0, value / peak - 1) if peak > 0 else 0.0
        for value, peak in zip(values, peaks, strict=True)
    ]


def positions(fills: Sequence[Fill], instrument: InstrumentId) -> Points:
    """Return the net quantity of an instrument after each of its fills, in the order given."""
    points: Points = []
    net = 0.0
    for fill in fills:
        if fill.instrument == instrument:
            net += float(fill.quantity) * (1 if fill.side is Side.BUY else -1)
            points.append((fill.ts_event, round(net, 9)))
    return points


def exposure(result: RunResult, currency: str) -> Exposure:
    """Return the exposure in one currency at the times of its equity samples.

    An instrument without a price counts from its first price on.
    """
    equity = result.equity_in(currency)
    gross = [0.0] * len(equity)
    net = [0.0] * len(equity)
    times = [ts for ts, _ in equity]
    for instrument, held, prices in _held(result, currency):
        inverse = result.instruments[instrument].inverse
        unit = float(result.instruments[instrument].multiplier)
        for at, (ts, worth) in enumerate(equity):
            quantity, price = _last(held, ts), _last(prices, ts)
            if quantity and price and worth > 0:
                # Long an inverse contract is long its coin: the exposure is that of the price all the same.
                value = quantity * unit * (1 / price if inverse else price) / worth
                gross[at] += abs(value)
                net[at] += value
    return Exposure(times, gross, net)


class _Steps(msgspec.Struct, frozen=True):
    times: list[int]
    values: list[float]


def _held(result: RunResult, currency: str) -> list[tuple[InstrumentId, _Steps, _Steps]]:
    found = []
    for instrument in dict.fromkeys(fill.instrument for fill in result.fills):
        if result.instruments[instrument].currency == currency:
            held = _steps(positions(result.fills, instrument))
            found.append((instrument, held, _steps(result.prices(instrument))))
    return found


def _steps(points: Points) -> _Steps:
    return _Steps([ts for ts, _ in points], [value for _, value in points])


def _last(steps: _Steps, ts: int) -> float:
    """Return the value that holds at `ts`, 0 before the first."""
    at = bisect_right(steps.times, ts)
    return steps.values[at - 1] if at else 0.0


def thinned(items: Sequence[_T], most: int) -> list[_T]:
    """Return at most `most` of `items`, evenly spread, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    step = (len(items) - 1) / (most - 1)
    return [items[round(at * step)] for at in range(most)]
