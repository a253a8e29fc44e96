"""Results of short runs on synthetic prices, to report on."""

from math import sin

import pytest

from anyvenue.engine.backtest import backtest
from anyvenue.engine.optimise.result import OptimiseResult
from anyvenue.engine.optimise.run import optimise
from anyvenue.engine.results import RunResult
from anyvenue.engine.synthetic import synthetic_source
from anyvenue.model.market import Quote
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.library.ema_cross import EmaCross

DAYS = [20260914, 20260915]


@pytest.fixture(scope="session")
def result() -> RunResult:
    """Return two days of two averages on a stock index future."""
    catalog = Catalog(DAYS[0])
    index = catalog.get("IF2609.CFFEX")
    ticks = synthetic_source(index, DAYS, catalog.sessions(index.sessions), seed=1, start=3950)
    return backtest(EmaCross, ticks, parameters={"fast": 100, "slow": 500}, cash=5_000_000)


@pytest.fixture(scope="session")
def empty() -> RunResult:
    """Return a run whose strategy never trades."""
    catalog = Catalog(DAYS[0])
    index = catalog.get("IF2609.CFFEX")
    ticks = synthetic_source(index, DAYS[:1], catalog.sessions(index.sessions), seed=1, start=3950)
    slow = {"fast": 100_000, "slow": 500_000}
    return backtest(EmaCross, ticks, parameters=slow, cash=5_000_000)


def waves() -> list[Quote]:
    """Return an hour of rb2701 going up and down."""
    catalog = Catalog(20260915)
    rebar = catalog.get("rb2701.SHFE").id
    start = 1_789_434_000 * 10**9
    return [
        Quote(rebar, ts, ts, price, price + 1, 50.0, 50.0)
        for second in range(3600)
        for ts in [start + second * 10**9]
        for price in [3500.0 + round(20 * sin(second / 95) + 5 * sin(second / 23))]
    ]


GRID = {"fast": [5, 10, 20, 40], "slow": [20, 40, 80], "size": [1, 2]}


@pytest.fixture(scope="session")
def search() -> OptimiseResult:
    """Return a search over three parameters; some points fail, because fast must be below slow."""
    return optimise(EmaCross, waves(), grid=GRID, jobs=1, catalog=Catalog(20260915))


@pytest.fixture(scope="session")
def walked() -> OptimiseResult:
    """Return a walk forward in two steps."""
    grid = {"fast": [5, 10], "slow": [20, 40]}
    return optimise(EmaCross, waves(), grid=grid, jobs=1, walk_forward=2, catalog=Catalog(20260915))
