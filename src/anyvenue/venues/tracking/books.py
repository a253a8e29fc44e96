"""Order books that follow numbered changes: in sequence, or not at all."""

from abc import ABC, abstractmethod
from collections import deque
from itertools import islice
from math import nan
from typing import Generic, TypeVar

from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Depth
from anyvenue.venues.tracking.ladder import Ladder, Levels, Outcome

__all__ = ["SequencedBook"]

HELD = 2000
"""How many changes are kept while a snapshot is on its way."""

_C = TypeVar("_C")


class SequencedBook(ABC, Generic[_C]):
    """The book of one instrument, `whole` while nothing is missing; `last` is the update it is at.

    `gaps` counts how often something was missing after it was whole. A subclass says which change follows which.
    """

    __slots__ = ("_fresh", "_held", "asks", "bids", "gaps", "last", "whole")

    def __init__(self) -> None:
        """Begin without a book: changes are held until a snapshot comes."""
        self.bids = Ladder(1)
        self.asks = Ladder(-1)
        self.whole = False
        self.last = 0
        self.gaps = 0
        self._fresh = False
        self._held: deque[_C] = deque(maxlen=HELD)

    @abstractmethod
    def take(self, change: _C) -> Outcome:
        """Apply a change; where something is missing before it the book is whole no more, and the change is held."""

    def begin(self, last: int, bids: Levels, asks: Levels) -> bool:
        """Take a snapshot and what was held since; return False where that does not join: another one is needed."""
        self.bids.reset(bids)
        self.asks.reset(asks)
        self.whole = self._fresh = True
        self.last = last
        held, self._held = self._held, deque(maxlen=HELD)
        for number, change in enumerate(held):
            if self.take(change) is Outcome.GAP:
                self._held.extend(islice(held, number + 1, None))
                return False
        return True

    def lose(self) -> None:
        """Give the book up until the next snapshot, as after a broken connection."""
        self.whole = False
        self._held.clear()

    def depth(
        self,
        instrument: InstrumentId,
        ts_event: int,
        ts_recv: int,
        levels: int = 20,
        last: float = nan,
    ) -> Depth:
        """Return up to so many levels of both sides; `last` is the price of the latest trade."""
        bids, asks = self.bids.top(levels), self.asks.top(levels)
        return Depth(instrument, ts_event, ts_recv, *bids, *asks, last)

    def _hold(self, change: _C) -> Outcome:
        self._held.append(change)
        return Outcome.HELD

    def _lose(self, change: _C) -> Outcome:
        self.whole = False
        self.gaps += 1
        self._held.clear()
        self._held.append(change)
        return Outcome.GAP
