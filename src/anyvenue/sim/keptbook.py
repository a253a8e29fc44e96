"""Where the working orders of one instrument stand while users meet: order book, waiting stops, auction or none."""

from decimal import Decimal

from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.sim.book import InstrumentBook, WorkingOrder
from anyvenue.sim.calls import Call
from anyvenue.sim.days import joins_auctions
from anyvenue.sim.matching import Results
from anyvenue.sim.orderbook import OrderBook
from anyvenue.sim.stops import StopIndex

__all__ = ["KeptBook"]

_REMEMBERED = 10_000
_TINY = Decimal("1e-30")


class _Whole(dict[Decimal, int]):
    """Whole numbers of a unit by the exact number they stand for, worked out when they are first asked for."""

    def __init__(self, unit: Decimal) -> None:
        super().__init__()
        self._unit = unit

    def __missing__(self, number: Decimal) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        whole = self[number] = int(number / self._unit)
        return whole


class KeptBook(InstrumentBook):
    """Working orders of one instrument and where each of them is.

    `core` has those that rest, in whole ticks and lots, `stops` those that wait for a price, `call` what an auction
    keeps beside it. Orders that are not active yet are in none of them. `reducing` has the resting reduce-only
    orders by account. `ticks_of` and `lots_of` turn prices and quantities into whole numbers.
    """

    __slots__ = ("call", "core", "lot", "lots_of", "reducing", "stops", "tick", "ticks_of")

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self.core = OrderBook()
        self.stops = StopIndex()
        self.call = Call()
        self.reducing: dict[AccountId, dict[OrderId, None]] = {}
        # The smallest step there is: all others of a banded rule or one by significant digits are multiples of it.
        self.tick = instrument.price_step.step_at(_TINY)
        self.lot = Decimal(1) if instrument.lot.odd_close else instrument.lot.step
        self.ticks_of = _Whole(self.tick)
        self.lots_of = _Whole(self.lot)

    @property
    def idle(self) -> bool:
        """True: no market data from outside fills anything here."""
        return True

    def make(
        self, order_id: OrderId, request: OrderRequest, arrived: int, active_from: int, number: int
    ) -> WorkingOrder:
        """Return a new working order without putting it in."""
        return WorkingOrder.of(order_id, request, arrived, active_from, number)

    def add(self, order: WorkingOrder) -> None:
        """Keep an order, in place of an earlier one of its id."""
        self.orders[order.order_id] = order

    def remove(self, order_id: OrderId) -> WorkingOrder | None:
        """Take an order out; None when it is not here."""
        order = self.orders.pop(order_id, None)
        if order is not None and (not self.core.cancel(order_id) or order.request.reduce_only):
            self._take_out(order)
        return order

    def _take_out(self, order: WorkingOrder) -> None:
        """Take an order out of wherever it stands or waits."""
        order_id = order.order_id
        if order.waiting:
            self.stops.discard(order_id)
        elif not self.core.cancel(order_id):
            self.call.forget(order_id)
        if order.request.reduce_only:
            mine = self.reducing.get(order.account)
            if mine is not None and order_id in mine:
                del mine[order_id]
                if not mine:
                    del self.reducing[order.account]

    def change(
        self, working: WorkingOrder, request: OrderRequest, arrived: int, number: int
    ) -> WorkingOrder:
        """Put the changed order in its place and return it, `fresh` unless it kept its turn.

        It does when it only became smaller, or is a stop that waits.
        """
        order_id = working.order_id
        changed = self.make(order_id, request, arrived, working.active_from, number)
        changed.remaining = request.quantity - (working.request.quantity - working.remaining)
        changed.waiting = working.waiting
        left = self.whole_lots(changed.remaining)
        if working.waiting and order_id in self.stops:
            self.stops.replace(changed)
            changed.fresh = False
        elif request.price == working.price and 0 < left <= self.core.left(order_id):
            self.core.modify(order_id, self.whole_ticks(request.price), left)
            changed.fresh = False
        else:
            self._take_out(working)
        self.orders[order_id] = changed
        return changed

    def collect(self, order: WorkingOrder) -> None:
        """Keep an order for the next call auction, or for continuous trading where it joins no auction."""
        order.fresh = False
        request = order.request
        if not joins_auctions(request):
            self.call.held[order.order_id] = order
        elif request.price is None:
            self.call.market[order.order_id] = order
        else:
            lots = self.whole_lots(order.remaining)
            peak = self.peak(request)
            ticks = self.whole_ticks(request.price)
            self.core.collect(order.order_id, order.account, order.buy, ticks, lots, peak)
            if request.reduce_only:
                self.watch_position(order)

    # ---- reduce-only

    def fit_resting(self, accounts: tuple[AccountId, ...], now: int, out: Results) -> None:
        """Cut resting reduce-only orders of accounts whose positions have changed."""
        for account in accounts:
            for order_id in list(self.reducing.get(account, ())):
                order = self.orders.get(order_id)
                if order is not None:
                    self.fits(order, now, out)

    def fits(self, resting: WorkingOrder, now: int, out: Results) -> bool:
        """Cut a resting reduce-only order to the position; tell whether that changed nothing."""
        before = resting.remaining
        if out.fit(resting, now) and resting.remaining != before:
            self.shrink(resting)
        return resting.remaining == before and resting.order_id in self.orders

    def shrink(self, resting: WorkingOrder) -> None:
        """Let the order book know that a resting order has become smaller; it keeps its place."""
        if resting.order_id in self.core:
            ticks = self.whole_ticks(resting.request.price)
            self.core.modify(resting.order_id, ticks, self.whole_lots(resting.remaining))

    def watch_position(self, order: WorkingOrder) -> None:
        """Keep a resting reduce-only order no larger than the position from now on."""
        self.reducing.setdefault(order.account, {})[order.order_id] = None

    # ---- whole numbers

    def whole_ticks(self, price: Decimal | None) -> int:
        """Return a price in ticks, 0 for none."""
        return 0 if price is None else self.ticks_of[price]

    def whole_lots(self, quantity: Decimal) -> int:
        """Return a quantity in lots."""
        return self.lots_of[quantity]

    def peak(self, request: OrderRequest) -> int:
        """Return the lots that an iceberg shows, 0 for any other order."""
        return 0 if request.display is None else self.whole_lots(request.display)
