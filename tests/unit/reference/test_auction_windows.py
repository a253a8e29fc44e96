"""Call auctions of the trading day, by session group."""

import pytest

from anyvenue.reference.auctions import auctions_of
from anyvenue.reference.calendar import TradingCalendar
from anyvenue.reference.days import NS_PER_SECOND
from anyvenue.reference.sessions import get_sessions, make_sessions, session_groups
from anyvenue.reference.tables import read_table

DAY = 20260121
_MIDNIGHT = 1_768_924_800  # of that day in China
_HOLIDAY = 20260105  # the first trading day after the New Year holiday: no night before it


def clock(ns: int, midnight: int = _MIDNIGHT) -> str:
    """Return an instant as a wall time in China; the evening before is below zero."""
    minutes = (ns // NS_PER_SECOND - midnight) // 60
    return f"{'-' if minutes < 0 else ''}{minutes % 1440 // 60:02}:{minutes % 60:02}"


def times(group: str, day: int = DAY) -> list[tuple[str, ...]]:
    sessions = make_sessions(group, TradingCalendar("CN"))
    return [
        (clock(each.start), clock(each.fixed), clock(each.end))
        for each in auctions_of(sessions, day)
    ]


def test_a_night_begins_with_an_auction() -> None:
    assert times("cn_commodity_2300") == [("-20:55", "-20:59", "-20:59")]


def test_a_product_without_a_night_begins_with_one_in_the_morning() -> None:
    assert times("cn_commodity_day") == [("08:55", "08:59", "08:59")]


def test_after_a_holiday_there_is_no_night_and_the_auction_is_in_the_morning() -> None:
    sessions = get_sessions("cn_commodity_2300")
    first = sessions.windows(_HOLIDAY)[0].start
    (auction,) = auctions_of(sessions, _HOLIDAY)
    assert auction.start == first - 300 * NS_PER_SECOND
    assert first % (24 * 3600 * NS_PER_SECOND) == 1 * 3600 * NS_PER_SECOND  # 09:00 in China


def test_index_futures_begin_half_an_hour_later() -> None:
    assert times("cffex_index") == [("09:25", "09:29", "09:29")]


def test_shares_have_one_at_the_open_and_one_at_the_close() -> None:
    assert times("cn_stock") == [("09:15", "09:20", "09:25"), ("14:57", "14:57", "15:00")]


def test_hong_kong_closes_with_one_after_its_last_session() -> None:
    assert times("hk_stock") == [("09:00", "09:15", "09:22"), ("16:01", "16:06", "16:10")]


def test_on_half_a_day_the_closing_auction_is_at_noon() -> None:
    sessions = get_sessions("hk_stock")
    eve = 20241224
    _, auction = auctions_of(sessions, eve)
    assert auction.start == sessions.windows(eve)[-1].end + 60 * NS_PER_SECOND
    assert auction.start // (3600 * NS_PER_SECOND) % 24 == 4  # 12:01 in Hong Kong


def test_the_closing_auction_of_shares_is_young() -> None:
    sessions = get_sessions("cn_stock")
    assert len(auctions_of(sessions, 20180817)) == 1
    assert [each.closing for each in auctions_of(sessions, 20180820)] == [False, True]


@pytest.mark.parametrize("group", ["always", "us_stock"])
def test_groups_without_a_row_have_none(group: str) -> None:
    sessions = get_sessions(group)
    assert auctions_of(sessions, sessions.trading_day(_MIDNIGHT * NS_PER_SECOND)) == ()


def test_a_day_without_trading_has_none() -> None:
    assert times("cn_stock", 20260124) == []


def test_every_row_belongs_to_a_group_and_is_in_order() -> None:
    for row in read_table("auctions"):
        assert row["group"] in session_groups()
        assert row["kind"] in ("open", "close")
        assert int(row["start"]) <= int(row["fixed"]) <= int(row["end"])
        assert row["source"]
