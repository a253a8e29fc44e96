"""Orders at Backpack and their changes, which are a cancel and a new order: never two of one, whatever is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from anyvenue.model.enums import OrderType, Side
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.events import (
    CancelRejected,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
)
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import Order
from anyvenue.venues.backpack.config import BackpackConfig
from anyvenue.venues.backpack.driver import BackpackDriver
from anyvenue.venues.transport.http import HttpReply
from backpack_served import ALICE, KEY, MAKER, SPOT, Booth, booth
from driver_desk import ACCOUNT, Desk
from tampered_http import Go, Hanging, Step, TamperedHttp, lost

pytestmark = pytest.mark.long

SOON_MS = 1500
DELETE, POST = ("DELETE", "/api/v1/order"), ("POST", "/api/v1/order")


class Bench(Desk):
    """A desk whose requests can be tampered with."""

    def __init__(self, exchange: Booth, window_ms: int) -> None:
        self.http = TamperedHttp()
        self.window_ms = window_ms
        super().__init__(exchange, self.make(exchange), SPOT)

    def make(self, exchange: Booth) -> BackpackDriver:
        """Return a driver."""
        root = f"127.0.0.1:{exchange.port}"
        config = BackpackConfig(
            api_key=KEY.api_key,
            secret=KEY.secret,
            rest_url=f"http://{root}",
            stream_url=f"ws://{root}",
            receive_window_ms=self.window_ms,
        )
        return BackpackDriver(config, account=ACCOUNT, http=self.http)

    def at_venue(self) -> list[Order]:
        """Return the orders that work at the venue."""
        return [each for each in self.booth.exchange.orders(ALICE) if not each.done]

    async def resting(self, quantity: str = "1", price: str = "90") -> OrderId:
        """Have an order in the book."""
        order_id = self.submit(Side.BUY, quantity, price)
        await self.until(lambda: self.of(OrderAccepted, order_id))
        return order_id

    async def again(self) -> dict[OrderId, Order]:
        """Let another driver follow this one, and return the orders it knows of."""
        await self.driver.close()
        self.events.clear()
        self.driver = self.make(self.booth)  # type: ignore[arg-type]
        await self.driver.open(self)
        snapshot = await self.driver.snapshot(ACCOUNT, (0, 0))
        return {each.order_id: each for each in snapshot.orders if not each.done}


@asynccontextmanager
async def bench(window_ms: int = 10_000) -> AsyncIterator[Bench]:
    """Trade with a market around 100; requests are taken for so long."""
    async with booth() as exchange:
        exchange.make_market(SPOT, 100)
        found = Bench(exchange, window_ms)
        await found.driver.open(found)
        try:
            yield found
        finally:
            await found.driver.close()


async def _losing(go: Go) -> HttpReply:
    await go()
    raise lost()


async def _swallowing(_: Go) -> HttpReply:
    raise lost()


async def _busy(_: Go) -> HttpReply:
    return HttpReply(503, b'{"code":"MAINTENANCE","message":"under maintenance"}')


async def _late(_: Go) -> HttpReply:
    return HttpReply(400, b'{"code":"INVALID_CLIENT_REQUEST","message":"Request has expired"}')


async def _timing_out(go: Go) -> HttpReply:
    await go()
    return HttpReply(504, b'{"code":"TIMEOUT","message":"Timed out"}')


async def _queueing(go: Go) -> HttpReply:
    await go()
    return HttpReply(202, b"")


# ---- placing


@pytest.mark.parametrize("trouble", [_losing, _timing_out, _queueing])
@pytest.mark.parametrize("price", ["90", "106"])
def test_an_order_whose_answer_is_lost_is_found(trouble: Step, price: str) -> None:
    async def step() -> None:
        async with bench() as at:
            at.http.next[POST] = trouble
            order_id = at.submit(Side.BUY, "0.5", price)
            await at.until(lambda: at.of(OrderAccepted, order_id))
            if price == "90":
                at.cancel(order_id)
                await at.until(lambda: at.of(OrderCancelled, order_id))
            await at.until(lambda: not at.driver._reports.records.working())
            assert len(at.of(OrderFilled)) == (price == "106")
            assert len(at.booth.exchange.orders(ALICE)) == 1

    asyncio.run(step())


def test_an_order_that_never_arrives_is_refused_when_its_time_is_over() -> None:
    async def step() -> None:
        async with bench(SOON_MS) as at:
            at.http.next[POST] = _swallowing
            order_id = at.submit(Side.BUY, "0.5", "90")
            await at.until(lambda: at.of(OrderOutcomeLost, order_id))
            await at.until(lambda: at.of(OrderRejected, order_id))
            assert at.of(OrderRejected, order_id)[0].code == "order.not_received"
            assert at.booth.exchange.orders(ALICE) == []

    asyncio.run(step())


def test_an_order_that_was_too_late_is_sent_again_once() -> None:
    async def step() -> None:
        async with bench() as at:
            at.http.next[POST] = _late
            order_id = at.submit(Side.BUY, "0.5", "90")
            await at.until(lambda: at.of(OrderAccepted, order_id))
            assert len(at.booth.exchange.orders(ALICE)) == 1

    asyncio.run(step())


@pytest.mark.parametrize("done", [True, False])
def test_an_order_under_way_when_the_driver_is_closed_is_known_afterwards(done: bool) -> None:
    async def step() -> None:
        async with bench(SOON_MS) as at:
            at.http.next[POST] = hanging = Hanging(done=done)
            order_id = at.submit(Side.BUY, "0.5", "90")
            await hanging.reached.wait()
            first = at.driver
            await first.close()
            await first.open(at)
            kind = OrderAccepted if done else OrderRejected
            await at.until(lambda: at.of(kind, order_id))
            assert set(await at.again()) == ({order_id} if done else set())

    asyncio.run(step())


# ---- changing


def test_quantity_and_price_change_again_and_again() -> None:
    async def step() -> None:
        async with bench() as at:
            order_id = await at.resting()
            for number, (quantity, price) in enumerate((("2", "91"), ("0.5", "99")), 1):
                at.modify(order_id, quantity, price)
                with pytest.raises(InvalidOrder, match="being changed"):
                    at.modify(order_id, "3")
                while len(at.of(OrderModified, order_id)) < number:
                    assert len(at.at_venue()) <= 1
                    await asyncio.sleep(0)
                (there,) = at.at_venue()
                assert (there.quantity, there.price) == (Decimal(quantity), Decimal(price))
            assert at.of(OrderCancelled) == []
            assert set(await at.again()) == {order_id}
            at.modify(order_id, "0.7", "99")
            await at.until(lambda: at.of(OrderModified, order_id))
            assert set(await at.again()) == {order_id}
            at.booth.order(SPOT, Side.SELL, 99, "0.7", MAKER)
            await at.until(lambda: at.of(OrderFilled, order_id))
            assert not at.driver._reports.records.working()

    asyncio.run(step())


def test_what_is_filled_on_the_way_is_not_ordered_again() -> None:
    async def step() -> None:
        async with bench() as at:
            order_id = await at.resting("1", "99")

            async def filling(go: Go) -> HttpReply:
                at.booth.order(SPOT, Side.SELL, 99, "0.3", MAKER)
                await at.until(lambda: at.at_venue()[0].filled)
                return await go()

            at.http.next[DELETE] = filling
            at.modify(order_id, "2", "98")
            await at.until(lambda: at.of(OrderModified, order_id))
            (there,) = at.at_venue()
            assert there.quantity == Decimal("1.7")
            assert at.of(OrderModified, order_id)[0].quantity == 2
            known = (await at.again())[order_id]
            assert (known.quantity, known.filled, known.price) == (2, Decimal("0.3"), 98)
            at.cancel(order_id)
            await at.until(lambda: at.of(OrderCancelled, order_id))

    asyncio.run(step())


def test_an_order_that_is_filled_meanwhile_is_not_changed() -> None:
    async def step() -> None:
        async with bench() as at:
            order_id = await at.resting("1", "99")

            async def filling(go: Go) -> HttpReply:
                at.booth.order(SPOT, Side.SELL, 99, "1", MAKER)
                await at.until(lambda: not at.at_venue())
                return await go()

            at.http.next[DELETE] = filling
            at.modify(order_id, "2", "98")
            await at.until(lambda: at.of(ModifyRejected, order_id) and at.of(OrderFilled, order_id))
            await at.until(lambda: not at.driver._reports.records.working())
            assert at.at_venue() == []

    asyncio.run(step())


def test_where_the_cancel_is_not_answered_nothing_is_placed() -> None:
    async def step() -> None:
        async with bench() as at:
            order_id = await at.resting()
            at.http.next[DELETE] = _losing
            at.modify(order_id, "2", "91")
            await at.until(lambda: at.of(OrderCancelled, order_id))
            other = await at.resting()
            at.http.next[DELETE] = _swallowing
            at.modify(other, "2", "91")
            await at.until(lambda: at.of(ModifyRejected, other))
            (there,) = at.at_venue()
            assert (there.quantity, there.price) == (1, 90)

    asyncio.run(step())


def test_a_new_order_whose_answer_is_lost_is_found_by_its_name() -> None:
    async def step() -> None:
        async with bench() as at:
            order_id = await at.resting()
            at.http.next[POST] = _losing
            at.modify(order_id, "2", "91")
            await at.until(lambda: at.of(OrderModified, order_id))
            assert at.of(OrderModified, order_id)[0].quantity == 2
            assert len(at.at_venue()) == 1
            at.cancel(order_id)
            await at.until(lambda: at.of(OrderCancelled, order_id))
            assert at.at_venue() == []

    asyncio.run(step())


def test_a_new_order_that_never_arrives_leaves_a_cancelled_one() -> None:
    async def step() -> None:
        async with bench(SOON_MS) as at:
            order_id = await at.resting()
            at.http.next[POST] = _swallowing
            at.modify(order_id, "2", "91")
            await at.until(lambda: at.of(OrderCancelled, order_id))
            assert at.at_venue() == []
            assert len(at.booth.exchange.orders(ALICE)) == 1

    asyncio.run(step())


def test_a_new_order_that_is_refused_leaves_a_cancelled_one() -> None:
    async def step() -> None:
        async with bench() as at:
            order_id = await at.resting()
            at.http.next[POST] = _busy
            at.modify(order_id, "2", "91")
            await at.until(lambda: at.of(OrderCancelled, order_id))
            assert at.of(ModifyRejected, order_id)
            assert at.at_venue() == []

    asyncio.run(step())


@pytest.mark.parametrize("stage", [DELETE, POST])
def test_a_cancel_that_comes_during_a_change_is_done(stage: tuple[str, str]) -> None:
    async def step() -> None:
        async with bench() as at:
            order_id = await at.resting()

            async def cancelling(go: Go) -> HttpReply:
                at.cancel(order_id)
                return await go()

            at.http.next[stage] = cancelling
            at.modify(order_id, "2", "91")
            await at.until(lambda: at.of(OrderCancelled, order_id))
            await at.until(lambda: not at.at_venue())
            assert at.of(CancelRejected) == []

    asyncio.run(step())


@pytest.mark.parametrize("stage", [DELETE, POST])
@pytest.mark.parametrize("done", [True, False])
def test_a_driver_that_is_closed_during_a_change_leaves_one_order_at_most(
    stage: tuple[str, str], done: bool
) -> None:
    async def step() -> None:
        async with bench() as at:
            order_id = await at.resting()
            at.http.next[stage] = hanging = Hanging(done=done)
            at.modify(order_id, "2", "91")
            await hanging.reached.wait()
            known = await at.again()
            there = at.at_venue()
            expected = 1 if done is (stage == POST) else 0
            assert len(there) == len(known) == expected
            for name, order in known.items():
                assert name == order_id
                assert order.quantity == there[0].quantity

    asyncio.run(step())


def test_orders_that_do_not_rest_by_a_limit_are_not_changed() -> None:
    async def step() -> None:
        async with bench() as at:
            stop = at.submit(Side.BUY, "1", type=OrderType.STOP, stop_price=Decimal(130))
            await at.until(lambda: at.of(OrderAccepted, stop))
            with pytest.raises(InvalidOrder, match="cancel it"):
                at.modify(stop, "2")

    asyncio.run(step())
