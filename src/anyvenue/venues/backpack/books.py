"""Order books that follow Backpack's changes: in sequence, or not at all.

A book begins with an answer as of update L. Of the changes that follow, those that end at L or before are passed over;
the first one taken must hold L + 1, and every other one must begin where the one before ended, plus 1. Source:
Backpack, "Depth" stream.
"""

from collections import deque
from itertools import islice
from math import nan

from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Depth
from anyvenue.venues.backpack.wire import (
    DepthUpdate,
)
from anyvenue.venues.backpack.wire_rest import (
    DepthReply,
)
from anyvenue.venues.tracking.ladder import Ladder, Outcome

__all__ = ["BookSync"]

HELD = 2000
"""How many changes are kept while a snapshot is on its way."""


class BookSync:
    """The book of one market, `whole` while nothing is missing; `last` is the update it is at."""

    __slots__ = ("_fresh", "_held", "asks", "bids", "gaps", "last", "whole")

    def __init__(self) -> None:
        """Begin without a book: changes are held until a snapshot comes."""
        self.bids = Ladder(1)
        self.asks = Ladder(-1)
        self.whole = False
        self.last = 0
        self.gaps = 0
        self._fresh = False
        self._held: deque[DepthUpdate] = deque(maxlen=HELD)

    def begin(self, snapshot: DepthReply) -> bool:
        """Take a snapshot and what was held since; return False where that does not join: another one is needed."""
        self.bids.reset(snapshot.bids)
        self.asks.reset(snapshot.asks)
        self.whole = self._fresh = True
        self.last = snapshot.last_update_id
        held, self._held = self._held, deque(maxlen=HELD)
        for number, change in enumerate(held):
            if self.take(change) is Outcome.GAP:
                self._held.extend(islice(held, number + 1, None))
                return False
        return True

    def take(self, change: DepthUpdate) -> Outcome:
        """Apply a change; where something is missing before it the book is whole no more, and the change is held."""
        if not self.whole:
            self._held.append(change)
            return Outcome.HELD
        if change.last <= self.last:
            return Outcome.OLD
        joins = change.first <= self.last + 1 if self._fresh else change.first == self.last + 1
        if not joins:
            return self._lose(change)
        self._fresh = False
        self.last = change.last
        self.bids.change(change.bids)
        self.asks.change(change.asks)
        return Outcome.APPLIED

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

    def _lose(self, change: DepthUpdate) -> Outcome:
        self.whole = False
        self.gaps += 1
        self._held.clear()
        self._held.append(change)
        return Outcome.GAP
