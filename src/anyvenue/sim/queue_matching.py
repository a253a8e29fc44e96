"""Queue matching: as `sim.touch`, but an order that rests waits its turn at its price.

When does an order fill that rests?

- It stands behind everything displayed at its price when it came; beyond the last displayed level, behind as much as
  is displayed there. One that waited for the session, or for the first snapshot, stands behind what that shows. A
  better price than all has nobody before it.
- What trades at its price uses up what is ahead, and only what is left of that trade's volume fills the order, at its
  limit. What trades beyond its price fills it at once, up to that volume. Volume fills once, the better limit and then
  the older order first.
- Cancellations ahead of it move it forward, as a model of `sim.queue_models` guesses them.
- When the other side is displayed at its price or better, nobody stands before it any more: it fills as in `sim.touch`.

Trades are those that the feed shows, else what snapshots say about the volume between them (`sim.traded_volume`).
What happened from one snapshot to the next counts only for orders that were there at the first. Orders that take,
stops and bars are those of `sim.touch`.
"""

from collections.abc import Iterable, MutableMapping
from decimal import Decimal
from math import inf

from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, MarketEvent, Quote, Trade
from anyvenue.sim.book import InstrumentBook, WorkingOrder
from anyvenue.sim.days import MarketDays
from anyvenue.sim.matching import TouchMatching
from anyvenue.sim.queue_book import QueueBook
from anyvenue.sim.queue_models import Place, get_share
from anyvenue.sim.touch import Outcome, match_arrival, match_snapshot, match_trade
from anyvenue.sim.traded_volume import traded_between

__all__ = ["QueueMatching"]

_NEVER = -1


class QueueMatching(TouchMatching):
    """Orders meet what market data shows, and wait in its queues."""

    def __init__(
        self,
        days: MarketDays,
        latest: MutableMapping[InstrumentId, MarketEvent],
        on_arrival: bool,
        out: Outcome,
        model: str = "power2",
    ) -> None:
        """Match an order when it arrives, too, if `on_arrival`; raise ConfigError for an unknown model."""
        super().__init__(days, latest, on_arrival, out)
        self._share = get_share(model)
        self._books: dict[InstrumentId, QueueBook] = {}

    def open(self, instrument: Instrument) -> QueueBook:
        """Return a new book for the working orders of an instrument."""
        book = self._books[instrument.id] = QueueBook(instrument)
        return book

    def arrive(self, book: InstrumentBook, order: WorkingOrder, now: int) -> None:
        """Let an order meet the standing snapshot if it may, and take its place where it rests.

        Without `on_arrival` an order that would take waits for the next event; any other rests from now on.
        """
        queues = self._books[book.instrument.id]
        standing = queues.snapshot
        if standing is None or order.active_from > now:
            return
        if not self._days.same_stretch(book.instrument, standing.ts_recv, now):
            return
        if self._on_arrival:
            match_arrival(queues, order, standing, now, self._out)
        elif not order.immediate and not order.waiting and not queues.crossed(order):
            order.fresh = order.price is None
            queues.refresh()
        queues.place_rest(now)

    def see(self, book: InstrumentBook, event: MarketEvent) -> None:
        """Match the book against a market event, unless the market is closed or nobody waits."""
        queues = self._books[book.instrument.id]
        if isinstance(event, Quote | Depth):
            before = queues.show(event)
            if not queues.quiet and self._is_trading(queues, event.ts_recv):
                self._see_snapshot(queues, before, event)
        elif isinstance(event, Trade):
            queues.trades_told = True
            if queues.orders and self._is_trading(queues, event.ts_recv):
                self._see_trade(queues, event)
        elif not queues.quiet:
            super().see(queues, event)

    # ---- snapshots

    def _see_snapshot(
        self, book: QueueBook, before: Quote | Depth | None, event: Quote | Depth
    ) -> None:
        ts = event.ts_recv
        if book.places:
            since = self._whole_since(book, before, ts)
            if since != _NEVER and not book.trades_told:
                self._see_volume(book, before, event, since)
            book.look(self._share, since)
        match_snapshot(book, event, self._out)
        book.place_rest(ts)

    def _whole_since(self, book: QueueBook, before: Quote | Depth | None, ts: int) -> int:
        """Return from when on an order has seen all since the snapshot before; never over a break or a night."""
        if before is None or not self._days.same_stretch(book.instrument, before.ts_recv, ts):
            return _NEVER
        return before.ts_recv

    def _see_volume(
        self, book: QueueBook, before: Quote | Depth | None, event: Quote | Depth, since: int
    ) -> None:
        if not isinstance(before, Depth) or not isinstance(event, Depth):
            return
        lot = float(book.instrument.lot.step)
        for price, volume in traded_between(before, event, book.multiplier, book.tick, lot):
            lots = book.count(volume)
            self._trade(book, book.exact(price), lots, lots, event.ts_recv, since)

    # ---- trades

    def _see_trade(self, book: QueueBook, event: Trade) -> None:
        if not book.shown(event.price, event.size):
            return
        ts = event.ts_recv
        size = inf if event.size != event.size else book.count(event.size)
        left = size - self._meet_others(book, event)
        self._trade(book, book.exact(event.price), size, left, ts, ts)
        book.place_rest(ts)

    def _meet_others(self, book: QueueBook, event: Trade) -> float:
        """Let the orders without a place meet a trade; return the lots they took of it."""
        others = [order for order in book.orders.values() if order.order_id not in book.places]
        if not others:
            return 0.0
        before = _filled(others)
        book.placed_aside = True
        try:
            match_trade(book, event, self._out)
        finally:
            book.placed_aside = False
        return book.count(float(_filled(others) - before))

    def _trade(
        self, book: QueueBook, price: Decimal, size: float, left: float, ts: int, since: int
    ) -> None:
        """Let a trade of `size` pass the orders in their places since `since`; `left` lots of it are there to fill."""
        concerned = {
            order_id: place
            for order_id, place in book.places.items()
            if place.since <= since and (place.price == price or _beyond(place, price))
        }
        if not concerned:
            return
        passed = 0.0
        for order in book.by_priority():
            place = concerned.get(order.order_id)
            if place is None or order.order_id not in book.orders:
                continue
            if place.price == price:
                place.traded += size
                # What passed an older order of ours passed this one, too.
                used = min(left, max(place.ahead - passed, 0.0))
                passed, left = passed + used, left - used
                place.pass_by(passed)
            left -= self._fill(book, order, left, ts)
        book.refresh()

    def _fill(self, book: QueueBook, order: WorkingOrder, left: float, ts: int) -> float:
        """Fill what `left` lots allow of an order whose turn it is; return the lots."""
        price, most = order.price, None if left == inf else book.whole(left)
        if price is None or most == 0:
            return 0.0
        if order.request.reduce_only and not self._out.fit(order, ts):
            return 0.0
        quantity = order.remaining if most is None else min(order.remaining, most)
        order.maker = True
        self._out.filled(order, price, quantity, ts)
        return book.count(float(quantity))


def _filled(orders: Iterable[WorkingOrder]) -> Decimal:
    return sum((order.request.quantity - order.remaining for order in orders), Decimal(0))


def _beyond(place: Place, price: Decimal) -> bool:
    return price < place.price if place.buy else price > place.price
