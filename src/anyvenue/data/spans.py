"""When bars begin and end, and which trading day they count to."""

from anyvenue.data.clock import local_hour
from anyvenue.data.intervals import DAY_NS
from anyvenue.data.profiles import Stamp
from anyvenue.model.enums import InstrumentStatus
from anyvenue.reference.sessions import SessionCalendar, SessionWindow, market_of

__all__ = ["BarSpans", "Span", "day_span", "zone_of_sessions"]

Span = tuple[int, int, int]
"""Start and end in int ns UTC, and the trading day."""

_ZONES = {
    "CN": "Asia/Shanghai",
    "HK": "Asia/Hong_Kong",
    "US": "America/New_York",
    "FX": "America/New_York",
    "ALWAYS": "UTC",
}


def zone_of_sessions(name: str) -> str:
    """Return the time zone of the market that trades the session group `name`."""
    return _ZONES[market_of(name)]


def day_span(sessions: SessionCalendar, day: int) -> Span:
    """Return the span of the daily bar of `day`: first open (the night before where there is one) to last close.

    A day on which the calendar says the market is closed spans its 24 local hours: the file knows better.
    """
    windows = sessions.windows(day)
    if windows:
        return windows[0].start, windows[-1].end, day
    start = local_hour(day, 0, zone_of_sessions(sessions.name))
    return start, start + DAY_NS, day


class BarSpans:
    """Turns the stamps of bars shorter than a day into spans.

    A bar inside one open window is as long as its interval. One that a break or a close cuts is as long as the
    sessions make it, in trading time. One outside of trading hours (extended hours, other hours than the tables
    say) keeps its interval and is counted in `outside`.
    """

    def __init__(self, sessions: SessionCalendar, interval: int, stamp: Stamp) -> None:
        self._sessions = sessions
        self._interval = interval
        self._window = SessionWindow(0, 0, InstrumentStatus.CLOSED, 0)
        self._at_end = stamp is Stamp.END
        self.outside = 0

    def span(self, ts: int) -> Span:
        """Return the span of the bar stamped `ts`."""
        start = ts - self._interval if self._at_end else ts
        end = start + self._interval
        window = self._window
        if window.start <= start and end <= window.end:
            return start, end, window.trading_day
        return self._cut(ts)

    def _cut(self, ts: int) -> Span:
        inside = ts - 1 if self._at_end else ts
        window = self._sessions.window(inside)
        if window.status is not InstrumentStatus.OPEN:
            self.outside += 1
            start = ts - self._interval if self._at_end else ts
            return start, start + self._interval, window.trading_day
        self._window = window
        start, end = self._sessions.bar_window(inside, self._interval)
        if self._at_end:
            start = start if end == ts else max(ts - self._interval, window.start)
            return start, ts, window.trading_day
        end = end if start == ts else min(ts + self._interval, window.end)
        return ts, end, window.trading_day
