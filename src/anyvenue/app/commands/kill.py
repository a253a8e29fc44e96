"""``anyvenue kill``: no order works any more, and none goes out before a release."""

from typing import Annotated, Any

import msgspec
import typer

from anyvenue.app.exits import FAILED
from anyvenue.app.invocation import invocation_of
from anyvenue.app.node_asking import JournalOption, ask_node, folder_of, halt_later
from anyvenue.app.options import JsonOption
from anyvenue.model.errors import ConnectivityError

__all__ = ["command"]

_Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", show_default=False)]


class _Killed(msgspec.Struct):
    orders: int
    left: list[int]
    seconds: float


def command(
    ctx: typer.Context,
    reason: _Reason = "",
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Halt a node and cancel all its orders."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    why = reason or "anyvenue kill"
    try:
        answer: Any = ask_node(invocation, journal, "kill", {"reason": why})
    except ConnectivityError:
        folder = folder_of(invocation, journal)
        halt_later(folder, why)
        if json:
            terminal.json({"running": False})
        # Nobody is connected to the venue: what works there works on.
        terminal.say(terminal.text("cli.killed_later", folder=folder))
        raise typer.Exit(FAILED) from None
    killed = msgspec.convert(answer, _Killed)
    if json:
        terminal.json({"running": True, **msgspec.structs.asdict(killed)})
    terminal.say(
        terminal.text(
            "cli.killed", count=killed.orders, milliseconds=f"{killed.seconds * 1000:.0f}"
        )
    )
    if killed.left:
        terminal.warn(terminal.text("cli.killed_left", count=len(killed.left)))
        raise typer.Exit(FAILED)
    terminal.say(terminal.text("cli.kill_hint"))
