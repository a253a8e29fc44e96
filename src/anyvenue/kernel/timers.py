"""Timers of strategies: a heap ordered by due time, then by when they were set."""

from heapq import heappop, heappush

from anyvenue.model.ids import StrategyId

__all__ = ["FAR", "Timers"]

FAR = 1 << 62
"""A time later than any event."""


class Timers:
    """One-shot and repeating timers. `due` is the time of the earliest, FAR when there is none."""

    def __init__(self) -> None:
        """Begin with no timer."""
        self.due = FAR
        self.popped_at = 0
        self._heap: list[tuple[int, int, StrategyId, str, int]] = []
        self._live: dict[tuple[StrategyId, str], int] = {}
        self._count = 0

    def set(self, strategy: StrategyId, name: str, at: int, every: int = 0) -> None:
        """Fire at `at` (int ns UTC) and then every `every` ns; a timer of the same name is replaced."""
        self._count += 1
        self._live[strategy, name] = self._count
        heappush(self._heap, (at, self._count, strategy, name, every))
        self._refresh()

    def cancel(self, strategy: StrategyId, name: str) -> None:
        """Forget a timer; nothing happens if there is none."""
        self._live.pop((strategy, name), None)
        self._refresh()

    def forget(self, strategy: StrategyId) -> None:
        """Forget every timer of a strategy."""
        for key in [each for each in self._live if each[0] == strategy]:
            del self._live[key]
        self._refresh()

    def pop(self, now: int) -> tuple[StrategyId, str]:
        """Take the earliest timer off; `popped_at` is when it was due. A repeating one is set again.

        Firings that a timer set in the past has missed by `now` are not made up for: it goes on in step.
        """
        at, count, strategy, name, every = heappop(self._heap)
        self.popped_at = at
        if every:
            missed = max(now - at, 0) // every
            heappush(self._heap, (at + (missed + 1) * every, count, strategy, name, every))
        else:
            del self._live[strategy, name]
        self._refresh()
        return strategy, name

    def _refresh(self) -> None:
        heap, live = self._heap, self._live
        while heap and live.get((heap[0][2], heap[0][3])) != heap[0][1]:
            heappop(heap)
        self.due = heap[0][0] if heap else FAR
