"""Where a command writes: results to standard output, everything else to standard error."""

import sys
from collections.abc import Callable
from os import environ
from shutil import get_terminal_size

import msgspec
import typer

from anyvenue.app.masking import masked
from anyvenue.app.messages import Language, text
from anyvenue.app.tables import Table, table_lines
from anyvenue.model.errors import Inconsistent

__all__ = ["Terminal"]

# Piped output is not cut to a screen nobody looks at.
_UNBOUNDED = 10_000
_RULE = "─"


class Terminal:
    """Writes texts of the catalogue, tables and JSON. With `machine` only JSON reaches standard output."""

    def __init__(self, lang: Language, *, machine: bool = False) -> None:
        """Write in `lang`."""
        self.lang = lang
        self.machine = machine

    def text(self, key: str, **fields: object) -> str:
        """Return the catalogue's text of `key`."""
        return text(key, self.lang, **fields)

    def text_or_nothing(self, key: str) -> str:
        """Return the catalogue's text of `key`, nothing where it has none."""
        try:
            return self.text(key)
        except Inconsistent:
            return ""

    def say(self, line: str = "") -> None:
        """Write a line of the result."""
        if not self.machine:
            typer.echo(line)

    def table(self, table: Table) -> None:
        """Write a table as wide as the screen allows."""
        for line in self.lines(table, self.width):
            self.say(line)

    def lines(self, table: Table, width: int) -> list[str]:
        """Return the lines of a table, its rule in letters that the output can write."""
        return table_lines(table, width, _RULE if _can_write(_RULE) else "-")

    def note(self, line: str) -> None:
        """Write a line that is not part of the result to standard error; no secret that was revealed is in it."""
        typer.echo(masked(line), err=True)

    def warn(self, line: str) -> None:
        """Write a warning to standard error."""
        self.note(self.text("cli.warning", text=line))

    def logger(self, log_level: str) -> Callable[[str, str], None] | None:
        """Return where strategies log to: standard error, nowhere above the level info."""
        if log_level in ("warning", "error"):
            return None
        return lambda source, line: self.note(f"[{source}] {line}")

    def json(self, value: object) -> None:
        """Write one JSON document; decimals as texts, absent numbers as null."""
        typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))

    @property
    def width(self) -> int:
        """The cells of a line; without bound where nobody looks at a screen."""
        bounded = sys.stdout.isatty() or "COLUMNS" in environ
        return get_terminal_size().columns if bounded else _UNBOUNDED

    @property
    def interactive(self) -> bool:
        """True when somebody looks at standard output."""
        return not self.machine and sys.stdout.isatty()


def _can_write(letter: str) -> bool:
    try:
        letter.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
