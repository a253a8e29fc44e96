"""Shares and funds by code: what a mainland, Hong Kong or American code stands for, and what trading it costs."""

import csv
import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from anyvenue.model.enums import InstrumentKind, Side
from anyvenue.model.errors import UnknownInstrument
from anyvenue.model.instruments import FeeSchedule, Instrument
from anyvenue.reference.catalog import Catalog

NOW = Catalog()


def charges(instrument: Instrument) -> dict[str, Decimal]:
    assert instrument.fees is not None
    return {item.name: item.by_money or item.by_lot for item in instrument.fees.items}


def commission(fees: FeeSchedule | None) -> tuple[Decimal, Decimal]:
    assert fees is not None
    assert fees.open == fees.close == fees.close_today
    return fees.open.by_money, fees.open.minimum


def test_a_shanghai_share() -> None:
    share = NOW.get("600519.SSE")
    assert share.kind is InstrumentKind.STOCK
    assert share.currency == "CNY"
    assert not share.position_rule.sell_today
    assert not share.position_rule.short_ok
    assert not share.position_rule.margined
    assert share.lot.step == 100
    assert share.lot.odd_close
    assert share.price_limit == Decimal("0.1")
    assert share.sessions == "cn_stock"
    assert share.margin is None


def test_what_a_mainland_share_costs_is_dated() -> None:
    now, before = charges(NOW.get("600519.SSE")), charges(Catalog(20230827).get("600519.SSE"))
    assert now == {"stamp duty": Decimal("0.0005"), "transfer fee": Decimal("0.00001")}
    assert before["stamp duty"] == Decimal("0.001")
    assert charges(Catalog(20220428).get("600519.SSE"))["transfer fee"] == Decimal("0.00002")


def test_stamp_duty_is_paid_by_the_seller_only() -> None:
    fees = NOW.get("000001.SZSE").fees
    assert fees is not None
    sides = {item.name: item.side for item in fees.items}
    assert sides == {"stamp duty": Side.SELL, "transfer fee": None}


def test_a_commission_is_an_assumption_and_says_so() -> None:
    fees = NOW.get("600519.SSE").fees
    assert commission(fees) == (Decimal("0.00025"), Decimal(5))
    assert fees is not None
    assert "ASSUMED" in fees.source


def test_funds_pay_no_stamp_duty_and_have_a_finer_tick() -> None:
    fund = NOW.get("510300.SSE")
    assert fund.kind is InstrumentKind.FUND
    assert charges(fund) == {}
    assert fund.price_step.step_at(Decimal(4)) == Decimal("0.001")


def test_funds_of_gold_bonds_and_foreign_shares_are_sold_on_the_day() -> None:
    assert NOW.get("518880.SSE").position_rule.sell_today
    assert NOW.get("513100.SSE").position_rule.sell_today
    assert not NOW.get("510300.SSE").position_rule.sell_today


def test_the_star_market_and_the_growth_market_have_wider_limits() -> None:
    star, growth = NOW.get("688981.SSE"), NOW.get("300750.SZSE")
    assert star.price_limit == growth.price_limit == Decimal("0.2")
    assert (star.lot.step, star.lot.minimum) == (1, 200)
    assert growth.lot.step == 100
    assert Catalog(20200821).get("300750.SZSE").price_limit == Decimal("0.1")


def test_a_hong_kong_share() -> None:
    share = NOW.get("00700.HK")
    assert share.currency == "HKD"
    assert share.position_rule.sell_today
    assert share.lot.step == 100
    assert share.price_limit == 0
    assert charges(share)["stamp duty"] == Decimal("0.001")
    assert charges(share)["settlement fee"] == Decimal("0.000042")
    assert charges(Catalog(20230101).get("00700.HK"))["stamp duty"] == Decimal("0.0013")


@pytest.mark.parametrize(
    ("price", "before", "since"),
    [("0.2", "0.001", "0.001"), ("9.99", "0.01", "0.01"), ("10", "0.02", "0.01"), ("20", "0.05", "0.02"),
     ("49.98", "0.05", "0.02"), ("50", "0.05", "0.05"), ("100", "0.1", "0.1"), ("388", "0.2", "0.2"),
     ("6000", "5", "5")],
)  # fmt: skip
def test_hong_kong_spreads_before_and_since_august_2025(
    price: str, before: str, since: str
) -> None:
    steps = [Catalog(day).get("00700.HK").price_step for day in (20250801, 20250804)]
    assert [step.step_at(Decimal(price)) for step in steps] == [Decimal(before), Decimal(since)]


def test_an_american_share() -> None:
    share = NOW.get("BRK.B.US")
    assert share.currency == "USD"
    assert share.lot.step == 1
    assert share.sessions == "us_stock"
    assert share.position_rule.sell_today
    assert commission(share.fees) == (0, 0)
    assert charges(share) == {
        "SEC section 31 fee": Decimal("0.0000206"),
        "FINRA trading activity fee": Decimal("0.000195"),
    }


def test_a_charge_that_was_nothing_for_a_time_is_left_out() -> None:
    assert "SEC section 31 fee" not in charges(Catalog(20251001).get("AAPL.US"))
    assert charges(Catalog(20240601).get("AAPL.US"))["SEC section 31 fee"] == Decimal("0.0000278")


@pytest.mark.parametrize(
    "name",
    ["600519.SZSE", "000001.SSE", "900001.SSE", "60051.SSE", "700.HK", "00000.HK", "007000.HK", "aapl.US",
     "TOOLONG.US", "BRK.BBB.US", "BRK..US", "１２３４５６.SSE"],
)  # fmt: skip
def test_an_ill_formed_code_is_unknown(name: str) -> None:
    with pytest.raises(UnknownInstrument):
        NOW.get(name)


def test_recorded_share_and_fund_codes_are_known_with_their_tick(shared_data: Path) -> None:
    path = shared_data / "cn_reference/openctp_cn_stock_dict_E_D.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["code"].startswith("519") or not Decimal(row["price_tick"]):
            continue  # money funds outside of continuous trading, and funds without a tick on record
        found = NOW.find(f"{row['code'].zfill(6)}.{row['exchange']}")
        assert found is not None, row
        assert found.price_step.step_at(Decimal(1)) == Decimal(row["price_tick"]), row
        assert (found.kind is InstrumentKind.STOCK) == (row["class"] == "E"), row
