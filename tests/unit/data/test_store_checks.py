"""A store says what is missing, doubled or out of order, and fills missing bars from another source."""

from collections.abc import Sequence
from math import nan
from pathlib import Path

import msgspec
import pytest

from anyvenue.data.bars import BarBuilder
from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.data.store import SeriesKey, Store, StoreKind, open_store
from anyvenue.data.store.bar_grid import Gap, bars_from
from anyvenue.data.store.check import check
from anyvenue.data.store.repair import repair
from anyvenue.model.errors import DataError
from anyvenue.model.market import Bar, Depth, MarketData, Quote
from anyvenue.reference.catalog import Catalog
from anyvenue.sim.synthetic import synthetic_ticks

DAYS = [20260914, 20260915, 20260916]
MINUTE = 60_000_000_000
CATALOG = Catalog(20260915)
RB = CATALOG.get("rb2701.SHFE")
SESSIONS = CATALOG.sessions(RB.sessions)
MINUTES = SeriesKey(RB.id, StoreKind.BAR, "1m")
QUOTES = SeriesKey(RB.id, StoreKind.QUOTE)


def minutes(days: Sequence[int] = DAYS, interval: str = "1m") -> list[Bar]:
    """Return one bar for each that the calendar asks for."""
    lengths = {"1m": MINUTE, "1h": 60 * MINUTE, "1d": 1440 * MINUTE}
    found = []
    for start, end, day in bars_from(
        SESSIONS, lengths[interval], SESSIONS.windows(days[0])[0].start
    ):
        if day > days[-1]:
            return found
        if day in days:
            price = 3500.0 + len(found) % 11
            found.append(
                Bar(
                    RB.id,
                    end,
                    end,
                    interval,
                    start,
                    price,
                    price,
                    price,
                    price,
                    1.0,
                    trading_day=day,
                )
            )
    raise AssertionError("the calendar does not end")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty store."""
    return open_store(tmp_path / "s.sqlite")


def source_of(bars: Sequence[MarketData], interval: str = "1m") -> MemorySource:
    record = Record.BAR if interval else Record.DEPTH
    return MemorySource(RB, record, lambda: iter(bars), identity="other", interval=interval)


# ---- checking


def test_the_calendar_asks_for_every_minute_of_every_session() -> None:
    # Night 21:00-23:00, day 9:00-10:15, 10:30-11:30, 13:30-15:00.
    assert len(minutes([20260915])) == 120 + 75 + 60 + 90
    assert len(minutes(interval="1d")) == 3


def test_a_whole_series_is_good(store: Store) -> None:
    for interval in ("1m", "1h", "1d"):
        store.append(minutes(interval=interval))
        found = check(store, SeriesKey(RB.id, StoreKind.BAR, interval), SESSIONS)
        assert found.good
        assert found.rows == len(minutes(interval=interval))
        assert found.off_grid == 0
        assert found.content_hash == store.content_hash(found.key)


def test_missing_bars_are_named_by_stretch_and_day(store: Store) -> None:
    bars = minutes()
    del bars[400:410]
    del bars[100]
    store.append(bars)
    found = check(store, MINUTES, SESSIONS)
    whole = minutes()
    assert not found.good
    assert found.missing_bars == 11
    assert found.gaps == (
        Gap(whole[100].ts_start, whole[100].ts_event, 1, DAYS[0], DAYS[0]),
        Gap(whole[400].ts_start, whole[409].ts_event, 10, DAYS[1], DAYS[1]),
    )


def test_a_missing_trading_day_is_missing_and_a_weekend_is_not(store: Store) -> None:
    store.append(minutes([20260911, 20260914, 20260916]))
    found = check(store, MINUTES, SESSIONS)
    assert found.missing_bars == 345
    assert {gap.trading_day for gap in found.gaps} == {20260915}
    daily = [bar for bar in minutes(interval="1d") if bar.trading_day != 20260915]
    store.append(daily)
    found = check(store, SeriesKey(RB.id, StoreKind.BAR, "1d"), SESSIONS)
    assert [gap.trading_day for gap in found.gaps] == [20260915]


def test_a_stretch_reaches_over_breaks_and_nights(store: Store) -> None:
    whole = minutes()
    store.append(whole[:300] + whole[400:])
    (gap,) = check(store, MINUTES, SESSIONS).gaps
    assert gap == Gap(whole[300].ts_start, whole[399].ts_event, 100, DAYS[0], DAYS[1])


def test_doubled_late_and_strange_bars_are_told(store: Store) -> None:
    bars = minutes([20260915])
    late = msgspec.structs.replace(bars[5], ts_recv=bars[8].ts_recv)
    strange = msgspec.structs.replace(
        bars[20], ts_start=bars[20].ts_start + 7, ts_recv=bars[20].ts_recv
    )
    store.append([*bars[:5], *bars[6:9], late, *bars[9:21], strange, *bars[21:]])
    store.append([bars[30]])
    found = check(store, MINUTES, SESSIONS)
    assert (found.missing_bars, found.duplicates, found.out_of_order, found.off_grid) == (
        0, 1, 1, 1,
    )  # fmt: skip
    assert found.duplicate_times == (bars[30].ts_start,)
    assert found.disorder_times == (bars[5].ts_start,)


def quote(ts: int, at: int | None = None, bid: float = 1.0) -> Quote:
    return Quote(RB.id, ts if at is None else at, ts, bid, 2.0, 1.0, 1.0)


def test_ticks_are_looked_at_for_silence_within_open_windows(store: Store) -> None:
    night, morning, *_ = SESSIONS.windows(20260915)
    store.append(
        [
            quote(night.start),
            quote(night.start + 59 * 10**9),
            quote(night.start + 300 * 10**9),
            *(quote(night.start + at * 10**9) for at in range(310, 7200, 50)),
            quote(morning.start + 10**9),
        ]
    )
    found = check(store, QUOTES, SESSIONS)
    assert found.gaps == (
        Gap(night.start + 59 * 10**9, night.start + 300 * 10**9, 0, 20260915, 20260915),
    )
    assert found.missing_bars == 0


def test_equal_ticks_and_a_venue_clock_that_goes_back_are_counted(store: Store) -> None:
    begin = SESSIONS.windows(20260915)[0].start
    store.append(
        [
            quote(begin, bid=nan),
            quote(begin, bid=nan),
            quote(begin, bid=2.0),
            quote(begin + 10, begin - 5),
            quote(begin + 20),
        ]
    )
    found = check(store, QUOTES, SESSIONS)
    assert (found.duplicates, found.out_of_order, found.rows) == (1, 1, 5)
    assert found.disorder_times == (begin - 5,)


def test_a_part_of_a_series_can_be_checked(store: Store) -> None:
    bars = minutes()
    store.append(bars[:50] + bars[60:])
    assert not check(store, MINUTES, SESSIONS).good
    assert check(store, MINUTES, SESSIONS, start=bars[60].ts_recv).good


# ---- repairing


def test_missing_bars_are_filled_from_another_source_and_nothing_else_changes(
    store: Store,
) -> None:
    whole = minutes()
    store.append(whole[:50] + whole[60:100] + whole[101:])
    other = [msgspec.structs.replace(bar, close=9.0) for bar in whole[:58] + whole[90:]]
    done = repair(store, MINUTES, source_of(other), SESSIONS)
    assert done.filled_bars == 9
    assert done.filled == (
        Gap(whole[50].ts_start, whole[57].ts_event, 8, DAYS[0], DAYS[0]),
        Gap(whole[100].ts_start, whole[100].ts_event, 1, DAYS[0], DAYS[0]),
    )
    assert done.left == (Gap(whole[58].ts_start, whole[59].ts_event, 2, DAYS[0], DAYS[0]),)
    closes = {bar.ts_start: bar.close for bar in store.records(MINUTES) if isinstance(bar, Bar)}
    assert [at for at, bar in enumerate(whole) if closes.get(bar.ts_start) == 9.0] == [
        *range(50, 58),
        100,
    ]


def test_a_whole_series_needs_no_repair(store: Store) -> None:
    store.append(minutes())
    done = repair(store, MINUTES, source_of(minutes()), SESSIONS)
    assert (done.filled, done.left) == ((), ())
    assert store.entry(MINUTES).rows == len(minutes())


def test_bars_are_built_from_ticks_where_the_source_has_ticks(store: Store) -> None:
    ticks = list(synthetic_ticks(RB, SESSIONS.windows(20260915), 1, 3500))
    builder = BarBuilder(RB, "1m", SESSIONS)
    built = [bar for tick in ticks if (bar := builder.update(tick)) is not None]
    assert len(built) > 300
    store.append(built[:10] + built[20:])
    done = repair(store, MINUTES, source_of(ticks, ""), SESSIONS)
    assert done.filled_bars == 10
    back = list(store.records(MINUTES))
    assert back == built


def test_a_bar_that_the_ticks_cover_in_part_is_not_filled(store: Store) -> None:
    ticks: list[Depth] = list(synthetic_ticks(RB, SESSIONS.windows(20260915), 1, 3500))
    whole = minutes([20260915])
    store.append(whole[:10] + whole[20:])
    part = [
        tick
        for tick in ticks
        if whole[12].ts_start + 10**9 < tick.ts_event < whole[16].ts_event - 10**9
    ]
    done = repair(store, MINUTES, source_of(part, ""), SESSIONS)
    assert [gap.bars for gap in done.filled] == [3]
    assert done.filled[0].start == whole[13].ts_start


def test_a_source_that_does_not_fit_is_refused(store: Store) -> None:
    store.append(minutes(interval="1h"))
    store.append(minutes())
    with pytest.raises(DataError, match="has 1h bars; 1m bars cannot be made from them"):
        repair(store, MINUTES, source_of(minutes(interval="1h"), "1h"), SESSIONS)
    with pytest.raises(DataError, match="only bars can"):
        repair(store, QUOTES, source_of(minutes()), SESSIONS)
    copper = MemorySource(
        CATALOG.get("cu2701.SHFE"), Record.BAR, lambda: iter(()), identity="cu", interval="1m"
    )
    with pytest.raises(DataError, match=r"is of cu2701\.SHFE; the series is of rb2701\.SHFE"):
        repair(store, MINUTES, copper, SESSIONS)
