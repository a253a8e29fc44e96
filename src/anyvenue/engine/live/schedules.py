"""When a strategy runs: always, while something is traded, or by cron expressions."""

from typing import Protocol

from anyvenue.reference.sessions import SessionCalendar

__all__ = ["Always", "Schedule", "TradingHours"]


class Schedule(Protocol):
    """Says whether it is time, and when that changes, as seen in the time of `zone`; times are int ns UTC."""

    zone: str

    def is_open(self, now: int) -> bool:
        """Tell whether it is time at `now`."""
        ...

    def next_start(self, now: int) -> int:
        """Return the next start after `now`, 0 for none."""
        ...

    def next_stop(self, now: int) -> int:
        """Return the next stop after `now`, 0 for none."""
        ...


class Always:
    """It is always time."""

    zone = ""

    def is_open(self, now: int) -> bool:
        """Return True."""
        return True

    def next_start(self, now: int) -> int:
        """Return 0: there is none."""
        return 0

    def next_stop(self, now: int) -> int:
        """Return 0: there is none."""
        return 0


class TradingHours:
    """It is time while an instrument is traded."""

    def __init__(self, sessions: SessionCalendar, zone: str) -> None:
        """Follow `sessions`, which are those of a place in `zone`."""
        self.zone = zone
        self._sessions = sessions

    def is_open(self, now: int) -> bool:
        """Tell whether there is trading at `now`."""
        return self._sessions.is_open(now)

    def next_start(self, now: int) -> int:
        """Return when the window after the one at hand opens."""
        window = self._sessions.next_open(now)
        return self._sessions.next_open(window.end).start if window.start <= now else window.start

    def next_stop(self, now: int) -> int:
        """Return when the window at hand, or the next one, closes."""
        return self._sessions.next_open(now).end
