"""``anyvenue ctp shell``: queries and orders typed by a person, or given by a script."""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anyvenue.app.ctp_tools.access import (
    AccountOption,
    ApiOption,
    AppIdOption,
    AuthCodeOption,
    BrokerOption,
    FrontOption,
    Given,
    LibraryOption,
    PasswordOption,
    PresetOption,
    TimeoutOption,
    UserOption,
    read_access,
)
from anyvenue.app.ctp_tools.telling import advised
from anyvenue.app.exits import FAILED
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import JsonOption
from anyvenue.app.terminal import Terminal

if TYPE_CHECKING:
    from anyvenue.app.ctp_tools.line import Typist
    from anyvenue.app.ctp_tools.shell import Shell
    from anyvenue.venues.ctp.tools.access import Access

__all__ = ["shell"]

_Run = Annotated[
    list[str] | None, typer.Option("--run", "-c", metavar="COMMAND", show_default=False)
]
_Yes = Annotated[bool, typer.Option("--yes", "-y")]


def shell(
    ctx: typer.Context,
    run: _Run = None,
    yes: _Yes = False,
    account: AccountOption = "",
    preset: PresetOption = "",
    front: FrontOption = "",
    broker: BrokerOption = "",
    user: UserOption = "",
    password: PasswordOption = "",
    app_id: AppIdOption = "",
    auth_code: AuthCodeOption = "",
    library: LibraryOption = "",
    api: ApiOption = "",
    timeout: TimeoutOption = 15.0,
    json: JsonOption = False,
) -> None:
    """Log in and do what is typed."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    given = Given(
        account=account,
        preset=preset,
        front=front,
        broker=broker,
        user=user,
        password=password,
        app_id=app_id,
        auth_code=auth_code,
        library=library,
        api=api,
    )
    access = read_access(invocation, given)
    if _converse(terminal, access, run or [], timeout, yes):
        raise typer.Exit(FAILED)


def _converse(
    terminal: Terminal, access: "Access", lines: Sequence[str], timeout: float, yes: bool
) -> bool:
    """Run the shell; return whether a command of a script failed."""
    # Only this command needs the shell.
    from anyvenue.app.ctp_tools.line import Typist, history_file
    from anyvenue.app.ctp_tools.shell import Shell
    from anyvenue.app.questions import TerminalAsker

    made: list[Shell] = []
    typist = Typist(
        "" if terminal.machine else "ctp> ",
        lambda before, begun: made[0].words(before, begun) if made else (),
        history_file(os.environ),
    )
    by_hand = typist.interactive and not lines
    asker = TerminalAsker(lambda choices: "") if sys.stdin.isatty() else None
    with tempfile.TemporaryDirectory() as flow:
        with advised(terminal):
            there = Shell(
                terminal, access, Path(flow), typist.above, timeout=timeout, yes=yes, asker=asker
            )
        made.append(there)
        try:
            if by_hand:
                _welcome(terminal, there, access.user)
            for line in lines:
                if not there.run(line):
                    break
            while not lines and _step(typist, there, by_hand):
                pass
        finally:
            typist.close()
            there.close()
    return there.failed and not by_hand


def _step(typist: "Typist", there: "Shell", by_hand: bool) -> bool:
    """Read a line and run it; return False at the end."""
    try:
        line = typist.read()
        return line is not None and there.run(line)
    except KeyboardInterrupt:
        if not by_hand:
            raise
        # Ctrl-C leaves the line or the question, Ctrl-D the shell.
        typist.above([""])
        return True


def _welcome(terminal: Terminal, there: "Shell", user: str) -> None:
    told = there.logged_in
    terminal.say(
        terminal.text(
            "cli.ctp_logged_in",
            user=user,
            system=told.system or "-",
            day=told.trading_day or "-",
            session=told.session_id,
        )
    )
    there.menu()
