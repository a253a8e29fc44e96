"""``anyvenue backtest``: a strategy over recorded data."""

import sys
from time import monotonic

import typer

from anyvenue.app.figures import clock_time, zone_text
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    CashOption,
    DateOption,
    FeesOption,
    FilesOption,
    InstrumentOption,
    JsonOption,
    LatencyOption,
    MarginOption,
    ProfileOption,
    RollsOption,
    SeedOption,
    SetOption,
    StrategyArgument,
    TradesOption,
)
from anyvenue.app.report import clean, result_json, show_problems, show_run, write_trades
from anyvenue.app.simulation import (
    DataChoice,
    VenueChoice,
    catalog_for,
    feed_of,
    parse_cash,
    venue_options,
)
from anyvenue.app.strategies import load_strategy, parse_settings
from anyvenue.app.terminal import Terminal
from anyvenue.engine.backtest import backtest
from anyvenue.engine.feed import Feed

__all__ = ["command"]


def command(
    ctx: typer.Context,
    strategy: StrategyArgument,
    data: FilesOption = None,
    instrument: InstrumentOption = None,
    date: DateOption = None,
    profile: ProfileOption = None,
    parameters: SetOption = None,
    cash: CashOption = None,
    fees: FeesOption = None,
    margin: MarginOption = None,
    rolls: RollsOption = None,
    latency_ms: LatencyOption = None,
    seed: SeedOption = None,
    trades: TradesOption = None,
    json: JsonOption = False,
) -> None:
    """Run a strategy over recorded data and report."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    settings = invocation.settings
    found = load_strategy(strategy)
    venue = VenueChoice(
        fees=fees, margin=margin, rolls=rolls, latency_ms=latency_ms, seed=seed
    )
    files = DataChoice(files=data or [], instrument=instrument, profile=profile, date=date)
    catalog = catalog_for(settings, date, venue)
    feed = feed_of(files, catalog)
    progress = Progress(terminal, feed)
    result = backtest(
        found,
        feed.sources,
        parameters=parse_settings(parameters or []),
        cash=parse_cash(cash, settings),
        options=venue_options(settings, venue, feed.instruments),
        catalog=catalog,
        progress=progress if progress.shown else None,
        logger=terminal.logger(settings.config.node.log_level),
    )
    progress.clear()
    if trades is not None:
        write_trades(trades, result)
    if json:
        terminal.json(result_json(result, found.__name__))
    else:
        show_run(terminal, result, found.__name__)
    show_problems(terminal, [result])
    if not clean([result]):
        raise typer.Exit(1)


class Progress:
    """A line on standard error that is written over, on a terminal only."""

    def __init__(self, terminal: Terminal, feed: Feed) -> None:
        """Show times in the zone of the first instrument."""
        self.shown = sys.stderr.isatty()
        self._terminal = terminal
        self._zone = zone_text(feed.instruments[0])
        self._last = 0.0

    def __call__(self, events: int, ts: int) -> None:
        """Show how far the run is, at most five times a second."""
        now = monotonic()
        if now - self._last < 0.2:
            return
        self._last = now
        text = self._terminal.text(
            "cli.backtest_progress", events=f"{events:,}", time=clock_time(ts, self._zone)
        )
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self.shown and self._last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
