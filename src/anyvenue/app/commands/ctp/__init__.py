"""``anyvenue ctp``: libraries, a counter of one's own, and tools for programs that speak CTP."""

import typer

from anyvenue.app.commandline import Command, Group
from anyvenue.app.commands.ctp.building import build_library
from anyvenue.app.commands.ctp.prices import prices
from anyvenue.app.commands.ctp.printing import print_callbacks
from anyvenue.app.commands.ctp.probe import probe
from anyvenue.app.commands.ctp.running import run
from anyvenue.app.commands.ctp.serving import serve
from anyvenue.app.commands.ctp.settle import settle
from anyvenue.app.commands.ctp.shell import shell
from anyvenue.app.commands.ctp.stubs import stubs
from anyvenue.app.commands.ctp.use_library import use_library

__all__ = ["app"]

app = typer.Typer(cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
app.command("serve", cls=Command)(serve)
app.command(
    "run",
    cls=Command,
    # What follows the program's name is the program's.
    context_settings={"allow_interspersed_args": False},
)(run)
app.command("build-library", cls=Command)(build_library)
app.command("use-library", cls=Command)(use_library)
app.command("stubs", cls=Command)(stubs)
app.command("shell", cls=Command)(shell)
app.command("print", cls=Command)(print_callbacks)
app.command("prices", cls=Command)(prices)
app.command("settle", cls=Command)(settle)
app.command("probe", cls=Command)(probe)
