"""Passwords, addresses, guards and the two numberings of orders."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import Side
from anyvenue.model.errors import AccountError, ConfigError, InvalidOrder, RateLimited
from anyvenue.model.events import (
    CancelRejected,
    OrderAccepted,
    OrderOutcomeLost,
    OrderRejected,
)
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.venues.paper.checks import LoginGuard, check_name, check_number, check_order
from anyvenue.venues.paper.config import DEFAULT_PORT, PaperConfig, parse_url
from anyvenue.venues.paper.numbering import FOREIGN, Numbering
from anyvenue.venues.paper.outstanding import Outstanding
from anyvenue.venues.paper.passwords import hashed, matches
from anyvenue.venues.paper.server import ServerTerms
from anyvenue.venues.paper.wire import AdminLogin, Login, Refused
from served import cancel, order


def test_a_password_is_kept_as_a_salted_hash_and_recognised() -> None:
    kept = hashed("geheim 密码")
    assert matches("geheim 密码", kept)
    assert not matches("geheim", kept)
    assert "geheim" not in kept
    assert hashed("geheim 密码") != kept


def test_a_secret_that_is_no_hash_matches_nothing() -> None:
    assert not matches("", "")
    assert not matches("plain", "plain")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("paper://127.0.0.1:9", ("127.0.0.1", 9)),
        ("exchange.example:7001", ("exchange.example", 7001)),
        ("[::1]:70", ("::1", 70)),
        ("localhost", ("localhost", DEFAULT_PORT)),
    ],
)
def test_an_address_is_read_in_its_usual_forms(text: str, found: tuple[str, int]) -> None:
    assert parse_url(text) == found


@pytest.mark.parametrize("text", ["", "http://a:1", "a:b", "paper://:1", "paper://a:99999"])
def test_another_address_is_an_error_that_shows_the_form(text: str) -> None:
    with pytest.raises(ConfigError, match="paper://host:port is expected"):
        parse_url(text)


def test_a_configuration_never_shows_its_secrets() -> None:
    shown = repr(PaperConfig(account="alice", password="hush", token="hush"))
    assert "alice" in shown
    shown += repr(ServerTerms(token="hush", admin_token="hush")) + repr(AdminLogin(1, "hush"))
    shown += repr(Login(1, AccountId("alice"), "hush", "main"))
    assert "hush" not in shown


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e400", "1e-40", "1e17"])
def test_a_number_that_no_market_knows_is_refused(text: str) -> None:
    with pytest.raises(InvalidOrder, match="quantity was"):
        check_number("quantity", Decimal(text))


def test_an_order_for_another_account_is_refused() -> None:
    with pytest.raises(AccountError, match="'bob' is logged in"):
        check_order(AccountId("bob"), order("alice", 1, Side.BUY, 3000).request)


@pytest.mark.parametrize("name", ["", "a b", "a\n", "x" * 65])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(AccountError, match="account name"):
        check_name(name)


def test_a_guard_slows_down_after_five_failures_and_forgets_them_later() -> None:
    guard = LoginGuard()
    for _ in range(5):
        guard.check("here", "alice", 100.0)
        guard.failed("here", "alice", 100.0)
    with pytest.raises(RateLimited, match="wait 20 seconds"):
        guard.check("here", "alice", 110.0)
    guard.check("elsewhere", "alice", 110.0)
    guard.check("here", "alice", 131.0)


def test_orders_of_the_session_have_the_nodes_ids_and_others_cannot_be_mistaken_for_them() -> None:
    numbering = Numbering("main")
    assert numbering.learn_reference(OrderId(700), "main", "12") == 12
    assert numbering.learn_reference(OrderId(701), "other", "12") == FOREIGN + 701
    assert numbering.theirs(OrderId(12)) == 700
    assert numbering.theirs(OrderId(FOREIGN + 701)) == 701
    event = OrderAccepted(AccountId("a"), OrderId(700), 1, 1)
    assert numbering.event(event, OrderId(12)).order_id == 12  # type: ignore[union-attr]


def test_what_had_no_answer_is_unknown_until_the_exchange_says_what_arrived() -> None:
    outstanding = Outstanding()
    for number in (1, 2, 3):
        outstanding.sent(number, order("a", number, Side.BUY, 3000))
    outstanding.done(1)
    lost = outstanding.lost(5)
    assert [(type(each), each.order_id) for each in lost] == [  # type: ignore[union-attr]
        (OrderOutcomeLost, 2),
        (OrderOutcomeLost, 3),
    ]
    assert outstanding.refs() == ("2", "3")
    (never,) = outstanding.found({"2"}, 6)
    assert isinstance(never, OrderRejected)
    assert (never.order_id, never.code) == (3, "order.not_received")
    assert outstanding.refs() == ()


def test_an_order_that_was_told_about_is_not_unknown() -> None:
    outstanding = Outstanding()
    outstanding.sent(1, order("a", 8, Side.BUY, 3000))
    outstanding.heard_of(OrderId(8))
    assert outstanding.lost(5) == []


def test_a_cancel_without_an_answer_is_given_up_when_everything_was_told() -> None:
    outstanding = Outstanding()
    outstanding.sent(1, cancel("a", 8))
    assert outstanding.lost(5) == []
    (given_up,) = outstanding.caught_up(6)
    assert isinstance(given_up, CancelRejected)
    assert outstanding.caught_up(7) == []


def test_a_refusal_is_told_as_its_command_fails() -> None:
    outstanding = Outstanding()
    outstanding.sent(1, order("a", 8, Side.BUY, 3000))
    outstanding.sent(2, cancel("a", 9))
    (first,) = outstanding.refused(Refused(1, "order.off_tick", "off its tick"), 5)
    (second,) = outstanding.refused(Refused(2, "order.unknown", "no such order"), 5)
    assert isinstance(first, OrderRejected)
    assert (first.code, first.reason) == ("order.off_tick", "off its tick")
    assert isinstance(second, CancelRejected)
    assert outstanding.refused(Refused(3, "", ""), 5) == []
