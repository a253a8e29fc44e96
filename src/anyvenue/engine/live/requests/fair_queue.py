"""Who is next: ranks one after the other, and within a rank every strategy its share by deficit round robin."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

__all__ = ["FairQueue"]

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Items of flows, in order within a flow; flows that wait get turns worth the same, however much they have."""

    def __init__(self, cost: Callable[[T], float], quantum: float) -> None:
        """Take what an item costs from `cost`; `quantum` is a turn's worth, not below the cost of any item."""
        self._cost = cost
        self._quantum = quantum
        self._flows: dict[str, deque[T]] = {}
        self._turns: deque[str] = deque()
        self._credit: dict[str, float] = {}
        self._begun = False

    def __len__(self) -> int:
        return sum(len(each) for each in self._flows.values())

    def __bool__(self) -> bool:
        return bool(self._turns)

    def __iter__(self) -> Iterator[T]:
        """Give all items, flow by flow."""
        for items in self._flows.values():
            yield from items

    def waiting(self, flow: str) -> int:
        """Return how many items of a flow wait."""
        return len(self._flows.get(flow, ()))

    def add(self, flow: str, item: T) -> None:
        """Queue an item behind those of its flow."""
        items = self._flows.get(flow)
        if items is None:
            items = self._flows[flow] = deque()
            self._turns.append(flow)
            self._credit[flow] = 0.0
        items.append(item)

    def next(self, ready: Callable[[T], bool]) -> T | None:
        """Return the item whose turn it is, None when no flow's first is ready; it stays so until `remove`.

        A flow whose first item is not ready loses its turn.
        """
        # Twice around: a flow that has used up its turn gets another when nobody else wants one.
        for _ in range(2 * len(self._turns)):
            flow = self._turns[0]
            item = self._flows[flow][0]
            if ready(item):
                if not self._begun:
                    self._begun = True
                    self._credit[flow] = min(self._credit[flow], self._quantum) + self._quantum
                if self._credit[flow] >= self._cost(item):
                    return item
            self._turns.rotate(-1)
            self._begun = False
        return None

    def remove(self, flow: str, item: T, *, sent: bool) -> None:
        """Take an item out; one that was sent is charged to its flow."""
        items = self._flows[flow]
        items.remove(item)
        if sent:
            self._credit[flow] -= self._cost(item)
        if not items:
            if self._turns[0] == flow:
                self._begun = False
            self._turns.remove(flow)
            del self._flows[flow], self._credit[flow]
