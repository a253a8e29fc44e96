"""A live node under steady load: ticks from a foreign thread, and five strategies, two of which are trouble.

One raises at every tick, and one takes 5 ms for each in a process of its own.

Used by `test_soak.py` for seconds and by `bench/soak.py` for an hour.
"""

import asyncio
import gc
import os
import threading
import time
from bisect import bisect_right
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import msgspec
from live_books import ALICE, PERPETUAL, differences, live_node, paper_driver

from anyvenue.engine.live import LiveNode
from anyvenue.engine.live.processes import add_process_strategy
from anyvenue.engine.strategy_process.host import ProcessHost
from anyvenue.engine.strategy_process.terms import ProcessTerms, StrategyCode
from anyvenue.model.commands import SubmitOrder
from anyvenue.model.enums import Side
from anyvenue.model.events import OrderRejected
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.market import Quote
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.base import Strategy
from anyvenue.venues.paper.driver import PaperDriver
from served import Box

__all__ = ["Soaked", "soak"]

TICKED = (
    PERPETUAL,
    *(InstrumentId(name) for name in ("rb2701.SHFE", "IF2612.CFFEX", "600519.SSE")),
)
_BATCHES_PER_S = 200
# Upper ends of latency classes in ns, 10 % apart: a count each takes no memory, however long it goes on.
_CLASSES = [int(1_000 * 1.1**step) for step in range(160)]


class Soaked(msgspec.Struct):
    """What came of it; times in ms, memory in MB.

    Of the strategy in a process: `apart_seen` ticks, `apart_conflated` replaced by later ones, `apart_backlog` the most
    that waited, and reports (of orders, of fills) as it has `apart_heard` them and as the node has `apart_told` them.
    """

    seconds: float
    posted: int
    missed: int
    conflated: int
    errors: int
    faults: int
    orders: int
    fills: int
    p50_ms: float
    p99_ms: float
    worst_ms: float
    warm_mb: float
    end_mb: float
    growth: float
    cpu_share: float
    differences: list[str]
    apart_seen: int
    apart_conflated: int
    apart_dropped: int
    apart_backlog: int
    apart_heard: list[int]
    apart_told: list[int]
    apart_mb: float


class Latencies:
    """Counts times by class."""

    def __init__(self) -> None:
        self.counts = [0] * (len(_CLASSES) + 1)
        self.worst = 0

    def add(self, ns: int) -> None:
        self.counts[bisect_right(_CLASSES, ns)] += 1
        self.worst = max(self.worst, ns)

    def quantile_ms(self, share: float) -> float:
        """Return the upper end of the class in which the quantile is."""
        left = share * sum(self.counts)
        for top, count in zip([*_CLASSES, self.worst], self.counts, strict=True):
            left -= count
            if left <= 0:
                return top / 1e6
        return self.worst / 1e6


class Listens(Strategy):
    """Counts ticks and how late they come."""

    def on_start(self) -> None:
        self.seen = 0
        self.late = Latencies()
        for instrument in self.instruments:
            self.quotes(instrument)

    def on_quote(self, quote: Quote) -> None:
        self.late.add(time.time_ns() - quote.ts_recv)
        self.seen += 1


class Trades(Listens):
    """Buys and sells what somebody offers, and takes back an order that nobody wants, every so many ticks."""

    every: int = 4000

    def on_start(self) -> None:
        super().on_start()
        self.filled = 0

    def on_quote(self, quote: Quote) -> None:
        super().on_quote(quote)
        if self.seen % self.every:
            return
        turn = self.seen // self.every
        if turn % 3 == 0:
            self.buy(PERPETUAL, "0.01", 40_000).cancel()
        elif turn % 3 == 1:
            self.buy(PERPETUAL, "0.01", 50_001)
        else:
            self.sell(PERPETUAL, "0.01", 49_999)

    def on_order(self, order: Order) -> None:
        self.filled += order.filled > 0


class Raises(Listens):
    """Is wrong every time."""

    def on_quote(self, quote: Quote) -> None:
        super().on_quote(quote)
        raise ArithmeticError("as always")


class Plods(Strategy):
    """Takes 5 ms for every tick, and buys or sells a little every so many of those that it sees."""

    every: int = 400

    def on_start(self) -> None:
        self.seen = self.orders_heard = self.fills_heard = 0
        for instrument in self.instruments:
            self.quotes(instrument)

    def on_quote(self, quote: Quote) -> None:
        time.sleep(0.005)
        self.seen += 1
        if self.seen % self.every == 0:
            if self.seen // self.every % 2:
                self.buy(PERPETUAL, "0.01", 50_001)
            else:
                self.sell(PERPETUAL, "0.01", 49_999)

    def on_order(self, order: Order) -> None:
        self.orders_heard += 1

    def on_fill(self, fill: Fill) -> None:
        self.fills_heard += 1

    def on_stop(self) -> None:
        self.log(f"plodded {self.seen} {self.orders_heard} {self.fills_heard} {resident_mb():.1f}")


def plods() -> type[Strategy]:
    """Return the slow strategy, in the process that it lives in."""
    return Plods


class Told:
    """Counts what the node has to tell the strategy in a process, and what that said at its end."""

    def __init__(self, name: str) -> None:
        self.orders = self.fills = 0
        self.heard = [0.0, 0.0, 0.0, 0.0]
        self._name = name

    def on_order(self, order: Order, fill: Fill | None) -> None:
        """Count a report."""
        if order.request.strategy == self._name:
            self.orders += 1
            self.fills += fill is not None

    def on_line(self, source: str, text: str) -> None:
        """Take the figures of its last line."""
        if source == self._name and text.startswith("plodded"):
            self.heard = [float(each) for each in text.split()[1:]]


class Unfed(PaperDriver):
    """A driver whose ticks come from elsewhere."""

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Do nothing."""


class Ticker(threading.Thread):
    """Posts ticks from a thread of its own, as vendors' libraries do."""

    def __init__(self, node: LiveNode, rate: int) -> None:
        super().__init__(daemon=True)
        self.posted = 0
        self.ended = threading.Event()
        self._inbox = node.inbox
        self._batch = rate // _BATCHES_PER_S

    def run(self) -> None:
        post, due = self._inbox.post, time.monotonic()
        while not self.ended.is_set():
            now = time.time_ns()
            for at in range(self._batch):
                price = 50_000.0 + (self.posted + at) % 7
                post(Quote(TICKED[at % len(TICKED)], now, now, price, price + 1.0, 5.0, 5.0))
            self.posted += self._batch
            due += 1 / _BATCHES_PER_S
            self.ended.wait(max(due - time.monotonic(), 0))


def resident_mb() -> float:
    """Return the memory that the process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@asynccontextmanager
async def liquidity(port: int, lots: int) -> AsyncIterator[None]:
    """Have bob stand on both sides with so many lots."""
    driver, box = paper_driver(port, "bob"), Box()
    await driver.open(box)
    for number, side, price in ((1, Side.SELL, 50_001), (2, Side.BUY, 49_999)):
        request = OrderRequest(
            driver.account, PERPETUAL, side, Decimal(lots) / 100, Decimal(price), tag=str(number)
        )
        driver.submit(SubmitOrder(OrderId(number), request, 0))
    await driver.orders()
    assert not box.of(OrderRejected), box.events
    await driver.close()
    yield


async def at_rest(node: LiveNode, apart: ProcessHost, patience_s: float = 30.0) -> None:
    """Return once the strategy in a process has dealt with everything and no order works."""
    until = time.monotonic() + patience_s
    while apart.backlog or node.node.desk.open_orders():
        assert time.monotonic() < until, (apart.backlog, apart.fault, node.node.desk.open_orders())
        await asyncio.sleep(0.01)


async def most_waiting(apart: ProcessHost, seconds: float) -> int:
    """Wait, and return the most that a strategy in a process was behind meanwhile."""
    most, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.sleep(min(0.1, max(until - time.monotonic(), 0)))
        most = max(most, apart.backlog)
    return most


async def soak(
    port: int, folder: Path, *, seconds: float, warm_up: float, rate: int = 2000, every: int = 4000
) -> Soaked:
    """Trade against the exchange at `port` and return what was measured after the warm-up."""
    told = Told("apart")
    node = live_node(Unfed(paper_driver(port)._config), logger=told.on_line)
    node.open_journal(folder)
    catalog = Catalog()
    instruments = [catalog.get(each) for each in TICKED]
    strategies: list[Listens] = [
        Raises(),
        Listens(),
        *(Trades(every=every + at) for at in range(2)),
    ]
    for at, strategy in enumerate(strategies):
        host = node.add_strategy(strategy, ALICE, instruments, name=f"s{at}")
        host.policy = "continue" if at == 0 else "fault"
    terms = ProcessTerms(code=StrategyCode("soaking:plods"))
    parameters = {"every": max(every // 2, 1)}
    apart = add_process_strategy(node, terms, ALICE, instruments, parameters, name="apart")
    node.node.desk.listeners.append(told.on_order)
    async with liquidity(port, 10_000):
        await node.start()
        async with asyncio.timeout(30):
            while not apart.began:
                await asyncio.sleep(0.01)
        ticker = Ticker(node, rate)
        ticker.start()
        await asyncio.sleep(warm_up)
        for each in strategies:
            each.late = Latencies()
        gc.collect()
        warm, cpu, began = resident_mb(), time.process_time(), time.monotonic()
        backlog = await most_waiting(apart, seconds)
        took, cpu = time.monotonic() - began, time.process_time() - cpu
        gc.collect()
        end = resident_mb()
        ticker.ended.set()
        ticker.join()
        await node.inbox.drained()
        await at_rest(node, apart)
    late = Latencies()
    for each in strategies[1:]:
        late.counts = [a + b for a, b in zip(late.counts, each.late.counts, strict=True)]
        late.worst = max(late.worst, each.late.worst)
    orders, hosts = list(node.node.desk.account(ALICE).orders), node.node.hosts
    conflated, left = node.inbox.conflated, await node.stop()
    found = Soaked(
        round(took, 1),
        ticker.posted,
        sum(ticker.posted - each.seen for each in strategies),
        conflated,
        hosts["s0"].errors,  # type: ignore[index]
        len(node.node.faults),
        len(orders),
        sum(each.filled > 0 for each in orders),
        late.quantile_ms(0.5),
        late.quantile_ms(0.99),
        late.worst / 1e6,
        round(warm, 1),
        round(end, 1),
        round(end / warm - 1, 3),
        round(cpu / took, 2),
        await differences(node, port),
        int(told.heard[0]),
        apart.conflated,
        apart.dropped,
        backlog,
        [int(each) for each in told.heard[1:3]],
        [told.orders, told.fills],
        told.heard[3],
    )
    assert left == []
    return found
