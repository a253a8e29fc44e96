"""Figures about a running node, and their text in the format that Prometheus reads.

Made for one thread that counts; another may read.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["LATENCY_S", "Counter", "Histogram", "Metrics"]

LATENCY_S = (
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
)  # fmt: skip
"""Upper bounds for latencies, in seconds."""

Labels = Mapping[str, str]
Sample = tuple[Labels, float]


class Counter:
    """A number that only grows."""

    def __init__(self) -> None:
        """Begin at 0."""
        self.value = 0

    def add(self, count: int = 1) -> None:
        """Count."""
        self.value += count


class Histogram:
    """How often a value fell below each of some bounds."""

    def __init__(self, bounds: Sequence[float] = LATENCY_S) -> None:
        """Count by `bounds`, rising."""
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self.counts)

    def quantile(self, fraction: float) -> float | None:
        """Return the bound that so many of the values do not exceed, None without values; inf above the last bound."""
        wanted, seen = fraction * self.count, 0
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            seen += count
            if seen and seen >= wanted:
                return bound
        return None


class Metrics:
    """Named figures; those that are read when asked for cost nothing before."""

    def __init__(self) -> None:
        """Begin with none."""
        self._entries: list[tuple[str, str, str, Callable[[], Iterable[str]]]] = []

    def counter(self, name: str, text: str) -> Counter:
        """Add a counter; its name ends in ``_total``."""
        counter = Counter()
        self._add(name, "counter", text, lambda: [f"{name} {counter.value}"])
        return counter

    def histogram(self, name: str, text: str, bounds: Sequence[float] = LATENCY_S) -> Histogram:
        """Add a histogram."""
        histogram = Histogram(bounds)
        self._add(name, "histogram", text, lambda: _histogram_lines(name, histogram))
        return histogram

    def gauge(
        self, name: str, text: str, read: Callable[[], Iterable[Sample]], kind: str = "gauge"
    ) -> None:
        """Add a figure that `read` gives when asked: pairs of labels and a number."""
        self._add(name, kind, text, lambda: [_line(name, *sample) for sample in read()])

    def render(self) -> str:
        """Return all figures as text."""
        lines: list[str] = []
        for name, kind, text, read in self._entries:
            lines += (f"# HELP {name} {text}", f"# TYPE {name} {kind}", *read())
        return "\n".join(lines) + "\n"

    def _add(self, name: str, kind: str, text: str, read: Callable[[], Iterable[str]]) -> None:
        self._entries.append((name, kind, text, read))


def _histogram_lines(name: str, histogram: Histogram) -> list[str]:
    lines, seen = [], 0
    for bound, count in zip((*histogram.bounds, "+Inf"), histogram.counts, strict=True):
        seen += count
        lines.append(f'{name}_bucket{{le="{bound}"}} {seen}')
    return [*lines, f"{name}_sum {histogram.total:.9g}", f"{name}_count {seen}"]


def _line(name: str, labels: Labels, value: float) -> str:
    inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{inside}}} {value:.15g}" if inside else f"{name} {value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
