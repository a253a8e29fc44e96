"""Tables as lines of text, as wide as they must be and no wider than the screen."""

from collections.abc import Sequence

import msgspec

from anyvenue.app.wrapping import cells, padded, wrapped

__all__ = ["Column", "Table", "table_lines"]

_GAP = "  "
_NARROWEST = 12


class Column(msgspec.Struct, frozen=True):
    """A column; where the screen is too narrow those with the highest `extra` are left out first, 0 never."""

    head: str
    right: bool = False
    extra: int = 0


class Table(msgspec.Struct):
    """Rows of texts below heads; without heads when all of them are empty."""

    columns: Sequence[Column]
    rows: Sequence[tuple[str, ...]]
    title: str = ""


def table_lines(table: Table, width: int, rule: str = "─") -> list[str]:
    """Return the table in lines of at most `width` cells.

    What does not fit loses its dispensable columns first; then the widest left-aligned column is wrapped.
    """
    widths = _widths(table)
    kept = _fitting(table, widths, width)
    _narrow(table, widths, kept, width)
    lines = [table.title] if table.title else []
    heads = [column.head for column in table.columns]
    if any(heads):
        lines += _row(table, heads, kept, widths)
        lines.append(rule * (sum(widths[at] for at in kept) + len(_GAP) * (len(kept) - 1)))
    for row in table.rows:
        lines += _row(table, row, kept, widths)
    return lines


def _widths(table: Table) -> list[int]:
    return [
        max(cells(text) for text in (column.head, *(row[at] for row in table.rows)))
        for at, column in enumerate(table.columns)
    ]


def _fitting(table: Table, widths: Sequence[int], width: int) -> list[int]:
    kept = list(range(len(widths)))
    while _total(widths, kept) > width:
        extra = max(kept, key=lambda at: (table.columns[at].extra, at))
        if not table.columns[extra].extra:
            break
        kept.remove(extra)
    return kept


def _narrow(table: Table, widths: list[int], kept: Sequence[int], width: int) -> None:
    """Take cells from the widest left-aligned columns, one by one, until the row fits."""
    loose = [at for at in kept if not table.columns[at].right]
    for _ in range(_total(widths, kept) - width):
        widest = max(loose, key=lambda at: widths[at], default=None)
        if widest is None or widths[widest] <= _NARROWEST:
            return
        widths[widest] -= 1


def _total(widths: Sequence[int], kept: Sequence[int]) -> int:
    return sum(widths[at] for at in kept) + len(_GAP) * (len(kept) - 1)


def _row(table: Table, row: Sequence[str], kept: Sequence[int], widths: Sequence[int]) -> list[str]:
    """Return one row as one or more lines."""
    parts = [
        wrapped(row[at], widths[at]) if cells(row[at]) > widths[at] else [row[at]] for at in kept
    ]
    lines = []
    for number in range(max(len(part) for part in parts)):
        texts = (part[number] if number < len(part) else "" for part in parts)
        line = _GAP.join(
            _aligned(text, widths[at], table.columns[at].right)
            for text, at in zip(texts, kept, strict=True)
        )
        lines.append(line.rstrip())
    return lines


def _aligned(text: str, width: int, right: bool) -> str:
    return " " * (width - cells(text)) + text if right else padded(text, width)
