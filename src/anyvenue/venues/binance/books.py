"""Order books that follow Binance's changes: in sequence, or not at all.

A book begins with a snapshot of update L. Of the changes that follow, those that end before L are passed over. The
first one must hold L: for spot U <= L + 1 <= u, for futures U <= L <= u. After it nothing may be missing: spot's U is
the u before plus 1, a futures message's pu is the u before. Source: Binance, "How to manage a local order book
correctly" of both markets. Where a futures snapshot lies between two messages (pu <= L < U) nothing is missing either.
"""

from collections import deque
from itertools import islice
from math import nan

from msgspec import UNSET

from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Depth
from anyvenue.venues.binance.wire import DepthUpdate
from anyvenue.venues.tracking.ladder import Ladder, Levels, Outcome

__all__ = ["BookSync"]

HELD = 2000
"""How many changes are kept while a snapshot is on its way."""


class BookSync:
    """The book of one instrument, `whole` while nothing is missing; `last` is the update it is at.

    `gaps` counts how often something was missing after it was whole.
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
        self._held: deque[DepthUpdate[float]] = deque(maxlen=HELD)

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

    def take(self, change: DepthUpdate[float]) -> Outcome:
        """Apply a change; where something is missing before it the book is whole no more, and the change is held."""
        if not self.whole:
            self._held.append(change)
            return Outcome.HELD
        previous, last = change.previous, self.last
        wanted = last + 1 if previous is UNSET else last
        if self._fresh:
            if change.last < wanted:
                return Outcome.OLD
            if (change.first if previous is UNSET else previous) > wanted:
                return self._lose(change)
            self._fresh = False
        elif (change.first if previous is UNSET else previous) != wanted:
            return Outcome.OLD if change.last <= last else self._lose(change)
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

    def _lose(self, change: DepthUpdate[float]) -> Outcome:
        self.whole = False
        self.gaps += 1
        self._held.clear()
        self._held.append(change)
        return Outcome.GAP
