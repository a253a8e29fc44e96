"""What a journal tells the gate after a restart: everything counts as it did then, and no breaker opens."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from anyvenue.model.commands import CancelOrder, ModifyOrder
from anyvenue.model.enums import Offset
from anyvenue.model.events import OrderSubmitted
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import EXTERNAL, Order, OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.risk.guards import Guards
from anyvenue.oms.risk.sight import Sight
from anyvenue.oms.risk.wish import Wish

__all__ = ["Replay", "changed_wish"]


class Replay:
    """Counts orders, changes and cancels that a node has sent before it ended."""

    def __init__(self, guards: Guards, sight: Sight) -> None:
        """Count for the rules of `guards`."""
        self._guards = guards
        self._sight = sight
        self._parts: tuple[OrderId, Decimal] = OrderId(0), Decimal(0)

    def take(self, value: object, state: AccountState) -> bool:
        """Count a record, once the books have it; return False for what was not sent by the node."""
        step = _STEPS.get(type(value))
        if step is not None:
            step(self, value, state)
        return step is not None

    def _submitted(self, event: OrderSubmitted, state: AccountState) -> None:
        if event.request.tag == EXTERNAL:
            return
        wish = Wish(event.request, state, event.ts_event)
        whole = self._whole(event)
        for rule in self._guards.of(wish)[1]:
            rule.resent(wish, whole)

    def _whole(self, event: OrderSubmitted) -> OrderRequest:
        """Return the wish of which an order was a part, as far as its parts have come."""
        parent, quantity = self._parts
        mine = event.parent or event.order_id
        quantity = event.request.quantity + (quantity if mine == parent else 0)
        self._parts = mine, quantity
        return replace(event.request, offset=Offset.AUTO, quantity=quantity)

    def _change(self, change: ModifyOrder, state: AccountState) -> None:
        order = state.orders.find(change.order_id)
        if order is None:
            return
        wish = changed_wish(change, order, state, change.ts_event, self._sight)
        self._sight.asked.add(order.order_id, wish.request.quantity)
        for rule in self._guards.of(wish)[1]:
            rule.sent(wish, 1)

    def _cancel(self, cancel: CancelOrder, state: AccountState) -> None:
        order = state.orders.find(cancel.order_id)
        if order is not None:
            for rule in self._guards.of(Wish(order.request, state, cancel.ts_event))[1]:
                rule.cancelled(cancel.ts_event)


def changed_wish(
    change: ModifyOrder, order: Order, state: AccountState, now: int, sight: Sight
) -> Wish:
    """Return what an order would be once it is changed."""
    request = replace(
        order.request,
        quantity=order.quantity if change.quantity is None else change.quantity,
        price=order.price if change.price is None else change.price,
    )
    return Wish(request, state, now, order, sight.asked.most(order))


_STEPS: dict[type, Callable[[Replay, Any, AccountState], None]] = {
    CancelOrder: Replay._cancel,
    ModifyOrder: Replay._change,
    OrderSubmitted: Replay._submitted,
}
