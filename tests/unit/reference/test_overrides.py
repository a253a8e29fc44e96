"""What the user knows better: read, refused with its place, and put to work."""

from decimal import Decimal
from pathlib import Path

import pytest

from anyvenue.model.enums import (
    Dating,
    Delivery,
    ExerciseStyle,
    InstrumentKind,
    OptionMargining,
    Side,
)
from anyvenue.model.errors import ConfigError
from anyvenue.model.instruments import HEDGED, BondTerms, Financing, LeverageTier, OptionTerms
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.overrides import Overrides, load_overrides, parse_overrides

EXAMPLE = """
[instruments."00700.HK"]
lot = 200
[instruments."BTC-USDT.MYVENUE"]
kind = "spot"
currency = "USDT"
tick = 0.01
lot = 0.0001
position = "stock_t0"
[products."rb.SHFE"]
tick = 2
maximum = 100
[products."zz.GFEX"]
multiplier = 5
tick = 5
sessions = "cn_commodity_day"
last_day = "trading_day10"
name_zh = "新品种"
[fees."rb.SHFE"]
by_money = 0.00012
close_today = { by_lot = 3 }
[fees."rb2705.SHFE"]
open = { by_lot = 9 }
items = [{ name = "regulator", by_lot = 0.01, side = "sell" }]
[margins."rb.SHFE"]
rate = 0.13
[margins."PL.CZCE"]
long = 0.1
short = 0.12
[defaults.fees.future]
by_lot = 5
[defaults.fees.HK]
by_money = 0.001
[defaults.margin.SHFE]
rate = 0.2
[defaults.margin.future]
rate = 0.3
[calendars.CN]
holidays = [20270101, 20270104]
known_until = 20271231
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "anyvenue.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    return path


@pytest.fixture
def catalog(file: Path) -> Catalog:
    return Catalog(20260915, load_overrides(file))


def refused(text: str, tmp_path: Path) -> ConfigError:
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_overrides(path)
    return caught.value


def test_nothing_overridden_changes_nothing() -> None:
    assert parse_overrides({}, "nowhere") == Overrides()
    assert Catalog(20260915, Overrides()).get("rb2701.SHFE") == Catalog(20260915).get("rb2701.SHFE")


def test_a_lot_of_one_instrument_changes_its_minimum_too(catalog: Catalog) -> None:
    lot = catalog.get("00700.HK").lot
    assert (lot.step, lot.minimum) == (200, 200)
    assert catalog.get("00005.HK").lot.step == 100


def test_an_instrument_nobody_packaged_can_be_made(catalog: Catalog) -> None:
    coin = catalog.get("BTC-USDT.MYVENUE")
    assert coin.kind is InstrumentKind.SPOT
    assert coin.price_step.step_at(Decimal(1)) == Decimal("0.01")
    assert coin.lot.step == Decimal("0.0001")
    assert not coin.position_rule.margined
    assert coin.sessions == "always"


def test_terms_of_a_product_reach_its_contracts(catalog: Catalog) -> None:
    rebar = catalog.get("rb2701.SHFE")
    assert rebar.price_step.step_at(Decimal(1)) == 2
    assert rebar.lot.maximum == 100
    assert rebar.multiplier == 10


def test_a_product_nobody_packaged_can_be_made(catalog: Catalog) -> None:
    contract = catalog.get("zz2701.GFEX")
    assert contract.name_zh == "新品种2701"
    assert (
        contract.expiry == 20270118
    )  # the tenth trading day, two of them being holidays by this file
    assert contract.position_rule.dated is Dating.AUTO
    assert "zz.GFEX" in [product.id for product in catalog.products()]
    assert catalog.resolve("ZZ2701") is contract


def test_fees_of_an_instrument_go_before_those_of_its_product(catalog: Catalog) -> None:
    product, one = catalog.get("rb2701.SHFE").fees, catalog.get("rb2705.SHFE").fees
    assert product is not None
    assert one is not None
    assert product.open.by_money == product.close.by_money == Decimal("0.00012")
    assert product.close_today.by_lot == 3
    assert product.source.endswith("anyvenue.toml")
    assert one.open.by_lot == one.close.by_lot == one.close_today.by_lot == 9
    assert one.items[0].side is Side.SELL


def test_defaults_serve_only_where_nothing_else_is_known(catalog: Catalog) -> None:
    benzene = catalog.get("bz2612.DCE")
    assert benzene.fees is not None
    assert benzene.fees.open.by_lot == 5
    assert benzene.margin is not None
    assert benzene.margin.long_by_money == Decimal("0.3")
    soda = catalog.get("SA701.CZCE")
    assert soda.fees is not None
    assert soda.fees.open.by_money == Decimal("0.0002")
    assert catalog.get("00700.HK").fees != catalog.overrides.default_fees["HK"]


def test_margins_are_one_rate_or_two(catalog: Catalog) -> None:
    rebar, propylene = catalog.get("rb2701.SHFE").margin, catalog.get("PL701.CZCE").margin
    assert rebar is not None
    assert propylene is not None
    assert rebar.long_by_money == rebar.short_by_money == Decimal("0.13")
    assert (propylene.long_by_money, propylene.short_by_money) == (Decimal("0.1"), Decimal("0.12"))


def test_shares_are_never_margined_by_a_default() -> None:
    overrides = parse_overrides({"defaults": {"margin": {"stock": {"rate": 0.5}}}}, "here")
    assert Catalog(20260915, overrides).get("600519.SSE").margin is None


def test_holidays_move_the_calendar_and_the_sessions(catalog: Catalog) -> None:
    assert not catalog.calendar("CN").is_trading_day(20270104)
    assert catalog.sessions("cn_stock").windows(20270104) == ()
    assert catalog.sessions("cn_stock").windows(20270105)
    assert catalog.calendar("US").known_until == 20261231


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            '\n[products."rb.SHFE"]\ntik = 1\n',
            3,
            "products.rb.SHFE.tik is not a known key: did you mean tick?",
        ),
        ('[fees."rb.SHFE"]\nby_money = "much"\n', 1, "fees.rb.SHFE is wrong"),
        (
            '[product."rb.SHFE"]\ntick = 1\n',
            1,
            "product is not a known key: did you mean products?",
        ),
        ("[calendars.FR]\nholidays = []\n", 1, "calendars.FR is not a known key"),
        ("[calendars.CN]\nholidays = [20270230]\n", 1, "calendars.CN is wrong"),
        ('[products."rb.SHFE"]\ntick = 0\n', 1, "tick was 0; it must be above zero"),
        (
            '[instruments."A.B"]\nposition = "sitting"\n',
            1,
            "position was 'sitting'; use one of future",
        ),
        ("[defaults]\nfee = 1\n", 2, "defaults.fee is not a known key: did you mean fees?"),
        ("fees = 3\n", 0, "the top level is wrong: Expected `object`, got `int` - at `$.fees`"),
        ("[fees]\nrb = 3\n", 2, "fees.rb was 3; a table is expected"),
    ],
)
def test_what_is_wrong_is_refused_with_file_line_and_key(
    text: str, line: int, message: str, tmp_path: Path
) -> None:
    error = refused(text, tmp_path)
    assert message in str(error)
    assert error.line == line
    assert (f"wrong.toml, line {line}:" if line else "wrong.toml:") in str(error)


def test_text_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    assert "is not TOML" in str(refused("[fees", tmp_path))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_overrides(tmp_path / "absent.toml")


def test_a_parsed_table_is_refused_by_the_name_of_where_it_came_from() -> None:
    with pytest.raises(ConfigError, match=r"settings: fees\.rb\.by_monney is not a known key"):
        parse_overrides({"fees": {"rb": {"by_monney": 1}}}, "settings")


@pytest.mark.parametrize(
    ("section", "name", "missing"),
    [
        ("instruments", "X.Y", "kind, currency, tick"),
        ("products", "xx.DCE", "multiplier, tick, sessions, last_day"),
    ],
)
def test_something_new_must_be_told_completely(section: str, name: str, missing: str) -> None:
    overrides = parse_overrides({section: {name: {"name": "new"}}}, "here")
    with pytest.raises(ConfigError, match=f"must give {missing}"):
        Catalog(20260915, overrides).get(name)


def test_a_bond_gets_the_coupon_that_no_code_tells() -> None:
    said = {"coupon": 0.0211, "frequency": 2, "issued": 20240615, "maturity": 20340615}
    overrides = parse_overrides({"instruments": {"019742.SSE": {"bond": said}}}, "here")
    found = Catalog(20260915, overrides).get("019742.SSE")
    assert found.bond == BondTerms(Decimal("0.0211"), 2, 20240615, 20340615)
    assert found.kind is InstrumentKind.BOND


def test_a_contract_on_a_coin_nobody_packaged_can_be_told_completely() -> None:
    said = {
        "kind": "perpetual",
        "currency": "XYZ",
        "base": "XYZ",
        "inverse": True,
        "tick": 0.1,
        "multiplier": 10,
        "liquidation_fee": 0.01,
        "tiers": [{"up_to": 5, "max_leverage": 50, "maintenance": 0.01}],
    }
    overrides = parse_overrides({"instruments": {"XYZ-USD-PERP.NEW": said}}, "here")
    found = Catalog(20260915, overrides).get("XYZ-USD-PERP.NEW")
    assert (found.base, found.inverse, found.multiplier) == ("XYZ", True, 10)
    assert found.tiers == (LeverageTier(Decimal(5), Decimal(50), Decimal("0.01")),)
    assert found.liquidation_fee == Decimal("0.01")


def test_an_option_with_a_number_for_a_name_can_be_told() -> None:
    said = {
        "kind": "option",
        "currency": "CNY",
        "tick": 0.0001,
        "multiplier": 10145,
        "position": "hedged",
        "underlying": "510050.SSE",
        "strike": 2.957,
        "right": "put",
        "expiry": 20260923,
        "option": {
            "style": "european",
            "delivery": "physical",
            "margining": "security",
            "rate": 0.12,
            "floor": 0.07,
        },
    }
    overrides = parse_overrides({"instruments": {"10007001.SSE": said}}, "here")
    found = Catalog(20260915, overrides).get("10007001.SSE")
    assert (found.underlying, found.strike, found.right) == ("510050.SSE", Decimal("2.957"), "put")
    assert found.option == OptionTerms(
        ExerciseStyle.EUROPEAN,
        Delivery.PHYSICAL,
        OptionMargining.SECURITY,
        Decimal("0.12"),
        Decimal("0.07"),
    )
    assert found.position_rule == HEDGED


def test_holding_overnight_can_be_given_its_price() -> None:
    overrides = parse_overrides(
        {"instruments": {"AAPL.US": {"financing": {"short": 0.03}}}}, "here"
    )
    assert Catalog(20260915, overrides).get("AAPL.US").financing == Financing(short=Decimal("0.03"))


def test_a_maker_fee_and_the_levels_of_a_margin_call_can_be_given() -> None:
    overrides = parse_overrides(
        {
            "fees": {"BTC-USDT.OKX": {"by_money": 0.001, "maker": {"by_money": 0.0006}}},
            "margins": {
                "AAPL.US": {"rate": 0.6, "long_maintenance": 0.3, "short_maintenance": 0.4}
            },
        },
        "here",
    )
    catalog = Catalog(20260915, overrides)
    fees, margin = catalog.get("BTC-USDT.OKX").fees, catalog.get("AAPL.US").margin
    assert fees is not None
    assert fees.maker is not None
    assert fees.maker.by_money == Decimal("0.0006")
    assert margin is not None
    assert (margin.long_by_money, margin.short_maintenance) == (Decimal("0.6"), Decimal("0.4"))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"bond": {"coupn": 0.02}}, "coupn"),
        (
            {"bond": {"coupon": 0.02, "frequency": 1, "issued": 20240230, "maturity": 20340615}},
            "day",
        ),
        ({"option": {"style": "asian", "delivery": "cash", "margining": "index"}}, "asian"),
        ({"tiers": [{"up_to": 5, "leverage": 50}]}, "leverage"),
    ],
)
def test_a_part_that_is_told_wrong_is_refused(said: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_overrides({"instruments": {"019742.SSE": said}}, "here")


def test_a_default_margin_of_an_exchange_is_not_that_of_its_options() -> None:
    overrides = parse_overrides({"defaults": {"margin": {"DCE": {"rate": 0.15}}}}, "here")
    catalog = Catalog(20260915, overrides)
    assert catalog.get("m2611-C-3000.DCE").margin is None
    assert catalog.get("SP m2611&m2701.DCE").margin is None
