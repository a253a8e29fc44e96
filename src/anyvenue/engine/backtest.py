"""The backtest node: no loop, no threads, no journal; one pass over the data."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import chain

from anyvenue.data.profiles import Record
from anyvenue.data.source import Source
from anyvenue.data.store import Store
from anyvenue.engine.feed import DataLike, Feed, open_feed
from anyvenue.engine.node import Node
from anyvenue.engine.recording import recording
from anyvenue.engine.results import RunResult
from anyvenue.engine.simulated import ACCOUNT, SETTLING_ROUNDS, SimulatedNode, cash_of
from anyvenue.engine.venue import VenueOptions, make_exchange, make_latency, make_rates
from anyvenue.kernel.kernel import FAR
from anyvenue.model.commands import Command, SubmitOrder
from anyvenue.model.enums import InstrumentKind
from anyvenue.model.errors import ConfigError
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.market import Depth, MarketData
from anyvenue.model.numbers import Number
from anyvenue.oms.risk import RiskLimits
from anyvenue.reference.catalog import DEFAULT_DATE, Catalog
from anyvenue.sim.exchange import Exchange
from anyvenue.sim.link import Link
from anyvenue.strategy.base import Strategy

__all__ = ["ACCOUNT", "BacktestNode", "backtest", "cash_of"]

Progress = Callable[[int, int], None]


class BacktestNode(SimulatedNode):
    """A node with a simulated exchange right behind its order desk."""

    def __init__(
        self,
        feed: Feed,
        catalog: Catalog,
        options: VenueOptions | None = None,
        logger: Callable[[str, str], None] | None = None,
        risk: RiskLimits | None = None,
    ) -> None:
        """Plug everything together; accounts and strategies are added afterwards. Raise ConfigError for ``book``."""
        if options is not None and options.matching == "book":
            raise ConfigError(
                "matching was 'book', in which recorded data fills nothing; use touch, queue or maker in a backtest",
                code="config.matching_book",
                key="matching",
                value="book",
            )
        super().__init__(feed, catalog, options, logger, risk)
        for source in feed.sources:
            self.add_source(source)
        kernel = self.node.kernel
        self.exchange = make_exchange(self.options, self.node.instrument, self.node.sessions_of)
        # The kernel keeps the latest events anyway; the exchange reads the same table.
        self.exchange.share_latest(kernel.latest, kernel.before_gap)
        self.link = Link(
            self.exchange,
            self._deliver,
            kernel.wake_at,
            make_latency(self.options),
            self.options.faults,
        )
        kernel.add_waker(self.link, first=True)
        self._watch = _Watch(self.node, self.exchange, self.link, feed)

    def add_account(self, account: AccountId, cash: Mapping[str, Decimal]) -> None:
        """Open an account at the exchange and in the node, with money in it."""
        rates = make_rates(self.options)
        self.exchange.create_account(account, rates, self.options.settings)
        self._keep_books(account, cash, self._watch.send)

    def run(self, progress: Progress | None = None) -> None:
        """Start the strategies, pass all events, stop the strategies; no order is left working."""
        node = self.node
        self._audit_data()
        events = self.feed.events()
        first = next(events, None)
        if first is not None:
            self._begin(first.ts_recv)
            events = chain((first,), events)
            node.kernel.run(events if progress is None else _counted(events, progress))
        self.finish()

    def _begin(self, now: int) -> None:
        """Pay the money in and start the strategies at the time of the first event."""
        kernel = self.node.kernel
        kernel.now = now
        self._open_markets(self.exchange, self.feed.instruments, now)
        for account, cash in self.paid_in.items():
            for currency, amount in cash.items():
                kernel.process(self.exchange.deposit(account, currency, amount, now))
        for curve in self._all_curves():
            kernel.add_waker(curve, watcher=True)
        self.node.start()

    def finish(self) -> None:
        """Stop the strategies and let what is in flight arrive."""
        node, kernel = self.node, self.node.kernel
        node.stop()
        node.desk.cancel_all()
        now = kernel.now
        for _ in range(SETTLING_ROUNDS):
            due = self.link.flight_due
            if due >= FAR:
                break
            now = max(due, kernel.now)
            kernel.advance(now)
        # Not everything that arrives is reported, so the kernel's time may lag behind the exchange's.
        kernel.deliver(self.exchange.cancel_all(max(now, kernel.now)))
        for curve in self._all_curves():
            curve.sample(kernel.now)

    def _deliver(self, events: list[Event]) -> None:
        self.node.kernel.deliver(events)


class _Watch:
    """Shows the exchange the events it needs: all, but what only tells prices just while orders work.

    A quote of an instrument without working orders changes nothing at the exchange but its latest price, which it
    shares with the kernel; leaving those out is a quarter of a backtest's time. Snapshots are looked at for price
    limits and settlement prices.
    """

    def __init__(self, node: Node, exchange: Exchange, link: Link, feed: Feed) -> None:
        self._kernel = node.kernel
        self._exchange = exchange
        self._link = link
        self._spared, self._glanced_at = _spared(feed)
        for instrument in feed.instruments:
            self._kernel.on_first(instrument.id, self._show)

    def send(self, command: Command) -> None:
        self._link.send(command)
        if isinstance(command, SubmitOrder):
            self._watch(command.request.instrument)

    def _watch(self, instrument: InstrumentId) -> None:
        self._kernel.off_first(instrument, self._glance)
        self._kernel.on_first(instrument, self._show)

    def _show(self, event: MarketData) -> None:
        self._link.on_market(event)
        instrument = event.instrument
        if instrument not in self._spared and instrument not in self._glanced_at:
            return
        if not self._exchange.watches(instrument) and not self._link.busy:
            self._kernel.off_first(instrument, self._show)
            if instrument in self._glanced_at:
                self._kernel.on_first(instrument, self._glance)

    def _glance(self, event: MarketData) -> None:
        if type(event) is Depth and self._exchange.tells_more(event):
            self._link.on_market(event)


def _spared(feed: Feed) -> tuple[frozenset[InstrumentId], frozenset[InstrumentId]]:
    """Return the instruments that have prices only, and those that have snapshots, too; not those with more."""
    prices = {source.instrument.id for source in feed.sources if _tells_only_prices(source)}
    depths = {source.instrument.id for source in feed.sources if source.record is Record.DEPTH}
    others = {
        source.instrument.id
        for source in feed.sources
        if source.instrument.kind is InstrumentKind.CONTINUOUS
        or not (source.record is Record.DEPTH or _tells_only_prices(source))
    }
    return frozenset(prices - depths - others), frozenset(depths - others)


def _tells_only_prices(source: Source) -> bool:
    """Tell whether the records carry neither price limits nor settlement prices."""
    return source.record in (Record.QUOTE, Record.TRADE) or (
        source.record is Record.BAR and source.interval != "1d"
    )


def _counted(events: Iterator[MarketData], progress: Progress) -> Iterator[MarketData]:
    for count, event in enumerate(events, 1):
        yield event
        if not count & 0xFFFF:
            progress(count, event.ts_recv)


def backtest(
    strategy: Strategy | type[Strategy],
    data: DataLike,
    *,
    instrument: str | None = None,
    parameters: Mapping[str, object] | None = None,
    cash: Number | Mapping[str, Number] = 1_000_000,
    options: VenueOptions | None = None,
    catalog: Catalog | None = None,
    date: int | None = None,
    profile: str | None = None,
    interval: str | None = None,
    progress: Progress | None = None,
    logger: Callable[[str, str], None] | None = None,
    record: Store | None = None,
    risk: RiskLimits | None = None,
) -> RunResult:
    """Run a strategy over recorded data and return the result.

    `data` is a path, a Source, a list of either, or a list of market records of one instrument. `instrument` says
    what a file is about that does not say so itself; `date` (yyyymmdd) what day it is of; `profile` and `interval`
    settle what its layout leaves open. `cash` is an amount in every currency needed, or amounts by currency. With a
    store to `record` into, what the run consumed goes there, with its fills, marks and account figures. `risk` limits
    what may be traded. Raise ConfigError, DataError or TableError; a strategy that raises
    is in `result.faults`.
    """
    catalog = catalog or Catalog(date or DEFAULT_DATE)
    feed = open_feed(
        data, catalog, instrument=instrument, profile=profile, date=date, interval=interval
    )
    node = BacktestNode(feed, catalog, options, logger, risk)
    node.add_account(ACCOUNT, cash_of(cash, feed.instruments))
    node.node.add_strategy(strategy, ACCOUNT, feed.traded, parameters)
    with recording(node, record):
        node.run(progress)
    return node.result(ACCOUNT)
