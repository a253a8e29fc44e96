"""Trading days of the exchange: when each currency's day is settled, and how long an order of the day lives."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush

import msgspec

from anyvenue.model.enums import InstrumentStatus, TimeInForce
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.auctions import AuctionWindow, auctions_of
from anyvenue.reference.sessions import CLOSING_GRACE_NS, SessionCalendar, SessionWindow

__all__ = ["FAR", "MarketDays", "Phase", "joins_auctions"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_GTC = TimeInForce.GTC
_GTD = TimeInForce.GTD
_FOK = TimeInForce.FOK
_IOC = TimeInForce.IOC
_AUCTION = InstrumentStatus.AUCTION
_BREAK = InstrumentStatus.BREAK
_OPEN = InstrumentStatus.OPEN

FAR = 1 << 62
SessionsOf = Callable[[Instrument], SessionCalendar]


class _Stretch(msgspec.Struct, frozen=True, gc=False):
    """[start, end) in which orders take part, its trading day, and when that closes, auctions included."""

    start: int
    end: int
    trading_day: int
    close: int
    continuous: bool


class Phase(msgspec.Struct, frozen=True):
    """What an instrument's hours say of an instant: its status, until when (int ns UTC), and the trading day.

    In an auction orders cannot be taken back from `fixed` on.
    """

    status: InstrumentStatus
    until: int
    trading_day: int
    fixed: int = FAR


def joins_auctions(request: OrderRequest) -> bool:
    """Tell whether an order takes part in call auctions: not one that must trade at once, or must not."""
    return not request.post_only and request.time_in_force not in (_IOC, _FOK)


class _CurrencyDay:
    """The trading day that is open in one currency."""

    __slots__ = ("calendars", "settle_at", "trading_day")

    def __init__(self, calendar: SessionCalendar, now: int) -> None:
        self.calendars = [calendar]
        self.trading_day = calendar.trading_day(now)
        self.settle_at = calendar.settle_time(self.trading_day)


class MarketDays:
    """Days are kept per currency and settled when the last market of that currency is."""

    def __init__(self, sessions_of: SessionsOf, auctions: bool = False) -> None:
        """Take the session calendar of an instrument from `sessions_of`; `auctions` tells whether they are held.

        `due` is when the next day is settled, FAR while no market was opened.
        """
        self.due = FAR
        self._sessions_of = sessions_of
        self._holds_auctions = auctions
        self._auctions: dict[tuple[SessionCalendar, int], tuple[AuctionWindow, ...]] = {}
        self._now_open: dict[InstrumentId, _Stretch] = {}
        self._stretches: dict[tuple[SessionCalendar, int, bool], list[_Stretch]] = {}
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

    def phase_at(self, instrument: Instrument, ts: int) -> Phase:
        """Return the phase of trading at `ts`, auctions among them."""
        sessions = self.open_market(instrument, ts)
        window = sessions.window(ts)
        day, status, until = window.trading_day, window.status, window.end
        for auction in self._auctions_on(sessions, day):
            if auction.start <= ts < auction.end:
                return Phase(_AUCTION, auction.end, day, auction.fixed)
            if ts < auction.start:
                until = min(until, auction.start)
            if status is not _OPEN and _between(ts, auction, sessions.windows(day)):
                status = _BREAK
        return Phase(status, until, day)

    def next_entry(self, instrument: Instrument, request: OrderRequest, now: int) -> int:
        """Return when an order may take part next: `now`, or the start of a session or of an auction it joins."""
        sessions = self.open_market(instrument, now)
        return max(now, self._entry(sessions, joins_auctions(request), now).start)

    def _entry(self, sessions: SessionCalendar, joins: bool, now: int) -> _Stretch:
        """Return the stretch in which an order that comes `now` may take part next."""
        day = sessions.window(now).trading_day
        while True:
            for stretch in self._entries(sessions, day, joins):
                if now < stretch.end:
                    return stretch
            day = sessions.calendar.next_day(day)

    def _entries(self, sessions: SessionCalendar, day: int, joins: bool) -> list[_Stretch]:
        """Return the stretches of a day in which orders take part, in order."""
        found = self._stretches.get((sessions, day, joins))
        if found is None:
            auctions = self._auctions_on(sessions, day)
            windows = sessions.windows(day)
            last = max([windows[-1].end, *(auction.end for auction in auctions)])
            ends = [auction.start for auction in auctions if auction.closing]
            found = [
                _Stretch(each.start, min([each.end, *ends]), day, last, True) for each in windows
            ]
            if joins:
                found += [_Stretch(each.start, each.end, day, last, False) for each in auctions]
            found.sort(key=lambda each: each.start)
            self._stretches[sessions, day, joins] = found
        return found

    def _auctions_on(self, sessions: SessionCalendar, day: int) -> tuple[AuctionWindow, ...]:
        if not self._holds_auctions:
            return ()
        found = self._auctions.get((sessions, day))
        if found is None:
            found = self._auctions[sessions, day] = auctions_of(sessions, day)
        return found

    def life(
        self, instrument: Instrument, request: OrderRequest, now: int
    ) -> tuple[int, int, bool, int]:
        """Return (active from, expires, market is open now, trading day) of an order that arrives at `now`.

        An order that comes while the market is closed waits for its next session or auction and is an order of that
        day; in a break of the day it waits for the next stretch.
        """
        known = self._now_open.get(instrument.id)
        if known is None or not known.start <= now < known.end:
            sessions = self.open_market(instrument, now)
            known = self._entry(sessions, joins_auctions(request), now)
            if known.continuous:  # every kind of order takes part: the next one need not look it up
                self._now_open[instrument.id] = known
        active = now if now > known.start else known.start
        if request.time_in_force is _GTC:
            expires = FAR
        elif request.time_in_force is _GTD:
            expires = request.expires
        else:
            expires = known.close + CLOSING_GRACE_NS
        return active, expires, active == now, known.trading_day


def _between(ts: int, auction: AuctionWindow, windows: tuple[SessionWindow, ...]) -> bool:
    """Tell whether `ts` is after an opening auction and before the open, or between the close and a closing auction."""
    if auction.closing:
        return windows[-1].end <= ts < auction.start
    return auction.end <= ts < windows[0].start
