"""The driver: one order for one id, and a break of the connection loses and repeats nothing."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.commands import ExerciseOption, ModifyOrder
from anyvenue.model.enums import DriverState, OrderState, Side
from anyvenue.model.errors import AccountError, NotSent
from anyvenue.model.events import (
    CancelRejected,
    CommandRefused,
    Deposited,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
    VenueStateChanged,
)
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.market import Depth
from anyvenue.venues.paper.driver import PaperDriver
from anyvenue.venues.paper.numbering import FOREIGN
from served import RB, Box, Served, SteppedClock, cancel, order, served

ALICE, BOB = AccountId("alice"), AccountId("bob")


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def break_connection(exchange: Served) -> None:
    for session in list(exchange.server.sessions):
        assert session._transport is not None
        session._transport.abort()


async def ready(driver: PaperDriver, box: Box, reconnects: int = 1) -> None:
    await box.until(lambda _: driver.state is DriverState.READY and driver.reconnects >= reconnects)


def test_an_order_lives_through_its_states_under_the_nodes_id() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            driver.submit(order("alice", 41, Side.BUY, 3300, 2))
            await box.until(lambda box: box.of(OrderAccepted))
            driver.modify(ModifyOrder(OrderId(41), ALICE, 0, price=Decimal(3301)))
            await box.until(lambda box: box.of(OrderModified))
            driver.cancel(cancel("alice", 41))
            await box.until(lambda box: box.of(OrderCancelled))
            events = box.of(OrderAccepted, OrderModified, OrderCancelled)
            assert [each.order_id for each in events] == [41, 41, 41]

    run(main())


def test_states_are_told_in_order_up_to_ready_and_down_again() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            await driver.close()
            await driver.close()
            assert [each.state.value for each in box.of(VenueStateChanged)] == [
                "connecting",
                "authenticated",
                "reconciling",
                "ready",
                "closed",
            ]

    run(main())


def test_a_cancel_may_follow_its_order_before_the_exchange_has_answered() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            driver.submit(order("alice", 1, Side.BUY, 3300))
            driver.cancel(cancel("alice", 1))
            await box.until(lambda box: box.of(OrderCancelled))

    run(main())


def test_placing_twice_with_one_id_makes_one_order() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            for _ in range(3):
                driver.submit(order("alice", 1, Side.BUY, 3300))
            driver.submit(order("alice", 2, Side.BUY, 3300))
            await box.until(lambda box: len(box.of(OrderAccepted)) == 2)
            assert len(await driver.orders()) == 2
            assert box.of(OrderRejected) == []

    run(main())


def test_two_sessions_of_an_account_may_use_one_id_and_see_each_others_orders_apart() -> None:
    async def main() -> None:
        async with served() as exchange:
            first, box = await exchange.client("alice", session="one")
            second, other = await exchange.client("alice", session="two")
            first.submit(order("alice", 1, Side.BUY, 3300))
            second.submit(order("alice", 1, Side.BUY, 3301))
            await box.until(lambda box: len(box.of(OrderAccepted)) == 2)
            await other.until(lambda box: len(box.of(OrderAccepted)) == 2)
            mine, theirs = box.of(OrderAccepted)
            assert mine.order_id == 1
            assert theirs.order_id > FOREIGN
            first.cancel(cancel("alice", theirs.order_id))
            await other.until(lambda box: box.of(OrderCancelled))
            assert other.of(OrderCancelled)[0].order_id == 1

    run(main())


def test_nothing_is_sent_without_a_session_and_that_is_proof() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver = exchange.driver("alice")
            with pytest.raises(NotSent, match="nothing was sent"):
                driver.submit(order("alice", 1, Side.BUY, 3300))
            await driver.open(Box())
            with pytest.raises(AccountError, match="trades 'alice', not 'bob'"):
                driver.submit(order("bob", 1, Side.BUY, 3300))
            await driver.close()
            with pytest.raises(NotSent):
                driver.cancel(cancel("alice", 1))

    run(main())


def test_what_happens_while_a_client_is_away_is_told_once_when_it_is_back() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            driver.submit(order("alice", 1, Side.BUY, 3300, 3))
            await box.until(lambda box: box.of(OrderAccepted))
            bob, bobs = await exchange.client("bob")
            for number in range(1, 4):
                break_connection(exchange)
                await ready(bob, bobs, number)
                bob.submit(order("bob", number, Side.SELL, 3300))
                await bobs.until(lambda box, n=number: len(box.of(OrderFilled)) == n)
                await box.until(lambda box, n=number: len(box.of(OrderFilled)) == n)
            fills = box.of(OrderFilled)
            assert [each.order_id for each in fills] == [1, 1, 1]
            assert len({each.fill.trade_id for each in fills}) == 3
            assert len(box.of(Deposited, OrderAccepted)) == 2
            await ready(driver, box)

    run(main())


def test_an_order_that_was_cut_off_before_it_arrived_is_unknown_and_then_rejected() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            # Cut on the server's side first: the bytes leave here and are read by nobody.
            break_connection(exchange)
            driver.submit(order("alice", 1, Side.BUY, 3300))
            driver.cancel(cancel("alice", 1))
            await ready(driver, box)
            assert [type(each) for each in box.of(OrderOutcomeLost, OrderRejected)] == [
                OrderOutcomeLost,
                OrderRejected,
            ]
            assert box.of(OrderRejected)[0].code == "order.not_received"
            assert len(box.of(CancelRejected)) == 1
            assert await driver.orders() == []

    run(main())


def test_an_order_that_arrived_before_the_answer_was_lost_is_found_again() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            driver.submit(order("alice", 1, Side.BUY, 3300))
            # The exchange takes it, and the connection is gone before anything is written back.
            await _taken(exchange)
            await ready(driver, box)
            await box.until(lambda box: box.of(OrderAccepted))
            assert box.of(OrderRejected) == []
            (found,) = await driver.orders()
            assert (found.order_id, found.state) == (1, OrderState.OPEN)

    run(main())


async def _taken(exchange: Served) -> None:
    while not exchange.exchange.orders(ALICE):
        await asyncio.sleep(0)
    break_connection(exchange)


def test_a_driver_that_begins_anew_is_told_everything_or_what_comes_after_its_cursor() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            driver.submit(order("alice", 5, Side.BUY, 3300))
            await box.until(lambda box: box.of(OrderAccepted))
            await driver.close()
            anew, told = await exchange.client("alice")
            assert len(told.of(Deposited, OrderAccepted)) == 2
            assert told.of(OrderAccepted)[0].order_id == 5
            await anew.close()
            later = PaperDriver(anew._config, since=driver.cursor, epoch=driver.epoch)
            little = Box()
            await later.open(little)
            snapshot = await later.snapshot(ALICE, driver.cursor)
            assert little.of(Deposited, OrderAccepted) == []
            assert [each.order_id for each in snapshot.orders] == [5]
            later.cancel(cancel("alice", 5))
            await little.until(lambda box: box.of(OrderCancelled))
            await later.close()

    run(main())


def test_a_server_that_is_away_for_a_while_is_found_again() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            await exchange.server.close()
            await box.until(lambda _: driver.state is DriverState.DEGRADED)
            with pytest.raises(NotSent):
                driver.submit(order("alice", 1, Side.BUY, 3300))
            await exchange.server.start("127.0.0.1", exchange.port)
            await ready(driver, box)

    run(main())


def test_a_changed_password_ends_a_driver_instead_of_locking_its_account() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            await exchange.server.set_password(ALICE, "another")
            break_connection(exchange)
            await box.until(lambda _: driver.state is DriverState.CLOSED)
            assert "password is wrong" in box.of(VenueStateChanged)[-1].reason

    run(main())


def test_market_data_comes_after_a_subscription_and_again_after_a_break() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            driver.subscribe(RB, "depth")
            driver.submit(order("alice", 1, Side.BUY, 3300))
            await box.until(lambda box: box.of(Depth))
            break_connection(exchange)
            await ready(driver, box)
            driver.submit(order("alice", 2, Side.BUY, 3301))
            await box.until(lambda box: box.of(Depth)[-1].bid == 3301.0)

    run(main())


def test_a_command_that_fits_nothing_is_refused() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            driver.send(ExerciseOption(ALICE, RB, Decimal(1), 0))
            await box.until(lambda box: box.of(CommandRefused))

    run(main())


def test_with_a_clock_of_its_own_a_driver_stamps_what_arrives() -> None:
    async def main() -> None:
        async with served() as exchange:
            given = exchange.driver("alice")._config
            driver, box = PaperDriver(given, clock=SteppedClock(12345)), Box()
            await driver.open(box)
            driver.submit(order("alice", 1, Side.BUY, 3300))
            await box.until(lambda box: box.of(OrderAccepted))
            assert {each.ts_recv for each in box.events} == {12345}
            await driver.close()

    run(main())


def test_a_silent_connection_is_given_up_and_made_anew() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice", heartbeat_s=0.01)
            for session in exchange.server.sessions:
                assert session._transport is not None
                session._transport.pause_reading()  # half open: nothing is answered any more
            await ready(driver, box)

    run(main())
