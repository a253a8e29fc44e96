"""Results of short runs on synthetic prices, to report on."""

import pytest

from anyvenue.data.sample import sample_source
from anyvenue.engine.backtest import backtest
from anyvenue.engine.results import RunResult
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.library.ema_cross import EmaCross

DAYS = [20260914, 20260915]


@pytest.fixture(scope="session")
def result() -> RunResult:
    """Return two days of two averages on a stock index future."""
    catalog = Catalog(DAYS[0])
    index = catalog.get("IF2609.CFFEX")
    ticks = sample_source(index, DAYS, catalog.sessions(index.sessions), seed=1, start_price=3950)
    return backtest(EmaCross, ticks, parameters={"fast": 100, "slow": 500}, cash=5_000_000)


@pytest.fixture(scope="session")
def empty() -> RunResult:
    """Return a run whose strategy never trades."""
    catalog = Catalog(DAYS[0])
    index = catalog.get("IF2609.CFFEX")
    ticks = sample_source(
        index, DAYS[:1], catalog.sessions(index.sessions), seed=1, start_price=3950
    )
    slow = {"fast": 100_000, "slow": 500_000}
    return backtest(EmaCross, ticks, parameters=slow, cash=5_000_000)
