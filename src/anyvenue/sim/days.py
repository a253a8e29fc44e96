"""Trading days of the exchange: when each currency's day is settled, and how long an order of the day lives."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush

from anyvenue.model.enums import InstrumentStatus, TimeInForce
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.sessions import CLOSING_GRACE_NS, SessionCalendar

__all__ = ["FAR", "MarketDays"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_GTC = TimeInForce.GTC
_GTD = TimeInForce.GTD
_OPEN = InstrumentStatus.OPEN

FAR = 1 << 62
SessionsOf = Callable[[Instrument], SessionCalendar]


class _CurrencyDay:
    """The trading day that is open in one currency."""

    __slots__ = ("calendars", "settle_at", "trading_day")

    def __init__(self, calendar: SessionCalendar, now: int) -> None:
        self.calendars = [calendar]
        self.trading_day = calendar.trading_day(now)
        self.settle_at = calendar.settle_time(self.trading_day)


class MarketDays:
    """Days are kept per currency and settled when the last market of that currency is."""

    def __init__(self, sessions_of: SessionsOf) -> None:
        """Take the session calendar of an instrument from `sessions_of`.

        `due` is when the next day is settled, FAR while no market was opened.
        """
        self.due = FAR
        self._sessions_of = sessions_of
        self._sessions: dict[InstrumentId, SessionCalendar] = {}
        self._days: dict[str, _CurrencyDay] = {}
        self._heap: list[tuple[int, str]] = []

    def open_market(self, instrument: Instrument, now: int) -> SessionCalendar:
        """Keep the days of the instrument's currency from `now` on; return its sessions."""
        sessions = self._sessions.get(instrument.id)
        if sessions is None:
            sessions = self._sessions[instrument.id] = self._sessions_of(instrument)
            day = self._days.get(instrument.currency)
            if day is None:
                day = self._days[instrument.currency] = _CurrencyDay(sessions, now)
                heappush(self._heap, (day.settle_at, instrument.currency))
                self.due = self._heap[0][0]
            elif sessions not in day.calendars:
                day.calendars.append(sessions)
                self._postpone(instrument.currency, day)
        return sessions

    def _postpone(self, currency: str, day: _CurrencyDay) -> None:
        day.settle_at = max(
            each.settle_time(day.trading_day)
            for each in day.calendars
            if each.windows(day.trading_day) or each is day.calendars[0]
        )
        self._heap = [entry for entry in self._heap if entry[1] != currency]
        self._heap.append((day.settle_at, currency))
        heapify(self._heap)
        self.due = self._heap[0][0]

    def trading_day(self, currency: str) -> int:
        """Return the open trading day of a currency, 0 while none of its markets was opened."""
        day = self._days.get(currency)
        return day.trading_day if day else 0

    def roll(self) -> tuple[int, str, int, int]:
        """Close the day that is due: (time, currency, trading day, next trading day)."""
        at, currency = heappop(self._heap)
        day = self._days[currency]
        ended = day.trading_day
        day.trading_day = day.calendars[0].calendar.next_day(ended)
        self._postpone(currency, day)
        return at, currency, ended, day.trading_day

    def phase(self, instrument: Instrument, ts: int) -> tuple[int, int, bool]:
        """Return [start, end) around `ts` and whether orders may be executed in it.

        They may while the market is open, and on the closing snapshot that comes a moment late.
        """
        sessions = self.open_market(instrument, ts)
        for instant in (ts, ts - CLOSING_GRACE_NS):
            window = sessions.window(instant)
            if window.status is _OPEN:
                return window.start, window.end + CLOSING_GRACE_NS, True
        return ts, sessions.window(ts).end, False

    def same_stretch(self, instrument: Instrument, before: int, now: int) -> bool:
        """Tell whether the market is open at `now` and was without a break since `before`."""
        window = self.open_market(instrument, now).window(now)
        return window.status is _OPEN and window.start <= before

    def life(
        self, instrument: Instrument, request: OrderRequest, now: int
    ) -> tuple[int, int, bool, int]:
        """Return (active from, expires, market is open now, trading day) of an order that arrives at `now`.

        An order that comes while the market is closed waits for its next session and is an order of that day; in a
        break of the day it waits for the next stretch.
        """
        sessions = self.open_market(instrument, now)
        window = sessions.window(now)
        is_open = window.status is _OPEN
        active, day = now, window.trading_day
        if not is_open:
            active, day = _next_open(sessions, now, day)
        if request.time_in_force is _GTC:
            expires = FAR
        elif request.time_in_force is _GTD:
            expires = request.expires
        else:
            expires = sessions.windows(day)[-1].end + CLOSING_GRACE_NS
        return active, expires, is_open, day


def _next_open(sessions: SessionCalendar, now: int, day: int) -> tuple[int, int]:
    while True:
        for window in sessions.windows(day):
            if window.start >= now:
                return window.start, day
        day = sessions.calendar.next_day(day)
