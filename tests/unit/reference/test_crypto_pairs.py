"""Crypto pairs: spot, perpetual and quarterly contracts, linear and inverse."""

from decimal import Decimal
from itertools import pairwise

import pytest

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.instruments import CASH_STOCK_T0, NETTED
from anyvenue.model.steps import FixedStep, SignificantStep
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.crypto import (
    CRYPTO_EXCHANGES,
    crypto_pairs,
    crypto_symbols,
    is_quarterly,
    quarterly_days,
)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog(20260915)


def test_a_spot_pair_is_paid_in_full_and_sold_the_same_day(catalog: Catalog) -> None:
    found = catalog.get("BTC-USDT.BINANCE")
    assert (found.kind, found.base, found.currency) == (InstrumentKind.SPOT, "BTC", "USDT")
    assert found.position_rule == CASH_STOCK_T0
    assert found.price_step == FixedStep(Decimal("0.01"))
    assert found.lot.step == found.lot.minimum == Decimal("0.00001")
    assert found.venue_symbol == "BTCUSDT"
    assert found.sessions == "always"


def test_a_linear_perpetual_settles_in_what_it_is_quoted_in(catalog: Catalog) -> None:
    found = catalog.get("BTC-USDT-PERP.BINANCE")
    assert (found.kind, found.base, found.currency) == (InstrumentKind.PERPETUAL, "BTC", "USDT")
    assert not found.inverse
    assert found.position_rule == NETTED
    assert found.multiplier == 1
    assert found.expiry == 0


@pytest.mark.parametrize(("coin", "dollars"), [("BTC", 100), ("ETH", 10), ("SOL", 10)])
def test_an_inverse_perpetual_is_worth_dollars_and_settles_in_its_coin(
    catalog: Catalog, coin: str, dollars: int
) -> None:
    found = catalog.get(f"{coin}-USD-PERP.BINANCE")
    assert (found.inverse, found.base, found.currency) == (True, coin, coin)
    assert found.multiplier == dollars
    assert found.lot.step == 1
    assert found.venue_symbol == f"{coin}USD_PERP"


@pytest.mark.parametrize(
    ("symbol", "size"),
    [("BTC-USDT-PERP", "0.01"), ("ETH-USDT-PERP", "0.1"), ("BTC-USD-PERP", "100")],
)
def test_contracts_of_okx_have_its_sizes(catalog: Catalog, symbol: str, size: str) -> None:
    found = catalog.get(f"{symbol}.OKX")
    assert found.multiplier == Decimal(size)
    assert found.venue_symbol == symbol.replace("PERP", "SWAP")


def test_a_dated_contract_ends_on_the_last_friday_of_its_quarter(catalog: Catalog) -> None:
    found = catalog.get("BTC-USDT-20260925.BINANCE")
    assert (found.kind, found.expiry) == (InstrumentKind.FUTURE, 20260925)
    assert found.venue_symbol == "BTCUSDT_260925"
    assert catalog.get("BTC-USD-20260925.OKX").venue_symbol == "BTC-USD-260925"


@pytest.mark.parametrize(
    "symbol", ["BTC-USDT-20260918", "BTC-USDT-20261030", "SOL-USDT-20260925", "BTC-USDT-2026"]
)
def test_there_is_no_dated_contract_of_another_day_or_coin(catalog: Catalog, symbol: str) -> None:
    assert catalog.find(f"{symbol}.BINANCE") is None


def test_two_quarters_are_listed_and_the_last_day_still_counts() -> None:
    assert quarterly_days(20260925) == [20260925, 20261225]
    assert quarterly_days(20260926) == [20261225, 20270326]
    assert is_quarterly(20241227)
    assert not is_quarterly(20241226)


def test_a_taker_pays_more_than_a_maker(catalog: Catalog) -> None:
    fees = catalog.get("BTC-USDT-PERP.BINANCE").fees
    assert fees is not None
    assert fees.maker is not None
    assert (fees.open.by_money, fees.maker.by_money) == (Decimal("0.0005"), Decimal("0.0002"))
    assert fees.open == fees.close == fees.close_today


def test_deductions_make_the_maintenance_margin_continuous(catalog: Catalog) -> None:
    for name in ("BTC-USDT-PERP", "SOL-USDT-PERP", "BTC-USDT-20261225", "BTC-USD-PERP"):
        tiers = catalog.get(f"{name}.BINANCE").tiers
        assert tiers[0].deduction == 0
        for below, above in pairwise(tiers):
            assert above.up_to > below.up_to
            assert above.max_leverage < below.max_leverage
            assert (
                below.up_to * below.maintenance - below.deduction
                == below.up_to * above.maintenance - above.deduction
            )


def test_the_deductions_are_those_the_exchange_publishes(catalog: Catalog) -> None:
    # The "cum" column of the leverage brackets.
    published = [0, 50, 950, 11450, 131450, 481450, 2981450, 14481450, 26481450]
    tiers = catalog.get("BTC-USDT-PERP.BINANCE").tiers
    assert [tier.deduction for tier in tiers][:9] == published
    assert catalog.get("ETH-USDT-PERP.BINANCE").tiers[-1].deduction == 280506450


def test_bitfinex_prices_have_five_significant_digits(catalog: Catalog) -> None:
    found = catalog.get("BTC-USD.BITFINEX")
    assert found.price_step == SignificantStep(5, 8)
    assert found.price("65432") == 65432
    assert found.venue_symbol == "tBTCUSD"


def test_every_listed_symbol_can_be_had_and_says_where_it_is_from(catalog: Catalog) -> None:
    for exchange in CRYPTO_EXCHANGES:
        for symbol in crypto_symbols(exchange, catalog.date):
            found = catalog.get(f"{symbol}.{exchange}")
            assert found.fees is not None
            assert found.fees.source
            assert found.name_zh
            assert found.margin is not None or not found.position_rule.margined
            assert found.base + "-" in symbol


def test_many_coins_are_known() -> None:
    coins = {pair.partition("-")[0] for pair in crypto_pairs("BINANCE").values()}
    assert len(coins) >= 25
