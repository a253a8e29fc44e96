"""Pieces of HTML: escaped texts, tables, cards and charts."""

from collections.abc import Iterable, Sequence
from html import escape

import msgspec

__all__ = ["Cell", "cards_html", "chart_html", "details_html", "embedded", "table_html"]


class Cell(msgspec.Struct, frozen=True):
    """A text and the tone of its colour: ``gain``, ``loss`` or none."""

    text: str
    tone: str = ""


def table_html(
    heads: Sequence[str],
    rows: Iterable[Sequence[str | Cell]],
    texts: int = 1,
    *,
    foot: bool = False,
) -> str:
    """Return a table that scrolls by itself where it is too wide; the first `texts` columns are not numbers.

    With `foot` the last row is a total.
    """
    lines = list(rows)
    body = "".join(
        _row("td", line, texts, "total" if foot and at == len(lines) - 1 else "")
        for at, line in enumerate(lines)
    )
    return (
        f'<div class="scroll"><table><thead>{_row("th", heads, texts)}</thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def cards_html(cards: Iterable[tuple[str, Cell, str]]) -> str:
    """Return figures as cards: what it is, the figure, and a line below it."""
    shown = "".join(
        f'<div class="card"><div class="label">{escape(label)}</div>'
        f'<div class="figure {cell.tone}">{escape(cell.text)}</div>'
        f'<div class="below">{escape(below)}</div></div>'
        for label, cell, below in cards
    )
    return f'<div class="cards">{shown}</div>'


def chart_html(figure: object, height: int, label: str) -> str:
    """Return the place of a chart with its data beside it; the page draws it when it comes into view."""
    data = embedded("figure", msgspec.json.encode(figure))
    return (
        f'<div class="chart" role="img" aria-label="{escape(label)}" style="height:{height}px">'
        f"{data}</div>"
    )


def details_html(title: str, inner: str, *, shown: bool = False) -> str:
    """Return something that opens on demand."""
    return f"<details{' open' if shown else ''}><summary>{escape(title)}</summary>{inner}</details>"


def embedded(name: str, document: bytes) -> str:
    """Return a JSON document as a script element of class `name`, safe whatever texts are in it."""
    text = document.decode().replace("<", "\\u003c")
    return f'<script type="application/json" class="{name}">{text}</script>'


def _row(tag: str, cells: Sequence[str | Cell], texts: int, kind: str = "") -> str:
    made = []
    for at, cell in enumerate(cells):
        text, tone = (cell.text, cell.tone) if isinstance(cell, Cell) else (cell, "")
        classes = " ".join(filter(None, ("text" if at < texts else "", tone)))
        made.append(f'<{tag} class="{classes}">{escape(text)}</{tag}>')
    return f'<tr class="{kind}">{"".join(made)}</tr>' if kind else f"<tr>{''.join(made)}</tr>"
