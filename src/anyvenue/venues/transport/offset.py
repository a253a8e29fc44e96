"""The venue's clock, as far from ours as it has told."""

from collections.abc import Callable

__all__ = ["ClockOffset"]

_MS = 1_000_000


class ClockOffset:
    """Learns how far the venue's clock is ahead of ours, from answers that tell its time.

    The venue read its clock somewhere between sending and receiving, so of several answers the quickest is believed.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        """Begin with equal clocks; `now` is our time, int ns UTC."""
        self._now = now
        self.ns = 0
        self._error_ns = 0
        self._quickest: int | None = None

    def learn(self, sent: int, venue_ms: int, received: int) -> None:
        """Take an answer that was asked for at `sent` and came at `received` (int ns UTC, our clock)."""
        took = received - sent
        if self._quickest is not None and took > self._quickest * 2:
            return
        self._quickest = took
        self.ns = venue_ms * _MS - (sent + received) // 2
        self._error_ns = (took + 1) // 2

    def forget(self) -> None:
        """Believe the next answer, however slow it is: the venue says that our time is wrong."""
        self._quickest = None

    def now_ms(self) -> int:
        """Return the venue's time in ms."""
        return (self._now() + self.ns) // _MS

    def earliest_ms(self) -> int:
        """Return what the venue's time in ms is at least: it told its time before its answer was here."""
        return (self._now() + self.ns - self._error_ns) // _MS
