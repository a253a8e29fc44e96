"""One side of an order book that follows changes, and what became of a change."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from enum import Enum
from itertools import islice
from math import nan

__all__ = ["Ladder", "Levels", "Outcome"]

_MANY = 32
Levels = list[tuple[float, float]]
"""Prices with their whole sizes."""


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

    def reset(self, levels: Levels) -> None:
        """Forget everything and take these levels."""
        self._sizes = {price: size for price, size in levels if size > 0}
        self._keys = sorted(self._sizes, reverse=self._sign < 0)
        self._dead_limit = max(1000, len(self._keys) * 2)

    def change(self, levels: Levels) -> None:
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
