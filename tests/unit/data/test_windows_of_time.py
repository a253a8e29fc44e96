"""A stretch of time of a source, and how people name one."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.data.window import WindowSource, end_of, start_of
from anyvenue.model.errors import ConfigError
from anyvenue.model.market import Trade
from anyvenue.reference.catalog import Catalog

CATALOG = Catalog(20260915)
RB = CATALOG.get("rb2701.SHFE")
SESSIONS = CATALOG.sessions(RB.sessions)
ZONE = "Asia/Shanghai"


def source(times: list[int]) -> MemorySource:
    trades = [Trade(RB.id, ts, ts, 3500.0, 1.0) for ts in times]
    return MemorySource(RB, Record.TRADE, lambda: iter(trades), identity=repr(times), zone=ZONE)


bound = st.none() | st.integers(0, 30)


@given(st.lists(st.integers(0, 30), max_size=20).map(sorted), bound, bound)
def test_a_window_has_the_records_from_its_start_to_before_its_end(
    times: list[int], start: int | None, end: int | None
) -> None:
    window = WindowSource(source(times), start, end)
    expected = [ts for ts in times if (start is None or ts >= start) and (end is None or ts < end)]
    for _ in range(2):
        assert [event.ts_recv for event in window.events()] == expected


def test_what_comes_after_a_window_is_not_read() -> None:
    read = []

    def make():  # type: ignore[no-untyped-def]
        for ts in range(10):
            read.append(ts)
            yield Trade(RB.id, ts, ts, 3500.0, 1.0)

    window = WindowSource(MemorySource(RB, Record.TRADE, make, identity="x"), 2, 4)
    assert len(list(window.events())) == 2
    assert read[-1] == 4


def test_a_window_serves_what_its_source_serves_and_has_a_hash_of_its_own() -> None:
    whole = source([1, 2, 3])
    window = WindowSource(whole, 2, None)
    assert window.serves("trades") and window.serves("bars:5m") and not window.serves("depth")  # noqa: PT018
    hashes = {each.content_hash() for each in (whole, window, WindowSource(whole, 2, 3))}
    assert len(hashes) == 3
    assert window.content_hash() == WindowSource(source([1, 2, 3]), 2).content_hash()


def local(ts: int) -> str:
    return f"{datetime.fromtimestamp(ts / 1e9, ZoneInfo(ZONE)):%Y-%m-%d %H:%M:%S.%f}"[:22]


def test_a_day_is_a_trading_day_from_settlement_to_settlement() -> None:
    start, end = start_of("20260915", SESSIONS, ZONE), end_of("2026-09-15", SESSIONS, ZONE)
    opens = SESSIONS.windows(20260915)
    assert local(opens[0].start).startswith("2026-09-14 21:00"), "its night belongs to it"
    assert start < opens[0].start
    assert opens[-1].end <= end
    assert end == start_of("20260916", SESSIONS, ZONE)


def test_a_day_without_trading_means_the_next_to_begin_with_and_the_last_to_end_with() -> None:
    assert start_of("20260912", SESSIONS, ZONE) == start_of("20260914", SESSIONS, ZONE)
    assert end_of("20260913", SESSIONS, ZONE) == end_of("20260911", SESSIONS, ZONE)


def test_a_time_is_local_unless_it_says_otherwise() -> None:
    assert local(start_of("2026-09-15T09:30", SESSIONS, ZONE)) == "2026-09-15 09:30:00.00"
    assert local(end_of("2026-09-15 09:30:00.25", SESSIONS, ZONE)) == "2026-09-15 09:30:00.25"
    assert local(end_of("2026-09-15T01:30:00+00:00", SESSIONS, ZONE)) == "2026-09-15 09:30:00.00"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "20260230", "2026-13-01", "09:30", "2026-09-15T25:00"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    for read in (start_of, end_of):
        with pytest.raises(ConfigError, match="expected a day"):
            read(text, SESSIONS, ZONE)
