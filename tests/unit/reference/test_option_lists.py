"""Options and spreads made by rule, against recorded vendor lists of 2016 to 2020."""

import csv
import gzip
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from anyvenue.model.enums import InstrumentKind, OptionRight
from anyvenue.model.instruments import Instrument
from anyvenue.model.steps import FixedStep
from anyvenue.reference.catalog import Catalog

Row = dict[str, str]

# Announced later than the vendor's list was written: holidays of 2021 that were not known in June 2020.
_HOLIDAYS_TO_COME = 20210101
# The holiday was prolonged while it lasted, so the last day moved after the list of it was made.
_PROLONGED = "cu2002"


@cache
def catalog_of(day: int) -> Catalog:
    return Catalog(day)


def rows_of(folder: Path, name: str) -> list[Row]:
    with gzip.open(folder / "cn_reference" / name, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def listed(folder: Path, kinds: tuple[str, ...]) -> Iterator[tuple[Row, Instrument | None]]:
    """Yield each listed row of the kinds with what the catalog makes of its code on a day it traded."""
    for row in rows_of(folder, "tqsdk_active_instruments_2020-06-16.csv.gz"):
        if row["class"] in kinds:
            yield row, _find(catalog_of(20200616), row)
    for row in rows_of(folder, "tqsdk_expired_instruments.csv.gz"):
        if row["ins_class"] in kinds:
            year = int(row["expire_date"][:4])
            yield row, _find(catalog_of(year * 10_000 + 101), row)


def _find(catalog: Catalog, row: Row) -> Instrument | None:
    exchange, _, symbol = row["instrument_id"].partition(".")
    return catalog.find(f"{symbol}.{exchange}")


@pytest.fixture(scope="module")
def options(shared_data: Path) -> list[tuple[Row, Instrument]]:
    pairs = list(listed(shared_data, ("FUTURE_OPTION", "OPTION")))
    missing = [row["instrument_id"] for row, found in pairs if found is None]
    assert missing == []
    return [(row, found) for row, found in pairs if found is not None]


def test_every_listed_option_has_its_code_read(options: list[tuple[Row, Instrument]]) -> None:
    assert len(options) == 4946 + 250 + 7337 + 448
    for row, found in options:
        assert found.kind is InstrumentKind.OPTION
        assert found.strike == Decimal(row["strike_price"])
        assert found.right is OptionRight(row["option_class"].lower())


def test_options_on_futures_name_their_underlying(options: list[tuple[Row, Instrument]]) -> None:
    for row, found in options:
        if not row["underlying_symbol"].endswith("000300"):
            exchange, _, symbol = row["underlying_symbol"].partition(".")
            assert found.underlying == f"{symbol}.{exchange}"
        else:
            assert found.underlying == "000300.SSE"


def test_multipliers_and_ticks_are_those_of_the_lists(
    options: list[tuple[Row, Instrument]],
) -> None:
    wrong = [
        (row["instrument_id"], row["volume_multiple"], row["price_tick"])
        for row, found in options
        if found.multiplier != Decimal(row["volume_multiple"])
        or found.price_step != FixedStep(Decimal(row["price_tick"]))
    ]
    assert wrong == []


def test_last_days_are_those_of_the_lists_where_the_holidays_were_known(
    options: list[tuple[Row, Instrument]],
) -> None:
    wrong = {
        (row["instrument_id"], row["expire_date"], found.expiry)
        for row, found in options
        if found.expiry != int(row["expire_date"].replace("-", ""))
        and int(row["expire_date"].replace("-", "")) < _HOLIDAYS_TO_COME
        and found.underlying != f"{_PROLONGED}.SHFE"
    }
    assert wrong == set()


def test_listed_spreads_have_the_terms_of_their_legs(shared_data: Path) -> None:
    pairs = list(listed(shared_data, ("FUTURE_COMBINE",)))
    assert len(pairs) == 885 + 3973
    for row, found in pairs:
        if found is not None:
            assert found.kind is InstrumentKind.SPREAD
            assert found.multiplier == Decimal(row["volume_multiple"])
            assert found.price_step == FixedStep(Decimal(row["price_tick"]))
            first, second = (leg.instrument.partition(".")[0] for leg in found.legs)
            assert row["instrument_id"].endswith(f" {first}&{second}")


def test_only_spreads_of_months_or_sizes_that_are_gone_are_unknown(shared_data: Path) -> None:
    unknown = [
        row["instrument_id"]
        for row, found in listed(shared_data, ("FUTURE_COMBINE",))
        if found is None
    ]
    # July apples are listed no more, and fibreboard changed its size between two legs.
    assert {name.partition(" ")[2][:2] for name in unknown} == {"AP", "fb"}
    assert len(unknown) == 43
