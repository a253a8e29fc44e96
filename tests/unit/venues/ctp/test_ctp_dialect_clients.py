"""Programs of FEMAS and TORA at the counter, each in its own words."""

from typing import Any

import pytest
from msgspec.structs import replace

from anyvenue.venues.ctp.counter.seam import Answer, Reason, Resume, Topic
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.dialects import words_of
from anyvenue.venues.ctp.dialects.serving import DialectFace, Speaker
from anyvenue.venues.ctp.dialects.words import OwnAnswer
from anyvenue.venues.ctp.door.greeting import Side, side_of
from ctp_desk import PROFILE, SECOND, CounterDesk

BID, ASK = 9.99, 10.01
DAY = 86_400 * SECOND


class Client:
    """A client of a dialect: what a connection does, without bytes."""

    def __init__(self, desk: CounterDesk, dialect: str, user: str = "alice") -> None:
        own, words = describe(dialect), words_of(dialect)
        assert words is not None
        self.speaker = Speaker(DialectFace(words, own, side_of(own, Side.TRADER)))
        self.told: list[Answer] = []
        self.desk = desk
        self.session = desk.counter.trader(self, "127.0.0.1:6000")
        self.session.subscribe(Topic.PRIVATE, Resume.RESTART)
        name = "LogInAccount" if dialect.startswith("tora") else "UserID"
        self.ask("ReqUserLogin", **{name: user, "Password": "secret"})

    def answer(self, answer: Answer) -> None:
        before = None if type(answer) is OwnAnswer else self.speaker.went_well(answer)
        if before is not None:
            self.answer(before)
        self.told += self.speaker.face.told(answer)

    def cut(self, reason: Reason) -> None:
        """Stay away."""

    def ask(self, name: str, **fields: Any) -> list[Answer]:
        """Return what is told of a request."""
        self.told.clear()
        struct = self.speaker.face.requests[name]
        layout = self.speaker.face.description.layout(struct)
        plain = layout.unpack(layout.pack(fields))
        asked = self.speaker.request(name, plain, 7)
        if asked is None:
            self.answer(self.speaker.face.refused(name, plain, 7))
        else:
            self.session.request(*asked, 7)
        return list(self.told)

    def row(self, name: str, **fields: Any) -> dict[str, Any]:
        """Return the only row of a query's answer."""
        (answer,) = self.ask(name, **fields)
        assert answer.fields is not None
        return dict(answer.fields)

    @property
    def names(self) -> list[str]:
        return [each.callback for each in self.told]


def desk_of(*names: str, **profile: Any) -> CounterDesk:
    desk = CounterDesk(
        replace(PROFILE, settlement_confirmation=False, authentication=False, **profile), names
    )
    desk.enrol("alice", "secret")
    return desk


@pytest.fixture
def shares() -> CounterDesk:
    desk = desk_of("600000.SSE", "000001.SZSE")
    desk.depth(BID, ASK, 1000.0, code="600000")
    return desk


@pytest.fixture
def stocks(shares: CounterDesk) -> Client:
    return Client(shares, "tora")


def buying(**fields: Any) -> dict[str, Any]:
    return {
        "SecurityID": "600000",
        "ExchangeID": "1",
        "Direction": "0",
        "OrderPriceType": "2",
        "TimeCondition": "3",
        "VolumeCondition": "1",
        "LimitPrice": ASK,
        "VolumeTotalOriginal": 100,
        "OrderRef": 5,
        "UserRequestID": 3,
        **fields,
    }


# ---- TORA's stocks


def test_a_stock_order_needs_no_investor_and_no_offset_and_its_taking_is_answered(
    stocks: Client,
) -> None:
    told = stocks.ask("ReqOrderInsert", **buying(SInfo="mine", LimitPrice=9.5))
    assert stocks.names == ["OnRspOrderInsert", "OnRtnOrder", "OnRtnOrder"]
    taken, waiting, resting = told
    assert (taken.error, taken.request_id) == ((0, "CTP:正确"), 7)
    assert waiting.fields and waiting.fields["OrderStatus"] == "1"  # noqa: PT018
    assert resting.fields is not None
    wanted = {"OrderStatus": "2", "SecurityID": "600000", "ExchangeID": "1", "OrderRef": 5}
    wanted |= {"SInfo": "mine", "InvestorID": "alice", "VolumeTotalOriginal": 100}
    assert {name: resting.fields[name] for name in wanted} == wanted


def test_shares_bought_today_are_not_sold_today_and_are_tomorrow(stocks: Client) -> None:
    desk = stocks.desk
    stocks.ask("ReqOrderInsert", **buying())
    desk.depth(BID, ASK, 1000.0, code="600000")
    held = stocks.row("ReqQryPosition")
    wanted = {"CurrentPosition": 100, "TodayBSPos": 100, "HistoryPos": 0, "AvailablePosition": 0}
    assert {name: held[name] for name in wanted} == wanted
    sale = buying(Direction="1", LimitPrice=BID, OrderRef=6)
    told = stocks.ask("ReqOrderInsert", **sale)
    assert [each.callback for each in told] == ["OnRspOrderInsert", "OnErrRtnOrderInsert"]
    assert told[0].error is not None
    assert told[0].error[0] in (30, 50)
    assert told[0].fields is not None
    assert told[0].fields["OrderRef"] == 6

    desk.pass_time(DAY)
    desk.depth(BID, ASK, 1000.0, code="600000")
    again = Client(desk, "tora")
    held = again.row("ReqQryPosition")
    assert {name: held[name] for name in ("HistoryPos", "AvailablePosition")} == {
        "HistoryPos": 100,
        "AvailablePosition": 100,
    }
    again.ask("ReqOrderInsert", **sale)
    desk.depth(BID, ASK, 1000.0, code="600000")
    assert again.told[-1].callback == "OnRtnTrade"


def test_shares_cost_their_price_and_no_margin(stocks: Client) -> None:
    before = stocks.row("ReqQryTradingAccount")
    stocks.ask("ReqOrderInsert", **buying(LimitPrice=9.5))
    frozen = stocks.row("ReqQryTradingAccount")
    assert frozen["FrozenCash"] == 950.0
    assert frozen["UsefulMoney"] == pytest.approx(
        before["UsefulMoney"] - 950.0 - frozen["FrozenCommission"]
    )
    stocks.desk.depth(9.49, 9.5, 1000.0, code="600000")
    after = stocks.row("ReqQryTradingAccount")
    assert (after["FrozenCash"], after["CurrencyID"]) == (0.0, "1")
    assert after["UsefulMoney"] == pytest.approx(
        before["UsefulMoney"] - 950.0 - after["Commission"]
    )


def test_a_stock_order_is_cancelled_by_front_session_and_reference(stocks: Client) -> None:
    stocks.ask("ReqOrderInsert", **buying(LimitPrice=9.5))
    order = stocks.told[-1].fields
    assert order is not None
    action = {name: order[name] for name in ("ExchangeID", "FrontID", "SessionID", "OrderRef")}
    stocks.ask("ReqOrderAction", ActionFlag="0", **action)
    assert stocks.names == ["OnRspOrderAction", "OnRtnOrder", "OnRtnOrder"]
    end = stocks.told[-1].fields
    assert end is not None
    assert (end["OrderStatus"], end["VolumeCanceled"]) == ("6", 100)
    again = stocks.ask("ReqOrderAction", ActionFlag="0", **action)
    assert [each.callback for each in again] == ["OnRspOrderAction", "OnErrRtnOrderAction"]
    assert again[0].error is not None
    assert again[0].error[0] == 26


def test_shareholder_accounts_are_told_for_each_exchange(stocks: Client) -> None:
    answers = stocks.ask("ReqQryShareholderAccount")
    rows = [each.fields for each in answers if each.fields is not None]
    assert {row["ExchangeID"] for row in rows} == {"1", "2"}
    assert all(row["InvestorID"] == "alice" and row["ShareholderID"] for row in rows)


def test_securities_are_listed_with_their_units(stocks: Client) -> None:
    row = stocks.row("ReqQrySecurity", SecurityID="600000", ExchangeID="1")
    wanted = {
        "ExchangeID": "1",
        "MarketID": "1",
        "ProductID": "1",
        "PriceTick": 0.01,
        "MinLimitOrderBuyVolume": 100,
        "LimitBuyTradingUnit": 100,
    }
    assert {name: row[name] for name in wanted} == wanted


def test_a_market_order_at_shanghai_takes_five_levels(stocks: Client) -> None:
    order = buying(OrderPriceType="5", TimeCondition="1", LimitPrice=0.0)
    stocks.ask("ReqOrderInsert", **order)
    reports = [each for each in stocks.told if each.callback == "OnRtnOrder"]
    assert reports[0].fields is not None
    assert reports[0].fields["OrderPriceType"] == "5"


def test_what_the_counter_has_nothing_for_is_answered_in_the_dialects_way(stocks: Client) -> None:
    (answer,) = stocks.ask("ReqTransferFund", Amount=5.0)
    assert (answer.callback, answer.request_id) == ("OnRspTransferFund", 7)
    assert answer.error == (27, "CTP:不支持的功能")


# ---- TORA's options


def test_an_option_is_opened_and_closed_with_offsets_and_its_seller_gives_margin() -> None:
    code = "510050C2609M03000"
    desk = desk_of(f"{code}.SSE", "510050.SSE", api="opt")
    desk.depth(2.9, 2.901, 100.0, code="510050")  # what the seller's margin goes by
    desk.depth(0.0399, 0.0401, 100.0, code=code)
    client = Client(desk, "toraopt")
    order = {
        "SecurityID": code,
        "ExchangeID": "1",
        "Direction": "1",
        "CombOffsetFlag": "0",
        "CombHedgeFlag": "1",
        "OrderPriceType": "2",
        "TimeCondition": "3",
        "VolumeCondition": "1",
        "LimitPrice": 0.0399,
        "VolumeTotalOriginal": 2,
        "OrderRef": 1,
        "BInfo": "spread 3",
    }
    client.ask("ReqOrderInsert", **order)
    desk.depth(0.0399, 0.0401, 100.0, code=code)
    trades = [each.fields for each in client.told if each.callback == "OnRtnTrade"]
    assert trades
    assert trades[0] is not None
    assert (trades[0]["OffsetFlag"], trades[0]["Volume"], trades[0]["OrderRef"]) == ("0", 2, 1)
    held = client.row("ReqQryPosition")
    assert (held["PosiDirection"], held["TodayPos"], held["HistoryPos"]) == ("3", 2, 0)
    account = client.row("ReqQryTradingAccount")
    assert account["RoyaltyIn"] == pytest.approx(2 * 0.0399 * 10_000)
    client.ask(
        "ReqOrderInsert", **{**order, "Direction": "0", "CombOffsetFlag": "1", "OrderRef": 2}
    )
    row = client.row("ReqQrySecurity", SecurityID=code, ExchangeID="1")
    assert (row["UnderlyingMultiple"], row["OptionsType"], row["ProductID"]) == (10_000, "1", "d")


def test_locking_shares_is_refused_by_its_own_answer() -> None:
    client = Client(desk_of("510050.SSE", api="opt"), "toraopt")
    told = client.ask("ReqLockInsert", SecurityID="510050", ExchangeID="1", LockType="0", Volume=1)
    assert told[0].callback == "OnRspLockInsert"
    assert told[0].error is not None
    assert told[0].error[0] == 27


# ---- FEMAS


def future(**fields: Any) -> dict[str, Any]:
    return {
        "BrokerID": "9999",
        "ExchangeID": "SHFE",
        "InvestorID": "alice",
        "UserID": "alice",
        "InstrumentID": "rb2701",
        "UserOrderLocalID": "000001008889",
        "OrderPriceType": "2",
        "Direction": "0",
        "OffsetFlag": "0",
        "HedgeFlag": "1",
        "LimitPrice": 3400.0,
        "Volume": 3,
        "TimeCondition": "3",
        "VolumeCondition": "1",
        "ForceCloseReason": "0",
        **fields,
    }


@pytest.fixture
def femas() -> Client:
    return Client(desk_of("rb2701.SHFE", "IF2609.CFFEX"), "femas")


def cancel(**fields: Any) -> dict[str, Any]:
    names = ("BrokerID", "ExchangeID", "InvestorID", "UserID", "UserOrderLocalID")
    action = {name: future()[name] for name in names}
    return {**action, "UserOrderActionLocalID": "000001008890", "ActionFlag": "0", **fields}


def test_a_femas_order_goes_by_its_users_number(femas: Client) -> None:
    femas.ask("ReqOrderInsert", **future(UserCustom="grid"))
    assert femas.names == ["OnRspOrderInsert", "OnRtnOrder", "OnRtnOrder"]
    order = femas.told[-1].fields
    assert order is not None
    wanted = {"UserOrderLocalID": "000001008889", "OrderStatus": "3", "Volume": 3}
    wanted |= {"VolumeRemain": 3, "OffsetFlag": "0", "UserCustom": "grid"}
    assert {name: order[name] for name in wanted} == wanted


def test_another_session_cancels_a_femas_order_by_its_users_number(femas: Client) -> None:
    femas.ask("ReqOrderInsert", **future())
    other = Client(femas.desk, "femas")
    other.ask("ReqOrderAction", **cancel())
    assert other.told[-1].fields is not None
    assert other.told[-1].fields["OrderStatus"] == "5"


def test_a_femas_cancel_of_nothing_is_refused_under_its_own_number(femas: Client) -> None:
    told = femas.ask("ReqOrderAction", **cancel(UserOrderLocalID="77"))
    assert [each.callback for each in told] == ["OnRspOrderAction", "OnErrRtnOrderAction"]
    assert told[0].error is not None
    assert told[0].error[0] == 25
    assert told[0].fields is not None
    assert told[0].fields["UserOrderActionLocalID"] == "000001008890"
    assert told[0].fields["UserOrderLocalID"] == "77"


def test_femas_rows_of_money_positions_and_instruments(femas: Client) -> None:
    femas.ask("ReqOrderInsert", **future(LimitPrice=3600.0))
    femas.desk.depth(3499.0, 3501.0)
    account = femas.row("ReqQryInvestorAccount", InvestorID="alice")
    assert account["Margin"] > 0
    assert account["LongMargin"] == account["Margin"]
    moved = account["PositionProfit"] - account["Fee"]
    assert account["DynamicRights"] == pytest.approx(1_000_000 + moved)
    held = femas.row("ReqQryInvestorPosition", InvestorID="alice", InstrumentID="rb2701")
    assert (held["Direction"], held["Position"], held["YdPosition"]) == ("0", 3, 0)
    row = femas.row("ReqQryInstrument", InstrumentID="rb2701")
    assert (row["VolumeMultiple"], row["PriceTick"], row["OptionsType"]) == (10, 1.0, "0")
    fee = femas.row("ReqQryInvestorFee", InstrumentID="rb2701", ExchangeID="SHFE")
    assert fee["OpenFeeRate"] + fee["OpenFeeAmt"] > 0
    user = femas.row("ReqQryUserInvestor", UserID="alice")
    assert (user["UserID"], user["InvestorID"]) == ("alice", "alice")


def test_an_exchanges_refusal_reaches_a_femas_program_as_an_error(femas: Client) -> None:
    femas.desk.depth(3499.0, 3501.0, upper_limit=3600.0, lower_limit=3300.0)
    femas.ask("ReqOrderInsert", **future(LimitPrice=5000.0))
    assert femas.names[-2:] == ["OnErrRtnOrderInsert", "OnRtnOrder"]
    refused, end = femas.told[-2:]
    assert refused.error is not None
    assert refused.error[1]
    assert end.fields is not None
    assert end.fields["OrderStatus"] == "5"


def test_a_femas_program_authenticates(femas: Client) -> None:
    (answer,) = femas.ask("ReqDSUserCertification", AppID="program", AuthCode="wrong")
    assert (answer.callback, answer.error and answer.error[0]) == ("OnRspDSUserCertification", 63)


def test_a_password_is_changed_in_each_dialects_words(femas: Client, stocks: Client) -> None:
    for client in (femas, stocks):
        (answer,) = client.ask(
            "ReqUserPasswordUpdate", UserID="alice", OldPassword="secret", NewPassword="better-1"
        )
        assert answer.callback == "OnRspUserPasswordUpdate"
        assert answer.error == (0, "CTP:正确")
