"""Orders are taken back by either of their names; what cannot be taken back is refused with CTP's code."""

from typing import Any

import pytest
from test_counter_orders import opened, statuses

from anyvenue.model.events import CancelRejected, OrderOutcomeLost


def refused_with(answers: list[Any]) -> int:
    """Return the code of a refused cancel, told on both channels."""
    assert [each.callback for each in answers] == ["OnRspOrderAction", "OnErrRtnOrderAction"]
    assert answers[1].fields["ActionDate"] == "20260915"
    code = answers[0].error[0]
    assert isinstance(code, int)
    return code


def test_a_cancel_is_told_as_submitted_and_then_as_done_with_the_rest_kept() -> None:
    _, client = opened()
    client.insert(OrderRef="1", VolumeTotalOriginal=3)
    told = client.cancel(OrderRef="1")
    assert statuses(told) == [("1", "3", 0, 3), ("3", "5", 0, 3)]
    assert told[0].fields["ActiveUserID"] == "alice"
    assert told[1].fields["CancelTime"]


def test_a_partly_filled_order_that_is_cancelled_keeps_what_it_traded() -> None:
    desk, client = opened()
    client.insert(OrderRef="1", LimitPrice=3501.0, VolumeTotalOriginal=15)
    desk.depth(3499, 3501)
    assert statuses(client.door.take()) == [("3", "1", 10, 5)]
    assert statuses(client.cancel(OrderRef="1"))[-1] == ("3", "5", 10, 5)


@pytest.mark.parametrize("system_id", ["           1", "1"])
def test_orders_are_found_by_the_exchanges_number(system_id: str) -> None:
    _, client = opened()
    client.insert()
    told = client.cancel(ExchangeID="SHFE", OrderSysID=system_id, InstrumentID="")
    assert statuses(told)[-1] == ("3", "5", 0, 1)


def test_one_session_takes_back_what_another_ordered() -> None:
    desk, client = opened()
    report = client.insert(OrderRef="9")[-1].fields
    other = desk.client("alice")
    told = other.cancel(
        FrontID=report["FrontID"], SessionID=report["SessionID"], OrderRef=report["OrderRef"]
    )
    assert statuses(told)[-1] == ("3", "5", 0, 1)


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (25, {"OrderRef": "77"}),
        (25, {"ExchangeID": "SHFE", "OrderSysID": "77"}),
        (23, {"OrderRef": ""}),
        (23, {"OrderRef": "1", "ActionFlag": "9"}),
        (27, {"OrderRef": "1", "ActionFlag": "3"}),
        (147, {"OrderSysID": "1"}),
        (13, {"OrderRef": "1", "InvestorID": "mallory"}),
    ],
)
def test_a_bad_cancel_is_refused_with_its_code(code: int, fields: dict[str, Any]) -> None:
    _, client = opened()
    client.insert(OrderRef="1")
    assert refused_with(client.cancel(**fields)) == code


def test_a_done_order_cannot_be_cancelled_by_either_name() -> None:
    _, client = opened()
    client.insert(OrderRef="1")
    client.cancel(OrderRef="1")
    assert refused_with(client.cancel(OrderRef="1")) == 26
    assert refused_with(client.cancel(ExchangeID="SHFE", OrderSysID="1")) == 26


def test_while_a_cancel_is_under_way_a_second_one_is_refused() -> None:
    desk, client = opened()
    client.insert(OrderRef="1")
    desk.broker.arrive = lambda: None  # type: ignore[method-assign]
    assert statuses(client.cancel(OrderRef="1")) == [("1", "3", 0, 1)]
    assert refused_with(client.cancel(OrderRef="1")) == 24


def test_an_exchange_that_refuses_a_cancel_lets_the_order_go_on() -> None:
    desk, client = opened()
    client.insert(OrderRef="1")
    order = desk.broker.orders(client.session.account)[0]
    now = desk.broker.now
    desk.broker._publish(
        [CancelRejected(order.account, order.order_id, now, now, "集合竞价不能撤单", "order.fixed")]
    )
    told = client.door.take()
    assert [each.callback for each in told] == ["OnErrRtnOrderAction", "OnRtnOrder"]
    assert statuses(told) == [("5", "3", 0, 1)]
    assert statuses(client.cancel(OrderRef="1"))[-1] == ("3", "5", 0, 1)


def test_an_order_nobody_knows_the_fate_of_is_unknown_and_cannot_be_cancelled() -> None:
    desk, client = opened()
    client.insert(OrderRef="1")
    order = desk.broker.orders(client.session.account)[0]
    now = desk.broker.now
    desk.broker._publish([OrderOutcomeLost(order.account, order.order_id, now, now, "timeout")])
    assert statuses(client.door.take()) == [("3", "a", 0, 1)]
    assert refused_with(client.cancel(OrderRef="1")) == 157


def test_a_batch_takes_back_all_orders_of_the_session_and_no_others() -> None:
    desk, client = opened()
    other = desk.client("alice")
    for ref in "123":
        client.insert(OrderRef=ref)
    other.insert(OrderRef="1")
    client.door.take()
    told = client.ask("ReqBatchOrderAction", ExchangeID="SHFE")
    assert told[-1].callback == "OnRspBatchOrderAction"
    assert told[-1].error[0] == 0
    assert statuses(told) == [("1", "3", 0, 1), ("3", "5", 0, 1)] * 3
    rows = [each.fields for each in client.ask("ReqQryOrder")]
    assert [row["OrderStatus"] for row in rows] == ["5", "5", "5", "3"]
