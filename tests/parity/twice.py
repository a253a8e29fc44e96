"""One run as a backtest and one on paper, and what must be equal between them."""

from collections.abc import Callable, Sequence
from itertools import zip_longest

from anyvenue.data.profiles import Record
from anyvenue.data.sample import sample_ticks
from anyvenue.data.source import MemorySource, Source
from anyvenue.engine.backtest import backtest
from anyvenue.engine.paper import paper
from anyvenue.engine.results import RunResult
from anyvenue.engine.sample import start_price
from anyvenue.engine.venue import VenueOptions
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import SessionWindow
from anyvenue.strategy.base import Strategy

__all__ = ["CATALOG", "SECOND", "assert_equal_runs", "both", "sample", "short_windows"]

SECOND = 1_000_000_000
CATALOG = Catalog(20260915)
Lines = list[str]


def short_windows(instrument: str, day: int, minutes: int = 6) -> list[SessionWindow]:
    """Return the first minutes of every open window of a day, and the last minutes of its last one."""
    found = CATALOG.get(instrument)
    windows = CATALOG.sessions(found.sessions).windows(day)
    span = minutes * 60 * SECOND
    cut = [SessionWindow(w.start, w.start + span, w.status, w.trading_day) for w in windows]
    last = windows[-1]
    return [*cut, SessionWindow(last.end - span, last.end, last.status, last.trading_day)]


def sample(
    instrument: str, days: Sequence[int] = (20260915,), seed: int = 1, minutes: int = 6, every_ns: int = SECOND
) -> Source:
    """Return the sample ticks of a few minutes of each session."""
    found = CATALOG.get(instrument)
    sessions = CATALOG.sessions(found.sessions)

    def make() -> object:
        for day in days:
            windows = short_windows(instrument, day, minutes)
            yield from sample_ticks(found, day, sessions, seed, start_price(found), windows=windows, every_ns=every_ns)

    return MemorySource(
        found, Record.DEPTH, make, identity=f"{instrument} {days} {seed} {minutes} {every_ns}"  # type: ignore[arg-type]
    )


def both(
    make: Callable[[], Strategy], data: object, options: VenueOptions | None = None, cash: object = 1_000_000, **more: object
) -> tuple[RunResult, Lines, RunResult, Lines]:
    """Run what `make` gives over `data` both ways; return both results and logs."""
    there: Lines = []
    here: Lines = []
    catalog = more.pop("catalog", CATALOG)
    tested = backtest(
        make(), data, cash=cash, options=options, catalog=catalog,  # type: ignore[arg-type]
        logger=lambda who, text: there.append(f"{who} {text}"), **more,  # type: ignore[arg-type]
    )
    papered = paper(
        make(), data, speed=0, cash=cash, options=options, catalog=catalog,  # type: ignore[arg-type]
        logger=lambda who, text: here.append(f"{who} {text}"), **more,  # type: ignore[arg-type]
    )
    return tested, there, papered, here


def assert_equal_runs(tested: RunResult, there: Lines, papered: RunResult, here: Lines) -> None:
    """Fail with the first line that differs."""
    for number, (left, right) in enumerate(zip_longest(there, here)):
        assert left == right, f"line {number}:\n backtest {left}\n paper    {right}"
    assert tested.fills == papered.fills
    assert tested.orders == papered.orders
    assert tested.audit_hash == papered.audit_hash
    assert tested.ledger_hash == papered.ledger_hash
    assert tested.accounts == papered.accounts
    assert tested.positions == papered.positions
    assert tested.summaries == papered.summaries
    assert tested.equity == papered.equity
    assert [(f.strategy, f.error, f.ts_event) for f in tested.faults] == [
        (f.strategy, f.error, f.ts_event) for f in papered.faults
    ]
    for result in (tested, papered):
        assert result.recount_holds, result.recount_differences
        assert not result.open_orders
