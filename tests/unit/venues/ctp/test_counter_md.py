"""Quotes as a front sends them: DBL_MAX for what is absent, each exchange's dates, at most so many a second."""

from math import nan
from typing import Any

import pytest
from msgspec.structs import replace
from trading_counter import DEMO, MORNING, SECOND, Desk, Notebook

from anyvenue.model.errors import SubscriptionError
from anyvenue.model.market import Depth, Quote, Trade
from anyvenue.venues.ctp.counter.md import CounterMdSession
from anyvenue.venues.ctp.counter.profile import Profile
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.description.text import ABSENT

NIGHT = MORNING + 11 * 3600 * SECOND + 1_800 * SECOND  # 21:30, of the next trading day


class Watcher:
    """A market data client that has logged in."""

    def __init__(self, desk: Desk, *codes: str) -> None:
        self.door = Notebook()
        self.session: CounterMdSession = desk.counter.md(self.door, "127.0.0.1:1")
        self.session.request("ReqUserLogin", {"UserID": "anybody"}, 1)
        self.login = self.door.take()[0]
        self.session.subscribe(codes)

    def quotes(self) -> list[Fields]:
        """Return the snapshots since the last time."""
        told = [each for each in self.door.take() if each.callback == "OnRtnDepthMarketData"]
        return [each.fields for each in told if each.fields is not None]


def night_of(code: str, profile: Profile = DEMO) -> Fields:
    """Return a snapshot of the night before a trading day."""
    desk = Desk(profile)
    watcher = Watcher(desk, code)
    watcher.quotes()
    desk.broker.pass_time(NIGHT)
    instrument = desk.instrument(code)
    desk.broker.on_market(
        Depth(
            instrument.id, NIGHT, NIGHT, (3500.0,), (1.0,), (3501.0,), (1.0,), trading_day=20260916
        )
    )
    return watcher.quotes()[0]


def test_any_login_is_good_and_its_trading_day_is_empty() -> None:
    watcher = Watcher(Desk())
    assert watcher.login.error is not None
    assert watcher.login.error[0] == 0
    assert watcher.login.fields is not None
    assert watcher.login.fields["TradingDay"] == ""


def test_each_subscription_is_answered_and_begins_with_the_latest_snapshot() -> None:
    desk = Desk()
    desk.depth(3499, 3501)
    watcher = Watcher(desk)
    watcher.session.subscribe(["rb2701", "nowhere", "m2701"])
    told = watcher.door.take()
    assert [each.callback for each in told[:3]] == ["OnRspSubMarketData"] * 3
    assert [each.error[0] for each in told[:3] if each.error] == [0, 16, 0]
    assert [each.is_last for each in told[:3]] == [False, False, True]
    shown = {
        each.fields["InstrumentID"]: each.fields["BidPrice1"] for each in told[3:] if each.fields
    }
    assert shown == {"rb2701": 3499, "m2701": 1000.0}


def test_before_the_login_nothing_is_subscribed() -> None:
    desk, door = Desk(), Notebook()
    desk.counter.md(door, "127.0.0.1:1").subscribe(["rb2701"])
    assert [each.error[0] for each in door.answers if each.error] == [6]


def test_a_snapshot_has_every_field_of_the_struct() -> None:
    desk = Desk()
    watcher = Watcher(desk, "rb2701")
    desk.depth(3499, 3501)
    row = watcher.quotes()[-1]
    layout = {field.name for field in describe().layout("DepthMarketData").fields}
    assert set(row) == {name for name in layout if not name.startswith("reserve")}


def test_what_is_absent_is_the_largest_double_and_never_nan() -> None:
    desk = Desk()
    watcher = Watcher(desk, "rb2701")
    desk.depth(3499, nan, size=5.0, last=nan, volume=nan, turnover=nan)
    row = watcher.quotes()[-1]
    assert row["BidPrice1"] == 3499
    assert row["BidVolume1"] == 5
    assert row["AskPrice1"] == row["LastPrice"] == row["SettlementPrice"] == ABSENT
    assert row["AskVolume1"] == row["Volume"] == 0
    assert row["Turnover"] == 0.0
    assert all(value == value for value in row.values())


def test_the_days_statistics_are_passed_on() -> None:
    desk = Desk()
    watcher = Watcher(desk, "rb2701")
    given = {"last": 3500.0, "open": 3490.0, "high": 3510.0, "low": 3480.0, "volume": 4.0}
    given |= {"turnover": 140_000.0, "open_interest": 9.0, "pre_settlement": 3470.0}
    given |= {"upper_limit": 3700.0, "lower_limit": 3300.0, "pre_close": 3471.0}
    desk.depth(3499, 3501, **given)
    row = watcher.quotes()[-1]
    names = [
        "LastPrice",
        "OpenPrice",
        "HighestPrice",
        "LowestPrice",
        "Volume",
        "Turnover",
        "OpenInterest",
    ]
    assert [row[name] for name in names] == [3500.0, 3490.0, 3510.0, 3480.0, 4, 140_000.0, 9.0]
    names = [
        "PreSettlementPrice",
        "UpperLimitPrice",
        "LowerLimitPrice",
        "PreClosePrice",
        "AveragePrice",
    ]
    assert [row[name] for name in names] == [3470.0, 3700.0, 3300.0, 3471.0, 35_000.0]
    assert (row["UpdateTime"], row["UpdateMillisec"]) == ("10:00:01", 0)


def test_zhengzhous_turnover_lacks_the_multiplier_and_its_average_is_a_price() -> None:
    desk = Desk()
    watcher = Watcher(desk, "SR701")
    desk.depth(5000, 5001, code="SR701", volume=2.0, turnover=100_000.0)
    row = watcher.quotes()[-1]
    assert row["Turnover"] == 10_000.0
    assert row["AveragePrice"] == 5_000.0


@pytest.mark.parametrize(
    ("code", "trading_day", "action_day"),
    [
        ("rb2701", "20260916", "20260915"),
        ("m2701", "20260916", "20260916"),
        ("SR701", "20260915", "20260915"),
    ],
)
def test_each_exchange_dates_its_nights_in_its_own_way(
    code: str, trading_day: str, action_day: str
) -> None:
    row = night_of(code)
    assert (row["TradingDay"], row["ActionDay"]) == (trading_day, action_day)
    simnow = night_of(code, replace(DEMO, night_dates="shfe"))
    assert (simnow["TradingDay"], simnow["ActionDay"]) == ("20260916", "20260915")


def test_two_snapshots_a_second_at_most_and_the_latest_is_not_lost() -> None:
    desk = Desk(replace(DEMO, quotes_per_second=2))
    watcher = Watcher(desk, "rb2701")
    watcher.quotes()
    rb, start = desk.instrument("rb2701").id, MORNING + SECOND
    for tenth in range(20):
        now = desk.broker.now = start + tenth * SECOND // 10
        desk.counter.run_due(now)
        desk.broker.on_market(Depth(rb, now, now, (3500.0 + tenth,), (1.0,), (3600.0,), (1.0,)))
    desk.counter.run_due(start + 3 * SECOND)
    bids = [row["BidPrice1"] for row in watcher.quotes()]
    assert len(bids) == 5
    assert bids[0] == 3500.0
    assert bids[-1] == 3519.0


def test_quotes_without_statistics_take_the_last_price_from_trades() -> None:
    desk = Desk()
    watcher = Watcher(desk, "rb2701")
    rb, now = desk.instrument("rb2701").id, MORNING + SECOND
    desk.broker.on_market(Trade(rb, now, now, 3505.0, 2.0))
    desk.broker.on_market(Quote(rb, now, now, 3504.0, 3505.0, 1.0, 2.0))
    row = watcher.quotes()[-1]
    assert (row["LastPrice"], row["Volume"], row["AskVolume1"]) == (3505.0, 2, 2)


def test_one_answer_serves_every_client() -> None:
    desk = Desk()
    one, other = Watcher(desk, "rb2701"), Watcher(desk, "rb2701")
    one.door.take(), other.door.take()
    desk.depth(3499, 3501)
    assert one.door.answers[0] is other.door.answers[0]


def test_after_unsubscribing_logging_out_or_leaving_nothing_comes() -> None:
    desk = Desk()
    watchers = [Watcher(desk, "rb2701") for _ in range(3)]
    watchers[0].session.unsubscribe(["rb2701"])
    assert watchers[0].door.take()[-1].callback == "OnRspUnSubMarketData"
    watchers[1].session.request("ReqUserLogout", {}, 2)
    assert watchers[1].door.cut_for is not None
    watchers[2].session.close()
    for each in watchers:
        each.door.take()
    desk.depth(3499, 3501)
    assert not [answer for each in watchers for answer in each.door.answers]
    assert watchers[2].session.subscribe(["rb2701"]) == -1


def test_requests_a_front_does_not_know_are_answered_all_the_same() -> None:
    watcher = Watcher(Desk())
    fields: dict[str, Any] = {}
    watcher.session.request("ReqQryMulticastInstrument", fields, 3)
    watcher.session.request("ReqOrderInsert", fields, 4)
    told = [(each.callback, each.error and each.error[0]) for each in watcher.door.take()]
    assert told == [("OnRspQryMulticastInstrument", None), ("OnRspError", 77)]


def test_a_market_that_the_broker_does_not_tell_of_now_may_be_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object) -> None:
        raise SubscriptionError("no quotes now")

    desk = Desk()
    with monkeypatch.context() as patched:
        patched.setattr(desk.broker, "subscribe", refused)
        watcher = Watcher(desk, "rb2701")
        (answer,) = watcher.door.take()
        assert answer.callback == "OnRspSubMarketData"
        assert answer.error is not None
        assert answer.error[0] != 0
    watcher.session.subscribe(["rb2701"])
    desk.depth(3600, 3601)
    assert watcher.quotes()[-1]["LastPrice"] == 3600
