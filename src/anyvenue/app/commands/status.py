"""``anyvenue status``: how a running node is."""

import msgspec
import typer

from anyvenue.app.exits import FAILED
from anyvenue.app.invocation import invocation_of
from anyvenue.app.node_asking import JournalOption, ask_node
from anyvenue.app.options import JsonOption
from anyvenue.app.service_run import show_status
from anyvenue.engine.live.status import NodeStatus

__all__ = ["command"]


def command(ctx: typer.Context, journal: JournalOption = None, json: JsonOption = False) -> None:
    """Show venues, accounts, orders, positions, strategies and halts."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    status = msgspec.convert(ask_node(invocation, journal, "status"), NodeStatus)
    if json:
        terminal.json(status)
    else:
        show_status(terminal, status)
    if not status.good:
        raise typer.Exit(FAILED)
