"""A market of a few quotes and a node to trade it in, for tests of the engine."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.engine.backtest import BacktestNode
from anyvenue.engine.feed import Feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.ids import AccountId
from anyvenue.model.market import Depth, MarketData, Quote
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.base import Strategy

CATALOG = Catalog(20260915)
RB = CATALOG.get("rb2701.SHFE")
OPEN = 1_789_434_000_000_000_000  # 09:00 in China on 2026-09-15
SECOND = 1_000_000_000
MINE = AccountId("mine")


def at(second: float) -> int:
    """Return ns UTC of so many seconds after the open."""
    return OPEN + int(second * SECOND)


def quote(second: float, bid: float = 3500.0, size: float = 50.0) -> Quote:
    """Return a quote a tick wide."""
    return Quote(RB.id, at(second), at(second), bid, bid + 1, size, size)


def depth(second: float, bid: float = 3500.0) -> Depth:
    """Return a snapshot a tick wide."""
    return Depth(RB.id, at(second), at(second), (bid,), (50.0,), (bid + 1,), (50.0,), last=bid)


def source(events: Sequence[MarketData], record: Record = Record.QUOTE) -> MemorySource:
    """Return records of rb2701 as a source."""

    def make() -> Iterator[MarketData]:
        return iter(events)

    return MemorySource(RB, record, make, identity=repr(events))


def node_of(
    *strategies: Strategy,
    events: Sequence[MarketData] = (),
    record: Record = Record.QUOTE,
    options: VenueOptions | None = None,
    logger: Callable[[str, str], None] | None = None,
    cash: int = 1_000_000,
) -> BacktestNode:
    """Return a node, not run yet, whose strategies share one account and are called a, b, c ..."""
    data = events or [quote(second) for second in range(1, 11)]
    node = BacktestNode(Feed([source(data, record)]), CATALOG, options, logger)
    node.add_account(MINE, {"CNY": Decimal(cash)})
    for name, strategy in zip("abcdef", strategies, strict=False):
        node.node.add_strategy(strategy, MINE, [RB], name=name)
    return node


class Counts(Strategy):
    """Listens to everything it can and counts its callbacks."""

    channels: tuple[str, ...] = ("quotes",)

    def on_start(self) -> None:
        self.calls: dict[str, int] = {}
        for channel in self.channels:
            getattr(self, channel)(self.instrument)

    def count(self, name: str) -> int:
        """Count a callback and return how often it came."""
        self.calls[name] = self.calls.get(name, 0) + 1
        return self.calls[name]

    def on_quote(self, quote: Quote) -> None:
        self.count("quote")

    def on_depth(self, depth: Depth) -> None:
        self.count("depth")

    def on_bar(self, bar: Any) -> None:
        self.count("bar")

    def on_order(self, order: Any) -> None:
        self.count("order")

    def on_fill(self, fill: Any) -> None:
        self.count("fill")

    def on_timer(self, timer: Any) -> None:
        self.count("timer")

    def on_stop(self) -> None:
        self.count("stop")
