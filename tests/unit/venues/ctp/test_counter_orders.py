"""Every bad order is refused with CTP's code on CTP's channels; every order type does what CTP's guide says."""

from math import inf, nan
from typing import Any

import pytest
from msgspec.structs import replace
from trading_counter import DEMO, NAMES, Client, Desk, Notebook, trace

from anyvenue.venues.ctp.counter import codes
from anyvenue.venues.ctp.counter.members import Member, Right
from anyvenue.venues.ctp.counter.profile import Profile
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.description.text import ABSENT

STATUSES = ("OrderSubmitStatus", "OrderStatus", "VolumeTraded", "VolumeTotal")


def refused_with(answers: list[Any]) -> int:
    """Return the code of a refusal by the counter, which is told on both of its channels and on no other."""
    assert [each.callback for each in answers] == ["OnRspOrderInsert", "OnErrRtnOrderInsert"]
    dialog, stream = answers
    assert dialog.error == stream.error
    assert dialog.error[1].startswith("CTP")
    assert dialog.request_id
    assert stream.number
    code = dialog.error[0]
    assert isinstance(code, int)
    return code


def statuses(answers: list[Any]) -> list[tuple[Any, ...]]:
    """Return (submit status, status, traded, left) of each order report."""
    reports = [each for each in answers if each.callback == "OnRtnOrder"]
    return [tuple(each.fields[name] for name in STATUSES) for each in reports]


def opened(desk: Desk | None = None, **more: Any) -> tuple[Desk, Client]:
    """Return a market of ten lots at 3499 and 3501 and a client."""
    desk = desk or Desk(**more)
    client = desk.client()
    desk.depth(3499, 3501)
    client.door.take()
    return desk, client


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (13, {"InvestorID": "mallory"}),
        (146, {"InvestorID": ""}),
        (12, {"BrokerID": "1234"}),
        (148, {"ExchangeID": "NOWHERE"}),
        (150, {"ExchangeID": "DCE"}),
        (16, {"InstrumentID": "rb9901"}),
        (16, {"InstrumentID": "rb9901", "ExchangeID": ""}),
        (15, {"Direction": "5"}),
        (15, {"Direction": ""}),
        (15, {"CombOffsetFlag": "9"}),
        (15, {"CombHedgeFlag": ""}),
        (15, {"VolumeTotalOriginal": 0}),
        (15, {"VolumeTotalOriginal": -3}),
        (15, {"MinVolume": 2}),
        (15, {"OrderPriceType": "Z"}),
        (15, {"TimeCondition": "5"}),
        (15, {"VolumeCondition": "7"}),
        (15, {"VolumeCondition": "3"}),  # to fill whole or not at all it must be immediate
        (15, {"ForceCloseReason": "1"}),
        (15, {"IsAutoSuspend": 1}),
        (95, {"LimitPrice": 3500.5}),
        (95, {"LimitPrice": 0.0}),
        (95, {"LimitPrice": nan}),
        (95, {"LimitPrice": inf}),
        (95, {"LimitPrice": ABSENT}),
        (80, {"OrderPriceType": "1", "LimitPrice": 0.0, "TimeCondition": "1"}),
        (80, {"OrderPriceType": "G"}),
        (31, {"VolumeTotalOriginal": 490}),
        (30, {"InstrumentID": "m2701", "ExchangeID": "DCE", "CombOffsetFlag": "1"}),
        (50, {"CombOffsetFlag": "3", "Direction": "1"}),
        (51, {"CombOffsetFlag": "1", "Direction": "1"}),
        (51, {"CombOffsetFlag": "4", "Direction": "1"}),
        (65, {"IsSwapOrder": 1}),
        (93, {"InstrumentID": "SP m2701&m2705", "ExchangeID": "DCE"}),
        (61, {"InstrumentID": "SP rb2701&rb2705", "ExchangeID": "SHFE"}),
        (82, {"InstrumentID": "STD m2701-C-3000&m2701-P-3000", "ExchangeID": "DCE"}),
        (37, {"InstrumentID": "510050", "ExchangeID": "SSE", "Direction": "1", "LimitPrice": 3.0}),
    ],
)
def test_a_bad_order_is_refused_with_its_code(code: int, fields: dict[str, Any]) -> None:
    _, client = opened()
    assert refused_with(client.insert(OrderRef="1", **fields)) == code


def test_before_the_login_nothing_is_taken() -> None:
    desk, door = Desk(), Notebook()
    session = desk.counter.trader(door, "127.0.0.1:1")
    session.request("ReqOrderInsert", {"InvestorID": "alice"}, 1)
    session.request("ReqQryOrder", {}, 2)
    assert [(each.callback, each.error and each.error[0]) for each in door.answers] == [
        ("OnRspOrderInsert", 6),
        ("OnRspQryOrder", 6),
    ]


def test_an_order_before_the_statement_is_confirmed_is_refused() -> None:
    _, client = opened(profile=replace(DEMO, settlement_confirmation=True))
    assert refused_with(client.insert()) == 42
    (confirmed,) = client.ask("ReqSettlementInfoConfirm")
    assert confirmed.callback == "OnRspSettlementInfoConfirm"
    assert confirmed.fields["ConfirmDate"] == "20260915"
    assert statuses(client.insert())[-1] == ("3", "3", 0, 1)


@pytest.mark.parametrize(
    ("code", "changed", "fields"),
    [
        (28, {"right": Right.NONE}, {}),
        (29, {"right": Right.CLOSE_ONLY}, {}),
        (20, {"exchanges": ("DCE",)}, {}),
        (62, {"conditional_right": False}, {"ContingentCondition": "5", "StopPrice": 3600.0}),
        (
            66,
            {"speculation_only": True},
            {"InstrumentID": "m2701-C-3000", "ExchangeID": "DCE", "CombHedgeFlag": "3"},
        ),
    ],
)
def test_rights_are_kept(code: int, changed: dict[str, Any], fields: dict[str, Any]) -> None:
    desk, client = opened(names=(*NAMES, "m2701-C-3000.DCE"))
    member: Member = desk.counter.context.members.get("alice")
    for name, value in changed.items():
        setattr(member, name, value)
    assert refused_with(client.insert(**fields)) == code


@pytest.mark.parametrize(
    ("code", "terms"),
    [
        (147, {"exchange_id_required": True}),
        (21, {"linked_exchanges": ("DCE",)}),
        (106, {"position_limit": 1}),
        (158, {"information_limit": 1}),
    ],
)
def test_limits_of_the_counter_are_kept(code: int, terms: dict[str, Any]) -> None:
    profile: Profile = replace(DEMO, **terms)
    _, client = opened(profile=profile)
    exchange = "" if code == 147 else "SHFE"
    if code == 158:
        client.insert()
    volume = 2 if code == 106 else 1
    assert refused_with(client.insert(ExchangeID=exchange, VolumeTotalOriginal=volume)) == code


def test_an_instrument_that_has_expired_is_not_trading() -> None:
    desk, client = opened()
    desk.instruments[0] = replace(desk.instrument("rb2701"), expiry=20260901)
    names = desk.counter.context.names
    names._by_code["rb2701"] = [desk.instruments[0]]
    assert refused_with(client.insert()) == 17


def test_order_references_rise_within_a_session_and_leave_no_ghost() -> None:
    _, client = opened()
    assert statuses(client.insert(OrderRef="5"))[-1] == ("3", "3", 0, 1)
    assert refused_with(client.insert(OrderRef="5")) == 22
    assert refused_with(client.insert(OrderRef="4")) == 22
    given = client.insert(OrderRef="")[0].fields
    assert given is not None
    assert given["OrderRef"] == "           6"
    assert statuses(client.insert(OrderRef="7"))[-1] == ("3", "3", 0, 1)


def test_references_that_are_no_numbers_rise_by_their_letters() -> None:
    _, client = opened()
    assert statuses(client.insert(OrderRef="b1"))[-1] == ("3", "3", 0, 1)
    assert refused_with(client.insert(OrderRef="a9")) == 22
    given = client.insert(OrderRef="")[0].fields
    assert given is not None
    assert given["OrderRef"] == "           1"


def test_what_only_the_exchange_checks_is_taken_first_and_then_refused_by_the_exchange() -> None:
    desk, client = opened()
    desk.depth(3499, 3501, upper_limit=3700.0, lower_limit=3300.0)
    for fields in ({"LimitPrice": 3800.0}, {"VolumeTotalOriginal": 501}):
        answers = client.insert(**fields)
        assert {each.callback for each in answers} == {"OnRtnOrder"}
        volume = fields.get("VolumeTotalOriginal", 1)
        assert statuses(answers) == [("0", "a", 0, volume), ("4", "5", 0, volume)]
        last = answers[-1].fields
        assert last is not None
        assert str(last["StatusMsg"]).startswith("已撤单报单被拒绝SHFE:")


def test_outside_trading_hours_the_exchange_refuses() -> None:
    desk, client = opened()
    desk.broker.pass_time(desk.broker.now + 2 * 3600 * 1_000_000_000)  # noon
    assert statuses(client.insert()) == [("0", "a", 0, 1), ("4", "5", 0, 1)]


def test_refused_money_is_not_frozen() -> None:
    desk, client = opened()
    client.insert(VolumeTotalOriginal=490)
    (account,) = desk.broker.account(client.session.account)
    assert account.frozen_margin == account.frozen_fees == 0


def test_each_partial_fill_is_an_order_report_and_a_trade_and_volumes_add_up() -> None:
    desk, client = opened()
    client.insert(OrderRef="1", LimitPrice=3501.0, VolumeTotalOriginal=25)
    desk.depth(3499, 3501)
    desk.depth(3499, 3501, size=15.0)
    told = client.door.take()
    assert [each.callback for each in told] == ["OnRtnOrder", "OnRtnTrade"] * 2
    assert statuses(told) == [("3", "1", 10, 15), ("3", "0", 25, 0)]
    for each in told[::2]:
        assert each.fields is not None
        total = int(each.fields["VolumeTraded"]) + int(each.fields["VolumeTotal"])
        assert total == each.fields["VolumeTotalOriginal"] == 25


def immediate(kind: str, least: int = 1) -> dict[str, Any]:
    """Return the fields of an order that trades at once."""
    return {"TimeCondition": "1", "VolumeCondition": kind, "MinVolume": least}


def last_status(desk: Desk, client: Client, **fields: Any) -> tuple[Any, ...]:
    """Return how an order stands after the next snapshot."""
    told = client.insert(**fields)
    desk.depth(3499, 3501)
    return statuses([*told, *client.door.take()])[-1]


def test_a_fak_takes_what_there_is_and_the_rest_is_cancelled() -> None:
    desk, client = opened()
    fields = {"LimitPrice": 3501.0, "VolumeTotalOriginal": 15}
    assert last_status(desk, client, **fields, **immediate("1")) == ("3", "5", 10, 5)


def test_a_fak_that_does_not_cross_does_not_stay() -> None:
    desk, client = opened()
    assert last_status(desk, client, **immediate("1")) == ("3", "5", 0, 1)


def test_a_fak_below_its_least_volume_is_cancelled_whole() -> None:
    desk, client = opened()
    fields = {"LimitPrice": 3501.0, "VolumeTotalOriginal": 15}
    assert last_status(desk, client, **fields, **immediate("2", least=12)) == ("3", "5", 0, 15)
    assert last_status(desk, client, **fields, **immediate("2", least=8)) == ("3", "5", 10, 5)


def test_a_fok_fills_whole_or_not_at_all() -> None:
    desk, client = opened()
    fields = {"LimitPrice": 3501.0, **immediate("3")}
    assert last_status(desk, client, **fields, VolumeTotalOriginal=11) == ("3", "5", 0, 11)
    assert last_status(desk, client, **fields, VolumeTotalOriginal=10) == ("3", "0", 10, 0)


@pytest.mark.parametrize(
    ("code", "exchange", "kind"),
    [
        ("m2701", "DCE", "1"),
        ("SR701", "CZCE", "1"),
        ("IF2609", "CFFEX", "1"),
        ("IF2609", "CFFEX", "G"),
    ],
)
def test_market_orders_trade_where_the_exchange_has_them(
    code: str, exchange: str, kind: str
) -> None:
    desk = Desk()
    client = desk.client(deposit=10_000_000)
    step = float(desk.instrument(code).price_step.step_at(3000))  # type: ignore[arg-type]
    desk.depth(step * 1000, step * 1001, code=code)
    client.door.take()
    told = client.insert(
        InstrumentID=code,
        ExchangeID=exchange,
        OrderPriceType=kind,
        LimitPrice=0.0,
        TimeCondition="1",
    )
    desk.depth(step * 1000, step * 1001, code=code)
    assert statuses([*told, *client.door.take()])[-1] == ("3", "0", 1, 0)


def test_a_best_price_order_for_the_day_rests_at_the_other_sides_best() -> None:
    desk = Desk()
    client = desk.client(deposit=10_000_000)
    desk.depth(4000.0, 4000.2, size=1.0, code="IF2609")
    told = client.insert(
        InstrumentID="IF2609",
        ExchangeID="CFFEX",
        OrderPriceType="3",
        LimitPrice=0.0,
        VolumeTotalOriginal=2,
    )
    assert statuses(told)[-1] == ("3", "3", 0, 2)
    (order,) = desk.broker.orders(client.session.account)
    assert str(order.price) == "4000.2"


def test_an_order_carries_every_key_it_is_known_by() -> None:
    _, client = opened()
    report = client.insert(OrderRef="12", RequestID=7, OrderMemo="memo", UserID="alice")[-1].fields
    assert report is not None
    assert (report["FrontID"], report["SessionID"]) == (7, client.session.session_id)
    assert report["OrderRef"] == "12"
    assert report["OrderMemo"] == "memo"
    assert report["RequestID"] == 7
    assert report["OrderLocalID"] == "           1"
    assert report["BrokerOrderSeq"] == 1
    assert report["OrderSysID"] == "           1"  # Shanghai writes it with leading blanks
    assert report["TraderID"] == "0001SHFE"
    assert len(str(report["ClientID"])) == 8
    assert report["InsertDate"] == "20260915"
    assert report["InsertTime"] == "10:00:01"


def test_two_sessions_of_an_account_hear_each_other_and_dialog_answers_go_to_one() -> None:
    desk, alice = opened()
    again = desk.client("alice")
    bob = desk.client("bob")
    for each in (alice, again, bob):
        each.door.take()
    told = alice.insert(OrderRef="1")
    assert trace(told) == trace(again.door.take())
    assert bob.door.take() == []
    alice.insert(OrderRef="1")
    assert [each.callback for each in again.door.take()] == ["OnErrRtnOrderInsert"]


def test_the_counters_codes_are_those_of_the_headers() -> None:
    constants = describe().constants
    named = {
        "OST_AllTraded": codes.ALL_TRADED,
        "OST_PartTradedQueueing": codes.PART_TRADED,
        "OST_NoTradeQueueing": codes.NO_TRADE_QUEUEING,
        "OST_Canceled": codes.CANCELED,
        "OST_Unknown": codes.UNKNOWN,
        "OST_NotTouched": codes.NOT_TOUCHED,
        "OST_Touched": codes.TOUCHED,
        "OSS_InsertSubmitted": codes.INSERT_SUBMITTED,
        "OSS_CancelSubmitted": codes.CANCEL_SUBMITTED,
        "OSS_Accepted": codes.ACCEPTED,
        "OSS_InsertRejected": codes.INSERT_REJECTED,
        "OSS_CancelRejected": codes.CANCEL_REJECTED,
        "OPT_AnyPrice": codes.ANY_PRICE,
        "OPT_LimitPrice": codes.LIMIT_PRICE,
        "OPT_BestPrice": codes.BEST_PRICE,
        "OPT_FiveLevelPrice": codes.FIVE_LEVEL_PRICE,
        "TC_IOC": codes.IOC,
        "TC_GFD": codes.GFD,
        "VC_AV": codes.ANY_VOLUME,
        "VC_MV": codes.MIN_VOLUME,
        "VC_CV": codes.COMPLETE_VOLUME,
        "CC_Immediately": codes.IMMEDIATELY,
        "OF_Open": codes.OPEN,
        "OF_Close": codes.CLOSE,
        "OF_CloseToday": codes.CLOSE_TODAY,
        "OF_CloseYesterday": codes.CLOSE_YESTERDAY,
        "D_Buy": codes.BUY,
        "D_Sell": codes.SELL,
    }
    assert named == {name: constants[f"THOST_FTDC_{name}"] for name in named}
