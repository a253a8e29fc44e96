"""What drivers of venues' own wires are asked to do alike, at a `Desk`."""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.enums import OrderType, Side
from anyvenue.model.errors import DuplicateClientRef
from anyvenue.model.events import OrderAccepted, OrderCancelled, OrderRejected
from anyvenue.model.market import FundingRate
from anyvenue.venues.tracking.driver import AccountDriver
from driver_desk import ACCOUNT, Desk
from wire_served import MAKER

__all__ = [
    "answers_a_batch_one_by_one",
    "knows_its_predecessors_orders",
    "tells_the_mark_with_the_funding_rate",
]


async def answers_a_batch_one_by_one(at: Desk, prices: tuple[str, str], odd_price: str) -> None:
    """Send two good orders, one that is off the tick, and that once more."""
    good = [at.order(Side.BUY, "0.5", price) for price in prices]
    odd = at.order(Side.BUY, "0.5", odd_price)
    refused = at.driver.submit_many([*good, odd, odd])
    assert isinstance(refused[odd.order_id], DuplicateClientRef)
    await at.until(lambda: len(at.of(OrderAccepted)) == 2)
    await at.until(lambda: at.of(OrderRejected, odd.order_id))
    assert {each.order_id for each in at.of(OrderAccepted)} == {each.order_id for each in good}


async def knows_its_predecessors_orders(
    at: Desk, make: Callable[[], AccountDriver], price: str, stop_price: str
) -> None:
    """Leave a limit order, better than the book, and a stop; fill some while nobody looks, and open another driver."""
    resting = at.submit(Side.BUY, "0.5", price)
    stop = at.submit(Side.BUY, "0.5", type=OrderType.STOP, stop_price=Decimal(stop_price))
    await at.until(lambda: len(at.of(OrderAccepted)) == 2)
    await at.driver.close()
    at.booth.order(at.name, Side.SELL, price, "0.2", MAKER)
    at.driver = make()
    at.events.clear()
    await at.driver.open(at)
    snapshot = await at.driver.snapshot(ACCOUNT, (0, 0))
    found = {each.order_id: each for each in snapshot.orders}
    assert set(found) == {resting, stop}
    assert found[resting].filled == Decimal("0.2")
    assert all(each.request.tag == "" for each in snapshot.orders)
    for each in found:
        at.cancel(each)
    await at.until(lambda: len(at.of(OrderCancelled)) == 2)


async def tells_the_mark_with_the_funding_rate(at: Desk) -> None:
    """Ask for the funding of a perpetual whose last trade is also its mark."""
    due = at.now() // 3_600_000_000_000 * 3_600_000_000_000 + 3_600_000_000_000
    rate = Decimal("0.0002")
    at.driver.subscribe(at.name, "funding")
    at.booth.post(FundingRate(at.name, at.now(), at.now(), rate, 3_600_000_000_000, due))
    await at.until(lambda: any(each.mark for each in at.of(FundingRate)))
    told = next(each for each in at.of(FundingRate) if each.mark)
    assert told.instrument == at.name
    assert told.ts_event <= at.now()
    assert told.mark > 0
