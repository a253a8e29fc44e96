"""A live node whose driver is in a process of its own: that process is killed, and the books are the venue's."""

import asyncio
import os
import random
import signal
import sys
from decimal import Decimal

import pytest
from live_books import ALICE, PAPER, PERPETUAL, at_rest, differences, perpetual_exchange

from anyvenue.engine.live import LiveNode
from anyvenue.model.enums import OrderState, Side
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.loop import run
from anyvenue.runtime.processes import HostedDriver, HostOptions
from served import served

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="hosting needs a POSIX system"),
    pytest.mark.long,
]

OPTIONS = HostOptions(silent_beats=60, first_pause_s=0.01, longest_pause_s=0.02, crashes=99)


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(3))
def test_kills_in_a_burst_of_orders_lose_and_double_nothing(seed: int) -> None:
    chance = random.Random(seed)

    async def main() -> None:
        async with served(exchange=perpetual_exchange()) as exchange:
            config = {"account": "alice", "password": "secret", "port": exchange.port}
            driver = HostedDriver("hosted_drivers:paper", config, options=OPTIONS)
            node = LiveNode(Catalog(), sessions_of=lambda _: get_sessions("always"))
            node.add_venue(driver)
            node.add_account(ALICE, PAPER)
            try:
                await node.start()
                for kill in range(3):
                    await burst(node, driver, chance)
                    await at_rest(node)
                    assert driver.restarts == kill + 1
                assert await differences(node, exchange.port) == []
            finally:
                await driver.close()
                await node.stop(cancel=False)

    async def burst(node: LiveNode, driver: HostedDriver, chance: random.Random) -> None:
        fatal, pid = chance.randrange(40), driver.pid
        for number in range(40):
            if number == fatal:
                os.kill(pid, signal.SIGKILL)
            # Crosses itself now and then, so that there are fills to be missed.
            side = chance.choice([Side.BUY, Side.SELL])
            price = Decimal(50_000 + 100 * chance.randrange(-3, 4))
            request = OrderRequest(ALICE, PERPETUAL, side, Decimal("0.01"), price)
            try:
                (order_id,) = node.node.desk.submit(request)
                await turns(chance.randrange(30))
                if chance.random() < 0.3:
                    node.node.desk.cancel(ALICE, order_id)
            except AnyvenueError:
                await turns(1)
        async with asyncio.timeout(60):
            while driver.pid in (0, pid) or not node.sessions[PAPER].is_ready(ALICE):
                await asyncio.sleep(0.01)

    run(main())


def test_an_order_that_died_in_the_pipe_is_unknown_and_then_what_the_venue_says() -> None:
    async def main() -> None:
        async with served(exchange=perpetual_exchange()) as exchange:
            config = {"account": "alice", "password": "secret", "port": exchange.port}
            driver = HostedDriver("hosted_drivers:paper", config, options=OPTIONS)
            node = LiveNode(Catalog(), sessions_of=lambda _: get_sessions("always"))
            node.add_venue(driver)
            node.add_account(ALICE, PAPER)
            try:
                await node.start()
                os.kill(driver.pid, signal.SIGSTOP)
                request = OrderRequest(ALICE, PERPETUAL, Side.BUY, Decimal("0.01"), Decimal(40_000))
                (order_id,) = node.node.desk.submit(request)
                await turns(50)
                os.kill(driver.pid, signal.SIGKILL)
                seen: list[OrderState] = []
                async with asyncio.timeout(60):
                    while OrderState.REJECTED not in seen:
                        state = node.node.desk.order(order_id).state
                        if state not in seen:
                            seen.append(state)
                        await asyncio.sleep(0)
                assert seen == [OrderState.SENT, OrderState.UNKNOWN, OrderState.REJECTED]
            finally:
                await driver.close()
                await node.stop(cancel=False)

    run(main())
