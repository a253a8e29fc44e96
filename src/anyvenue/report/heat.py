"""Maps of two parameters as tables: a cell is the darker the better its score."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from html import escape

from anyvenue.engine.optimise.heat import HeatMap
from anyvenue.model.numbers import plain

__all__ = ["heat_html", "value_text"]

_MOST_NUMBERS = 14
# From here on white is easier to read on the accent than black.
_DEEP = 82


def heat_html(heat: HeatMap, text_of: Callable[[float | None], str]) -> str:
    """Return the map; of more columns than a page has room for only shades are shown, the score on pointing at one."""
    scores = [score for row in heat.scores for score in row if score is not None]
    if not scores:
        return ""
    best = max(scores) if heat.larger else min(scores)
    numbers = len(heat.columns) <= _MOST_NUMBERS
    heads = "".join(f"<th>{escape(value_text(value))}</th>" for value in heat.columns)
    corner = f"{escape(heat.row_name)} ↓ {escape(heat.column_name)} →"
    rows = []
    for value, line in zip(heat.rows, heat.scores, strict=True):
        cells = []
        for column, score in zip(heat.columns, line, strict=True):
            at = f"{heat.row_name} {value_text(value)}, {heat.column_name} {value_text(column)}"
            share = None if score is None else _share(score, scores, heat.larger)
            text = text_of(score)
            cells.append(_cell(share, text, f"{at}: {text}", score == best, numbers))
        rows.append(f'<tr><th class="side">{escape(value_text(value))}</th>{"".join(cells)}</tr>')
    kind = "heat" if numbers else "heat shades"
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr><th class="side">{corner}</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def value_text(value: object) -> str:
    """Return the value of a parameter."""
    return plain(value) if isinstance(value, Decimal) else str(value)


def _cell(share: int | None, text: str, about: str, best: bool, numbers: bool) -> str:
    if share is None:
        return f'<td title="{escape(about)}"></td>'
    classes = " ".join(word for word, holds in (("deep", share >= _DEEP), ("best", best)) if holds)
    shown = escape(text) if numbers else ""
    return f'<td class="{classes}" style="--share:{share}%" title="{escape(about)}">{shown}</td>'


def _share(score: float, scores: Sequence[float], larger: bool) -> int:
    """Return where a score stands between the worst, 0, and the best, 100."""
    low, high = min(scores), max(scores)
    if high <= low:
        return 100
    place = (score - low) / (high - low)
    return round(100 * (place if larger else 1 - place))
