"""``anyvenue backtest``: a strategy over recorded data."""

from collections.abc import Callable

import typer

from anyvenue.app.figures import clock_time, zone_text
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    CashOption,
    DateOption,
    DaysOption,
    FeesOption,
    FilesOption,
    FromOption,
    FundingOption,
    InstrumentOption,
    IntervalOption,
    JsonOption,
    LatencyOption,
    MarginOption,
    MatchingOption,
    PlotOption,
    ProfileOption,
    QueueModelOption,
    RecordOption,
    ReportOption,
    RollsOption,
    SeedOption,
    SetOption,
    StrategyArgument,
    SyntheticOption,
    ToOption,
    TradesOption,
)
from anyvenue.app.outputs import Outputs
from anyvenue.app.progress import ProgressLine
from anyvenue.app.recording import recording_to
from anyvenue.app.report import clean
from anyvenue.app.running import require_data
from anyvenue.app.simulation import DataChoice, VenueChoice, parse_cash, prepare
from anyvenue.app.strategies import load_strategy, parse_settings
from anyvenue.app.terminal import Terminal
from anyvenue.engine.backtest import backtest
from anyvenue.engine.feed import Feed

__all__ = ["command"]


def command(
    ctx: typer.Context,
    strategy: StrategyArgument,
    data: FilesOption = None,
    synthetic: SyntheticOption = False,
    days: DaysOption = None,
    start: FromOption = None,
    end: ToOption = None,
    instrument: InstrumentOption = None,
    date: DateOption = None,
    profile: ProfileOption = None,
    interval: IntervalOption = None,
    parameters: SetOption = None,
    cash: CashOption = None,
    fees: FeesOption = None,
    margin: MarginOption = None,
    rolls: RollsOption = None,
    funding: FundingOption = None,
    latency_ms: LatencyOption = None,
    matching: MatchingOption = None,
    queue_model: QueueModelOption = None,
    seed: SeedOption = None,
    trades: TradesOption = None,
    report: ReportOption = None,
    plot: PlotOption = False,
    record: RecordOption = None,
    json: JsonOption = False,
) -> None:
    """Run a strategy over recorded data and report."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    settings = invocation.settings
    outputs = Outputs(trades=trades, report=report, plot=plot, json=json)
    outputs.check()
    require_data(terminal, data, synthetic)
    found = load_strategy(strategy)
    run = prepare(
        settings,
        DataChoice(
            files=data or [],
            synthetic=synthetic,
            days=days,
            instrument=instrument,
            profile=profile,
            date=date,
            interval=interval,
            start=start,
            end=end,
        ),
        VenueChoice(
            fees=fees,
            margin=margin,
            rolls=tuple(rolls or ()),
            funding=tuple(funding or ()),
            latency_ms=latency_ms,
            matching=matching,
            queue_model=queue_model,
            seed=seed,
        ),
    )
    given = parse_settings(parameters or [])
    with recording_to(terminal, record) as store, ProgressLine() as line:
        result = backtest(
            found,
            run.feed.sources,
            parameters=given,
            cash=parse_cash(cash, settings),
            options=run.options,
            catalog=run.catalog,
            progress=_progress(terminal, line, run.feed) if line.shown else None,
            logger=terminal.logger(settings.config.node.log_level),
            record=store,
            risk=settings.config.risk,
        )
    outputs.give(terminal, result, found.__name__, run.feed.sources, given)
    if not clean([result]):
        raise typer.Exit(1)


def _progress(terminal: Terminal, line: ProgressLine, feed: Feed) -> Callable[[int, int], None]:
    zone = zone_text(feed.instruments[0])

    def show(events: int, ts: int) -> None:
        if line.due():
            time = clock_time(ts, zone)
            line.show(terminal.text("cli.backtest_progress", events=f"{events:,}", time=time))

    return show
