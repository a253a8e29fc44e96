"""Who may come in, how often, and with which words: SimNow's rules and a strict broker's."""

from typing import Any

import pytest
from msgspec.structs import replace
from trading_counter import DEMO, Desk, Notebook

from anyvenue.runtime.journal.memory import MemoryFiles
from anyvenue.venues.ctp.counter.profile import AppCode, PasswordRules, Profile, profile_of

STRICT = replace(DEMO, authentication=True, apps=(AppCode("app", "code"),))


class Caller:
    """A connection that has not logged in."""

    def __init__(self, desk: Desk, address: str = "10.0.0.1:4000") -> None:
        self.door = Notebook()
        self.session = desk.counter.trader(self.door, address)

    def code(self, request: str, **fields: Any) -> int:
        """Make a request and return the answer's code."""
        self.session.request(request, {"BrokerID": "9999", "UserID": "alice", **fields}, 1)
        answer = self.door.take()[0]
        assert answer.callback == f"OnRsp{request[3:]}"
        return answer.error[0] if answer.error else 0

    def login(self, password: str = "right", **fields: Any) -> int:
        """Log in and return the answer's code."""
        return self.code("ReqUserLogin", Password=password, **fields)


def desk_of(profile: Profile = DEMO, **terms: Any) -> Desk:
    """Return a counter with alice, whose password is ``right``."""
    desk = Desk(replace(profile, **terms))
    desk.counter.enrol("alice", "right")
    return desk


def test_the_answer_to_a_login_has_every_field_a_client_looks_at() -> None:
    desk = desk_of()
    caller = Caller(desk)
    caller.session.request(
        "ReqUserLogin", {"BrokerID": "9999", "UserID": "alice", "Password": "right"}, 5
    )
    answer = caller.door.answers[0]
    assert answer.error == (0, "CTP:正确")
    assert answer.request_id == 5
    assert answer.is_last
    assert answer.fields is not None
    row = dict(answer.fields)
    times = {row.pop(f"{each}Time") for each in ("SHFE", "DCE", "CZCE", "FFEX", "INE", "GFEX")}
    assert times == {"10:00:00"}
    assert row == {
        "TradingDay": "20260915",
        "LoginTime": "10:00:00",
        "BrokerID": "9999",
        "UserID": "alice",
        "SystemName": "anyvenue",
        "FrontID": 7,
        "SessionID": 1,
        "MaxOrderRef": "1",
        "SysVersion": "anyvenue",
    }


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Password": "wrong"}, 3),
        ({"Password": ""}, 3),
        ({"UserID": "nobody"}, 3),
        ({"BrokerID": "1234"}, 3),
        ({"Password": "right"}, 0),
    ],
)
def test_a_login_needs_the_right_words(fields: dict[str, Any], code: int) -> None:
    assert Caller(desk_of()).code("ReqUserLogin", **fields) == code


def test_where_authentication_is_required_it_comes_first_and_must_be_right() -> None:
    caller = Caller(desk_of(STRICT))
    assert caller.login() == 64
    assert caller.code("ReqAuthenticate", AppID="app", AuthCode="wrong") == 63
    assert caller.login() == 64
    assert caller.code("ReqAuthenticate", AppID="app", AuthCode="code") == 0
    assert caller.login() == 0


def test_repeated_failures_forbid_the_user_and_then_the_address() -> None:
    rules = PasswordRules(tries=3, address_tries=5, forbidden_s=60)
    desk = desk_of(passwords=rules)
    desk.counter.enrol("bob", "right")
    caller = Caller(desk)
    assert [caller.login("wrong") for _ in range(4)] == [3, 3, 3, 75]
    assert caller.login() == 75
    assert [caller.login("wrong", UserID="bob") for _ in range(3)] == [3, 3, 143]
    elsewhere = Caller(desk, "10.0.0.2:1")
    assert elsewhere.login(UserID="bob") == 0
    desk.broker.now += 61_000_000_000
    assert caller.login() == 0


def test_a_first_login_asks_for_another_password_which_can_be_set_without_a_login() -> None:
    caller = Caller(desk_of(passwords=PasswordRules(change_at_first_login=True)))
    assert caller.login() == 140
    change = {"OldPassword": "right", "NewPassword": "Better1"}
    assert caller.code("ReqUserPasswordUpdate", **{**change, "OldPassword": "wrong"}) == 14
    assert caller.code("ReqUserPasswordUpdate", **{**change, "NewPassword": "right"}) == 142
    assert caller.code("ReqUserPasswordUpdate", **change) == 0
    assert caller.login() == 3
    assert caller.login("Better1") == 0


def test_a_weak_password_and_an_old_one_are_named() -> None:
    caller = Caller(desk_of(passwords=PasswordRules(check_strength=True, shortest=8)))
    assert caller.login() == 131
    desk = desk_of(passwords=PasswordRules(days_valid=30))
    desk.counter.context.members.get("alice").secret_day = 20260801
    assert Caller(desk).login() == 141


def test_an_account_has_so_many_sessions_and_a_session_logs_in_once() -> None:
    desk = desk_of(sessions_per_account=2)
    first = Caller(desk)
    assert [first.login(), Caller(desk).login(), Caller(desk).login()] == [0, 0, 60]
    assert first.login() == 5
    first.session.close()
    assert Caller(desk).login() == 0


def test_a_logout_is_answered_and_drops_the_connection() -> None:
    caller = Caller(desk_of())
    caller.login()
    assert caller.code("ReqUserLogout") == 0
    assert caller.door.cut_for is not None
    assert caller.session.request("ReqQryOrder", {}, 1) == -1


def test_each_login_has_a_session_number_of_its_own_across_restarts() -> None:
    files = MemoryFiles()
    desk = Desk(files=files)
    numbers = [desk.client().session.session_id for _ in range(3)]
    again = desk.restart()
    numbers.append(again.client().session.session_id)
    assert numbers == [1, 2, 3, 4]


def test_members_and_their_passwords_survive_a_restart() -> None:
    files = MemoryFiles()
    desk = Desk(files=files)
    desk.counter.enrol("alice", "sesame")
    again = desk.restart()
    assert Caller(again).login("wrong") == 3
    assert Caller(again).login("sesame") == 0
    assert b"sesame" not in bytes(files.data["members.json"])


def test_simnow_opens_an_account_of_twenty_million_for_whoever_comes() -> None:
    desk = Desk(profile_of("simnow"))
    caller = Caller(desk)
    assert caller.code("ReqAuthenticate", AppID="simnow_client_test", AuthCode="0" * 16) == 0
    assert caller.login("first") == 0
    assert Caller(desk).login("second") == 3
    assert desk.broker.account(caller.session.account)[0].balance == 20_000_000


def test_the_password_of_the_money_guards_transfers() -> None:
    caller = Caller(desk_of())
    caller.login()
    update = {"AccountID": "alice", "OldPassword": "", "NewPassword": "gold"}
    assert caller.code("ReqTradingAccountPasswordUpdate", **update) == 0
    assert caller.code("ReqTradingAccountPasswordUpdate", **update) == 14
    move = {"TradeAmount": 10.0, "AccountID": "alice", "Password": "wrong"}
    assert caller.code("ReqFromBankToFutureByFuture", **move) == 2001
    assert caller.code("ReqFromBankToFutureByFuture", **{**move, "Password": "gold"}) == 0


def test_queries_above_the_pace_are_asked_to_come_again() -> None:
    caller = Caller(desk_of(queries_per_second=1))
    caller.login()
    codes = [caller.code("ReqQryOrder") for _ in range(4)]
    assert codes == [0, 0, 90, 90]  # a network may bunch up two that were a second apart


def test_trading_requests_above_the_limit_wait_and_none_is_lost() -> None:
    desk = Desk(replace(DEMO, requests_per_second=2))
    client = desk.client()
    desk.depth(3499, 3501)
    client.door.take()
    told = [len(client.insert(OrderRef=str(number))) for number in range(1, 6)]
    assert told == [2, 2, 0, 0, 0]
    assert desk.counter.due == desk.broker.now + 1_000_000_000
    for _ in range(2):
        desk.broker.now = desk.counter.due
        desk.counter.run_due(desk.broker.now)
    assert [each.fields["OrderRef"] for each in client.door.take()] == [
        "3",
        "3",
        "4",
        "4",
        "5",
        "5",
    ]


def test_a_session_that_has_ended_is_forgotten_at_once() -> None:
    desk = Desk()
    logged_out, closed, cut = (desk.client() for _ in range(3))
    logged_out.session.request("ReqUserLogout", {"BrokerID": "9999", "UserID": "alice"}, 9)
    closed.session.close()
    cut.session.cut()
    assert not desk.counter._sessions
    assert desk.client().session in desk.counter._sessions
