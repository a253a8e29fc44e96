"""Which of our orders a venue means."""

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId, OrderId, external_order_id
from anyvenue.model.orders import Fill, Order
from anyvenue.model.protocols import Snapshot
from anyvenue.oms.account_state import AccountState

__all__ = ["Names"]

_Key = tuple[InstrumentId, Side, str]


class Names:
    """The ids that the orders and fills of a snapshot have, or will have, in the books."""

    def __init__(self, state: AccountState, snapshot: Snapshot) -> None:
        """Look every order of the snapshot up: by our id, by the venue's, by the client reference."""
        self._state = state
        self._by_venue: dict[_Key, OrderId] = {}
        self._by_ref: dict[str, OrderId] = {}
        for order in state.orders:
            if order.venue_order_id:
                self._by_venue[_key(order)] = order.order_id
            if order.client_ref:
                self._by_ref[order.client_ref] = order.order_id
        self.orders = {self._find(order): order for order in snapshot.orders}
        self._renamed = {
            order.order_id: ours for ours, order in self.orders.items() if order.order_id
        }

    def of_fill(self, fill: Fill) -> OrderId:
        """Return the id of the order that a fill belongs to."""
        if not fill.order_id:
            return external_order_id(f"trade {fill.trading_day} {fill.side} {fill.trade_id}")
        return self._renamed.get(fill.order_id, fill.order_id)

    def _find(self, order: Order) -> OrderId:
        if order.order_id and order.order_id in self._state.orders:
            return order.order_id
        known = self._by_venue.get(_key(order)) if order.venue_order_id else None
        if known is None and order.client_ref:
            known = self._by_ref.get(order.client_ref)
        return known or order.order_id or external_order_id(order.venue_order_id)


def _key(order: Order) -> _Key:
    return order.instrument, order.side, order.venue_order_id
