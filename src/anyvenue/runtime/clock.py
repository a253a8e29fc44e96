"""Clocks: the machine's, and one that a replay steers."""

from time import monotonic_ns, time_ns

__all__ = ["LiveClock", "Pace"]


class LiveClock:
    """The machine's time, int ns UTC, never going back even when the machine's clock does."""

    def __init__(self) -> None:
        """Start from the machine's clock."""
        self._last = 0

    def now(self) -> int:
        """Return the time."""
        self._last = max(self._last, time_ns())
        return self._last


class Pace:
    """How simulated time runs against the wall: `speed` simulated seconds a second, 0 for as fast as it can.

    Stretches without events longer than `longest_wait_s` of wall time are jumped over: nobody wants to sit through a
    night at the closed market.
    """

    def __init__(self, speed: float, longest_wait_s: float = 2.0) -> None:
        """Begin to run with the first moment asked for."""
        self.speed = speed
        self._longest = longest_wait_s
        self._anchor: tuple[int, int] | None = None

    def wait_for(self, ts: int) -> float:
        """Return the wall seconds to wait until simulated `ts` (int ns UTC) has come."""
        if not self.speed:
            return 0.0
        wall = monotonic_ns()
        if self._anchor is None:
            self._anchor = (ts, wall)
        start, began = self._anchor
        wait = (ts - start) / self.speed - (wall - began)
        if wait > self._longest * 1e9:
            self._anchor = (ts, wall)
            return 0.0
        return max(wait, 0.0) / 1e9

    def now(self, at_least: int, at_most: int) -> int:
        """Return the simulated time, held between two bounds."""
        if self._anchor is None or not self.speed:
            return at_least
        start, began = self._anchor
        return min(max(start + int((monotonic_ns() - began) * self.speed), at_least), at_most)
