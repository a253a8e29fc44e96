"""Bars from a venue's history into a store: those that the series lacks, and no other."""

from array import array
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterator, Sequence

import msgspec

from anyvenue.data.download.pages import Failed, Pages, Patience, Span
from anyvenue.data.intervals import DAY_NS, parse_interval
from anyvenue.data.store.bar_grid import Gap, MissingBar, bars_from, gaps_of
from anyvenue.data.store.base import Store
from anyvenue.data.store.columns import time_of
from anyvenue.data.store.keys import SeriesKey
from anyvenue.model.market import Bar
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["PAGE_BARS", "BarDownload"]

PAGE_BARS = 1000
"""So many bars are asked for at once; venues give 100 to 1500 for one request."""
_MOST_PAGES = 64
_FLUSH = 10_000


class BarDownload:
    """Fills [start, end) of a series of bars; `stored` and `failed` are right at any moment, also after a break.

    `fetch` returns the closed bars whose start lies in [start, end). Only bars that the session calendar asks for and
    the store lacks are added, as bars of files are: received when they closed, with their trading day. Bars at other
    times are counted (`off_grid`) and left out, so that running again never doubles anything.
    """

    def __init__(
        self,
        store: Store,
        key: SeriesKey,
        sessions: SessionCalendar,
        start: int,
        end: int,
        now: int,
    ) -> None:
        """Leave out what is not over yet at `now`; times are int ns UTC."""
        self.key = key
        self._store, self._sessions = store, sessions
        self._start, self._end, self._now = start, end, now
        self._interval = parse_interval(key.interval)
        self._pending: list[Bar] = []
        self.stored = self.off_grid = 0
        self.failed: list[Failed] = []

    def missing(self) -> tuple[Gap, ...]:
        """Return what the store lacks of the stretch of time."""
        return gaps_of(self._lacking())

    @property
    def fetched(self) -> int:
        """How many records are stored or about to be."""
        return self.stored + len(self._pending)

    async def run(
        self,
        fetch: Callable[[int, int], Awaitable[Sequence[Bar]]],
        pause: Callable[[float], Awaitable[None]],
        patience: Patience | None = None,
        progress: Callable[[float, str], None] | None = None,
    ) -> None:
        """Fetch what is missing; what has come is kept whatever ends this. Raise VenueError."""
        spans: list[Span] = [(each.start, each.end) for each in self.missing()]
        page = PAGE_BARS * self._interval
        pages = Pages(
            fetch,
            self._keep,
            pause,
            usual_ns=page,
            most_ns=page * _MOST_PAGES,
            rows=PAGE_BARS,
            patience=patience,
            progress=progress,
        )
        self.failed = pages.failed
        try:
            await pages.walk(spans)
        finally:
            self._flush()

    def _keep(self, start: int, end: int, bars: Sequence[Bar]) -> None:
        places = {each[0]: each for each in self._grid(start, end)}
        for bar in bars:
            place = places.pop(bar.ts_start, None)
            if place is None:
                self.off_grid += 1
                continue
            until, day = place[1], place[2]
            fresh = msgspec.structs.replace(bar, ts_event=until, ts_recv=until, trading_day=day)
            self._pending.append(fresh)
        if len(self._pending) >= _FLUSH:
            self._flush()

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        if pending:
            self.stored += self._store.append(sorted(pending, key=time_of))

    def _grid(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        for span in bars_from(self._sessions, self._interval, start):
            if span[0] >= end or span[1] > self._now:
                return
            yield span

    def _lacking(self) -> Iterator[MissingBar]:
        there = self._there()
        for number, span in enumerate(self._grid(self._start, self._end)):
            at = bisect_left(there, span[0])
            if at == len(there) or there[at] != span[0]:
                yield MissingBar(number, *span)

    def _there(self) -> "array[int]":
        """Return the starts of the bars that the store has, in their order."""
        # Recorded bars were received somewhat after they closed.
        until = self._end + self._interval + DAY_NS
        found = array("q")
        for record in self._store.records(self.key, self._start, until):
            assert isinstance(record, Bar)
            if self._start <= record.ts_start < self._end:
                found.append(record.ts_start)
        return array("q", sorted(found))
