"""Order books that follow Binance's changes: in sequence, or not at all.

A book begins with a snapshot of update L. Of the changes that follow, those that end before L are passed over. The
first one must hold L: for spot U <= L + 1 <= u, for futures U <= L <= u. After it nothing may be missing: spot's U is
the u before plus 1, a futures message's pu is the u before. Source: Binance, "How to manage a local order book
correctly" of both markets. Where a futures snapshot lies between two messages (pu <= L < U) nothing is missing either.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from enum import Enum
from itertools import islice
from math import nan

from msgspec import UNSET

from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Depth
from anyvenue.venues.binance.wire import DepthUpdate

__all__ = ["BookSync", "Ladder", "Outcome"]

HELD = 2000
"""How many changes are kept while a snapshot is on its way."""

_MANY = 32
_Levels = list[tuple[float, float]]


class Outcome(Enum):
    """What became of a change."""

    APPLIED = "applied"
    OLD = "old"
    HELD = "held"
    GAP = "gap"


class Ladder:
    """One side of a book: sizes by price, the best price at the end of `_keys`.

    A level that was taken away stays with size 0 until it comes to the end, or there are too many of them: most come
    back, and taking changes over whole is a matter of one call.
    """

    __slots__ = ("_dead_limit", "_keys", "_sign", "_sizes")

    def __init__(self, sign: int) -> None:
        """Begin empty; `sign` is 1 for bids, -1 for asks."""
        self._sign = sign
        self._sizes: dict[float, float] = {}
        self._keys: list[float] = []
        self._dead_limit = 1000

    def reset(self, levels: _Levels) -> None:
        """Forget everything and take these levels."""
        self._sizes = {price: size for price, size in levels if size > 0}
        self._keys = sorted(self._sizes, reverse=self._sign < 0)
        self._dead_limit = max(1000, len(self._keys) * 2)

    def change(self, levels: _Levels) -> None:
        """Set levels to their new whole sizes; 0 removes one, known or not."""
        sizes = self._sizes
        before = len(sizes)
        sizes.update(levels)
        fresh = len(sizes) - before
        if fresh:
            self._insert(islice(reversed(sizes), fresh), fresh)
        keys = self._keys
        while keys and not sizes[keys[-1]]:
            del sizes[keys.pop()]
        if len(keys) > self._dead_limit:
            self.reset(list(sizes.items()))

    def _insert(self, prices: Iterable[float], count: int) -> None:
        keys = self._keys
        if count > _MANY:
            keys.extend(prices)
            keys.sort(reverse=self._sign < 0)
        elif self._sign > 0:
            for price in prices:
                insort(keys, price)
        else:
            for price in prices:
                keys.insert(bisect_left(keys, -price, key=float.__neg__), price)

    def best(self) -> tuple[float, float]:
        """Return the best price and its size, NaN for both when there is none."""
        if not self._keys:
            return nan, nan
        price = self._keys[-1]
        return price, self._sizes[price]

    def top(self, count: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return up to so many prices and sizes, best first."""
        sizes, found = self._sizes, []
        for price in reversed(self._keys):
            if sizes[price]:
                found.append(price)
                if len(found) == count:
                    break
        return tuple(found), tuple([sizes[price] for price in found])


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

    def begin(self, last: int, bids: _Levels, asks: _Levels) -> bool:
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
