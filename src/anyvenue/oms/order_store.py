"""The order state machine: events in any order, any number of times, give one truth.

A fill is never refused and the filled quantity only grows; a trade id counts once; a report that comes late never
takes a state back.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from anyvenue.model.enums import OrderState, Pending
from anyvenue.model.errors import UnknownOrder
from anyvenue.model.events import (
    CancelRejected,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
    OrderSubmitted,
    OrderTriggered,
)
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import DONE_STATES, Fill, Order

__all__ = ["OrderStore"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_CANCELLED = OrderState.CANCELLED
_CANCEL_PENDING = Pending.CANCEL
_EXPIRED = OrderState.EXPIRED
_FILLED = OrderState.FILLED
_MODIFY_PENDING = Pending.MODIFY
_NEW = OrderState.NEW
_NOT_PENDING = Pending.NONE
_PARTIAL = OrderState.PARTIAL
_REJECTED = OrderState.REJECTED
_SENT = OrderState.SENT
_UNKNOWN = OrderState.UNKNOWN
_WORKING_ORDER = OrderState.OPEN

_ZERO = Decimal(0)
_UNSURE = (OrderState.NEW, OrderState.SENT, OrderState.UNKNOWN)


class OrderStore:
    """Latest record of every order of one account, and which of them may still change."""

    def __init__(self, keep_done: bool = True) -> None:
        """Forget orders once they are done when `keep_done` is false (an exchange's own memory)."""
        self._orders: dict[OrderId, Order] = {}
        self._open: dict[OrderId, None] = {}
        self._trades: dict[OrderId, set[str]] = {}
        self._keep_done = keep_done

    def __len__(self) -> int:
        return len(self._orders)

    def __iter__(self) -> Iterator[Order]:
        return iter(self._orders.values())

    def __contains__(self, order_id: object) -> bool:
        return order_id in self._orders

    def get(self, order_id: OrderId) -> Order:
        """Return the latest record; raise UnknownOrder."""
        order = self._orders.get(order_id)
        if order is None:
            raise UnknownOrder(f"there is no order {order_id}", order_id=order_id)
        return order

    def find(self, order_id: OrderId) -> Order | None:
        """Return the latest record or None."""
        return self._orders.get(order_id)

    def open_orders(self) -> list[Order]:
        """Return the orders that may still change, oldest first. UNKNOWN ones are among them."""
        return [self._orders[order_id] for order_id in self._open]

    def put(self, order: Order) -> Order:
        """Add or overwrite a record."""
        order_id = order.order_id
        if order.state in DONE_STATES:
            self._open.pop(order_id, None)
            if not self._keep_done:
                self._orders.pop(order_id, None)
                self._trades.pop(order_id, None)
                return order
        else:
            self._open[order_id] = None
        self._orders[order_id] = order
        return order

    def apply(self, event: OrderEvent) -> Order | None:
        """Apply one event; return the new record, or None when nothing changed.

        Raise UnknownOrder for an order that no OrderSubmitted announced.
        """
        if type(event) is OrderSubmitted:
            return self._submitted(event)
        order = self._orders.get(event.order_id)
        if order is None:
            if not self._keep_done:
                return None
            raise UnknownOrder(f"there is no order {event.order_id}", order_id=event.order_id)
        changed = _STEPS[type(event)](self, order, event)
        return None if changed is None else self.put(changed)

    def _submitted(self, event: OrderSubmitted) -> Order | None:
        known = self._orders.get(event.order_id)
        if known is not None:
            if known.state is not _NEW:
                return None
            return self.put(
                replace(
                    known,
                    state=_SENT,
                    ts_updated=event.ts_event,
                    revision=known.revision + 1,
                )
            )
        return self.put(
            Order(
                event.order_id,
                event.request,
                _SENT,
                client_ref=event.client_ref,
                parent=event.parent,
                trading_day=event.trading_day,
                ts_created=event.ts_event,
                ts_updated=event.ts_event,
            )
        )

    def _accepted(self, order: Order, event: OrderAccepted) -> Order | None:
        state = order.state
        if state in _UNSURE:
            state = _working(order)
        elif state is _REJECTED or order.venue_order_id or not event.venue_order_id:
            return None
        return replace(
            order,
            state=state,
            venue_order_id=event.venue_order_id or order.venue_order_id,
            ts_updated=event.ts_event,
            revision=order.revision + 1,
        )

    def _filled(self, order: Order, event: OrderFilled) -> Order | None:
        fill = event.fill
        seen = self._trades.setdefault(order.order_id, set())
        if fill.trade_id in seen:
            return None
        seen.add(fill.trade_id)
        return _with_fill(order, fill, event.ts_event)

    def _ended(
        self, order: Order, event: OrderCancelled | OrderExpired | OrderRejected
    ) -> Order | None:
        if order.state in DONE_STATES:
            return None
        if type(event) is OrderCancelled:
            state = _CANCELLED
        elif type(event) is OrderExpired:
            state = _EXPIRED
        else:
            # What was executed cannot be rejected: only the rest is gone.
            state = _CANCELLED if order.filled else _REJECTED
        return replace(
            order,
            state=state,
            pending=_NOT_PENDING,
            reason=event.reason,
            venue_code=getattr(event, "venue_code", "") or getattr(event, "code", ""),
            ts_updated=event.ts_event,
            revision=order.revision + 1,
        )

    def _refused_change(self, order: Order, event: CancelRejected | ModifyRejected) -> Order | None:
        refused = _CANCEL_PENDING if type(event) is CancelRejected else _MODIFY_PENDING
        if order.state in DONE_STATES or order.pending is not refused:
            return None
        return replace(
            order,
            pending=_NOT_PENDING,
            reason=event.reason,
            ts_updated=event.ts_event,
            revision=order.revision + 1,
        )

    def _modified(self, order: Order, event: OrderModified) -> Order | None:
        if order.state in DONE_STATES:
            return None
        # What the venue changed works there; and fills that came before may already be all of it.
        state = _working(order) if order.state in _UNSURE else order.state
        full = order.filled >= event.quantity
        return replace(
            order,
            request=replace(order.request, quantity=event.quantity, price=event.price),
            state=_FILLED if full else state,
            pending=_NOT_PENDING if full or order.pending is _MODIFY_PENDING else order.pending,
            ts_updated=event.ts_event,
            revision=order.revision + 1,
        )

    def _triggered(self, order: Order, event: OrderTriggered) -> Order | None:
        if order.state in DONE_STATES or order.triggered:
            return None
        return replace(
            order, triggered=True, ts_updated=event.ts_event, revision=order.revision + 1
        )

    def _lost(self, order: Order, event: OrderOutcomeLost) -> Order | None:
        if order.state not in (_NEW, _SENT):
            return None
        return replace(
            order,
            state=_UNKNOWN,
            reason=event.reason,
            ts_updated=event.ts_event,
            revision=order.revision + 1,
        )


def _working(order: Order) -> OrderState:
    return _PARTIAL if order.filled else _WORKING_ORDER


def _with_fill(order: Order, fill: Fill, ts: int) -> Order:
    filled = order.filled + fill.quantity
    state = order.state
    if filled >= order.request.quantity:
        state = _FILLED
    elif state not in (_CANCELLED, _EXPIRED):
        # A fill after REJECTED proves that the order was not rejected after all.
        state = _PARTIAL
    return replace(
        order,
        state=state,
        pending=_NOT_PENDING if state is _FILLED else order.pending,
        filled=filled,
        filled_value=order.filled_value + fill.price * fill.quantity,
        fees=order.fees + fill.fee,
        ts_updated=ts,
        revision=order.revision + 1,
    )


_STEPS: dict[type, Callable[[OrderStore, Order, Any], Order | None]] = {
    OrderAccepted: OrderStore._accepted,
    OrderTriggered: OrderStore._triggered,
    OrderFilled: OrderStore._filled,
    OrderCancelled: OrderStore._ended,
    OrderExpired: OrderStore._ended,
    OrderRejected: OrderStore._ended,
    OrderModified: OrderStore._modified,
    CancelRejected: OrderStore._refused_change,
    ModifyRejected: OrderStore._refused_change,
    OrderOutcomeLost: OrderStore._lost,
}
