"""One run as a backtest and one on paper, and what must be equal between them."""

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.engine.backtest import backtest
from anyvenue.engine.paper import paper
from anyvenue.engine.results import RunResult
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.market import Depth, MarketData, Quote, Trade
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import SessionWindow
from anyvenue.sim.synthetic import synthetic_ticks
from anyvenue.strategy.base import Strategy

__all__ = [
    "CATALOG",
    "SECOND",
    "Run",
    "assert_equal",
    "both",
    "sample",
    "sample_quotes",
    "sample_trades",
]

SECOND = 1_000_000_000
CATALOG = Catalog(20260915)
Run = tuple[RunResult, list[str]]


def _parts_of(instrument: str, day: int, minutes: int) -> list[SessionWindow]:
    """Return the first minutes of every open window of a day, and the last minutes of its last one."""
    windows = CATALOG.sessions(CATALOG.get(instrument).sessions).windows(day)
    span = minutes * 60 * SECOND
    parts = [SessionWindow(w.start, w.start + span, w.status, w.trading_day) for w in windows]
    last = windows[-1]
    return [*parts, SessionWindow(last.end - span, last.end, last.status, last.trading_day)]


def sample(
    instrument: str, days: Sequence[int] = (20260915,), seed: int = 1, minutes: int = 4
) -> MemorySource:
    """Return a tick a second for some minutes of each session, from open to close of the days."""
    found = CATALOG.get(instrument)

    def make() -> Iterator[MarketData]:
        parts = (part for day in days for part in _parts_of(instrument, day, minutes))
        return synthetic_ticks(found, parts, seed, every_ns=SECOND)

    identity = f"{instrument} {list(days)} {seed} {minutes}"
    return MemorySource(found, Record.DEPTH, make, identity=identity)


def _as_quote(depth: Depth) -> Quote:
    at = depth.instrument, depth.ts_event, depth.ts_recv
    return Quote(*at, depth.bid, depth.ask, depth.bid_sizes[0], depth.ask_sizes[0])


def _as_trade(depth: Depth) -> Trade:
    return Trade(depth.instrument, depth.ts_event, depth.ts_recv, depth.last, depth.ask_sizes[0])


def sample_quotes(
    instrument: str, days: Sequence[int] = (20260915,), seed: int = 1
) -> MemorySource:
    """Return the sample as quotes, which a backtest shows its exchange only while orders work."""
    return _changed(sample(instrument, days, seed), Record.QUOTE, _as_quote)


def sample_trades(
    instrument: str, days: Sequence[int] = (20260915,), seed: int = 1
) -> MemorySource:
    """Return the sample as public trades."""
    return _changed(sample(instrument, days, seed), Record.TRADE, _as_trade)


def _changed(
    source: MemorySource, record: Record, change: Callable[[Any], MarketData]
) -> MemorySource:
    return MemorySource(
        source.instrument,
        record,
        lambda: map(change, source.events()),
        identity=f"{record} of {source.path}",
    )


def both(
    make: Callable[[], Strategy], data: Any, options: VenueOptions | None = None, **more: Any
) -> tuple[Run, Run]:
    """Return result and log of a backtest, and result and log of a paper run at full speed."""
    more.setdefault("catalog", CATALOG)
    tested, papered = [], []

    def keep(lines: list[str]) -> Callable[[str, str], None]:
        return lambda source, text: lines.append(f"{source}: {text}")

    one = backtest(make(), data, options=options, logger=keep(tested), **more)
    two = paper(make(), data, options=options, speed=0, logger=keep(papered), **more)
    return (one, tested), (two, papered)


def assert_equal(tested: Run, papered: Run) -> None:
    """Fail with the first thing a strategy saw otherwise, or with the figure that differs."""
    (one, left), (two, right) = tested, papered
    for number, (there, here) in enumerate(zip_longest(left, right)):
        assert there == here, f"line {number}:\n backtest {there}\n paper    {here}"
    for name in (
        *("fills", "orders", "trades", "accounts", "positions", "summaries", "equity", "faults"),
        *("audit_hash", "ledger_hash", "warnings", "currency"),
    ):
        assert getattr(one, name) == getattr(two, name), name
    for result in (one, two):
        assert result.recount_holds, result.recount_differences
        assert not result.open_orders
