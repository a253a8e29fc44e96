"""The working orders of one instrument, each with its place in the queue of its price."""

from collections.abc import Iterator
from decimal import Decimal

from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Quote
from anyvenue.model.orders import OrderRequest
from anyvenue.sim.book import InstrumentBook, WorkingOrder
from anyvenue.sim.queue_models import Place, Share

__all__ = ["QueueBook"]


class QueueBook(InstrumentBook):
    """Working orders, the latest snapshot, and `places` of the limit orders that rest.

    `trades_told` is true once the feed has shown a public trade: then volumes of snapshots say nothing new. While
    `placed_aside`, orders with a place are left out of `by_priority`.
    """

    __slots__ = (
        "_halted",
        "_ladders",
        "_lot",
        "multiplier",
        "placed_aside",
        "places",
        "snapshot",
        "tick",
        "trades_told",
    )

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self.places: dict[OrderId, Place] = {}
        self.trades_told = False
        self.placed_aside = False
        self._lot = float(instrument.lot.step)
        self.tick = float(instrument.price_step.step_at(Decimal("1e-30")))
        self.multiplier = float(instrument.multiplier)

    @property
    def idle(self) -> bool:
        """Return False: what the next order will stand behind must be known before it comes."""
        return False

    @property
    def halted(self) -> bool:
        """Whether the instrument is halted; what stood before that changed, and what traded across it, says nothing."""
        return self._halted

    @halted.setter
    def halted(self, halted: bool) -> None:
        self._halted = halted
        self.snapshot: Quote | Depth | None = None
        self._ladders: dict[bool, dict[Decimal, float]] = {}

    @property
    def quiet(self) -> bool:
        """True when no order works and nothing displayed was taken."""
        return not self.orders and not self._taken

    def by_priority(self) -> list[WorkingOrder]:
        """Return the orders, best price first, then oldest first."""
        ordered = super().by_priority()
        if self.placed_aside:
            return [order for order in ordered if order.order_id not in self.places]
        return ordered

    def change(
        self, working: WorkingOrder, request: OrderRequest, arrived: int, number: int
    ) -> WorkingOrder:
        """Put the changed order in: one that only became smaller keeps its place, another goes to the end."""
        place = self.places.pop(working.order_id, None)
        changed = super().change(working, request, arrived, number)
        if place is not None and not changed.fresh:
            if request.quantity <= working.request.quantity:
                self.places[working.order_id] = place
                changed.number = working.number
            else:
                self.place(changed, arrived)
        return changed

    def remove(self, order_id: OrderId) -> WorkingOrder | None:
        """Take an order out; None when it is not here."""
        self.places.pop(order_id, None)
        return super().remove(order_id)

    # ---- places

    def show(self, event: Quote | Depth) -> Quote | Depth | None:
        """Take a snapshot and return the one before."""
        before, self.snapshot = self.snapshot, event
        self._ladders.clear()
        return before

    def place(self, order: WorkingOrder, since: int) -> None:
        """Let an order stand behind all that is displayed at its price; nothing before the first snapshot."""
        if order.price is not None and self.snapshot is not None:
            size, visible = self.displayed(order.buy, order.price)
            self.places[order.order_id] = Place(
                order.buy, order.price, size, size if visible else None, since
            )

    def place_rest(self, since: int) -> None:
        """Give a place to every order that rests without one."""
        if len(self.places) == len(self.orders):
            return
        for order in self.orders.values():
            rests = not (order.fresh or order.waiting or order.immediate)
            if rests and order.order_id not in self.places:
                self.place(order, since)

    def look(self, share: Share, since: int) -> None:
        """Compare all places with the latest snapshot; cancellations count for those that are as old as `since`."""
        for place in self.places.values():
            size, visible = self.displayed(place.buy, place.price)
            counts = share if place.since <= since else None
            place.look(size if visible else None, counts)

    def displayed(self, buy: bool, price: Decimal) -> tuple[float, bool]:
        """Return the lots displayed at an order's price on its own side, and whether that can be seen.

        Beyond the last displayed level it cannot, and the size of that level stands in. A side that is empty or has
        no sizes shows nothing, and nothing stands in.
        """
        ladder = self._ladders.get(buy)
        if ladder is None:
            ladder = {
                self.exact(level): self.count(size)
                for level, size in self._levels(buy)
                if size == size
            }
            self._ladders[buy] = ladder
        if price in ladder:
            return ladder[price], True
        if not ladder:
            return 0.0, False
        last = next(reversed(ladder))
        beyond = price < last if buy else price > last
        return (ladder[last], False) if beyond else (0.0, True)

    def crossed(self, order: WorkingOrder) -> bool:
        """Tell whether the latest snapshot shows something that a limit order accepts."""
        return any(order.accepts(price) for price, _ in self._levels(not order.buy))

    def _levels(self, bids: bool) -> Iterator[tuple[float, float]]:
        event = self.snapshot
        if event is None:
            return
        if isinstance(event, Quote):
            best = (event.bid, event.bid_size) if bids else (event.ask, event.ask_size)
            ladder = [best]
        else:
            prices = event.bid_prices if bids else event.ask_prices
            ladder = list(zip(prices, event.bid_sizes if bids else event.ask_sizes, strict=True))
        for price, size in ladder:
            if self.shown(price, size):
                yield price, size

    # ---- lots

    def count(self, size: float) -> float:
        """Return a feed's size in lots, without the noise of small steps."""
        return round(size / self._lot, 6)

    def whole(self, lots: float) -> Decimal:
        """Return the quantity of the whole lots in `lots`."""
        return int(lots + 1e-6) * self.instrument.lot.step
