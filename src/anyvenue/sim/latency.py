"""How long commands and reports are on their way."""

from random import Random
from typing import Protocol

__all__ = ["FixedLatency", "LatencyModel", "NoLatency", "RandomLatency"]


class LatencyModel(Protocol):
    """Delays in ns. `zero` says that they are all 0: then an order meets the next event, never the same one."""

    zero: bool

    def command(self) -> int:
        """Return the delay of the next command on its way to the exchange."""
        ...

    def report(self) -> int:
        """Return the delay of the next report on its way back."""
        ...


class NoLatency:
    """Everything arrives at once."""

    zero = True

    def command(self) -> int:
        """Return 0."""
        return 0

    def report(self) -> int:
        """Return 0."""
        return 0


class FixedLatency:
    """The same delay always."""

    def __init__(self, command_ns: int, report_ns: int = 0) -> None:
        """Take delays in ns."""
        self._command = command_ns
        self._report = report_ns
        self.zero = not command_ns and not report_ns

    def command(self) -> int:
        """Return the command delay."""
        return self._command

    def report(self) -> int:
        """Return the report delay."""
        return self._report


class RandomLatency:
    """A base delay plus an exponential tail, seeded; the order of reports is kept by the link."""

    zero = False

    def __init__(self, base_ns: int, mean_extra_ns: int, seed: int) -> None:
        """Draw delays of `base_ns` plus an exponential with mean `mean_extra_ns`."""
        self._base = base_ns
        self._mean = mean_extra_ns
        self._random = Random(seed)

    def command(self) -> int:
        """Return the next draw."""
        return self._base + int(self._random.expovariate(1.0) * self._mean)

    def report(self) -> int:
        """Return the next draw."""
        return self.command()
