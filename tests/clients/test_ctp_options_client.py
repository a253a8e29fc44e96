"""A real openctp-ctpopt client trades options on a fund: bought, sold, covered, exercised; the rest refused by code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ctp_asking import Asking, asking
from msgspec.structs import replace

from ctp_desk import ORDER, CounterDesk
from ctp_doors import served
from ctp_served import OPEN_PROFILE, PASSWORD, ServedCounter

pytestmark = pytest.mark.clients

FUND, CALL, HIGHER, PUT = (
    "510050",
    "510050C2612M03000",
    "510050C2612M03100",
    "510050P2612M03000",
)
PRICES = {FUND: 2.9, CALL: 0.05, HIGHER: 0.03, PUT: 0.12}
BUY, SELL, OPEN, CLOSE, COVERED = "0", "1", "0", "1", "4"


class Desk:
    """The client, and the market that it trades in."""

    def __init__(self, client: Asking, market: ServedCounter, prices: dict[str, float]) -> None:
        self.client = client
        self.market = market
        self.prices = prices

    def quotes(self) -> None:
        for code, price in self.prices.items():
            self.market.quote(price, price, code=code, size=50_000.0)

    def order(self, code: str, way: str, flag: str, lots: int, hedge: str = "1") -> list[str]:
        """Send an order at the price of the market; return what its status went through."""
        told = len(self.client.calls)
        fields: dict[str, Any] = {"InstrumentID": code, "ExchangeID": "SSE", "Direction": way}
        fields |= {"CombOffsetFlag": flag, "CombHedgeFlag": hedge, "VolumeTotalOriginal": lots}
        self.client.order(**{**ORDER, **fields, "LimitPrice": self.prices[code]})
        self.client.query("Order")
        self.quotes()
        self.client.query("Order")
        calls = self.client.calls[told:]
        errors = [str(call[2]) for call in calls if call[0] == "OnRspOrderInsert"]
        return errors or [call[1]["OrderStatus"] for call in calls if call[0] == "OnRtnOrder"]

    def held(self) -> dict[tuple[str, str], int]:
        rows = self.client.query("InvestorPosition")
        return {(row["InstrumentID"], row["PosiDirection"]): row["Position"] for row in rows}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return alice's client with 20,000 of the fund that she bought the day before."""
    exchange = CounterDesk(replace(OPEN_PROFILE, api="opt"), tuple(f"{c}.SSE" for c in PRICES))
    exchange.enrol("alice", PASSWORD)
    folder: Path = tmp_path_factory.mktemp("options")
    with (
        served(counter=exchange.counter) as doors,  # type: ignore[arg-type]
        asking("opt-3.7.3", doors.front, folder) as client,
    ):
        made = Desk(client, ServedCounter(exchange, doors), PRICES)
        client.log_in(1)
        made.quotes()
        made.order(FUND, BUY, OPEN, 20_000)
        made.market.next_day()
        client.log_in(2)
        made.quotes()
        yield made


def test_options_and_their_fund_are_listed_in_the_apis_own_classes(desk: Desk) -> None:
    rows = {row["InstrumentID"]: row for row in desk.client.query("Instrument")}
    assert {code: row["ProductClass"] for code, row in rows.items()} == {
        FUND: "8",
        CALL: "7",
        HIGHER: "7",
        PUT: "7",
    }
    assert (rows[CALL]["VolumeMultiple"], rows[CALL]["StrikePrice"]) == (10_000, 3.0)
    assert (rows[PUT]["OptionsType"], rows[PUT]["UnderlyingInstrID"]) == ("2", FUND)


def test_options_are_bought_sold_and_covered(desk: Desk) -> None:
    assert desk.order(CALL, BUY, OPEN, 3) == ["a", "3", "0"]
    assert desk.order(PUT, SELL, OPEN, 1) == ["a", "3", "0"]
    assert desk.order(HIGHER, SELL, OPEN, 2, COVERED) == ["a", "3", "0"]
    held = {(CALL, "2"): 3, (PUT, "3"): 1, (HIGHER, "3"): 2, (FUND, "2"): 20_000}
    assert desk.held() == held
    rows = {row["InstrumentID"]: row for row in desk.client.query("InvestorPosition")}
    # The put: 0.12 + max(12 % of 2.9, which is 0.1 in the money, 7 % of 3) = 0.468 x 10,000, no more than its strike
    assert rows[PUT]["UseMargin"] == pytest.approx(4_680)
    # What is covered needs no money.
    assert rows[HIGHER]["UseMargin"] == 0
    # 3 x 500 were paid, 1,200 and 2 x 300 came in.
    [money] = desk.client.query("TradingAccount")
    assert money["CashIn"] == pytest.approx(-1_500 + 1_200 + 600)
    assert money["CurrMargin"] == pytest.approx(4_680)


def test_more_cannot_be_covered_than_is_held(desk: Desk) -> None:
    assert desk.order(HIGHER, SELL, OPEN, 1, COVERED) != ["a", "3", "0"]


def test_what_is_held_can_be_closed_and_not_more(desk: Desk) -> None:
    assert desk.order(CALL, SELL, CLOSE, 1) == ["a", "3", "0"]
    assert desk.order(CALL, SELL, CLOSE, 3) == ["30"]
    assert desk.held()[CALL, "2"] == 2


def exercise(desk: Desk, code: str, lots: int, **fields: object) -> list[Any]:
    """Ask for an exercise; return the refusal, or the report."""
    told = len(desk.client.calls)
    who = {"BrokerID": "9999", "InvestorID": "alice", "UserID": "alice"}
    fields = {"ActionType": "1", "InstrumentID": code, "ExchangeID": "SSE", **fields}
    desk.client.ask("ReqExecOrderInsert", "InputExecOrder", Volume=lots, **who, **fields)
    desk.client.query("ExecOrder")
    [call, *_] = [c for c in desk.client.calls[told:] if "ExecOrder" in c[0] and "Qry" not in c[0]]
    return list(call)


def test_a_european_option_is_not_exercised_before_its_last_day(desk: Desk) -> None:
    name, _, code, *_ = exercise(desk, CALL, 1, ExecOrderRef="1")
    assert (name, code) == ("OnRspExecOrderInsert", 70)


def test_on_its_last_day_an_option_is_exercised(tmp_path: Path) -> None:
    last, call = 20260923, "510050C2609M02800"
    exchange = CounterDesk(replace(OPEN_PROFILE, api="opt"), (f"{FUND}.SSE", f"{call}.SSE"))
    exchange.enrol("alice", PASSWORD)
    with (
        served(counter=exchange.counter) as doors,  # type: ignore[arg-type]
        asking("opt-3.7.3", doors.front, tmp_path) as client,
    ):
        desk = Desk(client, ServedCounter(exchange, doors), {FUND: 2.9, call: 0.11})
        client.log_in(1)
        desk.quotes()
        assert desk.order(call, BUY, OPEN, 2) == ["a", "3", "0"]
        days = 1
        while exchange.counter.trading_day < last:
            desk.market.next_day()
            days += 1
            client.log_in(days)
        desk.quotes()
        name, report, *_ = exercise(desk, call, 2, ExecOrderRef="1")
        assert (name, report["ExecResult"], report["Volume"]) == ("OnRtnExecOrder", "n", 2)
        assert exercise(desk, call, 1, ExecOrderRef="2")[::2] == ["OnRspExecOrderInsert", 74, True]
        assert exercise(desk, FUND, 1, ExecOrderRef="3")[::2] == ["OnRspExecOrderInsert", 69, True]
        who = {"BrokerID": "9999", "InvestorID": "alice", "UserID": "alice", "ExchangeID": "SSE"}
        named = {"ExecOrderSysID": report["ExecOrderSysID"], "InstrumentID": call}
        client.ask("ReqExecOrderAction", "InputExecOrderAction", ActionFlag="0", **who, **named)
        [row] = client.query("ExecOrder")
        assert row["ExecResult"] == "c"
        assert exercise(desk, call, 2, ExecOrderRef="4")[0] == "OnRtnExecOrder"
        desk.market.next_day()
        client.log_in(days + 1)
        # 2 x 10,000 of the fund came in for 2.8 each.
        assert desk.held() == {(FUND, "2"): 20_000}


@pytest.mark.parametrize(
    ("request_name", "struct", "fields", "code"),
    [
        ("ReqLockInsert", "InputLock", {"InstrumentID": FUND, "LockType": "1", "Volume": 100}, 27),
        ("ReqLockInsert", "InputLock", {"InstrumentID": FUND, "LockType": "2", "Volume": 100}, 27),
        ("ReqExecCombineOrderInsert", "InputExecCombineOrder", {"CallInstrumentID": CALL}, 27),
        ("ReqInternalTransfer", "InputInternalTransfer", {}, 27),
    ],
)
def test_what_the_counter_does_not_do_is_refused_by_code(
    desk: Desk, request_name: str, struct: str, fields: dict[str, Any], code: int
) -> None:
    rows = desk.client.answer(request_name, struct, **fields)
    assert [row[2] for row in rows] == [code]
