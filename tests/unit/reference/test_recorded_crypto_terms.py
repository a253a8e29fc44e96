"""Crypto terms of the tables, against recorded replies of the exchanges and an open symbol table."""

import csv
import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from anyvenue.reference.catalog import Catalog
from anyvenue.reference.crypto import crypto_symbols
from anyvenue.reference.share_options import option_funds

_BINANCE = "tests/integration_tests/adapters/binance/resources/http_responses/"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog(20260915)


def replies(folder: Path, exchange: str) -> dict[str, Any]:
    path = folder / "crypto_fixtures" / f"nautilus_{exchange}_json.json.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


def okx_rows(folder: Path) -> Iterator[dict[str, str]]:
    for name, reply in replies(folder, "okx").items():
        if "http_get_instruments_" in name:
            yield from reply["data"]


def test_contracts_of_okx_are_those_of_its_instruments_query(
    catalog: Catalog, shared_data: Path
) -> None:
    checked = 0
    for row in okx_rows(shared_data):
        base, _, quote = row["instFamily"].partition("-")
        found = catalog.find(f"{base}-{quote}-PERP.OKX")
        if row["instType"] == "SWAP":
            assert found is not None
            assert found.venue_symbol == row["instId"]
            assert found.multiplier == Decimal(row["ctVal"])
            assert found.price_step.step_at(Decimal(1)) == Decimal(row["tickSz"])
            assert (found.lot.step, found.lot.minimum) == (
                Decimal(row["lotSz"]),
                Decimal(row["minSz"]),
            )
            assert found.currency == row["settleCcy"]
            assert found.inverse == (row["ctType"] == "inverse")
            checked += 1
    assert checked == 3


def test_spot_of_okx_is_that_of_its_instruments_query(catalog: Catalog, shared_data: Path) -> None:
    rows = [row for row in okx_rows(shared_data) if row["instType"] in ("SPOT", "MARGIN")]
    known = [(row, catalog.find(f"{row['instId']}.OKX")) for row in rows]
    assert sum(found is not None for _, found in known) == 8
    for row, found in known:
        if found is not None:
            assert found.price_step.step_at(Decimal(1)) == Decimal(row["tickSz"])
            assert (found.lot.step, found.lot.minimum) == (
                Decimal(row["lotSz"]),
                Decimal(row["minSz"]),
            )


@pytest.mark.parametrize(
    ("reply", "names"),
    [
        ("http_spot_market_exchange_info.json", {"BTCUSDT": "BTC-USDT", "ETHUSDT": "ETH-USDT"}),
        (
            "http_futures_market_exchange_info.json",
            {"BTCUSDT": "BTC-USDT-PERP", "ETHUSDT": "ETH-USDT-PERP"},
        ),
    ],
)
def test_steps_of_binance_are_those_of_its_filters(
    catalog: Catalog, shared_data: Path, reply: str, names: dict[str, str]
) -> None:
    symbols = {
        each["symbol"]: each
        for each in replies(shared_data, "binance")[_BINANCE + reply]["symbols"]
    }
    for symbol, ours in names.items():
        filters = {each["filterType"]: each for each in symbols[symbol]["filters"]}
        found = catalog.get(f"{ours}.BINANCE")
        assert found.price_step.step_at(Decimal(1)) == Decimal(filters["PRICE_FILTER"]["tickSize"])
        assert found.lot.step == Decimal(filters["LOT_SIZE"]["stepSize"])
        fee = symbols[symbol].get("liquidationFee", 0)
        assert found.liquidation_fee == Decimal(fee)


def test_pairs_of_binance_and_bitfinex_are_those_of_the_open_symbol_table(
    catalog: Catalog, shared_data: Path
) -> None:
    path = shared_data / "global_reference" / "lean_symbol_properties.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = {
            (row["market"], row["type"], row["market_ticker"]): row for row in csv.DictReader(file)
        }
    checked = 0
    for exchange in ("BINANCE", "BITFINEX"):
        for symbol in crypto_symbols(exchange, catalog.date):
            found = catalog.get(f"{symbol}.{exchange}")
            kind = "cryptofuture" if found.position_rule.margined else "crypto"
            # The table has no contracts of Bitfinex.
            if not found.expiry and (exchange, kind) != ("BITFINEX", "cryptofuture"):
                row = rows[exchange.lower(), kind, found.venue_symbol]
                assert found.lot.step == Decimal(row["lot_size"])
                if exchange == "BINANCE":
                    tick = Decimal(row["minimum_price_variation"])
                    assert found.price_step.step_at(Decimal(1)) == tick
                    assert found.multiplier == Decimal(row["contract_multiplier"])
                checked += 1
    assert checked > 150


def test_funds_with_listed_options_are_known(shared_data: Path) -> None:
    path = shared_data / "cn_reference" / "wt_stk_options.json.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lists: dict[str, dict[str, Any]] = json.load(file)
    funds = {
        f"{row['option']['underlying']}.{exchange}"
        for exchange, rows in lists.items()
        for row in rows.values()
    }
    assert funds <= set(option_funds())
