"""Measure a strategy in a child process: what it waits for, and what it costs the node.

The venue is a served exchange in this process, so an order's figure has the node's whole order path in it, the venue's
answer not. Wall time, two processes, except where it says CPU.

- order, account, position: how long a call takes in the strategy; a position needs no question.
- tick: from the inbox until the strategy's callback, one tick at a time.
- node_cpu: what a tick costs the node that the strategy keeps up with, and one that only replaces another.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from typing import ClassVar

from _harness import HERE, peak_mb

sys.path[:0] = [str(HERE.parent / "tests")]

from anyvenue.engine.live.processes import add_process_strategy  # noqa: E402
from anyvenue.engine.strategy_process.host import ProcessHost  # noqa: E402
from anyvenue.engine.strategy_process.terms import ProcessTerms, StrategyCode  # noqa: E402
from anyvenue.model.market import Quote  # noqa: E402
from anyvenue.runtime.loop import run  # noqa: E402
from anyvenue.strategy.base import Strategy  # noqa: E402
from hosted_strategies import ALICE, Rig, rigged  # noqa: E402
from live_nodes import until  # noqa: E402
from served import RB  # noqa: E402

_ORDERS, _ASKS = 150, 2_000


class Asks(Strategy):
    """Times its own calls when a quote says so, and how late quotes come."""

    late: ClassVar[list[int]] = []

    def on_start(self) -> None:
        self.quotes(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        if quote.ask_size == 1:
            self.late.append(time.perf_counter_ns() - int(quote.bid_size))
        elif quote.ask_size == 2:
            self.tell()

    def tell(self) -> None:
        """Log the medians and the 99th of 100."""
        order = self.timed(_ORDERS, lambda: self.buy(self.instrument, 1, 3300))
        account = self.timed(_ASKS, self.account)
        position = self.timed(_ASKS, lambda: self.position(self.instrument))
        self.log("us " + json.dumps([*order, *account, *position, *of(self.late)]))

    def timed(self, count: int, call: object) -> tuple[float, float]:
        """Return how long a call takes."""
        took = []
        for _ in range(count):
            began = time.perf_counter_ns()
            call()  # type: ignore[operator]
            took.append(time.perf_counter_ns() - began)
        return of(took)


def of(took: list[int]) -> tuple[float, float]:
    """Return median and 99th of 100 in us."""
    took.sort()
    return took[len(took) // 2] / 1e3, took[len(took) * 99 // 100] / 1e3


def asks() -> type[Strategy]:
    """Return the strategy, in its process."""
    return Asks


async def hosted(rig: Rig) -> ProcessHost:
    """Return a host whose strategy has begun."""
    terms = ProcessTerms(code=StrategyCode("hosted_strategy:asks"))
    instrument = rig.node.node.instrument(RB)
    host = add_process_strategy(rig.node, terms, ALICE, [instrument], name="s")
    await rig.node.start()
    await until(lambda: host.began)
    return host


async def one_by_one(rig: Rig, host: ProcessHost, ticks: int) -> None:
    """Post ticks that the strategy keeps up with."""
    for _ in range(ticks):
        now = rig.clock.time
        rig.node.inbox.post(Quote(RB, now, now, 1.0, 2.0, float(time.perf_counter_ns()), 1.0))
        await asyncio.sleep(0.0005)
    await until(lambda: not host.backlog)


async def cpu_of_tick(rig: Rig, ticks: int, replaced: bool) -> float:
    """Return the CPU time of passing a tick on, in us."""
    host = rig.node.node.hosts["s"]  # type: ignore[index]
    assert isinstance(host, ProcessHost)
    tick, spent, left = Quote(RB, 1, 1, 1.0, 2.0, 5.0, 5.0), 0, ticks
    while left:
        if replaced:
            host._feed._credit = host._feed._sent  # type: ignore[union-attr]
        batch = min(left, 200 if replaced else 20)
        began = time.process_time_ns()
        for _ in range(batch):
            host.stand_in.on_quote(tick)
        if host._feed is not None:
            host._feed.flush()
        spent += time.process_time_ns() - began
        left -= batch
        if not replaced:
            await until(lambda: not host.backlog)
    return spent / ticks / 1e3


async def measure(ticks: int) -> dict[str, object]:
    """Return our figures."""
    async with rigged() as rig:
        began = time.perf_counter()
        host = await hosted(rig)
        start = time.perf_counter() - began
        await one_by_one(rig, host, ticks)
        now = rig.clock.time
        rig.node.inbox.post(Quote(RB, now, now, 1.0, 2.0, 1.0, 2.0))
        async with asyncio.timeout(60):
            while not rig.said("s: us "):
                await asyncio.sleep(0.01)
        line = next(each for each in rig.lines if "s: us " in each)
        found = [round(each, 1) for each in json.loads(line.partition("us ")[2])]
        kept = await cpu_of_tick(rig, ticks, replaced=False)
        replaced = await cpu_of_tick(rig, ticks, replaced=True)
    names = [
        f"{what}_{part}_us"
        for what in ("order", "account", "position", "tick")
        for part in ("p50", "p99")
    ]
    return dict(zip(names, found, strict=True)) | {
        "node_cpu_told_us": round(kept, 2),
        "node_cpu_replaced_us": round(replaced, 2),
        "start_s": round(start, 3),
        "peak_mb": peak_mb(),
    }


def main() -> int:
    """Print the table (and JSON on request)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--events", type=int, default=4_000)
    args = parser.parse_args()
    ours = run(measure(args.events))
    for name, value in ours.items():
        print(f"{name:22s} {value}")
    if args.json:
        print(json.dumps({"name": "hosted_strategy", "ours": ours, "peers": {}, "ratio": {}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
