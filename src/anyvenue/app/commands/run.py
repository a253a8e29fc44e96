"""``anyvenue run``: one strategy until somebody stops it, on the synthetic market or in an account at a venue."""

from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.account_run import AccountRun, run_in_account
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    CashOption,
    DateOption,
    InstrumentsOption,
    JsonOption,
    PlotOption,
    RecordOption,
    ReportOption,
    SecondsOption,
    SeedOption,
    SetOption,
    SpeedOption,
    StrategyArgument,
)
from anyvenue.app.plot import show_plot
from anyvenue.app.recording import recording_to
from anyvenue.app.report import result_json, show_problems
from anyvenue.app.report_page import check_report, setting_line, write_report
from anyvenue.app.running import finish, synthetic_for, view_for
from anyvenue.app.session import Session, Trader
from anyvenue.app.session_report import show_session
from anyvenue.app.simulation import VenueChoice, parse_cash, venue_options
from anyvenue.app.strategies import load_strategy, parse_settings
from anyvenue.app.terminal import Terminal
from anyvenue.engine.recording import recording
from anyvenue.engine.synthetic import DEMO_INSTRUMENTS
from anyvenue.model.ids import AccountId

__all__ = ["command"]

_Venue = Annotated[str | None, typer.Option("--venue", metavar="NAME", show_default=False)]
_Account = Annotated[str | None, typer.Option("--account", metavar="NAME", show_default=False)]
_Live = Annotated[bool, typer.Option("--live")]
_Yes = Annotated[bool, typer.Option("--yes")]
_Journal = Annotated[Path | None, typer.Option("--journal", metavar="DIR", show_default=False)]

# At real speed a market gives two quotes a second: spans short enough that something happens at once.
_LIVELY: dict[str, dict[str, object]] = {"ema_cross": {"fast": 2, "slow": 5}}


def command(
    ctx: typer.Context,
    strategy: StrategyArgument,
    parameters: SetOption = None,
    instrument: InstrumentsOption = None,
    venue: _Venue = None,
    account: _Account = None,
    live: _Live = False,
    yes: _Yes = False,
    journal: _Journal = None,
    speed: SpeedOption = 1.0,
    seconds: SecondsOption = None,
    date: DateOption = None,
    seed: SeedOption = None,
    cash: CashOption = None,
    report: ReportOption = None,
    plot: PlotOption = False,
    record: RecordOption = None,
    json: JsonOption = False,
) -> None:
    """Run one strategy until Ctrl-C."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    if venue is not None or account is not None or live:
        _refuse(terminal, date=date, seed=seed, report=report, record=record, plot=plot or None)
        asked = AccountRun(
            strategy=strategy,
            parameters=parse_settings(parameters or []),
            instruments=instrument or [],
            venue=venue,
            account=account,
            live=live,
            journal=journal,
            cash=cash,
            seconds=seconds,
            sure=yes,
        )
        run_in_account(invocation, asked, json)
        return
    settings = invocation.settings
    check_report(report)
    found = load_strategy(strategy)
    name = strategy if strategy.isidentifier() else found.__name__
    given = {**_LIVELY.get(strategy, {}), **parse_settings(parameters or [])}
    catalog = settings.catalog(date)
    feed = synthetic_for(settings, catalog, seed, instrument or [DEMO_INSTRUMENTS[0]])
    simulated = VenueChoice(seed=seed, hours="always", usual_latency_ms=1.0)
    session = Session(
        feed,
        catalog,
        venue_options(settings, simulated, feed.instruments),
        [Trader(name, found, AccountId(name), given)],
        parse_cash(cash, settings),
        speed,
        risk=settings.config.risk,
    )
    names = ", ".join(each.id for each in feed.traded)
    words = " ".join(f"{key}={value}" for key, value in given.items())
    title = terminal.text(
        "cli.start",
        strategy=f"{found.__name__} {words}".strip(),
        instruments=names,
        speed=f"{speed:g}",
    )
    terminal.say(title)
    terminal.say(terminal.text("cli.synthetic"))
    if seconds is None:
        terminal.say(terminal.text("cli.stop_hint"))
    terminal.say()
    with recording_to(terminal, record) as store, recording(session.node, store):
        results = session.run(view_for(terminal, settings, title), seconds, until_faulted=True)
    document = result_json(results[0], name)
    if json:
        terminal.json(document)
    else:
        show_session(terminal, results)
    if plot:
        show_plot(terminal, results)
    if report is not None:
        lines = setting_line(given.items())
        write_report(report, terminal, results, name, document, feed.sources, lines)
    show_problems(terminal, results)
    finish(session, results)


def _refuse(terminal: Terminal, **options: object) -> None:
    """Refuse as wrong usage what only the synthetic market knows."""
    given = [f"--{name}" for name, value in options.items() if value is not None]
    if given:
        raise typer.BadParameter(terminal.text("cli.only_synthetic", options=given))
