"""What makes one point better than another."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from math import isnan

import msgspec

from anyvenue.engine.optimise.points import Point
from anyvenue.engine.results import Summary
from anyvenue.model.errors import ConfigError

__all__ = ["OBJECTIVES", "By", "Objective", "objective_of", "ranked"]

By = str | Callable[[Summary], float | None]


class Objective(msgspec.Struct, frozen=True):
    """A figure of a summary, None where it means nothing; `larger` tells that more of it is better."""

    name: str
    figure: Callable[[Summary], float | None]
    larger: bool = True

    def score(self, point: Point) -> float | None:
        """Return the figure of a point, None where it has none."""
        value = None if point.summary is None else self.figure(point.summary)
        return None if value is None or isnan(value) else float(value)


def _calmar(summary: Summary) -> float | None:
    return summary.total_return / summary.max_drawdown if summary.max_drawdown > 0 else None


OBJECTIVES: Mapping[str, Objective] = {
    each.name: each
    for each in (
        Objective("return", lambda summary: summary.total_return),
        Objective("profit", lambda summary: float(summary.profit)),
        Objective("sharpe", lambda summary: summary.sharpe),
        Objective("drawdown", lambda summary: summary.max_drawdown, larger=False),
        Objective("calmar", _calmar),
        Objective("win-rate", lambda summary: summary.win_rate),
        Objective("fees", lambda summary: float(summary.fees), larger=False),
    )
}
"""The objectives that have a name; ``calmar`` is the whole return over the largest drawdown."""


def objective_of(by: By) -> Objective:
    """Return the objective of a name or of a function of the summary (more is better); raise ConfigError."""
    if not isinstance(by, str):
        return Objective(getattr(by, "__name__", "score"), by)
    found = OBJECTIVES.get(by.replace("_", "-"))
    if found is None:
        near = get_close_matches(by, OBJECTIVES, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ConfigError(
            f"the objective was {by!r}; {hint}known: {', '.join(OBJECTIVES)}",
            code="config.objective",
            value=by,
            known=list(OBJECTIVES),
        )
    return found


def ranked(points: Sequence[Point], objective: Objective) -> list[Point]:
    """Return the points from best to worst, those without a score last, equals as they stood."""

    def place(point: Point) -> tuple[bool, bool, float]:
        score = objective.score(point)
        if score is None:
            return point.failed, True, 0.0
        return point.failed, False, -score if objective.larger else score

    return sorted(points, key=place)
