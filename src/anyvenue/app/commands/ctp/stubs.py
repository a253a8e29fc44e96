"""``anyvenue ctp stubs``: type stubs of the CTP packages, for editors and type checkers."""

from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.invocation import invocation_of

__all__ = ["stubs"]

_Out = Annotated[Path, typer.Option("--out", metavar="DIR")]
_Version = Annotated[str, typer.Option("--version", metavar="N.N.N", show_default=False)]


def stubs(ctx: typer.Context, out: _Out = Path("typings"), version: _Version = "") -> None:
    """Write the stubs."""
    from anyvenue.venues.ctp.python.stubs import write_stubs

    terminal = invocation_of(ctx).terminal()
    for path in write_stubs(out, version):
        terminal.say(str(path))
