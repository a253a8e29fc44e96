"""``anyvenue run --account``: one strategy in an account at a venue, dry unless it is meant."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer

from anyvenue.app.accounts import AccountConfig
from anyvenue.app.config import StrategyConfig
from anyvenue.app.exits import FAILED, INTERRUPTED
from anyvenue.app.figures import money
from anyvenue.app.invocation import Invocation
from anyvenue.app.node_building import NodeChoice, build_service, driver_of, journal_folder
from anyvenue.app.node_progress import NodeProgress
from anyvenue.app.nowhere import Nowhere
from anyvenue.app.outlets import Outlets
from anyvenue.app.questions import make_sure
from anyvenue.app.service_run import Outcome, run_service, show_status
from anyvenue.app.service_terms import no_journal
from anyvenue.app.simulation import parse_cash
from anyvenue.app.strategies import load_strategy
from anyvenue.app.terminal import Terminal
from anyvenue.engine.live.service import Service
from anyvenue.model.accounts import Account
from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import AccountId
from anyvenue.model.protocols import Driver
from anyvenue.oms.risk import RiskLimits
from anyvenue.runtime.loop import run as run_loop

__all__ = ["AccountRun", "run_in_account"]

_LOOK_TIMEOUT_S = 30.0


class AccountRun(msgspec.Struct, frozen=True, kw_only=True):
    """What the options of the command say."""

    strategy: str
    parameters: dict[str, object]
    instruments: Sequence[str]
    venue: str | None
    account: str | None
    live: bool
    journal: Path | None
    cash: str | None
    seconds: float | None
    sure: bool


def run_in_account(invocation: Invocation, asked: AccountRun, json: bool) -> None:
    """Run it, and exit with 130 after a signal, 1 when something is left or went wrong."""
    terminal, settings = invocation.terminal(machine=json), invocation.settings
    account = _account(invocation, asked)
    choice = _choice(invocation, asked, account)
    if asked.live:
        _make_sure(terminal, invocation, asked, account)
    outlets, progress = Outlets(settings, invocation.environ), NodeProgress(terminal)
    log, alert = progress.around(outlets.line), progress.around(outlets.alert)
    try:
        outcome = run_service(
            lambda: build_service(settings, invocation.environ, choice, log, alert),
            lambda service: _announce(terminal, service, asked, account),
            asked.seconds,
            progress.follow,
        )
    finally:
        outlets.close()
    _report(terminal, outcome, json)


def _account(invocation: Invocation, asked: AccountRun) -> AccountConfig:
    if asked.account is None:
        raise ConfigError(
            "name the account: --account NAME, one of [accounts] in anyvenue.toml; there is never a default one",
            code="config.no_account",
        )
    return invocation.settings.account(asked.account, asked.venue)


def _choice(invocation: Invocation, asked: AccountRun, account: AccountConfig) -> NodeChoice:
    settings = invocation.settings
    if not asked.instruments:
        raise ConfigError(
            "name what to trade: --instrument ID, which may be repeated",
            code="config.no_instrument",
        )
    folder = journal_folder(settings, asked.journal, account.name) if asked.live else None
    if asked.live and folder is None:
        raise no_journal()
    name = (
        asked.strategy if asked.strategy.isidentifier() else load_strategy(asked.strategy).__name__
    )
    strategy = StrategyConfig(
        strategy=asked.strategy,
        account=account.name,
        instruments=list(asked.instruments),
        parameters=asked.parameters,
    )
    return NodeChoice(
        strategies={name: strategy},
        accounts=[account],
        live=asked.live,
        journal=folder,
        cash=parse_cash(asked.cash, settings) if asked.cash and not asked.live else None,
        metrics_port=settings.config.node.metrics_port,
    )


# ---- before it is made real


def _make_sure(
    terminal: Terminal, invocation: Invocation, asked: AccountRun, account: AccountConfig
) -> None:
    """Show what is about to happen and ask, unless `--yes` was given; raise ConfigError without a yes."""
    parameters = " ".join(f"{key}={value}" for key, value in asked.parameters.items())
    rows = [
        ("strategy", f"{asked.strategy} {parameters}".strip()),
        ("instruments", ", ".join(asked.instruments)),
        ("venue", account.venue),
        ("account", account.name),
        (
            "money",
            run_loop(_money(driver_of(account, invocation.environ), AccountId(account.name))),
        ),
        ("limits", _limits(invocation.settings.config.risk) or terminal.text("cli.no_limits")),
    ]
    terminal.note(terminal.text("cli.about_to"))
    for key, value in rows:
        terminal.note(f"  {terminal.text(f'about.{key}')}  {value}")
    make_sure(terminal.text("cli.are_you_sure"), asked.sure)


async def _money(driver: Driver, account: AccountId) -> str:
    """Return what the account has at the venue; nothing is sent but the question."""
    async with asyncio.timeout(_LOOK_TIMEOUT_S):
        await driver.open(Nowhere())
        try:
            snapshot = await driver.snapshot(account, (0, 0))
        finally:
            await driver.close()
    return ", ".join(_figure(each) for each in snapshot.balances) or "-"


def _figure(account: Account) -> str:
    return f"{money(account.equity, account.currency)} {account.currency}"


def _limits(risk: RiskLimits) -> str:
    """Return the limits that are set, as one line."""
    given, usual = msgspec.to_builtins(risk), msgspec.to_builtins(RiskLimits())
    return ", ".join(f"{key}={value}" for key, value in given.items() if value != usual.get(key))


# ---- while it runs, and afterwards


def _announce(
    terminal: Terminal, service: Service, asked: AccountRun, account: AccountConfig
) -> None:
    terminal.say(
        terminal.text(
            "cli.node_serves",
            strategies=", ".join(service.node.node.hosts),
            accounts=f"{account.name} ({account.venue})",
            mode=terminal.text("cli.mode_live" if asked.live else "cli.mode_dry"),
        )
    )
    terminal.say(terminal.text("cli.stop_hint"))


def _report(terminal: Terminal, outcome: Outcome, json: bool) -> None:
    if outcome.status is not None:
        if json:
            terminal.json(
                {"left": [each.order_id for each in outcome.left], "last": outcome.status}
            )
        else:
            terminal.say()
            show_status(terminal, outcome.status)
    terminal.say(terminal.text("cli.node_stopped", count=len(outcome.left)))
    if outcome.failure:
        terminal.warn(outcome.failure)
    if outcome.interrupted:
        raise typer.Exit(INTERRUPTED)
    if not outcome.good:
        raise typer.Exit(FAILED)
