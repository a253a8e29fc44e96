"""``anyvenue release``: what was halted may trade again."""

from typing import Annotated

import msgspec
import typer

from anyvenue.app.exits import FAILED
from anyvenue.app.invocation import invocation_of
from anyvenue.app.node_asking import JournalOption, ask_node, folder_of, release_later
from anyvenue.app.options import JsonOption
from anyvenue.model.errors import ConfigError, ConnectivityError
from anyvenue.oms.risk.halts import KILL_SWITCH

__all__ = ["command"]

_Account = Annotated[str | None, typer.Option("--account", metavar="NAME", show_default=False)]
_Strategy = Annotated[str | None, typer.Option("--strategy", metavar="NAME", show_default=False)]
_Instrument = Annotated[
    str | None, typer.Option("--instrument", "-i", metavar="ID", show_default=False)
]
_Rule = Annotated[str | None, typer.Option("--rule", metavar="RULE", show_default=False)]
_Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", show_default=False)]


class _Released(msgspec.Struct):
    released: bool
    halts: list[str]


def command(
    ctx: typer.Context,
    account: _Account = None,
    strategy: _Strategy = None,
    instrument: _Instrument = None,
    rule: _Rule = None,
    reason: _Reason = "",
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """End the halts of the node, or of one account, strategy or instrument."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    scope, name = _scope(account, strategy, instrument)
    arguments = {"scope": scope, "name": name, "rule": rule, "reason": reason}
    try:
        done = msgspec.convert(ask_node(invocation, journal, "release", arguments), _Released)
    except ConnectivityError:
        if scope != "node":
            raise
        folder = folder_of(invocation, journal)
        release_later(folder, rule or KILL_SWITCH, reason)
        if json:
            terminal.json({"running": False})
        terminal.say(terminal.text("cli.released_later", folder=folder))
        return
    if json:
        terminal.json(done)
    terminal.say(terminal.text("cli.released" if done.released else "cli.nothing_released"))
    if done.halts:
        terminal.say(terminal.text("cli.still_halted", rules=", ".join(done.halts)))
    if not done.released:
        raise typer.Exit(FAILED)


def _scope(account: str | None, strategy: str | None, instrument: str | None) -> tuple[str, str]:
    given = {"account": account, "strategy": strategy, "instrument": instrument}
    found = [(kind, name) for kind, name in given.items() if name is not None]
    if len(found) > 1:
        raise ConfigError(
            "name one of --account, --strategy and --instrument, or none for the node",
            code="config.one_scope",
        )
    return found[0] if found else ("node", "")
