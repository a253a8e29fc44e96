"""Clocks: the machine's, and one that a replay steers."""

from collections.abc import Callable
from time import monotonic_ns, time_ns

__all__ = ["LiveClock", "Pace"]


class LiveClock:
    """The machine's time, int ns UTC, which neither steps back nor stands still even when the machine's clock does.

    After a step back it goes at half speed until the machine's clock has caught up with it: timers fire on, late by no
    more than their own length.
    """

    def __init__(
        self,
        wall: Callable[[], int] = time_ns,
        monotonic: Callable[[], int] = monotonic_ns,
    ) -> None:
        """Start from the machine's clock `wall`, which people may set; `monotonic` is one that nobody can."""
        self._wall = wall
        self._monotonic = monotonic
        self._last = 0
        self._at = 0

    def now(self) -> int:
        """Return the time."""
        wall, at = self._wall(), self._monotonic()
        if wall >= self._last:
            self._last, self._at = wall, at
        else:
            gone = (at - self._at) // 2
            self._last += gone
            self._at += 2 * gone
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
