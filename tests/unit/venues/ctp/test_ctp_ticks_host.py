"""A tick strategy's life: login, loading, reports, disconnects, days."""

from collections.abc import Mapping, Sequence

import pytest
from msgspec.structs import replace

from anyvenue.app.ctp_ticks import TickMarket, simulate
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.errors import AuthError, ConfigError, NotSent, RateLimited, UnknownOrder
from anyvenue.model.market import Depth
from anyvenue.venues.ctp.counter.profile import profile_of
from anyvenue.venues.ctp.counter.seam import Reason
from anyvenue.venues.ctp.description import Value, describe
from anyvenue.venues.ctp.native.seam import Called
from anyvenue.venues.ctp.ticks.desk import BUY, CLOSE, OPEN, SELL
from anyvenue.venues.ctp.ticks.host import TickHost
from anyvenue.venues.ctp.ticks.live import open_host
from anyvenue.venues.ctp.ticks.login import Login
from anyvenue.venues.ctp.ticks.queries import Queries
from anyvenue.venues.ctp.ticks.rules import OUR_COUNTER, Rules, rules_of
from anyvenue.venues.ctp.ticks.strategy import TickStrategy
from anyvenue.venues.ctp.ticks.structs import DepthMarketData, Order
from ctp_ticking import CATALOG, MORNING, SECOND, Diary, Floor

REBAR = "rb2701.SHFE"


def trading() -> tuple[Floor, TickHost]:
    floor = Floor(REBAR)
    floor.tick("rb2701", 3499, 3500)
    return floor, floor.add("alice", "rb2701")


def test_a_strategy_is_told_everything_in_ctps_order() -> None:
    floor, host = trading()
    host.desk.insert("rb2701", BUY, OPEN, 3500.0, 3)
    floor.market.settle_down()
    working = host.desk.insert("rb2701", BUY, OPEN, 3480.0, 1)
    floor.market.settle_down()
    host.desk.cancel(working)
    floor.market.settle_down()
    host.close()
    host.close()
    assert host.strategy.told == [
        "start 20260915",
        "order a 0/3",
        "order 3 0/3",
        "order 0 3/3",
        "trade 3 at 3500",
        "order a 0/1",
        "order 3 0/1",
        "order 3 0/1",
        "order 5 0/1",
        "stop",
    ]


def test_only_watched_instruments_tick_and_ticks_are_raw_structs() -> None:
    floor = Floor(REBAR, "m2701.DCE")
    host = floor.add("alice", "rb2701")
    floor.tick("rb2701", 3499, 3500, last=3499.5)
    floor.tick("m2701", 2999, 3000)
    (tick,) = host.strategy.ticks
    assert isinstance(tick, DepthMarketData)
    assert (tick.InstrumentID, tick.LastPrice, tick.AskPrice1) == ("rb2701", 3499.5, 3500)
    assert len(tick.raw) == describe().layout("DepthMarketData").size
    assert host.desk.tick("rb2701") == tick
    assert host.desk.tick("m2701") is None


def test_orders_of_another_session_are_seen_and_cancelled() -> None:
    floor, host = trading()
    other = floor.add("alice", "rb2701")
    other.desk.insert("rb2701", BUY, OPEN, 3480.0, 1)
    floor.market.settle_down()
    (order,) = host.desk.working()
    host.desk.cancel(order)
    floor.market.settle_down()
    assert host.desk.working() == other.desk.working() == []
    assert [each.OrderStatus for each in other.desk.orders()] == ["5"]


def test_after_a_disconnect_the_account_is_whole_and_nothing_is_told_twice() -> None:
    floor, host = trading()
    host.desk.insert("rb2701", BUY, OPEN, 3500.0, 2)
    host.desk.insert("rb2701", BUY, OPEN, 3480.0, 1)
    floor.market.settle_down()
    told, before = list(host.strategy.told), host.desk.account()
    for session in list(floor.market.counter._sessions):
        session.cut(Reason.READ)
    floor.market.settle_down()
    assert host.strategy.told[len(told) :] == ["disconnected 4097", "day 20260915"]
    assert host.desk.account() == before
    assert floor.differences("alice") == []
    host.desk.insert("rb2701", SELL, "3", 3499.0, 2)
    floor.market.settle_down()
    assert host.strategy.told[-1] == "trade 2 at 3499"


def test_an_order_that_was_lost_with_the_connection_is_free_again() -> None:
    floor, host = trading()
    connected, host.desk._session = host.desk._session, Scripted()
    host.desk.insert("rb2701", BUY, OPEN, 3480.0, 1)
    host.desk._session = connected
    assert host.desk.account().FrozenMargin == 5_568
    for session in list(floor.market.counter._sessions):
        session.cut(Reason.READ)
    floor.market.settle_down()
    assert host.desk.account().FrozenMargin == 0
    assert host.desk.orders() == []


def test_a_program_that_begins_late_knows_what_the_day_brought() -> None:
    floor, host = trading()
    host.desk.insert("rb2701", BUY, OPEN, 3500.0, 2)
    floor.market.settle_down()
    floor.tick("rb2701", 3510, 3511)
    floor.sleep()
    floor.tick("rb2701", 3510, 3511)
    host.desk.insert("rb2701", SELL, CLOSE, 3510.0, 1)
    floor.market.settle_down()
    late = floor.add("alice", "rb2701")
    assert late.strategy.told == ["start 20260916"]
    assert [order.OrderStatus for order in late.desk.orders()] == ["0"]
    assert floor.differences("alice") == []


def test_days_are_told_and_orders_are_those_of_the_day() -> None:
    floor, host = trading()
    host.desk.insert("rb2701", BUY, OPEN, 3480.0, 1)
    floor.market.settle_down()
    floor.sleep()
    assert host.strategy.told[-2:] == ["disconnected 4097", "day 20260916"]
    assert host.desk.trading_day == "20260916"
    assert host.desk.orders() == []


def test_what_a_strategy_raises_ends_the_run() -> None:
    class Broken(TickStrategy):
        instruments = ("rb2701",)

        def on_tick(self, tick: DepthMarketData) -> None:
            raise RuntimeError("a fault of the strategy")

    floor = Floor(REBAR)
    floor.add("alice", strategy=Broken())
    with pytest.raises(RuntimeError, match="a fault of the strategy"):
        floor.tick("rb2701", 3499, 3500)


def test_an_order_that_nobody_sent_cannot_be_cancelled() -> None:
    _, host = trading()
    with pytest.raises(UnknownOrder, match="OrderRef '77'"):
        host.desk.cancel("77")


def test_programs_authenticate_themselves_where_the_counter_knows_them() -> None:
    profile = replace(profile_of("simnow"), authentication=True, queries_per_second=0)
    market = TickMarket([CATALOG.get(REBAR)], MORNING, catalog=CATALOG, profile=profile)
    diary = Diary("rb2701")
    host = market.add(diary, "alice")
    assert [each.split()[0] for each in diary.told] == ["start"]
    assert host.desk.contract("rb2701") is not None
    assert host.desk.contract("rb9999") is None


def test_a_login_that_is_refused_is_told_and_ends_the_run() -> None:
    floor = Floor(REBAR)
    floor.market.counter.enrol("carol", "secret")
    diary = Diary("rb2701")
    with pytest.raises(
        AuthError, match="did not let 'carol' in: OnRspUserLogin 3 CTP:不合法的登录"
    ):
        floor.add("carol", strategy=diary)
    assert diary.told == ["OnRspUserLogin 3"]


def test_a_recorded_day_runs_through_the_counter() -> None:
    class Follow(Diary):
        def on_tick(self, tick: DepthMarketData) -> None:
            if len(self.orders) == 0 and not self.desk.working():
                self.desk.insert(tick.InstrumentID, BUY, OPEN, tick.AskPrice1, 1)

    rebar = CATALOG.get(REBAR)
    start = MORNING
    ticks = [
        Depth(rebar.id, ts, ts, (3499.0 + i,), (5.0,), (3500.0 + i,), (5.0,), last=3499.0 + i)
        for i, ts in enumerate(range(start, start + 5 * SECOND, SECOND))
    ]
    strategy = Follow("rb2701")
    host = simulate(strategy, ticks, [rebar], catalog=CATALOG)
    (row,) = host.desk.positions()
    assert (row.Position, row.PositionProfit) == (1, 30)
    assert strategy.told[-1] == "stop"


def test_a_simulation_says_what_it_cannot_do() -> None:
    with pytest.raises(ConfigError, match="without latency"):
        TickMarket([], 1, options=VenueOptions(latency_ms=5))
    market = TickMarket([CATALOG.get(REBAR)], MORNING, catalog=CATALOG, api="femas")
    with pytest.raises(ConfigError, match=r"cannot run on femas .*: it has no Instrument"):
        market.add(Diary(), "alice")
    with pytest.raises(ConfigError, match="no tick"):
        simulate(Diary(), [], [])
    with pytest.raises(ConfigError, match="is no counter, no file and no folder"):
        open_host(Diary(), Login("9999", "alice"), library="/nowhere/at/all.so")


def test_passwords_are_not_shown() -> None:
    assert "secret" not in repr(Login("9999", "alice", "secret", auth_code="secret"))


def test_the_rules_are_those_of_the_counter_behind_the_library() -> None:
    assert rules_of("v6.7.11_anyvenue_ctp") is OUR_COUNTER
    assert rules_of("v6.7.11_20250617 15:27:41.4902.32476") == Rules()


# ---- against a library that does as it is told


class Scripted:
    """A library that takes requests with the codes it is given."""

    def __init__(self) -> None:
        self.description = describe()
        self.version = "v6.7.11"
        self.codes: list[int] = []
        self.asked: list[str] = []

    def start(self, fronts: Sequence[str], private: int = 0, public: int = 0) -> None:
        """Begin."""

    def request(self, name: str, fields: Mapping[str, Value], request_id: int) -> int:
        self.asked.append(name)
        return self.codes.pop(0) if self.codes else 0

    def subscribe(self, method: str, instruments: Sequence[str]) -> int:
        return 0

    def trading_day(self) -> str:
        return "20260915"

    def close(self) -> None:
        """End."""


class Clock:
    def __init__(self) -> None:
        self.now = SECOND


def answer(number: int, *, last: bool = True, data: bytes | None = None) -> Called:
    return Called("OnRspQryOrder", data, None, number, last, 0)


def test_queries_go_one_by_one_a_second_apart_and_again_where_they_came_too_early() -> None:
    library, clock = Scripted(), Clock()
    queries, rows = Queries(library, lambda: clock.now, 1.0), []
    library.codes = [-2, 0]
    queries.ask("ReqQryOrder", {}, rows.append)
    queries.ask("ReqQryTrade", {}, rows.append)
    assert library.asked == ["ReqQryOrder"]
    clock.now = queries.due
    queries.run_due()
    assert library.asked == ["ReqQryOrder", "ReqQryOrder"]
    number = queries._number
    assert not queries.take(answer(7), 0)
    assert queries.take(answer(number, data=b"1", last=False), 0)
    assert queries.take(answer(number, data=b"2"), 0)
    assert rows == [[b"1", b"2"]]
    assert library.asked[2:] == []
    clock.now = queries.due
    queries.run_due()
    assert queries.take(answer(queries._number), 90)  # NEED_RETRY
    clock.now = queries.due
    queries.run_due()
    assert queries.take(answer(queries._number), 0)
    assert rows[1:] == [[]]
    assert library.asked[2:] == ["ReqQryTrade", "ReqQryTrade"]
    assert queries.idle


def test_a_query_that_nobody_answers_is_made_again() -> None:
    library, clock = Scripted(), Clock()
    queries = Queries(library, lambda: clock.now, 1.0)
    queries.ask("ReqQryOrder", {}, lambda rows: None)
    clock.now = queries.due
    queries.run_due()
    assert library.asked == ["ReqQryOrder", "ReqQryOrder"]


def test_an_order_that_the_library_does_not_take_freezes_nothing() -> None:
    library = Scripted()
    host = TickHost(
        Diary("rb2701"), Login("9999", "alice"), lambda _: library, lambda _: library, lambda: 1
    )
    library.codes = [-3, -1]
    with pytest.raises(RateLimited):
        host.desk.insert("rb2701", BUY, OPEN, 3500.0, 1)
    with pytest.raises(NotSent, match="answered -1"):
        host.desk.insert("rb2701", BUY, OPEN, 3500.0, 1)
    assert host.desk.books.orders == {}


def test_run_ends_when_it_is_asked_to() -> None:
    library = Scripted()
    host = TickHost(
        Diary(), Login("9999", "alice"), lambda _: library, lambda _: library, lambda: SECOND
    )
    host.stop()
    host.run()
    host.close()


def test_reports_that_are_older_than_what_is_known_are_passed_over() -> None:
    floor, host = trading()
    host.desk.insert("rb2701", BUY, OPEN, 3500.0, 2)
    floor.market.settle_down()
    first, *_ = host.strategy.orders
    assert isinstance(first, Order)
    assert first.OrderStatus == "a"
    assert not host.desk.books.on_order(first)
    assert not host.desk.books.on_trade(host.strategy.trades[0])
    assert floor.differences("alice") == []
