"""What happens at the venue while a node is away, and a venue that says what cannot be true."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from live_books import ALICE, at_rest, crash, differences, live_node
from msgspec.structs import replace

from anyvenue.engine.live import LiveNode
from anyvenue.model.enums import Offset, OrderState, Side, TimeInForce
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.model.positions import Leg, Position
from anyvenue.model.protocols import Cursor, Snapshot
from live_nodes import until
from served import RB, SECOND, Served, SteppedClock, hosted, order, served

D = Decimal
HOUR = 3600 * SECOND
# 10:00 in Shanghai on the last trading day of rb2701, a Friday.
LAST_DAY = 1_799_978_400 * SECOND


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def started(exchange: Served, folder: Path, clock: SteppedClock) -> LiveNode:
    """Return a node that lives by the exchange's clock and comes back from its journal."""
    node = live_node(exchange.driver("alice"), clock=clock)
    node.open_journal(folder)
    await node.start()
    return node


async def trade(
    node: LiveNode, exchange: Served, side: Side, quantity: int, **fields: Any
) -> OrderId:
    """Let alice trade with bob at 3500."""
    bob, _ = await exchange.client("bob", session=f"bob {side} {quantity}")
    other = Side.SELL if side is Side.BUY else Side.BUY
    bob.submit(order("bob", 1, other, 3500, quantity))
    await bob.orders()
    request = OrderRequest(ALICE, RB, side, D(quantity), D(3500), **fields)
    (order_id,) = node.node.desk.submit(request)
    await until(lambda: node.node.desk.order(order_id).state is OrderState.FILLED)
    return order_id


async def next_day(exchange: Served, clock: SteppedClock) -> None:
    """Let a day pass at the exchange."""
    days = exchange.exchange.broker.exchange.days
    today = days.trading_day("CNY")
    clock.time += 24 * HOUR
    exchange.exchange._poke.set()
    await until(lambda: days.trading_day("CNY") > today)


def rest(node: LiveNode, price: int = 3400, **fields: Any) -> OrderId:
    """Place an order that waits."""
    return node.node.desk.submit(OrderRequest(ALICE, RB, Side.BUY, D(1), D(price), **fields))[0]


@pytest.mark.parametrize("killed", [True, False])
def test_a_day_that_is_settled_while_the_node_is_away_is_settled_in_its_books(
    tmp_path: Path, killed: bool
) -> None:
    async def main() -> None:
        clock = SteppedClock()
        async with served(exchange=hosted(clock=clock)) as exchange:
            node = await started(exchange, tmp_path, clock)
            await trade(node, exchange, Side.BUY, 2)
            of_the_day = rest(node)
            for_good = rest(node, 3390, time_in_force=TimeInForce.GTC)
            await at_rest(node)
            if killed:
                crash(node)
            else:
                await node.stop(cancel=False)
            await next_day(exchange, clock)
            node = await started(exchange, tmp_path, clock)
            assert await differences(node, exchange.port) == []
            desk = node.node.desk
            assert desk.order(of_the_day).state is OrderState.EXPIRED
            assert desk.order(for_good).state is OrderState.OPEN
            assert desk.account(ALICE).position(RB).long_old.quantity == 2
            assert desk.account(ALICE).position(RB).long_today.quantity == 0
            await trade(node, exchange, Side.SELL, 1, offset=Offset.CLOSE)
            assert await differences(node, exchange.port) == []
            assert await node.stop() == []

    run(main())


def test_a_day_that_is_settled_under_a_node_that_is_there_is_settled_in_both(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        clock = SteppedClock()
        async with served(exchange=hosted(clock=clock)) as exchange:
            node = await started(exchange, tmp_path, clock)
            await trade(node, exchange, Side.BUY, 2)
            rest(node)
            await at_rest(node)
            await next_day(exchange, clock)
            await until(lambda: not node.node.desk.open_orders())
            assert await differences(node, exchange.port) == []
            assert await node.stop() == []

    run(main())


def test_a_contract_that_expires_while_the_node_is_away_is_gone_from_its_books(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        clock = SteppedClock(LAST_DAY)
        async with served(exchange=hosted(clock=clock)) as exchange:
            node = await started(exchange, tmp_path, clock)
            await trade(node, exchange, Side.BUY, 2)
            for_good = rest(node, time_in_force=TimeInForce.GTC)
            await at_rest(node)
            crash(node)
            await next_day(exchange, clock)
            node = await started(exchange, tmp_path, clock)
            assert await differences(node, exchange.port) == []
            assert node.node.desk.account(ALICE).positions() == []
            assert node.node.desk.order(for_good).done
            assert await node.stop() == []

    run(main())


def impossible(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot with lots below zero."""
    leg = Leg(D(-1), D(0), D(-35_000), D(-35_000))
    return replace(snapshot, positions=(Position(ALICE, RB, long_today=leg),))


def test_a_venue_that_says_what_cannot_be_true_may_only_be_left(tmp_path: Path) -> None:
    async def main() -> None:
        clock, lines = SteppedClock(), list[str]()
        async with served(exchange=hosted(clock=clock)) as exchange:
            node = await started(exchange, tmp_path, clock)
            await trade(node, exchange, Side.BUY, 2)
            resting = rest(node)
            await at_rest(node)
            crash(node)
            driver = exchange.driver("alice")
            true = driver.snapshot
            broken = True

            async def snapshot(account: Any, since: Cursor) -> Snapshot:
                found = await true(account, since)
                return impossible(found) if broken else found

            driver.snapshot = snapshot  # type: ignore[method-assign]
            node = live_node(driver, clock=clock, logger=lambda _, text: lines.append(text))
            node.open_journal(tmp_path)
            with pytest.raises(TimeoutError):
                await node.start(timeout=0.2)
            desk = node.node.desk
            assert any("positions[0].long_today.quantity was -1" in line for line in lines)
            refused = desk.order(rest(node))
            assert refused.state is OrderState.REJECTED
            assert "only cancels and closing orders" in refused.reason
            assert desk.account(ALICE).position(RB).long == 2  # nothing of it was believed
            desk.cancel_order(resting)
            await until(lambda: desk.order(resting).state is OrderState.CANCELLED)
            await trade(node, exchange, Side.SELL, 1, offset=Offset.CLOSE_TODAY)
            broken = False
            await at_rest(node)
            assert await differences(node, exchange.port) == []
            assert await node.stop() == []

    run(main())
