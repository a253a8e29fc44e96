"""The same venue for asyncio: nothing blocks, and no task stays behind."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.engine.connect import AsyncVenue, connect_async
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import OrderState
from anyvenue.model.errors import (
    ConfigError,
    ConnectivityError,
    OffTick,
    UnknownInstrument,
    UnknownOrder,
)
from anyvenue.model.ids import OrderId
from anyvenue.runtime.loop import new_event_loop

RB = "rb2701.SHFE"
FAST = {"speed": 100.0}
LOOPS = {"uvloop, where there is one": new_event_loop, "asyncio": asyncio.new_event_loop}


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Any:
    """Return what runs a coroutine on each loop and fails when it leaves a task behind."""

    def go(main: Coroutine[Any, Any, None]) -> None:
        async def watched() -> None:
            before = asyncio.all_tasks()
            await main
            assert asyncio.all_tasks() == before

        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            runner.run(watched())

    return go


def test_orders_are_sent_waited_for_and_cancelled(run: Any) -> None:
    async def main() -> None:
        async with connect_async("sim", **FAST) as venue:
            bought = await venue.buy("rb2701", 2)
            assert await bought.wait(60) is bought
            assert bought.state is OrderState.FILLED
            quote = await venue.quote(RB)
            resting = await venue.sell(RB, 1, price=quote.ask + 100, offset="close_today")
            venue.cancel(resting)
            assert (await resting.wait(60)).state is OrderState.CANCELLED
            assert [position.net for position in venue.positions()] == [2]
            assert venue.position(RB).long == 2
            assert len(venue.orders()) == 2
            assert venue.open_orders() == []
            assert sum(fill.fee for fill in venue.fills()) == venue.account().fees

    run(main())


def test_many_waits_go_on_at_once(run: Any) -> None:
    async def main() -> None:
        async with connect_async("sim", **FAST) as venue:
            orders = await asyncio.gather(*(venue.buy(RB, 1) for _ in range(10)))
            await asyncio.gather(*(order.wait(60) for order in orders))
            assert venue.position(RB).long == 10

    run(main())


def test_errors_are_raised_and_the_venue_goes_on(run: Any) -> None:
    async def main() -> None:
        async with connect_async("sim", **FAST) as venue:
            with pytest.raises(UnknownInstrument):
                await venue.subscribe("nosuch9999")
            with pytest.raises(OffTick):
                await venue.buy(RB, 1, price="3500.3")
            with pytest.raises(UnknownOrder):
                venue.cancel_order(OrderId(1))
            resting = await venue.buy(RB, 1, price=3400)
            with pytest.raises(TimeoutError):
                await resting.wait(0.05)
            venue.cancel_all()
            await resting.wait(60)

    run(main())


def test_raising_inside_closes_the_venue(run: Any) -> None:
    async def main() -> None:
        orders, venue = [], connect_async("sim", **FAST)

        async def script() -> None:
            async with venue:
                orders.append(await venue.buy(RB, 1, price=3400))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await script()
        assert orders[0].state is OrderState.CANCELLED
        for call in (lambda: venue.buy(RB, 1), venue.changed, lambda: venue.subscribe(RB)):
            with pytest.raises(ConnectivityError, match="closed"):
                await call()
        await venue.close()

    run(main())


def test_a_cancelled_task_leaves_its_venue_cleanly(run: Any) -> None:
    async def main() -> None:
        waiting = asyncio.Event()
        orders = []

        async def trade() -> None:
            async with connect_async("sim", **FAST) as venue:
                orders.append(await venue.buy(RB, 1, price=3400))
                waiting.set()
                await orders[0].wait()

        task = asyncio.create_task(trade())
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert orders[0].state is OrderState.CANCELLED

    run(main())


def test_a_venue_that_is_cancelled_while_it_opens_is_closed(run: Any) -> None:
    async def main() -> None:
        venue = AsyncVenue(**FAST)
        opening = asyncio.create_task(venue.__aenter__())
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening

    run(main())


class Broken(Exception):
    """Something inside the venue went wrong."""


def break_at_next_tick(venue: AsyncVenue) -> None:
    def fail(_tick: object) -> None:
        raise Broken

    venue.node.broker.subscribe(venue.catalog.resolve(RB).id, fail)


def test_whoever_waits_hears_of_it_when_the_venue_breaks(run: Any) -> None:
    async def main() -> None:
        venue = AsyncVenue(**FAST)
        await venue.__aenter__()
        await venue.subscribe(RB)
        break_at_next_tick(venue)
        with pytest.raises(Broken):
            await venue.changed()
        with pytest.raises(Broken):
            await venue.subscribe("cu2610")
        with pytest.raises(Broken):
            await venue.close()

    run(main())


def test_orders_are_cancelled_even_when_the_venue_breaks(run: Any) -> None:
    async def main() -> None:
        venue = AsyncVenue(**FAST)
        await venue.__aenter__()
        order = await venue.buy(RB, 1, price=3400)
        break_at_next_tick(venue)
        assert (await order.wait(60)).state is OrderState.CANCELLED
        with pytest.raises(Broken):
            await venue.close()

    run(main())


def test_outside_of_the_exchange_s_hours_orders_wait_or_are_refused(run: Any) -> None:
    async def main() -> None:
        # The synthetic market runs round the clock and begins at 08:00 in China, an hour before the exchange opens.
        for when_closed, state in (("queue", OrderState.OPEN), ("reject", OrderState.REJECTED)):
            options = VenueOptions(latency_ms=1.0, when_closed=when_closed)
            async with connect_async("sim", options=options, **FAST) as venue:
                order = await venue.buy(RB, 1)
                while order.state is OrderState.SENT:
                    await venue.changed()
                assert order.state is state
                assert bool(order.reason) == (state is OrderState.REJECTED)

    run(main())


def test_only_the_simulated_venue_is_there() -> None:
    with pytest.raises(ConfigError, match="there is: sim"):
        connect_async("binance")


def test_money_is_what_one_says() -> None:
    async def main() -> None:
        async with connect_async("sim", cash={"CNY": "0.01", "USD": 5}) as venue:
            assert venue.account("CNY").balance == Decimal("0.01")
            assert venue.account("USD").available == 5

    asyncio.run(main())
