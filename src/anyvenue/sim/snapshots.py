"""What the public sees of a users' book: five levels, the figures of the day, and in an auction its price so far."""

from collections.abc import Sequence
from decimal import Decimal
from math import nan

from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Depth
from anyvenue.sim.auction import Clearing
from anyvenue.sim.orderbook import OrderBook

__all__ = ["DayFigures", "Snapshots"]

_LEVELS = 5
_REMEMBERED = 10_000
_Levels = Sequence[tuple[int, int]]


class DayFigures:
    """Last, open, high, low, volume and turnover of the trading day; the last price outlives it."""

    __slots__ = ("high", "last", "low", "open", "turnover", "volume")

    def __init__(self, last: float = nan) -> None:
        self.last = last
        self.open = self.high = self.low = nan
        self.volume = self.turnover = 0.0

    def add(self, price: float, quantity: float, value: float) -> None:
        """Count one trade."""
        self.last = price
        if self.open != self.open:
            self.open = self.high = self.low = price
        elif price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.volume += quantity
        self.turnover += value


class Snapshots:
    """Builds the depth of one instrument out of whole ticks and lots."""

    __slots__ = ("_floats", "_lot", "_name", "_tick", "day")

    def __init__(self, name: InstrumentId, tick: Decimal, lot: Decimal) -> None:
        """Begin a day without a trade."""
        self.day = DayFigures()
        self._name = name
        self._tick = tick
        self._lot = float(lot)
        self._floats: dict[int, float] = {}

    def end_day(self) -> None:
        """Begin to count the day's figures afresh."""
        self.day = DayFigures(self.day.last)

    def depth(
        self, core: OrderBook, clearing: Clearing | None, now: int, trading_day: int
    ) -> Depth:
        """Return the five best levels and the day's figures.

        While orders are collected that would trade, both sides show one level: the price at which they would, and how
        much; there is no other way to show a crossed book.
        """
        if clearing is not None:
            bids: _Levels = [(clearing.price, clearing.volume)]
            asks = bids
        else:
            bids, asks = core.levels(True, _LEVELS), core.levels(False, _LEVELS)
        lot, day = self._lot, self.day
        return Depth(
            self._name,
            now,
            now,
            tuple(self._float(price) for price, _ in bids),
            tuple(size * lot for _, size in bids),
            tuple(self._float(price) for price, _ in asks),
            tuple(size * lot for _, size in asks),
            day.last,
            day.volume,
            day.turnover,
            open=day.open,
            high=day.high,
            low=day.low,
            trading_day=trading_day,
        )

    def _float(self, ticks: int) -> float:
        known = self._floats.get(ticks)
        if known is None:
            if len(self._floats) > _REMEMBERED:
                self._floats.clear()
            known = self._floats[ticks] = float(ticks * self._tick)
        return known
