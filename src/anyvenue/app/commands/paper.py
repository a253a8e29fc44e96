"""``anyvenue paper``: a strategy over recorded data through the live path, paced by the clock."""

import typer

from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    CashOption,
    DataOption,
    DateOption,
    FeesOption,
    InstrumentOption,
    IntervalOption,
    JsonOption,
    LatencyOption,
    MarginOption,
    PlotOption,
    ProfileOption,
    ReportOption,
    RollsOption,
    SecondsOption,
    SeedOption,
    SetOption,
    SpeedOption,
    StrategyArgument,
    TradesOption,
)
from anyvenue.app.outputs import Outputs
from anyvenue.app.running import finish, view_for
from anyvenue.app.session import Session, Trader
from anyvenue.app.simulation import DataChoice, VenueChoice, parse_cash, prepare
from anyvenue.app.strategies import load_strategy, parse_settings
from anyvenue.engine.backtest import ACCOUNT

__all__ = ["command"]


def command(
    ctx: typer.Context,
    strategy: StrategyArgument,
    data: DataOption,
    speed: SpeedOption = 60.0,
    seconds: SecondsOption = None,
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
    """Replay recorded data at a pace and trade it."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    settings = invocation.settings
    outputs = Outputs(trades=trades, report=report, plot=plot, json=json)
    outputs.check()
    found = load_strategy(strategy)
    run = prepare(
        settings,
        DataChoice(
            files=data, instrument=instrument, profile=profile, date=date, interval=interval
        ),
        VenueChoice(
            fees=fees, margin=margin, rolls=tuple(rolls or ()), latency_ms=latency_ms, seed=seed
        ),
    )
    given = parse_settings(parameters or [])
    trader = Trader(found.__name__, found, ACCOUNT, given)
    session = Session(
        run.feed, run.catalog, run.options, [trader], parse_cash(cash, settings), speed
    )
    title = terminal.text("cli.paper_title", strategy=found.__name__, speed=f"{speed:g}")
    results = session.run(view_for(terminal, settings, title), seconds)
    outputs.give(terminal, results[0], found.__name__, run.feed.sources, given)
    finish(session, results)
