"""Moving averages: simple, exponential, and the difference of two exponential ones (MACD)."""

from itertools import accumulate
from math import nan

from anyvenue.model.errors import ConfigError
from anyvenue.strategy.indicators.base import Indicator, check_period

__all__ = ["EMA", "MACD", "SMA"]


class SMA(Indicator):
    """Mean of the last `period` values.

    The window is held as two parts: the sum of what came since the last full block, and for every point the sum of
    what the block before still contributes. Nothing is ever subtracted, so the mean cannot drift and a value that
    has left the window leaves no rounding error behind. The cost of an update does not depend on `period`.
    """

    __slots__ = ("_older", "_recent", "_total", "period")

    def __init__(self, period: int) -> None:
        super().__init__()
        self.period = check_period("SMA", "period", period)
        self._recent: list[float] = []
        self._total = 0.0
        # _older[n]: sum of the block before without its first n values. NaN there is what "not ready" is made of.
        self._older = [nan] * period + [0.0]

    def update(self, value: float) -> float:
        """Take `value` and return the mean, NaN until `period` values have come."""
        if value - value != 0.0:  # NaN or infinite
            return self.value
        recent = self._recent
        recent.append(value)
        self._total = total = self._total + value
        taken = len(recent)
        self.value = mean = (self._older[taken] + total) / self.period
        self.count += 1
        if taken == self.period:
            self._roll()
        return mean

    def _roll(self) -> None:
        self._older = list(accumulate(reversed(self._recent), initial=0.0))
        self._older.reverse()
        self._recent = []
        self._total = 0.0


class EMA(Indicator):
    """Exponential mean with weight ``2 / (period + 1)`` for the newest value.

    Seeded with the first value; `value` is NaN until `period` values have come, when the seed still weighs about
    14 %. Some packages seed with the simple mean of the first `period` values instead: theirs and ours differ at
    first and meet after some three periods.
    """

    __slots__ = ("_alpha", "_mean", "period")

    def __init__(self, period: int) -> None:
        super().__init__()
        self.period = check_period("EMA", "period", period)
        self._alpha = 2.0 / (period + 1.0)
        self._mean = nan

    def update(self, value: float) -> float:
        """Take `value` and return the mean, NaN until `period` values have come."""
        mean = self.value
        mean += self._alpha * (value - mean)
        if mean - mean == 0.0:  # finite: the indicator is ready and the value usable
            self.value = mean
            self.count += 1
            return mean
        return self._warm_up(value)

    def _warm_up(self, value: float) -> float:
        if self.ready or value - value != 0.0:
            return self.value
        self._mean = self._mean + self._alpha * (value - self._mean) if self.count else float(value)
        self.count += 1
        if self.count >= self.period:
            self.value = self._mean
        return self.value


class MACD(Indicator):
    """Difference of a fast and a slow EMA, with the EMA of that difference as its signal.

    `value` and `macd` are the difference, `signal` its EMA, `histogram` the gap between them. The signal is seeded
    with the first difference after the slow EMA is ready; all three are NaN until ``slow + signal - 1`` values.
    """

    __slots__ = ("_fast", "_signal", "_slow", "histogram", "signal")

    def __init__(self, fast: int = 12, slow: int = 26, signal: int = 9) -> None:
        super().__init__()
        check_period("MACD", "fast", fast)
        check_period("MACD", "slow", slow)
        check_period("MACD", "signal", signal)
        if fast >= slow:
            raise ConfigError(
                f"MACD: fast was {fast} and slow {slow}; fast must be the smaller one",
                code="config.indicator_order",
                indicator="MACD",
                fast=fast,
                slow=slow,
            )
        self._fast = EMA(fast)
        self._slow = EMA(slow)
        self._signal = EMA(signal)
        self.signal = nan
        self.histogram = nan

    @property
    def macd(self) -> float:
        """Return the difference of the two averages."""
        return self.value

    def update(self, value: float) -> float:
        """Take `value` and return the difference, NaN until the signal is ready too."""
        if (
            value - value != 0.0
        ):  # else the averages would repeat theirs and the signal count it twice
            return self.value
        self.count += 1
        line = self._fast.update(value) - self._slow.update(value)
        signal = self._signal.update(line)  # ignores the NaN of the slow average's first values
        if signal == signal:
            self.value, self.signal, self.histogram = line, signal, line - signal
        return self.value
