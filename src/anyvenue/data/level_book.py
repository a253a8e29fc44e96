"""An order book by price level, kept from snapshots and changes: level 2, without single orders."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from math import nan
from operator import neg

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import BookDelta, Depth

__all__ = ["Level", "LevelBook", "Levels"]

Level = tuple[float, float]
"""A price and the whole size at it."""

Levels = tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...], tuple[float, ...]]
"""Bid prices, bid sizes, ask prices, ask sizes; best first."""

_BUY = Side.BUY


class LevelBook:
    """Both sides of one instrument's book. Prices compare exactly: the same text must give the same float."""

    def __init__(self) -> None:
        """Begin empty."""
        self._bids = _Ladder(1)
        self._asks = _Ladder(-1)

    def reset(self, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """Forget everything and take a snapshot."""
        self._bids.reset(bids)
        self._asks.reset(asks)

    def change(self, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """Set levels to their new whole sizes; 0 removes one, known or not."""
        self._bids.change(bids)
        self._asks.change(asks)

    def apply(self, delta: BookDelta) -> None:
        """Take one change; with `snapshot` the book starts afresh with it."""
        if delta.snapshot:
            self.reset((), ())
        side = self._bids if delta.side is _BUY else self._asks
        side.change(((delta.price, delta.size),))

    def touch(self, bid: float, bid_size: float, ask: float, ask_size: float) -> None:
        """Take a newer best bid and ask: better levels are gone, and these have these sizes.

        A price of 0 or below is a side without orders.
        """
        self._bids.lead(bid, bid_size)
        self._asks.lead(ask, ask_size)

    @property
    def bid(self) -> Level:
        """The best bid, NaN for price and size when there is none."""
        return self._bids.best()

    @property
    def ask(self) -> Level:
        """The best ask, NaN for price and size when there is none."""
        return self._asks.best()

    @property
    def crossed(self) -> bool:
        """Tell whether the best bid is at or above the best ask, which no true book is."""
        return self.bid[0] >= self.ask[0]

    def __len__(self) -> int:
        """Return the number of levels on both sides."""
        return len(self._bids.keys) + len(self._asks.keys)

    def top(self, levels: int) -> Levels:
        """Return up to so many levels of each side."""
        return (*self._bids.top(levels), *self._asks.top(levels))

    def depth(
        self, instrument: InstrumentId, ts_event: int, ts_recv: int, levels: int = 10
    ) -> Depth:
        """Return a snapshot of up to so many levels, without figures of the day."""
        return Depth(instrument, ts_event, ts_recv, *self.top(levels))


class _Ladder:
    """One side. `keys` are price x sign in rising order, so that the best is last and cheap to change."""

    __slots__ = ("_sign", "_sizes", "keys")

    def __init__(self, sign: int) -> None:
        self.keys: list[float] = []
        self._sizes: dict[float, float] = {}
        self._sign = sign

    def reset(self, levels: Iterable[Level]) -> None:
        sign = self._sign
        self._sizes = {price * sign: size for price, size in levels if size > 0}
        self.keys = sorted(self._sizes)

    def change(self, levels: Iterable[Level]) -> None:
        keys, sizes, sign = self.keys, self._sizes, self._sign
        for price, size in levels:
            key = price * sign
            if size > 0:
                if key not in sizes:
                    insort(keys, key)
                sizes[key] = size
            elif key in sizes:
                del sizes[key]
                del keys[bisect_left(keys, key)]

    def lead(self, price: float, size: float) -> None:
        keys, sizes = self.keys, self._sizes
        if not price > 0 or not size > 0:
            keys.clear()
            sizes.clear()
            return
        key = price * self._sign
        while keys and keys[-1] > key:
            del sizes[keys.pop()]
        if key not in sizes:
            keys.append(key)
        sizes[key] = size

    def best(self) -> Level:
        if not self.keys:
            return nan, nan
        key = self.keys[-1]
        return key * self._sign, self._sizes[key]

    def top(self, count: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        keys = self.keys[: -count - 1 : -1]
        sizes = tuple(map(self._sizes.__getitem__, keys))
        return tuple(map(neg, keys) if self._sign < 0 else keys), sizes
