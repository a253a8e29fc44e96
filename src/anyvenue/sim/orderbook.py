"""A limit order book between users: price, then time; whole ticks and whole lots; no clock and no money.

Prices of sells are kept negated, so that on both sides the larger key is the better price, the best is at the end of
the list of keys, and one piece of code serves both sides.

Rules: an incoming order trades at the price of the resting one, best price first, then oldest first. An iceberg shows
its peak; when that is used up the next peak comes to the back of the queue. A change that only takes quantity away
keeps its place, any other change loses it. An order meets others of its own owner as its own `Prevention` says.
"""

from bisect import insort
from collections.abc import Hashable, Iterator, Sequence
from enum import IntEnum

from anyvenue.model.errors import OrderError
from anyvenue.sim.queues import BookSide, Level, Resting

__all__ = ["Life", "OrderBook", "Outcome", "Prevention", "Report"]


class Life(IntEnum):
    """What becomes of the rest of an order that does not trade at once."""

    REST = 0
    IMMEDIATE = 1
    ALL_OR_NONE = 2
    POST_ONLY = 3


class Prevention(IntEnum):
    """What happens when an order meets another one of its owner; the incoming order decides.

    NEWEST and OLDEST say which of the two is cancelled. DECREMENT takes the smaller quantity off both without a trade.
    """

    NONE = 0
    NEWEST = 1
    OLDEST = 2
    BOTH = 3
    DECREMENT = 4


class Outcome(IntEnum):
    """What a report is about: TRADED and REDUCED concern the resting order it names and the incoming one alike."""

    TRADED = 0
    REDUCED = 1
    PREVENTED = 2
    NOTHING_MORE = 3
    NOT_ENOUGH = 4
    WOULD_TAKE = 5


Report = tuple[Outcome, int, int, int]
"""(outcome, order id, price in ticks, quantity in lots); a price of 0 where there is none."""

_TRADED, _REDUCED, _PREVENTED = Outcome.TRADED, Outcome.REDUCED, Outcome.PREVENTED
_REST, _IMMEDIATE = Life.REST, Life.IMMEDIATE
_ALL_OR_NONE, _POST_ONLY = Life.ALL_OR_NONE, Life.POST_ONLY
_ENDS = {
    _IMMEDIATE: Outcome.NOTHING_MORE,
    _ALL_OR_NONE: Outcome.NOT_ENOUGH,
    _POST_ONLY: Outcome.WOULD_TAKE,
}
_NOTHING: tuple[Report, ...] = ()


class OrderBook:
    """The orders of one instrument. Order ids are the caller's and unique among resting orders."""

    def __init__(self) -> None:
        """Begin empty."""
        self._bids = BookSide(1)
        self._asks = BookSide(-1)
        self._orders: dict[int, Resting] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def __contains__(self, order_id: int) -> bool:
        return order_id in self._orders

    # ---- orders

    def insert(
        self,
        order_id: int,
        owner: Hashable,
        buy: bool,
        price: int | None,
        quantity: int,
        life: Life = _REST,
        peak: int = 0,
        prevention: Prevention = Prevention.NONE,
    ) -> Sequence[Report]:
        """Match an order and let its rest rest; return what happened, in order.

        A price of None takes any price and never rests; `peak` above 0 makes an iceberg. Raise OrderError for a
        quantity below 1 or the id of a resting order.
        """
        if quantity <= 0 or order_id in self._orders:
            raise _refused(order_id, quantity)
        if buy:
            own, other = self._bids, self._asks
        else:
            own, other = self._asks, self._bids
        keys = other.keys
        if price is None:
            return self._market(order_id, owner, other, quantity, life, prevention)
        key = price if buy else -price
        if keys and keys[-1] >= -key:
            reports: list[Report] = []
            if life is _POST_ONLY or (
                life is _ALL_OR_NONE and not self._enough(other, -key, owner, quantity, prevention)
            ):
                return ((_ENDS[life], order_id, 0, quantity),)
            quantity = self._take(order_id, owner, other, -key, quantity, prevention, reports)
            if quantity and life is _REST:
                self._rest(order_id, owner, own, key, quantity, peak)
            elif quantity:
                reports.append((_ENDS[life], order_id, 0, quantity))
            return reports
        if life is _REST or life is _POST_ONLY:
            self._rest(order_id, owner, own, key, quantity, peak)
            return _NOTHING
        return ((_ENDS[life], order_id, 0, quantity),)

    def collect(
        self, order_id: int, owner: Hashable, buy: bool, price: int, quantity: int, peak: int = 0
    ) -> None:
        """Put an order in without matching it, as while a call auction collects; the book may be crossed then."""
        if quantity <= 0 or order_id in self._orders:
            raise _refused(order_id, quantity)
        side, key = (self._bids, price) if buy else (self._asks, -price)
        self._rest(order_id, owner, side, key, quantity, peak)

    def cancel(self, order_id: int) -> int:
        """Take an order out; return how many lots it still had, 0 when it is not here."""
        order = self._orders.pop(order_id, None)
        if order is None:
            return 0
        level = order.level
        level.size -= order.shown
        level.remove(order)
        if level.first is None:
            order.side.drop(order.key)
        return order.shown + order.hidden

    def modify(
        self,
        order_id: int,
        price: int,
        quantity: int,
        life: Life = _REST,
        prevention: Prevention = Prevention.NONE,
    ) -> Sequence[Report]:
        """Give an order another price or open quantity; it keeps its place only if nothing but lots go away.

        Raise OrderError when it is not here or the quantity is below 1.
        """
        order = self._orders.get(order_id)
        if order is None or quantity <= 0:
            raise _unknown(order_id, quantity)
        less = order.shown + order.hidden - quantity
        if price == order.key * order.side.sign and less >= 0:
            self._reduce(order, less)
            return _NOTHING
        buy, owner, peak = order.side is self._bids, order.owner, order.peak
        self.cancel(order_id)
        return self.insert(order_id, owner, buy, price, quantity, life, peak, prevention)

    def _reduce(self, order: Resting, less: int) -> None:
        """Take lots away, hidden ones first; some are left."""
        hidden = min(order.hidden, less)
        order.hidden -= hidden
        order.shown -= less - hidden
        order.level.size -= less - hidden

    def _market(
        self,
        order_id: int,
        owner: Hashable,
        other: BookSide,
        quantity: int,
        life: Life,
        prevention: Prevention,
    ) -> Sequence[Report]:
        worst = other.keys[0] if other.keys else 0
        if life is _ALL_OR_NONE and not self._enough(other, worst, owner, quantity, prevention):
            return ((_ENDS[life], order_id, 0, quantity),)
        reports: list[Report] = []
        quantity = self._take(order_id, owner, other, worst, quantity, prevention, reports)
        if quantity:
            reports.append((Outcome.NOTHING_MORE, order_id, 0, quantity))
        return reports

    def _rest(
        self, order_id: int, owner: Hashable, side: BookSide, key: int, quantity: int, peak: int
    ) -> None:
        level = side.levels.get(key)
        if level is None:
            level = side.levels[key] = Level()
            insort(side.keys, key)
        shown = peak if 0 < peak < quantity else quantity
        order = Resting(order_id, owner, side, level, key, shown, quantity - shown, peak)
        self._orders[order_id] = order
        level.append(order)
        level.size += shown

    # ---- matching

    def _take(
        self,
        order_id: int,
        owner: Hashable,
        other: BookSide,
        bound: int,
        quantity: int,
        prevention: Prevention,
        reports: list[Report],
    ) -> int:
        """Trade with everything up to `bound`; return what is left of the incoming order, 0 if it was cancelled."""
        keys, levels, sign = other.keys, other.levels, other.sign
        while quantity and keys and keys[-1] >= bound:
            key = keys[-1]
            level = levels[key]
            while quantity and (resting := level.first) is not None:
                if prevention and resting.owner == owner:
                    quantity = self._prevent(order_id, resting, quantity, prevention, reports)
                    continue
                shown = resting.shown
                traded = shown if shown < quantity else quantity
                quantity -= traded
                level.size -= traded
                resting.shown = shown - traded
                reports.append((_TRADED, resting.order_id, key * sign, traded))
                if traded == shown:
                    self._used_up(level, resting)
            if level.first is None and key in levels:
                other.drop(key)
        return quantity

    def _used_up(self, level: Level, resting: Resting) -> None:
        """The front order shows nothing any more: its next peak goes to the back, or it is done."""
        level.remove(resting)
        hidden = resting.hidden
        if hidden:
            shown = min(resting.peak, hidden)
            resting.shown = shown
            resting.hidden = hidden - shown
            level.size += shown
            level.append(resting)
        else:
            del self._orders[resting.order_id]

    def _prevent(
        self,
        order_id: int,
        resting: Resting,
        quantity: int,
        prevention: Prevention,
        reports: list[Report],
    ) -> int:
        """Keep an owner from trading with itself; return what is left of the incoming order."""
        price = resting.key * resting.side.sign
        standing = resting.shown + resting.hidden
        if prevention is Prevention.DECREMENT:
            less = min(standing, quantity)
            reports.append((_REDUCED, resting.order_id, price, less))
            if less == standing:
                self.cancel(resting.order_id)
            else:
                self._reduce(resting, less)
            return quantity - less
        if prevention is not Prevention.NEWEST:
            self.cancel(resting.order_id)
            reports.append((_PREVENTED, resting.order_id, price, standing))
        if prevention is Prevention.OLDEST:
            return quantity
        reports.append((_PREVENTED, order_id, 0, quantity))
        return 0

    def _enough(
        self, other: BookSide, bound: int, owner: Hashable, quantity: int, prevention: Prevention
    ) -> bool:
        """Tell whether all of an incoming order would trade.

        Except under OLDEST the way ends at the owner's first order: of its level only the lots shown before it count,
        because the next peaks of icebergs come behind it.
        """
        for key in reversed(other.keys):
            if key < bound:
                break
            shown = hidden = 0
            for resting in other.levels[key]:
                if prevention and resting.owner == owner:
                    if prevention is Prevention.OLDEST:
                        continue
                    return shown >= quantity
                shown += resting.shown
                hidden += resting.hidden
            quantity -= shown + hidden
            if quantity <= 0:
                return True
        return False

    def take_best(self, buy: bool, quantity: int) -> list[tuple[int, int]]:
        """Take lots out of one side in order of priority, without a counterpart; return (order id, lots)."""
        side = self._bids if buy else self._asks
        reports: list[Report] = []
        worst = side.keys[0] if side.keys else 0
        self._take(0, None, side, worst, quantity, Prevention.NONE, reports)
        return [(order_id, lots) for _, order_id, _, lots in reports]

    # ---- views

    def best(self, buy: bool) -> int | None:
        """Return the best price of a side in ticks, None when it is empty."""
        side = self._bids if buy else self._asks
        return side.keys[-1] * side.sign if side.keys else None

    def first(self, buy: bool) -> tuple[int, int, int] | None:
        """Return (order id, price in ticks, lots shown) of the order that is next to trade, None without any."""
        side = self._bids if buy else self._asks
        if not side.keys:
            return None
        key = side.keys[-1]
        order = side.levels[key].first
        assert order is not None, "levels without orders are dropped at once"
        return order.order_id, key * side.sign, order.shown

    @property
    def crossed(self) -> bool:
        """True while orders that would trade stand in the book, as an auction collects them."""
        bids, asks = self._bids.keys, self._asks.keys
        return bool(bids and asks) and bids[-1] >= -asks[-1]

    def levels(self, buy: bool, most: int) -> list[tuple[int, int]]:
        """Return up to `most` levels of a side, best first, as (price in ticks, lots shown)."""
        side = self._bids if buy else self._asks
        return [(key * side.sign, side.levels[key].size) for key in side.keys[: -most - 1 : -1]]

    def ladder(self, buy: bool) -> list[tuple[int, int]]:
        """Return all levels of a side, best first, as (price in ticks, lots shown and hidden)."""
        side = self._bids if buy else self._asks
        return [
            (key * side.sign, sum(each.shown + each.hidden for each in side.levels[key]))
            for key in reversed(side.keys)
        ]

    def queue(self, buy: bool) -> Iterator[tuple[int, int, int]]:
        """Yield (order id, price, lots left) of one side in order of priority."""
        side = self._bids if buy else self._asks
        for key in reversed(side.keys):
            for each in side.levels[key]:
                yield each.order_id, key * side.sign, each.shown + each.hidden

    def left(self, order_id: int) -> int:
        """Return how many lots of an order rest here, 0 when it does not."""
        order = self._orders.get(order_id)
        return order.shown + order.hidden if order else 0


def _refused(order_id: int, quantity: int) -> OrderError:
    return OrderError(
        f"order {order_id} of {quantity} lots cannot rest: quantities are above 0, ids used once",
        order_id=order_id,
    )


def _unknown(order_id: int, quantity: int) -> OrderError:
    return OrderError(
        f"order {order_id} cannot be changed to {quantity} lots: it must rest here and keep some",
        order_id=order_id,
    )
