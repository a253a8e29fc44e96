"""Rows of CTP's fields as tables: heads and codes in the user's language."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.tools.shown import Plain, clean_text, plain_value, value_text

__all__ = ["cell_text", "field_head", "fields_table", "rows_table"]

# Codes of one kind that several fields carry.
_KINDS = {
    "CombOffsetFlag": "OffsetFlag",
    "CombHedgeFlag": "HedgeFlag",
    "CloseType": "OffsetFlag",
}


def field_head(terminal: Terminal, name: str) -> str:
    """Return what a field is called, its own name where the catalogue has no word for it."""
    return terminal.text_or_nothing(f"ctp_field.{name}") or name


def cell_text(terminal: Terminal, name: str, value: Value | Decimal) -> str:
    """Return a field's value in words where it is a code, else as it is."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    plain = plain_value(value)
    if isinstance(plain, str) and plain:
        kind = _KINDS.get(name, name)
        return terminal.text_or_nothing(f"ctp_code.{kind}_{plain}") or clean_text(plain).strip()
    return value_text(plain)


def rows_table(
    terminal: Terminal,
    names: Sequence[str],
    rows: Sequence[Mapping[str, Value] | Mapping[str, Value | Decimal]],
    title: str = "",
) -> Table:
    """Return a table of these fields; those behind the sixth are left out where the screen is narrow."""
    cells = [tuple(cell_text(terminal, name, row.get(name, "")) for name in names) for row in rows]
    columns = [
        Column(
            field_head(terminal, name),
            right=any(_is_number(row.get(name)) for row in rows),
            extra=max(at - 5, 0),
        )
        for at, name in enumerate(names)
    ]
    return Table(columns, cells, title)


def fields_table(
    terminal: Terminal,
    names: Sequence[str],
    row: Mapping[str, Value] | Mapping[str, Value | Decimal],
    title: str = "",
) -> Table:
    """Return one row as a table of two columns without heads."""
    lines = [
        (field_head(terminal, name), cell_text(terminal, name, row[name]))
        for name in names
        if name in row
    ]
    return Table([Column(""), Column("", right=True)], lines, title)


def _is_number(value: Plain | bytes | Decimal) -> bool:
    return isinstance(value, int | float | Decimal)
