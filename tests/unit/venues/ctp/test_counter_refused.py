"""Whatever an API can ask for is answered: by what it asks for, or by an error of CTP's. Never silence."""

from pathlib import Path

import pytest
from test_counter_orders import opened
from trading_counter import Desk

from anyvenue.venues.ctp.counter.queries import QUERIES
from anyvenue.venues.ctp.counter.refused import REFUSED
from anyvenue.venues.ctp.counter.requests import ERROR_CALLBACKS, HANDLERS
from anyvenue.venues.ctp.description import describe, described_versions, error_table

APIS = [(dialect, version) for dialect in ("ctp", "opt") for version in described_versions(dialect)]
# These are answered on the stream when all is well, so they are asked for badly here.
BAD: dict[str, object] = {"InvestorID": "mallory"}


@pytest.mark.parametrize(("dialect", "version"), APIS)
def test_every_request_of_a_description_is_answered_by_a_callback_it_has(
    dialect: str, version: str
) -> None:
    described = describe(dialect, version)
    desk, client = opened()
    for name in described.requests:
        if not name.startswith("Req") or name == "ReqUserLogout":
            continue
        client.session.request(name, BAD, 9)
        answers = client.door.take()
        assert answers, f"{name} met silence"
        assert answers[0].callback in described.callbacks, f"{name}: {answers[0].callback}"
        assert answers[0].request_id == 9
        assert answers[0].callback != "OnRspError", name
        for told in answers:
            assert told.callback in described.callbacks
    assert desk.counter.sessions_of(client.session.account) == 1


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_each_refused_request_names_its_error(name: str) -> None:
    _, client = opened()
    answers = client.ask(name)
    assert answers[0].callback == f"OnRsp{name[3:]}"
    assert answers[0].error is not None
    expected = error_table()[REFUSED[name]]
    assert answers[0].error == (expected.code, expected.text)
    told = [each.callback for each in answers[1:]]
    assert told == ([ERROR_CALLBACKS[name]] if name in ERROR_CALLBACKS else [])


def test_nothing_is_both_done_and_refused() -> None:
    assert not HANDLERS.keys() & REFUSED.keys()
    assert not QUERIES.keys() & (REFUSED.keys() | HANDLERS.keys())


def test_what_no_api_has_is_answered_as_no_function() -> None:
    client = Desk().client()
    client.door.take()
    (answer,) = client.ask("ReqMakeCoffee")
    assert answer.callback == "OnRspError"
    assert answer.error is not None
    assert answer.error[0] == 77


def test_a_password_is_never_echoed() -> None:
    client = Desk().client()
    client.door.take()
    answers = client.ask("ReqUserPasswordUpdate", UserID="bob", OldPassword="a", NewPassword="b")
    assert not {"OldPassword", "NewPassword"} & (answers[0].fields or {}).keys()


@pytest.mark.parametrize("page", ["ctp-counter.md", "ctp-counter_zh.md"])
def test_the_guide_names_every_refused_request_with_its_code(page: str) -> None:
    text = (Path(__file__).parents[4] / "docs" / "how-to" / page).read_text(encoding="utf-8")
    for name, error in REFUSED.items():
        row = next((line for line in text.splitlines() if f"`{name}`" in line), "")
        assert str(error_table()[error].code) in row, name
