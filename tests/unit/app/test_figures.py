"""Numbers and times as people read them."""

from decimal import Decimal
from math import nan

import pytest

from anyvenue.app.figures import (
    clock_time,
    fee_text,
    iso_time,
    margin_text,
    money,
    percent,
    price_text,
    ratio,
    signed,
    step_text,
)
from anyvenue.model.instruments import FeeItem, FeeRate, FeeSchedule, MarginSchedule
from anyvenue.reference.catalog import Catalog

CATALOG = Catalog()
MOMENT = 1_609_725_540_400_000_000


def test_money_and_gains() -> None:
    assert money(Decimal("1234567.805")) == "1,234,567.80"
    assert signed(Decimal("12.5")) == "+12.50"
    assert signed(Decimal("-3")) == "-3.00"
    assert signed(Decimal("-0.0001")) == "0.00"


def test_fractions_and_ratios_that_are_absent() -> None:
    assert percent(0.12345, sign=True) == "+12.35%"
    assert percent(None) == percent(nan) == ratio(None) == "-"
    assert ratio(1.234) == "1.23"


@pytest.mark.parametrize(
    ("id_", "price", "text"),
    [
        ("IF2609.CFFEX", 3950.0, "3950.0"),
        ("rb2701.SHFE", Decimal("3500"), "3500"),
        ("AAPL.US", 230.1, "230.10"),
        ("rb2701.SHFE", nan, "-"),
    ],
)
def test_prices_have_the_decimals_of_their_step(id_: str, price: float, text: str) -> None:
    assert price_text(price, CATALOG.get(id_)) == text


def test_price_steps() -> None:
    assert step_text(CATALOG.get("IF2609.CFFEX")) == "0.2"
    assert step_text(CATALOG.get("00700.HK")) == "0.001-5"


def test_fees_are_shown_once_where_they_are_the_same() -> None:
    same = FeeRate(Decimal("0.0001"))
    today = FeeRate(by_lot=Decimal(3), minimum=Decimal(5))
    assert fee_text(FeeSchedule(same, same, same)) == "0.01%"
    assert fee_text(FeeSchedule(same, same, today)) == "0.01% 0.01% 3/lot, min 5"
    assert fee_text(FeeSchedule(same, same, same, (FeeItem("stamp duty"),))) == "0.01% +1"
    assert fee_text(None) == "-"


def test_margins_are_shown_once_where_they_are_the_same() -> None:
    assert margin_text(MarginSchedule(Decimal("0.1"), Decimal("0.1"))) == "10%"
    assert margin_text(MarginSchedule(Decimal("0.1"), Decimal("0.12"))) == "10%/12%"
    assert margin_text(None) == "-"


def test_times_are_local_to_the_market() -> None:
    assert clock_time(MOMENT, "Asia/Shanghai") == "2021-01-04 09:59:00"
    assert clock_time(MOMENT, "America/New_York", date=False) == "20:59:00"
    assert clock_time(0, "UTC") == "-"
    assert iso_time(MOMENT, "Asia/Shanghai") == "2021-01-04T09:59:00.400+08:00"
