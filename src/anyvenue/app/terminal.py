"""Where a command writes: results to standard output, everything else to standard error."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec
import typer

from anyvenue.app.messages import Language, text
from anyvenue.model.errors import Inconsistent

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = ["Column", "Table", "Terminal"]

# Piped output is not cut to a screen nobody looks at.
_UNBOUNDED = 10_000


class Column(msgspec.Struct, frozen=True):
    """A column; where the screen is too narrow those with the highest `extra` are left out first, 0 never."""

    head: str
    right: bool = False
    extra: int = 0


class Table(msgspec.Struct):
    """Rows of texts below heads."""

    columns: Sequence[Column]
    rows: list[tuple[str, ...]]
    title: str = ""


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

    def note(self, line: str) -> None:
        """Write a line that is not part of the result to standard error."""
        typer.echo(line, err=True)

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

    def table(self, table: Table) -> None:
        """Write a table, without the columns that do not fit."""
        if not self.machine:
            console = self.console()
            console.print(as_rich(table, console.width))

    def show(self, *parts: "RenderableType") -> None:
        """Write what rich can render."""
        if not self.machine:
            console = self.console()
            for part in parts:
                console.print(part)

    def console(self) -> "Console":
        """Return a console for standard output that takes texts as they are."""
        return make_console()

    @property
    def interactive(self) -> bool:
        """True when somebody looks at standard output."""
        return not self.machine and sys.stdout.isatty()


def make_console(*, stderr: bool = False) -> "Console":
    """Return a console without markup; its width is unbounded where the output is not a terminal."""
    from os import environ

    from rich.console import Console  # costs 30 ms that a command without tables saves

    stream = sys.stderr if stderr else sys.stdout
    bounded = stream.isatty() or "COLUMNS" in environ
    width = None if bounded else _UNBOUNDED
    return Console(
        file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=not bounded
    )


def as_rich(table: Table, width: int) -> "RenderableType":
    """Return the table for rich, as many of its columns as fit into `width`."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    kept = fitting(table, width)
    shown = RichTable(
        box=box.SIMPLE_HEAD,
        title=table.title or None,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        header_style="bold",
        show_edge=False,
        show_header=any(column.head for column in table.columns),
    )
    for at in kept:
        column = table.columns[at]
        shown.add_column(
            Text(column.head), justify="right" if column.right else "left", overflow="fold"
        )
    for row in table.rows:
        shown.add_row(*(Text(row[at]) for at in kept))
    return shown


def fitting(table: Table, width: int) -> list[int]:
    """Return the numbers of the columns that are shown on a screen `width` cells wide."""
    from rich.cells import cell_len

    widths = [
        max(cell_len(text) for text in (column.head, *(row[at] for row in table.rows)))
        for at, column in enumerate(table.columns)
    ]
    kept = list(range(len(widths)))
    while sum(widths[at] for at in kept) + 2 * len(kept) > width:
        extra = max(kept, key=lambda at: (table.columns[at].extra, at))
        if not table.columns[extra].extra:
            break
        kept.remove(extra)
    return kept
