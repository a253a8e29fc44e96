"""What the driver's side makes of a dialect's library: its own words go in and come out as CTP's."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from anyvenue.model.errors import NotSent, VenueRefused
from anyvenue.venues.ctp.description import Description, Value, describe
from anyvenue.venues.ctp.dialects.spoken import TranslatedSession, translated
from anyvenue.venues.ctp.native.seam import Called, LibrarySession, OnCalled

REF = "250812345678"


class Library:
    """A `LibrarySession` that notes what it is asked and calls what a test wants."""

    def __init__(self, own: Description, post: OnCalled) -> None:
        self.description = own
        self.version = own.version
        self.post = post
        self.asked: list[tuple[str, dict[str, Value]]] = []
        self.subscribed: list[tuple[str, list[str]]] = []
        self.fronts: list[str] = []

    def start(self, fronts: Sequence[str], private: int = 0, public: int = 0) -> None:
        self.fronts = list(fronts)

    def request(self, name: str, fields: Mapping[str, Value], request_id: int) -> int:
        methods = self.description.requests or self.description.md_requests
        layout = self.description.layout(methods[name].struct)
        self.asked.append((name, layout.unpack(layout.pack(fields))))
        return 0

    def subscribe(self, method: str, instruments: Sequence[str]) -> int:
        self.subscribed.append((method, list(instruments)))
        return 0

    def trading_day(self) -> str:
        return "20260915"

    def close(self) -> None:
        """There is nothing to release."""

    def call(self, callback: str, struct: str = "", error: int = -1, **fields: Any) -> None:
        data = self.description.layout(struct).pack(fields) if struct else None
        info = None
        if error >= 0:
            info = self.description.layout("RspInfo").pack({"ErrorID": error})
        self.post(Called(callback, data, info, 3, True, 0))


class Bench:
    """A dialect's library behind its translation."""

    def __init__(self, dialect: str) -> None:
        self.heard: list[Called] = []
        own = describe(dialect)
        made: list[Library] = []

        def make(post: OnCalled) -> LibrarySession:
            made.append(Library(own, post))
            return made[0]

        session = translated(own, make, self.heard.append)
        assert isinstance(session, TranslatedSession)
        self.session, self.library = session, made[0]

    def row(self) -> dict[str, Value]:
        """Return the struct of the latest callback, as the driver reads it."""
        called, description = self.heard[-1], self.session.description
        callbacks = description.callbacks or description.md_callbacks
        assert called.data is not None
        return description.layout(callbacks[called.callback].struct).unpack(called.data)

    def ask(self, name: str, **fields: Any) -> tuple[str, dict[str, Value]]:
        assert self.session.request(name, fields, 3) == 0
        return self.library.asked[-1]


def order(**fields: Any) -> dict[str, Any]:
    return {
        "InstrumentID": "600000",
        "ExchangeID": "SSE",
        "InvestorID": "alice",
        "OrderRef": REF,
        "Direction": "0",
        "CombOffsetFlag": "0",
        "CombHedgeFlag": "1",
        "OrderPriceType": "2",
        "TimeCondition": "3",
        "VolumeCondition": "1",
        "ContingentCondition": "1",
        "LimitPrice": 9.5,
        "VolumeTotalOriginal": 300,
        **fields,
    }


def test_a_library_of_ctps_own_words_is_left_alone() -> None:
    own, heard = describe("mini"), []
    session = translated(own, lambda post: Library(own, post), heard.append)
    assert isinstance(session, Library)


def test_toras_orders_carry_the_nodes_id_as_their_text_and_a_number_of_their_own() -> None:
    bench = Bench("tora")
    bench.library.call("OnRspUserLogin", "RspUserLogin", error=0, MaxOrderRef=40, FrontID=2)
    assert bench.row()["FrontID"] == 2
    name, said = bench.ask("ReqOrderInsert", **order(BusinessUnit="250812345677"))
    assert name == "ReqOrderInsert"
    wanted = {"SecurityID": "600000", "ExchangeID": "1", "OrderRef": 41, "BusinessUnitID": ""}
    wanted |= {"SInfo": f"{REF} 250812345677", "VolumeTotalOriginal": 300, "Direction": "0"}
    assert {name: said[name] for name in wanted} == wanted
    report = {"OrderRef": 41, "SInfo": said["SInfo"], "OrderStatus": "2", "SecurityID": "600000"}
    bench.library.call("OnRtnOrder", "Order", ExchangeID="1", **report)
    row = bench.row()
    assert (row["OrderRef"], row["BusinessUnit"]) == (REF, "250812345677")
    assert (row["InstrumentID"], row["ExchangeID"], row["OrderStatus"]) == ("600000", "SSE", "3")


def test_toras_cancels_name_the_number_and_go_on_in_the_same_series() -> None:
    bench = Bench("tora")
    bench.ask("ReqOrderInsert", **order())
    _, said = bench.ask(
        "ReqOrderAction", OrderRef=REF, FrontID=2, SessionID=5, ExchangeID="SSE", ActionFlag="0"
    )
    wanted = {"OrderRef": 1, "OrderActionRef": 2, "FrontID": 2, "SessionID": 5, "ActionFlag": "0"}
    assert {name: said[name] for name in wanted} == wanted


def test_numbers_that_a_program_gives_its_orders_itself_come_back_too() -> None:
    bench = Bench("tora")
    bench.library.call("OnRspUserLogin", "RspUserLogin", error=0, FrontID=2, SessionID=5)
    bench.row()
    _, said = bench.ask("ReqOrderInsert", **order(OrderRef="700"))
    report = {"OrderRef": said["OrderRef"], "SInfo": said["SInfo"], "FrontID": 2}
    bench.library.call("OnRtnOrder", "Order", SessionID=5, **report)
    assert bench.row()["OrderRef"] == "700"
    bench.library.call("OnRtnOrder", "Order", SessionID=6, **report)
    assert bench.row()["OrderRef"] == str(said["OrderRef"])  # somebody else's text


def test_toras_orders_name_the_shareholder_who_is_asked_for_before_the_first() -> None:
    bench = Bench("tora")
    assert (
        bench.ask("ReqSettlementInfoConfirm", InvestorID="alice")[0] == "ReqQryShareholderAccount"
    )
    account = {"ShareholderID": "A123456789", "ExchangeID": "1", "InvestorID": "9001"}
    bench.library.call("OnRspQryShareholderAccount", "ShareholderAccount", error=0, **account)
    assert bench.heard[-1].callback == "OnRspSettlementInfoConfirm"
    assert bench.row()["ClientID"] == "A123456789"
    _, said = bench.ask("ReqOrderInsert", **order())
    assert (said["ShareholderID"], said["InvestorID"]) == ("A123456789", "9001")


def test_toras_queries_leave_the_investor_to_the_login() -> None:
    name, said = Bench("tora").ask("ReqQryInvestorPosition", InvestorID="alice")
    assert (name, said["InvestorID"]) == ("ReqQryPosition", "")


def test_shares_are_not_sold_short_by_a_word_that_is_lost_on_the_way() -> None:
    bench = Bench("tora")
    for side, offset in (("1", "0"), ("0", "1")):
        with pytest.raises(NotSent, match="bought to open and sold to close"):
            bench.ask("ReqOrderInsert", **order(Direction=side, CombOffsetFlag=offset))
    assert bench.library.asked == []


@pytest.mark.parametrize("dialect", ["femas", "tora", "toraopt"])
def test_orders_that_wait_for_a_price_are_not_sent_as_orders_that_do_not(dialect: str) -> None:
    with pytest.raises(NotSent, match="no orders that wait"):
        Bench(dialect).ask("ReqOrderInsert", **order(ContingentCondition="6"))


def test_a_request_that_a_dialect_lacks_is_refused() -> None:
    bench = Bench("femas")
    assert "ReqQrySettlementInfo" not in bench.session.description.requests
    with pytest.raises(VenueRefused, match="femas has nothing for ReqQrySettlementInfo"):
        bench.ask("ReqQrySettlementInfo")


def test_femas_orders_of_this_session_are_told_from_others() -> None:
    bench = Bench("femas")
    bench.library.call("OnRspUserLogin", "RspUserLogin", error=0, MaxOrderLocalID="7")
    login = bench.row()
    bench.ask("ReqOrderInsert", **order(InstrumentID="rb2701", ExchangeID="SHFE"))
    bench.library.call("OnRtnOrder", "Order", UserOrderLocalID=REF, OrderStatus="6")
    ours = bench.row()
    assert (ours["FrontID"], ours["SessionID"]) == (login["FrontID"], login["SessionID"])
    assert ours["OrderStatus"] == "a"
    bench.library.call("OnRtnOrder", "Order", UserOrderLocalID="8", OrderStatus="3")
    assert (bench.row()["FrontID"], bench.row()["SessionID"]) == (0, 0)


def test_femas_cancels_have_numbers_above_those_of_orders() -> None:
    bench = Bench("femas")
    bench.ask("ReqOrderInsert", **order())
    _, said = bench.ask("ReqOrderAction", OrderRef=REF, OrderActionRef=3, ActionFlag="0")
    assert said["UserOrderLocalID"] == REF
    assert said["UserOrderActionLocalID"] == str(int(REF) + 1)


def test_a_login_with_a_front_for_queries_is_answered_when_both_have_let_us_in() -> None:
    for first, second in (
        ("OnRspUserLogin", "OnRspQueryUserLogin"),
        ("OnRspQueryUserLogin", "OnRspUserLogin"),
    ):
        bench = Bench("femas")
        bench.session.start(["tcp://a:1", "query+tcp://a:2"])
        bench.library.call(first, "RspUserLogin", error=0)
        assert bench.heard == []
        bench.library.call(second, "RspUserLogin", error=0)
        assert [each.callback for each in bench.heard] == ["OnRspUserLogin"]


def test_a_refused_login_does_not_wait_for_the_front_for_queries() -> None:
    bench = Bench("femas")
    bench.session.start(["tcp://a:1", "query+tcp://a:2"])
    bench.library.call("OnRspUserLogin", "RspUserLogin", error=3)
    assert [each.callback for each in bench.heard] == ["OnRspUserLogin"]


def test_callbacks_that_ctp_has_no_word_for_are_not_heard() -> None:
    bench = Bench("tora")
    bench.library.call("OnRspTransferFund", "InputTransferFund", error=0)
    bench.library.call("OnFrontConnected")
    assert [each.callback for each in bench.heard] == ["OnFrontConnected"]


def test_quotes_are_subscribed_with_their_exchange_and_options_by_calls_of_their_own() -> None:
    bench = Bench("toramd")
    bench.session.subscribe("SubscribeMarketData", ["600000@SSE", "000001@SZSE", "10007000@SSE"])
    assert bench.library.subscribed == [
        ("SubscribeMarketData", ["600000@1", "000001@2"]),
        ("SubscribeSPMarketData", ["10007000@1"]),
    ]


def test_a_quote_is_read_in_place_under_ctps_names() -> None:
    bench = Bench("toramd")
    quote = {"SecurityID": "000001", "ExchangeID": "2", "TradingDay": "20260915"}
    bench.library.call("OnRtnMarketData", "MarketData", PreClosePrice=11.0, LastPrice=11.5, **quote)
    called = bench.heard[-1]
    assert called.callback == "OnRtnDepthMarketData"
    layout = bench.session.description.layout("DepthMarketData")
    assert called.data is not None
    found = dict(
        zip((each.name for each in layout.fields), layout.values(called.data), strict=True)
    )
    assert found["InstrumentID"] == b"000001@SZSE"
    assert (found["LastPrice"], found["PreSettlementPrice"]) == (11.5, 11.0)
    assert found["ActionDay"] == b"20260915"
    row = layout.unpack(called.data)
    assert (row["InstrumentID"], row["ExchangeID"], row["ActionDay"]) == (
        "000001",
        "SZSE",
        "20260915",
    )


@pytest.mark.parametrize(("by", "letter"), [("0", "0"), ("1", "1")])
def test_tora_is_logged_in_to_by_user_or_by_account(by: str, letter: str) -> None:
    _, said = Bench("tora").ask("ReqUserLogin", UserID="123", Password="x", LogInAccountType=by)
    assert (said["LogInAccount"], said["LogInAccountType"]) == ("123", letter)
