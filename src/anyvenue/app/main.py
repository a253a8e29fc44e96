"""The command ``anyvenue``."""

import os
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.commandline import RootGroup
from anyvenue.app.exits import silence
from anyvenue.app.invocation import Invocation

__all__ = ["app", "main"]

app = typer.Typer(
    cls=RootGroup,
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from anyvenue import __version__

        typer.echo(f"anyvenue {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    lang: Annotated[str | None, typer.Option("--lang", metavar="en|zh", is_eager=True)] = None,
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE")] = None,
    debug: Annotated[bool, typer.Option("--debug")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Begin an invocation; the help page is in the catalogue."""
    ctx.obj = Invocation(os.environ, lang=lang, config=config, debug=debug)


def main() -> None:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot write Chinese shows question marks rather than ending the program.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    warnings.showwarning = _show_warning
    try:
        typer.main.get_command(app).main(prog_name="anyvenue")
    finally:
        _flush()


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    typer.echo(f"warning: {message}", err=True)


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence()
