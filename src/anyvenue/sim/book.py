"""The working orders of one instrument, and how much of the displayed volume they have taken.

Priority is price, then arrival. Displayed volume that was taken shows again only when the level's price or size
changes in a later snapshot: until then nobody knows that anybody refilled it.
"""

from decimal import Decimal
from math import inf, isfinite, nan

import msgspec

from anyvenue.model.enums import OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.marks import exact_price
from anyvenue.sim.days import FAR

__all__ = ["InstrumentBook", "WorkingOrder"]

_BUY = Side.BUY  # bound once: looking a member up on its enum class takes its time
_ZERO = Decimal(0)
_TINY = Decimal("1e-30")
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
# Of a step: prices of a feed carry float noise, so a limit at 3501 is met by 3501.0000001, but never by a whole step.
_NOISE = 0.005


class WorkingOrder(msgspec.Struct, eq=False):
    """An order in the book. `fresh` until it has met its first snapshot; then a limit order rests.

    `waiting` is true for a stop that was not touched. The order takes part in events at or after `active_from`.
    `maker` says whether its latest fill came to it while it rested.

    What snapshots are compared with is set by `aim`: `limit` and `stop` are floats with a little slack for a feed's
    noise, the limit of a market order is infinite; `stop` is infinitely far away for a trailing stop that has seen no
    price; `trail` is 0 unless it is one.
    """

    order_id: OrderId
    request: OrderRequest
    arrived: int
    active_from: int
    number: int
    account: AccountId
    buy: bool
    price: Decimal | None
    remaining: Decimal
    waiting: bool
    fresh: bool = True
    maker: bool = False
    limit: float = nan
    stop: float = nan
    trail: float = 0.0

    @classmethod
    def of(
        cls, order_id: OrderId, request: OrderRequest, arrived: int, active_from: int, number: int
    ) -> "WorkingOrder":
        """Return what works for a request; `number` is its place among all orders of the exchange."""
        return cls(
            order_id,
            request,
            arrived,
            active_from,
            number,
            request.account,
            request.side is _BUY,
            request.price,
            request.quantity,
            request.type in _STOPS,
        )

    def aim(self, step: float) -> None:
        """Set the prices at which snapshots concern the order; `step` is the price step there."""
        request = self.request
        slack = step * _NOISE if self.buy else step * -_NOISE
        self.stop = inf if self.buy else -inf
        if request.stop_price is not None:
            self.stop = float(request.stop_price) - slack
        # A trailing stop's trigger has the slack of its distance instead: it is a price of the feed away from another.
        self.trail = float(request.trail) - abs(slack) if request.trail is not None else 0.0
        if request.price is not None:
            self.limit = float(request.price) + slack
        else:
            self.limit = inf if self.buy else -inf

    @property
    def immediate(self) -> bool:
        """True for orders that must fill at once or go."""
        return self.request.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)

    @property
    def all_or_none(self) -> bool:
        """True for fill-or-kill."""
        return self.request.time_in_force is TimeInForce.FOK

    def accepts(self, price: float) -> bool:
        """Tell whether the limit allows `price`."""
        return price <= self.limit if self.buy else price >= self.limit

    def touched(self, price: float) -> bool:
        """Tell whether `price` sets a waiting stop off."""
        return price >= self.stop if self.buy else price <= self.stop

    def follow(self, price: float) -> None:
        """Move the trigger of a trailing stop after a better price; it never moves back."""
        if self.buy:
            self.stop = min(self.stop, price + self.trail)
        else:
            self.stop = max(self.stop, price - self.trail)


class InstrumentBook:
    """Working orders of one instrument, by side and by age."""

    __slots__ = (
        "_floor",
        "_prices",
        "_taken",
        "best_buy",
        "best_sell",
        "buy_best",
        "buy_stop",
        "fixed",
        "halted",
        "instrument",
        "orders",
        "phase",
        "sell_best",
        "sell_stop",
        "special",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.orders: dict[OrderId, WorkingOrder] = {}
        self.best_buy = -inf
        self.best_sell = inf
        self.buy_stop = inf
        self.sell_stop = -inf
        self.buy_best = -inf  # beyond these prices a trigger follows
        self.sell_best = inf
        self.special = 0  # fresh and market orders, and triggers without a price: any snapshot may concern them
        self.halted = False
        self.fixed = (
            FAR  # from here on orders cannot be taken back: in the last part of some auctions
        )
        self.phase = (0, 0, False)  # [start, end) in which the market is open or is not
        self._taken: dict[tuple[Side, float], tuple[float, Decimal]] = {}
        self._prices: dict[float, Decimal] = {}
        # What is below half of the smallest step is no price but a feed's way to say "none".
        self._floor = float(instrument.price_step.step_at(_TINY)) / 2
        if instrument.legs:
            self._floor = -ABSENT_ABOVE  # a spread may cost nothing, or less

    @property
    def idle(self) -> bool:
        """True when no snapshot can change anything here: no order works and nothing displayed was taken."""
        return not self.orders and not self._taken

    def make(
        self, order_id: OrderId, request: OrderRequest, arrived: int, active_from: int, number: int
    ) -> WorkingOrder:
        """Return a new working order without putting it in."""
        price = request.stop_price if request.price is None else request.price
        price = request.trail if price is None else price
        step = 0.0 if price is None else float(self.instrument.price_step.step_at(price))
        order = WorkingOrder.of(order_id, request, arrived, active_from, number)
        order.aim(step)
        return order

    def change(
        self, working: WorkingOrder, request: OrderRequest, arrived: int, number: int
    ) -> WorkingOrder:
        """Put the changed order in, and return it: at the end of its price's queue, still triggered if it was."""
        changed = self.make(working.order_id, request, arrived, working.active_from, number)
        changed.remaining = request.quantity - (working.request.quantity - working.remaining)
        changed.waiting, changed.stop = working.waiting, working.stop
        if request.price == working.price:
            # Else a change of nothing but the quantity would let a resting order pay another's price.
            changed.fresh = working.fresh
        self.add(changed)
        return changed

    def add(self, order: WorkingOrder) -> None:
        """Put an order in, in place of an earlier one of its id."""
        replaced = order.order_id in self.orders
        self.orders[order.order_id] = order
        if replaced or not order.fresh:
            self.refresh()
        else:
            self._count(order)

    def remove(self, order_id: OrderId) -> WorkingOrder | None:
        """Take an order out; None when it is not here."""
        order = self.orders.pop(order_id, None)
        if order is None:
            return None
        if order.waiting and isfinite(order.stop):
            if order.trail or order.stop in (self.buy_stop, self.sell_stop):
                self.refresh()
        elif order.waiting or order.fresh:
            self.special -= 1
        elif order.limit in (self.best_buy, self.best_sell):
            self.refresh()
        return order

    def refresh(self) -> None:
        """Measure again what a snapshot must reach to concern anybody."""
        self.best_buy, self.best_sell, self.special = -inf, inf, 0
        self.buy_stop, self.sell_stop = inf, -inf
        self.buy_best, self.sell_best = -inf, inf
        for order in self.orders.values():
            self._count(order)

    def _count(self, order: WorkingOrder) -> None:
        if order.waiting and isfinite(order.stop):
            self._count_stop(order)
        elif order.waiting or order.fresh:
            self.special += 1
        elif order.buy:
            self.best_buy = max(self.best_buy, order.limit)
        else:
            self.best_sell = min(self.best_sell, order.limit)

    def _count_stop(self, order: WorkingOrder) -> None:
        if order.buy:
            self.buy_stop = min(self.buy_stop, order.stop)
            if order.trail:
                self.buy_best = max(self.buy_best, order.stop - order.trail)
        else:
            self.sell_stop = max(self.sell_stop, order.stop)
            if order.trail:
                self.sell_best = min(self.sell_best, order.stop + order.trail)

    def concerns(self, bid: float, ask: float, last: float = nan) -> bool:
        """Tell whether a snapshot with these best prices may touch an order (NaN never does).

        `last` is what triggers stops, the opposite quote where it is NaN.
        """
        if self.special > 0 or ask <= self.best_buy or bid >= self.best_sell:
            return True
        if last == last:
            bid = ask = last
        return (
            ask >= self.buy_stop
            or bid <= self.sell_stop
            or ask < self.buy_best
            or bid > self.sell_best
        )

    def by_priority(self) -> list[WorkingOrder]:
        """Return the orders, best price first, then oldest first."""
        return sorted(
            self.orders.values(), key=lambda o: (-o.limit if o.buy else o.limit, o.number)
        )

    def real(self, price: float) -> bool:
        """Tell whether `price` is one: not NaN, 0, negative, infinite or DBL_MAX."""
        return self._floor <= price < ABSENT_ABOVE

    def shown(self, price: float, size: float) -> bool:
        """Tell whether a level of a snapshot is there; a size of NaN means that the feed shows no sizes."""
        return self._floor <= price < ABSENT_ABOVE and (size != size or 0 < size < ABSENT_ABOVE)

    def exact(self, price: float) -> Decimal:
        """Return a feed's price as the exact price it stands for."""
        known = self._prices.get(price)
        if known is None:
            if len(self._prices) > 10_000:
                self._prices.clear()
            known = self._prices[price] = exact_price(price, self.instrument)
        return known

    def available(self, side: Side, price: float, size: float) -> Decimal | None:
        """Return what is left of a displayed level on `side`; None when the feed shows no sizes."""
        displayed = self.lots(size)
        taken = self._taken.get((side, price))
        if taken is None or displayed is None:
            return displayed
        return max(displayed - taken[1], _ZERO)

    def take(self, side: Side, price: float, size: float, quantity: Decimal) -> None:
        """Remember that `quantity` of a displayed level was taken."""
        if size == size:
            before = self._taken.get((side, price))
            total = quantity + before[1] if before else quantity
            self._taken[side, price] = (size, total)

    def renew(
        self,
        bids: tuple[float, ...],
        bid_sizes: tuple[float, ...],
        asks: tuple[float, ...],
        ask_sizes: tuple[float, ...],
    ) -> None:
        """Forget what was taken of levels whose price or size has changed in this snapshot."""
        if not self._taken:
            return
        shown = {(Side.BUY, price): size for price, size in zip(bids, bid_sizes, strict=True)}
        shown.update(
            {(Side.SELL, price): size for price, size in zip(asks, ask_sizes, strict=True)}
        )
        self._taken = {
            level: taken for level, taken in self._taken.items() if shown.get(level) == taken[0]
        }

    def lots(self, size: float) -> Decimal | None:
        """Return the whole lots in a feed's size; None for NaN: the feed shows no sizes."""
        if size != size:
            return None
        if not 0 < size < ABSENT_ABOVE:
            return _ZERO
        exact = Decimal(int(size)) if size == int(size) else Decimal(repr(size))
        return exact - exact % self.instrument.lot.step
