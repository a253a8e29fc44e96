"""Orders: take what the venue says of them, adopt those it has besides, and doubt those it does not name."""

from msgspec.structs import replace

from anyvenue.model.enums import OrderState, Pending
from anyvenue.model.events import (
    CancelRejected,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
    OrderSubmitted,
    OrderTriggered,
    OrderVanished,
)
from anyvenue.model.ids import OrderId, StrategyId
from anyvenue.model.orders import EXTERNAL, Order, OrderRequest
from anyvenue.oms.reconcile.naming import Names
from anyvenue.oms.reconcile.trial import Trial

__all__ = ["adopt_order", "begin_orders", "doubt_orders", "end_orders"]

_UNSURE = (OrderState.NEW, OrderState.SENT, OrderState.UNKNOWN)
_GONE = "the venue lists the order no more and says nothing of its end"
_LOST = "the venue does not know the order: it was lost on the way"
_STILL = "the venue has not done it"


def begin_orders(trial: Trial, names: Names) -> None:
    """Adopt unknown orders, and take the venue's word on which were accepted and on what terms."""
    for order_id, theirs in names.orders.items():
        if order_id not in trial.state.orders:
            if theirs.done and not theirs.filled:
                continue  # it came and went, and nothing came of it
            adopt_order(trial, order_id, theirs.request, theirs)
        if theirs.state is not OrderState.REJECTED and theirs.state not in _UNSURE:
            _take_terms(trial, order_id, theirs)


def adopt_order(
    trial: Trial, order_id: OrderId, request: OrderRequest, theirs: Order | None = None
) -> None:
    """Take an order that nobody placed here into the books as an external one."""
    ours = replace(request, strategy=StrategyId(""), tag=EXTERNAL)
    created, day, ref = trial.ts, 0, ""
    if theirs is not None:
        created, day, ref = theirs.ts_created or trial.ts, theirs.trading_day, theirs.client_ref
    account = trial.state.account
    trial.tell(OrderSubmitted(account, order_id, ours, created, trial.now, OrderId(0), ref, day))
    trial.note(
        "adopted",
        "order {order_id} ({side} {quantity} of {instrument}) was placed by somebody else; it is adopted as external",
        order_id=order_id,
        side=ours.side,
        quantity=ours.quantity,
        instrument=ours.instrument,
    )


def _take_terms(trial: Trial, order_id: OrderId, theirs: Order) -> None:
    account, ts, now = trial.state.account, trial.ts, trial.now
    ours, quantity, price = trial.order(order_id), theirs.quantity, theirs.price
    changed = OrderModified(account, order_id, ts, now, quantity, price)
    # First: an order that was filled as far as we knew its quantity begins to work again.
    if (ours.quantity, ours.price) != (quantity, price) and trial.tell(changed):
        trial.note(
            "modified",
            "order {order_id} is {quantity} at {price} at the venue",
            order_id=order_id,
            quantity=quantity,
            price=price,
        )
    trial.tell(OrderAccepted(account, order_id, ts, now, theirs.venue_order_id))


def end_orders(trial: Trial, names: Names, complete: bool) -> None:
    """Take the venue's word on triggers and ends; fills are booked already."""
    for order_id, theirs in names.orders.items():
        ours = trial.state.orders.find(order_id)
        if ours is None or ours.done:
            continue
        if theirs.triggered:
            trial.tell(OrderTriggered(ours.account, order_id, trial.ts, trial.now))
        if theirs.done:
            _end(trial, ours, theirs)
        elif complete:
            _refuse_change(trial, ours)


def _end(trial: Trial, ours: Order, theirs: Order) -> None:
    account, order_id, now = ours.account, ours.order_id, trial.now
    ts, why = theirs.ts_updated or trial.ts, theirs.reason
    if theirs.state is OrderState.REJECTED:
        code = theirs.venue_code
        trial.tell(OrderRejected(account, order_id, ts, now, why, code, code))
    elif theirs.state is OrderState.EXPIRED:
        trial.tell(OrderExpired(account, order_id, ts, now, why))
    elif theirs.state is OrderState.CANCELLED:
        trial.tell(OrderCancelled(account, order_id, ts, now, why))
    else:
        _vanish(trial, ours)  # "filled", but its fills do not make it so
        return
    trial.note(
        "ended",
        "order {order_id} was {state} while nobody was told",
        order_id=order_id,
        state=theirs.state,
    )


def _refuse_change(trial: Trial, ours: Order) -> None:
    """Give up a cancel or a change that never arrived, so that it can be asked for again."""
    if ours.pending is Pending.NONE:
        return
    kind = CancelRejected if ours.pending is Pending.CANCEL else ModifyRejected
    order_id = ours.order_id
    trial.tell(kind(ours.account, order_id, trial.ts, trial.now, _STILL, "order.lost"))
    trial.note(
        "request_lost",
        "the {request} of order {order_id} did not reach the venue",
        order_id=order_id,
        request=ours.pending,
    )


def doubt_orders(trial: Trial, names: Names, complete: bool, in_flight_ns: int) -> None:
    """Decide on working orders that the venue does not name.

    Nothing is taken for filled or cancelled. What was never acknowledged and is not in a complete snapshot never
    arrived; all else is UNKNOWN, to be asked about.
    """
    until = trial.ts - in_flight_ns
    for order in trial.state.orders.open_orders():
        if order.order_id in names.orders or order.ts_created >= until:
            continue
        if order.state is OrderState.NEW:
            continue  # it waits in the node: the venue cannot know it
        fresh = order.state in _UNSURE and not order.venue_order_id and not order.filled
        if fresh and complete:
            _reject(trial, order)
        elif fresh:
            lost = OrderOutcomeLost(order.account, order.order_id, trial.ts, trial.now, _GONE)
            trial.tell(lost)
            _doubt(trial, order)
        else:
            _vanish(trial, order)


def _reject(trial: Trial, order: Order) -> None:
    account, order_id = order.account, order.order_id
    trial.tell(OrderRejected(account, order_id, trial.ts, trial.now, _LOST, "order.lost"))
    trial.note("lost", "order {order_id} never reached the venue", order_id=order_id)


def _vanish(trial: Trial, order: Order) -> None:
    trial.tell(OrderVanished(order.account, order.order_id, trial.ts, trial.now, _GONE))
    _doubt(trial, order)


def _doubt(trial: Trial, order: Order) -> None:
    trial.ask(order.order_id)
    trial.note(
        "unknown",
        "nobody can say what became of order {order_id}; the venue is to be asked",
        order_id=order.order_id,
    )
