"""Oscillators between 0 and 100: relative strength and stochastic."""

from collections import deque
from math import nan

from anyvenue.strategy.indicators.averages import SMA
from anyvenue.strategy.indicators.base import Indicator, check_period

__all__ = ["RSI", "Stochastic"]

_MIDDLE = 50.0


class RSI(Indicator):
    """Wilder's relative strength index, 0 to 100.

    The first averages are the plain means of the first `period` gains and losses, so it is ready after
    ``period + 1`` values; then each average keeps ``(period - 1) / period`` of itself. It is 50 where nothing has
    moved.
    """

    __slots__ = ("_gain", "_last", "_loss", "period")

    def __init__(self, period: int = 14) -> None:
        super().__init__()
        self.period = check_period("RSI", "period", period)
        self._last = nan
        self._gain = 0.0
        self._loss = 0.0

    def update(self, value: float) -> float:
        """Take `value` and return the index, NaN until ``period + 1`` values have come."""
        if value - value != 0.0:
            return self.value
        change = value - self._last
        self._last = value
        self.count += 1
        if self.count > 1:
            self._average(max(0.0, change), max(0.0, -change))
        return self.value

    def _average(self, gain: float, loss: float) -> None:
        period = self.period
        if self.count <= period + 1:
            self._gain += gain / period
            self._loss += loss / period
        else:
            # Not `+= (gain - old) / period`: after a large move a small one would drown in its rounding.
            self._gain = (self._gain * (period - 1) + gain) / period
            self._loss = (self._loss * (period - 1) + loss) / period
        if self.count > period:
            moved = self._gain + self._loss
            self.value = 100.0 * (self._gain / moved) if moved else _MIDDLE


class Stochastic(Indicator):
    """Where the close lies between the lowest low and the highest high of `k` bars, 0 to 100.

    `k` (and `value`) is that place averaged over `smooth` bars, `d` the average of `k` over `d` bars; ``smooth=1``
    makes the fast stochastic. Ready after ``k + smooth + d - 2`` bars. It is 50 where high and low are the same.
    """

    __slots__ = ("_highest", "_lowest", "_place", "_signal", "d")

    def __init__(self, k: int = 14, d: int = 3, smooth: int = 3) -> None:
        super().__init__()
        self._highest = _Highest(check_period("Stochastic", "k", k))
        self._lowest = _Highest(k)
        self._place = SMA(check_period("Stochastic", "smooth", smooth))
        self._signal = SMA(check_period("Stochastic", "d", d))
        self.d = nan

    @property
    def k(self) -> float:
        """Return the smoothed place of the close, the line called %K."""
        return self.value

    def update_bar(self, high: float, low: float, close: float) -> float:
        """Take one closed bar and return %K, NaN until %D is ready too."""
        used = high + low + close
        if used - used != 0.0:
            return self.value
        self.count += 1
        highest = self._highest.update(high)
        lowest = -self._lowest.update(-low)
        if self.count >= self._highest.period:
            self._take(close - lowest, highest - lowest)
        return self.value

    def _take(self, above: float, width: float) -> None:
        place = self._place.update(100.0 * (above / width) if width else _MIDDLE)
        signal = self._signal.update(place)  # ignores the NaN of the first smoothed values
        if signal == signal:
            self.value, self.d = place, signal


class _Highest:
    """Highest of the last `period` values.

    Keeps only the values that can still become the highest: each with the number of the update it came with.
    """

    __slots__ = ("_held", "_number", "period")

    def __init__(self, period: int) -> None:
        self.period = period
        self._held: deque[tuple[int, float]] = deque()
        self._number = 0

    def update(self, value: float) -> float:
        held = self._held
        while held and held[-1][1] <= value:
            held.pop()
        held.append((self._number, value))
        if held[0][0] <= self._number - self.period:
            held.popleft()
        self._number += 1
        return held[0][1]
