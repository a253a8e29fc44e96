"""What a search comes to."""

from collections.abc import Mapping, Sequence

import msgspec

from anyvenue.engine.optimise.heat import HeatMap, heat_map
from anyvenue.engine.optimise.objective import Objective, ranked
from anyvenue.engine.optimise.points import Point
from anyvenue.engine.optimise.walk import Combined, Fold

__all__ = ["OptimiseResult", "Progress"]


class Progress(msgspec.Struct, frozen=True):
    """How far a search is: `done` of `total` points, `stored` of them by an earlier call, `failed` without result."""

    done: int
    total: int
    stored: int
    failed: int
    best: Point | None


class OptimiseResult:
    """The points of a search, ranked by its objective.

    `axes` has the values of each parameter, `fixed` the parameters that all points share. `points` are in the order of
    the grid; they are empty after a walk forward, where each of `folds` has its own and `combined` is the outcome out
    of sample. `interrupted` tells that Ctrl-C ended it: what was finished is there. `warnings` are what a careful
    reader should know.
    """

    def __init__(
        self,
        strategy: str,
        axes: Mapping[str, Sequence[object]],
        fixed: Mapping[str, object],
        objective: Objective,
        points: Sequence[Point],
        folds: Sequence[Fold],
        combined: Combined | None,
        warnings: Sequence[str],
        interrupted: bool,
    ) -> None:
        """Keep what was found."""
        self.strategy = strategy
        self.axes = dict(axes)
        self.fixed = dict(fixed)
        self.objective = objective
        self.points = list(points)
        self.folds = list(folds)
        self.combined = combined
        self.warnings = list(warnings)
        self.interrupted = interrupted

    @property
    def ranked(self) -> list[Point]:
        """The points from best to worst, failed ones last."""
        return ranked(self.points, self.objective)

    @property
    def best(self) -> Point | None:
        """The best point, None where none has a score."""
        first = next(iter(self.ranked), None)
        return None if first is None or self.objective.score(first) is None else first

    @property
    def failed(self) -> list[Point]:
        """The points without result, of all folds."""
        points = [*self.points, *(point for fold in self.folds for point in fold.points)]
        return [point for point in points if point.failed]

    def heat_map(self, row: str, column: str) -> HeatMap:
        """Return the scores by two parameters; raise ConfigError for one that is not in the grid."""
        return heat_map(self.points, self.axes, self.objective, row, column)

    def heat_maps(self) -> list[HeatMap]:
        """Return one heat map for every two parameters that take several values."""
        names = [name for name, values in self.axes.items() if len(values) > 1]
        pairs = [(row, column) for at, row in enumerate(names) for column in names[at + 1 :]]
        return [self.heat_map(row, column) for row, column in pairs if self.points]

    def document(self) -> dict[str, object]:
        """Return everything as plain values, for JSON and for reports; points from best to worst."""
        return {
            "strategy": self.strategy,
            "objective": {"name": self.objective.name, "larger": self.objective.larger},
            "grid": self.axes,
            "fixed": self.fixed,
            "points": [self._point(point) for point in self.ranked],
            "heat_maps": self.heat_maps(),
            "walk_forward": [self._fold(fold) for fold in self.folds],
            "out_of_sample": self.combined,
            "warnings": self.warnings,
            "interrupted": self.interrupted,
        }

    def _fold(self, fold: Fold) -> dict[str, object]:
        return {
            "train": fold.train,
            "test": fold.test,
            "best": self._point(fold.best) if fold.best else None,
            "tested": self._point(fold.tested) if fold.tested else None,
            "points": [self._point(point) for point in ranked(fold.points, self.objective)],
        }

    def _point(self, point: Point) -> dict[str, object]:
        return {
            "parameters": point.parameters,
            "score": self.objective.score(point),
            "summary": point.summary,
            "error": point.error or None,
            "window": point.window,
            "ledger_hash": point.ledger_hash or None,
            "seconds": point.seconds,
            "stored": point.stored,
        }
