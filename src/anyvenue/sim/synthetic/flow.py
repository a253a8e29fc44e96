"""The traders of one synthetic market: they place, cancel and trade in an order book, in whole ticks and lots.

Four kinds of them act in turn at each step:

- patient traders leave orders some ticks behind the best price and take them back after a while;
- hasty traders take what is offered, a little more often on the side that the mood of the hour favours;
- informed traders know the fair price and take whatever stands on the wrong side of it;
- market makers quote around the fair price, a tick or two wide, and keep five levels on either side.

Hasty trades press the quotes a little in their direction, which wears off.
"""

from math import floor, log
from random import Random

from anyvenue.sim.orderbook import Life, OrderBook, Outcome

__all__ = ["LEVELS", "OrderFlow"]

LEVELS = 5
"""How many levels the market makers keep on either side."""

_IMMEDIATE, _TRADED = Life.IMMEDIATE, Outcome.TRADED
_ALL = 1 << 40  # lots
_MOST_ORDERS = 64
_SLACK = 0.2  # how far the fair price may leave the quotes before they follow, in ticks
_WEARS_OFF = 0.95
_PRESSES = 0.3
_NEAR = 2  # ticks: how far behind the fair price the best one may be left for a while
_FAR = 1 << 40
_STRONGEST = 1.5


class OrderFlow:
    """The book and its traders. `mean_lots` is the usual size of an order.

    `trades` are the lots traded since somebody cleared it, as (price in ticks, lots, whether a buyer came).
    """

    def __init__(self, random: Random, mean_lots: float) -> None:
        """Begin with an empty book."""
        self.book = OrderBook()
        self.trades: list[tuple[int, int, bool]] = []
        self._uniform = random.random
        self._mean = mean_lots
        self._orders: list[int] = []
        self._next = 0
        self._bid = 0
        self._width = 1
        self._mood = 0.0
        self._pressure = 0.0
        self._lowest = self._highest = 0

    def open(self, fair: float, lowest: int, highest: int) -> None:
        """Begin a day between two limits, in ticks: an auction at the fair price, then quotes around it."""
        self.book = OrderBook()
        self._orders.clear()
        self._lowest, self._highest = lowest, highest
        self._bid = floor(self._inside(fair))
        self._width = 1
        self.trades.append((self._bid, 5 * self._lots(1.0), True))
        for _ in range(2):
            for level in range(LEVELS + 1):
                self._rest(True, self._bid - level)
                self._rest(False, self._bid + 1 + level)

    def step(self, fair: float) -> None:
        """Let everybody act once, the fair price being at `fair` ticks."""
        uniform = self._uniform
        self._pressure *= _WEARS_OFF
        self._mood = 0.98 * self._mood + 0.06 * (uniform() - 0.5)
        self._take_back()
        self._be_patient()
        u = uniform()
        if u < 0.55:
            self._be_hasty()
            if u < 0.15:
                self._be_hasty()
        self._correct(fair)
        self._make()

    # ---- the traders

    def _take_back(self) -> None:
        orders, book, uniform = self._orders, self.book, self._uniform
        count = 1 if len(orders) < _MOST_ORDERS else 4
        while count and orders:
            count -= 1
            place = int(uniform() * len(orders))
            orders[place], last = orders[-1], orders[place]
            orders.pop()
            book.cancel(last)

    def _be_patient(self) -> None:
        buy = self._uniform() < 0.5
        best = self.book.best(buy)
        if best is None:
            return
        behind = int(-2.5 * log(1.0 - self._uniform()))
        self._rest(buy, best - behind if buy else best + behind)

    def _be_hasty(self) -> None:
        buy = self._uniform() < 0.5 + self._mood
        lots = self._lots(0.4)
        self._trade(buy, None, lots)
        push = _PRESSES * min(lots / self._mean, 2.0)
        pressure = self._pressure + (push if buy else -push)
        self._pressure = min(max(pressure, -_STRONGEST), _STRONGEST)

    def _correct(self, fair: float) -> None:
        """Move the quotes to the fair price and take what they would cross."""
        fair = self._inside(fair + self._pressure)
        bid, book = self._bid, self.book
        if not bid - _SLACK <= fair < bid + 1 + _SLACK:
            self._bid = bid = floor(fair)
        best = book.best(True)
        if best is not None and best > bid:
            self._trade(False, bid + 1, _ALL)
        best = book.best(False)
        if best is not None and best <= bid:
            self._trade(True, bid, _ALL)

    def _make(self) -> None:
        u = self._uniform()
        if u < 0.1:
            self._width = 2 if u < 0.02 else 1
        self._quote(True, self._bid, u)
        self._quote(False, self._bid + self._width, u)

    def _quote(self, buy: bool, price: int, u: float) -> None:
        """Stand at `price` where nobody does, and fill up the levels behind it."""
        levels = self.book.levels(buy, LEVELS)
        best = levels[0][0] if levels else None
        missing = LEVELS - len(levels)
        away = _FAR if best is None else price - best if buy else best - price
        if best is not None and away <= 0:
            if levels[0][1] < self._mean * 0.3:
                self._rest(buy, best)
        elif away > _NEAR or u < 0.95:
            self._rest(buy, price)
            missing -= 1
        if away > LEVELS:
            missing = max(missing, _NEAR)
        if missing > 0:
            self._fill_up(buy, price, missing)

    def _fill_up(self, buy: bool, price: int, missing: int) -> None:
        taken = {each for each, _ in self.book.levels(buy, LEVELS)}
        behind = -1 if buy else 1
        while missing > 0 and self._lowest <= price <= self._highest:
            price += behind
            if price not in taken:
                self._rest(buy, price)
                missing -= 1

    # ---- orders

    def _rest(self, buy: bool, price: int) -> None:
        if self._lowest <= price <= self._highest:
            self._next += 1
            # It rests: nobody here leaves an order at a price that somebody on the other side asks for.
            self.book.collect(self._next, "", buy, price, self._lots(1.0))
            self._orders.append(self._next)

    def _trade(self, buy: bool, price: int | None, lots: int) -> None:
        self._next += 1
        reports = self.book.insert(self._next, "", buy, price, lots, _IMMEDIATE)
        for outcome, _, at, traded in reports:
            if outcome is _TRADED:
                self.trades.append((at, traded, buy))

    def _lots(self, share: float) -> int:
        return 1 + int(-log(1.0 - self._uniform()) * self._mean * share)

    def _inside(self, fair: float) -> float:
        return min(max(fair, self._lowest + LEVELS), self._highest - LEVELS - 1.0)
