"""Conditional and parked orders wait in the counter, freeze nothing, and are sent when their time comes."""

from typing import Any

import pytest
from msgspec.structs import replace
from test_counter_orders import opened, refused_with, statuses
from trading_counter import DEMO, MORNING, ORDER, SECOND, Desk

from anyvenue.runtime.journal.memory import MemoryFiles

WAITING = {"ContingentCondition": "6", "StopPrice": 3510.0}


def test_a_conditional_order_waits_under_a_number_of_the_counters_and_freezes_nothing() -> None:
    desk, client = opened()
    told = client.insert(OrderRef="1", **WAITING)
    assert statuses(told) == [("0", "a", 0, 1), ("3", "b", 0, 1)]
    assert told[-1].fields["OrderSysID"] == "TJBD_1"
    assert not desk.broker.orders(client.session.account)


def test_what_is_touched_becomes_an_order_of_the_counters_own_at_the_price_given() -> None:
    desk, client = opened()
    client.insert(OrderRef="1", LimitPrice=3512.0, **WAITING)
    desk.depth(3508, 3509)
    assert not client.door.take()
    desk.depth(3510, 3511)
    told = client.door.take()
    assert statuses(told)[:3] == [("3", "c", 0, 1), ("0", "a", 0, 1), ("3", "3", 0, 1)]
    parent, child = told[0].fields, told[1].fields
    assert child["SessionID"] == 0
    assert parent["SessionID"] == client.session.session_id
    assert child["RelativeOrderSysID"] == parent["OrderSysID"] == "TJBD_1"
    assert child["LimitPrice"] == 3512.0  # the trigger is only a trigger
    assert statuses(client.insert(OrderRef="2"))[-1] == (
        "3",
        "3",
        0,
        1,
    )  # its reference took none of ours


@pytest.mark.parametrize(
    ("condition", "stop", "quiet", "touching"),
    [
        ("5", 3510.0, (3510, 3511), (3511, 3512)),
        ("6", 3510.0, (3509, 3510), (3510, 3511)),
        ("7", 3490.0, (3490, 3491), (3489, 3490)),
        ("8", 3490.0, (3491, 3492), (3490, 3491)),
        ("9", 3510.0, (3509, 3510), (3510, 3511)),
        ("A", 3510.0, (3508, 3509), (3509, 3510)),
        ("B", 3490.0, (3489, 3490), (3488, 3489)),
        ("C", 3490.0, (3490, 3491), (3489, 3490)),
        ("D", 3510.0, (3510, 3511), (3511, 3512)),
        ("E", 3510.0, (3509, 3510), (3510, 3511)),
        ("F", 3490.0, (3490, 3491), (3489, 3490)),
        ("H", 3490.0, (3491, 3492), (3490, 3491)),
    ],
)
def test_each_condition_looks_at_its_own_price(
    condition: str, stop: float, quiet: tuple[float, float], touching: tuple[float, float]
) -> None:
    desk, client = opened()
    client.insert(ContingentCondition=condition, StopPrice=stop, LimitPrice=3400.0)
    desk.depth(*quiet)
    assert not client.door.take()
    desk.depth(*touching)
    assert statuses(client.door.take())[0] == ("3", "c", 0, 1)


def test_absent_prices_touch_nothing() -> None:
    desk, client = opened()
    client.insert(ContingentCondition="9", StopPrice=3510.0)
    client.insert(ContingentCondition="H", StopPrice=3490.0)
    client.door.take()
    desk.depth(0.0, 1.7976931348623157e308, last=float("nan"))
    assert not client.door.take()


@pytest.mark.parametrize(("condition", "bid"), [("2", 3100.0), ("3", 2900.0)])
def test_dalian_knows_stop_and_profit_orders(condition: str, bid: float) -> None:
    desk, client = opened()
    fields = {"InstrumentID": "m2701", "ExchangeID": "DCE", "LimitPrice": 3000.0}
    client.insert(**fields, ContingentCondition=condition, StopPrice=bid)
    desk.depth(bid, bid + 1, code="m2701")
    assert statuses(client.door.take())[0] == ("3", "c", 0, 1)
    assert refused_with(client.insert(ContingentCondition=condition, StopPrice=3500.0)) == 80


def test_a_waiting_order_can_be_taken_back() -> None:
    desk, client = opened()
    client.insert(OrderRef="1", **WAITING)
    assert statuses(client.cancel(ExchangeID="SHFE", OrderSysID="TJBD_1")) == [("3", "5", 0, 1)]
    desk.depth(3510, 3511)
    assert not client.door.take()


def test_what_fails_when_it_is_sent_is_told_as_an_error_of_the_conditional_order() -> None:
    desk, client = opened()
    client.insert(**WAITING, VolumeTotalOriginal=450, LimitPrice=3520.0)
    (client.insert(OrderRef="9", VolumeTotalOriginal=100, LimitPrice=3400.0))
    desk.depth(3510, 3511)
    told = client.door.take()
    assert [each.callback for each in told] == ["OnRtnOrder", "OnRtnErrorConditionalOrder"]
    assert told[1].fields["ErrorID"] == 31
    assert told[1].fields["OrderSysID"] == "TJBD_1"


@pytest.mark.parametrize(
    ("code", "terms"),
    [
        (54, {"conditional_orders": 0}),
        (53, {"conditional_orders": 1}),
        (52, {"broker_conditional_orders": 1}),
    ],
)
def test_there_is_room_for_so_many_of_them(code: int, terms: dict[str, Any]) -> None:
    _, client = opened(profile=replace(DEMO, **terms))
    if code != 54:
        client.insert(**WAITING)
    assert refused_with(client.insert(**WAITING)) == code


def test_a_trigger_price_is_checked_like_a_price() -> None:
    _, client = opened()
    assert refused_with(client.insert(ContingentCondition="5", StopPrice=3510.5)) == 95
    assert refused_with(client.insert(ContingentCondition="G", StopPrice=3510.0)) == 15


def test_a_waiting_order_survives_the_counter() -> None:
    files = MemoryFiles()
    desk, client = opened(Desk(files=files))
    client.insert(OrderRef="1", **WAITING)
    again = desk.restart()
    late = again.client("alice")
    late.door.take()
    again.depth(3510, 3511)
    assert statuses(late.door.take())[0] == ("3", "c", 0, 1)
    assert late.insert(**WAITING)[-1].fields["OrderSysID"] == "TJBD_2"


# ---- parked


def parked_at(desk: Desk, hour: int, minute: int) -> None:
    """Let time pass to a time of the morning or afternoon."""
    desk.broker.pass_time(MORNING + ((hour - 10) * 60 + minute) * 60 * SECOND)
    desk.counter.run_due(desk.broker.now)


def test_a_parked_order_is_sent_when_its_contract_trades_next() -> None:
    desk, client = opened()
    (parked,) = client.ask("ReqParkedOrderInsert", **order_fields())
    assert parked.callback == "OnRspParkedOrderInsert"
    assert parked.error[0] == 0
    assert parked.fields["Status"] == "1"
    assert str(parked.fields["ParkedOrderID"]).strip() == "1"
    parked_at(desk, 10, 20)
    assert not client.door.take()
    parked_at(desk, 10, 30)
    assert statuses(client.door.take()) == [("0", "a", 0, 1), ("3", "3", 0, 1)]
    assert client.ask("ReqQryParkedOrder")[0].fields["Status"] == "2"
    assert client.ask("ReqRemoveParkedOrder", ParkedOrderID="1")[0].error[0] == 46


def test_a_parked_order_that_is_removed_is_not_sent() -> None:
    desk, client = opened()
    client.ask("ReqParkedOrderInsert", **order_fields())
    assert client.ask("ReqRemoveParkedOrder", ParkedOrderID="           1")[0].error[0] == 0
    assert client.ask("ReqRemoveParkedOrder", ParkedOrderID="1")[0].error[0] == 47
    assert client.ask("ReqRemoveParkedOrder", ParkedOrderID="2")[0].error[0] == 45
    parked_at(desk, 10, 30)
    assert not client.door.take()


def test_a_parked_order_that_is_refused_keeps_the_reason() -> None:
    desk, client = opened()
    client.ask("ReqParkedOrderInsert", **order_fields(LimitPrice=3500.5))
    parked_at(desk, 10, 30)
    assert client.ask("ReqQryParkedOrder")[0].fields["ErrorID"] == 95


def test_a_parked_cancel_is_sent_with_the_next_trading_and_survives_the_counter() -> None:
    files = MemoryFiles()
    desk, client = opened(Desk(files=files))
    client.insert(OrderRef="1")
    given = {"ActionFlag": "0", "OrderRef": "1", "InstrumentID": "rb2701", "ExchangeID": "SHFE"}
    (parked,) = client.ask("ReqParkedOrderAction", **given)
    assert parked.callback == "OnRspParkedOrderAction"
    assert parked.error[0] == 0
    again = desk.restart()
    late = again.client("alice")
    late.door.take()
    parked_at(again, 10, 30)
    assert statuses(late.door.take())[-1] == ("3", "5", 0, 1)


def test_there_is_room_for_so_many_parked_orders() -> None:
    _, client = opened(profile=replace(DEMO, parked_orders=1))
    client.ask("ReqParkedOrderInsert", **order_fields())
    assert client.ask("ReqParkedOrderInsert", **order_fields())[0].error[0] == 159


def order_fields(**more: Any) -> dict[str, Any]:
    """Return the fields of an order to park."""
    return {**ORDER, "OrderRef": "1", **more}
