"""Stops that wait for a last price, indexed: a price that sets none off looks at none, however many wait.

Prices are exact and signed so that one piece of code serves both sides: those of buys are negated, and a stop goes off
when the signed price falls to its trigger.
"""

from decimal import Decimal
from heapq import heapify, heappop, heappush

from anyvenue.model.ids import OrderId
from anyvenue.sim.book import WorkingOrder

__all__ = ["StopIndex"]

_Waiting = tuple[Decimal, int, OrderId]
_SPARE = 64


class StopIndex:
    """The waiting stops of one instrument; `last` is the latest price, None before the first.

    What a price touches is ready and stays so, even if a later price is elsewhere; `pop` gives the oldest ready one.
    """

    __slots__ = ("_live", "_sides", "last", "ready")

    def __init__(self) -> None:
        self.last: Decimal | None = None
        self._live: dict[OrderId, WorkingOrder] = {}
        self.ready: list[tuple[int, OrderId]] = []
        self._sides = {False: (_Fixed(), _Trailing()), True: (_Fixed(), _Trailing())}

    def __len__(self) -> int:
        return len(self._live)

    def __contains__(self, order_id: OrderId) -> bool:
        return order_id in self._live

    def add(self, order: WorkingOrder) -> None:
        """Let a stop wait; one that the latest price touches is ready at once."""
        self._live[order.order_id] = order
        fixed, trailing = self._sides[order.buy]
        request, last = order.request, _signed(self.last, order.buy)
        stop = _signed(request.stop_price, order.buy)
        if stop is not None:
            heappush(fixed.waiting, (-stop, order.number, order.order_id))
        if request.trail is not None:
            trailing.add(order, request.trail, stop, last)
        if last is not None:
            self._collect(order.buy, last)

    def replace(self, order: WorkingOrder) -> None:
        """Put a changed order in place of the earlier one of its id; its trigger stays."""
        self._live[order.order_id] = order

    def discard(self, order_id: OrderId) -> None:
        """Forget a stop, if it is here."""
        if self._live.pop(order_id, None) is not None:
            for fixed, trailing in self._sides.values():
                fixed.clean(self._live)
                trailing.clean(self._live)

    def see(self, price: Decimal) -> None:
        """Take a trade: triggers follow it, and the stops it touches are ready."""
        self.last = price
        if self._live:
            self._collect(False, price)
            self._collect(True, -price)

    def pop(self) -> WorkingOrder | None:
        """Take out and return the oldest stop that is ready, None when there is none."""
        while self.ready:
            order = self._live.pop(heappop(self.ready)[1], None)
            if order is not None:
                return order
        return None

    def _collect(self, buy: bool, price: Decimal) -> None:
        fixed, trailing = self._sides[buy]
        waiting = fixed.waiting
        while waiting and -waiting[0][0] >= price:
            self._make_ready(heappop(waiting)[2])
        if trailing.count:
            for order_id in trailing.see(price):
                self._make_ready(order_id)

    def _make_ready(self, order_id: OrderId) -> None:
        order = self._live.get(order_id)
        if order is not None:
            heappush(self.ready, (order.number, order_id))


class _Fixed:
    """Stops of one side with a trigger that stays, the next to go off first."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting: list[_Waiting] = []

    def clean(self, live: dict[OrderId, WorkingOrder]) -> None:
        """Forget cancelled stops once they are more than the others."""
        if len(self.waiting) > 2 * len(live) + _SPARE:
            self.waiting = _alive(self.waiting, live)


class _Group:
    """Trailing stops with the same best price, the nearest to it first; `first` is the highest trigger up to here."""

    __slots__ = ("best", "first", "waiting")

    def __init__(self, best: Decimal, waiting: list[_Waiting]) -> None:
        self.best = best
        self.waiting = waiting
        self.first = best


class _Trailing:
    """Trailing stops of one side.

    Groups stand in a pile, each with a lower best price than the one under it. When the price rises those that it
    passes become one, the smaller ones moving to the largest: an order moves at most as often as its group doubles.
    `asleep` are orders that have seen no price, or none that would move their first trigger.
    """

    __slots__ = ("_asleep", "_pile", "_starting", "count")

    def __init__(self) -> None:
        self.count = 0
        self._pile: list[_Group] = []
        self._starting: list[_Waiting] = []  # by distance: they begin with the next price
        self._asleep: list[tuple[Decimal, _Waiting]] = []  # by the price above which they begin

    def add(
        self, order: WorkingOrder, trail: Decimal, stop: Decimal | None, last: Decimal | None
    ) -> None:
        """Take an order whose first trigger is `stop`, or `trail` below the first price."""
        entry = (trail, order.number, order.order_id)
        self.count += 1
        if stop is not None:
            heappush(self._asleep, (stop + trail, entry))
        else:
            heappush(self._starting, entry)
        if last is not None:
            self._rise(last)

    def see(self, price: Decimal) -> list[OrderId]:
        """Follow a price; return the orders that it sets off, which are forgotten here."""
        touched: list[OrderId] = []
        pile = self._pile
        if pile and pile[-1].first >= price:
            for group in pile:
                while group.waiting and group.best - group.waiting[0][0] >= price:
                    touched.append(heappop(group.waiting)[2])
            self._pile = [group for group in pile if group.waiting]
            self._measure(0)
            self.count -= len(touched)
        self._rise(price)
        return touched

    def clean(self, live: dict[OrderId, WorkingOrder]) -> None:
        """Forget cancelled stops once they are more than the others."""
        if self.count <= 2 * len(live) + _SPARE:
            return
        for group in self._pile:
            group.waiting = _alive(group.waiting, live)
        self._pile = [group for group in self._pile if group.waiting]
        self._starting = _alive(self._starting, live)
        self._asleep = [each for each in self._asleep if each[1][2] in live]
        heapify(self._asleep)
        self._measure(0)
        self.count = len(self._starting) + len(self._asleep)
        self.count += sum(len(group.waiting) for group in self._pile)

    def _rise(self, price: Decimal) -> None:
        """Make one group of all orders whose best price is at most `price` now."""
        pile, asleep = self._pile, self._asleep
        passed = [self._starting] if self._starting else []
        while asleep and asleep[0][0] <= price:
            passed.append([heappop(asleep)[1]])
        if not passed and (not pile or pile[-1].best >= price):
            return
        while pile and pile[-1].best <= price:
            passed.append(pile.pop().waiting)
        self._starting = []
        largest = max(passed, key=len)
        for waiting in passed:
            if waiting is not largest:
                for each in waiting:
                    heappush(largest, each)
        pile.append(_Group(price, largest))
        self._measure(len(pile) - 1)

    def _measure(self, start: int) -> None:
        """Note the highest trigger of every group and those under it."""
        pile = self._pile
        for place in range(start, len(pile)):
            group = pile[place]
            trigger = group.best - group.waiting[0][0]
            group.first = max(trigger, pile[place - 1].first) if place else trigger


def _signed(price: Decimal | None, buy: bool) -> Decimal | None:
    return -price if buy and price is not None else price


def _alive(waiting: list[_Waiting], live: dict[OrderId, WorkingOrder]) -> list[_Waiting]:
    kept = [each for each in waiting if each[2] in live]
    heapify(kept)
    return kept
