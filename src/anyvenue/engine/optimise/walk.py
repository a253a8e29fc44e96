"""Walk forward: choose on one stretch of time, trade the next, and put the traded stretches together."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import msgspec

from anyvenue.engine.optimise.points import Outcome, Point, Window
from anyvenue.engine.statistics import measure
from anyvenue.model.errors import ConfigError

__all__ = ["Combined", "Fold", "WalkForward", "combined", "windows_of"]


class WalkForward(msgspec.Struct, frozen=True):
    """How time is split: `folds` tests of one part each behind `train_parts` parts to choose on.

    `anchored` lets every training begin with the data instead of moving on.
    """

    folds: int
    train_parts: int = 3
    anchored: bool = False


class Fold(msgspec.Struct, frozen=True):
    """One step: the points of the training window, the best of them, and the same parameters on the test window.

    `best` and `test` are None where no point of the training has a score.
    """

    train: Window
    test: Window
    points: Sequence[Point]
    best: Point | None
    tested: Point | None


class Combined(msgspec.Struct, frozen=True):
    """All tests as one run out of sample.

    Each test begins with the same money; `profit` is their sum, the other figures are of the tests' returns one after
    the other. `tests` counts those that have a result.
    """

    tests: int
    profit: Decimal
    total_return: float
    max_drawdown: float
    sharpe: float | None
    days: int
    trades: int


def windows_of(times: Sequence[int], split: WalkForward) -> list[tuple[Window, Window]]:
    """Return the training and the test window of each fold; raise ConfigError for too little data.

    `times` are those of all records, rising. The parts have equally many records but for this: a cut lies in the
    longest pause within a tenth of a part around it, such as a night.
    """
    if split.folds < 1 or split.train_parts < 1:
        raise ConfigError(
            f"walk forward was {split.folds} folds behind {split.train_parts} parts; each must be 1 or more",
            code="config.walk_forward",
            folds=split.folds,
        )
    cuts = _cuts(times, split.folds + split.train_parts)
    found = []
    for fold in range(split.folds):
        middle = fold + split.train_parts
        first = 0 if split.anchored else fold
        found.append(((cuts[first], cuts[middle]), (cuts[middle], cuts[middle + 1])))
    return found


def _cuts(times: Sequence[int], parts: int) -> list[int]:
    if len(times) < parts:
        raise _too_little(parts, len(times))
    inner = [_cut_near(times, number * len(times) // parts, parts) for number in range(1, parts)]
    cuts = [times[0], *inner, times[-1] + 1]
    if any(later <= earlier for earlier, later in pairwise(cuts)):
        raise _too_little(parts, len(times))
    return cuts


def _cut_near(times: Sequence[int], wanted: int, parts: int) -> int:
    reach = len(times) // parts // 10
    near = range(max(wanted - reach, 1), min(wanted + reach + 1, len(times)))
    return times[max(near, key=lambda at: (times[at] - times[at - 1], -abs(at - wanted)))]


def _too_little(parts: int, count: int) -> ConfigError:
    return ConfigError(
        f"{count} records cannot be split into {parts} parts; walk forward in fewer folds or over more data",
        code="config.walk_forward_short",
        parts=parts,
        count=count,
    )


def combined(outcomes: Sequence[Outcome]) -> Combined:
    """Put the tests' outcomes (with curves) together, one after the other."""
    times: list[int] = []
    values: list[float] = []
    worth, tests, trades, profit = 1.0, 0, 0, Decimal(0)
    for outcome in outcomes:
        summary = outcome.summary
        if summary is None:
            continue
        start = float(summary.paid_in)
        tests, trades, profit = tests + 1, trades + summary.trades, profit + summary.profit
        for ts, value in outcome.curve:
            times.append(ts)
            values.append(worth * value / start if start else worth)
        worth = values[-1] if outcome.curve else worth
    figures = measure(times, values, 1.0)
    return Combined(
        tests=tests,
        profit=profit,
        total_return=figures.total_return,
        max_drawdown=figures.max_drawdown,
        sharpe=figures.sharpe,
        days=figures.days,
        trades=trades,
    )
