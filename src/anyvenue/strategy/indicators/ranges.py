"""How far prices move: Bollinger bands and the average true range."""

from math import nan, sqrt

from anyvenue.strategy.indicators.base import Indicator, check_period, check_width

__all__ = ["ATR", "Bollinger"]


class Bollinger(Indicator):
    """Mean of the last `period` values (`middle`, `value`) and bands `width` times the `deviation` away.

    The deviation is the population's (divided by `period`). Mean and squared deviations are kept for what came
    since the last full block and for every rest of the block before, and the two are merged: no value is ever taken
    out again, so the bands neither drift nor widen from rounding, and a flat market has bands of width 0.
    """

    __slots__ = (
        "_mean",
        "_older",
        "_recent",
        "_squares",
        "deviation",
        "lower",
        "period",
        "upper",
        "width",
    )

    def __init__(self, period: int = 20, width: float = 2.0) -> None:
        super().__init__()
        self.period = check_period("Bollinger", "period", period)
        self.width = check_width("Bollinger", "width", width)
        self.deviation = nan
        self.upper = nan
        self.lower = nan
        self._recent: list[float] = []
        self._mean = 0.0
        self._squares = 0.0
        # _older[n]: mean and squares of the block before without its first n values.
        self._older = [(nan, nan)] * period + [(0.0, 0.0)]

    @property
    def middle(self) -> float:
        """Return the mean, the line between the bands."""
        return self.value

    def update(self, value: float) -> float:
        """Take `value` and return the middle, NaN until `period` values have come."""
        if value - value != 0.0:
            return self.value
        self._recent.append(value)
        self.count += 1
        taken = len(self._recent)
        self._mean, self._squares = _grown(self._mean, self._squares, value, taken)
        self._merge(taken)
        if taken == self.period:
            self._roll()
        return self.value

    def _merge(self, taken: int) -> None:
        mean, squares = self._older[taken]
        share = (self.period - taken) / self.period
        gap = mean - self._mean
        squares += self._squares + gap * gap * taken * share
        self.deviation = sqrt(squares / self.period)
        reach = self.width * self.deviation
        self.value = middle = self._mean + gap * share
        self.upper = middle + reach
        self.lower = middle - reach

    def _roll(self) -> None:
        mean = squares = 0.0
        older = [(mean, squares)]
        for taken, value in enumerate(reversed(self._recent), 1):
            mean, squares = _grown(mean, squares, value, taken)
            older.append((mean, squares))
        older.reverse()
        self._older = older
        self._recent = []
        self._mean = self._squares = 0.0


def _grown(mean: float, squares: float, value: float, count: int) -> tuple[float, float]:
    """Return mean and sum of squared deviations after `value` came as number `count` (Welford's step)."""
    gap = value - mean
    mean += gap / count
    return mean, squares + gap * (value - mean)


class ATR(Indicator):
    """Wilder's average true range.

    The true range reaches from the lower of low and the last close to the higher of high and the last close; the
    first bar, which has no last close, counts high less low. The first average is the plain mean of `period` true
    ranges; then it keeps ``(period - 1) / period`` of itself.
    """

    __slots__ = ("_close", "_total", "period")

    def __init__(self, period: int = 14) -> None:
        super().__init__()
        self.period = check_period("ATR", "period", period)
        self._close = nan
        self._total = 0.0

    def update_bar(self, high: float, low: float, close: float) -> float:
        """Take one closed bar and return the average range, NaN until `period` bars have come."""
        used = high + low + close
        if used - used != 0.0:
            return self.value
        # The first close is NaN; max and min then keep their first argument.
        true_range = max(high, self._close) - min(low, self._close)
        self._close = close
        self.count += 1
        if self.count > self.period:
            self.value = (self.value * (self.period - 1) + true_range) / self.period
        else:
            self._seed(true_range)
        return self.value

    def _seed(self, true_range: float) -> None:
        self._total += true_range
        if self.count == self.period:
            self.value = self._total / self.period
