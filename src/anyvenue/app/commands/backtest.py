"""``anyvenue backtest``: a strategy over recorded data."""

from collections.abc import Callable

import typer

from anyvenue.app.figures import clock_time, zone_text
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    CashOption,
    DataOption,
    DateOption,
    FeesOption,
    FromOption,
    InstrumentOption,
    IntervalOption,
    JsonOption,
    LatencyOption,
    MarginOption,
    PlotOption,
    ProfileOption,
    ReportOption,
    RollsOption,
    SeedOption,
    SetOption,
    StrategyArgument,
    ToOption,
    TradesOption,
)
from anyvenue.app.plot import show_plot
from anyvenue.app.progress import ProgressLine
from anyvenue.app.report import clean, result_json, show_problems, show_run, write_trades
from anyvenue.app.report_page import check_report, setting_line, write_report
from anyvenue.app.simulation import DataChoice, VenueChoice, parse_cash, prepare
from anyvenue.app.strategies import load_strategy, parse_settings
from anyvenue.app.terminal import Terminal
from anyvenue.engine.backtest import backtest
from anyvenue.engine.feed import Feed

__all__ = ["command"]


def command(
    ctx: typer.Context,
    strategy: StrategyArgument,
    data: DataOption,
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
    latency_ms: LatencyOption = None,
    seed: SeedOption = None,
    trades: TradesOption = None,
    report: ReportOption = None,
    plot: PlotOption = False,
    json: JsonOption = False,
) -> None:
    """Run a strategy over recorded data and report."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    settings = invocation.settings
    check_report(report)
    found = load_strategy(strategy)
    run = prepare(
        settings,
        DataChoice(
            files=data,
            instrument=instrument,
            profile=profile,
            date=date,
            interval=interval,
            start=start,
            end=end,
        ),
        VenueChoice(
            fees=fees, margin=margin, rolls=tuple(rolls or ()), latency_ms=latency_ms, seed=seed
        ),
    )
    given = parse_settings(parameters or [])
    with ProgressLine() as line:
        result = backtest(
            found,
            run.feed.sources,
            parameters=given,
            cash=parse_cash(cash, settings),
            options=run.options,
            catalog=run.catalog,
            progress=_progress(terminal, line, run.feed) if line.shown else None,
            logger=terminal.logger(settings.config.node.log_level),
        )
    if trades is not None:
        write_trades(trades, result)
    document = result_json(result, found.__name__)
    if json:
        terminal.json(document)
    else:
        show_run(terminal, result, found.__name__)
    if plot:
        show_plot(terminal, [result])
    if report is not None:
        lines = setting_line(given.items())
        write_report(report, terminal, [result], found.__name__, document, run.feed.sources, lines)
    show_problems(terminal, [result])
    if not clean([result]):
        raise typer.Exit(1)


def _progress(terminal: Terminal, line: ProgressLine, feed: Feed) -> Callable[[int, int], None]:
    zone = zone_text(feed.instruments[0])

    def show(events: int, ts: int) -> None:
        if line.due():
            time = clock_time(ts, zone)
            line.show(terminal.text("cli.backtest_progress", events=f"{events:,}", time=time))

    return show
