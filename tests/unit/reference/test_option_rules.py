"""Options by rule: their codes, last days, styles and what selling them costs."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.enums import Delivery, ExerciseStyle, OptionMargining, OptionRight
from anyvenue.model.errors import UnknownInstrument
from anyvenue.model.instruments import (
    FUTURE_AUTO_DATED,
    FUTURE_EXPLICIT_DATED,
    HEDGED,
    NETTED,
    OptionTerms,
)
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.option_codes import (
    fund_option_symbol,
    future_option_symbol,
    osi_symbol,
    parse_option,
    parse_osi,
)
from anyvenue.reference.overrides import parse_overrides
from anyvenue.reference.share_options import etf_option, option_funds


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog(20260915)


def option_of(catalog: Catalog, id_text: str) -> OptionTerms:
    terms = catalog.get(id_text).option
    assert terms is not None
    return terms


@pytest.mark.parametrize(
    ("id_text", "expiry"),
    [
        # Last days that brokers announced for September 2026.
        ("si2610-C-8000.GFEX", 20260907),
        ("TA610C5000.CZCE", 20260911),
        ("sc2610C500.INE", 20260911),
        ("i2610-P-700.DCE", 20260916),
        ("fu2610C3000.SHFE", 20260916),
        ("cu2610C80000.SHFE", 20260923),
        ("nr2610P12000.INE", 20260923),
        ("AP611C8000.CZCE", 20260928),
        ("IO2609-C-4000.CFFEX", 20260918),
        # The fourth Wednesday.
        ("510050C2609M03000.SSE", 20260923),
        ("159919P2612M04500.SZSE", 20261223),
    ],
)
def test_last_days_are_those_announced(catalog: Catalog, id_text: str, expiry: int) -> None:
    assert catalog.get(id_text).expiry == expiry


@pytest.mark.parametrize(
    ("date", "id_text", "expiry"),
    [
        (20231001, "SR311C6000.CZCE", 20231011),  # third trading day until the contracts of 2312
        (20231201, "SR401C6000.CZCE", 20231213),  # third to last up to the 15th from 2401 on
        (20231001, "i2312-C-800.DCE", 20231107),  # fifth trading day
        (20241201, "m2501-C-3000.DCE", 20241217),  # twelfth trading day
    ],
)
def test_earlier_contracts_keep_their_earlier_rule(date: int, id_text: str, expiry: int) -> None:
    assert Catalog(date).get(id_text).expiry == expiry


def test_an_option_on_a_future_is_as_large_and_as_long_open_as_the_future(catalog: Catalog) -> None:
    found = catalog.get("cu2611C80000.SHFE")
    future = catalog.get("cu2611.SHFE")
    assert found.underlying == future.id
    assert found.multiplier == future.multiplier
    assert found.sessions == future.sessions
    assert found.position_rule == FUTURE_EXPLICIT_DATED
    assert (found.strike, found.right) == (80000, OptionRight.CALL)
    assert found.price_step.step_at(Decimal(1000)) == 2
    assert found.margin is None


def test_commodity_options_are_american_and_end_in_the_future(catalog: Catalog) -> None:
    terms = option_of(catalog, "m2611-C-3000.DCE")
    assert (terms.style, terms.delivery) == (ExerciseStyle.AMERICAN, Delivery.PHYSICAL)
    assert (terms.margining, terms.floor) == (OptionMargining.COMMODITY, Decimal("0.5"))


def test_copper_and_gold_options_were_european_once() -> None:
    assert option_of(Catalog(20220801), "cu2210C60000.SHFE").style is ExerciseStyle.EUROPEAN
    assert option_of(Catalog(20220801), "cu2211C60000.SHFE").style is ExerciseStyle.AMERICAN
    assert option_of(Catalog(20220801), "au2211C400.SHFE").style is ExerciseStyle.EUROPEAN


@pytest.mark.parametrize(
    ("product", "index", "rate"),
    [("IO", "000300.SSE", "0.10"), ("HO", "000016.SSE", "0.12"), ("MO", "000852.SSE", "0.15")],
)
def test_index_options_are_european_and_settled_in_cash(
    catalog: Catalog, product: str, index: str, rate: str
) -> None:
    found = catalog.get(f"{product}2612-P-4000.CFFEX")
    terms = option_of(catalog, found.id)
    assert (terms.style, terms.delivery) == (ExerciseStyle.EUROPEAN, Delivery.CASH)
    assert (terms.margining, terms.rate, terms.floor) == (
        OptionMargining.INDEX,
        Decimal(rate),
        Decimal("0.5"),
    )
    assert found.underlying == index
    assert found.multiplier == 100
    assert found.position_rule == FUTURE_AUTO_DATED


def test_an_index_has_a_price_and_takes_no_orders(catalog: Catalog) -> None:
    found = catalog.resolve("000300.SH")
    assert (found.id, found.kind, found.name_zh) == ("000300.SSE", "index", "沪深300指数")
    assert found.lot.maximum == 0
    assert catalog.get("IO2612-C-4000.CFFEX").underlying == found.id


def test_a_fund_option_is_on_ten_thousand_units(catalog: Catalog) -> None:
    found = catalog.get("510300C2612M04100.SSE")
    terms = option_of(catalog, found.id)
    assert (found.multiplier, found.strike) == (10000, Decimal("4.1"))
    assert (terms.style, terms.margining) == (ExerciseStyle.EUROPEAN, OptionMargining.SECURITY)
    assert (terms.rate, terms.floor) == (Decimal("0.12"), Decimal("0.07"))
    assert found.position_rule == HEDGED
    assert found.fees is not None
    assert found.fees.open.by_lot == Decimal("1.6")


def test_a_fund_option_goes_by_the_code_of_its_exchange_when_that_is_given(
    catalog: Catalog,
) -> None:
    made = etf_option(
        "510050.SSE",
        202609,
        OptionRight.CALL,
        Decimal(3),
        date=catalog.date,
        calendar=catalog.calendar("CN"),
        code="10007000",
    )
    assert made is not None
    mine = Catalog(20260915)
    mine.add(made)
    assert mine.resolve("10007000").id == "10007000.SSE"
    same = mine.get("510050C2609M03000.SSE")
    assert (made.strike, made.expiry, made.option) == (same.strike, same.expiry, same.option)


def test_every_fund_with_options_is_a_fund_of_the_tables(catalog: Catalog) -> None:
    assert all(catalog.get(fund).kind == "fund" for fund in option_funds())


def test_an_american_share_option_is_written_by_its_osi_symbol(catalog: Catalog) -> None:
    found = catalog.get("AAPL260918C00230000.US")
    terms = option_of(catalog, found.id)
    assert (found.strike, found.expiry, found.underlying) == (230, 20260918, "AAPL.US")
    assert (found.multiplier, found.position_rule) == (100, NETTED)
    assert (terms.style, terms.rate, terms.floor) == (
        ExerciseStyle.AMERICAN,
        Decimal("0.20"),
        Decimal("0.10"),
    )
    assert found.venue_symbol == "AAPL  260918C00230000"


@pytest.mark.parametrize(
    "id_text",
    [
        "m2611C3000.DCE",
        "cu2611-C-80000.SHFE",
        "m2611-C-0.DCE",
        "m2611-C-03000.DCE",
        "m2613-C-3000.DCE",
        "wr2611C3000.SHFE",
        "IF2609-C-4000.CFFEX",
        "510051C2609M03000.SSE",
        "510050C2613M03000.SSE",
        "510050C2609A03000.SSE",
        "AAPL260931C00230000.US",
        "AAPL260918X00230000.US",
    ],
)
def test_what_is_no_option_is_refused(catalog: Catalog, id_text: str) -> None:
    with pytest.raises(UnknownInstrument):
        catalog.get(id_text)


@given(
    st.sampled_from(["DCE", "GFEX", "CFFEX", "SHFE", "INE"]),
    st.sampled_from(["m", "cu", "IO", "lc"]),
    st.integers(1, 12),
    st.sampled_from(list(OptionRight)),
    st.decimals(min_value="0.01", max_value="999999", places=2),
)
def test_a_written_code_is_read_back(
    exchange: str, root: str, month: int, right: OptionRight, strike: Decimal
) -> None:
    code = parse_option(
        future_option_symbol(f"{root}26{month:02}", exchange, right, strike), exchange
    )
    assert code is not None
    assert (code.root, code.digits, code.right, code.strike) == (
        root,
        f"26{month:02}",
        right,
        strike,
    )


@given(st.sampled_from(list(OptionRight)), st.integers(1, 99_999))
def test_strikes_in_thousandths_are_read_back(right: OptionRight, thousandths: int) -> None:
    strike = Decimal(thousandths) / 1000
    fund = parse_option(fund_option_symbol("510050", 202609, right, strike), "SSE")
    share = parse_osi(osi_symbol("SPY", 20260918, right, strike))
    assert fund is not None
    assert share is not None
    assert fund.strike == share.strike == strike
    assert fund.right == share.right == right


@pytest.mark.parametrize(
    ("id_text", "product"),
    [
        ("rb2701C3500.SHFE", "rb_o"),
        ("m2611-C-3000.DCE", "m_o"),
        ("SR611P6000.CZCE", "SR_o"),
        ("IO2612-C-4000.CFFEX", "IO"),
    ],
)
def test_options_are_a_product_of_their_own(catalog: Catalog, id_text: str, product: str) -> None:
    assert catalog.get(id_text).product == product


def test_fees_of_a_future_are_not_those_of_its_options() -> None:
    own = parse_overrides({"fees": {"rb.SHFE": {"by_lot": 77}, "m_o.DCE": {"by_lot": 5}}}, "here")
    catalog = Catalog(20260915, own)
    fees = [catalog.get(each).fees for each in ("rb2701.SHFE", "rb2701C3500.SHFE")]
    assert [each.open.by_lot for each in fees if each is not None] == [77, Decimal("1.5")]
    soy = catalog.get("m2611-C-3000.DCE").fees
    assert soy is not None
    assert soy.open.by_lot == 5
