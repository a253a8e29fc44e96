"""``optimise``: find the parameters of a strategy that did best."""

import os
import pickle
import sys
from array import array
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import parent_process
from os import PathLike
from pathlib import Path

from anyvenue.engine.feed import DataLike, Feed
from anyvenue.engine.optimise.grid import Axis, Where, axes_of, combinations
from anyvenue.engine.optimise.identity import Identity
from anyvenue.engine.optimise.loading import Setup, held_feed, place_of
from anyvenue.engine.optimise.objective import By, objective_of
from anyvenue.engine.optimise.points import Window
from anyvenue.engine.optimise.pool import InProcess, ProcessPool, Runs
from anyvenue.engine.optimise.result import OptimiseResult, Progress
from anyvenue.engine.optimise.search import Search
from anyvenue.engine.optimise.store import Store
from anyvenue.engine.optimise.walk import WalkForward, combined, windows_of
from anyvenue.engine.optimise.worker import Runner
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.errors import ConfigError
from anyvenue.model.numbers import Number
from anyvenue.oms.risk import RiskLimits
from anyvenue.reference.catalog import DEFAULT_DATE, Catalog
from anyvenue.strategy.base import Strategy
from anyvenue.strategy.parameters import coerce

__all__ = ["optimise"]


def optimise(
    strategy: type[Strategy],
    data: DataLike,
    *,
    grid: Mapping[str, Axis],
    by: By = "return",
    where: Where | None = None,
    walk_forward: int | WalkForward | None = None,
    jobs: int | None = None,
    out: str | PathLike[str] | None = None,
    parameters: Mapping[str, object] | None = None,
    start: int | None = None,
    end: int | None = None,
    instrument: str | None = None,
    cash: Number | Mapping[str, Number] = 1_000_000,
    options: VenueOptions | None = None,
    catalog: Catalog | None = None,
    date: int | None = None,
    profile: str | None = None,
    interval: str | None = None,
    progress: Callable[[Progress], None] | None = None,
    risk: RiskLimits | None = None,
) -> OptimiseResult:
    """Run a strategy with every combination of parameters and return the outcomes, ranked.

    `grid` has values by parameter: a sequence, ``"5:50:5"`` (the end included) or ``"5,10,20"``; `where` leaves
    combinations out (``"fast < slow"``, several, or a function of the parameters); `parameters` are the same for all.
    `by` is return, profit, sharpe, drawdown, calmar, win-rate, fees, or a function of the summary (more is better).
    `walk_forward` chooses on a stretch of time and tests on the next, so many times. `jobs` processes share the work,
    by default one a core; the outcome does not depend on it. `out` is a folder where finished points are kept: a second
    call does not run them again unless data, strategy or venue changed. `start` and `end` (int ns UTC, the end
    excluded) limit the data. The rest is as for `backtest`.

    A point that fails keeps its error and ends no other. Ctrl-C ends the search: what is finished is in the result.
    Raise ConfigError, DataError or TableError. A script that calls this needs ``if __name__ == "__main__":``.
    """
    _refuse_while_importing()
    objective = objective_of(by)
    fixed = coerce(strategy, parameters or {})
    axes = axes_of(strategy, grid, fixed)
    points = combinations(axes, fixed, where)
    catalog = catalog or Catalog(date or DEFAULT_DATE)
    setup = Setup(
        strategy=place_of(strategy),
        data=data,
        instrument=instrument,
        profile=profile,
        date=date,
        interval=interval,
        window=(start, end),
        cash=cash,
        options=options or VenueOptions(),
        risk=risk or RiskLimits(),
        catalog_date=catalog.date,
        overrides=catalog.overrides,
        added=tuple(catalog.added),
    )
    feed = setup.feed(catalog)
    split = WalkForward(walk_forward) if isinstance(walk_forward, int) else walk_forward
    windows = windows_of(_times(feed), split) if split else None
    count = len(points) * (len(windows) if windows else 1)
    runs, warnings = _runs(setup, strategy, feed, min(_jobs(jobs), count))
    store = Store(Path(out)) if out is not None else None
    identity = Identity(setup, strategy, feed) if store else None
    search = Search(points, runs, objective, identity=identity, store=store, watch=progress)
    try:
        interrupted = _interrupted(search, windows)
    finally:
        runs.close()
        if store is not None:
            store.close()
    return OptimiseResult(
        strategy.__name__,
        axes,
        fixed,
        objective,
        search.points,
        search.folds,
        combined(search.tests) if search.folds else None,
        [*feed.warnings, *warnings, *search.warnings],
        interrupted,
    )


def _interrupted(search: Search, windows: Sequence[tuple[Window, Window]] | None) -> bool:
    """Search to the end; return whether Ctrl-C came first."""
    try:
        search.walk(windows) if windows else search.over_all()
    except KeyboardInterrupt:
        return True
    return False


def _jobs(wanted: int | None) -> int:
    if wanted is None:
        return os.cpu_count() or 1
    if wanted < 1:
        raise ConfigError(
            f"jobs was {wanted}; 1 or more is expected", code="config.jobs", value=wanted
        )
    return wanted


def _times(feed: Feed) -> Sequence[int]:
    return array("q", (event.ts_recv for event in feed.events()))


def _runs(setup: Setup, strategy: type[Strategy], feed: Feed, jobs: int) -> tuple[Runs, list[str]]:
    """Return processes, or this one where one is enough or the strategy or data cannot be sent to another."""
    stuck = _cannot_be_sent(setup, strategy) if jobs > 1 else ""
    if jobs > 1 and not stuck:
        return ProcessPool(setup, jobs), []
    warnings = [f"all points were run in this process: {stuck}"] if stuck else []
    return InProcess(Runner(setup, strategy, held_feed(feed))), warnings


def _cannot_be_sent(setup: Setup, strategy: type[Strategy]) -> str:
    place = setup.strategy
    if "<locals>" in place.name:
        return f"{strategy.__name__} is defined within a function"
    if place.module == "__main__" and not place.file:
        return f"{strategy.__name__} is in no file"
    try:
        pickle.dumps(setup)
    except Exception as error:
        return f"the data or the options cannot be sent to another ({error})"
    return ""


def _refuse_while_importing() -> None:
    """Raise ConfigError in a worker that is just importing the script which started it: it would start workers too."""
    if parent_process() is None or "__mp_main__" in sys.modules:
        return
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_globals.get("__name__") == "__mp_main__":
            raise ConfigError(
                'a script that optimises needs its calls below if __name__ == "__main__":',
                code="config.main_guard",
            )
