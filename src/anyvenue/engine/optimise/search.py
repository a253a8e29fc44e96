"""Run the tasks of a search: what is stored is not run again, what is finished is stored."""

from collections.abc import Callable, Sequence

from anyvenue.engine.optimise.grid import Parameters
from anyvenue.engine.optimise.identity import Identity
from anyvenue.engine.optimise.objective import Objective, ranked
from anyvenue.engine.optimise.points import Outcome, Point, Task, Window
from anyvenue.engine.optimise.pool import Runs
from anyvenue.engine.optimise.result import Progress
from anyvenue.engine.optimise.store import Store
from anyvenue.engine.optimise.walk import Fold

__all__ = ["Search"]

Watch = Callable[[Progress], None]


class Search:
    """Keeps what is finished even when it is interrupted in the middle."""

    def __init__(
        self,
        grid: Sequence[Parameters],
        runs: Runs,
        objective: Objective,
        *,
        identity: Identity | None = None,
        store: Store | None = None,
        watch: Watch | None = None,
    ) -> None:
        """Search over the points of `grid`; `store` needs `identity`."""
        self.grid = grid
        self.points: list[Point] = []
        self.folds: list[Fold] = []
        self.tests: list[Outcome] = []
        self.warnings: dict[str, None] = {}
        self._runs = runs
        self._objective = objective
        self._identity = identity
        self._store = store
        self._watch = watch
        self._count = self._stored = self._failed = self._total = 0
        self._best: Point | None = None

    def over_all(self) -> None:
        """Run every point over all of the data."""
        tasks = [Task(parameters) for parameters in self.grid]
        self._total = len(tasks)
        found: dict[int, Point] = {}
        try:
            self._run(tasks, lambda place, point, _: found.update({place: point}))
        finally:
            self.points = [found[place] for place in sorted(found)]

    def walk(self, windows: Sequence[tuple[Window, Window]]) -> None:
        """Run every point over each training window, then the best of each over its test window."""
        tasks = [Task(each, train) for train, _ in windows for each in self.grid]
        self._total = len(tasks) + len(windows)
        found: dict[int, Point] = {}
        self._run(tasks, lambda place, point, _: found.update({place: point}))
        size = len(self.grid)
        trained = [
            [found[place] for place in range(number * size, (number + 1) * size)]
            for number in range(len(windows))
        ]
        bests = [self._best_of(points) for points in trained]
        chosen = [at for at, best in enumerate(bests) if best is not None]
        tests = [
            Task(best.parameters, test, curve=True)
            for best, (_, test) in zip(bests, windows, strict=True)
            if best is not None
        ]
        tested: dict[int, tuple[Point, Outcome]] = {}
        self._run(
            tests, lambda place, point, outcome: tested.update({chosen[place]: (point, outcome)})
        )
        self.folds = [
            Fold(train, test, trained[at], bests[at], tested[at][0] if at in tested else None)
            for at, (train, test) in enumerate(windows)
        ]
        self.tests = [tested[at][1] for at in sorted(tested)]

    def _best_of(self, points: Sequence[Point]) -> Point | None:
        first = ranked(points, self._objective)[0]
        return None if self._objective.score(first) is None else first

    def _run(self, tasks: Sequence[Task], keep: Callable[[int, Point, Outcome], None]) -> None:
        missing: dict[int, str] = {}
        for place, task in enumerate(tasks):
            key = self._identity.key(task) if self._identity and self._store else ""
            known = self._store.get(key) if self._store else None
            if known is None:
                missing[place] = key
            else:
                keep(place, self._note(task, known, stored=True), known)
        self._report()
        places = list(missing)
        for at, outcome in self._runs.run([tasks[place] for place in places]):
            place = places[at]
            # Kept before it is counted: Ctrl-C in between loses nothing, and nothing is shown that is not kept.
            if self._store is not None and outcome.lasting:
                self._store.put(missing[place], tasks[place], outcome)
            keep(place, self._note(tasks[place], outcome, stored=False), outcome)
            self._report()

    def _note(self, task: Task, outcome: Outcome, *, stored: bool) -> Point:
        point = Point(
            task.parameters,
            task.window,
            outcome.summary,
            outcome.error,
            outcome.ledger_hash,
            outcome.seconds,
            stored,
        )
        self.warnings.update(dict.fromkeys(outcome.warnings))
        self._count += 1
        self._stored += stored
        self._failed += point.failed
        # Points of different windows are no rivals.
        if task.window is None and self._objective.score(point) is not None:
            rivals = [point] if self._best is None else [self._best, point]
            self._best = ranked(rivals, self._objective)[0]
        return point

    def _report(self) -> None:
        if self._watch is not None:
            self._watch(Progress(self._count, self._total, self._stored, self._failed, self._best))
