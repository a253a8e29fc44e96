"""Cases 20-39: the life of an order."""

from contextlib import suppress

from anyvenue.model.commands import SubmitOrder
from anyvenue.model.enums import Offset, OrderState, Side
from anyvenue.model.errors import OrderError
from anyvenue.model.events import (
    CancelRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderModified,
    OrderRejected,
)
from anyvenue.testing.conformance.registry import case
from anyvenue.testing.conformance.rig import Rig

__all__: list[str] = []


@case(20, "accepts an order and cancels it")
async def _life(rig: Rig) -> None:
    order_id = await rig.working()
    assert rig.order(order_id).state is OrderState.OPEN
    rig.cancel(order_id)
    await rig.until(lambda: rig.order(order_id).done, "the cancel")
    assert rig.order(order_id).state is OrderState.CANCELLED
    await rig.settle()
    assert len(rig.of(OrderCancelled, order_id)) == 1


@case(21, "reports a fill with all that books need", venue=("fill",))
async def _fill(rig: Rig) -> None:
    order_id = await rig.working()
    wanted = rig.order(order_id)
    await rig.harness.fill(order_id, wanted.quantity)
    await rig.until(lambda: rig.order(order_id).done, "the fill")
    assert rig.order(order_id).state is OrderState.FILLED
    (event,) = rig.of(OrderFilled, order_id)
    assert isinstance(event, OrderFilled)
    fill = event.fill
    assert (fill.account, fill.instrument, fill.side) == (
        wanted.account,
        wanted.instrument,
        Side.BUY,
    )
    assert fill.offset is not Offset.AUTO
    assert fill.trade_id
    assert fill.fee_currency
    assert fill.price <= rig.harness.resting_price


@case(22, "reports partial fills one by one and cancels the rest", venue=("fill",))
async def _partial(rig: Rig) -> None:
    order_id = await rig.working(5)
    lot = rig.order(order_id).quantity / 5
    for count in (1, 2):
        await rig.harness.fill(order_id, lot)
        await rig.until(lambda: rig.order(order_id).filled == lot * count, f"fill {count}")  # noqa: B023
        assert rig.order(order_id).state is OrderState.PARTIAL
    rig.cancel(order_id)
    await rig.until(lambda: rig.order(order_id).done, "the cancel")
    order = rig.order(order_id)
    assert (order.state, order.filled) == (OrderState.CANCELLED, lot * 2)
    ids = [each.fill.trade_id for each in rig.events if isinstance(each, OrderFilled)]
    assert len(set(ids)) == len(ids) == 2


@case(23, "tells a refusal with a reason")
async def _refusal(rig: Rig) -> None:
    unit = rig.harness.instrument
    price = rig.harness.resting_price
    between = price + unit.price_step.step_at(price) / 2
    try:
        order_id = rig.submit(rig.request(price=between))
    except OrderError:
        return  # the driver's own check came first: nothing was sent
    await rig.until(lambda: rig.order(order_id).done, "the refusal")
    order = rig.order(order_id)
    assert order.state is OrderState.REJECTED
    assert order.reason, "a refusal says why"


@case(24, "changes quantity and price", driver=("modify",))
async def _modify(rig: Rig) -> None:
    order_id = await rig.working()
    unit, order = rig.harness.instrument, rig.order(order_id)
    assert order.price is not None
    quantity, price = order.quantity * 2, order.price - unit.price_step.step_at(order.price)
    rig.modify(order_id, quantity, price)
    await rig.until(lambda: rig.of(OrderModified, order_id), "the change")
    changed = rig.order(order_id)
    assert (changed.quantity, changed.price) == (quantity, price)
    assert not changed.done


@case(25, "refuses to cancel what does not exist")
async def _cancel_nothing(rig: Rig) -> None:
    nothing = rig.next_id()
    try:
        rig.cancel(nothing)
    except OrderError:
        return
    await rig.until(lambda: rig.of(CancelRejected, nothing), "the refusal of the cancel")


@case(26, "ends a race of cancel and fill in one definite state", venue=("fill",))
async def _race(rig: Rig) -> None:
    order_id = await rig.working()
    await rig.harness.fill(order_id, rig.order(order_id).quantity)
    rig.cancel(order_id)
    await rig.until(lambda: rig.order(order_id).done, "the end of the order")
    await rig.settle()
    assert rig.order(order_id).state is OrderState.FILLED
    assert rig.of(OrderCancelled, order_id) == []


@case(27, "makes one order of one that is sent twice", driver=("client_ids",))
async def _twice(rig: Rig) -> None:
    order_id = await rig.working()
    request = rig.order(order_id).request
    again = SubmitOrder(order_id, request, rig.harness.now(), str(order_id))
    with suppress(OrderError):
        rig.driver.submit(again)
    await rig.settle()
    await rig.reconcile()
    snapshot = await rig.snapshot()
    assert len([each for each in snapshot.orders if not each.done]) == 1
    assert not rig.order(order_id).done, "the second must not end the first"


@case(28, "says once what happens once in a burst of orders")
async def _burst(rig: Rig) -> None:
    ids = [rig.submit(rig.request()) for _ in range(40)]
    await rig.until(
        lambda: all(rig.order(each).venue_order_id for each in ids), "forty acceptances"
    )
    for order_id in ids:
        rig.cancel(order_id)
    await rig.until(lambda: all(rig.order(each).done for each in ids), "forty cancels")
    await rig.settle()
    for kind in (OrderAccepted, OrderCancelled):
        assert sorted(getattr(each, "order_id", 0) for each in rig.of(kind)) == ids
    assert len({rig.order(each).venue_order_id for each in ids}) == len(ids)
    assert rig.of(OrderRejected) == []


@case(29, "tells that the venue ended an order by itself", venue=("end",))
async def _ended(rig: Rig) -> None:
    order_id = await rig.working()
    await rig.harness.end(order_id)
    await rig.until(lambda: rig.order(order_id).done, "the end")
    assert rig.order(order_id).state in (OrderState.CANCELLED, OrderState.EXPIRED)
