"""Worked numbers: positions and money of futures, options, ETF options and shares, to the last digit."""

import pytest
from counter_rig import BUY, NAN, SELL, Rig

from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import Offset
from anyvenue.oms.settings import AccountSettings
from anyvenue.venues.ctp.counter.context import Row

CLOSE, CLOSE_OLD, CLOSE_TODAY = Offset.CLOSE, Offset.CLOSE_OLD, Offset.CLOSE_TODAY


def the(rows: list[Row], **fields: object) -> Row:
    """Return the one row with these fields."""
    (row,) = [row for row in rows if all(row[name] == value for name, value in fields.items())]
    return row


def says(row: Row, **fields: float) -> None:
    """Check these fields."""
    assert {name: row[name] for name in fields} == pytest.approx(fields)


def test_rebar_of_today_with_working_orders() -> None:
    rig = Rig("rb2701.SHFE")  # 10 t a lot, margin 16 %, fee 0.01 %
    rig.trade("rb2701", BUY, 3, 3500)
    rig.trade("rb2701", SELL, 1, 3510, CLOSE_TODAY)
    rig.order("rb2701", BUY, 2, 3490)
    rig.order("rb2701", SELL, 1, 3600, CLOSE_TODAY)
    (row,) = rig.positions()
    assert (row["PosiDirection"], row["PositionDate"], row["ExchangeID"]) == ("2", "1", "SHFE")
    says(row, Position=2, TodayPosition=2, YdPosition=0, OpenVolume=3, CloseVolume=1)
    says(row, OpenAmount=105_000, CloseAmount=35_100, OpenCost=70_000, PositionCost=70_000)
    says(row, LongFrozen=2, LongFrozenAmount=69_800, ShortFrozen=1, ShortFrozenAmount=36_000)
    says(row, FrozenMargin=11_168, FrozenCommission=6.98, FrozenCash=0)
    says(row, UseMargin=11_200, ExchangeMargin=11_200, MarginRateByMoney=0.16)
    says(row, CloseProfit=100, PositionProfit=200, Commission=10.5 + 3.51, CashIn=0)
    money = rig.money()
    says(money, PreBalance=0, Deposit=1_000_000, CloseProfit=100, PositionProfit=200)
    says(money, Commission=14.01, Balance=1_000_285.99, CurrMargin=11_200)
    says(money, Available=1_000_285.99 - 11_200 - 11_168 - 6.98)
    says(money, WithdrawQuota=1_000_085.99 - 11_200 - 11_168 - 6.98)


def test_rebar_over_the_night_has_two_rows_a_side() -> None:
    rig = Rig("rb2701.SHFE")
    rig.trade("rb2701", BUY, 3, 3500)
    rig.quote("rb2701", 3520, settlement=3518.0)
    rig.sleep()
    rig.trade("rb2701", BUY, 1, 3525)
    rig.trade("rb2701", SELL, 1, 3530, CLOSE_OLD)
    rig.order("rb2701", SELL, 2, 3600, CLOSE_OLD)
    today, history = (the(rig.positions(), PositionDate=date) for date in "12")
    says(today, Position=1, TodayPosition=1, YdPosition=0, OpenVolume=1, PositionCost=35_250)
    says(today, UseMargin=5_640, PositionProfit=50, Commission=3.525, ShortFrozen=0)
    says(history, Position=2, TodayPosition=0, YdPosition=3, CloseVolume=1, ShortFrozen=2)
    says(history, PreSettlementPrice=3518, SettlementPrice=3530, PositionCost=70_360)
    says(history, OpenCost=70_000, UseMargin=11_257.6, PreMargin=16_886.4, Commission=3.53)
    says(history, CloseProfitByDate=120, CloseProfitByTrade=300, PositionProfit=240)
    money = rig.money()
    says(money, PreBalance=1_000_529.5, PreMargin=16_886.4, Deposit=0, CloseProfit=120)
    says(money, PositionProfit=290, Balance=1_000_529.5 + 410 - 7.055, CurrMargin=16_897.6)
    first, second = rig.ask("InvestorPositionDetail", InstrumentID="rb2701")
    assert (first["OpenDate"], second["OpenDate"]) == ("20260915", "20260916")
    says(first, Volume=2, OpenPrice=3500, LastSettlementPrice=3518, CloseVolume=1, Margin=11_257.6)
    says(first, CloseAmount=35_300, CloseProfitByDate=120, CloseProfitByTrade=300)
    says(first, PositionProfitByDate=240, PositionProfitByTrade=600)
    says(second, Volume=1, OpenPrice=3525, Margin=5_640, PositionProfitByDate=50)


def test_an_index_future_has_one_row_and_closes_yesterdays_lots_first() -> None:
    rig = Rig("IF2612.CFFEX", cash={"CNY": 2_000_000})  # 300 a point, 15 %, fees 0.0023 / 0.023 %
    rig.trade("IF2612", BUY, 1, 4000.0)
    rig.quote("IF2612", 4012.0, settlement=4005.0)
    rig.sleep()
    rig.trade("IF2612", BUY, 1, 4020.0)
    rig.trade("IF2612", SELL, 1, 4030.0, CLOSE)
    (row,) = rig.positions()
    assert row["PositionDate"] == "1"
    says(row, Position=1, TodayPosition=1, YdPosition=1, OpenVolume=1, CloseVolume=1)
    says(row, CloseProfitByDate=7_500, CloseProfitByTrade=9_000, PositionProfit=3_000)
    says(row, PositionCost=1_206_000, UseMargin=180_900, PreMargin=180_225)
    says(row, Commission=1_206_000 * 0.000023 + 1_209_000 * 0.000023)
    rig.trade("IF2612", SELL, 1, 4030.0, CLOSE)
    (row,) = rig.positions()
    says(row, Position=0, YdPosition=1, CloseVolume=2, UseMargin=0, PositionProfit=0)
    says(row, Commission=55.545 + 1_209_000 * 0.00023)


def test_only_the_larger_side_is_charged_where_the_broker_says_so() -> None:
    rig = Rig("rb2701.SHFE", options=VenueOptions(settings=AccountSettings(larger_side=True)))
    rig.trade("rb2701", BUY, 3, 3500)
    rig.trade("rb2701", SELL, 2, 3500)
    assert [row["UseMargin"] for row in rig.positions()] == [16_800, 11_200]
    says(rig.money(), CurrMargin=16_800)
    (group,) = rig.ask("InvestorProductGroupMargin")
    says(group, UseMargin=16_800, LongUseMargin=16_800, ShortUseMargin=11_200)


def test_a_commodity_option_moves_premium_and_no_profit() -> None:
    rig = Rig("m2701.DCE", "m2701-C-3000.DCE", cash={"CNY": 100_000})
    rig.quote("m2701", 2950.0)  # its margin: 14 % of 29,500 = 4,130 a lot
    rig.trade("m2701-C-3000", SELL, 2, 60.0)
    (row,) = rig.positions()
    assert (row["PosiDirection"], row["InstrumentID"]) == ("3", "m2701-C-3000")
    says(row, Position=2, CashIn=1_200, OptionValue=-1_200, CloseProfit=0, PositionProfit=0)
    says(row, UseMargin=2 * (600 + 4_130 - 250), Commission=2)
    (cost,) = rig.ask("OptionInstrTradeCost", InstrumentID="m2701-C-3000")
    says(cost, FixedMargin=3_880, MiniMargin=2_065, Royalty=600)
    rig.trade("m2701-C-3000", BUY, 1, 55.0, CLOSE)
    (row,) = rig.positions()
    says(row, Position=1, CashIn=650, CloseProfit=0, CloseAmount=550, UseMargin=550 + 3_880)
    money = rig.money()
    says(money, CashIn=650, Commission=2, CloseProfit=0, PositionProfit=0, OptionValue=-550)
    says(money, Balance=100_648, CurrMargin=4_430, Available=96_218)


def test_buying_an_option_freezes_its_premium() -> None:
    rig = Rig("m2701.DCE", "m2701-C-3000.DCE", cash={"CNY": 100_000})
    rig.quote("m2701-C-3000", 60.0)
    rig.order("m2701-C-3000", BUY, 3, 50.0)
    says(rig.money(), FrozenCash=1_500, FrozenMargin=0, FrozenCommission=3, Available=98_497)
    (row,) = rig.positions()
    says(row, Position=0, LongFrozen=3, LongFrozenAmount=1_500, FrozenCash=1_500)


def test_an_etf_option_is_margined_by_its_own_rule() -> None:
    rig = Rig("510050.SSE", "510050C2612M03000.SSE", cash={"CNY": 100_000})
    rig.quote("510050", 2.9)
    rig.trade("510050C2612M03000", SELL, 1, 0.05)
    (row,) = rig.positions()
    # 0.05 + max(12 % of 2.9 - 0.1 out of the money, 7 % of 2.9), times 10,000 units
    says(row, Position=1, UseMargin=500 + 2_480, CashIn=500, OptionValue=-500, Commission=1.6)
    money = rig.money()
    says(money, Balance=100_498.4, CurrMargin=2_980, Available=97_518.4, OptionValue=-500)


def test_shares_are_paid_in_full_and_sold_the_day_after() -> None:
    rig = Rig("600519.SSE", cash={"CNY": 1_000_000})
    rig.trade("600519", BUY, 100, 1500.0)
    (row,) = rig.positions()
    says(row, Position=100, TodayPosition=100, YdPosition=0, UseMargin=0, CashIn=-150_000)
    says(rig.money(), Balance=849_961, Available=849_961, Commission=39, CurrMargin=0)
    asked = {"InstrumentID": "600519", "Direction": "1", "OffsetFlag": "1"}
    assert rig.ask("MaxOrderVolume", **asked)[0]["MaxVolume"] == 0
    rig.sleep()
    (row,) = rig.positions()
    says(row, Position=100, TodayPosition=0, YdPosition=100)
    assert rig.ask("MaxOrderVolume", **asked)[0]["MaxVolume"] == 100


def test_every_currency_has_its_row() -> None:
    rig = Rig("rb2701.SHFE", cash={"CNY": 1_000, "USDT": 500})
    assert [row["CurrencyID"] for row in rig.ask("TradingAccount")] == ["CNY", "USDT"]
    assert [row["CurrencyID"] for row in rig.ask("TradingAccount", CurrencyID="USD")] == ["USDT"]


def test_parts_of_a_coin_are_whole_volumes() -> None:
    rig = Rig("BTC-USDT-PERP.BINANCE", cash={"USDT": 100_000})
    rig.trade("BTC-USDT-PERP", BUY, 1, 50_000.0)
    (row,) = rig.positions()
    says(row, Position=1_000, OpenAmount=50_000)


@pytest.mark.parametrize("junk", [NAN, 0.0, 1.7976931348623157e308, float("inf")])
def test_junk_prices_leave_every_figure_finite_and_as_it_was(junk: float) -> None:
    rig = Rig("rb2701.SHFE", "m2701.DCE", "m2701-C-3000.DCE")
    rig.trade("rb2701", BUY, 3, 3500)
    rig.quote("m2701", 2950.0)
    rig.trade("m2701-C-3000", SELL, 2, 60.0)
    rig.order("rb2701", SELL, 1, 3600, CLOSE_TODAY)
    before = rig.positions(), rig.money(), rig.ask("InvestorPositionDetail")
    for name in ("rb2701", "m2701", "m2701-C-3000"):
        rig.quote(name, junk, settlement=junk, pre_settlement=junk, upper_limit=junk)
    assert (rig.positions(), rig.money(), rig.ask("InvestorPositionDetail")) == before
    rig.sleep()
    rows = [*rig.positions(), rig.money(), *rig.ask("InvestorPositionDetail")]
    numbers = [value for row in rows for value in row.values() if isinstance(value, float)]
    assert all(abs(number) < 1e12 for number in numbers)
    says(rig.money(), PositionProfit=0)
