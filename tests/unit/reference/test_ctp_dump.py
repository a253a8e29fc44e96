"""Dumps of CTP's instrument query: both header styles, and rows that are broken."""

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from anyvenue.model.enums import Dating, InstrumentKind, OptionRight
from anyvenue.model.errors import DataError
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.ctp_dump import load_ctp_instruments

CAMEL = (
    "InstrumentID,ExchangeID,InstrumentName,ProductID,ProductClass,DeliveryYear,DeliveryMonth,MaxMarketOrderVolume,"
    "MaxLimitOrderVolume,MinLimitOrderVolume,VolumeMultiple,PriceTick,OpenDate,ExpireDate,PositionDateType,"
    "LongMarginRatio,ShortMarginRatio,MaxMarginSideAlgorithm,UnderlyingInstrID,StrikePrice,OptionsType\n"
)
REBAR = "rb2701,SHFE,rb2701,rb,1,2027,1,30,500,1,10,1,20260116,20270115,1,0.07,0.08,1,rb,1.79769e+308, \n"
OPTION = (
    "m2701-C-3000,DCE,m2701-C-3000,m_o,2,2027,1,0,1000,1,10,0.5,20260116,20261207,2,"
    "1.79769e+308,1.79769e+308,0,m2701,3000,1\n"
)
SPREAD = "SPD MA509&MA601,CZCE,甲醇9月和1月,MA,3,2025,9,200,1000,1,10,1,20230117,20240112,2,0.08,0.08,0,,0,0\n"
SNAKE = (
    "instrument_id,exchange_id,product_id,product_class,delivery_year,delivery_month,max_market_order_volume,"
    "min_market_order_volume,max_limit_order_volume,min_limit_order_volume,volume_multiple,price_tick,open_date,expire_date\n"
)
COAL = "ZC601,CZCE,ZC,1,2026,1,0,0,50,1,100,0.2,20250109,20260109\n"


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "instruments.csv"
    path.write_bytes(text.encode(encoding))
    return path


def refused(tmp_path: Path, text: str) -> DataError:
    with pytest.raises(DataError) as caught:
        load_ctp_instruments(write(tmp_path, text))
    return caught.value


def test_a_future_in_ctps_own_names(tmp_path: Path) -> None:
    (rebar,) = load_ctp_instruments(write(tmp_path, CAMEL + REBAR))
    assert rebar.id == "rb2701.SHFE"
    assert rebar.kind is InstrumentKind.FUTURE
    assert (rebar.multiplier, rebar.lot.maximum, rebar.lot.market_maximum) == (10, 500, 30)
    assert (rebar.listed, rebar.expiry) == (20260116, 20270115)
    assert rebar.position_rule.dated is Dating.EXPLICIT
    assert rebar.margin is not None
    assert (rebar.margin.long_by_money, rebar.margin.short_by_money) == (
        Decimal("0.07"),
        Decimal("0.08"),
    )
    assert "instruments.csv, line 2" in rebar.margin.source
    assert rebar.margin_group == "rb.SHFE"
    assert rebar.name_zh == "螺纹钢2701"
    assert rebar.sessions == "cn_commodity_2300"
    assert rebar.fees == Catalog().get("rb2701.SHFE").fees


def test_a_future_in_snake_case_gzipped(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv.gz"
    path.write_bytes(gzip.compress((SNAKE + COAL).encode()))
    (coal,) = load_ctp_instruments(path)
    assert coal.price_step.step_at(Decimal(600)) == Decimal("0.2")
    assert coal.lot.market_maximum is None
    assert coal.position_rule.dated is Dating.AUTO
    assert coal.margin == Catalog().get("ZC601.CZCE").margin


def test_an_option_has_strike_right_and_underlying_and_no_margin(tmp_path: Path) -> None:
    (option,) = load_ctp_instruments(write(tmp_path, CAMEL + OPTION))
    assert option.kind is InstrumentKind.OPTION
    assert option.strike == 3000
    assert option.right is OptionRight.CALL
    assert option.underlying == "m2701.DCE"
    assert option.sessions == "dce_2300"
    assert option.margin is None
    ours = Catalog().get("m2701-C-3000.DCE")
    assert (option.fees, option.option) == (ours.fees, ours.option)


def test_the_file_may_be_in_gbk(tmp_path: Path) -> None:
    (spread,) = load_ctp_instruments(write(tmp_path, CAMEL + SPREAD, "gbk"))
    assert spread.kind is InstrumentKind.SPREAD
    assert spread.name_zh == "甲醇9月和1月"
    assert [leg.ratio for leg in spread.legs] == [1, -1]


def test_rows_of_other_classes_are_left_out(tmp_path: Path) -> None:
    text = CAMEL + REBAR.replace("rb,1,2027", "rb,7,2027") + REBAR
    assert [found.id for found in load_ctp_instruments(write(tmp_path, text))] == ["rb2701.SHFE"]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (CAMEL + REBAR + REBAR.replace(",10,1,2026", ",ten,1,2026"), 3, "volumemultiple"),
        (CAMEL + REBAR.replace(",10,1,2026", ",10,0,2026"), 2, "pricetick"),
        (CAMEL + REBAR.replace(",10,1,2026", ",10,1.79769e+308,2026"), 2, "pricetick"),
        (CAMEL + REBAR.replace("20270115", "soon"), 2, "expiredate"),
        (CAMEL + REBAR.replace("20270115", "115"), 2, "expiredate"),
        (CAMEL + REBAR.replace("SHFE", ""), 2, "exchangeid"),
        (CAMEL + REBAR + "rb2702,SHFE\n", 3, "instrumentname"),
        (CAMEL.replace("PriceTick", "Tick") + REBAR, 1, "pricetick"),
        ("", 1, "instrumentid"),
        (
            CAMEL + REBAR.replace("rb,1,2027", "xx,1,2027").replace(",rb,1.7", ",,1.7"),
            2,
            "productid",
        ),
    ],
)
def test_a_broken_row_is_refused_with_its_place(
    tmp_path: Path, text: str, line: int, column: str
) -> None:
    error = refused(tmp_path, text)
    assert (error.line, error.column) == (line, column)
    assert error.file.endswith("instruments.csv")
    assert error.expected


def test_an_unknown_product_is_taken_when_its_sessions_are_given(tmp_path: Path) -> None:
    path = write(
        tmp_path, CAMEL + REBAR.replace("rb,1,2027", "xx,1,2027").replace(",rb,1.7", ",,1.7")
    )
    (found,) = load_ctp_instruments(path, default_sessions="cn_commodity_day")
    assert found.sessions == "cn_commodity_day"
    assert found.fees is None


def test_loaded_instruments_replace_those_of_the_tables(tmp_path: Path) -> None:
    catalog = Catalog()
    for instrument in load_ctp_instruments(write(tmp_path, CAMEL + REBAR)):
        catalog.add(instrument)
    margin = catalog.resolve("rb2701").margin
    assert margin is not None
    assert margin.long_by_money == Decimal("0.07")


@pytest.mark.parametrize(
    ("name", "count"),
    [("ctp_instruments_2025-03.csv.gz", 792), ("ctp_instruments_2025-12-26.csv.gz", 844)],
)
def test_recorded_dumps_load_whole(shared_data: Path, name: str, count: int) -> None:
    found = load_ctp_instruments(shared_data / "cn_reference" / name)
    assert len(found) == count
    assert len({instrument.id for instrument in found}) == count
    assert all(instrument.sessions for instrument in found)
