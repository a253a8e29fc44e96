"""What queries ask for: empty fields ask for everything, the others for what agrees with them."""

from typing import Any

import pytest
from counter_rig import ALICE, BUY, SELL, NoRecords, Rig
from msgspec.structs import replace

from anyvenue.model.errors import VenueRefused
from anyvenue.model.ids import AccountId
from anyvenue.venues.ctp.description import ABSENT, describe

NAMES = (
    "rb2701.SHFE",
    "rb2705.SHFE",
    "IF2612.CFFEX",
    "HO2612-C-2800.CFFEX",
    "CF701.CZCE",
    "m2701.DCE",
    "m2703.DCE",
    "m2701-C-3000.DCE",
    "SP m2701&m2703.DCE",
    "600519.SSE",
    "510050.SSE",
    "BTC-USDT-PERP.BINANCE",
    "AAPL.US",
)


@pytest.fixture(scope="module")
def rig() -> Rig:
    """Return an investor at a counter that lists a bit of everything."""
    made = Rig(*NAMES, cash={"CNY": 1_000_000, "USDT": 100})
    made.trade("rb2701", BUY, 2, 3500)
    made.trade("m2701", SELL, 1, 3000)
    return made


def codes(rows: list[Any], name: str = "InstrumentID") -> list[Any]:
    return [row[name] for row in rows]


def test_instruments_are_found_by_code_exchange_and_product(rig: Rig) -> None:
    assert len(rig.ask("Instrument")) == len(NAMES)
    assert codes(rig.ask("Instrument", InstrumentID="rb2701")) == ["rb2701"]
    assert codes(rig.ask("Instrument", ProductID="rb")) == ["rb2701", "rb2705"]
    assert codes(rig.ask("Instrument", ExchangeID="CZCE")) == ["CF701"]
    assert codes(rig.ask("Instrument", InstrumentID="rb2701", ExchangeID="DCE")) == []
    assert codes(rig.ask("Instrument", InstrumentID="nothing")) == []
    assert codes(rig.ask("Instrument", reserve1="rb2705")) == ["rb2705"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("rb2701", {"ProductClass": "1", "PositionDateType": "1", "MaxMarginSideAlgorithm": "0"}),
        ("rb2701", {"DeliveryYear": 2027, "DeliveryMonth": 1, "ExpireDate": "20270115"}),
        ("rb2701", {"VolumeMultiple": 10, "PriceTick": 1.0, "StrikePrice": ABSENT}),
        ("rb2701", {"UnderlyingInstrID": "rb", "OptionsType": "", "LongMarginRatio": 0.16}),
        ("CF701", {"DeliveryYear": 2027, "DeliveryMonth": 1, "ExchangeInstID": "CF701"}),
        ("IF2612", {"PositionDateType": "2", "VolumeMultiple": 300, "MaxLimitOrderVolume": 20}),
        ("m2701-C-3000", {"ProductClass": "2", "OptionsType": "1", "StrikePrice": 3000.0}),
        ("m2701-C-3000", {"UnderlyingInstrID": "m2701", "ProductID": "m_o"}),
        ("HO2612-C-2800", {"ProductClass": "6", "LongMarginRatio": ABSENT}),
        ("SP m2701&m2703", {"ProductClass": "3", "StrikePrice": 0.0}),
        ("600519", {"ProductClass": "E", "ExchangeID": "SSE", "LongMarginRatio": 1.0}),
        ("510050", {"ProductClass": "D", "ProductID": "510050"}),
        ("AAPL", {"ProductClass": "E", "ExchangeID": "NASD", "PriceTick": 0.01}),
        ("BTC-USDT-PERP", {"ProductClass": "1", "PositionType": "1", "PriceTick": 0.1}),
    ],
)
def test_an_instrument_in_ctps_words(rig: Rig, code: str, said: dict[str, Any]) -> None:
    (row,) = rig.ask("Instrument", InstrumentID=code)
    assert {name: row[name] for name in said} == said


def test_every_field_of_an_instrument_is_filled(rig: Rig) -> None:
    (row,) = rig.ask("Instrument", InstrumentID="rb2701")
    fields = {name for name, _ in describe().structs["Instrument"]}
    assert fields - row.keys() == {"reserve1", "reserve2", "reserve3", "reserve4"}


@pytest.mark.parametrize(
    ("name", "struct", "asked"),
    [
        ("TradingAccount", "TradingAccount", {}),
        ("InvestorPosition", "InvestorPosition", {}),
        ("InvestorPositionDetail", "InvestorPositionDetail", {}),
        ("Product", "Product", {}),
        ("InstrumentMarginRate", "InstrumentMarginRate", {}),
        ("InstrumentCommissionRate", "InstrumentCommissionRate", {}),
    ],
)
def test_every_field_of_these_rows_is_filled(
    rig: Rig, name: str, struct: str, asked: dict[str, Any]
) -> None:
    fields = {field for field, _ in describe().structs[struct]}
    for row in rig.ask(name, **asked):
        assert {each for each in fields - row.keys() if not each.startswith("reserve")} == set()


def test_products_come_once_each_with_their_class(rig: Rig) -> None:
    found = codes(rig.ask("Product", ExchangeID="DCE"), "ProductID")
    assert sorted(found) == ["SP m&m", "m", "m_o"]
    (row,) = rig.ask("Product", ProductID="rb")
    assert (row["ProductName"], row["VolumeMultiple"]) == ("螺纹钢", 10)
    (row,) = rig.ask("Product", ProductClass="3")
    assert row["ProductID"] == "SP m&m"
    assert codes(rig.ask("ProductGroup", ProductID="rb"), "ProductGroupID") == ["rb"]


def test_exchanges_are_those_of_the_instruments(rig: Rig) -> None:
    found = codes(rig.ask("Exchange"), "ExchangeID")
    assert sorted(found) == ["BINANCE", "CFFEX", "CZCE", "DCE", "NASD", "SHFE", "SSE"]
    (row,) = rig.ask("Exchange", ExchangeID="SHFE")
    assert row["ExchangeName"] == "上海期货交易所"


def test_classes_of_instruments(rig: Rig) -> None:
    assert codes(rig.ask("ClassifiedInstrument", ClassType="2")) == [
        "HO2612-C-2800",
        "m2701-C-3000",
    ]
    assert codes(rig.ask("ClassifiedInstrument", ClassType="3")) == ["SP m2701&m2703"]
    assert rig.ask("ClassifiedInstrument", TradingType="2") == []
    assert len(rig.ask("ClassifiedInstrument", TradingType="1")) == len(NAMES)


def test_legs_of_combinations(rig: Rig) -> None:
    first, second = rig.ask("CombLeg")
    assert (first["LegInstrumentID"], first["Direction"], first["LegID"]) == ("m2701", "0", 1)
    assert (second["LegInstrumentID"], second["Direction"], second["LegID"]) == ("m2703", "1", 2)
    assert codes(rig.ask("CombLeg", LegInstrumentID="m2703"), "LegID") == [2]


def test_quotes_are_told_with_and_without_prices(rig: Rig) -> None:
    (row,) = rig.ask("DepthMarketData", InstrumentID="rb2701")
    assert (row["LastPrice"], row["BidPrice1"], row["BidVolume1"]) == (3500.0, 3500.0, 100)
    (row,) = rig.ask("DepthMarketData", InstrumentID="CF701")
    assert (row["LastPrice"], row["AskPrice1"], row["Volume"]) == (ABSENT, ABSENT, 0)
    assert len(rig.ask("DepthMarketData")) == len(NAMES)


def test_rates_are_told_of_one_instrument_or_of_what_is_held(rig: Rig) -> None:
    (row,) = rig.ask("InstrumentMarginRate", InstrumentID="IF2612", HedgeFlag="1")
    assert (row["LongMarginRatioByMoney"], row["IsRelative"]) == (0.15, 0)
    assert codes(rig.ask("InstrumentMarginRate")) == ["m2701", "rb2701"]
    assert codes(rig.ask("InstrumentMarginRate", ExchangeID="SHFE")) == ["rb2701"]
    assert rig.ask("InstrumentMarginRate", InstrumentID="nothing") == []
    (row,) = rig.ask("ExchangeMarginRate", InstrumentID="IF2612")
    assert row["ShortMarginRatioByMoney"] == 0.15


def test_fees_are_told_for_the_product(rig: Rig) -> None:
    (row,) = rig.ask("InstrumentCommissionRate", InstrumentID="IF2612")
    assert (row["InstrumentID"], row["OpenRatioByMoney"]) == ("IF", 0.000023)
    assert row["CloseTodayRatioByMoney"] == 0.00023
    (row,) = rig.ask("OptionInstrCommRate", InstrumentID="m2701-C-3000")
    assert (row["InstrumentID"], row["OpenRatioByVolume"]) == ("m_o", 1.0)
    assert rig.ask("InstrumentCommissionRate", InstrumentID="m2701-C-3000") == []
    bought, sold = rig.ask("ETFOptionInstrCommRate", InstrumentID="m2701-C-3000")
    assert (bought["Direction"], sold["Direction"]) == ("0", "1")


def test_positions_are_told_by_code_and_exchange(rig: Rig) -> None:
    assert codes(rig.ask("InvestorPosition")) == ["m2701", "rb2701"]
    assert codes(rig.ask("InvestorPosition", InstrumentID="rb2701")) == ["rb2701"]
    assert codes(rig.ask("InvestorPosition", ExchangeID="DCE")) == ["m2701"]
    assert codes(rig.ask("InvestorPositionDetail", ExchangeID="DCE")) == ["m2701"]


@pytest.mark.parametrize(
    "name",
    [
        *("InvestorPosition", "InvestorPositionDetail", "TradingAccount", "Investor", "Order"),
        *("InstrumentMarginRate", "TradingCode", "BrokerTradingParams", "ParkedOrder", "Trade"),
        *("InvestorPositionCombineDetail", "InvestorProductGroupMargin"),
    ],
)
def test_nothing_is_told_of_another_investor(rig: Rig, name: str) -> None:
    assert rig.ask(name, BrokerID="9999", InvestorID="bob") == []
    assert rig.ask(name, BrokerID="0000", InvestorID=ALICE) == []


def test_orders_and_trades_are_told_by_code_number_and_time() -> None:
    rig = Rig("rb2701.SHFE", "m2701.DCE")
    orders: list[dict[str, Any]] = [
        {"InstrumentID": "rb2701", "OrderSysID": "           1", "InsertTime": "09:01:00"},
        {"InstrumentID": "m2701", "OrderSysID": "           2", "InsertTime": "10:31:00"},
    ]
    trades: list[dict[str, Any]] = [
        {"InstrumentID": "rb2701", "TradeID": "           7", "TradeTime": "09:01:00"}
    ]
    rig.book = NoRecords(orders, trades, {"ParkedOrder": [{"InstrumentID": "m2701"}]})
    assert rig.ask("Order") == orders
    assert rig.ask("Order", InstrumentID="m2701") == orders[1:]
    assert rig.ask("Order", OrderSysID="1") == orders[:1]
    assert rig.ask("Order", InsertTimeStart="09:30:00") == orders[1:]
    assert rig.ask("Order", InsertTimeEnd="09:30:00") == orders[:1]
    assert rig.ask("Trade", TradeID="7") == trades
    assert rig.ask("Trade", TradeTimeStart="09:02:00") == []
    assert rig.ask("ParkedOrder", InstrumentID="m2701") == [{"InstrumentID": "m2701"}]
    assert rig.ask("ParkedOrder", InstrumentID="rb2701") == []


def test_the_investor_and_the_bank(rig: Rig) -> None:
    (row,) = rig.ask("Investor")
    assert (row["InvestorName"], row["IsActive"]) == ("爱丽丝", 1)
    (row,) = rig.ask("TradingCode", ExchangeID="SHFE")
    assert len(str(row["ClientID"])) == 8
    (bank,), (binding,) = rig.ask("ContractBank"), rig.ask("Accountregister")
    assert bank["BankID"] == binding["BankID"]
    assert codes(rig.ask("UserSession"), "SessionID") == [7]


def test_how_many_lots_the_money_suffices_for(rig: Rig) -> None:
    fresh = Rig("rb2701.SHFE", "IF2612.CFFEX", cash={"CNY": 100_000})
    asked = {"InstrumentID": "rb2701", "Direction": "0", "OffsetFlag": "0"}
    assert fresh.ask("MaxOrderVolume", **asked)[0]["MaxVolume"] == 0  # no price is known yet
    fresh.quote("rb2701", 3500)
    lots = fresh.ask("MaxOrderVolume", **asked)[0]["MaxVolume"]
    assert lots == 100_000 // (35_000 * 0.1601)
    fresh.trade("rb2701", BUY, int(str(lots)), 3500)
    assert fresh.ask("MaxOrderVolume", **asked)[0]["MaxVolume"] == 0
    closing = asked | {"Direction": "1", "OffsetFlag": "3"}
    assert fresh.ask("MaxOrderVolume", **closing)[0]["MaxVolume"] == lots
    assert fresh.ask("MaxOrderVolume", **closing | {"OffsetFlag": "1"})[0]["MaxVolume"] == 0


class Family:
    """A broker of CTP's own family behind the counter: it has its own figures."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.asked: list[object] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rig.broker, name)

    def native(self, account: AccountId, request: object) -> object:
        """Answer for the account; refuse what is no query of it."""
        self.asked.append(request)
        if isinstance(request, tuple) and request[0] == "ReqQryTradingAccount":
            return [{"AccountID": account, "Balance": 1.25}]
        raise VenueRefused("unknown", venue_code="", venue_text="")


def test_the_figures_of_a_broker_of_the_same_family_pass_through() -> None:
    rig = Rig("rb2701.SHFE")
    family = rig.context.broker = Family(rig)  # type: ignore[assignment]
    assert rig.ask("TradingAccount") == [{"AccountID": ALICE, "Balance": 1.25}]
    assert len(rig.ask("Instrument")) == 1
    rig.ask("Order")  # orders are the counter's own: they have its numbers
    assert [request[0] for request in family.asked] == [  # type: ignore[index]
        "ReqQryTradingAccount",
        "ReqQryInstrument",
    ]


class Plain(Family):
    """A node's broker: it knows positions and money, and no details."""

    def __getattr__(self, name: str) -> Any:
        if name in ("funds", "legs", "lots", "rates", "statements", "status"):
            return self.refuse
        return super().__getattr__(name)

    def native(self, account: AccountId, request: object) -> object:
        """Refuse."""
        return self.refuse()

    def refuse(self, *_: object) -> Any:
        """Refuse whatever is asked."""
        raise VenueRefused("nobody knows", venue_code="", venue_text="")


def test_a_broker_without_details_is_shown_by_its_positions_and_money() -> None:
    rig = Rig("rb2701.SHFE", "m2701.DCE", "600519.SSE")
    rig.trade("rb2701", BUY, 2, 3500)
    rig.trade("600519", BUY, 100, 1500.0)
    rig.sleep()
    rig.trade("m2701", SELL, 1, 3000)
    rig.quote("rb2701", 3510)
    known, details = rig.positions(), rig.ask("InvestorPositionDetail")
    rig.context.broker = Plain(rig)  # type: ignore[assignment]
    same = ("InstrumentID", "PosiDirection", "PositionDate", "Position", "TodayPosition")
    money = ("PositionCost", "OpenCost", "PositionProfit", "YdPosition")
    for before, after in zip(known, rig.positions(), strict=True):
        assert {name: before[name] for name in same} == {name: after[name] for name in same}
        if before["InstrumentID"] != "600519":
            assert {name: before[name] for name in money} == {name: after[name] for name in money}
    lots = rig.ask("InvestorPositionDetail")
    assert codes(lots, "Volume") == codes(details, "Volume")
    assert codes(lots, "OpenPrice") == codes(details, "OpenPrice")
    (row,) = rig.ask("TradingAccount")
    assert row["Balance"] == rig.broker.account(ALICE)[0].balance
    assert rig.ask("SettlementInfo") == []
    (rate,) = rig.ask("InstrumentMarginRate", InstrumentID="rb2701")
    assert rate["LongMarginRatioByMoney"] == 0.16


def test_an_account_that_never_had_money_has_a_row_of_zeros() -> None:
    rig = Rig("rb2701.SHFE", cash={})
    (row,) = rig.ask("TradingAccount")
    assert (row["CurrencyID"], row["Balance"], row["Available"]) == ("CNY", 0.0, 0.0)


def test_the_api_for_options_on_shares_has_product_classes_of_its_own() -> None:
    rig = Rig("510050.SSE", "510050C2612M03000.SSE", "rb2701.SHFE")
    assert sorted(codes(rig.ask("Instrument"), "ProductClass")) == ["1", "6", "D"]
    rig.context.profile = replace(rig.context.profile, api="opt")
    assert sorted(codes(rig.ask("Instrument"), "ProductClass")) == ["1", "7", "8"]
