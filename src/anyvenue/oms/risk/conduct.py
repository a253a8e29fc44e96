"""Rules about how somebody trades: how often, against whom, and twice the same."""

from collections import deque
from collections.abc import Iterable, Sequence
from decimal import Decimal

from anyvenue.model.enums import OrderType
from anyvenue.model.ids import AccountId
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.oms.risk.limits import Rate
from anyvenue.oms.risk.scopes import Scope
from anyvenue.oms.risk.sight import Sight
from anyvenue.oms.risk.wish import Rule, Wish, deny

__all__ = ["CancelRate", "DuplicateOrder", "OrderRate", "SelfTrade", "Window"]

_NS = 1_000_000_000
_MS = 1_000_000
_WAITING = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


class Window:
    """Counts what happened in the last stretch of time."""

    def __init__(self, seconds: float) -> None:
        self._length = int(seconds * _NS)
        self._times: deque[int] = deque()

    def add(self, now: int, count: int = 1) -> int:
        """Count `count` more; return how many there were in the stretch that ends now."""
        self._times.extend([now] * count)
        return self.count(now)

    def count(self, now: int) -> int:
        """Return how many there were in the stretch that ends now."""
        times, begin = self._times, now - self._length
        while times and times[0] <= begin:
            times.popleft()
        return len(times)

    def clear(self) -> None:
        """Forget everything."""
        self._times.clear()

    def times(self) -> tuple[int, ...]:
        """Return when what is counted happened, oldest first."""
        return tuple(self._times)

    def restore(self, times: Iterable[int]) -> None:
        """Count these and nothing else."""
        self._times = deque(times)


class _Counted(Rule):
    """A rule that counts within a stretch of time."""

    def __init__(self, scope: Scope, rate: Rate) -> None:
        super().__init__(scope)
        self.rate = rate
        self._window = Window(rate.seconds)

    def counts(self) -> tuple[int, ...]:
        """Return the times of what was counted."""
        return self._window.times()

    def recount(self, times: Sequence[int]) -> None:
        """Count these and nothing else."""
        self._window.restore(times)


class OrderRate(_Counted):
    """Limit new orders and changes a stretch of time; each venue order that a wish becomes counts."""

    name = "order_rate"

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied when one more would be too many."""
        deny_too_many(self, wish, self.rate, self._window.count(wish.now) + 1, "orders and changes")

    def sent(self, wish: Wish, orders: int) -> None:
        """Count them."""
        self._window.add(wish.now, orders)


class CancelRate(_Counted):
    """Refuse new orders and changes while there were too many cancels; a cancel itself is never refused."""

    name = "cancel_rate"

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied when there were too many."""
        deny_too_many(self, wish, self.rate, self._window.count(wish.now), "cancels")

    def cancelled(self, now: int) -> None:
        """Count it."""
        self._window.add(now)


def deny_too_many(rule: Rule, wish: Wish, rate: Rate, count: int, what: str) -> None:
    """Raise RiskDenied when `count` is above the rate."""
    if count > rate.count:
        deny(
            rule.name,
            rule.scope,
            wish,
            f"{count} {what} within {rate.seconds:g} s; the limit is {rate.count}",
            value=count,
            limit=rate.count,
        )


class DuplicateOrder(Rule):
    """Refuse a new order with the same terms as one that went out a moment ago."""

    name = "duplicate"

    def __init__(self, scope: Scope, milliseconds: float) -> None:
        super().__init__(scope)
        self.milliseconds = milliseconds
        self._length = int(milliseconds * _MS)
        self._seen: dict[tuple[object, ...], tuple[OrderRequest, int]] = {}

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied when the same went out within the time."""
        if wish.order is not None:
            return
        found = self._seen.get(_terms(wish.request))
        before = found[1] if found is not None else 0
        if found is not None and wish.now - before < self._length:
            deny(
                self.name,
                self.scope,
                wish,
                f"the same {wish.request.side.value} {plain(wish.request.quantity)} of {wish.instrument.id} went out "
                f"{(wish.now - before) / _MS:g} ms ago; {self.milliseconds:g} ms must lie between",
                value=(wish.now - before) / _MS,
                limit=self.milliseconds,
                code="order.risk_duplicate",
            )

    def sent(self, wish: Wish, orders: int) -> None:
        """Remember the terms, and forget those that are too long ago."""
        if wish.order is None:
            self._remember(wish.request, wish.now)

    def resent(self, wish: Wish, whole: OrderRequest) -> None:
        """Remember the terms, and those of the wish that they may be a part of."""
        self.sent(wish, 1)
        if whole != wish.request:
            self._remember(whole, wish.now)

    def seen(self) -> tuple[tuple[OrderRequest, int], ...]:
        """Return what went out a moment ago, and when."""
        return tuple(self._seen.values())

    def restore(self, seen: Iterable[tuple[OrderRequest, int]]) -> None:
        """Take what was kept in place of everything known."""
        self._seen = {_terms(request): (request, at) for request, at in seen}

    def _remember(self, request: OrderRequest, now: int) -> None:
        seen, begin = self._seen, now - self._length
        terms = _terms(request)
        seen.pop(terms, None)
        seen[terms] = (request, now)
        while seen:
            first = next(iter(seen))
            if seen[first][1] > begin:
                break
            del seen[first]


def _terms(request: OrderRequest) -> tuple[object, ...]:
    return (
        request.account,
        request.strategy,
        request.instrument,
        request.side,
        request.quantity,
        request.price,
        request.stop_price,
        request.trail,
        request.type,
        request.offset,
    )


class SelfTrade(Rule):
    """Refuse an order that would meet one of the scope's own working orders on the other side.

    Stops that were not touched do not count: they stand in no book yet.
    """

    name = "self_trade"

    def __init__(self, scope: Scope, sight: Sight) -> None:
        super().__init__(scope)
        self._sight = sight

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied when the wish crosses an own order."""
        request = wish.request
        if request.type in _WAITING and not (wish.order is not None and wish.order.triggered):
            return
        for state in self._sight.states(self.scope, wish.state):
            for order in self._sight.working(self.scope, state, wish):
                own = order.request
                if own.instrument == request.instrument and own.side is not request.side:
                    self._check_pair(wish, order)

    def _check_pair(self, wish: Wish, order: Order) -> None:
        price, own = wish.request.price, order.request
        if own.type in _WAITING and not order.triggered:
            return
        if price is not None and own.price is not None:
            apart = price < own.price if wish.buys else price > own.price
            if apart:
                return
        account: AccountId = own.account
        deny(
            self.name,
            self.scope,
            wish,
            f"{wish.request.side.value} {wish.instrument.id} at {_shown(price)} would meet the node's own order "
            f"{order.order_id} of account {account}: {own.side.value} at {_shown(own.price)}",
            value=_shown(price),
            limit=_shown(own.price),
            code="order.risk_self_trade",
        )


def _shown(price: Decimal | None) -> str:
    return "market" if price is None else plain(price)
