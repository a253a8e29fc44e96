"""Orders and commands from words that a person types."""

from decimal import Decimal

import pytest

from anyvenue.model.errors import ConfigError, InvalidOrder
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.tools.commands import COMMANDS, find_command, parse_fields
from anyvenue.venues.ctp.tools.orders import action_fields, order_fields, parse_order


def test_an_order_opens_and_rests_unless_it_says_otherwise() -> None:
    order = parse_order("0", ["rb2701", "2", "3500.5"])
    assert (order.volume, order.price, order.offset, order.kind) == (
        2,
        Decimal("3500.5"),
        "0",
        "gfd",
    )
    fields = order_fields(order, "9999", "alice", "SHFE", 7)
    assert (fields["TimeCondition"], fields["VolumeCondition"]) == ("3", "1")
    assert fields["OrderRef"] == "000000000007"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("3500 today fak", ("3", "2", "1", "1")),
        ("3500 fok yesterday", ("4", "2", "1", "3")),
        ("market close", ("1", "1", "1", "1")),
        ("市价 平今", ("3", "1", "1", "1")),
        ("@3500 OPEN", ("0", "2", "3", "1")),
    ],
)
def test_words_become_ctps_codes(words: str, expected: tuple[str, ...]) -> None:
    fields = order_fields(parse_order("1", ["rb2701", "1", *words.split()]), "", "", "", 1)
    names = ("CombOffsetFlag", "OrderPriceType", "TimeCondition", "VolumeCondition")
    assert tuple(fields[name] for name in names) == expected


@pytest.mark.parametrize(
    "words",
    ["rb2701", "rb2701 0 3500", "rb2701 -1 3500", "rb2701 1 nan", "rb2701 1 1 shut", "a 1.5 1"],
)
def test_what_is_not_understood_is_never_guessed(words: str) -> None:
    with pytest.raises(InvalidOrder):
        parse_order("0", words.split())


def test_a_cancel_names_an_order_by_both_identities() -> None:
    order = {
        "OrderSysID": "  12",
        "ExchangeID": "SHFE",
        "FrontID": 1,
        "SessionID": 2,
        "OrderRef": "3",
    }
    fields = action_fields(order, "9999", "alice", 4)
    assert {name: fields[name] for name in order} == order
    assert fields["ActionFlag"] == "0"


def test_commands_go_by_number_name_and_the_beginning_of_a_name() -> None:
    assert find_command("1").name == "instruments"
    assert find_command("ACCOUNT").name == "account"
    assert find_command("acc").name == "account"
    assert find_command("confirm").name == "confirm"  # though another begins so
    with pytest.raises(ConfigError, match="details, deposit"):
        find_command("de")
    for nothing in ("0", "99", "nonsense"):
        with pytest.raises(ConfigError):
            find_command(nothing)


@pytest.mark.parametrize("dialect", ["ctp", "opt"])
def test_every_commands_request_and_columns_are_the_apis(dialect: str) -> None:
    described = describe(dialect)
    for command in COMMANDS:
        if command.kind == "query" and command.request in described.requests:
            asked = described.layout(described.requests[command.request].struct).by_name
            answer = described.callbacks[f"OnRsp{command.request[3:]}"].struct
            shown = described.layout(answer).by_name
            assert set(command.takes) <= asked.keys(), command.name
            if dialect == "ctp":
                assert set(command.shows) <= shown.keys(), command.name


def test_fields_are_named_and_have_their_types() -> None:
    kinds = {"InstrumentID": True, "VolumeTotalOriginal": False, "LimitPrice": False}
    words = ["InstrumentID=rb2701", "VolumeTotalOriginal=2", "LimitPrice=3500.5"]
    assert parse_fields(words, kinds) == {
        "InstrumentID": "rb2701",
        "VolumeTotalOriginal": 2,
        "LimitPrice": 3500.5,
    }
    with pytest.raises(ConfigError, match="its fields are InstrumentID"):
        parse_fields(["Instrument=rb2701"], kinds)
    with pytest.raises(ConfigError, match="LimitPrice is a number"):
        parse_fields(["LimitPrice=cheap"], kinds)
