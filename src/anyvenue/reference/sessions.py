"""Trading hours: which phase an instant is in, which trading day it counts to, and which bar.

The time line of a session group is tiled without gap or overlap. A trading day reaches from the settlement of the
one before to its own; within it windows are OPEN, BREAK for the short gaps between open ones (tea and lunch), and
CLOSED otherwise. Night sessions belong to the trading day they precede, Friday night to Monday.
"""

from bisect import bisect_left, bisect_right
from functools import cache, lru_cache

import msgspec

from anyvenue.model.enums import InstrumentStatus
from anyvenue.model.errors import ConfigError, TableError
from anyvenue.reference.calendar import TradingCalendar, get_calendar
from anyvenue.reference.days import NS_PER_DAY, NS_PER_SECOND, day_of, midnight, shift
from anyvenue.reference.hours import Hours, Stretch, group_hours, market_of, session_groups
from anyvenue.reference.zones import local_to_utc

__all__ = [
    "CLOSING_GRACE_NS",
    "SessionCalendar",
    "SessionWindow",
    "get_sessions",
    "make_sessions",
    "market_of",
    "session_groups",
]

CLOSING_GRACE_NS = NS_PER_SECOND
"""How long after an open window's end data still counts into its last bar: closing snapshots come a moment late."""

_OPEN, _BREAK, _CLOSED = InstrumentStatus.OPEN, InstrumentStatus.BREAK, InstrumentStatus.CLOSED
_LONGEST_BREAK_NS = 4 * 3600 * NS_PER_SECOND


class SessionWindow(msgspec.Struct, frozen=True, gc=False):
    """A stretch of one phase: `start` <= ts < `end`, int ns UTC, and the trading day it counts to."""

    start: int
    end: int
    status: InstrumentStatus
    trading_day: int


class _Day(msgspec.Struct, frozen=True):
    """One trading day laid out: all windows, the open ones, and the trading time before each open one."""

    trading_day: int
    settle: int
    windows: tuple[SessionWindow, ...]
    starts: tuple[int, ...]
    opens: tuple[SessionWindow, ...]
    open_starts: tuple[int, ...]
    elapsed: tuple[int, ...]
    total: int


class SessionCalendar:
    """The windows of one session group over all days."""

    def __init__(self, name: str, hours: tuple[Hours, ...], calendar: TradingCalendar) -> None:
        self.name = name
        self.calendar = calendar
        self._hours = hours
        self._days: dict[int, _Day] = {}
        self._settles: dict[int, int] = {}
        self._latest = SessionWindow(0, 0, _CLOSED, 0)
        self._latest_day: _Day | None = None

    def window(self, ts: int) -> SessionWindow:
        """Return the one window that contains `ts` (int ns UTC)."""
        latest = self._latest
        if latest.start <= ts < latest.end:
            return latest
        day = self._day_at(ts)
        self._latest = found = day.windows[bisect_right(day.starts, ts) - 1]
        return found

    def trading_day(self, ts: int) -> int:
        """Return the trading day `ts` counts to: the first one that is settled after `ts`."""
        return self.window(ts).trading_day

    def is_open(self, ts: int) -> bool:
        """Return whether `ts` lies in an open window."""
        return self.window(ts).status is _OPEN

    def windows(self, trading_day: int) -> tuple[SessionWindow, ...]:
        """Return the open windows of `trading_day` in order, night first; none when it is no trading day."""
        if not self.calendar.is_trading_day(trading_day):
            return ()
        return self._day(trading_day).opens

    def all_windows(self, trading_day: int) -> tuple[SessionWindow, ...]:
        """Return every window of `trading_day`, from one settlement to the next; none when it is no trading day."""
        if not self.calendar.is_trading_day(trading_day):
            return ()
        return self._day(trading_day).windows

    def settle_time(self, trading_day: int) -> int:
        """Return when `trading_day` is settled (int ns UTC); raise TableError when it is no trading day."""
        if not self.calendar.is_trading_day(trading_day):
            raise TableError(
                f"{trading_day} is not a trading day of {self.name}: the next one is "
                f"{self.calendar.next_day(trading_day)}",
                sessions=self.name,
                day=trading_day,
            )
        return self._settle(trading_day)

    def next_open(self, ts: int) -> SessionWindow:
        """Return the open window that contains `ts`, or the first one after it."""
        day = self._day_at(ts)
        for window in day.opens:
            if ts < window.end:
                return window
        return self._day(self.calendar.next_day(day.trading_day)).opens[0]

    def bar_window(self, ts: int, interval_ns: int) -> tuple[int, int]:
        """Return [start, end) in int ns UTC of the bar of length `interval_ns` that `ts` counts into.

        Intervals are counted in trading time from the first open of the trading day: a bar cut by a break goes on
        after it, none reaches past the last close, and an interval as long as the day is the whole trading day,
        night included. Data within a second after an open window's end counts into that window's last bar, other
        data outside of open windows into the first bar after it, or into the day's last.
        """
        if interval_ns <= 0:
            raise ConfigError(
                f"bar interval was {interval_ns} ns; it must be above zero", interval=interval_ns
            )
        day = self._day_at(ts)
        first = _elapsed_at(day, ts) // interval_ns * interval_ns
        last = min(first + interval_ns, day.total)
        i = bisect_right(day.elapsed, first) - 1
        j = bisect_left(day.elapsed, last) - 1
        return (
            day.opens[i].start + first - day.elapsed[i],
            day.opens[j].start + last - day.elapsed[j],
        )

    def _day_at(self, ts: int) -> _Day:
        latest = self._latest_day
        if latest is not None and latest.starts[0] <= ts < latest.settle:
            return latest
        # The day before by UTC is early enough: the day before that one is settled by now in every zone.
        day = self.calendar.first_from(day_of(ts // NS_PER_DAY - 1))
        while self._settle(day) <= ts:
            day = self.calendar.next_day(day)
        self._latest_day = found = self._day(day)
        return found

    def _day(self, trading_day: int) -> _Day:
        found = self._days.get(trading_day)
        if found is None:
            found = self._days[trading_day] = self._lay_out(trading_day)
        return found

    def _settle(self, trading_day: int) -> int:
        found = self._settles.get(trading_day)
        if found is None:
            hours = self._hours_of(trading_day)
            found = self._settles[trading_day] = _instant(trading_day, hours.settle, hours.zone)
        return found

    def _hours_of(self, trading_day: int) -> Hours:
        return next(hours for hours in reversed(self._hours) if hours.since <= trading_day)

    def _stretches(self, trading_day: int, hours: Hours) -> list[Stretch]:
        closing = self.calendar.early_close(trading_day)
        close = 24 * 60 if closing is None else closing // 100 * 60 + closing % 100
        found = []
        if hours.night and self.calendar.has_night(trading_day):
            eve = self.calendar.previous_day(trading_day)
            found += [_local(eve, stretch, hours.zone) for stretch in hours.night]
        for start, end in hours.day:
            if start < close:
                found.append(_local(trading_day, (start, min(end, close)), hours.zone))
        return found

    def _lay_out(self, trading_day: int) -> _Day:
        hours = self._hours_of(trading_day)
        stretches = self._stretches(trading_day, hours)
        settle = self._settle(trading_day)
        at = self._settle(self.calendar.previous_day(trading_day))
        windows: list[SessionWindow] = []
        for start, end in stretches:
            if at < start:
                short = bool(windows) and start - at < _LONGEST_BREAK_NS
                windows.append(SessionWindow(at, start, _BREAK if short else _CLOSED, trading_day))
            windows.append(SessionWindow(start, end, _OPEN, trading_day))
            at = end
        if at < settle:
            windows.append(SessionWindow(at, settle, _CLOSED, trading_day))
        return _pack(trading_day, settle, tuple(windows))


def _pack(trading_day: int, settle: int, windows: tuple[SessionWindow, ...]) -> _Day:
    opens = tuple(window for window in windows if window.status is _OPEN)
    elapsed = [0]
    for window in opens:
        elapsed.append(elapsed[-1] + window.end - window.start)
    total = elapsed.pop()
    starts = tuple(window.start for window in windows)
    open_starts = tuple(window.start for window in opens)
    return _Day(trading_day, settle, windows, starts, opens, open_starts, tuple(elapsed), total)


def _elapsed_at(day: _Day, ts: int) -> int:
    """Return the trading time of `day` up to `ts`, moved into an open window when it lies outside of all."""
    i = bisect_right(day.open_starts, ts) - 1
    if i < 0:
        return 0
    window = day.opens[i]
    if ts < window.end:
        return day.elapsed[i] + ts - window.start
    late = ts >= window.end + CLOSING_GRACE_NS
    if late and i + 1 < len(day.opens):
        return day.elapsed[i + 1]
    return day.elapsed[i] + window.end - window.start - 1


def _local(day: int, stretch: Stretch, zone: str) -> Stretch:
    return _instant(day, stretch[0], zone), _instant(day, stretch[1], zone)


@lru_cache(maxsize=4096)
def _instant(day: int, minutes: int, zone: str) -> int:
    days, minutes = divmod(minutes, 24 * 60)
    return local_to_utc(midnight(shift(day, days)) + minutes * 60 * NS_PER_SECOND, zone)


def make_sessions(name: str, calendar: TradingCalendar | None = None) -> SessionCalendar:
    """Return a new session calendar of the group `name` on `calendar`, by default the packaged one of its market."""
    return SessionCalendar(name, group_hours(name), calendar or get_calendar(market_of(name)))


@cache
def get_sessions(name: str) -> SessionCalendar:
    """Return the packaged session calendar `name`; raise TableError when there is no such group."""
    return make_sessions(name)
