from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_file_samples import ns

from anyvenue.data.clock import (
    day_number,
    local_text,
    millisecond_parser,
    night_aware_parser,
    stamp_parser,
)

SECOND = 1_000_000_000


@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)))
def test_a_beijing_stamp_is_eight_hours_ahead_of_utc(moment: datetime) -> None:
    moment = moment.replace(year=max(1992, moment.year))
    text = moment.strftime("%Y-%m-%d %H:%M:%S.%f")
    assert stamp_parser("UTC-08")(text) == ns(moment.isoformat() + "-08:00")


def test_new_york_stamps_follow_summer_time() -> None:
    parse = stamp_parser("America/New_York")
    assert parse("2021-01-04 09:30:00") == ns("2021-01-04T09:30:00-05:00")
    assert parse("2021-07-05 09:30:00") == ns("2021-07-05T09:30:00-04:00")


def test_minutes_alone_and_compact_dates_are_read() -> None:
    assert stamp_parser("UTC")("2021-04-23 09:31") == ns("2021-04-23T09:31:00+00:00")
    assert stamp_parser("UTC", 8)("20140602 09:31") == ns("2014-06-02T09:31:00+00:00")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021-04-23",
        "2021-13-01 09:30:00",
        "2021-04-23 25:00:00",
        "2021-04-23 09:60:00",
        "2021-04-23 09:30:xx",
        "2021-04-23 09:30:00+08:00",
        "23.04.2021 09:30:00",
    ],
)
def test_a_broken_stamp_is_not_read(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        stamp_parser("UTC")(text)


def test_milliseconds_since_midnight_keep_their_fraction() -> None:
    parse = millisecond_parser(20140506, "UTC")
    assert parse("808.0672") == ns("2014-05-06T00:00:00+00:00") + 808_067_200
    assert parse("86399882") == ns("2014-05-06T23:59:59+00:00") + 882_000_000


def test_milliseconds_since_midnight_are_wall_clock_time_on_a_day_that_changes_it() -> None:
    parse = millisecond_parser(20210314, "America/New_York")
    assert parse(str(9 * 3_600_000)) == ns("2021-03-14T09:00:00-04:00")


def test_a_night_snapshot_that_names_the_trading_day_as_action_day_is_put_on_the_evening_before() -> (
    None
):
    parse = night_aware_parser("Asia/Shanghai", lambda day: {20210111: 20210108}[day])
    friday_evening = parse("20210111", "20210111", "21:00:00.500")
    assert friday_evening == ns("2021-01-08T21:00:00+08:00") + SECOND // 2
    assert parse("20210111", "20210111", "01:00:00.000") == ns("2021-01-09T01:00:00+08:00")
    assert parse("20210111", "20210108", "21:00:01.000") == ns("2021-01-08T21:00:01+08:00")
    assert parse("20210111", "20210111", "09:00:00.000") == ns("2021-01-11T09:00:00+08:00")


@pytest.mark.parametrize("text", ["20260915", "2026-09-15", "2026/09/15"])
def test_a_day_is_read_from_the_usual_texts(text: str) -> None:
    assert day_number(text) == 20260915


@pytest.mark.parametrize("text", ["", "2026-9-15", "15.09.2026", "2026x09x15", "yyyymmdd"])
def test_another_day_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        day_number(text)


def test_local_text_drops_a_fraction_of_zero() -> None:
    ts = ns("2026-09-15T09:00:00+08:00")
    assert local_text(ts, "Asia/Shanghai") == "2026-09-15 09:00:00"
    assert local_text(ts + SECOND // 2, "Asia/Shanghai") == "2026-09-15 09:00:00.5"
