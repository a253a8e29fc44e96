"""Order books that follow Backpack's changes.

A book begins with an answer as of update L. Of the changes that follow, those that end at L or before are passed over;
the first one taken must hold L + 1, and every other one must begin where the one before ended, plus 1. Source:
Backpack, "Depth" stream.
"""

from anyvenue.venues.backpack.wire import DepthUpdate
from anyvenue.venues.tracking.books import SequencedBook
from anyvenue.venues.tracking.ladder import Outcome

__all__ = ["BookSync"]


class BookSync(SequencedBook[DepthUpdate]):
    """The book of one market."""

    __slots__ = ()

    def take(self, change: DepthUpdate) -> Outcome:
        """Apply a change; where something is missing before it the book is whole no more, and the change is held."""
        if not self.whole:
            return self._hold(change)
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
