"""The strategy over many markets: about the same money in each, in its own currency, and no fault where it cannot."""

from decimal import Decimal

import pytest

from anyvenue.data.window import WindowSource
from anyvenue.engine.backtest import backtest
from anyvenue.engine.results import RunResult
from anyvenue.engine.synthetic import synthetic_feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.library.basket import Basket

CATALOG = Catalog(20260915)
REBAR = InstrumentId("rb2701.SHFE")
MIXED = ("rb2701.SHFE", "AAPL.US", "EURUSD.FX", "BTC-USDT.BINANCE", "BTC-USD-PERP.BINANCE")
MONEY = {"CNY": 1_000_000, "USD": 100_000, "USDT": 100_000, "BTC": 2}


def run(*instruments: str, **parameters: object) -> RunResult:
    """Trade two hours of synthetic markets that are always open."""
    feed = synthetic_feed(CATALOG, date=20260915, seed=4, instruments=instruments, days=1)
    end = next(feed.events()).ts_event + 7200 * 1_000_000_000
    result = backtest(
        Basket,
        [WindowSource(source, None, end) for source in feed.sources],
        parameters={"fast": 5, "slow": 15, **parameters},
        cash=MONEY,
        options=VenueOptions(hours="always"),
        catalog=CATALOG,
    )
    assert result.faults == []
    assert result.recount_differences == []
    return result


def test_one_instance_trades_markets_of_four_currencies_with_the_same_share_in_each() -> None:
    result = run(*MIXED)
    assert {fill.instrument for fill in result.fills} == set(MIXED)
    first = {fill.instrument: fill for fill in reversed(result.fills)}
    for fill in first.values():
        unit = CATALOG.get(fill.instrument)
        size = fill.quantity * unit.multiplier
        worth = size / fill.price if unit.inverse else size * fill.price
        assert Decimal("0.06") < worth / MONEY[unit.currency] < Decimal("0.11")


def test_a_share_too_small_for_an_order_is_the_smallest_order() -> None:
    result = run("rb2701.SHFE", share="0.000001")
    assert {fill.quantity for fill in result.fills} == {Decimal(1)}


def test_bars_of_the_data_serve_where_there_is_nothing_finer() -> None:
    start = 1_789_434_000_000_000_000  # 09:00 in China
    step = 300_000_000_000
    prices = [3500.0 + (n % 7) for n in range(12)]
    bars = [
        Bar(REBAR, at + step, at + step, "5m", at, price, price, price, price, 10.0)
        for at, price in zip(range(start, start + 12 * step, step), prices, strict=True)
    ]
    result = backtest(Basket, bars, parameters={"fast": 2, "slow": 3}, catalog=CATALOG)
    assert result.faults == []
    assert result.fills


@pytest.mark.parametrize("wrong", [{"fast": 30}, {"fast": 0}, {"share": 0}])
def test_parameters_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    feed = synthetic_feed(CATALOG, date=20260915, seed=4, instruments=["600519"], days=1)
    result = backtest(Basket, feed.sources, parameters=wrong, catalog=CATALOG)
    (fault,) = result.faults
    assert fault.error.startswith("ConfigError: basket: fast was")
