"""Order books that follow OKX's changes: in sequence, or not at all.

A book begins with a snapshot in the stream. Each change names the one before it (`prev_seq_id`). After a maintenance
numbers begin anew: then `seq_id` is below `prev_seq_id`, and the chain goes on from there. A change without levels
whose two numbers are equal says that nothing happened for a minute. Where something is missing the channel is to be
given up and subscribed to again, which brings a snapshot. Checksums are compared where there are any: the venue sends 0
since 2026. Source: OKX, "Order book channel".
"""

from bisect import bisect_left, insort
from enum import Enum
from math import nan
from zlib import crc32

from msgspec import UNSET

from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Depth
from anyvenue.venues.okx.wire import BookLevel, BookUpdate

__all__ = ["CHECKED", "BookSync", "Ladder", "Outcome", "checksum_of"]

CHECKED = 25
"""How many levels of each side a checksum covers."""


class Outcome(Enum):
    """What became of a change."""

    APPLIED = "applied"
    OLD = "old"
    WAITING = "waiting"
    GAP = "gap"
    BAD_CHECKSUM = "bad_checksum"


def checksum_of(bids: list[BookLevel], asks: list[BookLevel]) -> int:
    """Return the signed CRC-32 of both sides, best first: ``bid:size:ask:size:...`` in the venue's own texts."""
    texts: list[str] = []
    for number in range(max(len(bids), len(asks))):
        for side in (bids, asks):
            if number < len(side):
                texts += (side[number].price, side[number].size)
    value = crc32(":".join(texts).encode())
    return value - (1 << 32) if value >> 31 else value


class Ladder:
    """One side of a book: the venue's levels by price, the best at the end of `_keys`.

    Keys are prices, of asks with the sign turned, so that both sides rise towards their best.
    """

    __slots__ = ("_keys", "_levels", "_sign")

    def __init__(self, sign: int) -> None:
        """Begin empty; `sign` is 1 for bids, -1 for asks."""
        self._sign = float(sign)
        self._levels: dict[float, BookLevel] = {}
        self._keys: list[float] = []

    def __len__(self) -> int:
        """Return how many levels there are."""
        return len(self._keys)

    def reset(self, levels: list[BookLevel]) -> None:
        """Forget everything and take these levels."""
        self._levels.clear()
        self._keys.clear()
        self.change(levels)

    def change(self, levels: list[BookLevel]) -> None:
        """Set levels to their new whole sizes; 0 removes one, known or not."""
        known, keys, sign = self._levels, self._keys, self._sign
        for level in levels:
            key = float(level.price) * sign
            size = level.size
            if size == "0" or not float(size):
                if known.pop(key, None) is not None:
                    del keys[bisect_left(keys, key)]
                continue
            if key not in known:
                insort(keys, key)
            known[key] = level

    def best(self) -> tuple[float, float]:
        """Return the best price and its size, NaN for both when there is none."""
        if not self._keys:
            return nan, nan
        level = self._levels[self._keys[-1]]
        return float(level.price), float(level.size)

    def levels(self, count: int) -> list[BookLevel]:
        """Return up to so many levels as the venue wrote them, best first."""
        known = self._levels
        return [known[key] for key in self._keys[: -count - 1 : -1]]

    def top(self, count: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return up to so many prices and sizes, best first."""
        found = self.levels(count)
        return tuple([float(each.price) for each in found]), tuple(
            [float(each.size) for each in found]
        )


class BookSync:
    """The book of one instrument, `whole` while nothing is missing; `last` is the change it is at.

    `gaps` counts how often something was missing, or a checksum was another, after it was whole.
    """

    __slots__ = ("_previous", "asks", "bids", "gaps", "last", "ts_ms", "whole")

    def __init__(self) -> None:
        """Begin without a book: changes are passed over until a snapshot comes."""
        self.bids = Ladder(1)
        self.asks = Ladder(-1)
        self.whole = False
        self.last = -1
        self.ts_ms = 0
        self.gaps = 0
        self._previous = -1

    def take(self, change: BookUpdate, *, snapshot: bool) -> Outcome:
        """Apply a snapshot or a change; after GAP and BAD_CHECKSUM the book is whole no more: subscribe again."""
        if snapshot:
            return self._begin(change)
        if not self.whole:
            return Outcome.WAITING
        previous, number = change.prev_seq_id, change.seq_id
        if previous is not UNSET and number is not UNSET:
            if previous != self.last:
                # Only the very same change is old: a lower number may be one of a chain that began anew unseen.
                same = (previous, number) == (self._previous, self.last)
                return Outcome.OLD if same else self._lose(Outcome.GAP)
            self._previous, self.last = previous, number
        self.bids.change(change.bids)
        self.asks.change(change.asks)
        self.ts_ms = int(change.ts)
        return self._checked(change)

    def lose(self) -> None:
        """Give the book up until the next snapshot, as after a broken connection."""
        self.whole = False

    def checksum(self) -> int:
        """Return the checksum of the book as it stands."""
        return checksum_of(self.bids.levels(CHECKED), self.asks.levels(CHECKED))

    def depth(
        self, instrument: InstrumentId, ts_event: int, ts_recv: int, levels: int = 20
    ) -> Depth:
        """Return up to so many levels of both sides."""
        return Depth(instrument, ts_event, ts_recv, *self.bids.top(levels), *self.asks.top(levels))

    def _begin(self, change: BookUpdate) -> Outcome:
        self.bids.reset(change.bids)
        self.asks.reset(change.asks)
        self.whole = True
        self.last = -1 if change.seq_id is UNSET else change.seq_id
        self._previous = -1
        self.ts_ms = int(change.ts)
        return self._checked(change)

    def _checked(self, change: BookUpdate) -> Outcome:
        if change.checksum and change.checksum != self.checksum():
            return self._lose(Outcome.BAD_CHECKSUM)
        return Outcome.APPLIED

    def _lose(self, why: Outcome) -> Outcome:
        self.whole = False
        self.gaps += 1
        return why
