"""A start from a snapshot and a start from the whole journal come to the same."""

import asyncio
import shutil
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
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
from msgspec.structs import replace
from victims import Stirrer

from anyvenue.engine.live import LiveNode
from anyvenue.oms.memory import remember
from anyvenue.runtime.journal import DiskFiles
from anyvenue.runtime.journal.snapshots import latest_snapshot, write_snapshot
from live_nodes import until
from served import served

EVERY = 100


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def recovered(port: int, folder: Path) -> LiveNode:
    """Return a node that has read its journal and asked nobody yet."""
    node = live_node(paper_driver(port))
    node.open_journal(folder, snapshot_every=EVERY)
    return node


def seen(node: LiveNode) -> dict[str, object]:
    """Return what a node knows."""
    state, marks = node.node.desk.account(ALICE), node.node.desk.marks
    # What a position is worth now is a matter of the market: at its last price, which a snapshot has, or at a fill's.
    marks._known.clear()
    marks.remember(PERPETUAL, Decimal(50_000))
    for order in state.orders.open_orders():
        state.place(order.order_id, replace(order.request, quantity=order.remaining))
    unmarked = [replace(each, ts_updated=0, reason="") for each in state.orders]
    return {
        "orders": unmarked,
        "books": replace(remember(state), digest="", orders=()),
        # What working orders freeze depends on the order in which they claimed, so money is compared without it.
        "money": (state.ledger.balance("USDT"), state.position_profit("USDT")),
        "cursor": node.sessions[PAPER].cursors,
        "written": node.chronicle.written,
        "risk": node.node.desk.risk.state(),
    }


async def leave_a_journal(folder: Path, port: int, seed: int) -> None:
    """Trade until there are a few snapshots more, and be killed."""
    node = recovered(port, folder)
    await node.start()
    journal = node.chronicle.journal
    assert journal is not None
    enough = journal.seq + 3 * EVERY
    trading = asyncio.ensure_future(burst(node, Random(seed)))
    await until(lambda: journal.seq > enough)
    journal.sync()  # a snapshot is written by the journal's own thread, whenever that has its turn
    crash(node)
    trading.cancel()


def without_snapshots(folder: Path, copy: Path) -> Path:
    """Return a copy of a journal that has only records."""
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.avs", "lock"))
    return copy


@pytest.mark.parametrize("seed", range(3))
def test_snapshot_and_journal_come_to_the_same_books(tmp_path: Path, seed: int) -> None:
    async def main() -> None:
        folder = tmp_path / "node"
        async with (
            served(exchange=perpetual_exchange()) as exchange,
            Stirrer(exchange.port, seed) as bob,
        ):
            bob.go()
            for at in range(3):
                await leave_a_journal(folder, exchange.port, seed * 10 + at)
                await bob.pause()
                whole = recovered(exchange.port, without_snapshots(folder, tmp_path / f"c{at}"))
                short = recovered(exchange.port, folder)
                assert short.recovered < whole.recovered
                assert short.recovered < EVERY * 5
                assert seen(short) == seen(whole)
                crash(whole)
                crash(short)
                bob.go()
            await bob.pause()
            node = recovered(exchange.port, folder)
            await node.start()
            await at_rest(node)
            assert await differences(node, exchange.port) == []
            assert await node.stop() == []

    run(main())


def test_snapshots_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            served(exchange=perpetual_exchange()) as exchange,
            Stirrer(exchange.port, 1) as bob,
        ):
            bob.go()
            await leave_a_journal(tmp_path, exchange.port, 1)
            await bob.pause()
            short = recovered(exchange.port, tmp_path)
            known = seen(short)
            crash(short)
            files = DiskFiles(tmp_path)
            found, _ = latest_snapshot(files)
            assert found is not None
            write_snapshot(files, replace(found, data=b"\x81\xa6format\x63"))
            of_another_version = recovered(exchange.port, tmp_path)
            assert of_another_version.recovered > found.seq
            assert seen(of_another_version) == known
            crash(of_another_version)
            for name in files.names():
                if name.endswith(".avs"):
                    (tmp_path / name).write_bytes(b"broken")
            from_the_beginning = recovered(exchange.port, tmp_path)
            assert seen(from_the_beginning) == known
            crash(from_the_beginning)

    run(main())


def test_a_node_that_cannot_take_a_snapshot_trades_on_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ArithmeticError("a mistake of ours")

    async def main() -> None:
        lines: list[str] = []
        monkeypatch.setattr("anyvenue.engine.live.remembering.memory_of", broken)
        async with served(exchange=perpetual_exchange()) as exchange:
            driver = paper_driver(exchange.port)
            node = live_node(driver, logger=lambda _, text: lines.append(text))
            node.open_journal(tmp_path, snapshot_every=2)
            await node.start()
            trading = asyncio.ensure_future(burst(node, Random(1)))
            await until(lambda: any("no more snapshots" in line for line in lines))
            trading.cancel()
            await at_rest(node)
            assert await differences(node, exchange.port) == []
            assert sum("no more snapshots" in line for line in lines) == 1
            assert node.inbox.failure is None
            assert await node.stop() == []

    run(main())
