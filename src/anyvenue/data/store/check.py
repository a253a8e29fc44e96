"""Look for what is wrong with a stored series: missing bars, silence, duplicates, time that goes back, odd figures."""

from collections.abc import Iterator, Sequence

import msgspec

from anyvenue.data.info import QUIET_NS
from anyvenue.data.intervals import parse_interval
from anyvenue.data.spans import Span
from anyvenue.data.store.bar_grid import Gap, MissingBar, bars_from, gaps_of
from anyvenue.data.store.base import FOREVER, Store
from anyvenue.data.store.keys import RUNNABLE, SeriesKey, StoreKind, StoreRecord
from anyvenue.model.accounts import Account
from anyvenue.model.market import Bar, Trade
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["Findings", "check", "missing_bars"]

_NAMED = 100


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of one series found.

    `gaps` are stretches without the bars that the session calendar asks for between the first and the last one
    (`missing_bars` in all), or without ticks for more than a minute while the market was open. A bar in which
    nothing was traded is missing, too, where its vendor leaves it out. `duplicates` and `out_of_order` (times by the
    venue's clock that go back) count all; `duplicate_times` and `disorder_times` name the first hundred.
    `off_grid` are bars that begin where the calendar has none begin. `impossible` are bars whose high is below or whose
    low is above another of their prices, and records with a negative volume or size; `impossible_times` names the
    first hundred.
    """

    key: SeriesKey
    rows: int
    gaps: tuple[Gap, ...] = ()
    missing_bars: int = 0
    duplicates: int = 0
    duplicate_times: tuple[int, ...] = ()
    out_of_order: int = 0
    disorder_times: tuple[int, ...] = ()
    off_grid: int = 0
    impossible: int = 0
    impossible_times: tuple[int, ...] = ()
    content_hash: str = ""

    @property
    def good(self) -> bool:
        """True when there are no gaps, duplicates, steps back in time or impossible figures."""
        return not (self.gaps or self.duplicates or self.out_of_order or self.impossible)


def check(
    store: Store,
    key: SeriesKey,
    sessions: SessionCalendar,
    start: int = 0,
    end: int = FOREVER,
    whole: Sequence[tuple[int, int]] = (),
) -> Findings:
    """Read a series, or its part with start <= time < end, and return what is wrong with it; raise DataError.

    `sessions` are those of the instrument. Silence is looked for in snapshots, quotes and trades only, and not in the
    stretches [start, end) that are known to be `whole`.
    """
    look = _BarLook(key, sessions) if key.kind is StoreKind.BAR else _TickLook(key, sessions)
    store.entry(key)
    for record in store.records(key, start, end):
        look.add(record)
    findings = look.findings(store.content_hash(key, start, end))
    silent = tuple(each for each in findings.gaps if each.bars or not _inside(each, whole))
    return msgspec.structs.replace(findings, gaps=silent)


def _inside(gap: Gap, whole: Sequence[tuple[int, int]]) -> bool:
    return any(start <= gap.start and gap.end <= end for start, end in whole)


def missing_bars(store: Store, key: SeriesKey, sessions: SessionCalendar) -> dict[int, MissingBar]:
    """Return the bars a series lacks between its first and its last, by their start and in that order."""
    look = _BarLook(key, sessions)
    store.entry(key)
    for record in store.records(key):
        look.add(record)
    return look.missing


class _Look:
    """Counts over all records of a series."""

    def __init__(self, key: SeriesKey) -> None:
        self.key = key
        self.rows = 0
        self.duplicates = self.out_of_order = self.off_grid = self.impossible = 0
        self.duplicate_times: list[int] = []
        self.impossible_times: list[int] = []
        self.disorder_times: list[int] = []

    def doubled(self, ts: int) -> None:
        self.duplicates += 1
        if len(self.duplicate_times) < _NAMED:
            self.duplicate_times.append(ts)

    def disordered(self, ts: int) -> None:
        self.out_of_order += 1
        if len(self.disorder_times) < _NAMED:
            self.disorder_times.append(ts)

    def doubted(self, ts: int) -> None:
        self.impossible += 1
        if len(self.impossible_times) < _NAMED:
            self.impossible_times.append(ts)

    def gaps(self) -> tuple[Gap, ...]:
        raise NotImplementedError

    def findings(self, content_hash: str) -> Findings:
        gaps = self.gaps()
        return Findings(
            key=self.key,
            rows=self.rows,
            gaps=gaps,
            missing_bars=sum(gap.bars for gap in gaps),
            duplicates=self.duplicates,
            duplicate_times=tuple(self.duplicate_times),
            out_of_order=self.out_of_order,
            disorder_times=tuple(self.disorder_times),
            off_grid=self.off_grid,
            impossible=self.impossible,
            impossible_times=tuple(self.impossible_times),
            content_hash=content_hash,
        )


class _BarLook(_Look):
    """Walks the bars and the calendar side by side."""

    def __init__(self, key: SeriesKey, sessions: SessionCalendar) -> None:
        super().__init__(key)
        self._sessions = sessions
        self._interval = parse_interval(key.interval)
        self._expected: Iterator[Span] | None = None
        self._next: Span = (0, 0, 0)
        self._number = 0
        self.missing: dict[int, MissingBar] = {}
        self._latest = -1

    def add(self, record: StoreRecord) -> None:
        """Count one bar."""
        assert isinstance(record, Bar)
        self.rows += 1
        ts = record.ts_start
        if not _possible(record):
            self.doubted(ts)
        if ts == self._latest:
            self.doubled(ts)
        elif ts < self._latest:
            self.disordered(ts)
            self.missing.pop(ts, None)
        else:
            self._latest = ts
            self._advance(ts)

    def _advance(self, ts: int) -> None:
        if self._expected is None:
            self._expected = bars_from(self._sessions, self._interval, ts)
            self._next = next(self._expected)
        while self._next[0] < ts:
            self.missing[self._next[0]] = MissingBar(self._number, *self._next)
            self._step(self._expected)
        if self._next[0] == ts:
            self._step(self._expected)
        else:
            self.off_grid += 1

    def _step(self, expected: Iterator[Span]) -> None:
        self._next = next(expected)
        self._number += 1

    def gaps(self) -> tuple[Gap, ...]:
        return gaps_of(self.missing.values())


def _possible(bar: Bar) -> bool:
    """Tell whether the figures of a bar can be; absent ones (NaN) say nothing against it."""
    prices = [each for each in (bar.open, bar.close, bar.high, bar.low) if each == each]
    high_ok = bar.high != bar.high or bar.high >= max(prices)
    low_ok = bar.low != bar.low or bar.low <= min(prices)
    return high_ok and low_ok and not (bar.volume < 0 or bar.turnover < 0)


class _TickLook(_Look):
    """Looks at each record and the one before."""

    def __init__(self, key: SeriesKey, sessions: SessionCalendar) -> None:
        super().__init__(key)
        self._sessions = sessions
        self._before: StoreRecord | None = None
        self._latest = 0
        self._quiet: list[Gap] = []
        self._market = key.kind in RUNNABLE

    def add(self, record: StoreRecord) -> None:
        """Count one record."""
        self.rows += 1
        ts = record.ts_as_of if isinstance(record, Account) else record.ts_event
        before, self._before = self._before, record
        if isinstance(record, Trade) and record.size < 0:
            self.doubted(ts)
        if before is None:
            self._latest = ts
            return
        # By text: two absent numbers are not equal to each other, yet the same.
        if ts == self._latest and repr(record) == repr(before):
            self.doubled(ts)
        if ts < self._latest:
            self.disordered(ts)
            return
        if self._market and ts - self._latest > QUIET_NS:
            self._look_at_silence(self._latest, ts)
        self._latest = ts

    def _look_at_silence(self, start: int, end: int) -> None:
        """Note a silence that is longer than a minute within one open window."""
        window = self._sessions.next_open(start)
        while window.start < end:
            begin, until = max(start, window.start), min(end, window.end)
            if until - begin > QUIET_NS:
                self._quiet.append(Gap(begin, until, 0, window.trading_day, window.trading_day))
            window = self._sessions.next_open(window.end)

    def gaps(self) -> tuple[Gap, ...]:
        return tuple(self._quiet)
