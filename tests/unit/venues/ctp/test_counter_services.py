"""What an investor asks for besides orders: exercise, combined positions, for-quote, bank transfers."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from test_counter_orders import opened
from trading_counter import DEMO, NAMES, Client, Desk, Notebook

from anyvenue.venues.ctp.counter.seam import Answer

OPTION = "m2701-C-3000"


def code_of(answers: list[Answer]) -> int:
    """Return the code of the answer to the one who asked."""
    assert answers[0].error is not None
    return answers[0].error[0]


def with_option() -> tuple[Desk, Client]:
    """Return a client who holds two calls on soybean meal."""
    desk, client = opened(names=(*NAMES, f"{OPTION}.DCE"))
    told = client.insert(
        InstrumentID=OPTION, ExchangeID="DCE", LimitPrice=100.0, VolumeTotalOriginal=2
    )
    assert told[-1].fields["OrderStatus"] == "3"
    desk.depth(99.0, 100.0, code=OPTION)
    assert client.door.take()[-1].callback == "OnRtnTrade"
    return desk, client


def exercise(client: Client, **fields: Any) -> list[Answer]:
    """Ask to exercise an option."""
    given = {"InstrumentID": OPTION, "ExchangeID": "DCE", "Volume": 2, "ActionType": "1"}
    return client.ask("ReqExecOrderInsert", **{**given, "ExecOrderRef": "1", **fields})


def test_an_exercise_is_told_to_every_session_and_can_be_taken_back() -> None:
    desk, client = with_option()
    other = desk.client("alice")
    other.door.take()
    (told,) = exercise(client)
    assert (told.callback, told.fields["ExecResult"]) == ("OnRtnExecOrder", "n")
    assert [each.callback for each in other.door.take()] == ["OnRtnExecOrder"]
    assert client.ask("ReqQryExecOrder")[0].fields["Volume"] == 2
    (gone,) = client.ask("ReqExecOrderAction", ExecOrderRef="1", ActionFlag="0")
    assert gone.fields["ExecResult"] == "c"
    assert code_of(client.ask("ReqExecOrderAction", ExecOrderRef="1", ActionFlag="0")) == 72


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (74, {"Volume": 3}),
        (15, {"Volume": 0}),
        (69, {"InstrumentID": "m2701"}),
        (81, {"ActionType": "9"}),
        (16, {"InstrumentID": "m2701-C-9999"}),
    ],
)
def test_a_bad_exercise_is_refused_with_its_code(code: int, fields: dict[str, Any]) -> None:
    _, client = with_option()
    told = exercise(client, **fields)
    assert [each.callback for each in told] == ["OnRspExecOrderInsert", "OnErrRtnExecOrderInsert"]
    assert code_of(told) == code


def test_an_exercise_reference_is_used_once_and_an_unknown_one_is_not_found() -> None:
    _, client = with_option()
    exercise(client, Volume=1)
    assert code_of(exercise(client, Volume=1)) == 67
    assert code_of(client.ask("ReqExecOrderAction", ExecOrderRef="8", ActionFlag="0")) == 73


def test_a_quote_is_asked_for_and_who_listens_hears_it() -> None:
    desk, client = with_option()
    door = Notebook()
    listener = desk.counter.md(door, "127.0.0.1:1")
    listener.request("ReqUserLogin", {}, 1)
    listener.subscribe_for_quote([OPTION])
    door.take()
    told = client.ask("ReqForQuoteInsert", InstrumentID=OPTION, ExchangeID="DCE")
    assert code_of(told) == 0
    (notice,) = door.take()
    assert (notice.callback, notice.fields["InstrumentID"]) == ("OnRtnForQuoteRsp", OPTION)
    assert code_of(client.ask("ReqForQuoteInsert", InstrumentID="rb2701")) == 83


def test_positions_are_combined_only_into_what_is_listed() -> None:
    _, client = opened()
    told = client.ask("ReqCombActionInsert", InstrumentID="rb2701", Volume=1, CombDirection="0")
    assert [each.callback for each in told] == ["OnRspCombActionInsert", "OnErrRtnCombActionInsert"]
    assert code_of(told) == 93


def test_without_a_broker_that_takes_commands_they_are_refused() -> None:
    desk, client = with_option()
    desk.counter.commands._execute = None
    assert code_of(exercise(client)) == 27


# ---- the bank


def test_money_comes_from_the_bank_and_goes_back() -> None:
    desk, client = opened()
    account = client.session.account
    told = client.ask("ReqFromBankToFutureByFuture", AccountID="alice", TradeAmount=1_000.5)
    assert [each.callback for each in told] == [
        "OnRspFromBankToFutureByFuture",
        "OnRtnFromBankToFutureByFuture",
    ]
    assert told[1].fields["ErrorID"] == 0
    assert told[1].fields["TradeAmount"] == 1_000.5
    client.ask("ReqFromFutureToBankByFuture", AccountID="alice", TradeAmount=500.0)
    assert desk.broker.account(account)[0].balance == Decimal("1000500.5")
    rows = [each.fields for each in client.ask("ReqQryTransferSerial")]
    assert [row["TradeCode"] for row in rows] == ["202001", "202002"]


def test_the_bank_says_what_it_has() -> None:
    _, client = opened()
    told = client.ask("ReqQueryBankAccountMoneyByFuture", AccountID="alice")
    assert [each.callback for each in told] == [
        "OnRspQueryBankAccountMoneyByFuture",
        "OnRtnQueryBankBalanceByFuture",
    ]
    assert told[1].fields["BankUseAmount"] > 0


@pytest.mark.parametrize(
    ("code", "request_name", "fields"),
    [
        (2014, "ReqFromBankToFutureByFuture", {"TradeAmount": -5.0}),
        (2014, "ReqFromBankToFutureByFuture", {"TradeAmount": float("nan")}),
        (2011, "ReqFromBankToFutureByFuture", {"TradeAmount": 5.0, "AccountID": "bob"}),
        (31, "ReqFromFutureToBankByFuture", {"TradeAmount": 2_000_000.0}),
    ],
)
def test_a_bad_transfer_is_refused_with_its_code(
    code: int, request_name: str, fields: dict[str, Any]
) -> None:
    _, client = opened()
    assert code_of(client.ask(request_name, **fields)) == code


def test_simnow_takes_three_deposits_a_day() -> None:
    _, client = opened(profile=replace(DEMO, deposits_a_day=3))
    codes = [
        code_of(client.ask("ReqFromBankToFutureByFuture", TradeAmount=100.0)) for _ in range(4)
    ]
    assert codes == [0, 0, 0, 1021]


def test_where_nobody_administers_there_is_no_bank() -> None:
    desk, client = opened()
    desk.counter.transfers._admin = None
    assert code_of(client.ask("ReqFromBankToFutureByFuture", TradeAmount=100.0)) == 2000
