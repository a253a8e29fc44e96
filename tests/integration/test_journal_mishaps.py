"""What can happen to a node's journal: a full disk, a damaged file, a second node, a clock that steps back."""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from live_books import (
    ALICE,
    PERPETUAL,
    Auditor,
    at_rest,
    crash,
    differences,
    live_node,
    paper_driver,
    perpetual_exchange,
)
from victims import ExchangeProcess, NodeProcess, Stirrer

from anyvenue.engine.live import LiveNode
from anyvenue.model.enums import OrderState, Side
from anyvenue.model.errors import JournalError
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.runtime.clock import LiveClock
from served import SECOND, Served, served

pytestmark = pytest.mark.long

D = Decimal


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def buy(node: LiveNode, price: int = 49_000) -> OrderId:
    """Place an order that nobody trades with."""
    request = OrderRequest(ALICE, PERPETUAL, Side.BUY, D("0.01"), D(price))
    return node.node.desk.submit(request)[0]


@asynccontextmanager
async def trading(folder: Path, **options: Any) -> AsyncIterator[tuple[LiveNode, Served]]:
    """Give a node with a journal, and its exchange."""
    async with served(exchange=perpetual_exchange()) as exchange:
        node = live_node(paper_driver(exchange.port), **options)
        node.open_journal(folder)
        await node.start()
        yield node, exchange


async def again(exchange: Served, folder: Path, **options: Any) -> LiveNode:
    """Return a node that has come back from its journal."""
    node = live_node(paper_driver(exchange.port), **options)
    node.open_journal(folder)
    await node.start()
    return node


async def crashed_with_orders(folder: Path, exchange: Served, count: int) -> None:
    """Leave a journal of a node that was killed with so many orders at the venue."""
    node = await again(exchange, folder)
    for at in range(count):
        buy(node, 49_000 + at)
    await at_rest(node)
    crash(node)


@pytest.mark.skipif(os.name != "posix", reason="needs limits of POSIX")
def test_a_node_whose_disk_is_full_sends_no_more_and_comes_back_with_all_it_sent(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        exchange, node = ExchangeProcess(tmp_path), NodeProcess(tmp_path)
        try:
            await exchange.start()
            await exchange.open_accounts("alice", "bob")
            async with Stirrer(exchange.port, 1) as bob:
                for attempt, room in enumerate(("3000", "20000", "777")):
                    await node.start(exchange.port, attempt, room)
                    assert (await node.said())["differences"] == []
                    bob.go()
                    node.go()
                    assert "trading stops" in (await node.said())["failed"]
                    await node.kill()
                    await bob.pause()
                await node.start(exchange.port, 9)
                found = await node.said()
            assert found["differences"] == []
            assert found["unknown"] == 0
            assert found["orders"] > 5
        finally:
            await node.kill()
            await exchange.kill()

    run(main())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_journal_on_a_device_without_room_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    (tmp_path / "segment-00000000000000000001.avj").symlink_to("/dev/full")
    node = live_node(paper_driver(1))
    with pytest.raises(JournalError, match="No space left on device; trading stops"):
        node.open_journal(tmp_path)


def test_an_exchange_whose_disk_is_full_takes_no_order_it_would_forget(tmp_path: Path) -> None:
    async def main() -> None:
        exchange = ExchangeProcess(tmp_path)
        try:
            await exchange.start()
            await exchange.open_accounts("alice", "bob")
            await exchange.kill()
            await exchange.start(room=4000)
            node = live_node(paper_driver(exchange.port))
            node.open_journal(tmp_path / "node")
            await node.start()
            for at in range(60):
                buy(node, 49_000 + at)
                await asyncio.sleep(0.001)
            await exchange.ended()
            await exchange.start()
            await at_rest(node)
            assert await differences(node, exchange.port) == []
            states = [each.state for each in node.node.desk.account(ALICE).orders]
            assert states.count(OrderState.OPEN) > 3
            assert states.count(OrderState.REJECTED) > 3
            await node.stop()
        finally:
            await exchange.kill()

    run(main())


def test_a_journal_whose_end_is_cut_off_is_completed_by_the_venue(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(exchange=perpetual_exchange()) as exchange:
            await crashed_with_orders(tmp_path, exchange, 5)
            (segment,) = tmp_path.glob("*.avj")
            for lost in (7, 200, 900):
                with segment.open("r+b") as file:
                    file.truncate(segment.stat().st_size - lost)
                node = await again(exchange, tmp_path)
                await at_rest(node)
                assert await differences(node, exchange.port) == []
                assert len(node.node.desk.open_orders()) == 5
                crash(node)

    run(main())


def test_a_flipped_bit_in_a_journal_is_refused_with_the_place(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(exchange=perpetual_exchange()) as exchange:
            await crashed_with_orders(tmp_path, exchange, 5)
            (segment,) = tmp_path.glob("*.avj")
            data = bytearray(segment.read_bytes())
            for at in range(100, len(data) // 2, 97):
                data[at] ^= 4
                segment.write_bytes(data)
                data[at] ^= 4
                node = live_node(paper_driver(exchange.port))
                with pytest.raises(JournalError, match=r"segment-0+1\.avj"):
                    node.open_journal(tmp_path)
            segment.write_bytes(data)
            node = await again(exchange, tmp_path)
            assert await node.stop() == []

    run(main())


def test_a_second_node_on_one_journal_is_refused_and_the_first_trades_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with trading(tmp_path) as (node, exchange):
            other = live_node(paper_driver(exchange.port))
            with pytest.raises(JournalError, match=str(os.getpid())):
                other.open_journal(tmp_path)
            order_id = buy(node)
            await at_rest(node)
            assert node.node.desk.order(order_id).state is OrderState.OPEN
            assert await node.stop() == []

    run(main())


class SteppingClock:
    """The machine's clock, set back or forward by hand."""

    def __init__(self, seconds: int = 0) -> None:
        self.ahead = seconds * SECOND
        self._clock = LiveClock()

    def now(self) -> int:
        return self._clock.now() + self.ahead


def test_a_clock_that_steps_back_makes_no_order_id_twice(tmp_path: Path) -> None:
    async def main() -> None:
        clock = SteppingClock()
        async with trading(tmp_path, clock=clock) as (node, exchange):
            ids = [buy(node)]
            clock.ahead = -3600 * SECOND
            ids.append(buy(node))
            await at_rest(node)
            crash(node)
            node = await again(exchange, tmp_path, clock=SteppingClock(-86_400))
            ids.append(buy(node))
            await at_rest(node)
            assert sorted(set(ids)) == ids
            assert await differences(node, exchange.port) == []
            async with Auditor(exchange.port) as auditor:
                assert set(await auditor.orders()) == set(ids)
            assert await node.stop() == []

    run(main())
