"""Spreads of two contracts, and bonds by the range of their code."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.instruments import CASH_STOCK_T0, SpreadLeg
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.spreads import spread_legs


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog(20260915)


def test_a_spread_buys_its_first_leg_and_sells_its_second(catalog: Catalog) -> None:
    found = catalog.get("SP m2611&m2701.DCE")
    near, far = catalog.get("m2611.DCE"), catalog.get("m2701.DCE")
    assert found.kind is InstrumentKind.SPREAD
    assert found.legs == (SpreadLeg(near.id, 1), SpreadLeg(far.id, -1))
    assert found.price_step == near.price_step
    assert found.expiry == near.expiry
    assert found.margin is None
    assert found.fees is None


def test_a_spread_may_be_priced_below_zero(catalog: Catalog) -> None:
    assert catalog.get("SPD SR611&SR701.CZCE").price("-35") == -35


@pytest.mark.parametrize(
    "id_text", ["SPC a2611&m2611.DCE", "IPS SF611&SM611.CZCE", "SPC y2701&p2701.DCE"]
)
def test_two_products_of_one_size_make_a_spread(catalog: Catalog, id_text: str) -> None:
    assert len(catalog.get(id_text).legs) == 2


@pytest.mark.parametrize(
    "id_text",
    [
        "SP m2701&m2611.DCE",  # far month first
        "SP m2611&m2611.DCE",
        "SP m2611&y2701.DCE",  # two products need SPC
        "SPC m2611&m2701.DCE",
        "SPC jm2701&j2701.DCE",  # sizes differ
        "SPD m2611&m2701.DCE",
        "SP rb2611&rb2701.SHFE",
        "SP m2611.DCE",
        "SP &.DCE",
    ],
)
def test_what_is_no_spread_of_the_exchange_is_unknown(catalog: Catalog, id_text: str) -> None:
    assert catalog.find(id_text) is None


def test_legs_are_read_from_the_name_alone() -> None:
    assert spread_legs("SP a2609&a2701", "DCE")[1] == SpreadLeg("a2701.DCE", -1)
    assert spread_legs("m2609", "DCE") == ()


@pytest.mark.parametrize(
    ("id_text", "limit", "name_zh"),
    [
        ("019742.SSE", "0", "国债 019742"),
        ("018012.SSE", "0", "政策性金融债 018012"),
        ("113050.SSE", "0.2", "可转债 113050"),
        ("123107.SZSE", "0.2", "可转债 123107"),
        ("101917.SZSE", "0", "国债 101917"),
    ],
)
def test_bonds_are_traded_in_tens_and_sold_the_same_day(
    catalog: Catalog, id_text: str, limit: str, name_zh: str
) -> None:
    found = catalog.get(id_text)
    assert found.kind is InstrumentKind.BOND
    assert found.position_rule == CASH_STOCK_T0
    assert (found.lot.step, found.multiplier) == (10, 1)
    assert found.price_limit == Decimal(limit)
    assert found.name_zh == name_zh
    assert found.bond is None
    assert found.fees is not None


def test_convertible_bonds_had_no_limit_before_august_2022() -> None:
    assert Catalog(20220729).get("113050.SSE").price_limit == 0


def test_american_shares_carry_the_rates_of_margin_accounts(catalog: Catalog) -> None:
    found = catalog.get("AAPL.US")
    assert found.position_rule == CASH_STOCK_T0
    assert found.margin is not None
    assert found.margin.long_by_money == found.margin.short_by_money == Decimal("0.5")
    assert found.margin.long_maintenance == Decimal("0.25")
    assert found.margin.short_maintenance == Decimal("0.30")
