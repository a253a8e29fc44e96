"""``anyvenue paper``: a strategy over recorded data through the live path, paced by the clock."""

import typer

from anyvenue.app.invocation import invocation_of
from anyvenue.app.looping import check_loop, looped
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
    LoopOption,
    MarginOption,
    MatchingOption,
    PlotOption,
    ProfileOption,
    QueueModelOption,
    RecordOption,
    ReportOption,
    RollsOption,
    SecondsOption,
    SeedOption,
    SetOption,
    SpeedOption,
    StrategyArgument,
    SyntheticOption,
    ToOption,
    TradesOption,
)
from anyvenue.app.outputs import Outputs
from anyvenue.app.recording import recording_to
from anyvenue.app.running import finish, require_data, view_for
from anyvenue.app.session import Session, Trader
from anyvenue.app.simulation import DataChoice, VenueChoice, parse_cash, prepare
from anyvenue.app.strategies import load_strategy, parse_settings
from anyvenue.engine.backtest import ACCOUNT
from anyvenue.engine.recording import recording

__all__ = ["command"]


def command(
    ctx: typer.Context,
    strategy: StrategyArgument,
    data: FilesOption = None,
    synthetic: SyntheticOption = False,
    days: DaysOption = None,
    speed: SpeedOption = 60.0,
    seconds: SecondsOption = None,
    loop: LoopOption = False,
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
    """Replay recorded data at a pace and trade it."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    settings = invocation.settings
    outputs = Outputs(trades=trades, report=report, plot=plot, json=json)
    outputs.check()
    require_data(terminal, data, synthetic)
    check_loop(loop, bool(data))
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
    feed, options = run.feed, run.options
    if loop:
        feed, options = looped(feed, options, run.catalog)
    given = parse_settings(parameters or [])
    trader = Trader(found.__name__, found, ACCOUNT, given)
    session = Session(
        feed,
        run.catalog,
        options,
        [trader],
        parse_cash(cash, settings),
        speed,
        risk=settings.config.risk,
    )
    title = terminal.text("cli.paper_title", strategy=found.__name__, speed=f"{speed:g}")
    with recording_to(terminal, record) as store, recording(session.node, store):
        results = session.run(view_for(terminal, settings, title), seconds, until_faulted=loop)
    outputs.give(terminal, results[0], found.__name__, feed.sources, given)
    finish(session, results)
