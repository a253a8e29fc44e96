"""What waits for a strategy that is behind: of quotes, depth and timers the latest, of trades and bars so many."""

from collections import deque

from anyvenue.model.events import TimerFired
from anyvenue.model.market import Bar, Depth, MarketEvent, Quote, Trade

__all__ = ["Waiting"]

_LATEST_ONLY = frozenset({Quote, Depth})
Entry = tuple[int, MarketEvent | TimerFired, bool]


class Waiting:
    """First in, first out. A quote takes the place of an earlier one of its instrument, so each has its turn.

    A timer that has not fired yet does not wait twice. Of trades and bars at most `most` wait; beyond, the oldest goes.
    `conflated` counts what was replaced, `dropped` what went.
    """

    def __init__(self, most: int = 10_000) -> None:
        """Begin empty."""
        self.conflated = 0
        self.dropped = 0
        self._most = most
        self._entries: dict[object, Entry] = {}
        self._serials: deque[int] = deque()
        self._last = 0

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, now: int, event: MarketEvent | TimerFired, latest: bool) -> None:
        """Add what the strategy is to be told, of the time `now`."""
        key = _key(event)
        if key is not None:
            self.conflated += key in self._entries
            self._entries[key] = now, event, latest
            return
        self._last += 1
        self._entries[self._last] = now, event, latest
        self._serials.append(self._last)
        if len(self._serials) > self._most:
            del self._entries[self._serials.popleft()]
            self.dropped += 1

    def pop(self) -> Entry:
        """Return and forget the first."""
        key = next(iter(self._entries))
        entry = self._entries.pop(key)
        if isinstance(entry[1], Trade | Bar):
            self._serials.popleft()
        return entry


def _key(event: MarketEvent | TimerFired) -> object:
    """Return what a later event must be of to replace this one, None for what nothing replaces."""
    if type(event) in _LATEST_ONLY:
        return type(event), event.instrument  # type: ignore[union-attr]
    return event.name if isinstance(event, TimerFired) else None
