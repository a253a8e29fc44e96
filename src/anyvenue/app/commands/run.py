"""``anyvenue run``: one strategy on the synthetic market until somebody stops it."""

import typer

from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    CashOption,
    DateOption,
    InstrumentsOption,
    JsonOption,
    SecondsOption,
    SeedOption,
    SetOption,
    SpeedOption,
    StrategyArgument,
)
from anyvenue.app.report import result_json, show_problems
from anyvenue.app.running import finish, sample_for, view_for
from anyvenue.app.session import Session, Trader
from anyvenue.app.session_report import show_session
from anyvenue.app.simulation import VenueChoice, parse_cash, venue_options
from anyvenue.app.strategies import load_strategy, parse_settings
from anyvenue.engine.sample import DEMO_INSTRUMENTS
from anyvenue.model.ids import AccountId

__all__ = ["command"]

# At real speed a market gives two quotes a second: spans short enough that something happens at once.
_LIVELY: dict[str, dict[str, object]] = {"ema_cross": {"fast": 2, "slow": 5}}


def command(
    ctx: typer.Context,
    strategy: StrategyArgument,
    parameters: SetOption = None,
    instrument: InstrumentsOption = None,
    speed: SpeedOption = 1.0,
    seconds: SecondsOption = None,
    date: DateOption = None,
    seed: SeedOption = None,
    cash: CashOption = None,
    json: JsonOption = False,
) -> None:
    """Run one strategy on the synthetic market until Ctrl-C."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    settings = invocation.settings
    found = load_strategy(strategy)
    name = strategy if strategy.isidentifier() else found.__name__
    given = {**_LIVELY.get(strategy, {}), **parse_settings(parameters or [])}
    catalog = settings.catalog(date)
    feed = sample_for(settings, catalog, seed, instrument or [DEMO_INSTRUMENTS[0]])
    venue = VenueChoice(seed=seed, hours="always", usual_latency_ms=1.0)
    session = Session(
        feed,
        catalog,
        venue_options(settings, venue, feed.instruments),
        [Trader(name, found, AccountId(name), given)],
        parse_cash(cash, settings),
        speed,
    )
    names = ", ".join(each.id for each in feed.instruments)
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
    results = session.run(view_for(terminal, settings, title), seconds, until_faulted=True)
    if json:
        terminal.json(result_json(results[0], name))
    else:
        show_session(terminal, results)
    show_problems(terminal, results)
    finish(session, results)
