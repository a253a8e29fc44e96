"""``anyvenue serve``: the strategies of the configuration as a service."""

from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.exits import FAILED
from anyvenue.app.invocation import Invocation, invocation_of
from anyvenue.app.node_building import NodeChoice, build_service, journal_folder
from anyvenue.app.options import CashOption, JsonOption, SecondsOption
from anyvenue.app.outlets import Outlets
from anyvenue.app.service_run import run_service
from anyvenue.app.service_terms import no_journal
from anyvenue.app.settings import Settings
from anyvenue.app.simulation import parse_cash
from anyvenue.app.terminal import Terminal
from anyvenue.engine.live.service import Service
from anyvenue.model.errors import ConfigError

__all__ = ["command"]

_Journal = Annotated[Path | None, typer.Option("--journal", metavar="DIR", show_default=False)]
_Metrics = Annotated[
    int | None, typer.Option("--metrics-port", metavar="N", min=0, max=65535, show_default=False)
]
_Dry = Annotated[bool, typer.Option("--dry-run")]


def command(
    ctx: typer.Context,
    journal: _Journal = None,
    dry_run: _Dry = False,
    cash: CashOption = None,
    metrics_port: _Metrics = None,
    seconds: SecondsOption = None,
    json: JsonOption = False,
) -> None:
    """Run the strategies of the configuration until SIGTERM."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    settings = invocation.settings
    choice = _choice(settings, journal, dry_run, cash, metrics_port)
    outlets = Outlets(settings, invocation.environ)
    try:
        outcome = run_service(
            lambda: _service(invocation, settings, choice, outlets),
            lambda service: _announce(terminal, service, choice, json),
            seconds,
        )
    finally:
        outlets.close()
    terminal.say(terminal.text("cli.node_stopped", count=len(outcome.left)))
    if outcome.failure:
        terminal.warn(outcome.failure)
    if outcome.left or outcome.failure:
        raise typer.Exit(FAILED)


def _choice(
    settings: Settings, journal: Path | None, dry: bool, cash: str | None, port: int | None
) -> NodeChoice:
    config = settings.config
    faces = config.faces
    if not config.strategies and not faces.accounts:
        raise ConfigError(
            f"{settings.path or 'the configuration'} has no strategy and no face: add [strategies.NAME] with strategy, "
            "account and instruments, or [faces.ctp]",
            code="config.no_strategies",
            file=str(settings.path or "anyvenue.toml"),
        )
    folder = None if dry else journal_folder(settings, journal)
    if folder is None and not dry:
        raise no_journal()
    of_strategies = (each.account for each in config.strategies.values())
    names = dict.fromkeys([*of_strategies, *faces.accounts])
    return NodeChoice(
        strategies=config.strategies,
        accounts=[settings.account(name) for name in names],
        live=not dry,
        journal=folder,
        cash=parse_cash(cash, settings) if cash else None,
        metrics_port=config.node.metrics_port if port is None else port,
        faces=faces,
    )


def _service(
    invocation: Invocation, settings: Settings, choice: NodeChoice, outlets: Outlets
) -> Service:
    return build_service(settings, invocation.environ, choice, outlets.line, outlets.alert)


def _announce(terminal: Terminal, service: Service, choice: NodeChoice, json: bool) -> None:
    node = service.node
    if json:
        terminal.json(_started(service, choice))
    terminal.say(
        terminal.text(
            "cli.node_serves",
            strategies=", ".join(node.node.hosts) or "-",
            accounts=", ".join(node.node.desk.accounts),
            mode=terminal.text("cli.mode_live" if choice.live else "cli.mode_dry"),
        )
    )
    if node.recovered:
        terminal.say(terminal.text("cli.node_recovered", records=f"{node.recovered:,}"))
    for face in service.faces:
        terminal.say(terminal.text(f"cli.face_{face.name}", **face.places))
    if service.port is not None:
        terminal.say(terminal.text("cli.node_pages", url=f"http://127.0.0.1:{service.port}"))
    terminal.say(terminal.text("cli.node_stop_hint"))


def _started(service: Service, choice: NodeChoice) -> dict[str, object]:
    node = service.node
    return {
        "node": node.name,
        "live": choice.live,
        "strategies": list(node.node.hosts),
        "accounts": list(node.node.desk.accounts),
        "journal": None if choice.journal is None else str(choice.journal),
        "recovered": node.recovered,
        "metrics_port": service.port,
        "faces": {each.name: dict(each.places) for each in service.faces},
    }
