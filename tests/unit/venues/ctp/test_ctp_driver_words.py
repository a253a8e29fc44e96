"""Orders, cancels, times and codes between our words and CTP's."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from anyvenue.model.enums import Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import ConfigError, NotSent
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, next_order_id
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.ctp.driver.codes import Codes
from anyvenue.venues.ctp.driver.config import CtpConfig
from anyvenue.venues.ctp.driver.identity import Identities
from anyvenue.venues.ctp.driver.orders import cancel_fields, input_order, offset_of
from anyvenue.venues.ctp.driver.readings import exact, request_of
from anyvenue.venues.ctp.driver.times import moment

CONFIG = CtpConfig(user="alice", broker="9999", trade_front="tcp://td")
RB, M = InstrumentId("rb2701.SHFE"), InstrumentId("m2701.DCE")
ORDER = OrderRequest(
    AccountId("alice"), RB, Side.BUY, Decimal(2), Decimal("3300"), offset=Offset.OPEN
)
DAY = 86_400 * 10**9


def sent(**changes: object) -> dict[str, object]:
    return dict(input_order(OrderId(7), replace(ORDER, **changes), CONFIG))


def seconds(text: str) -> int:
    at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return int(at.timestamp())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("2", 3300.0, "3", "1", "1")),
        ({"time_in_force": TimeInForce.GTC}, ("2", 3300.0, "3", "1", "1")),
        ({"time_in_force": TimeInForce.IOC}, ("2", 3300.0, "1", "1", "1")),
        ({"time_in_force": TimeInForce.FOK}, ("2", 3300.0, "1", "3", "1")),
        ({"type": OrderType.MARKET, "price": None}, ("1", 0.0, "1", "1", "1")),
        (
            {"type": OrderType.STOP_LIMIT, "stop_price": Decimal(3310)},
            ("2", 3300.0, "3", "1", "6"),
        ),
        (
            {"type": OrderType.STOP, "price": None, "side": Side.SELL, "stop_price": Decimal(9)},
            ("1", 0.0, "1", "1", "8"),
        ),
    ],
)
def test_types_and_lives_become_ctps_combinations(
    changes: dict[str, object], expected: tuple[object, ...]
) -> None:
    names = ("OrderPriceType", "LimitPrice", "TimeCondition", "VolumeCondition")
    fields = sent(**changes)
    assert tuple(fields[name] for name in (*names, "ContingentCondition")) == expected


@pytest.mark.parametrize(
    ("instrument", "offset", "flag"),
    [
        (RB, Offset.OPEN, "0"),
        (RB, Offset.CLOSE, "1"),
        (RB, Offset.CLOSE_TODAY, "3"),
        (RB, Offset.CLOSE_OLD, "4"),
        (M, Offset.CLOSE, "1"),
        (M, Offset.CLOSE_TODAY, "3"),
        (M, Offset.CLOSE_OLD, "1"),
    ],
)
def test_each_exchange_has_its_offset_flags(
    instrument: InstrumentId, offset: Offset, flag: str
) -> None:
    assert sent(instrument=instrument, offset=offset)["CombOffsetFlag"] == flag


def test_a_flag_means_what_the_exchange_does_with_it() -> None:
    assert [offset_of(flag, "SHFE") for flag in "0134"] == [
        Offset.OPEN,
        Offset.CLOSE_OLD,
        Offset.CLOSE_TODAY,
        Offset.CLOSE_OLD,
    ]
    assert [offset_of(flag, "DCE") for flag in "134"] == [Offset.CLOSE] * 3


def test_shares_are_bought_to_open_and_sold_to_close() -> None:
    share = InstrumentId("600000.SSE")
    assert sent(instrument=share, offset=Offset.AUTO)["CombOffsetFlag"] == "0"
    selling = sent(instrument=share, offset=Offset.AUTO, side=Side.SELL)
    assert selling["CombOffsetFlag"] == "1"


def test_a_spread_has_a_flag_for_each_leg() -> None:
    fields = sent(instrument=InstrumentId("SP m2609&m2701.DCE"))
    assert (fields["CombOffsetFlag"], fields["CombHedgeFlag"]) == ("00", "11")


@pytest.mark.parametrize(
    "changes",
    [
        {"post_only": True},
        {"display": Decimal(1)},
        {"time_in_force": TimeInForce.GTD, "expires": DAY},
        {"type": OrderType.TRAILING_STOP, "trail": Decimal(5)},
        {"offset": Offset.AUTO},
        {"quantity": Decimal("1.5")},
    ],
)
def test_what_ctp_has_no_words_for_is_not_sent(changes: dict[str, object]) -> None:
    with pytest.raises(NotSent):
        sent(**changes)


def test_an_order_is_taken_back_by_its_reference_until_the_exchange_has_numbered_it() -> None:
    key = (1, 5, "7")
    fields = cancel_fields(None, key, sent(), CONFIG)  # type: ignore[arg-type]
    assert (fields["FrontID"], fields["SessionID"], fields["OrderRef"]) == (1, 5, "7")
    row = {"OrderSysID": "          42", "ExchangeID": "SHFE", "OrderRef": "           7"}
    fields = cancel_fields(row, key, {}, CONFIG)
    assert (fields["ExchangeID"], fields["OrderSysID"]) == ("SHFE", "          42")
    assert "OrderRef" not in fields


def test_a_waiting_conditional_order_is_taken_back_by_its_reference() -> None:
    row = {"OrderSysID": "TJBD_3", "ExchangeID": "SHFE", "OrderRef": "           7"}
    fields = cancel_fields(row, (1, 5, "7"), {}, CONFIG)
    assert fields["OrderRef"] == "           7"
    assert "OrderSysID" not in fields


def test_what_was_sent_is_read_back_the_same() -> None:
    for changes in (
        {},
        {"time_in_force": TimeInForce.FOK},
        {"side": Side.SELL, "offset": Offset.CLOSE_TODAY},
        {"type": OrderType.MARKET, "price": None, "time_in_force": TimeInForce.IOC},
    ):
        request = replace(ORDER, **changes)
        assert request_of(sent(**changes), request.account, RB) == request  # type: ignore[arg-type]


def test_our_orders_are_told_from_others_by_their_reference() -> None:
    now = 1_795_000_000 * 10**9
    ours = next_order_id(OrderId(0), now - DAY)
    identities = Identities()
    assert identities.order_id((1, 9, str(ours)), now) == ours
    assert identities.order_id((1, 9, "17"), now) > 2**56
    identities.add_session(1, 9)
    assert identities.order_id((1, 9, "17"), now) == 17
    identities.add_known([OrderId(23)])
    assert identities.order_id((1, 8, "23"), now) == 23


def test_a_stranger_has_the_same_id_for_everybody() -> None:
    first, second = Identities(), Identities()
    assert first.order_id((2, 3, "a1"), 0) == second.order_id((2, 3, "a1"), 0)


@pytest.mark.parametrize(
    ("action_day", "trading_day", "time", "expected"),
    [
        ("20260915", "20260915", "10:30:00", "2026-09-15 10:30:00"),
        # SHFE: the calendar day beside the trading day
        ("20260914", "20260915", "21:00:01", "2026-09-14 21:00:01"),
        # SHFE after midnight of a Friday night, which is Monday's
        ("20260912", "20260914", "01:30:00", "2026-09-12 01:30:00"),
        # DCE: the trading day twice, on a Friday evening
        ("20260914", "20260914", "21:30:00", "2026-09-11 21:30:00"),
        # nothing but the trading day
        ("", "20260914", "21:30:00", "2026-09-11 21:30:00"),
        ("", "20260914", "09:00:00", "2026-09-14 09:00:00"),
    ],
)
def test_dates_of_a_night_are_read_as_each_exchange_writes_them(
    action_day: str, trading_day: str, time: str, expected: str
) -> None:
    assert moment(action_day, trading_day, time) == seconds(expected) * 10**9


@pytest.mark.parametrize(
    ("day", "time"), [("", "10:00:00"), ("20260931", "10:00:00"), ("20260915", "")]
)
def test_what_is_no_moment_is_none(day: str, time: str) -> None:
    assert moment(day, "", time) == 0


def test_zhengzhous_codes_have_three_digits_whatever_the_counter_writes() -> None:
    codes = Codes()
    name = codes.own("SR2701", "CZCE")
    assert (name, codes.code(name)) == ("SR701.CZCE", "SR2701")
    assert codes.own("SR701", "CZCE") == "SR701.CZCE"
    assert codes.own("rb2701", "SHFE") == "rb2701.SHFE"
    assert codes.own("00700", "HKEX") == "00700.HK"


def test_figures_lose_the_noise_of_their_doubles() -> None:
    assert exact(19_999_999.999999996, 4) == Decimal(20_000_000)
    assert exact(0.1 + 0.2) == Decimal("0.3")
    assert exact(1.7976931348623157e308) == 0


def test_a_preset_fills_what_the_account_leaves_empty() -> None:
    found = CtpConfig(user="alice", preset="simnow").resolved()
    assert (found.broker, found.app_id, found.auth_code) == ("9999", "simnow_client_test", "0" * 16)
    own = CtpConfig(user="alice", preset="simnow", trade_front="tcp://mine:1").resolved()
    assert (own.trade_front, own.market_front) == ("tcp://mine:1", found.market_front)


def test_an_account_without_a_front_is_refused() -> None:
    with pytest.raises(ConfigError, match="trading front"):
        CtpConfig(user="alice").resolved()


def test_secrets_are_not_shown() -> None:
    config = CtpConfig(user="alice", password="hush", auth_code="hush", new_password="hush")
    assert "hush" not in repr(config)
