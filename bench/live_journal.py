"""Measure the live order path with the journal on: a strategy's `buy` until the bytes are with the operating system.

A live node with a real driver, a journal on the disk and an exchange process on this machine.

- submit: validation, risk, offsets, claims, the journal's record, the wire message, the socket; CPU time of the thread.
- round trip: the same until the exchange's OrderAccepted is journaled and in the books; wall time, one at a time.
- `none`, `group` and `order` trade a perpetual with leverage tiers, the dearest books there are; `pair` is `group` for
  a pair of spot, the cheapest.
- `sync="order"`: the record is on the disk before the order leaves; `none` is a node without a journal.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Literal

from _harness import HERE, peak_mb

TESTS = HERE.parent / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "integration")]

from live_books import ALICE, PERPETUAL, live_node, paper_driver  # noqa: E402
from victims import ExchangeProcess  # noqa: E402

from anyvenue.engine.live import LiveNode  # noqa: E402
from anyvenue.model.enums import OrderState  # noqa: E402
from anyvenue.model.ids import InstrumentId  # noqa: E402
from anyvenue.model.orders import Order  # noqa: E402
from anyvenue.reference.catalog import Catalog  # noqa: E402
from anyvenue.runtime.loop import loop_name, run  # noqa: E402
from anyvenue.strategy.base import Strategy  # noqa: E402

PAIR = InstrumentId("BTC-USDT.BINANCE")
Mode = Literal["none", "group", "order"]


class Buys(Strategy):
    """Buys when told to, far from any price; wakes whoever waits for the answer."""

    def on_start(self) -> None:
        self.changed = asyncio.Event()

    def on_order(self, order: Order) -> None:
        if order.state is not OrderState.SENT:
            self.changed.set()


async def orders(
    node: LiveNode, strategy: Buys, count: int, instrument: InstrumentId = PERPETUAL
) -> dict[str, float]:
    """Return microseconds: CPU of a submit, of a cancel, and the round trip."""
    submits, cancels, trips = [], [], []
    for _ in range(count):
        strategy.changed.clear()
        wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
        handle = strategy.buy(instrument, "0.01", 40_000)
        submits.append(time.thread_time_ns() - cpu)
        await strategy.changed.wait()
        trips.append(time.perf_counter_ns() - wall)
        strategy.changed.clear()
        cpu = time.thread_time_ns()
        handle.cancel()
        cancels.append(time.thread_time_ns() - cpu)
        while not handle.done:
            await strategy.changed.wait()
            strategy.changed.clear()
    return {
        "submit_cpu_us": round(statistics.median(submits) / 1e3, 1),
        "submit_mean_us": round(statistics.mean(submits) / 1e3, 1),
        "cancel_cpu_us": round(statistics.median(cancels) / 1e3, 1),
        "round_trip_p50_us": round(statistics.median(trips) / 1e3, 1),
        "round_trip_p99_us": round(statistics.quantiles(trips, n=100)[98] / 1e3, 1),
    }


async def measured(
    folder: Path, mode: Mode, count: int, instrument: InstrumentId = PERPETUAL
) -> dict[str, float]:
    """Return the figures of a node whose journal is synced in this way."""
    exchange = ExchangeProcess(folder)
    exchange.instrument = instrument
    await exchange.start()
    try:
        await exchange.open_accounts("alice")
        node = live_node(paper_driver(exchange.port))
        if mode != "none":
            node.open_journal(folder / "node", sync=mode)
        strategy = Buys()
        node.add_strategy(strategy, ALICE, [Catalog().get(instrument)])
        await node.start()
        await orders(node, strategy, count // 10, instrument)
        found = await orders(node, strategy, count, instrument)
        await node.stop()
        return found
    finally:
        await exchange.kill()


async def measure(folder: Path, count: int) -> dict[str, object]:
    """Return all figures."""
    figures: dict[str, object] = {}
    modes: tuple[Mode, ...] = ("none", "group", "order")
    for mode in modes:
        place = folder / mode
        place.mkdir()
        figures[mode] = await measured(place, mode, count if mode != "order" else count // 10)
    place = folder / "pair"
    place.mkdir()
    figures["pair"] = await measured(place, "group", count, PAIR)
    return figures | {"loop": loop_name(), "peak_mb": peak_mb()}


def main() -> int:
    """Print the table (and JSON on request)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--orders", type=int, default=3000, help="default: 3000")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(measure(Path(folder), args.orders))
    for name, value in found.items():
        print(f"{name:8s} {value}")
    if args.json:
        print(json.dumps({"name": "live_journal", "ours": found, "peers": {}, "ratio": {}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
