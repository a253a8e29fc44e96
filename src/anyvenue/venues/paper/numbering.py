"""Two numberings of orders: the node's, and the exchange's.

An order that this session has sent carries the node's id as its reference. Orders of the account's other sessions get
ids of the node's that no clock ever gives.
"""

from msgspec.structs import replace

from anyvenue.model.events import Event, OrderFilled
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import Fill, Order

__all__ = ["FOREIGN", "Numbering", "received"]

FOREIGN = 10**12
"""Added to the exchange's id of an order that another session has sent: ids made by the clock are below."""


class Numbering:
    """Knows which order is which."""

    def __init__(self, session: str) -> None:
        """Take orders of `session` for the node's own."""
        self._session = session
        self._theirs: dict[OrderId, OrderId] = {}
        self._ours: dict[OrderId, OrderId] = {}

    def learn(self, ours: OrderId, theirs: OrderId) -> None:
        """Take note of what an order of the node's is called by the exchange."""
        self._theirs[ours] = theirs
        self._ours[theirs] = ours

    def learn_reference(self, theirs: OrderId, session: str, ref: str) -> OrderId:
        """Take note of an order by its reference and return the node's id."""
        known = self._ours.get(theirs)
        if known is not None:
            return known
        own = session == self._session and ref.isascii() and ref.isdigit()
        ours = OrderId(int(ref)) if own else OrderId(FOREIGN + theirs)
        self.learn(ours, theirs)
        return ours

    def theirs(self, ours: OrderId) -> OrderId:
        """Return what the exchange calls an order, 0 while it has not said so."""
        return self._theirs.get(ours, OrderId(0))

    def ours(self, theirs: OrderId) -> OrderId:
        """Return what the node calls an order of the exchange's."""
        return self._ours.get(theirs, OrderId(FOREIGN + theirs))

    def order(self, order: Order) -> Order:
        """Return a record under the node's id."""
        return replace(order, order_id=self.ours(order.order_id))

    def fill(self, fill: Fill) -> Fill:
        """Return a fill under the node's id."""
        return replace(fill, order_id=self.ours(fill.order_id))

    def event(self, event: Event, ours: OrderId) -> Event:
        """Return an order's event under the node's id."""
        if isinstance(event, OrderFilled):
            return replace(event, order_id=ours, fill=replace(event.fill, order_id=ours))
        return replace(event, order_id=ours)


def received(event: Event, ts: int) -> Event:
    """Return an event as received at `ts` (int ns UTC)."""
    if isinstance(event, OrderFilled):
        return replace(event, ts_recv=ts, fill=replace(event.fill, ts_recv=ts))
    return replace(event, ts_recv=ts)
