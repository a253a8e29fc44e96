"""The catalog: instruments by id, what is listed, and what a venue puts in."""

import subprocess
import sys
from decimal import Decimal

import pytest

from anyvenue.model.enums import Dating, InstrumentKind
from anyvenue.model.errors import OffTick, UnknownInstrument
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import NETTED, Instrument
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.catalog import DEFAULT_DATE, Catalog


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog()


def perpetual(symbol: str = "BTC-USDT-PERP", venue_symbol: str = "BTCUSDT") -> Instrument:
    return Instrument(
        id=make_instrument_id(symbol, "BINANCE"),
        kind=InstrumentKind.PERPETUAL,
        currency="USDT",
        price_step=FixedStep(Decimal("0.1")),
        lot=LotRule(Decimal("0.001"), Decimal("0.001")),
        position_rule=NETTED,
        sessions="always",
        venue_symbol=venue_symbol,
    )


def test_the_default_instrument_is_complete(catalog: Catalog) -> None:
    rebar = catalog.get("rb2701.SHFE")
    assert rebar.kind is InstrumentKind.FUTURE
    assert rebar.multiplier == 10
    assert rebar.price_step.step_at(Decimal(3000)) == 1
    assert rebar.lot.maximum == 500
    assert rebar.position_rule.dated is Dating.EXPLICIT
    assert rebar.sessions == "cn_commodity_2300"
    assert (rebar.listed, rebar.expiry) == (20260116, 20270115)
    assert (rebar.name, rebar.name_zh) == ("Steel rebar 2701", "螺纹钢2701")
    assert rebar.margin_group == "rb.SHFE"
    assert rebar.currency == "CNY"
    assert rebar.fees is not None
    assert rebar.fees.open.by_money == Decimal("0.0001")
    assert rebar.margin is not None
    assert rebar.margin.long_by_money == Decimal("0.16")
    assert rebar.margin.source.endswith("20250305")


def test_asking_twice_gives_the_same_object(catalog: Catalog) -> None:
    assert catalog.get("rb2701.SHFE") is catalog.get("rb2701.SHFE")
    assert catalog.get("rb2701.SHFE") is catalog.resolve("rb2701")


def test_the_default_date_lists_the_default_instrument(catalog: Catalog) -> None:
    assert DEFAULT_DATE == 20260915
    assert "rb2701.SHFE" in [instrument.id for instrument in catalog.listed("rb.SHFE")]
    assert catalog.main_month("rb.SHFE").id == "rb2701.SHFE"


@pytest.mark.parametrize(
    ("name", "expiry"),
    [
        ("IF2101.CFFEX", 20210115),
        ("au1912.SHFE", 20191216),
        ("ZC601.CZCE", 20260109),
        ("cu0809.SHFE", 20080916),
    ],
)
def test_any_month_that_ever_was_has_an_instrument(
    catalog: Catalog, name: str, expiry: int
) -> None:
    assert catalog.get(name).expiry == expiry


def test_the_year_of_zhengzhou_codes_goes_by_the_catalogs_date() -> None:
    assert Catalog(20180601).get("SR901.CZCE").expiry // 10_000 == 2019
    assert Catalog(20260915).get("SR801.CZCE").expiry // 10_000 == 2028


def test_terms_are_those_of_the_contract_or_of_the_day(catalog: Catalog) -> None:
    assert catalog.get("au1911.SHFE").price_step == FixedStep(Decimal("0.05"))
    assert catalog.get("au1912.SHFE").price_step == FixedStep(Decimal("0.02"))
    assert catalog.get("ec2612.INE").price_step == FixedStep(Decimal("0.5"))
    assert Catalog(20251226).get("ec2612.INE").price_step == FixedStep(Decimal("0.1"))


def test_a_product_alone_is_its_continuous_series(catalog: Catalog) -> None:
    series = catalog.get("IF.CFFEX")
    assert series.kind is InstrumentKind.CONTINUOUS
    assert series.expiry == 0
    assert series.name_zh == "沪深300股指主连"
    assert catalog.get("rb.HOT") == catalog.get("rb.SHFE")


def test_monthly_average_futures_have_a_letter_after_the_month(catalog: Catalog) -> None:
    assert catalog.get("l2612F.DCE").product == "l_f"
    assert catalog.get("l2612.DCE").product == "l"


@pytest.mark.parametrize(
    "name",
    [
        "rb2713.SHFE",
        "rb3901.SHFE",
        "RB2701.SHFE",
        "rb701.SHFE",
        "AP707.CZCE",
        "xx2701.SHFE",
        "rb2701.NYMEX",
    ],
)
def test_what_is_not_listed_and_never_will_be_is_unknown(catalog: Catalog, name: str) -> None:
    with pytest.raises(UnknownInstrument):
        catalog.get(name)


def test_a_contract_that_is_not_listed_yet_exists_already(catalog: Catalog) -> None:
    assert catalog.get("IF2611.CFFEX").listed == 20260921


def test_an_unknown_name_comes_with_suggestions(catalog: Catalog) -> None:
    with pytest.raises(UnknownInstrument, match=r"did you mean rb2701\.SHFE") as caught:
        catalog.get("rb2713.SHFE")
    assert "rb2701.SHFE" in caught.value.suggestions
    assert catalog.find("rb2713.SHFE") is None


def test_an_id_without_an_exchange_is_told_its_form(catalog: Catalog) -> None:
    with pytest.raises(UnknownInstrument, match=r"symbol\.EXCHANGE"):
        catalog.get("rb2701")


def test_a_date_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="day"):
        Catalog(20260231)


def test_a_product_that_has_ended_lists_nothing(catalog: Catalog) -> None:
    assert catalog.listed("LR.CZCE") == []
    with pytest.raises(UnknownInstrument, match="no contract listed"):
        catalog.main_month("LR.CZCE")


def test_main_months_follow_the_habit_of_each_product(catalog: Catalog) -> None:
    guesses = {
        name: catalog.main_month(name).id
        for name in ("IF.CFFEX", "T.CFFEX", "cu.SHFE", "m.DCE", "au.SHFE")
    }
    assert guesses == {
        "IF.CFFEX": "IF2609.CFFEX",
        "T.CFFEX": "T2612.CFFEX",
        "cu.SHFE": "cu2610.SHFE",
        "m.DCE": "m2701.DCE",
        "au.SHFE": "au2610.SHFE",
    }


def test_every_product_lists_contracts_whose_ids_lead_back_to_them(catalog: Catalog) -> None:
    for product in catalog.products():
        for instrument in catalog.listed(product.id):
            assert catalog.get(instrument.id) is instrument
            assert instrument.listed <= catalog.date <= instrument.expiry
            assert instrument.product == product.code


def test_what_a_venue_lists_can_be_added_and_replaces_the_tables() -> None:
    catalog = Catalog()
    catalog.add(perpetual())
    assert catalog.get("BTC-USDT-PERP.BINANCE").currency == "USDT"
    assert [instrument.id for instrument in catalog.added] == ["BTC-USDT-PERP.BINANCE"]
    mine = perpetual("rb2701")
    catalog.add(mine)
    assert catalog.get(mine.id) is mine


def test_search_finds_by_symbol_and_by_names_in_both_languages(catalog: Catalog) -> None:
    assert [item.id for item in catalog.search("螺纹")][:2] == ["rb.SHFE", "rb2609.SHFE"]
    assert catalog.search("gold")[0].id == "au.SHFE"
    assert catalog.search("rb2701")[0].id == "rb2701.SHFE"
    assert catalog.search("沪深300股指2609")[0].id == "IF2609.CFFEX"
    assert catalog.search("nothing like it") == []
    assert len(catalog.search("27", limit=7)) == 7


def test_sessions_and_calendars_come_from_the_catalog(catalog: Catalog) -> None:
    sessions = catalog.sessions(catalog.get("rb2701.SHFE").sessions)
    assert sessions is catalog.sessions("cn_commodity_2300")
    assert catalog.calendar("CN").is_trading_day(20260915)


def test_prices_off_the_tick_are_refused_with_both_neighbours(catalog: Catalog) -> None:
    with pytest.raises(OffTick) as caught:
        catalog.get("IF2609.CFFEX").price("3900.1")
    assert (caught.value.below, caught.value.above) == (Decimal("3900"), Decimal("3900.2"))


def test_the_pure_packages_stay_pure_and_light() -> None:
    code = (
        "import sys, anyvenue.reference.catalog as c; c.Catalog().get('rb2701.SHFE');"
        "print([m for m in ('asyncio', 'socket', 'threading', 'csv', 'tomllib', 'zoneinfo', 'difflib')"
        " if m in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"
