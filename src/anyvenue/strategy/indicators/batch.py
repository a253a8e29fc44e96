"""Indicators over whole sequences, each window computed from its definition.

Slower than the streaming classes and written independently of them, so that each checks the other. Every function
returns lists as long as its input, NaN where the indicator is not ready; inputs that are NaN or infinite repeat the
result before them, as the streaming classes do.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import fsum, isfinite, nan, sqrt
from typing import NamedTuple

from anyvenue.model.errors import ConfigError
from anyvenue.strategy.indicators.averages import MACD
from anyvenue.strategy.indicators.base import check_period, check_width

__all__ = [
    "BollingerLines",
    "MACDLines",
    "StochasticLines",
    "atr",
    "bollinger",
    "ema",
    "macd",
    "rsi",
    "sma",
    "stochastic",
    "vwap",
]


class BollingerLines(NamedTuple):
    """Bands and middle, one number per input each."""

    upper: list[float]
    middle: list[float]
    lower: list[float]


class MACDLines(NamedTuple):
    """Difference, signal and their gap, one number per input each."""

    macd: list[float]
    signal: list[float]
    histogram: list[float]


class StochasticLines(NamedTuple):
    """%K and %D, one number per bar each."""

    k: list[float]
    d: list[float]


def sma(values: Sequence[float], period: int) -> list[float]:
    """Return the mean of each window of `period` values, each correctly rounded."""
    check_period("SMA", "period", period)
    return _aligned([isfinite(value) for value in values], _means(_usable(values), period))


def ema(values: Sequence[float], period: int) -> list[float]:
    """Return the exponential means with weight ``2 / (period + 1)``, seeded with the first value."""
    check_period("EMA", "period", period)
    return _aligned([isfinite(value) for value in values], _exponential(_usable(values), period))


def rsi(values: Sequence[float], period: int = 14) -> list[float]:
    """Return Wilder's relative strength index; the first number stands at index `period`."""
    check_period("RSI", "period", period)
    usable = _usable(values)
    changes = [after - before for before, after in pairwise(usable)]
    gains = _wilder([max(change, 0.0) for change in changes], period)
    losses = _wilder([max(-change, 0.0) for change in changes], period)
    strength = [nan, *(_strength(up, down) for up, down in zip(gains, losses, strict=True))]
    return _aligned([isfinite(value) for value in values], strength)


def bollinger(values: Sequence[float], period: int = 20, width: float = 2.0) -> BollingerLines:
    """Return the bands `width` population deviations around the mean of each window."""
    check_period("Bollinger", "period", period)
    width = check_width("Bollinger", "width", width)
    usable = _usable(values)
    middles = _means(usable, period)
    reaches = [
        nan if mean != mean else width * _deviation(usable[end - period : end], mean)
        for end, mean in enumerate(middles, 1)
    ]
    taken = [isfinite(value) for value in values]
    return BollingerLines(
        _aligned(taken, [mean + reach for mean, reach in zip(middles, reaches, strict=True)]),
        _aligned(taken, middles),
        _aligned(taken, [mean - reach for mean, reach in zip(middles, reaches, strict=True)]),
    )


def macd(values: Sequence[float], fast: int = 12, slow: int = 26, signal: int = 9) -> MACDLines:
    """Return difference, signal and histogram; all NaN before index ``slow + signal - 2``."""
    MACD(fast, slow, signal)  # refuses what the streaming class refuses, in the same words
    usable = _usable(values)
    averages = zip(_exponential(usable, fast), _exponential(usable, slow), strict=True)
    lines = [quick - steady for quick, steady in averages]
    started = lines[slow - 1 :]
    signals = [nan] * (len(lines) - len(started)) + _exponential(started, signal)
    shown = [nan if mark != mark else line for line, mark in zip(lines, signals, strict=True)]
    gaps = [line - mark for line, mark in zip(shown, signals, strict=True)]
    taken = [isfinite(value) for value in values]
    return MACDLines(_aligned(taken, shown), _aligned(taken, signals), _aligned(taken, gaps))


def atr(
    highs: Sequence[float], lows: Sequence[float], closes: Sequence[float], period: int = 14
) -> list[float]:
    """Return Wilder's average true range; the first bar counts high less low."""
    check_period("ATR", "period", period)
    taken, bars = _bars(highs, lows, closes)
    ranges = [high - low for high, low, _ in bars[:1]]
    ranges += [
        max(high - low, abs(high - before[2]), abs(low - before[2]))
        for before, (high, low, _) in pairwise(bars)
    ]
    return _aligned(taken, _wilder(ranges, period))


def stochastic(
    highs: Sequence[float],
    lows: Sequence[float],
    closes: Sequence[float],
    k: int = 14,
    d: int = 3,
    smooth: int = 3,
) -> StochasticLines:
    """Return %K and %D; both NaN before index ``k + smooth + d - 3``."""
    for name, period in (("k", k), ("smooth", smooth), ("d", d)):
        check_period("Stochastic", name, period)
    taken, bars = _bars(highs, lows, closes)
    places = [_place(bars[end - k : end]) for end in range(k, len(bars) + 1)]
    smoothed = _means(places, smooth)[smooth - 1 :]
    signals = _means(smoothed, d)
    shown = [nan if mark != mark else line for line, mark in zip(smoothed, signals, strict=True)]
    unready = [nan] * (len(bars) - len(smoothed))
    return StochasticLines(_aligned(taken, unready + shown), _aligned(taken, unready + signals))


def vwap(prices: Sequence[float], volumes: Sequence[float]) -> list[float]:
    """Return turnover divided by volume up to each input; volumes not above 0 count nothing."""
    _same_length(prices=prices, volumes=volumes)
    pairs = list(zip(prices, volumes, strict=True))
    taken = [isfinite(price) and isfinite(volume) and volume > 0 for price, volume in pairs]
    usable = [pair for pair, use in zip(pairs, taken, strict=True) if use]
    averages: list[float] = []
    turnover = total = 0.0
    for price, volume in usable:
        turnover += price * volume
        total += volume
        averages.append(turnover / total)
    return _aligned(taken, averages)


def _usable(values: Sequence[float]) -> list[float]:
    return [value for value in values if isfinite(value)]


def _aligned(taken: list[bool], results: list[float]) -> list[float]:
    """Return one number per input: the next of `results` where it was taken, else the one before."""
    aligned: list[float] = []
    following = iter(results)
    last = nan
    for use in taken:
        last = next(following) if use else last
        aligned.append(last)
    return aligned


def _means(values: list[float], period: int) -> list[float]:
    return [
        fsum(values[end - period : end]) / period if end >= period else nan
        for end in range(1, len(values) + 1)
    ]


def _exponential(values: list[float], period: int) -> list[float]:
    alpha = 2.0 / (period + 1)
    means = values[:1]
    for value in values[1:]:
        means.append(alpha * value + (1.0 - alpha) * means[-1])
    return [mean if place >= period else nan for place, mean in enumerate(means, 1)]


def _wilder(values: list[float], period: int) -> list[float]:
    if len(values) < period:
        return [nan] * len(values)
    averages = [fsum(values[:period]) / period]
    for value in values[period:]:
        averages.append((averages[-1] * (period - 1) + value) / period)
    return [nan] * (period - 1) + averages


def _strength(gain: float, loss: float) -> float:
    if loss == 0.0:
        return nan if gain != gain else 100.0 if gain else 50.0
    return 100.0 - 100.0 / (1.0 + gain / loss)


def _deviation(window: list[float], mean: float) -> float:
    return sqrt(fsum((value - mean) ** 2 for value in window) / len(window))


def _place(bars: list[tuple[float, float, float]]) -> float:
    highest = max(high for high, _, _ in bars)
    lowest = min(low for _, low, _ in bars)
    return 100.0 * (bars[-1][2] - lowest) / (highest - lowest) if highest > lowest else 50.0


def _bars(
    highs: Sequence[float], lows: Sequence[float], closes: Sequence[float]
) -> tuple[list[bool], list[tuple[float, float, float]]]:
    _same_length(highs=highs, lows=lows, closes=closes)
    bars = list(zip(highs, lows, closes, strict=True))
    taken = [all(isfinite(number) for number in bar) for bar in bars]
    return taken, [bar for bar, use in zip(bars, taken, strict=True) if use]


def _same_length(**sequences: Sequence[float]) -> None:
    lengths = {name: len(sequence) for name, sequence in sequences.items()}
    if len({*lengths.values()}) > 1:
        shown = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ConfigError(
            f"the sequences differ in length: {shown}; give one number of each per input",
            code="config.indicator_lengths",
            lengths=shown,
        )
