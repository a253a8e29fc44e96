"""The page of two results side by side: which made more, then every figure of both."""

from collections.abc import Sequence
from html import escape

from anyvenue.report.comparison import Comparison, Figure, Side
from anyvenue.report.markup import Cell, table_html
from anyvenue.report.numbers import ABSENT, money, tone
from anyvenue.report.shell import page_html
from anyvenue.report.words import Words

__all__ = ["render_compare_page"]

# Of these more is better, or less; of the others neither.
_BETTER = {"profit": 1, "equity": 1, "total_return": 1, "sharpe": 1, "win_rate": 1, "fees": -1}
_BETTER |= {"max_drawdown": -1}


def render_compare_page(found: Comparison, names: tuple[str, str], lang: str) -> str:
    """Return the page in `lang`, ``en`` or ``zh``; `names` are what A and B were read from. No script is in it."""
    words = Words(lang)
    sides = [_side(*each) for each in zip("AB", (found.a, found.b), names, strict=True)]
    verdicts = [
        _verdict(currency, figures, words) for currency, figures in found.currencies.items()
    ]
    header = [
        f"<h1>{escape(words('compare_title'))}</h1>",
        *sides,
        *(f"<p class='verdict'>{escape(each)}</p>" for each in verdicts if each),
    ]
    tables = [_table(currency, figures, words) for currency, figures in found.currencies.items()]
    same = [words(f"{key}_{'yes' if holds else 'no'}") for key, holds in _same(found)]
    notes = "".join(f"<li>{escape(each)}</li>" for each in same)
    title = f"anyvenue: {found.a.strategy} / {found.b.strategy}"
    return page_html(
        title,
        lang,
        [
            f"<header>{''.join(header)}</header>",
            f"<main>{''.join(tables)}</main>",
            f"<footer><h3>{escape(words('verify'))}</h3><ul>{notes}</ul></footer>",
        ],
    )


def _side(label: str, side: Side, name: str) -> str:
    text = f"{label}  {side.strategy} · {side.account} · {name}"
    return f"<p class='sub'>{escape(text)}</p>"


def _same(found: Comparison) -> tuple[tuple[str, bool], tuple[str, bool]]:
    return ("same_audit", found.same_audit), ("same_ledger", found.same_ledger)


def _verdict(currency: str, figures: Sequence[Figure], words: Words) -> str:
    profit = next((each.difference for each in figures if each.name == "profit"), None)
    if profit is None:
        return ""
    if not profit:
        return words("compare_same", currency=currency)
    key = "compare_more" if profit > 0 else "compare_less"
    return words(key, amount=money(abs(float(profit)), currency), currency=currency)


def _table(currency: str, figures: Sequence[Figure], words: Words) -> str:
    rows = [
        (words(f"figure.{each.key}"), _text(each.a_text), _text(each.b_text), _difference(each))
        for each in figures
    ]
    table = table_html(["", "A", "B", "B − A"], rows)
    return f"<section><h2>{escape(currency)}</h2>{table}</section>"


def _difference(figure: Figure) -> Cell:
    text = _text(figure.difference_text)
    sign = _BETTER.get(figure.name, 0)
    if figure.difference is None or not sign:
        return Cell(text)
    return Cell(text, tone(round(sign * float(figure.difference), 6)))


def _text(shown: str) -> str:
    """Return a figure as a page writes it; what is meant for terminals has neither minus nor dash."""
    return ABSENT if shown == "-" else shown.replace("-", "−")
