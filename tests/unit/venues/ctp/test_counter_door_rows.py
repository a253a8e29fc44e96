"""The rarer of CTP's errors through a door: what `test_ctp_python_refusals` leaves of the counter's table."""

from typing import Any

import pytest
import test_ctp_python_refusals as refusals
from msgspec.structs import replace
from test_ctp_python_refusals import login, program, stranger
from trading_counter import DEMO, NAMES, ORDER, Desk

from anyvenue.model.events import OrderOutcomeLost
from anyvenue.model.ids import InstrumentId
from anyvenue.venues.ctp.counter.profile import PasswordRules

WAITING = {"ContingentCondition": "5", "StopPrice": 3510.0, "LimitPrice": 3512.0}
CALENDAR = "SP m2701&m2703"


def resting(made: refusals.Program, **fields: Any) -> None:
    """Have an order accepted."""
    before = len(made.heard.of("OnRtnOrder"))
    usual = {**ORDER, "BrokerID": "9999", "InvestorID": "alice", "UserID": "alice", "OrderRef": "1"}
    assert made.ask("ReqOrderInsert", "InputOrder", **{**usual, **fields}) == 0
    made.heard.until("OnRtnOrder", before + 2)


def test_an_instrument_that_has_expired_is_not_trading() -> None:
    with program() as made:
        desk = made.desk
        expired = replace(desk.instrument("rb2701"), expiry=20260901)
        desk.counter.context.names._by_code["rb2701"] = [expired]
        assert made.order() == 17


@pytest.mark.parametrize(
    ("code", "terms"),
    [
        (54, {"conditional_orders": 0}),
        (53, {"conditional_orders": 1}),
        (52, {"broker_conditional_orders": 1}),
    ],
)
def test_there_is_room_for_so_many_conditional_orders(code: int, terms: dict[str, Any]) -> None:
    with program(**terms) as made:
        if code != 54:
            resting(made, **WAITING)
        assert made.order(**WAITING, OrderRef="2") == code


def test_while_a_cancel_is_under_way_a_second_one_is_refused() -> None:
    with program() as made:
        resting(made)
        made.desk.broker.arrive = lambda: None  # type: ignore[method-assign]
        asked = {"BrokerID": "9999", "InvestorID": "alice", "InstrumentID": "rb2701"}
        made.ask("ReqOrderAction", "InputOrderAction", OrderRef="1", ActionFlag="0", **asked)
        assert made.heard.until("OnRtnOrder", 3)[1].OrderSubmitStatus == "1"
        assert made.cancel(OrderRef="1") == 24


def test_an_order_nobody_knows_the_fate_of_cannot_be_cancelled() -> None:
    with program() as made:
        resting(made)
        broker = made.desk.broker
        [order] = broker.orders(made.desk.counter.context.members.get("alice").account)
        now = broker.now
        lost = OrderOutcomeLost(order.account, order.order_id, now, now, "timeout")
        made.serve(lambda: broker._publish([lost]))
        assert made.heard.until("OnRtnOrder", 3)[1].OrderStatus == "a"
        assert made.cancel(OrderRef="1") == 157


def test_combinations_of_options_trade_at_once_only() -> None:
    name = "STD m2701-C-3000&m2701-P-3000"
    with program(names=(*NAMES, CALENDAR + ".DCE")) as made:
        desk = made.desk
        listed = replace(desk.instrument(CALENDAR), id=InstrumentId(f"{name}.DCE"))
        desk.counter.context.names._by_code[name] = [listed]
        assert made.order(InstrumentID=name, ExchangeID="DCE", LimitPrice=10.0) == 88


def test_nobody_asks_for_another_investors_figures() -> None:
    with program() as made:
        desk = made.desk
        desk.counter.enrol("bob", "")
        made.ask("ReqQryTradingAccount", "QryTradingAccount", InvestorID="bob")
        assert made.heard.until("OnRspQryTradingAccount")[2].ErrorID == 9


def test_failures_from_one_address_forbid_the_address() -> None:
    rules = PasswordRules(tries=9, address_tries=2)
    with stranger(passwords=rules) as made:
        assert [login(made, n, Password="wrong") for n in (1, 2, 3)] == [3, 3, 143]


def test_an_old_password_is_named() -> None:
    rules = PasswordRules(days_valid=30)
    with stranger(passwords=rules) as made:
        made.desk.counter.context.members.get("alice").secret_day = 20260801
        assert login(made, 1, Password="right") == 141


def test_an_account_has_so_many_sessions() -> None:
    desk = Desk(replace(DEMO, sessions_per_account=1))
    desk.client("alice")
    with refusals.connected(desk) as made:
        assert login(made, 1) == 60


def test_queries_above_the_pace_are_asked_to_come_again() -> None:
    with program(queries_per_second=1) as made:
        for count in range(1, 5):
            made.ask("ReqQryTradingAccount", "QryTradingAccount", InvestorID="alice")
            made.heard.until("OnRspQryTradingAccount", count)
        told = [call[2] for call in made.heard.of("OnRspQryTradingAccount")]
        assert told[-1].ErrorID == 90


@pytest.mark.parametrize("fields", [{"LimitPrice": 3800.0}, {"VolumeTotalOriginal": 501}])
def test_what_only_the_exchange_checks_is_accepted_and_then_refused_by_it(
    fields: dict[str, Any],
) -> None:
    with program() as made:
        made.serve(lambda: made.desk.depth(3499, 3501, upper_limit=3700.0, lower_limit=3300.0))
        resting(made, **fields)
        first, last = (call[1] for call in made.heard.of("OnRtnOrder"))
        assert (first.OrderSubmitStatus, first.OrderStatus) == ("0", "a")
        assert (last.OrderSubmitStatus, last.OrderStatus) == ("4", "5")
        assert last.StatusMsg.startswith("已撤单报单被拒绝SHFE:")
        assert made.heard.of("OnRspOrderInsert") == []
