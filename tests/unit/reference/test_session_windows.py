"""Session windows tile the time line; every instant counts to one trading day."""

import csv
import gzip
import warnings
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.enums import InstrumentStatus
from anyvenue.model.errors import TableError
from anyvenue.reference.calendar import get_calendar
from anyvenue.reference.sessions import get_sessions, make_sessions, market_of, session_groups

SHANGHAI = ZoneInfo("Asia/Shanghai")
GROUPS = session_groups()
SECOND = 1_000_000_000
instants = st.integers(1_388_534_400, 1_796_000_000).map(
    lambda second: second * SECOND
)  # 2014 to November 2026


def at(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * SECOND


def clock(ts: int, zone: ZoneInfo = SHANGHAI) -> str:
    return datetime.fromtimestamp(ts // SECOND, zone).strftime("%m-%d %H:%M")


def hours(group: str, day: int, zone: ZoneInfo = SHANGHAI) -> list[tuple[str, str]]:
    return [(clock(w.start, zone), clock(w.end, zone)) for w in get_sessions(group).windows(day)]


def test_a_trading_day_of_rebar_begins_the_night_before() -> None:
    assert hours("cn_commodity_2300", 20260915) == [
        ("09-14 21:00", "09-14 23:00"),
        ("09-15 09:00", "09-15 10:15"),
        ("09-15 10:30", "09-15 11:30"),
        ("09-15 13:30", "09-15 15:00"),
    ]


def test_fridays_gold_night_ends_on_saturday_and_counts_to_monday() -> None:
    gold = get_sessions("cn_commodity_0230")
    window = gold.window(at("2026-09-12T02:00"))
    assert window.status is InstrumentStatus.OPEN
    assert window.trading_day == 20260914
    assert clock(window.end) == "09-12 02:30"


def test_the_day_after_a_holiday_has_no_night() -> None:
    assert hours("cn_commodity_0230", 20251009)[0] == ("10-09 09:00", "10-09 10:15")
    window = get_sessions("cn_commodity_0230").window(at("2025-09-30T21:30"))
    assert window.status is InstrumentStatus.CLOSED
    assert window.trading_day == 20251009


def test_lunch_is_a_break_and_the_weekend_is_closed() -> None:
    sessions = get_sessions("cn_commodity_2300")
    assert sessions.window(at("2026-09-15T12:00")).status is InstrumentStatus.BREAK
    assert sessions.window(at("2026-09-15T10:20")).status is InstrumentStatus.BREAK
    assert sessions.window(at("2026-09-12T12:00")).status is InstrumentStatus.CLOSED
    assert sessions.window(at("2026-09-15T03:00")).status is InstrumentStatus.CLOSED


def test_windows_are_half_open() -> None:
    sessions = get_sessions("cn_stock")
    assert not sessions.is_open(at("2026-09-15T09:30") - 1)
    assert sessions.is_open(at("2026-09-15T09:30"))
    assert sessions.is_open(at("2026-09-15T11:30") - 1)
    assert not sessions.is_open(at("2026-09-15T11:30"))


def test_the_gap_between_close_and_settlement_still_counts_to_the_day() -> None:
    sessions = get_sessions("cffex_index")
    assert sessions.trading_day(at("2026-09-15T15:59")) == 20260915
    assert sessions.trading_day(at("2026-09-15T16:00")) == 20260916
    assert sessions.settle_time(20260915) == at("2026-09-15T16:00")


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("cn_commodity_day", "2026-09-15T16:00+08:00"),
        ("cn_stock", "2026-09-15T17:00+08:00"),
        ("hk_stock", "2026-09-15T17:00+08:00"),
        ("us_stock", "2026-09-15T20:00-04:00"),
        ("always", "2026-09-16T00:00+00:00"),
    ],
)
def test_each_market_settles_at_its_hour(group: str, expected: str) -> None:
    moment = int(datetime.fromisoformat(expected).timestamp()) * SECOND
    assert get_sessions(group).settle_time(20260915) == moment


def test_new_york_hours_follow_summer_time() -> None:
    zone = ZoneInfo("America/New_York")
    assert hours("us_stock", 20260306, zone) == [("03-06 09:30", "03-06 16:00")]
    assert hours("us_stock", 20260309, zone) == [("03-09 09:30", "03-09 16:00")]
    winter, summer = (
        get_sessions("us_stock").windows(day)[0].start for day in (20260306, 20260309)
    )
    assert (summer - winter) // SECOND == 3 * 86_400 - 3_600


def test_a_half_day_ends_early() -> None:
    assert hours("us_stock", 20261127, ZoneInfo("America/New_York")) == [
        ("11-27 09:30", "11-27 13:00")
    ]
    assert hours("hk_stock", 20261231) == [("12-31 09:30", "12-31 12:00")]


def test_hours_changed_in_the_past() -> None:
    assert hours("cffex_index", 20151231)[0][0] == "12-31 09:15"
    assert hours("cffex_index", 20160104)[0][0] == "01-04 09:30"
    assert hours("czce_2300", 20191210)[0][1] == "12-09 23:30"
    assert hours("czce_2300", 20191211)[0][1] == "12-10 23:00"
    assert hours("dce_2300_from_2019", 20190329)[0][0] == "03-29 09:00"


def test_round_the_clock_has_one_window_a_day_and_no_closing() -> None:
    windows = get_sessions("always").all_windows(20260913)
    assert [window.status for window in windows] == [InstrumentStatus.OPEN]
    assert windows[0].end - windows[0].start == 86_400 * SECOND


def test_a_day_without_trading_has_no_windows_and_no_settlement() -> None:
    sessions = get_sessions("cn_stock")
    assert sessions.windows(20260912) == ()
    assert sessions.all_windows(20260912) == ()
    with pytest.raises(TableError, match="the next one is 20260914"):
        sessions.settle_time(20260912)


def test_the_next_open_window_may_be_days_away() -> None:
    sessions = get_sessions("cn_commodity_day")
    assert clock(sessions.next_open(at("2025-09-30T15:00")).start) == "10-09 09:00"
    assert clock(sessions.next_open(at("2026-09-15T10:15")).start) == "09-15 10:30"
    assert clock(sessions.next_open(at("2026-09-15T10:14")).start) == "09-15 09:00"


def test_an_unknown_group_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TableError, match="cffex_index"):
        get_sessions("cffex")


def test_a_calendar_of_ones_own_can_be_put_under_a_group() -> None:
    calendar = get_calendar("CN").extended([20260916])
    sessions = make_sessions("cn_stock", calendar)
    assert sessions.trading_day(at("2026-09-16T10:00")) == 20260917
    assert market_of("cn_stock") == "CN"


def test_asking_backwards_in_time_gives_the_same_answers() -> None:
    sessions = make_sessions("cn_commodity_0230")
    later = sessions.window(at("2026-09-15T10:00"))
    earlier = sessions.window(at("2026-09-10T10:00"))
    assert sessions.window(at("2026-09-15T10:00")) == later
    assert earlier.trading_day == 20260910


@given(instants, st.sampled_from(GROUPS))
def test_every_instant_is_in_exactly_one_window(ts: int, group: str) -> None:
    sessions = get_sessions(group)
    window = sessions.window(ts)
    assert window.start <= ts < window.end
    holding = [w for w in sessions.all_windows(window.trading_day) if w.start <= ts < w.end]
    assert holding == [window]


@given(instants, st.sampled_from(GROUPS))
def test_windows_of_neighbouring_days_join_without_gap_or_overlap(ts: int, group: str) -> None:
    sessions = get_sessions(group)
    day = sessions.trading_day(ts)
    following = sessions.calendar.next_day(day)
    windows = [*sessions.all_windows(day), *sessions.all_windows(following)]
    assert all(left.end == right.start for left, right in pairwise(windows))
    assert all(window.start < window.end for window in windows)
    assert sessions.all_windows(day)[-1].end == sessions.settle_time(day)


@given(instants, instants, st.sampled_from(GROUPS))
def test_trading_days_never_go_back(one: int, other: int, group: str) -> None:
    sessions = get_sessions(group)
    first, last = sorted((one, other))
    assert sessions.trading_day(first) <= sessions.trading_day(last)


@given(instants, st.sampled_from(GROUPS))
def test_a_fresh_calendar_agrees_with_one_that_has_answered_before(ts: int, group: str) -> None:
    assert make_sessions(group).window(ts) == get_sessions(group).window(ts)


@pytest.mark.parametrize(
    ("name", "group"), [("XSHG", "cn_stock"), ("XHKG", "hk_stock"), ("XNYS", "us_stock")]
)
def test_stock_hours_agree_with_the_recorded_sessions(
    shared_data: Path, name: str, group: str
) -> None:
    with gzip.open(shared_data / "calendars/exchange_sessions_2014_2026.csv.gz", "rt") as file:
        rows = [row for row in csv.DictReader(file) if row["calendar"] == name]
    sessions = make_sessions(group)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row in rows:
            windows = sessions.windows(int(row["date"].replace("-", "")))
            recorded = [row["open"], row["break_start"], row["break_end"], row["close"]]
            edges = [edge for window in windows for edge in (window.start, window.end)]
            assert [clock(edge, ZoneInfo("UTC")) for edge in edges] == [
                f"{text[5:10]} {text[11:16]}" for text in recorded if text
            ]


def test_recorded_snapshots_of_index_futures_lie_in_open_windows(shared_data: Path) -> None:
    path = shared_data / "cn_futures_ticks/CFFEX.IF_tick_20210104.csv.gz"
    sessions = make_sessions("cffex_index")
    outside = 0
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            if not sessions.is_open(at("2021-01-04T" + row["time"][:8])):
                outside += 1
    assert outside <= 6  # the auction result before the open and the snapshots of the two closes
