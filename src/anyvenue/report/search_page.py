"""The page of a parameter search: the best first, then maps of every two parameters, tables, and the walk forward."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from html import escape
from statistics import median

from anyvenue.data.spans import zone_of_sessions
from anyvenue.engine.optimise.points import Point, Window
from anyvenue.engine.optimise.result import OptimiseResult
from anyvenue.engine.optimise.walk import Combined
from anyvenue.engine.results import Summary
from anyvenue.model.instruments import Instrument
from anyvenue.reference.assets import shown_decimals
from anyvenue.report.heat import heat_html, value_text
from anyvenue.report.markup import Cell, cards_html, details_html, embedded, table_html
from anyvenue.report.numbers import ABSENT, money, multiple, percent, signed, tone
from anyvenue.report.page import ReportFacts
from anyvenue.report.shell import list_html, page_html
from anyvenue.report.timeline import local
from anyvenue.report.words import Words

__all__ = ["SEARCH_CLASS", "render_search_page"]

SEARCH_CLASS = "anyvenue-search"
"""Class of the element with the search's JSON document."""

_MOST_POINTS = 500
_MOST_ERRORS = 20
_FRACTIONS = ("return", "drawdown", "win-rate")
_AMOUNTS = ("profit", "fees")


def _gain(amount: Decimal, currency: str) -> Cell:
    return Cell(signed(amount, currency), tone(round(amount, shown_decimals(currency))))


_FIGURES: Sequence[tuple[str, str, Callable[[Summary], str | Cell]]] = (
    ("profit", "profit", lambda each: _gain(each.profit, each.currency)),
    ("return", "total_return", lambda each: percent(each.total_return, True)),
    ("drawdown", "max_drawdown", lambda each: percent(each.max_drawdown)),
    ("sharpe", "sharpe", lambda each: multiple(each.sharpe)),
    ("", "round_trips", lambda each: f"{each.trades:,}"),
    ("win-rate", "win_rate", lambda each: percent(each.win_rate, digits=1)),
    ("fees", "fees", lambda each: money(each.fees, each.currency)),
)


def render_search_page(
    result: OptimiseResult,
    facts: ReportFacts,
    instruments: Sequence[Instrument],
    lang: str,
    top: int = 20,
) -> str:
    """Return the page of a search over `instruments` in `lang`, ``en`` or ``zh``; it needs no drawing library."""
    words = Words(lang)
    zone = zone_of_sessions(instruments[0].sessions) if instruments else "UTC"
    view = _View(result, words, zone)
    parts = [view.walk(), view.cards(), view.maps(), view.points(top)]
    return page_html(
        words("search_title", name=facts.name),
        lang,
        [
            view.header(facts, list(dict.fromkeys(each.id for each in instruments))),
            f"<main>{''.join(parts)}</main>",
            view.footer(facts),
            embedded(SEARCH_CLASS, facts.document),
        ],
    )


class _View:
    """The parts of a page of one search."""

    def __init__(self, result: OptimiseResult, words: Words, zone: str) -> None:
        self._result = result
        self._words = words
        self._zone = zone
        self._name = result.objective.name
        self._good = [each for each in result.ranked if not each.failed]

    def header(self, facts: ReportFacts, instruments: Sequence[str]) -> str:
        words, result = self._words, self._result
        grid = "  ".join(f"{name}={_values(axis)}" for name, axis in result.axes.items())
        fixed = " ".join(f"{name}={value_text(value)}" for name, value in result.fixed.items())
        subs = [", ".join(instruments), f"{words('grid')}: {grid}", fixed, *facts.setting]
        lines = [f"<h1>{escape(facts.name)}</h1>"]
        lines += [f"<p class='sub'>{escape(each)}</p>" for each in subs if each]
        if facts.synthetic:
            lines.append(f"<p class='banner'>{escape(words('synthetic'))}</p>")
        if result.interrupted:
            lines.append(f"<p class='banner bad'>{escape(words('search_cut'))}</p>")
        lines.append(f"<p class='verdict'>{escape(self._verdict())}</p>")
        return f"<header>{''.join(lines)}</header>"

    def cards(self) -> str:
        """Return the best point in figures, beside what the others came to: a lone peak is luck."""
        best, words = self._result.best, self._words
        if best is None or best.summary is None:
            return ""
        scores = [
            s for each in self._good for s in [self._result.objective.score(each)] if s is not None
        ]
        gaining = sum(1 for each in self._good if each.summary and each.summary.profit > 0)
        summary = best.summary
        profit = _gain(summary.profit, summary.currency)
        return cards_html(
            [
                (words("best_score", by=self._name), Cell(self._score(best)), _setting(best)),
                (
                    f"{words('profit')} {summary.currency}",
                    profit,
                    words("fees_of", value=money(summary.fees, summary.currency)),
                ),
                (words("max_drawdown"), Cell(percent(summary.max_drawdown)), ""),
                (
                    words("round_trips"),
                    Cell(f"{summary.trades:,}"),
                    words("won", value=percent(summary.win_rate, digits=1)),
                ),
                (
                    words("median_score", by=self._name),
                    Cell(self._text(median(scores))),
                    words("of_points", count=f"{len(scores):,}"),
                ),
                (
                    words("gaining"),
                    Cell(percent(gaining / len(self._good), digits=0)),
                    words("points_with_gain", count=f"{gaining:,}"),
                ),
            ]
        )

    def maps(self) -> str:
        """Return a map for every two parameters that vary."""
        words = self._words
        drawn = []
        for heat in self._result.heat_maps():
            table = heat_html(heat, self._text)
            if table:
                title = words("map_of", row=heat.row_name, column=heat.column_name)
                drawn.append(f"<div><h3>{escape(title)}</h3>{table}</div>")
        if not drawn:
            return ""
        note = words("map_note_more" if len(drawn) > 1 else "map_note", by=self._name)
        return _section(words("maps"), f"<div class='maps'>{''.join(drawn)}</div>", note)

    def points(self, top: int) -> str:
        """Return the best points, and all of them on demand."""
        if not self._good:
            return ""
        words = self._words
        inner = self._points_table(self._good[:top])
        if len(self._good) > top:
            shown = self._good[:_MOST_POINTS]
            title = words("all_points", count=f"{len(self._good):,}", shown=f"{len(shown):,}")
            inner += details_html(title, self._points_table(shown))
        return _section(words("best_points"), inner)

    def walk(self) -> str:
        """Return what each step of a walk forward chose and came to."""
        result, words = self._result, self._words
        if not result.folds:
            return ""
        whole = result.combined
        parts = [self._combined(whole)] if whole is not None and whole.tests else []
        names = list(result.axes)
        heads = [
            words("train"), words("test"), *names, f"{self._name}, {words('train')}",
            f"{self._name}, {words('test')}", words("profit"),
        ]  # fmt: skip
        rows: list[Sequence[str | Cell]] = []
        for fold in result.folds:
            best, tested = fold.best, fold.tested
            summary = tested.summary if tested is not None else None
            profit = _gain(summary.profit, summary.currency) if summary else ABSENT
            rows.append(
                (
                    self._span(fold.train),
                    self._span(fold.test),
                    *(value_text(best.parameters[name]) if best else ABSENT for name in names),
                    self._score(best),
                    self._score(tested),
                    profit,
                )
            )
        table = table_html(heads, rows, 2)
        return "".join([*parts, _section(words("walk"), table, words("walk_note"))])

    def footer(self, facts: ReportFacts) -> str:
        words, result = self._words, self._result
        errors = [f"{_setting(point)}: {point.error}" for point in result.failed[:_MOST_ERRORS]]
        if len(result.failed) > _MOST_ERRORS:
            errors.append(words("more_failed", count=f"{len(result.failed) - _MOST_ERRORS:,}"))
        lists = [
            list_html(words("failed_points"), errors),
            list_html(words("warnings"), result.warnings),
            list_html(words("data_notes"), facts.notes),
        ]
        return f"<footer>{''.join(lists)}<p>{escape(words('search_footer', zone=self._zone))}</p></footer>"

    def _verdict(self) -> str:
        result, words = self._result, self._words
        whole = result.combined
        if whole is not None and whole.tests:
            return words(
                "walk_verdict", tests=whole.tests, change=percent(whole.total_return, True), profit=signed(whole.profit)
            )  # fmt: skip
        best = result.best
        if best is None:
            return words("no_best")
        counts = f"{len(self._good):,}"
        return words(
            "best_verdict",
            count=counts,
            by=self._name,
            setting=_setting(best),
            score=self._score(best),
        )

    def _combined(self, whole: Combined) -> str:
        words = self._words
        return cards_html(
            [
                (
                    words("profit"),
                    Cell(signed(whole.profit), tone(round(whole.profit, 2))),
                    words("of_tests", count=whole.tests),
                ),
                (
                    words("total_return"),
                    Cell(percent(whole.total_return, True), tone(round(whole.total_return, 4))),
                    words("out_of_sample"),
                ),
                (words("max_drawdown"), Cell(percent(whole.max_drawdown)), ""),
                (
                    words("sharpe"),
                    Cell(multiple(whole.sharpe)),
                    f"{words('round_trips')} {whole.trades:,}",
                ),
            ]
        )

    def _points_table(self, points: Sequence[Point]) -> str:
        # The figure that is ranked by has its column already.
        figures = [each[1:] for each in _FIGURES if each[0] != self._name]
        heads = [*self._result.axes, self._name, *(self._words(key) for key, _ in figures)]
        rows = [
            (
                *(value_text(point.parameters[name]) for name in self._result.axes),
                Cell(self._score(point), "strong"),
                *(show(point.summary) for _, show in figures if point.summary is not None),
            )
            for point in points
        ]
        return table_html(heads, rows, 0)

    def _score(self, point: Point | None) -> str:
        return self._text(self._result.objective.score(point) if point is not None else None)

    def _text(self, score: float | None) -> str:
        if score is None:
            return ABSENT
        if self._name in _FRACTIONS:
            return percent(score, self._name == "return")
        return money(Decimal(score)) if self._name in _AMOUNTS else multiple(score)

    def _span(self, window: Window) -> str:
        first, last = (local(ts, self._zone)[:16] for ts in (window[0], window[1] - 1))
        return f"{first} – {last[11:] if last[:10] == first[:10] else last}"


def _setting(point: Point) -> str:
    return " ".join(f"{name}={value_text(value)}" for name, value in point.parameters.items())


def _values(axis: Sequence[object]) -> str:
    shown = [value_text(value) for value in axis]
    return ",".join(shown) if len(shown) <= 12 else f"{shown[0]}…{shown[-1]} ({len(shown)})"


def _section(title: str, inner: str, note: str = "") -> str:
    below = f"<p class='note'>{escape(note)}</p>" if note else ""
    return f"<section><h2>{escape(title)}</h2>{inner}{below}</section>"
