"""The tables of FEMAS and TORA name what there is: on their side what their APIs have, on ours what CTP has."""

from collections.abc import Iterator

import pytest

from anyvenue.venues.ctp.counter.seam import Answer, Topic
from anyvenue.venues.ctp.description import Description, describe
from anyvenue.venues.ctp.dialects import DIALECTS, words_of
from anyvenue.venues.ctp.dialects.serving import DialectFace, Speaker
from anyvenue.venues.ctp.dialects.words import Dialect
from anyvenue.venues.ctp.door.greeting import Side, side_of

CTP = describe("ctp")
# One struct of FEMAS is two of CTP's; the user's own text travels where ETF options' API has no field for it.
_KEPT = {"ActionStatus", "OrderMemo"}
SIDES = [
    ("femas", Side.TRADER),
    ("femas", Side.MD),
    ("tora", Side.TRADER),
    ("toraopt", Side.TRADER),
    ("toramd", Side.MD),
]


def words(name: str) -> Dialect:
    found = words_of(name)
    assert found is not None
    return found


def face(name: str, side: Side = Side.TRADER) -> DialectFace:
    own = describe(name)
    return DialectFace(words(name), own, side_of(own, side))


def methods(own: Description) -> set[str]:
    return {*own.requests, *own.md_requests, *own.callbacks, *own.md_callbacks}


def pairs(name: str) -> Iterator[tuple[str, str, str]]:
    """Yield the dialect's structs that travel, and CTP's that they are, with the method that says so."""
    own, table = describe(name), words(name)
    base = describe(table.base)
    for ours, theirs in ((own.requests, base.requests), (own.md_requests, base.md_requests)):
        for method, ctps in table.requests.items():
            if method in ours and ctps in theirs:
                yield ours[method].struct, theirs[ctps].struct, method
    for ours, theirs in ((own.callbacks, base.callbacks), (own.md_callbacks, base.md_callbacks)):
        for method, ctps in table.heard.items():
            if method in ours and ctps in theirs and ours[method].struct:
                yield ours[method].struct, theirs[ctps].struct, method


@pytest.mark.parametrize("name", DIALECTS)
def test_every_method_of_a_table_is_one_on_both_sides(name: str) -> None:
    own, table = describe(name), words(name)
    ctps = methods(CTP) | methods(describe("opt"))
    answered = {f"OnRsp{method[3:]}" for method in table.requests}
    assert {*table.requests, *table.callbacks, *table.lists, *table.steps} <= methods(own)
    assert answered <= methods(own)
    assert {*table.requests.values(), *table.callbacks.values(), *table.lists.values()} <= ctps


@pytest.mark.parametrize("name", DIALECTS)
def test_every_struct_and_field_of_a_table_is_the_dialects(name: str) -> None:
    own = describe(name)
    for struct, terms in words(name).structs.items():
        if struct in own.structs:  # logins are shared
            fields = own.layout(struct).by_name
            unknown = {each for each in terms.names if each not in fields}
            assert not unknown, f"{name} {struct} has no {unknown}"


@pytest.mark.parametrize("name", DIALECTS)
def test_every_field_it_becomes_is_ctps(name: str) -> None:
    table = words(name)
    base = describe(table.base)
    for struct, ctps, method in pairs(name):
        terms = table.structs.get(struct)
        if terms is None or not ctps:
            continue
        known = {*base.layout(ctps).by_name, *_KEPT}
        if ctps in CTP.structs:
            known |= CTP.layout(ctps).by_name.keys()
        unknown = {ours for ours in (*terms.names.values(), *terms.given) if ours not in known}
        assert not unknown, f"{method}: CTP's {ctps} has no {unknown}"


@pytest.mark.parametrize("name", DIALECTS)
def test_what_goes_into_ctp_comes_out_again(name: str) -> None:
    own, table = describe(name), words(name)
    for struct, terms in table.structs.items():
        if struct not in own.structs:
            continue
        layout = own.layout(struct)
        for field, ctps in terms.names.items():
            if field not in layout.by_name or ctps in terms.codes or ctps in table.codes:
                continue
            value = 7 if not layout.by_name[field].is_text else "7"
            row = table.into(struct, layout.unpack(layout.pack({field: value})))
            assert ctps in row, f"{struct}.{field}"


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_every_request_is_served_or_refused_by_its_own_answer(name: str, side: Side) -> None:
    speaker = Speaker(face(name, side))
    own = describe(name)
    for request, struct in speaker.face.requests.items():
        if not request.startswith("Req"):
            continue
        fields = own.layout(struct).unpack(bytes(own.layout(struct).size)) if struct else {}
        if speaker.request(request, fields) is None:
            refused = speaker.face.refused(request, fields, 5)
            assert refused.callback in speaker.face.structs
            assert refused.error == (27, "CTP:不支持的功能")
            assert (refused.request_id, refused.is_last) == (5, True)


def test_every_subscription_that_there_is_none_of_is_refused_for_each_code() -> None:
    md = face("toramd", Side.MD)
    for method in describe("toramd").md_requests:
        if "Subscribe" in method and method not in words("toramd").lists:
            names = ["600000"] if "Market" not in method or "Data" in method else []
            answers = md.not_subscribed(method, names, "1")
            assert answers, method
            assert {each.callback for each in answers} <= md.structs.keys()


def test_who_has_logged_in_is_the_investor_where_the_dialect_names_none() -> None:
    speaker = Speaker(face("tora"))
    speaker.request("ReqUserLogin", {"LogInAccount": "alice", "Password": "secret"})
    asked = speaker.request(
        "ReqOrderInsert", {"SecurityID": "600000", "ExchangeID": "1", "Direction": "1"}
    )
    assert asked is not None
    name, row = asked
    assert name == "ReqOrderInsert"
    assert (row["InvestorID"], row["UserID"]) == ("alice", "alice")
    assert (row["InstrumentID"], row["ExchangeID"]) == ("600000", "SSE")
    assert (row["CombOffsetFlag"], row["CombHedgeFlag"]) == ("1", "1")


def order(**fields: object) -> Answer:
    row = {"OrderRef": "12", "ExchangeID": "SSE", "OrderStatus": "5", "OrderSubmitStatus": "4"}
    return Answer(
        "OnRtnOrder", {**row, "StatusMsg": "no", **fields}, None, topic=Topic.PRIVATE, number=3
    )


def test_femas_tells_an_exchanges_refusal_as_an_error_since_its_order_has_no_reason() -> None:
    error, end = face("femas").told(order())
    assert (error.callback, error.error) == ("OnErrRtnOrderInsert", (91, "no"))
    assert (end.callback, end.fields and end.fields["OrderStatus"]) == ("OnRtnOrder", "5")
    assert (error.number, end.number) == (3, 3)


@pytest.mark.parametrize(
    ("status", "submitted", "traded", "own"),
    [
        ("a", "0", 0, "1"),
        ("3", "3", 0, "2"),
        ("1", "3", 100, "3"),
        ("0", "3", 300, "4"),
        ("5", "3", 100, "5"),
        ("5", "3", 0, "6"),
        ("5", "4", 0, "7"),
    ],
)
def test_toras_statuses_say_how_an_order_ended(
    status: str, submitted: str, traded: int, own: str
) -> None:
    told = order(
        OrderStatus=status, OrderSubmitStatus=submitted, VolumeTraded=traded, VolumeTotal=300
    )
    (answer,) = face("tora").told(told)
    assert answer.fields is not None
    assert answer.fields["OrderStatus"] == own
    back = words("tora").into("Order", answer.fields)
    assert (back["OrderStatus"], back["OrderSubmitStatus"]) == (status, submitted)


def test_an_absent_price_is_dbl_max_for_femas_and_nothing_for_tora() -> None:
    quote = Answer(
        "OnRtnDepthMarketData", {"InstrumentID": "600000", "OpenPrice": 1.7976931348623157e308}
    )
    (femas,) = face("femas", Side.MD).told(quote)
    (tora,) = face("toramd", Side.MD).told(quote)
    assert femas.fields == quote.fields
    assert tora.fields == {"SecurityID": "600000", "OpenPrice": 0.0}
    assert tora.callback == "OnRtnMarketData"


def test_an_option_is_quoted_by_toras_calls_for_options() -> None:
    quote = Answer("OnRtnDepthMarketData", {"InstrumentID": "10007000", "ExchangeID": "SSE"})
    (told,) = face("toramd", Side.MD).told(quote)
    assert told.callback == "OnRtnSPMarketData"
    assert told.fields == {"SecurityID": "10007000", "ExchangeID": "1"}


def test_a_users_own_text_and_number_come_back_with_the_order() -> None:
    table = words("tora")
    row = table.into("InputOrder", {"SInfo": "grid 7", "IInfo": 42, "OrderRef": 5})
    assert row["OrderRef"] == "5"
    told = table.out("Order", row, describe("tora").layout("Order"))
    assert (told["SInfo"], told["IInfo"], told["OrderRef"]) == ("grid 7", 42, 5)


def test_a_reference_that_no_c_int_holds_is_told_as_none() -> None:
    told = words("tora").out(
        "Order", {"OrderRef": "250812345678"}, describe("tora").layout("Order")
    )
    assert told["OrderRef"] == 0
