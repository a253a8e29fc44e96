"""Two parameters against each other."""

from collections.abc import Mapping, Sequence

import msgspec

from anyvenue.engine.optimise.objective import Objective
from anyvenue.engine.optimise.points import Point
from anyvenue.model.errors import ConfigError

__all__ = ["HeatMap", "heat_map"]


class HeatMap(msgspec.Struct, frozen=True):
    """Scores by two parameters: `scores[row][column]` belongs to `rows[row]` and `columns[column]`.

    Where other parameters vary too, a score is the best over them. None is a point without a score or left out by a
    condition.
    """

    row_name: str
    column_name: str
    rows: Sequence[object]
    columns: Sequence[object]
    scores: Sequence[Sequence[float | None]]
    objective: str
    larger: bool


def heat_map(
    points: Sequence[Point],
    axes: Mapping[str, Sequence[object]],
    objective: Objective,
    row: str,
    column: str,
) -> HeatMap:
    """Lay the scores of `points` out by the parameters `row` and `column`; raise ConfigError."""
    for name in (row, column):
        if name not in axes:
            raise ConfigError(
                f"the heat map needs {name}, which is not in the grid; there are: {', '.join(axes)}",
                code="config.heat_map",
                parameter=name,
                known=list(axes),
            )
    best: dict[tuple[str, str], float] = {}
    choose = max if objective.larger else min
    for point in points:
        score = objective.score(point)
        if score is not None:
            key = repr(point.parameters[row]), repr(point.parameters[column])
            best[key] = choose(best.get(key, score), score)
    scores = [[best.get((repr(y), repr(x))) for x in axes[column]] for y in axes[row]]
    return HeatMap(row, column, axes[row], axes[column], scores, objective.name, objective.larger)
