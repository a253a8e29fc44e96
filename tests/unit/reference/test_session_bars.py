"""Which bar an instant counts into."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.errors import ConfigError
from anyvenue.reference.sessions import CLOSING_GRACE_NS, get_sessions, session_groups

SHANGHAI = ZoneInfo("Asia/Shanghai")
SECOND = 1_000_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
instants = st.integers(1_388_534_400_000, 1_796_000_000_000).map(lambda ms: ms * 1_000_000)
intervals = st.sampled_from(
    [10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, DAY]
)


def at(text: str) -> int:
    return (
        int(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1_000) * 1_000_000
    )


def clock(ts: int) -> str:
    return datetime.fromtimestamp(ts // SECOND, SHANGHAI).strftime("%m-%d %H:%M")


def bar(group: str, text: str, interval: int) -> tuple[str, str]:
    start, end = get_sessions(group).bar_window(at(text), interval)
    return clock(start), clock(end)


def bars(group: str, day: int, interval: int) -> list[tuple[str, str]]:
    sessions = get_sessions(group)
    found: list[tuple[int, int]] = []
    for window in sessions.windows(day):
        ts = window.start
        while ts < window.end:
            edges = sessions.bar_window(ts, interval)
            if edges not in found:
                found.append(edges)
            ts = max(ts + 1, min(edges[1], window.end))
    return [(clock(start), clock(end)) for start, end in found]


def test_hour_bars_of_a_commodity_count_breaks_out() -> None:
    assert bars("cn_commodity_day", 20260915, HOUR) == [
        ("09-15 09:00", "09-15 10:00"),
        ("09-15 10:00", "09-15 11:15"),
        ("09-15 11:15", "09-15 14:15"),
        ("09-15 14:15", "09-15 15:00"),
    ]


def test_quarter_hours_end_at_the_tea_break_and_begin_after_it() -> None:
    assert bar("cn_commodity_day", "2026-09-15T10:14:59", 15 * MINUTE) == (
        "09-15 10:00",
        "09-15 10:15",
    )
    assert bar("cn_commodity_day", "2026-09-15T10:30:00", 15 * MINUTE) == (
        "09-15 10:30",
        "09-15 10:45",
    )


def test_a_day_bar_is_the_trading_day_with_its_night() -> None:
    assert bar("cn_commodity_2300", "2026-09-14T13:31:00", DAY) == ("09-11 21:00", "09-14 15:00")
    assert bar("cn_stock", "2026-09-15T13:31:00", DAY) == ("09-15 09:30", "09-15 15:00")


def test_the_closing_snapshot_that_comes_a_moment_late_is_in_the_last_bar() -> None:
    for text in ("2026-09-15T11:30:00.000", "2026-09-15T11:30:00.900"):
        assert bar("cffex_index", text, MINUTE) == ("09-15 11:29", "09-15 11:30")
    assert bar("cffex_index", "2026-09-15T15:00:00.400", MINUTE) == ("09-15 14:59", "09-15 15:00")


def test_after_the_grace_data_of_a_break_goes_into_the_bar_to_come() -> None:
    assert bar("cffex_index", "2026-09-15T11:30:01.000", MINUTE) == ("09-15 13:00", "09-15 13:01")
    assert bar("cffex_index", "2026-09-15T09:29:00.500", MINUTE) == ("09-15 09:30", "09-15 09:31")
    assert bar("cn_commodity_2300", "2026-09-14T20:59:00.500", MINUTE) == (
        "09-14 21:00",
        "09-14 21:01",
    )


def test_after_the_last_close_data_stays_in_the_days_last_bar() -> None:
    assert bar("cffex_index", "2026-09-15T15:40:00", MINUTE) == ("09-15 14:59", "09-15 15:00")


def test_round_the_clock_bars_are_aligned_to_the_utc_day() -> None:
    sessions = get_sessions("always")
    ts = at("2026-09-15T12:34:00")
    assert sessions.bar_window(ts, 4 * HOUR)[0] % (4 * HOUR) == 0
    assert sessions.bar_window(ts, DAY) == (ts // DAY * DAY, ts // DAY * DAY + DAY)


def test_an_interval_must_be_above_zero() -> None:
    with pytest.raises(ConfigError, match="must be above zero"):
        get_sessions("always").bar_window(0, 0)


@given(instants, intervals, st.sampled_from(session_groups()))
def test_an_instant_of_an_open_window_is_inside_its_bar(ts: int, interval: int, group: str) -> None:
    sessions = get_sessions(group)
    if sessions.is_open(ts):
        start, end = sessions.bar_window(ts, interval)
        assert start <= ts < end


@given(instants, intervals, st.sampled_from(session_groups()))
def test_every_instant_of_a_bar_gives_the_same_bar(ts: int, interval: int, group: str) -> None:
    sessions = get_sessions(group)
    edges = sessions.bar_window(ts, interval)
    assert sessions.bar_window(edges[0], interval) == edges
    assert sessions.bar_window(edges[1] - 1, interval) == edges


@given(instants, intervals, st.sampled_from(session_groups()))
def test_a_bar_holds_its_interval_of_trading_time_or_is_the_days_last(
    ts: int, interval: int, group: str
) -> None:
    sessions = get_sessions(group)
    start, end = sessions.bar_window(ts, interval)
    windows = sessions.windows(sessions.trading_day(start))
    traded = sum(max(0, min(end, w.end) - max(start, w.start)) for w in windows)
    assert traded == interval or (traded < interval and end == windows[-1].end)


@given(instants, st.sampled_from(session_groups()))
def test_a_bar_starts_and_ends_in_one_trading_day(ts: int, group: str) -> None:
    sessions = get_sessions(group)
    start, end = sessions.bar_window(ts, 5 * MINUTE)
    assert sessions.trading_day(start) == sessions.trading_day(end - 1)
    assert CLOSING_GRACE_NS == SECOND
