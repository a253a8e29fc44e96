"""What --fees, --margin, --rolls and --cash say."""

from decimal import Decimal
from pathlib import Path

import pytest

from anyvenue.app.rates import merged, parse_fees, parse_margin, read_rolls
from anyvenue.app.settings import Settings
from anyvenue.app.simulation import VenueChoice, parse_cash, venue_options
from anyvenue.model.errors import ConfigError, DataError
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.overrides import Overrides


@pytest.mark.parametrize(
    ("spec", "by_money", "by_lot"),
    [
        ("0.0001", "0.0001", "0"),
        ("3/lot", "0", "3"),
        ("0.0001+3/lot", "0.0001", "3"),
        ("0", "0", "0"),
    ],
)
def test_fees_are_rates_of_turnover_amounts_a_lot_or_both(
    spec: str, by_money: str, by_lot: str
) -> None:
    fees = parse_fees(spec)
    assert (fees.open.by_money, fees.open.by_lot) == (Decimal(by_money), Decimal(by_lot))
    assert fees.open == fees.close == fees.close_today
    assert fees.source == "--fees"


@pytest.mark.parametrize("spec", ["x", "", "-1", "3/hand", "1+", "nan"])
def test_fees_that_make_no_sense_are_refused_with_the_forms_there_are(spec: str) -> None:
    with pytest.raises(ConfigError, match=r"--fees was .*0\.0001\+3/lot"):
        parse_fees(spec)


def test_a_margin_is_a_rate_for_both_sides() -> None:
    assert parse_margin("0.1").long_by_money == parse_margin("0.1").short_by_money == Decimal("0.1")
    with pytest.raises(ConfigError, match="--margin was 'much'"):
        parse_margin("much")


def test_rates_in_a_file_come_before_those_of_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "fees.toml"
    path.write_text('[fees."rb.SHFE"]\nby_lot = 7\n', encoding="utf-8")
    found = merged(
        Overrides(fees={"rb.SHFE": parse_fees("1/lot"), "IF.CFFEX": parse_fees("2/lot")}), str(path)
    )
    assert found.fees["rb.SHFE"].open.by_lot == 7
    assert found.fees["IF.CFFEX"].open.by_lot == 2


def test_a_rate_on_the_command_line_holds_for_every_instrument_of_the_run() -> None:
    catalog = Catalog()
    instruments = [catalog.get("rb2701.SHFE"), catalog.get("600519.SSE")]
    options = venue_options(
        Settings(), VenueChoice(fees="3/lot", seed=9, latency_ms=2.5), instruments
    )
    assert [options.fees[each.id].open.by_lot for each in instruments] == [3, 3]
    assert (options.seed, options.latency_ms, options.hours) == (9, 2.5, "real")


def test_a_roll_table_is_for_the_one_series_or_for_the_one_it_names(tmp_path: Path) -> None:
    catalog = Catalog()
    rb, index, month = (catalog.get(each) for each in ("rb.SHFE", "IF.CFFEX", "rb2701.SHFE"))
    path = tmp_path / "rolls.csv"
    path.write_text("date,contract\n20200102,rb2005\n2020-04-03,rb2010\n", encoding="utf-8")
    days = {20200102, 20200403}
    assert read_rolls([str(path)], [rb, month]) == {rb.id: days}
    assert read_rolls([f"IF.CFFEX={path}"], [rb, index]) == {index.id: days}
    assert read_rolls([], [rb]) == {}
    with pytest.raises(ConfigError, match=r"this run has rb.SHFE, IF.CFFEX"):
        read_rolls([str(path)], [rb, index])
    with pytest.raises(ConfigError, match="this run has none"):
        read_rolls([str(path)], [month])


def test_a_broken_roll_table_is_named_with_its_line(tmp_path: Path) -> None:
    series = [Catalog().get("rb.SHFE")]
    path = tmp_path / "rolls.csv"
    path.write_text("date,contract\n20200102,rb2005\n2020-99-03,rb2010\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 3"):
        read_rolls([str(path)], series)


def test_cash_is_one_amount_or_amounts_by_currency() -> None:
    assert parse_cash("1_000", Settings()) == Decimal(1000)
    assert parse_cash("CNY=1000, usd=5.5", Settings()) == {
        "CNY": Decimal(1000),
        "USD": Decimal("5.5"),
    }
    assert parse_cash(None, Settings()) == Decimal(1_000_000)
    for wrong in ("much", "-1", "CNY=", "0"):
        with pytest.raises(ConfigError, match="--cash was"):
            parse_cash(wrong, Settings())
