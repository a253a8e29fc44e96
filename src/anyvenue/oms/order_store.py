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
    OrderQueued,
    OrderRejected,
    OrderSent,
    OrderSubmitted,
    OrderTriggered,
    OrderVanished,
)
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import DONE_STATES, Fill, Order, OrderRequest

__all__ = ["INFERRED", "OrderStore"]

INFERRED = "inferred-"
"""How the ids of fills begin that were inferred from an order's total."""

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
        self._inferred: dict[OrderId, int] = {}
        self._keep_done = keep_done

    def __deepcopy__(self, memo: dict[int, object]) -> "OrderStore":
        """Return a store of the same records, which never change."""
        copy = OrderStore(self._keep_done)
        copy._orders = dict(self._orders)
        copy._open = dict(self._open)
        copy._trades = {order_id: set(trades) for order_id, trades in self._trades.items()}
        copy._inferred = dict(self._inferred)
        return copy

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

    def knows_trade(self, order_id: OrderId, trade_id: str) -> bool:
        """Tell whether a trade of an order has been counted."""
        return trade_id in self._trades.get(order_id, ())

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

    def put_total(self, order: Order) -> None:
        """Add a record whose trades nobody told: fills up to its last change are parts of what it says is filled."""
        self.put(order)
        if order.filled and order.order_id in self._orders:
            self._inferred[order.order_id] = order.ts_updated

    def prune(self, keep: int) -> list[OrderId]:
        """Forget all but the latest `keep` done orders; return which. What is told of them later is a stranger's."""
        done = [order_id for order_id in self._orders if order_id not in self._open]
        gone = done[: max(len(done) - keep, 0)]
        for order_id in gone:
            del self._orders[order_id]
            self._trades.pop(order_id, None)
            self._inferred.pop(order_id, None)
        return gone

    def add(
        self,
        order_id: OrderId,
        request: OrderRequest,
        ts: int,
        client_ref: str = "",
        parent: OrderId = OrderId(0),
        trading_day: int = 0,
        accepted_as: str = "",
    ) -> Order:
        """Add the record of a new order, sent at `ts`, and at once accepted with that venue id if there is one."""
        order = Order(
            order_id,
            request,
            _WORKING_ORDER if accepted_as else _SENT,
            venue_order_id=accepted_as,
            client_ref=client_ref,
            parent=parent,
            trading_day=trading_day,
            ts_created=ts,
            ts_updated=ts,
            revision=1 if accepted_as else 0,
        )
        self._orders[order_id] = order
        self._open[order_id] = None
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
        return self.add(
            event.order_id,
            event.request,
            event.ts_event,
            event.client_ref,
            event.parent,
            event.trading_day,
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
        seen = self._trades.get(order.order_id)
        if seen is None:
            self._trades[order.order_id] = {fill.trade_id}
        elif fill.trade_id in seen:
            return None
        else:
            seen.add(fill.trade_id)
        if fill.trade_id.startswith(INFERRED):
            self._inferred[order.order_id] = fill.ts_event
        elif self._inferred and fill.ts_event <= self._inferred.get(order.order_id, 0):
            return None  # the total up to that moment is booked, and this is a part of it
        return _with_fill(order, fill, event.ts_event)

    def _ended(
        self, order: Order, event: OrderCancelled | OrderExpired | OrderRejected
    ) -> Order | None:
        if order.state in DONE_STATES:
            return None
        code = ""
        if type(event) is OrderCancelled:
            state = _CANCELLED
        elif type(event) is OrderRejected:
            # What was executed cannot be rejected: only the rest is gone.
            state = _CANCELLED if order.filled else _REJECTED
            code = event.venue_code or event.code
        else:
            state = _EXPIRED
        return replace(
            order,
            state=state,
            pending=_NOT_PENDING,
            reason=event.reason,
            venue_code=code,
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
            return self._modified_late(order, event)
        # What the venue changed works there; and fills that came before may already be all of it.
        changed_there = order.state in _UNSURE and order.state is not _NEW
        state = _working(order) if changed_there else order.state
        full = order.filled >= event.quantity
        return replace(
            order,
            request=replace(order.request, quantity=event.quantity, price=event.price),
            state=_FILLED if full else state,
            pending=_NOT_PENDING if full or order.pending is _MODIFY_PENDING else order.pending,
            ts_updated=event.ts_event,
            revision=order.revision + 1,
        )

    def _modified_late(self, order: Order, event: OrderModified) -> Order | None:
        """Take a later word of the venue on a done order: it was filled only as far as we knew its quantity."""
        if order.state is _REJECTED or event.ts_event <= order.ts_updated:
            return None
        state = order.state
        if order.filled >= event.quantity:
            state = _FILLED
        elif state is _FILLED:
            state = _PARTIAL
        return replace(
            order,
            request=replace(order.request, quantity=event.quantity, price=event.price),
            state=state,
            ts_updated=event.ts_event,
            revision=order.revision + 1,
        )

    def _triggered(self, order: Order, event: OrderTriggered) -> Order | None:
        if order.state in DONE_STATES or order.triggered:
            return None
        return replace(
            order, triggered=True, ts_updated=event.ts_event, revision=order.revision + 1
        )

    def _queued(self, order: Order, event: OrderQueued) -> Order | None:
        if order.state is not _SENT:
            return None
        return replace(
            order,
            state=_NEW,
            reason=event.reason,
            ts_updated=event.ts_event,
            revision=order.revision + 1,
        )

    def _sent(self, order: Order, event: OrderSent) -> Order | None:
        if order.state is not _NEW:
            return None
        return replace(
            order,
            state=_SENT,
            reason="",
            ts_updated=event.ts_event,
            revision=order.revision + 1,
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

    def _vanished(self, order: Order, event: OrderVanished) -> Order | None:
        if order.state in DONE_STATES or order.state is _UNKNOWN:
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
    OrderQueued: OrderStore._queued,
    OrderSent: OrderStore._sent,
    OrderVanished: OrderStore._vanished,
}
