"""The order book of one instrument with the venue's sequence numbers."""

from collections.abc import Iterable
from math import isnan

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.market import BookDelta, Depth, Quote

__all__ = ["Changes", "SequencedBook"]

Levels = list[tuple[float, float]]


class Changes(msgspec.Struct):
    """Levels that changed since somebody looked: updates `first` to `last`, after `previous`."""

    first: int
    last: int
    previous: int
    bids: dict[float, float]
    asks: dict[float, float]


class SequencedBook:
    """Levels by price; every level that changes is one update, numbered upwards from `last`."""

    def __init__(self, last: int) -> None:
        """Begin empty at update `last`."""
        self.last = last
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}
        self._collecting: list[Changes] = []

    def show(self, event: Quote | Depth) -> bool:
        """Take what is shown now and tell whether anything changed."""
        if isinstance(event, Depth):
            bids = _levels(event.bid_prices, event.bid_sizes)
            asks = _levels(event.ask_prices, event.ask_sizes)
        else:
            bids = _levels((event.bid,), (event.bid_size,))
            asks = _levels((event.ask,), (event.ask_size,))
        before = self.last
        self._replace(self.bids, bids, Side.BUY)
        self._replace(self.asks, asks, Side.SELL)
        self.bids, self.asks = bids, asks
        return self.last != before

    def change(self, event: BookDelta) -> bool:
        """Take the change of one level and tell whether it was one."""
        if event.snapshot:
            self._replace(self.bids, {}, Side.BUY)
            self._replace(self.asks, {}, Side.SELL)
            self.bids, self.asks = {}, {}
        levels = self.bids if event.side is Side.BUY else self.asks
        if levels.get(event.price, 0.0) == event.size:
            return event.snapshot
        if event.size:
            levels[event.price] = event.size
        else:
            del levels[event.price]
        self._changed(event.side, event.price, event.size)
        return True

    def best(self) -> tuple[float, float, float, float]:
        """Return bid, its size, ask and its size; 0 where a side is empty."""
        bid = max(self.bids, default=0.0)
        ask = min(self.asks, default=0.0)
        return bid, self.bids.get(bid, 0.0), ask, self.asks.get(ask, 0.0)

    def top(self, levels: int) -> tuple[Levels, Levels]:
        """Return the best levels of both sides, best first."""
        bids = sorted(self.bids.items(), reverse=True)[:levels]
        return bids, sorted(self.asks.items())[:levels]

    def collect(self) -> Changes:
        """Return changes that are filled from now on; `collected` ends one and begins the next."""
        changes = Changes(self.last + 1, self.last, self.last, {}, {})
        self._collecting.append(changes)
        return changes

    def drop(self, changes: Changes) -> None:
        """Fill these no more."""
        self._collecting = [each for each in self._collecting if each is not changes]

    def _replace(self, old: dict[float, float], new: dict[float, float], side: Side) -> None:
        for price in old:
            if price not in new:
                self._changed(side, price, 0.0)
        for price, size in new.items():
            if old.get(price) != size:
                self._changed(side, price, size)

    def _changed(self, side: Side, price: float, size: float) -> None:
        self.last += 1
        for each in self._collecting:
            each.last = self.last
            (each.bids if side is Side.BUY else each.asks)[price] = size


def _levels(prices: Iterable[float], sizes: Iterable[float]) -> dict[float, float]:
    return {
        price: size
        for price, size in zip(prices, sizes, strict=False)
        if not isnan(price) and size > 0
    }
