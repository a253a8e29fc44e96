"""A node on a bad network: whatever is lost, late or cut short, every order ends in the state that the venue has."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from bad_network import DOWN, UP, BadNetwork
from burst_node import burst
from live_books import (
    ALICE,
    PAPER,
    PERPETUAL,
    at_rest,
    crash,
    differences,
    live_node,
    paper_driver,
    perpetual_exchange,
)
from victims import Stirrer

from anyvenue.engine.live import LiveNode
from anyvenue.model.enums import OrderState, Side
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.paper.driver import PaperDriver
from live_nodes import until
from served import Served, served

pytestmark = pytest.mark.long

Fault = Callable[[BadNetwork], None]
BREAKS: dict[str, Fault] = {
    "cut": BadNetwork.cut,
    "lost on the way there": lambda network: network.drop_next(UP),
    "lost on the way back": lambda network: network.drop_next(DOWN),
    "cut in a frame there": lambda network: network.cut_in_frame(UP),
    "cut in a frame back": lambda network: network.cut_in_frame(DOWN),
    "half open": BadNetwork.stall,
}


@asynccontextmanager
async def connected(
    folder: Path, seed: int
) -> AsyncIterator[tuple[LiveNode, BadNetwork, Stirrer, Served]]:
    """Give a started node whose venue is behind a network, and somebody who trades with it."""
    network = BadNetwork(seed)
    async with served(exchange=perpetual_exchange()) as exchange:
        await network.start(exchange.port)
        driver = paper_driver(network.port, heartbeat_s=0.1, timeout_s=1.0)
        node = live_node(driver)
        node.open_journal(folder)
        await node.start()
        try:
            async with Stirrer(exchange.port, seed) as bob:
                yield node, network, bob, exchange
        finally:
            network.release()
            await node.stop(timeout=1)
            await network.stop()


def driver_of(node: LiveNode) -> PaperDriver:
    """Return the node's driver."""
    driver = node.sessions[PAPER].driver
    assert isinstance(driver, PaperDriver)
    return driver


async def agree(node: LiveNode, bob: Stirrer, exchange: Served) -> None:
    """Fail unless node and venue say the same, once nothing moves."""
    await bob.pause()
    await at_rest(node)
    assert await differences(node, exchange.port) == []
    assert not [line for line in exchange.notes if "failed" in line]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("fault", list(BREAKS))
def test_breaks_in_a_burst_of_orders_leave_no_doubt(tmp_path: Path, fault: str, seed: int) -> None:
    async def main() -> None:
        draw = Random(seed)
        async with connected(tmp_path, seed) as (node, network, bob, exchange):
            bob.go()
            trading = asyncio.ensure_future(burst(node, draw))
            for longest in (0.3, 0.1, 0.5):
                await asyncio.sleep(draw.uniform(0.0, 0.1))
                BREAKS[fault](network)
                await asyncio.sleep(draw.uniform(0.7, 1.0) * longest)  # two heartbeats or none
                network.release()
            trading.cancel()
            await agree(node, bob, exchange)
            orders = list(node.node.desk.account(ALICE).orders)
            assert len(orders) > 10
            assert driver_of(node).reconnects

    asyncio.run(main())


@pytest.mark.parametrize("seed", range(2))
def test_a_slow_network_and_answers_out_of_order_change_nothing(tmp_path: Path, seed: int) -> None:
    async def main() -> None:
        draw = Random(seed)
        async with connected(tmp_path, seed) as (node, network, bob, exchange):
            network.slow, network.late_replies = 0.01, True
            bob.go()
            trading = asyncio.ensure_future(burst(node, draw))
            await asyncio.sleep(0.6)
            trading.cancel()
            await bob.pause()
            network.slow, network.late_replies = 0.0, False
            await agree(node, bob, exchange)

    asyncio.run(main())


def test_an_order_held_up_in_the_network_does_not_arrive_after_it_was_given_up(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with connected(tmp_path, 1) as (node, network, bob, exchange):
            network.stall()
            request = OrderRequest(ALICE, PERPETUAL, Side.BUY, Decimal("0.01"), Decimal(49_000))
            (order_id,) = node.node.desk.submit(request)
            desk = node.node.desk
            await until(lambda: desk.order(order_id).state is OrderState.REJECTED)
            assert "never reached" in desk.order(order_id).reason
            network.release()
            await until(lambda: driver_of(node).reconnects)
            await agree(node, bob, exchange)
            assert driver_of(node).reconnects == 1

    asyncio.run(main())


def test_orders_that_were_lost_together_with_their_node_are_known_to_be_lost_after_its_return(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with connected(tmp_path, 1) as (node, network, bob, exchange):
            network.stall()
            request = OrderRequest(ALICE, PERPETUAL, Side.BUY, Decimal("0.01"), Decimal(49_000))
            lost = [node.node.desk.submit(request)[0] for _ in range(3)]
            crash(node)
            network.cut()
            again = live_node(paper_driver(network.port))
            again.open_journal(tmp_path)
            assert {each.state for each in again.node.desk.open_orders()} == {OrderState.UNKNOWN}
            await again.start()
            await agree(again, bob, exchange)
            for order_id in lost:
                order = again.node.desk.order(order_id)
                assert order.state is OrderState.REJECTED
                assert order.venue_code == "order.not_received"
            assert await again.stop() == []

    asyncio.run(main())
