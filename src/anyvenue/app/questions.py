"""Questions on a terminal, and whoever answers them."""

import sys
from collections.abc import Callable, Sequence
from typing import Protocol

import typer

from anyvenue.app.exits import FAILED
from anyvenue.model.errors import ConfigError

__all__ = ["Asker", "TerminalAsker", "make_sure"]


def make_sure(question: str, sure: bool) -> None:
    """Ask before real orders are sent, unless `sure`; raise Exit without a yes, ConfigError where nobody can say it."""
    if sure:
        return
    if not sys.stdin.isatty():
        raise ConfigError(
            "nobody can be asked here: give --yes to trade with real orders", code="config.not_sure"
        )
    if not typer.confirm(question, default=False, err=True):
        raise typer.Exit(FAILED)


class Asker(Protocol):
    """Asks somebody; every method returns an answer that is right in form."""

    def text(self, question: str, default: str | None = None) -> str:
        """Return a text; without a default an empty one is asked for again."""

    def hidden(self, question: str) -> str:
        """Return a text that is not shown while it is typed; it may be empty."""

    def choice(self, question: str, choices: Sequence[str], default: str) -> str:
        """Return one of the choices."""

    def yes(self, question: str) -> bool:
        """Return whether the answer is yes; no is the default."""

    def note(self, line: str) -> None:
        """Say something between questions."""


class TerminalAsker:
    """Asks on standard error, so that standard output stays the result."""

    def __init__(self, again: Callable[[Sequence[str]], str]) -> None:
        """Say `again` of the choices after an answer that is none of them."""
        self._again = again

    def text(self, question: str, default: str | None = None) -> str:
        """Return a text."""
        return str(typer.prompt(question, default=default, err=True)).strip()

    def hidden(self, question: str) -> str:
        """Return a text that is not shown."""
        found = typer.prompt(question, default="", hide_input=True, show_default=False, err=True)
        return str(found)

    def choice(self, question: str, choices: Sequence[str], default: str) -> str:
        """Return one of the choices."""
        while True:
            found = self.text(f"{question} ({'/'.join(choices)})", default)
            if found in choices:
                return found
            self.note(self._again(choices))

    def yes(self, question: str) -> bool:
        """Return whether the answer is yes."""
        return typer.confirm(question, default=False, err=True)

    def note(self, line: str) -> None:
        """Say something."""
        typer.echo(line, err=True)
