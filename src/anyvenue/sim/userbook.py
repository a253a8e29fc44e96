"""The book of one instrument in which users' orders meet each other, and what it tells the public."""

from decimal import Decimal
from math import nan

from anyvenue.model.enums import OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Trade
from anyvenue.model.orders import OrderRequest
from anyvenue.sim.book import InstrumentBook, WorkingOrder
from anyvenue.sim.matching import Results
from anyvenue.sim.orderbook import Life, OrderBook, Outcome, Prevention, Report

__all__ = ["DayFigures", "UserBook"]

_LEVELS = 5
# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_BUY, _SELL = Side.BUY, Side.SELL
_NO_PREVENTION = Prevention.NONE
_POST_ONLY, _REST = Life.POST_ONLY, Life.REST
_TRADED = Outcome.TRADED
_TINY = Decimal("1e-30")
_LIVES = {TimeInForce.IOC: Life.IMMEDIATE, TimeInForce.FOK: Life.ALL_OR_NONE}
_REASONS = {
    Outcome.PREVENTED: "self-trade prevention",
    Outcome.NOTHING_MORE: "fill-and-kill: nothing more to take",
    Outcome.NOT_ENOUGH: "fill-or-kill: the whole quantity was not there",
    Outcome.WOULD_TAKE: "post-only order would have taken liquidity",
}
_MARKET_REST = "market order: nothing more to take"


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


class UserBook(InstrumentBook):
    """Working orders of one instrument, the order book they meet in, and stops that wait for its last price.

    Orders that are not active yet are kept outside of the order book. `stood` says whether a change left an order its
    place. `prevention` is shared by all books of an exchange.
    """

    __slots__ = ("_floats", "_lot", "_tick", "core", "day", "last", "prevention", "stops", "trades")

    def __init__(self, instrument: Instrument, prevention: dict[AccountId, Prevention]) -> None:
        super().__init__(instrument)
        self.core = OrderBook()
        self.day = DayFigures()
        self.last: Decimal | None = None
        self.prevention = prevention
        self.stops: dict[OrderId, WorkingOrder] = {}
        self.trades: list[Trade] = []
        # The smallest step there is: all others of a banded rule or one by significant digits are multiples of it.
        self._tick = instrument.price_step.step_at(_TINY)
        self._lot = Decimal(1) if instrument.lot.odd_close else instrument.lot.step
        self._floats: dict[int, float] = {}

    @property
    def idle(self) -> bool:
        """True: no market data from outside fills anything here."""
        return True

    # ---- what the exchange keeps here

    def make(
        self, order_id: OrderId, request: OrderRequest, arrived: int, active_from: int, number: int
    ) -> WorkingOrder:
        """Return a new working order without putting it in."""
        return WorkingOrder(order_id, request, arrived, active_from, number)

    def add(self, order: WorkingOrder) -> None:
        """Keep an order, in place of an earlier one of its id."""
        self.orders[order.order_id] = order

    def remove(self, order_id: OrderId) -> WorkingOrder | None:
        """Take an order out; None when it is not here."""
        order = self.orders.pop(order_id, None)
        if order is not None:
            self.core.cancel(order_id)
            self.stops.pop(order_id, None)
        return order

    def change(
        self, working: WorkingOrder, request: OrderRequest, arrived: int, number: int
    ) -> WorkingOrder:
        """Put the changed order in its place and return it, `fresh` unless it only became smaller and kept its turn."""
        order_id = working.order_id
        changed = self.make(order_id, request, arrived, working.active_from, number)
        changed.remaining = request.quantity - (working.request.quantity - working.remaining)
        changed.waiting = working.waiting
        left = self._lots(changed.remaining)
        if request.price == working.price and 0 < left <= self.core.left(order_id):
            self.core.modify(order_id, self._ticks(request), left)
            changed.fresh = False
        else:
            self.core.cancel(order_id)
            self.stops.pop(order_id, None)
        self.orders[order_id] = changed
        return changed

    # ---- matching

    def enter(self, order: WorkingOrder, now: int, out: Results) -> None:
        """Let an order that is active meet the others, and the stops it sets off after it."""
        if order.waiting:
            self.stops[order.order_id] = order
        else:
            self._match(order, now, out)
        while (hit := self._next_stop()) is not None:
            del self.stops[hit.order_id]
            hit.waiting = False
            out.triggered(hit, now)
            self._match(hit, now, out)

    def _next_stop(self) -> WorkingOrder | None:
        """Return the oldest stop that the last price has touched."""
        last = self.last
        if last is None:
            return None
        for order in self.stops.values():
            trigger = order.request.stop_price
            if trigger is not None and (last >= trigger if order.buy else last <= trigger):
                return order
        return None

    def _match(self, order: WorkingOrder, now: int, out: Results) -> None:
        request = order.request
        order.fresh = False
        life = _POST_ONLY if request.post_only else _LIVES.get(request.time_in_force, _REST)
        reports = self.core.insert(
            order.order_id,
            order.account,
            order.buy,
            None if request.price is None else self._ticks(request),
            self._lots(order.remaining),
            life,
            0,
            self.prevention.get(order.account, _NO_PREVENTION),
        )
        for report in reports:
            self._tell(order, report, now, out)

    def _tell(self, incoming: WorkingOrder, report: Report, now: int, out: Results) -> None:
        outcome, order_id, _, lots = report
        subject = self.orders[OrderId(order_id)]
        if outcome is _TRADED:
            self._trade(incoming, subject, lots * self._lot, now, out)
        elif outcome is Outcome.REDUCED:
            out.reduced(subject, lots * self._lot, now)
            out.reduced(incoming, lots * self._lot, now)
        else:
            market = outcome is Outcome.NOTHING_MORE and _is_market(subject.request)
            out.ended(subject, _MARKET_REST if market else _REASONS[outcome], now)

    def _trade(
        self,
        incoming: WorkingOrder,
        resting: WorkingOrder,
        quantity: Decimal,
        now: int,
        out: Results,
    ) -> None:
        price = resting.request.price
        assert price is not None, "only orders with a price rest"
        self.last = price
        number = out.traded(resting, incoming, price, quantity, now)
        observed, size = float(price), float(quantity)
        self.day.add(observed, size, float(price * quantity * self.instrument.multiplier))
        aggressor = _BUY if incoming.buy else _SELL
        self.trades.append(Trade(self.instrument.id, now, now, observed, size, aggressor, number))

    def _ticks(self, request: OrderRequest) -> int:
        return int((request.price or 0) / self._tick)

    def _lots(self, quantity: Decimal) -> int:
        return int(quantity / self._lot)

    # ---- what the public sees

    def end_day(self) -> None:
        """Begin to count the day's figures afresh."""
        self.day = DayFigures(self.day.last)

    def depth(self, now: int, trading_day: int) -> Depth:
        """Return the five best levels and the day's figures."""
        bids, asks = self.core.levels(True, _LEVELS), self.core.levels(False, _LEVELS)
        lot, day = float(self._lot), self.day
        return Depth(
            self.instrument.id,
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
            if len(self._floats) > 10_000:
                self._floats.clear()
            known = self._floats[ticks] = float(ticks * self._tick)
        return known


def _is_market(request: OrderRequest) -> bool:
    return request.type in (OrderType.MARKET, OrderType.STOP)
