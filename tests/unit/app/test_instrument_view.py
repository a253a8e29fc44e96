"""One instrument in full, for people: every kind says what is special about it, in both languages."""

import pytest

from anyvenue.app.instrument_view import instrument_json, instrument_rows
from anyvenue.app.messages import Language
from anyvenue.app.terminal import Terminal
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.overrides import parse_overrides


def rows_of(name: str, lang: Language = "en", catalog: Catalog | None = None) -> dict[str, str]:
    catalog = catalog or Catalog(20260915)
    rows = instrument_rows(Terminal(lang=lang), catalog.get(name), catalog)
    return {term: value for term, value, _ in rows}


def test_a_contract_on_a_coin_tells_its_tiers_and_its_maker_fee() -> None:
    rows = rows_of("BTC-USD-PERP.BINANCE")
    assert rows["base"] == "BTC"
    assert rows["inverse"] == "yes"
    assert rows["symbol at the venue"] == "BTCUSD_PERP"
    assert rows["leverage tiers"].startswith("10: 125x, 0.4% <= 5 ... ")
    assert rows["fee as a maker"] == "0.02%"
    assert rows["liquidation fee"] == "1.2%"


def test_an_option_tells_strike_exercise_and_who_posts_margin() -> None:
    rows = rows_of("m2611-C-3000.DCE")
    assert rows["underlying"] == "m2611.DCE"
    assert rows["strike"] == "3000 call"
    assert rows["exercise"] == "American, physical delivery"
    assert rows["seller's margin"] == "commodity rule 50%"
    assert rows["margin"] == "the buyer pays the premium, the seller posts margin"


def test_an_option_is_told_in_chinese() -> None:
    rows = rows_of("IO2612-P-4000.CFFEX", "zh")
    assert rows["行权价"] == "4000 看跌"
    assert rows["行权与交割"] == "欧式, 现金交割"
    assert rows["标的"] == "000300.SSE"


def test_a_spread_has_what_its_legs_have() -> None:
    rows = rows_of("SP m2611&m2701.DCE")
    assert rows["legs"] == "+1 m2611.DCE  -1 m2701.DCE"
    assert rows["fees"] == rows["margin"] == "those of its legs"


def test_a_share_is_paid_in_full_and_tells_the_margin_of_margin_accounts() -> None:
    rows = rows_of("AAPL.US")
    assert rows["margin"] == "paid in full"
    assert rows["margin account"] == "50%"
    assert rows["maintenance, long/short"] == "25%/30%"


def test_a_bond_tells_its_coupon_when_it_is_known() -> None:
    coupon = {"coupon": 0.02, "frequency": 2, "issued": 20240615, "maturity": 20340615}
    said = {"instruments": {"019742.SSE": {"bond": coupon, "financing": {"short": 0.01}}}}
    catalog = Catalog(20260915, parse_overrides(said, "here"))
    rows = rows_of("019742.SSE", catalog=catalog)
    assert rows["coupon"] == "2% a year, 2 times a year until 20340615"
    assert rows["yearly cost, long/short"] == "0%/1%"
    assert "coupon" not in rows_of("019742.SSE")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("EURUSD.FX", "retail broker symbol table 2026"),
        ("BTC-USDT-PERP.OKX", "OKX instruments query of 2024"),
        ("BTC-USDT-20260925.BINANCE", "exchangeInfo of 2022-02-19"),
        ("m2611-C-3000.DCE", "product query of 2024-11-29"),
        ("510050C2609M03000.SSE", "SSE option margin rule"),
        ("600519.SSE", "anyvenue: SSE"),
    ],
)
def test_the_document_names_where_the_terms_are_from(name: str, source: str) -> None:
    catalog = Catalog(20260915)
    assert instrument_json(catalog.get(name), catalog)["terms_source"] == source
