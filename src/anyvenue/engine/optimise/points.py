"""A point of the grid and what its backtest came to."""

from collections.abc import Sequence

import msgspec

from anyvenue.engine.optimise.grid import Parameters
from anyvenue.engine.results import Summary

__all__ = ["Outcome", "Point", "Task", "Window"]

Window = tuple[int, int]
"""From the first on and before the second, int ns UTC."""


class Task(msgspec.Struct, frozen=True):
    """One backtest to run: parameters, and the stretch of the data, None for all of it.

    With `curve` its outcome has the equity samples.
    """

    parameters: Parameters
    window: Window | None = None
    curve: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What one backtest came to: the summary of the main currency, else why there is none.

    `lasting` false means that the same run might end otherwise, so that it is not kept. `curve` has (ns UTC, worth)
    samples where they were asked for; `warnings` are what the run warned of.
    """

    summary: Summary | None = None
    error: str = ""
    ledger_hash: str = ""
    seconds: float = 0.0
    lasting: bool = True
    curve: Sequence[tuple[int, float]] = ()
    warnings: tuple[str, ...] = ()


class Point(msgspec.Struct, frozen=True):
    """Parameters and their outcome; `stored` tells that it was finished by an earlier call."""

    parameters: Parameters
    window: Window | None
    summary: Summary | None
    error: str
    ledger_hash: str
    seconds: float
    stored: bool

    @property
    def failed(self) -> bool:
        """Tell whether there is no result to rank."""
        return self.summary is None
