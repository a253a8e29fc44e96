"""Measure the live path: inbox to strategy, strategy to driver, thread to loop.

One node over a driver that only counts, on the event loop the product uses. CPU time, one process.

- tick: post -> inbox -> kernel -> `on_quote`, a thousand posted at a time.
- order: `buy()` in a callback -> validation, risk, offsets, claims -> the driver's `submit`, with a `cancel()` each.
- hand-over: a foreign thread posts one event into an idle loop; wall time until the handler runs.
- thread: a foreign thread posts without pause; trades, of which none may be dropped, until the last was handled, and
  quotes of 50 instruments, which conflate, until the last was posted and nothing waits.
- lag: what the watchdog costs an idle loop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import threading
import time
from decimal import Decimal

from _harness import peak_mb
from _ours_common import bench_instrument
from anyvenue.engine.node import Node
from anyvenue.model.commands import Command
from anyvenue.model.events import Deposited, OrderAccepted, OrderCancelled
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.market import Quote, Trade
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.clock import LiveClock
from anyvenue.runtime.inbox import LoopInbox
from anyvenue.runtime.loop import loop_name, run
from anyvenue.runtime.watchdog import LoopWatchdog
from anyvenue.strategy.base import Strategy

ACCOUNT = AccountId("bench")
INSTRUMENT = bench_instrument()


class Counting(Strategy):
    """Counts quotes; places and cancels one order a quote when asked to."""

    def on_start(self) -> None:
        self.quotes(self.instrument)
        self._seen = 0
        self._order_each = False

    def on_quote(self, quote: Quote) -> None:
        self._seen += 1
        if self._order_each:
            self.buy(self.instrument, 1, 3500).cancel()


class Everything:
    """A source that serves whatever is asked."""

    channels = frozenset({"quotes"})

    def serves(self, channel: str) -> bool:
        return True


def _node(sent: list[Command]) -> tuple[Node, Counting]:
    node = Node(Catalog(), sessions_of=lambda _: get_sessions("always"))
    node.know(INSTRUMENT)
    node.market.add_source(INSTRUMENT, Everything())
    node.desk.add_account(ACCOUNT, sent.append)
    node.kernel.process(Deposited(ACCOUNT, "CNY", Decimal(10**9), 0, 0))
    strategy = Counting()
    node.add_strategy(strategy, ACCOUNT, [INSTRUMENT])
    node.start()
    return node, strategy


def _quotes(count: int) -> list[Quote]:
    return [Quote(INSTRUMENT.id, ts, ts, 3500.0, 3501.0, 9.0, 9.0) for ts in range(1, count + 1)]


async def ticks(count: int) -> float:
    """Return CPU microseconds a tick from post to callback."""
    node, strategy = _node([])
    inbox = LoopInbox(asyncio.get_running_loop(), node.kernel.process)
    quotes = _quotes(count)
    began = time.process_time()
    for start in range(0, count, 1000):
        for quote in quotes[start : start + 1000]:
            inbox.post(quote)
        await inbox.drained()
    cpu = time.process_time() - began
    assert strategy._seen == count
    return cpu / count * 1e6


async def orders(count: int) -> float:
    """Return CPU microseconds an order: placed, accepted, cancelled, and both reports booked."""
    sent: list[Command] = []
    node, strategy = _node(sent)
    inbox = LoopInbox(asyncio.get_running_loop(), node.kernel.process)
    strategy._order_each = True
    quotes = _quotes(count)
    cpu = 0.0
    for quote in quotes:
        inbox.post(quote)
        began = time.process_time()
        await inbox.drained()
        cpu += time.process_time() - began
        order_id = sent[-1].order_id
        ts = quote.ts_recv
        node.kernel.process(OrderAccepted(ACCOUNT, order_id, ts, ts))
        node.kernel.process(OrderCancelled(ACCOUNT, order_id, ts, ts))
    assert len(sent) == 2 * count
    return cpu / count * 1e6


async def hand_over(count: int) -> tuple[float, float]:
    """Return p50 and p99 in microseconds of wall time."""
    loop = asyncio.get_running_loop()
    delays: list[float] = []
    done = asyncio.Event()

    def handle(event: object) -> None:
        delays.append(time.perf_counter_ns() - event.ts_event)  # type: ignore[attr-defined]
        if len(delays) == count:
            done.set()

    inbox = LoopInbox(loop, handle)  # type: ignore[arg-type]
    pause = threading.Event()

    def post_slowly() -> None:
        for _ in range(count):
            ts = time.perf_counter_ns()
            inbox.post(Quote(INSTRUMENT.id, ts, ts, 1.0, 2.0, 1.0, 1.0))
            pause.wait(0.0005)

    threading.Thread(target=post_slowly, daemon=True).start()
    await done.wait()
    slow = sorted(delays)
    return slow[count // 2] / 1e3, slow[count * 99 // 100] / 1e3


async def burst(count: int) -> float:
    """Return trades a second from a foreign thread through the inbox to the handler."""
    seen = 0
    done = asyncio.Event()

    def handle(_event: object) -> None:
        nonlocal seen
        seen += 1
        if seen == count:
            done.set()

    inbox = LoopInbox(asyncio.get_running_loop(), handle)
    trade = Trade(INSTRUMENT.id, 1, 1, 3500.0, 1.0)

    def post_all() -> None:
        for _ in range(count):
            inbox.post(trade)

    began = time.perf_counter()
    threading.Thread(target=post_all, daemon=True).start()
    await done.wait()
    return count / (time.perf_counter() - began)


async def flood(count: int) -> tuple[float, float]:
    """Return quotes a second from a foreign thread, and the share that was dropped for a later one."""
    loop = asyncio.get_running_loop()
    inbox = LoopInbox(loop, lambda _event: None)
    quotes = [Quote(InstrumentId(f"i{n}.X"), 1, 1, 1.0, 2.0, 1.0, 1.0) for n in range(50)]
    posted = asyncio.Event()

    def post_all() -> None:
        for _ in range(count // 50):
            for quote in quotes:
                inbox.post(quote)
        loop.call_soon_threadsafe(posted.set)

    began = time.perf_counter()
    threading.Thread(target=post_all, daemon=True).start()
    await posted.wait()
    await inbox.drained()
    return count / (time.perf_counter() - began), inbox.conflated / count


async def watched(seconds: float) -> float:
    """Return the CPU share of a watchdog on a loop that has nothing to do."""
    inbox = LoopInbox(asyncio.get_running_loop(), lambda _event: None)
    watchdog = LoopWatchdog(inbox, LiveClock())
    watchdog.start()
    began = time.process_time()
    await asyncio.sleep(seconds)
    watchdog.stop()
    return (time.process_time() - began) / seconds


async def measure(events: int) -> dict[str, object]:
    """Return our figures."""
    tick = statistics.median([await ticks(events) for _ in range(3)])
    order = statistics.median([await orders(events // 20) for _ in range(3)])
    p50, p99 = await hand_over(2000)
    thread = statistics.median([await burst(events) for _ in range(3)])
    quotes_per_s, dropped = await flood(5 * events)
    return {
        "events_per_s": round(1e6 / tick),
        "tick_us": round(tick, 2),
        "order_and_cancel_us": round(order, 1),
        "hand_over_p50_us": round(p50, 1),
        "hand_over_p99_us": round(p99, 1),
        "thread_trades_per_s": round(thread),
        "thread_quotes_per_s": round(quotes_per_s),
        "quotes_conflated": round(dropped, 2),
        "watchdog_cpu": round(await watched(2.0), 4),
        "loop": loop_name(),
        "peak_mb": peak_mb(),
    }


def main() -> int:
    """Print the table (and JSON on request)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--events", type=int, default=100_000)
    args = parser.parse_args()
    sys.setswitchinterval(0.0002)
    ours = run(measure(args.events))
    for name, value in ours.items():
        print(f"{name:22s} {value}")
    if args.json:
        recorded = {"vnpy": {"tick_us": 7, "recorded": True}}
        print(json.dumps({"name": "live_path", "ours": ours, "peers": recorded, "ratio": {}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
