"""Prices weighed by volume."""

from math import nan

from anyvenue.strategy.indicators.base import Indicator

__all__ = ["VWAP"]


class VWAP(Indicator):
    """Volume-weighted average price since the start or the last `reset`.

    The caller decides where a session begins and calls `reset` there. `count` is the number of inputs taken since.
    """

    __slots__ = ("volume",)

    def __init__(self) -> None:
        super().__init__()
        self.volume = 0.0

    def update(self, price: float, volume: float) -> float:
        """Take `volume` traded at `price` and return the average.

        Ignored like NaN: a volume that is not above 0, such as the difference of two running totals over a day roll.
        """
        used = price + volume
        if used - used != 0.0 or volume <= 0.0:
            return self.value
        self.volume += volume
        self.count += 1
        if self.count == 1:
            self.value = float(price)
        else:
            self.value += (price - self.value) * (volume / self.volume)
        return self.value

    def reset(self) -> None:
        """Forget everything: a new session begins."""
        self.value = nan
        self.count = 0
        self.volume = 0.0
