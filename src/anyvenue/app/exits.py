"""How a command ends: 0 done, 1 an error we can name, 2 wrong usage, 130 interrupted."""

import os
import sys
import traceback
from collections.abc import Callable

import typer

from anyvenue.app.masking import masked
from anyvenue.app.messages import Language, text, translate
from anyvenue.model.errors import AnyvenueError

__all__ = ["FAILED", "INTERRUPTED", "guarded", "silence"]

FAILED = 1
INTERRUPTED = 130


def guarded(run: Callable[[], object], lang: Callable[[], Language], debug: bool) -> object:
    """Return what `run` returns; say in one line what it raises and raise `typer.Exit` with the code.

    A reader that closed our standard output has seen enough: that ends quietly and well.
    """
    try:
        found = run()
        sys.stdout.flush()
    except AnyvenueError as error:
        _say(translate(error, lang()), lang(), error, debug)
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        typer.echo(text("cli.interrupted", lang()), err=True)
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        silence()
        raise typer.Exit(0) from None
    except Exception as error:
        if _of_the_parser(error):
            raise
        _say(_unexpected(error, lang()), lang(), error, debug)
        raise typer.Exit(FAILED) from None
    return found


def silence() -> None:
    """Let what is still buffered for standard output go nowhere, so that closing it fails no more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):
        pass  # a test's stream has no descriptor, and nothing to lose
    finally:
        os.close(nowhere)


def _say(message: str, lang: Language, error: Exception, debug: bool) -> None:
    if debug:
        typer.echo(masked("".join(traceback.format_exception(error)).rstrip()), err=True)
    typer.echo(masked(text("cli.error", lang, text=message)), err=True)


def _unexpected(error: Exception, lang: Language) -> str:
    """Return the line for an error nobody foresaw; those of the system name their file."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return text("cli.unexpected", lang, kind=type(error).__name__, text=str(error) or "-")


def _of_the_parser(error: Exception) -> bool:
    """Tell whether the command line's parser raised it; it has its own way of saying so and code 2."""
    return any(
        base.__module__.partition(".")[0] in ("click", "typer") for base in type(error).__mro__
    )
