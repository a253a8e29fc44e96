"""What a search found, as tables and as a map of two parameters."""

import sys
from collections.abc import Callable, Sequence
from decimal import Decimal

from anyvenue.app.figures import ABSENT, clock_time, money, percent, ratio, signed
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.app.wrapping import cells
from anyvenue.engine.optimise.heat import HeatMap
from anyvenue.engine.optimise.points import Point, Window
from anyvenue.engine.optimise.result import OptimiseResult, Progress
from anyvenue.engine.results import Summary
from anyvenue.model.numbers import plain

__all__ = ["progress_text", "score_text", "show_errors", "show_heat_map", "show_result"]

_MOST_ERRORS = 5
_SHADES = " ░▒▓█"
_PLAIN_SHADES = " .:+#"
_UNBOUNDED = 10_000
_FRACTIONS = ("return", "drawdown", "win-rate")
_AMOUNTS = ("profit", "fees")

_FIGURES: Sequence[tuple[str, str, int, Callable[[Summary], str]]] = (
    ("profit", "figure.profit", 0, lambda each: signed(each.profit)),
    ("return", "figure.total_return", 1, lambda each: percent(each.total_return, sign=True)),
    ("drawdown", "figure.max_drawdown", 2, lambda each: percent(each.max_drawdown)),
    ("sharpe", "figure.sharpe", 3, lambda each: ratio(each.sharpe)),
    ("win-rate", "figure.win_rate", 5, lambda each: percent(each.win_rate)),
    ("", "figure.round_trips", 4, lambda each: f"{each.trades:,}"),
    ("fees", "figure.fees", 6, lambda each: money(each.fees)),
)


def score_text(score: float | None, objective: str) -> str:
    """Return a score as people read the figure it is."""
    if score is None:
        return ABSENT
    if objective in _FRACTIONS:
        return percent(score)
    return money(Decimal(score)) if objective in _AMOUNTS else ratio(score)


def value_text(value: object) -> str:
    """Return the value of a parameter."""
    return plain(value) if isinstance(value, Decimal) else str(value)


def progress_text(terminal: Terminal, progress: Progress, by: str, score: float | None) -> str:
    """Return one line about how far a search is."""
    line = terminal.text(
        "cli.optimise_progress",
        done=f"{progress.done:,}",
        total=f"{progress.total:,}",
        stored=f"{progress.stored:,}",
        failed=f"{progress.failed:,}",
    )
    if score is None:
        return line
    best = terminal.text("cli.optimise_best", by=by, score=score_text(score, by))
    return f"{line}  {best}"


def show_result(terminal: Terminal, result: OptimiseResult, top: int, zone: str) -> None:
    """Write the best points, or what each step of a walk forward chose and came to."""
    if result.folds:
        _show_walk(terminal, result, zone)
        return
    if not result.points:
        return
    ranked = [point for point in result.ranked if not point.failed]
    terminal.say(
        terminal.text(
            "cli.optimise_title",
            strategy=result.strategy,
            count=f"{len(result.points):,}",
            by=result.objective.name,
            shown=f"{min(top, len(ranked)):,}",
        )
    )
    terminal.say()
    if ranked:
        terminal.table(_points_table(terminal, result, ranked[:top]))
        terminal.say()


def _points_table(terminal: Terminal, result: OptimiseResult, points: Sequence[Point]) -> Table:
    names = list(result.axes)
    # The figure that is ranked by has its column already.
    figures = [each[1:] for each in _FIGURES if each[0] != result.objective.name]
    heads = (
        *(Column(name, right=True) for name in names),
        Column(result.objective.name, right=True),
        *(Column(terminal.text(key), right=True, extra=extra) for key, extra, _ in figures),
    )
    rows = [
        (
            *(value_text(point.parameters[name]) for name in names),
            score_text(result.objective.score(point), result.objective.name),
            *(show(point.summary) for _, _, show in figures if point.summary is not None),
        )
        for point in points
    ]
    return Table(heads, rows)


def _show_walk(terminal: Terminal, result: OptimiseResult, zone: str) -> None:
    terminal.say(
        terminal.text(
            "cli.walk_title",
            strategy=result.strategy,
            count=len(result.folds),
            by=result.objective.name,
        )
    )
    terminal.say()
    terminal.table(_folds_table(terminal, result, zone))
    terminal.say()
    whole = result.combined
    if whole is not None:
        terminal.say(
            terminal.text(
                "cli.walk_combined",
                count=whole.tests,
                profit=signed(whole.profit),
                total_return=percent(whole.total_return, sign=True),
                drawdown=percent(whole.max_drawdown),
                sharpe=ratio(whole.sharpe),
            )
        )


def _folds_table(terminal: Terminal, result: OptimiseResult, zone: str) -> Table:
    names, objective = list(result.axes), result.objective
    heads = (
        Column(terminal.text("column.train"), extra=2),
        Column(terminal.text("column.test")),
        *(Column(name, right=True) for name in names),
        Column(f"{objective.name}, {terminal.text('column.train')}", right=True),
        Column(f"{objective.name}, {terminal.text('column.test')}", right=True),
        Column(terminal.text("figure.profit"), right=True),
    )
    rows = []
    for fold in result.folds:
        best, tested = fold.best, fold.tested
        summary = tested.summary if tested is not None else None
        rows.append(
            (
                _span(fold.train, zone),
                _span(fold.test, zone),
                *(value_text(best.parameters[name]) if best else ABSENT for name in names),
                score_text(objective.score(best) if best else None, objective.name),
                score_text(objective.score(tested) if tested else None, objective.name),
                signed(summary.profit) if summary else ABSENT,
            )
        )
    return Table(heads, rows)


def _span(window: Window, zone: str) -> str:
    first, last = (clock_time(ts, zone)[:16] for ts in (window[0], window[1] - 1))
    return f"{first} - {last[11:] if last[:10] == first[:10] else last}"


def show_heat_map(terminal: Terminal, heat: HeatMap) -> None:
    """Write the scores by two parameters, shaded from worst to best; only shades where numbers have no room."""
    table = _heat_table(terminal, heat, numbers=True)
    if max(map(cells, terminal.lines(table, _UNBOUNDED))) > terminal.width:
        table = _heat_table(terminal, heat, numbers=False)
    if any(score is not None for row in heat.scores for score in row):
        terminal.table(table)
        terminal.say()


def _heat_table(terminal: Terminal, heat: HeatMap, *, numbers: bool) -> Table:
    shades = _SHADES if _can_write(_SHADES) else _PLAIN_SHADES
    scores = [score for row in heat.scores for score in row if score is not None]

    def cell(score: float | None) -> str:
        if score is None:
            return ""
        shade = shades[round(_place(score, scores, heat.larger) * (len(shades) - 1))] * 2
        return f"{score_text(score, heat.objective)} {shade}" if numbers else shade

    heads = (
        Column(f"{heat.row_name} \\ {heat.column_name}", right=True),
        *(Column(value_text(value), right=True) for value in heat.columns),
    )
    rows = [
        (value_text(value), *map(cell, row))
        for value, row in zip(heat.rows, heat.scores, strict=True)
    ]
    title = terminal.text(
        "cli.heat_map",
        by=heat.objective,
        row=heat.row_name,
        column=heat.column_name,
        best=shades[-1] * 2,
    )
    return Table(heads, rows, title)


def _place(score: float, scores: Sequence[float], larger: bool) -> float:
    """Return where a score stands between the worst, 0, and the best, 1."""
    low, high = min(scores), max(scores)
    place = (score - low) / (high - low) if high > low else 1.0
    return place if larger or high == low else 1 - place


def show_errors(terminal: Terminal, result: OptimiseResult) -> None:
    """Write why points failed to standard error, the first few."""
    lines: dict[str, None] = {}
    for point in result.failed:
        values = " ".join(f"{name}={value_text(point.parameters[name])}" for name in result.axes)
        lines[terminal.text("cli.point_failed", values=values, error=point.error)] = None
    for line in list(lines)[:_MOST_ERRORS]:
        terminal.note(line)
    if len(lines) > _MOST_ERRORS:
        terminal.note(terminal.text("cli.points_failed", count=len(lines) - _MOST_ERRORS))


def _can_write(letters: str) -> bool:
    try:
        letters.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
