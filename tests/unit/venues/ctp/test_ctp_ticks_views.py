"""Structs as they came: bytes with CTP's names on them."""

import pytest

from anyvenue.venues.ctp.description import ABSENT, describe
from anyvenue.venues.ctp.ticks.structs import (
    DepthMarketData,
    InvestorPosition,
    InvestorPositionDetail,
    Order,
    Trade,
    TradingAccount,
)
from anyvenue.venues.ctp.ticks.views import RowView, View, Views

VIEWS = Views(describe())
KINDS = (
    *(DepthMarketData, Order, Trade),
    *(InvestorPosition, InvestorPositionDetail, TradingAccount),
)


def test_a_view_reads_fields_of_the_bytes_it_was_given() -> None:
    tick = VIEWS.pack(DepthMarketData, {"InstrumentID": "rb2701", "LastPrice": 3500.0, "Volume": 7})
    assert (tick.InstrumentID, tick.LastPrice, tick.Volume) == ("rb2701", 3500.0, 7)
    assert tick.BidPrice1 == 0.0
    again = VIEWS.of(DepthMarketData)(tick.raw)
    assert again == tick
    assert hash(again) == hash(tick)
    assert repr(tick) == "DepthMarketData(LastPrice=3500.0, Volume=7, InstrumentID='rb2701')"


def test_absent_prices_and_chinese_text_come_as_they_are() -> None:
    order = VIEWS.pack(Order, {"StatusMsg": "全部成交报单已提交", "LimitPrice": ABSENT})
    assert (order.StatusMsg, order.LimitPrice) == ("全部成交报单已提交", ABSENT)
    assert order.fields()["StatusMsg"] == "全部成交报单已提交"


def test_bytes_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="of 872 bytes was 5 bytes"):
        VIEWS.of(Order)(b"abcde")


def test_a_field_that_a_version_does_not_have_is_an_attribute_error() -> None:
    old = Views(describe("ctp", "6.3.15"))
    tick = old.pack(DepthMarketData, {"LastPrice": 1.0})
    assert tick.LastPrice == 1.0
    with pytest.raises(AttributeError):
        _ = tick.BandingUpperPrice


def test_a_row_that_was_computed_reads_like_a_struct() -> None:
    row = InvestorPosition({"Position": 3, "InstrumentID": "rb2701"})
    assert (row.Position, row.InstrumentID) == (3, "rb2701")
    assert row == InvestorPosition({"Position": 3, "InstrumentID": "rb2701"})
    assert repr(row) == "InvestorPosition(Position=3, InstrumentID='rb2701')"
    with pytest.raises(AttributeError, match="no field UseMargin"):
        _ = row.UseMargin


@pytest.mark.parametrize("kind", KINDS)
def test_the_named_fields_are_those_of_the_newest_apis(kind: type[View | RowView]) -> None:
    fields = {
        each.name: {"char": str, "double": float}.get(each.c, int)
        for api in ("opt", "ctp")
        for each in describe(api).layout(kind.__name__).fields
        if not each.name.startswith("reserve")
    }
    assert kind.__annotations__ == fields
