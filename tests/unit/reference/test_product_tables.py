"""The product, fee and margin tables: complete, well-formed, and in agreement with CTP's own dumps."""

import csv
import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from anyvenue.model.enums import Dating
from anyvenue.model.errors import DataError
from anyvenue.reference import tables
from anyvenue.reference.calendar import get_calendar
from anyvenue.reference.contracts import last_trading_day, listed_months, listing_day
from anyvenue.reference.products import FUTURES_EXCHANGES, Product, get_products
from anyvenue.reference.sessions import session_groups
from anyvenue.reference.tables import read_table

DUMP_2025_03, DUMP_2025_12 = "ctp_instruments_2025-03.csv.gz", "ctp_instruments_2025-12-26.csv.gz"
CN = get_calendar("CN")
PRODUCTS = list(get_products().values())


def dump(shared_data: Path, name: str) -> list[dict[str, str]]:
    """Return the futures of a dump with column names of one style."""
    with gzip.open(shared_data / "cn_reference" / name, "rt", encoding="utf-8") as file:
        rows = [
            {key.replace("_", "").lower(): value for key, value in row.items()}
            for row in csv.DictReader(file)
        ]
    return [row for row in rows if row["productclass"] == "1"]


def product_of(row: dict[str, str]) -> Product:
    return get_products()[f"{row['productid']}.{row['exchangeid']}"]


def month_of(row: dict[str, str]) -> int:
    return int(row["deliveryyear"]) * 100 + int(row["deliverymonth"])


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.id)
def test_every_product_has_terms_and_both_names(product: Product) -> None:
    assert product.exchange in FUTURES_EXCHANGES
    assert product.multiplier > 0
    assert product.tick > 0
    assert product.sessions in session_groups()
    assert product.name.isascii()
    assert any(ord(letter) > 0x4E00 for letter in product.name_zh)
    assert product.source.split()[-1].isdigit()
    explicit = product.exchange in ("SHFE", "INE")
    assert product.dating is (Dating.EXPLICIT if explicit else Dating.AUTO)
    assert set(product.main_months) <= set(range(1, 13))
    assert listed_months(product, 20260915, CN) or product.last_month


@pytest.mark.parametrize("table", ["fees", "margins"])
def test_every_fee_and_margin_belongs_to_a_product_and_names_its_source(table: str) -> None:
    for row in read_table(table):
        assert f"{row['product']}.{row['exchange']}" in get_products()
        assert row["source"]
        assert len(row["date"]) == 8


def test_a_fee_is_by_money_or_by_lot_and_its_size_is_sane() -> None:
    for product in PRODUCTS:
        if product.fees is not None:
            for rate in (product.fees.open, product.fees.close, product.fees.close_today):
                assert not (rate.by_money and rate.by_lot)
                assert rate.by_money <= Decimal("0.001")
                assert rate.by_lot <= 150
            assert product.fees.open.by_money or product.fees.open.by_lot


def test_what_no_source_tells_stays_unknown() -> None:
    assert get_products()["bz.DCE"].fees is None
    assert get_products()["PL.CZCE"].margin is None


def test_the_well_known_figures() -> None:
    terms = {
        product.id: (product.multiplier, product.tick)
        for product in PRODUCTS
        if product.id
        in ("rb.SHFE", "au.SHFE", "sc.INE", "IF.CFFEX", "T.CFFEX", "TS.CFFEX", "lc.GFEX", "FG.CZCE")
    }
    assert terms == {
        "rb.SHFE": (10, 1),
        "au.SHFE": (1000, Decimal("0.02")),
        "sc.INE": (1000, Decimal("0.1")),
        "IF.CFFEX": (300, Decimal("0.2")),
        "T.CFFEX": (10_000, Decimal("0.005")),
        "TS.CFFEX": (20_000, Decimal("0.002")),
        "lc.GFEX": (1, 20),
        "FG.CZCE": (20, 1),
    }


def test_older_contracts_keep_their_older_terms() -> None:
    gold = get_products()["au.SHFE"]
    assert gold.spec(201911).tick == Decimal("0.05")
    assert gold.spec(201912).tick == Decimal("0.02")
    board = get_products()["fb.DCE"]
    assert (board.spec(201911).multiplier, board.spec(201912).multiplier) == (500, 10)


def test_a_tick_that_changed_for_all_contracts_on_one_day_goes_by_the_day() -> None:
    freight = get_products()["ec.INE"]
    assert freight.spec(202606, 20260508).tick == Decimal("0.1")
    assert freight.spec(202606, 20260511).tick == Decimal("0.5")


def test_a_damaged_table_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.csv").write_text("a,b\n1,2\n3\n", encoding="utf-8")
    monkeypatch.setattr(tables, "_FOLDER", tmp_path)
    with pytest.raises(
        DataError, match=r"broken\.csv, line 3, has 1 fields where its header has 2"
    ):
        read_table("broken")


@pytest.mark.parametrize("name", [DUMP_2025_03, DUMP_2025_12])
def test_terms_agree_with_the_dump(shared_data: Path, name: str) -> None:
    day = 20250305 if name == DUMP_2025_03 else 20251226
    for row in dump(shared_data, name):
        product = product_of(row)
        spec = product.spec(month_of(row), day)
        assert spec.multiplier == Decimal(row["volumemultiple"]), row["instrumentid"]
        assert spec.tick == Decimal(row["pricetick"]), row["instrumentid"]
        assert product.lot.minimum == int(row["minlimitordervolume"])
        assert product.lot.maximum == int(row["maxlimitordervolume"])


def test_every_product_of_the_dumps_is_in_the_table_and_the_other_way_round(
    shared_data: Path,
) -> None:
    dumped = {
        product_of(row).id
        for name in (DUMP_2025_03, DUMP_2025_12)
        for row in dump(shared_data, name)
    }
    averages = {"l_f.DCE", "pp_f.DCE", "v_f.DCE"}  # listed in October 2025 and left out of the dump
    assert set(get_products()) == dumped | averages


def test_margins_dating_and_larger_side_agree_with_the_dump(shared_data: Path) -> None:
    larger: dict[str, set[str]] = {}
    for row in dump(shared_data, DUMP_2025_03):
        product = product_of(row)
        assert product.margin is not None
        assert product.margin.long_by_money == Decimal(row["longmarginratio"])
        assert product.margin.short_by_money == Decimal(row["shortmarginratio"])
        assert (product.dating is Dating.EXPLICIT) == (row["positiondatetype"] == "1")
        larger.setdefault(product.id, set()).add(row["maxmarginsidealgorithm"])
    for name, marks in larger.items():
        assert get_products()[name].larger_side == ("1" in marks)


def test_last_trading_days_agree_with_the_dump_of_december_2025(shared_data: Path) -> None:
    for row in dump(shared_data, DUMP_2025_12):
        product, month = product_of(row), month_of(row)
        ends = last_trading_day(product.spec(month).last_day, month, CN)
        assert ends == int(row["expiredate"]), row["instrumentid"]


def test_last_trading_days_agree_with_the_dump_of_march_2025_where_holidays_were_known(
    shared_data: Path,
) -> None:
    for row in dump(shared_data, DUMP_2025_03):
        product, month = product_of(row), month_of(row)
        if month < 202601:
            ends = last_trading_day(product.spec(month).last_day, month, CN)
            assert ends == int(row["expiredate"]), row["instrumentid"]


def test_listed_contracts_and_their_first_days_agree_with_the_dump(shared_data: Path) -> None:
    listed: dict[str, set[int]] = {}
    # Taken in the evening of 26 December, so what is listed is that of the next trading day.
    for row in dump(shared_data, DUMP_2025_12):
        product, month = product_of(row), month_of(row)
        if int(row["expiredate"]) >= 20251229:
            listed.setdefault(product.id, set()).add(month)
        if row["instrumentid"] != "bb2601":  # its months were changed while it was listed
            assert listing_day(product, month, CN) == int(row["opendate"]), row["instrumentid"]
    for name, months in listed.items():
        assert set(listed_months(get_products()[name], 20251229, CN)) == months


def test_last_trading_days_agree_with_expired_contracts(shared_data: Path) -> None:
    path = shared_data / "cn_reference/tqsdk_expired_instruments.csv.gz"
    # The spring holiday of 2020 was made longer while it lasted, when these days were already fixed.
    known = {"jd2001", "eg2001", "fu2002"}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["ins_class"] == "FUTURE" and row["expire_date"]
        ]
    checked = 0
    for row in rows:
        product = get_products()[f"{row['product_id']}.{row['exchange_id']}"]
        month = int(float(row["delivery_year"])) * 100 + int(float(row["delivery_month"]))
        symbol = row["instrument_id"].partition(".")[2]
        if product.code == "sc" or symbol in known or month > 202006:
            continue
        ends = last_trading_day(product.spec(month).last_day, month, CN)
        assert ends == int(row["expire_date"].replace("-", "")), symbol
        checked += 1
    assert checked > 2000
