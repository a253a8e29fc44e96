"""The command ``anyvenue``."""

import os
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.commandline import RootGroup
from anyvenue.app.exits import guarded, silence
from anyvenue.app.invocation import Invocation

__all__ = ["app", "main"]

app = typer.Typer(
    cls=RootGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
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
    _prepare_streams()
    warnings.showwarning = _show_warning
    try:
        # Most errors end within the root command; this is for those of its own help page and options.
        guarded(_run, lambda: "en", "--debug" in sys.argv)
    except typer.Exit as end:
        sys.exit(end.exit_code)
    finally:
        _flush()


def _run() -> None:
    typer.main.get_command(app).main(prog_name="anyvenue")


def _prepare_streams() -> None:
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        # A terminal that cannot write Chinese shows question marks rather than ending the program.
        getattr(sys, name).reconfigure(errors="replace")


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    typer.echo(f"warning: {message}", err=True)


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence()
