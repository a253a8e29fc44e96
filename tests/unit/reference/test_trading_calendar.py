"""Trading days: holidays, nights, days that end early, and what lies beyond the table."""

import csv
import gzip
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.errors import TableError
from anyvenue.reference.calendar import (
    MARKETS,
    ProvisionalCalendarWarning,
    TradingCalendar,
    get_calendar,
    make_calendar,
)
from anyvenue.reference.days import day_of, number_of, weekday

CN = get_calendar("CN")
known_days = st.integers(number_of(20040201), number_of(20261130)).map(day_of)


def test_a_weekend_is_never_a_trading_day_even_when_it_is_made_up_for_work() -> None:
    assert not CN.is_trading_day(20250928)  # a Sunday on which offices worked
    assert not CN.is_trading_day(20250208)


def test_the_week_of_the_national_holiday_is_closed() -> None:
    assert CN.next_day(20250930) == 20251009
    assert CN.previous_day(20251009) == 20250930


def test_the_default_day_of_the_project_is_a_trading_day_with_a_night_before_it() -> None:
    assert CN.is_trading_day(20260915)
    assert CN.has_night(20260915)


def test_friday_night_belongs_to_monday() -> None:
    assert CN.previous_day(20260914) == 20260911
    assert CN.has_night(20260914)


def test_there_is_no_night_on_the_eve_of_a_holiday() -> None:
    assert not CN.has_night(20251009)  # the evening of 30 September
    assert not CN.has_night(20260407)  # a holiday on Monday takes Friday's night
    assert CN.has_night(20250930)  # the evening of Monday the 29th


def test_nights_were_suspended_in_spring_2020() -> None:
    assert not CN.has_night(20200204)
    assert not CN.has_night(20200430)
    assert not CN.has_night(20200506)
    assert CN.has_night(20200507)


def test_a_day_that_is_no_trading_day_has_no_night() -> None:
    assert not CN.has_night(20260912)


def test_the_exchanges_closed_on_the_last_day_of_the_lunar_year_2023_though_offices_did_not() -> (
    None
):
    assert not CN.is_trading_day(20240209)


def test_new_york_closes_at_one_on_the_day_after_thanksgiving() -> None:
    us = get_calendar("US")
    assert us.early_close(20261127) == 1300
    assert us.early_close(20261130) is None
    assert not us.is_trading_day(20261126)
    assert not us.is_trading_day(20121029)  # the hurricane


def test_hong_kong_closes_at_noon_on_the_last_day_of_the_year() -> None:
    hk = get_calendar("HK")
    assert hk.early_close(20261231) == 1200
    assert hk.is_trading_day(20261231)


def test_some_markets_never_close() -> None:
    always = get_calendar("ALWAYS")
    assert all(always.is_trading_day(day) for day in (20260912, 20260913, 20261225, 20300101))
    assert always.next_day(20261231) == 20270101


def test_beyond_the_table_weekdays_are_assumed_and_said_so_once() -> None:
    calendar = make_calendar("CN")
    with pytest.warns(ProvisionalCalendarWarning, match=r"set calendars\.CN"):
        assert calendar.is_trading_day(20270104)
    assert not calendar.is_trading_day(20270102)  # a second warning would be an error here
    assert calendar.is_trading_day(20270105)
    assert calendar.is_provisional(20270104)


def test_days_that_are_provisional_by_nature_are_computed_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert make_calendar("CN").quiet.next_day(20270101) == 20270104


def test_an_extension_adds_holidays_and_knowledge() -> None:
    longer = CN.extended([20270101], known_until=20271231)
    assert not longer.is_trading_day(20270101)
    assert longer.known_until == 20271231
    assert not longer.is_provisional(20270104)
    assert not longer.is_trading_day(20251001)


def test_an_unknown_market_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TableError, match="known are CN, HK, US, FX, ALWAYS"):
        get_calendar("MARS")


def test_a_calendar_without_trading_days_is_refused_instead_of_searched_for_ever() -> None:
    empty = TradingCalendar("X", map(day_of, range(20000, 20100)))
    with pytest.raises(TableError, match="no trading day within 60 days"):
        empty.next_day(day_of(20000))


@given(known_days)
def test_next_and_previous_undo_each_other(day: int) -> None:
    for market in MARKETS:
        calendar = get_calendar(market)
        following = calendar.next_day(day)
        assert following > day
        if calendar.is_trading_day(day):
            assert calendar.previous_day(following) == day


@given(known_days)
def test_a_night_means_that_only_a_weekend_lies_before(day: int) -> None:
    if CN.has_night(day):
        gap = number_of(day) - number_of(CN.previous_day(day))
        assert gap == (3 if weekday(day) == 0 else 1)


@pytest.mark.parametrize(("market", "name"), [("CN", "XSHG"), ("HK", "XHKG"), ("US", "XNYS")])
def test_the_table_agrees_with_the_recorded_sessions(
    shared_data: Path, market: str, name: str
) -> None:
    path = shared_data / "calendars/exchange_sessions_2014_2026.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = [row for row in csv.DictReader(file) if row["calendar"] == name]
    recorded = [int(row["date"].replace("-", "")) for row in rows]
    assert get_calendar(market).days(20140101, 20261231) == recorded


def test_recorded_night_bars_fall_on_the_days_with_a_night(shared_data: Path) -> None:
    path = shared_data / "cn_futures_bars/wt_SHFE.rb.HOT_m5.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    days = {
        int(row["date"].replace("-", "").replace("/", "")) for row in rows if row["time"] < "20:00"
    }
    evenings = {
        int(row["date"].replace("-", "").replace("/", "")) for row in rows if row["time"] > "20:00"
    }
    first = min(days)
    assert {CN.next_day(evening) for evening in evenings} == {
        day
        for day in days
        if CN.has_night(day) and (day > first or CN.previous_day(day) in evenings)
    }
