"""``anyvenue strategy``: one strategy of a running node, started, stopped, restarted."""

from typing import Annotated, Any

import msgspec
import typer

from anyvenue.app.commandline import Command, Group
from anyvenue.app.invocation import Invocation, invocation_of
from anyvenue.app.node_asking import JournalOption, ask_node
from anyvenue.app.options import JsonOption, SetOption
from anyvenue.app.service_run import strategies_table
from anyvenue.app.strategies import parse_settings
from anyvenue.engine.live.status import StrategyStatus

__all__ = ["app"]

app = typer.Typer(cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
_Keep = Annotated[bool, typer.Option("--keep-orders")]
_Cancel = Annotated[bool, typer.Option("--cancel-orders")]


@app.command(cls=Command)
def start(
    ctx: typer.Context, name: _Name, journal: JournalOption = None, json: JsonOption = False
) -> None:
    """Start a strategy that is stopped or faulted."""
    invocation = invocation_of(ctx)
    _show(invocation, ask_node(invocation, journal, "start", {"name": name}), json)


@app.command(cls=Command)
def stop(
    ctx: typer.Context,
    name: _Name,
    keep_orders: _Keep = False,
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Stop a strategy and cancel its orders."""
    invocation = invocation_of(ctx)
    arguments = {"name": name, "keep_orders": keep_orders}
    _show(invocation, ask_node(invocation, journal, "stop", arguments), json)


@app.command(cls=Command)
def restart(
    ctx: typer.Context,
    name: _Name,
    parameters: SetOption = None,
    cancel_orders: _Cancel = False,
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Load a strategy anew, with other parameters; its orders stay."""
    invocation = invocation_of(ctx)
    arguments = {
        "name": name,
        "parameters": parse_settings(parameters or []),
        "keep_orders": not cancel_orders,
    }
    _show(invocation, ask_node(invocation, journal, "restart", arguments), json)


def _show(invocation: Invocation, answer: Any, json: bool) -> None:
    terminal = invocation.terminal(machine=json)
    strategies = msgspec.convert(answer["strategies"], list[StrategyStatus])
    if json:
        terminal.json(strategies)
    terminal.table(strategies_table(terminal, strategies))
