"""Latencies over the last minutes, in constant room: a histogram per minute."""

from collections import deque
from collections.abc import Callable

from anyvenue.runtime.metrics import Histogram

__all__ = ["Window"]

_MINUTE = 60_000_000_000
_FIRST_S, _STEP = 0.00001, 1.15
_BOUNDS = tuple(_FIRST_S * _STEP**power for power in range(116))


class Window:
    """Values in seconds of the last `minutes`; quantiles are read at bounds 15 % apart."""

    def __init__(self, now: Callable[[], int], minutes: int = 10) -> None:
        """Begin empty; `now` is int ns."""
        self._now = now
        self._minutes = minutes
        self._parts: deque[tuple[int, Histogram]] = deque()

    def add(self, seconds: float) -> None:
        """Count a value."""
        minute = self._now() // _MINUTE
        if not self._parts or self._parts[-1][0] != minute:
            self._parts.append((minute, Histogram(_BOUNDS)))
            self._drop(minute)
        self._parts[-1][1].observe(seconds)

    def _drop(self, minute: int) -> None:
        while self._parts and self._parts[0][0] <= minute - self._minutes:
            self._parts.popleft()

    @property
    def count(self) -> int:
        """How many values there are."""
        self._drop(self._now() // _MINUTE)
        return sum(part.count for _, part in self._parts)

    def quantile(self, fraction: float) -> float | None:
        """Return the value that so many do not exceed, None without values."""
        self._drop(self._now() // _MINUTE)
        whole = Histogram(_BOUNDS)
        for _, part in self._parts:
            whole.counts = [a + b for a, b in zip(whole.counts, part.counts, strict=True)]
        return whole.quantile(fraction)
