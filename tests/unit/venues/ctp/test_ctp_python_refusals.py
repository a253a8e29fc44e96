"""CTP's errors as a Python program meets them: what the counter refuses, through the door and the Python classes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import test_counter_cancels
import test_counter_orders
from msgspec.structs import replace
from trading_counter import DEMO, NAMES, ORDER, Desk

from anyvenue.venues.ctp.counter.profile import AppCode, PasswordRules
from ctp_doors import served
from ctp_python import Trader


class Rows(list[Any]):
    """The rows of a parametrized test elsewhere: what a counter is asked there is asked here through the door."""

    def __init__(self, test: Callable[..., None]) -> None:
        [mark] = [each for each in vars(test)["pytestmark"] if each.name == "parametrize"]
        super().__init__(mark.args[1])


class Program(Trader):
    """A trader of alice's at a counter; `code` is what a refusal says on both of its channels."""

    desk: Desk
    serve: Callable[[Callable[[], object]], None]
    refusals = 0

    def order(self, **fields: Any) -> int:
        asked = {**ORDER, "BrokerID": "9999", "InvestorID": "alice", "UserID": "alice", **fields}
        return self.code("ReqOrderInsert", "InputOrder", **asked)

    def cancel(self, **fields: Any) -> int:
        usual = {"ActionFlag": "0", "InstrumentID": "rb2701", "BrokerID": "9999"}
        asked = {**usual, "InvestorID": "alice", **fields}
        return self.code("ReqOrderAction", "InputOrderAction", **asked)

    def code(self, request: str, struct: str, **fields: Any) -> int:
        """Return the code of a refusal, which the program is told twice."""
        assert self.ask(request, struct, **fields) == 0
        self.refusals += 1
        name = request.removeprefix("Req")
        _, _, info, number, last = self.heard.until(f"OnRsp{name}", self.refusals)
        _, _, again = self.heard.until(f"OnErrRtn{name}", self.refusals)
        assert (number, last) == (self.number, True)
        assert (info.ErrorID, info.ErrorMsg) == (again.ErrorID, again.ErrorMsg)
        assert info.ErrorMsg.startswith("CTP")
        assert "�" not in info.ErrorMsg
        return int(info.ErrorID)


@contextmanager
def connected(desk: Desk) -> Iterator[Program]:
    """Give a program that has not logged in."""
    with served(counter=desk.counter) as doors:  # type: ignore[arg-type]
        made = Program()
        made.desk = desk
        made.serve = doors.do
        made.begin(doors.front, private=2)
        made.heard.until("OnFrontConnected")
        try:
            yield made
        finally:
            made.api.Release()


@contextmanager
def program(names: tuple[str, ...] = NAMES, **terms: Any) -> Iterator[Program]:
    """Give a program that has logged in where the market has ten lots at 3499 and 3501."""
    desk, _ = test_counter_orders.opened(profile=replace(DEMO, **terms), names=names)
    with connected(desk) as made:
        made.login()
        yield made


@contextmanager
def stranger(**terms: Any) -> Iterator[Program]:
    """Give a program that has not logged in where alice's password is ``right``."""
    desk = Desk(replace(DEMO, **terms))
    desk.counter.enrol("alice", "right")
    with connected(desk) as made:
        yield made


@pytest.fixture(scope="module")
def trader() -> Iterator[Program]:
    with program() as made:
        yield made


@pytest.mark.parametrize(
    ("code", "fields"), Rows(test_counter_orders.test_a_bad_order_is_refused_with_its_code)
)
def test_a_bad_order_is_refused_with_its_code(
    trader: Program, code: int, fields: dict[str, Any]
) -> None:
    assert trader.order(OrderRef="", **fields) == code


@pytest.mark.parametrize(
    ("code", "fields"), Rows(test_counter_cancels.test_a_bad_cancel_is_refused_with_its_code)
)
def test_a_bad_cancel_is_refused_with_its_code(code: int, fields: dict[str, Any]) -> None:
    with program() as made:
        asked = {**ORDER, "BrokerID": "9999", "InvestorID": "alice", "OrderRef": "1"}
        assert made.ask("ReqOrderInsert", "InputOrder", **asked) == 0
        assert made.heard.until("OnRtnOrder", 2)[1].OrderStatus == "3"
        assert made.cancel(**fields) == code


def test_a_done_order_cannot_be_cancelled() -> None:
    with program() as made:
        asked = {**ORDER, "BrokerID": "9999", "InvestorID": "alice", "OrderRef": "1"}
        made.ask("ReqOrderInsert", "InputOrder", **asked)
        made.heard.until("OnRtnOrder", 2)
        taken_back = {"InstrumentID": "rb2701", "OrderRef": "1", "ActionFlag": "0"}
        made.ask("ReqOrderAction", "InputOrderAction", InvestorID="alice", **taken_back)
        assert made.heard.until("OnRtnOrder", 4)[1].OrderStatus == "5"
        assert made.cancel(OrderRef="1") == 26


@pytest.mark.parametrize(
    ("code", "changed", "fields"), Rows(test_counter_orders.test_rights_are_kept)
)
def test_rights_are_kept(code: int, changed: dict[str, Any], fields: dict[str, Any]) -> None:
    with program(names=(*NAMES, "m2701-C-3000.DCE")) as made:
        member = made.desk.counter.context.members.get("alice")
        for name, value in changed.items():
            setattr(member, name, value)
        assert made.order(**fields) == code


@pytest.mark.parametrize(
    ("code", "terms"), Rows(test_counter_orders.test_limits_of_the_counter_are_kept)
)
def test_limits_of_the_counter_are_kept(code: int, terms: dict[str, Any]) -> None:
    with program(**terms) as made:
        if code == 158:
            made.ask("ReqOrderInsert", "InputOrder", **{**ORDER, "InvestorID": "alice"})
            made.heard.until("OnRtnOrder", 2)
        exchange, volume = ("" if code == 147 else "SHFE"), (2 if code == 106 else 1)
        assert made.order(ExchangeID=exchange, VolumeTotalOriginal=volume) == code


def test_order_references_rise() -> None:
    with program() as made:
        made.ask(
            "ReqOrderInsert", "InputOrder", **{**ORDER, "InvestorID": "alice", "OrderRef": "5"}
        )
        made.heard.until("OnRtnOrder", 2)
        assert made.order(OrderRef="5") == 22


def test_an_order_before_the_statement_is_confirmed_is_refused() -> None:
    with program(settlement_confirmation=True) as made:
        assert made.order() == 42


def login(made: Program, count: int, **fields: Any) -> int:
    made.ask("ReqUserLogin", **{"BrokerID": "9999", "UserID": "alice", **fields})
    return int(made.heard.until("OnRspUserLogin", count)[2].ErrorID)


def test_before_the_login_nothing_is_taken() -> None:
    with stranger() as made:
        made.ask("ReqOrderInsert", "InputOrder", **ORDER)
        assert made.heard.until("OnRspOrderInsert")[2].ErrorID == 6
        assert login(made, 1, BrokerID="1234") == 3
        assert login(made, 2, UserID="nobody") == 3
        assert made.api.GetTradingDay() == "19800100"
        assert login(made, 3, Password="right") == 0


def test_where_authentication_is_required_it_comes_first_and_must_be_right() -> None:
    terms: dict[str, Any] = {"authentication": True, "apps": (AppCode("app", "code"),)}
    with stranger(**terms) as made:
        assert login(made, 1) == 64
        wrong = {"BrokerID": "9999", "UserID": "alice", "AppID": "app", "AuthCode": "wrong"}
        made.ask("ReqAuthenticate", "ReqAuthenticate", **wrong)
        assert made.heard.until("OnRspAuthenticate")[2].ErrorID == 63
        made.ask("ReqAuthenticate", "ReqAuthenticate", **{**wrong, "AuthCode": "code"})
        assert made.heard.until("OnRspAuthenticate", 2)[2].ErrorID == 0
        assert login(made, 2, Password="right") == 0


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        (140, PasswordRules(change_at_first_login=True)),
        (131, PasswordRules(check_strength=True, shortest=8)),
    ],
)
def test_a_password_may_have_to_be_another_one(code: int, rules: PasswordRules) -> None:
    with stranger(passwords=rules) as made:
        assert login(made, 1, Password="right") == code


def test_wrong_passwords_are_counted() -> None:
    with stranger(passwords=PasswordRules(tries=2, address_tries=4)) as made:
        codes = [login(made, n, Password="wrong") for n in (1, 2, 3)]
        assert codes == [3, 3, 75]
