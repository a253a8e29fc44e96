"""kill -9 of the node, of the venue and of both at random points: no order is lost, none doubled, the books agree.

`ANYVENUE_KILLS=200` kills the node that many times instead of 20.
"""

import asyncio
import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
from burst_node import burst
from live_books import at_rest, differences, live_node, paper_driver
from victims import ExchangeProcess, NodeProcess, Stirrer

from anyvenue.runtime.journal import read_journal
from served import PATIENCE_S

KILLS = int(os.environ.get("ANYVENUE_KILLS", "20"))
_BURST_BYTES = 80_000  # what some fifty orders leave in a journal
pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
    pytest.mark.long,
]


def check(found: dict[str, Any], first: bool = False) -> None:
    """Fail unless the node came back to what the venue has, without being set right by force."""
    assert found["differences"] == [], "\n".join(found["differences"])
    assert found["unknown"] == 0
    assert found["adopted"] == 0, "an order was sent before it was written down"
    assert first or found["aligned"] == []


async def kill_in_a_burst(home: Path, kills: int, seed: int, *, also_exchange: bool = False) -> Any:
    """Kill a node (and its exchange) that often; return what it says after its last start."""
    draw = Random(seed)
    exchange, node = ExchangeProcess(home), NodeProcess(home)
    try:
        await exchange.start()
        await exchange.open_accounts("alice", "bob")
        async with Stirrer(exchange.port, seed) as bob:
            for at in range(kills):
                await node.start(exchange.port, seed + at)
                if at % 5 == 4:  # while it starts
                    bob.go()
                    await asyncio.sleep(draw.uniform(0.2, 0.6))
                else:
                    check(await node.said(), first=at == 0)
                    bob.go()
                    node.go()
                    await node.wrote(draw.randrange(_BURST_BYTES))
                if also_exchange:
                    await asyncio.gather(node.kill(), exchange.kill())
                    await exchange.start()
                await node.kill()
                if not also_exchange:
                    await bob.pause()
                else:
                    await settled(bob)
            await node.start(exchange.port, seed)
            return await node.said()
    finally:
        await node.kill()
        await exchange.kill()


async def settled(bob: Stirrer) -> None:
    """Pause bob once he is connected again."""
    async with asyncio.timeout(PATIENCE_S):
        while bob.driver.state != "ready":
            await asyncio.sleep(0.01)
    await bob.pause()


@pytest.mark.timeout(900)
def test_a_node_killed_in_bursts_of_orders_loses_and_doubles_none(tmp_path: Path) -> None:
    found = asyncio.run(kill_in_a_burst(tmp_path, KILLS, seed=1))
    check(found)
    assert found["orders"] > 10 * KILLS
    assert found["fills"] > KILLS
    assert sum(1 for _ in read_journal(tmp_path / "node").records()) > 10 * KILLS


def test_node_and_venue_killed_together_agree_afterwards(tmp_path: Path) -> None:
    found = asyncio.run(kill_in_a_burst(tmp_path, max(4, KILLS // 5), seed=2, also_exchange=True))
    check(found)
    assert found["orders"] > 20


def test_a_venue_killed_under_a_node_that_stays_ends_in_agreement(tmp_path: Path) -> None:
    async def main() -> None:
        exchange, draw, lines = ExchangeProcess(tmp_path), Random(3), list[str]()
        await exchange.start()
        await exchange.open_accounts("alice", "bob")
        node = live_node(paper_driver(exchange.port), logger=lambda _, text: lines.append(text))
        node.open_journal(tmp_path / "node")
        try:
            await node.start()
            async with Stirrer(exchange.port, 3) as bob:
                for _ in range(max(5, KILLS // 10)):
                    bob.go()
                    trading = asyncio.ensure_future(burst(node, draw))
                    await asyncio.sleep(draw.uniform(0.02, 0.2))
                    await exchange.kill()
                    await asyncio.sleep(0.01)
                    await exchange.start()
                    await asyncio.sleep(draw.uniform(0.02, 0.2))
                    trading.cancel()
                    await settled(bob)
                    await at_rest(node)
                    assert await differences(node, exchange.port) == []
                assert await node.stop() == []
        finally:
            await exchange.kill()
        assert not [line for line in lines[3:] if "the venue holds" in line or "balance" in line]

    asyncio.run(main())
