"""One backtest after the other over data that is loaded once, in this process or in one of its own."""

import gc
import signal
import warnings
from collections.abc import Sequence
from multiprocessing.connection import Connection
from time import perf_counter

from msgspec.structs import replace

from anyvenue.data.source import Source
from anyvenue.data.window import WindowSource
from anyvenue.engine.backtest import backtest
from anyvenue.engine.feed import Feed
from anyvenue.engine.optimise.loading import Setup, held_feed, strategy_at
from anyvenue.engine.optimise.points import Outcome, Task, Window
from anyvenue.engine.results import RunResult
from anyvenue.model.errors import AnyvenueError
from anyvenue.strategy.base import Strategy

__all__ = ["READY", "Runner", "serve"]

READY = "ready"
"""What a worker says once its data is loaded; anything else that is a text tells why it cannot be."""


class Runner:
    """Runs tasks of one setup."""

    def __init__(
        self, setup: Setup, strategy: type[Strategy] | None = None, feed: Feed | None = None
    ) -> None:
        """Find the strategy and load the data, unless they are at hand; raise AnyvenueError."""
        self._setup = setup
        self._strategy = strategy or strategy_at(setup.strategy)
        self._catalog = setup.catalog()
        self._feed = feed or held_feed(setup.feed(self._catalog))

    def run(self, task: Task) -> Outcome:
        """Run one backtest; whatever it raises is in the outcome."""
        began = perf_counter()
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("default", UserWarning)
            outcome = self._outcome(task)
        texts = tuple(dict.fromkeys(str(each.message) for each in warned))
        return replace(outcome, seconds=perf_counter() - began, warnings=texts)

    def _outcome(self, task: Task) -> Outcome:
        try:
            return _outcome(self._backtest(task), task)
        except AnyvenueError as error:
            return Outcome(error=error.text)
        except Exception as error:
            return Outcome(error=f"{type(error).__name__}: {error}")

    def _backtest(self, task: Task) -> RunResult:
        setup = self._setup
        return backtest(
            self._strategy,
            self._cut(task.window),
            parameters=task.parameters,
            cash=setup.cash,
            options=setup.options,
            risk=setup.risk,
            catalog=self._catalog,
        )

    def _cut(self, window: Window | None) -> Sequence[Source]:
        sources = self._feed.sources
        return sources if window is None else [WindowSource(each, *window) for each in sources]


def _outcome(result: RunResult, task: Task) -> Outcome:
    if result.faults:
        fault = result.faults[0]
        error = f"{fault.error} ({fault.where})" if fault.where else fault.error
        return Outcome(error=error)
    if not result.recount_holds:
        error = f"recount fails: {'; '.join(result.recount_differences)}"
        return Outcome(error=error)
    return Outcome(
        summary=result.summary,
        ledger_hash=result.ledger_hash,
        curve=result.equity if task.curve else (),
    )


def serve(connection: Connection, setup: Setup) -> None:
    """Answer tasks with outcomes until the other end is closed; Ctrl-C is the other end's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        runner = Runner(setup)
    except Exception as error:
        connection.send(error.text if isinstance(error, AnyvenueError) else repr(error))
        return
    # The records stay for good: the collector need not walk them for every point.
    gc.freeze()
    connection.send(READY)
    while True:
        try:
            task = connection.recv()
            connection.send(runner.run(task))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return
