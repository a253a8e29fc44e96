"""Figures of a run for people: return, drawdown, Sharpe ratio. Floats, for display; money stays exact elsewhere."""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

import msgspec

__all__ = ["CurveFigures", "measure"]

_DAY_NS = 86_400_000_000_000
_DAYS_A_YEAR = 252


class CurveFigures(msgspec.Struct, frozen=True):
    """`total_return` and `max_drawdown` as fractions; `sharpe` annualised from daily returns (252 days, no interest).

    `sharpe` is None below three daily returns or without any change, because it would mean nothing.
    """

    total_return: float
    max_drawdown: float
    sharpe: float | None
    days: int


def measure(times: Sequence[int], values: Sequence[float], start: float) -> CurveFigures:
    """Measure an equity curve that began with `start`; times are int ns UTC, rising."""
    peak = start
    drawdown = 0.0
    daily: dict[int, float] = {}
    for ts, value in zip(times, values, strict=True):
        peak = max(peak, value)
        if peak > 0:
            drawdown = max(drawdown, (peak - value) / peak)
        daily[ts // _DAY_NS] = value
    end = values[-1] if len(values) else start
    total = end / start - 1 if start else 0.0
    return CurveFigures(total, drawdown, _sharpe([start, *daily.values()]), len(daily))


def _sharpe(values: Sequence[float]) -> float | None:
    returns = [after / before - 1 for before, after in pairwise(values) if before > 0]
    if len(returns) < 3:
        return None
    mean = sum(returns) / len(returns)
    variance = sum((each - mean) ** 2 for each in returns) / (len(returns) - 1)
    return mean / sqrt(variance) * sqrt(_DAYS_A_YEAR) if variance > 0 else None
