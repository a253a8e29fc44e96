"""A queue between threads that stays small under a flood: of quotes and depth only the latest count."""

from collections import deque
from collections.abc import Sequence
from threading import Lock
from typing import Generic, TypeVar

from anyvenue.model.market import Depth, Quote

__all__ = ["ConflatingQueue"]

_Item = TypeVar("_Item")
_LATEST_ONLY: frozenset[type] = frozenset({Quote, Depth})


class ConflatingQueue(Generic[_Item]):
    """First in, first out; when more than `limit` items wait, quotes and depth that a later one replaces are dropped.

    What comes out is always in the order of what went in. Trades, bars, deltas, reports and anything else are never
    dropped, so a flood of those alone does grow the queue. `append` may be called from any thread, `take` from one.
    """

    def __init__(self, limit: int = 10_000) -> None:
        """Begin empty."""
        self.conflated = 0
        self._limit = limit
        self._compact_at = limit
        self._queue: deque[_Item] = deque()
        self._lock = Lock()
        self._elders = 0

    def __len__(self) -> int:
        with self._lock:  # while somebody compacts, the deque is empty and the queue is not
            return len(self._queue)

    def append(self, item: _Item) -> None:
        """Add an item; never waits for the reader."""
        queue = self._queue
        queue.append(item)
        if len(queue) > self._compact_at:
            self._compact()

    def take(self, most: int) -> list[_Item]:
        """Remove and return up to `most` items, oldest first."""
        with self._lock:
            queue = self._queue
            count = min(len(queue), most)
            self._elders = max(0, self._elders - count)
            if count == len(queue):
                self._compact_at = self._limit
            popleft = queue.popleft
            return [popleft() for _ in range(count)]

    def _compact(self) -> None:
        if not self._lock.acquire(blocking=False):
            return  # the reader is at it; the next append looks again
        try:
            queue = self._queue
            popleft = queue.popleft
            items = [popleft() for _ in range(len(queue))]
            kept = _conflated(items, self._elders)
            queue.extendleft(reversed(kept))
            self.conflated += len(items) - len(kept)
            self._elders = len(kept)
            # Twice what cannot be dropped: otherwise a flood of reports would be gone through at every append.
            self._compact_at = max(self._limit, 2 * len(kept))
        finally:
            self._lock.release()


def _conflated(items: Sequence[_Item], elders: int) -> list[_Item]:
    """Return the items without those that a later one replaces.

    The first `elders` were kept before. Of those the oldest of each kind and instrument stays as well: a feed that
    always sends its instruments in one order would keep the last of them from ever reaching the front.
    """
    keys = [_key(item) for item in items]
    last = {key: place for place, key in enumerate(keys)}
    kept: list[_Item] = []
    first: dict[tuple[type, object], None] = {}
    for place, (item, key) in enumerate(zip(items, keys, strict=True)):
        if key is not None:
            if last[key] != place and (place >= elders or key in first):
                continue
            first[key] = None
        kept.append(item)
    return kept


def _key(item: object) -> tuple[type, object] | None:
    """Return what a later item must be of to replace this one, None for what nothing replaces."""
    kind = type(item)
    return (kind, item.instrument) if kind in _LATEST_ONLY else None  # type: ignore[attr-defined]
