"""What the JSON service offers beyond CTP: cached queries with their age, figures, alerts, strategies."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer

import msgspec
import pytest

from anyvenue.model.errors import ConfigError, StrategyError
from anyvenue.model.ids import StrategyId
from anyvenue.model.protocols import StrategyStatus
from anyvenue.venues.ctp.counter.seam import Answer, Fields
from anyvenue.venues.ctp.json.config_o_h import WebctpConfig
from anyvenue.venues.ctp.json.features import AlertTerms, Features, FeatureTerms, StrategyTerms
from anyvenue.venues.ctp.json.features.from_config import terms_of
from anyvenue.venues.ctp.json.features.windows import Window

S = 1_000_000_000


class Someone:
    """A client that keeps what it is told."""

    def __init__(self, user: str = "alice", may_trade: bool = True) -> None:
        self.user = user
        self.may_trade = may_trade
        self.told: list[dict[str, object]] = []
        self.fed: list[dict[str, object]] = []

    def send(self, message: Mapping[str, object]) -> None:
        self.told.append(dict(message))

    def feed(self, message: Mapping[str, object]) -> None:
        self.fed.append(dict(message))

    def row(self, callback: str, fields: Fields) -> Mapping[str, object]:
        return fields

    @property
    def last(self) -> dict[str, object]:
        return self.told[-1]


class Trainer:
    """A supervisor that does as it is told."""

    def __init__(self) -> None:
        self.known: dict[str, list[object]] = {}
        self.states: dict[str, str] = {}

    def register(self, name: StrategyId, source: str, parameters: dict[str, str]) -> None:
        if source != "ema_cross":
            raise StrategyError(f"there is no strategy {source!r}", code="strategy.unknown")
        self.known[name] = [source, parameters]
        self.states[name] = "new"

    def start(self, name: StrategyId) -> None:
        self.states[name] = "running"

    def stop(self, name: StrategyId) -> None:
        self.states[name] = "stopped"

    def status(self) -> Sequence[StrategyStatus]:
        return [
            StrategyStatus(StrategyId(name), state, "it broke" if state == "faulted" else "")
            for name, state in self.states.items()
        ]


class Desk:
    """Features with a clock of the test's own."""

    def __init__(self, trainer: Trainer | None = None, **terms: object) -> None:
        self.time = 1_000 * S
        self.notes: list[str] = []
        self.features = Features(
            FeatureTerms(**terms),  # type: ignore[arg-type]
            now=lambda: self.time,
            note=self.notes.append,
            supervisor=trainer,
        )

    def ask(self, client: Someone, name: str, **body: object) -> dict[str, object]:
        assert self.features.take(client, {"MsgType": name, **body})
        return client.last

    def hear(self, callback: str, fields: Fields | None, number: int = 0, account: str = "alice") -> None:  # fmt: skip
        self.features.heard(account, Answer(callback, fields, None, number))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_other_messages_are_left_to_the_service(desk: Desk) -> None:
    assert not desk.features.take(Someone(), {"MsgType": "ReqOrderInsert"})


# ---- cached queries


def test_a_snapshot_is_the_latest_quote_with_its_age(desk: Desk) -> None:
    desk.hear("OnRtnDepthMarketData", {"InstrumentID": "rb2701", "LastPrice": 3500.0}, account="")
    desk.hear("OnRtnDepthMarketData", {"InstrumentID": "rb2701", "LastPrice": 3501.0}, account="")
    desk.time += 2 * S
    told = desk.ask(Someone(user=""), "QueryMarketSnapshot", InstrumentID=["rb2701", "zz"], RequestID=4)  # fmt: skip
    assert list(told) == ["MsgType", "RspInfo", "RequestID", "IsLast", "MarketSnapshot", "Missing"]
    assert told["MarketSnapshot"] == [
        {
            "DepthMarketData": {"InstrumentID": "rb2701", "LastPrice": 3501.0},
            "UpdatedAt": 1_000_000,
            "AgeMs": 2_000,
            "Stale": False,
        }
    ]
    assert told["Missing"] == ["zz"]


@pytest.mark.parametrize("wanted", [None, 5, [1], {"a": 1}])
def test_a_snapshot_of_what_is_no_list_of_codes_is_refused(desk: Desk, wanted: object) -> None:
    told = desk.ask(Someone(), "QueryMarketSnapshot", InstrumentID=wanted)
    assert told["RspInfo"] == {"ErrorID": -400, "ErrorMsg": "参数有误"}


def test_what_was_never_asked_for_is_empty_and_stale(desk: Desk) -> None:
    told = desk.ask(Someone(), "QueryPositionCached")
    assert (told["InvestorPosition"], told["UpdatedAt"], told["Stale"]) == ([], None, True)


def test_cached_figures_of_an_account_need_its_login(desk: Desk) -> None:
    told = desk.ask(Someone(user=""), "QueryAccountCached")
    assert told["RspInfo"] == {"ErrorID": -401, "ErrorMsg": "未登录"}


def fill_positions(desk: Desk, **narrowing: str) -> None:
    asked = {"InvestorID": "alice", **narrowing}
    desk.features.asked("alice", "ReqQryInvestorPosition", asked, 9)
    for lots, last in ((1, False), (2, True)):
        row = {"InstrumentID": "rb2701", "Position": lots}
        desk.features.heard("alice", Answer("OnRspQryInvestorPosition", row, None, 9, is_last=last))


def test_an_answered_query_is_kept_and_a_trade_makes_it_stale(desk: Desk) -> None:
    fill_positions(desk)
    told = desk.ask(Someone(), "QueryPositionCached")
    assert [row["Position"] for row in told["InvestorPosition"]] == [1, 2]  # type: ignore[attr-defined]
    assert told["Stale"] is False
    desk.hear("OnRtnTrade", {"InstrumentID": "rb2701"})
    assert desk.ask(Someone(), "QueryPositionCached")["Stale"] is True


def test_what_is_older_than_allowed_is_stale(desk: Desk) -> None:
    fill_positions(desk)
    desk.time += 31 * S
    told = desk.ask(Someone(), "QueryPositionCached")
    assert (told["AgeMs"], told["Stale"]) == (31_000, True)


def test_a_query_of_one_instrument_does_not_stand_for_all(desk: Desk) -> None:
    fill_positions(desk, InstrumentID="rb2701")
    assert desk.ask(Someone(), "QueryPositionCached")["UpdatedAt"] is None


def test_nobody_sees_the_figures_of_another_account(desk: Desk) -> None:
    fill_positions(desk)
    assert desk.ask(Someone(user="bob"), "QueryPositionCached")["InvestorPosition"] == []


def test_orders_follow_their_reports(desk: Desk) -> None:
    order = {"FrontID": 1, "SessionID": 2, "OrderRef": "1"}
    desk.hear("OnRtnOrder", {**order, "OrderStatus": "3"})
    desk.hear("OnRtnOrder", {**order, "OrderStatus": "0"})
    desk.hear("OnRtnOrder", {**order, "OrderRef": "2", "OrderStatus": "3"})
    told = desk.ask(Someone(), "QueryOrdersCached")
    assert [row["OrderStatus"] for row in told["Order"]] == ["0", "3"]  # type: ignore[attr-defined]
    assert (told["Stale"], told["Complete"]) == (False, False)


def test_orders_are_complete_once_all_have_been_queried(desk: Desk) -> None:
    desk.features.asked("alice", "ReqQryOrder", {"InvestorID": "alice"}, 3)
    order = {"FrontID": 1, "SessionID": 1, "OrderRef": "1", "OrderStatus": "0"}
    desk.features.heard("alice", Answer("OnRspQryOrder", order, None, 3))
    told = desk.ask(Someone(), "QueryOrdersCached")
    assert (told["Order"], told["Complete"]) == ([order], True)


def test_another_trading_day_begins_with_nothing(desk: Desk) -> None:
    desk.hear("OnRspUserLogin", {"TradingDay": "20261120"})
    desk.hear("OnRtnOrder", {"OrderRef": "1", "OrderStatus": "3"})
    fill_positions(desk)
    desk.hear("OnRspUserLogin", {"TradingDay": "20261120"})
    assert desk.ask(Someone(), "QueryOrdersCached")["Order"]
    desk.hear("OnRspUserLogin", {"TradingDay": "20261123"})
    assert desk.ask(Someone(), "QueryOrdersCached")["Order"] == []
    assert desk.ask(Someone(), "QueryPositionCached")["UpdatedAt"] is None


def test_refreshing_asks_the_counter_in_the_clients_name(desk: Desk) -> None:
    client = Someone()
    told = desk.ask(client, "RefreshCache", RequestID=7)
    assert told["Refreshing"] == ["InvestorPosition", "TradingAccount", "Order"]
    assert [each["MsgType"] for each in client.fed] == [
        "ReqQryInvestorPosition",
        "ReqQryTradingAccount",
        "ReqQryOrder",
    ]
    assert client.fed[0] == {
        "MsgType": "ReqQryInvestorPosition",
        "QryInvestorPosition": {},
        "RequestID": 7,
    }


# ---- figures and alerts


def test_an_orders_latency_ends_with_its_first_answer(desk: Desk) -> None:
    desk.features.asked("alice", "ReqOrderInsert", {"OrderRef": "5"}, 1)
    desk.time += S // 100
    desk.hear("OnRtnOrder", {"OrderRef": "           5"})
    desk.time += 5 * S
    desk.hear("OnRtnOrder", {"OrderRef": "           5"})
    assert desk.features.meters.order.count == 1
    assert desk.features.meters.order.quantile(0.95) == pytest.approx(0.01, rel=0.16)


def test_a_query_ends_with_its_first_row(desk: Desk) -> None:
    fill_positions(desk)
    assert desk.features.meters.query.count == 1


def test_latencies_older_than_ten_minutes_are_forgotten() -> None:
    time = 0
    window = Window(lambda: time)
    window.add(1.0)
    time = 9 * 60 * S
    window.add(0.001)
    assert window.count == 2
    time = 11 * 60 * S
    assert window.count == 1
    assert window.quantile(0.99) == pytest.approx(0.001, rel=0.16)
    time = 60 * 60 * S
    assert window.quantile(0.5) is None


def test_figures_are_written_to_the_log_now_and_then(desk: Desk) -> None:
    desk.features.look()
    assert desk.notes == []
    desk.time += 61 * S
    desk.features.look()
    assert len(desk.notes) == 1
    assert "requests 0" in desk.notes[0]


def test_the_metrics_page_can_be_read_by_prometheus(desk: Desk) -> None:
    desk.features.asked("alice", "ReqOrderInsert", {"OrderRef": "5"}, 1)
    desk.hear("OnRtnOrder", {"OrderRef": "5"})
    kind, page = desk.features.page("/metrics") or ("", b"")
    assert kind.startswith("text/plain")
    assert b"webctp_requests_total 1\n" in page
    assert b'webctp_latency_seconds{of="order",quantile="0.95"}' in page


def slow_orders(desk: Desk, count: int) -> None:
    for number in range(count):
        desk.features.asked("alice", "ReqOrderInsert", {"OrderRef": str(number)}, number)
    desk.time += S
    for number in range(count):
        desk.hear("OnRtnOrder", {"OrderRef": str(number)})


def quiet(**terms: float) -> AlertTerms:
    return AlertTerms(**{"cpu_percent": 0, "memory_percent": 0, "cache_hit_rate": 0, **terms})  # type: ignore[arg-type]


def test_slow_orders_alert_once_in_the_interval() -> None:
    desk = Desk(alerts=quiet(order_p95_ms=150, min_interval_s=300), report_interval_s=0)
    slow_orders(desk, 20)
    desk.features.look()
    desk.features.look()
    assert len(desk.notes) == 1
    assert "above 150 ms" in desk.notes[0]
    desk.time += 301 * S
    desk.features.look()
    assert len(desk.notes) == 2


def test_an_alert_goes_to_the_webhook() -> None:
    got: list[bytes] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Ear) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/secret"
        desk = Desk(alerts=quiet(), webhook=url)
        slow_orders(desk, 20)
        desk.features.look()
        asyncio.run(desk.features.close())
        server.shutdown()
    alert = msgspec.json.decode(got[0])
    assert (alert["alert"], alert["level"], alert["threshold"]) == ("order_latency", "warning", 150)
    assert "secret" not in " ".join(desk.notes)


def test_a_handful_of_slow_orders_is_no_alert() -> None:
    desk = Desk(alerts=quiet(), report_interval_s=0)
    slow_orders(desk, 5)
    desk.features.look()
    assert desk.notes == []


def test_a_cache_that_finds_nothing_alerts() -> None:
    desk = Desk(alerts=quiet(cache_hit_rate=0.65), report_interval_s=0)
    for _ in range(20):
        desk.ask(Someone(), "QueryPositionCached")
    desk.features.look()
    assert desk.notes == ["alert: 0 % of cached queries found something"]


def test_thresholds_come_from_a_homalos_configuration() -> None:
    rest = {
        "Alerts.Latency.OrderP95Threshold": "99",
        "Metrics.ReportInterval": "5",
        "Strategy.MaxStrategies": "3",
    }
    terms = terms_of(WebctpConfig(rest=rest))
    assert terms.alerts.order_p95_ms == 99
    assert terms.alerts.market_p95_ms == 80
    assert (terms.report_interval_s, terms.strategies.most) == (5, 3)


def test_thresholds_of_the_metrics_section_hold_where_the_alerts_have_none() -> None:
    rest = {
        "Metrics.LatencyWarningThresholdMs": "50",
        "Metrics.CacheHitRateWarningThreshold": "40",
        "Metrics.CpuWarningThreshold": "90",
        "Alerts.Latency.OrderP95Threshold": "99",
    }
    alerts = terms_of(WebctpConfig(rest=rest)).alerts
    assert (alerts.order_p95_ms, alerts.market_p95_ms) == (99, 50)
    assert (alerts.cache_hit_rate, alerts.cpu_percent, alerts.memory_percent) == (0.4, 90, 80)


def test_metrics_that_are_switched_off_write_nothing() -> None:
    assert terms_of(WebctpConfig(rest={"Metrics.Enabled": "false"})).report_interval_s == 0


@pytest.mark.parametrize("text", ["many", "-1", "nan", "inf"])
def test_a_threshold_that_is_no_number_is_refused_by_its_key(text: str) -> None:
    with pytest.raises(ConfigError, match=r"Alerts\.System\.CPUThreshold was"):
        terms_of(WebctpConfig(rest={"Alerts.System.CPUThreshold": text}))


# ---- strategies

S1: dict[str, object] = {
    "StrategyID": "s1",
    "StrategyName": "my cross",
    "SubscribedInstruments": ["rb2701"],
    "StrategyConfig": {
        "source": "ema_cross",
        "parameters": {"fast": 5},
        "error_threshold": 2,
        "max_memory_mb": 128,
    },
}


@pytest.fixture
def trainer() -> Trainer:
    return Trainer()


@pytest.fixture
def school(trainer: Trainer) -> Desk:
    return Desk(trainer)


def test_a_strategy_is_registered_started_looked_at_stopped_and_unregistered(
    school: Desk, trainer: Trainer
) -> None:
    client = Someone()
    ok = {"ErrorID": 0, "ErrorMsg": "成功"}
    # As recorded of homalos-webctp: no IsLast, Success before RspInfo.
    assert list(school.ask(client, "RegisterStrategy", **S1).items()) == [
        ("MsgType", "RspRegisterStrategy"),
        ("StrategyID", "s1"),
        ("Success", True),
        ("RspInfo", ok),
    ]
    assert trainer.known["alice.s1"] == [
        "ema_cross",
        {"fast": "5", "error_threshold": "2", "account": "alice", "instruments": "rb2701"},
    ]
    assert school.ask(client, "StartStrategy", StrategyID="s1")["Success"]
    told = school.ask(client, "QueryStrategyStatus", StrategyID="s1", RequestID=3)
    assert told["RequestID"] == 3
    assert told["StrategyInfo"] == {
        "strategy_id": "s1",
        "name": "my cross",
        "status": "running",
        "subscribed_instruments": ["rb2701"],
        "error_count": 0,
        "last_error": None,
        "start_time": 1000.0,
        "stop_time": None,
        "source": "ema_cross",
        "account": "alice",
    }
    assert school.ask(client, "StopStrategy", StrategyID="s1")["Success"]
    (listed,) = school.ask(client, "ListStrategies")["StrategyList"]  # type: ignore[misc]
    assert (listed["status"], listed["stop_time"]) == ("stopped", 1000.0)
    assert school.ask(client, "UnregisterStrategy", StrategyID="s1")["Success"]
    assert school.ask(client, "ListStrategies")["StrategyList"] == []


def error(told: Mapping[str, object]) -> object:
    assert told["Success"] is False
    return told["RspInfo"]["ErrorID"]  # type: ignore[index]


def test_refusals_have_the_recorded_codes(school: Desk) -> None:
    client = Someone()
    assert error(school.ask(client, "RegisterStrategy")) == -400
    assert error(school.ask(client, "QueryStrategyStatus", StrategyID="zz")) == -404
    school.ask(client, "RegisterStrategy", **S1)
    assert error(school.ask(client, "RegisterStrategy", **S1)) == -500


@pytest.mark.parametrize(
    "changed",
    [
        {"SubscribedInstruments": "rb2701"},
        {"SubscribedInstruments": [1]},
        {"StrategyConfig": 5},
        {"StrategyConfig": {"source": "nothing"}},
    ],
)
def test_a_registration_that_cannot_be_says_why(school: Desk, changed: dict[str, object]) -> None:
    told = school.ask(Someone(), "RegisterStrategy", **{**S1, **changed})
    assert error(told) == -400
    assert told["Detail"]


def test_a_token_that_only_reads_sees_strategies_and_changes_none(school: Desk) -> None:
    school.ask(Someone(), "RegisterStrategy", **S1)
    reader = Someone(may_trade=False)
    assert error(school.ask(reader, "StartStrategy", StrategyID="s1")) == -403
    assert school.ask(reader, "ListStrategies")["StrategyList"]


def test_another_accounts_strategies_are_not_there(school: Desk, trainer: Trainer) -> None:
    school.ask(Someone(), "RegisterStrategy", **S1)
    bob = Someone(user="bob")
    assert error(school.ask(bob, "StopStrategy", StrategyID="s1")) == -404
    assert school.ask(bob, "ListStrategies")["StrategyList"] == []
    assert school.ask(bob, "RegisterStrategy", **S1)["Success"]
    assert list(trainer.known) == ["alice.s1", "bob.s1"]


def test_without_a_login_there_is_no_account_to_trade(school: Desk) -> None:
    assert error(school.ask(Someone(user=""), "RegisterStrategy", **S1)) == -401


def test_there_are_at_most_so_many(trainer: Trainer) -> None:
    school = Desk(trainer, strategies=StrategyTerms(most=1))
    school.ask(Someone(), "RegisterStrategy", **S1)
    assert error(school.ask(Someone(), "RegisterStrategy", **{**S1, "StrategyID": "s2"})) == -500


def test_a_fault_is_counted_once_and_told(school: Desk, trainer: Trainer) -> None:
    client = Someone()
    school.ask(client, "RegisterStrategy", **S1)
    trainer.states["alice.s1"] = "faulted"
    for _ in range(2):
        info = school.ask(client, "QueryStrategyStatus", StrategyID="s1")["StrategyInfo"]
    assert isinstance(info, dict)
    assert (info["status"], info["error_count"], info["last_error"]) == ("error", 1, "it broke")


def test_a_service_without_strategies_says_so(desk: Desk) -> None:
    told = desk.ask(Someone(), "ListStrategies")
    assert error(told) == -500
    assert told["Detail"] == "this service runs no strategies"
