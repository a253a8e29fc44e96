"""Order books that follow Binance's changes: in sequence, or not at all.

A book begins with a snapshot of update L. Of the changes that follow, those that end before L are passed over. The
first one must hold L: for spot U <= L + 1 <= u, for futures U <= L <= u. After it nothing may be missing: spot's U is
the u before plus 1, a futures message's pu is the u before. Source: Binance, "How to manage a local order book
correctly" of both markets. Where a futures snapshot lies between two messages (pu <= L < U) nothing is missing either.
"""

from msgspec import UNSET

from anyvenue.venues.binance.wire import DepthUpdate
from anyvenue.venues.tracking.books import SequencedBook
from anyvenue.venues.tracking.ladder import Outcome

__all__ = ["BookSync"]


class BookSync(SequencedBook[DepthUpdate[float]]):
    """The book of one instrument."""

    __slots__ = ()

    def take(self, change: DepthUpdate[float]) -> Outcome:
        """Apply a change; where something is missing before it the book is whole no more, and the change is held."""
        if not self.whole:
            return self._hold(change)
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
