"""The paper node: the same exchange as in a backtest, but event by event through broker, driver, inbox and loop.

The kernel's clock is the data's; the wall clock only paces. So the commands, fills and books equal a backtest's over
the same data, whatever the speed.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from anyvenue.data.source import Source
from anyvenue.data.store import Store
from anyvenue.engine.curve import EquityCurve
from anyvenue.engine.feed import DataLike, Feed, open_feed
from anyvenue.engine.recording import recording
from anyvenue.engine.results import RunResult
from anyvenue.engine.sim_broker import SimBroker
from anyvenue.engine.sim_driver import SimDriver
from anyvenue.engine.simulated import ACCOUNT, SETTLING_ROUNDS, SimulatedNode, cash_of
from anyvenue.engine.venue import VenueOptions
from anyvenue.kernel.kernel import FAR
from anyvenue.model.errors import ConfigError
from anyvenue.model.events import Event, TimePassed
from anyvenue.model.ids import AccountId
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade
from anyvenue.model.numbers import Number
from anyvenue.oms.risk import RiskLimits
from anyvenue.reference.catalog import DEFAULT_DATE, Catalog
from anyvenue.runtime.clock import Pace
from anyvenue.runtime.inbox import LoopInbox
from anyvenue.runtime.loop import run as run_loop
from anyvenue.strategy.base import Strategy

__all__ = ["PaperNode", "paper"]

_MARKET = frozenset({Quote, Depth, Bar, Trade})


class PaperNode(SimulatedNode):
    """A node connected to a simulated exchange of its own.

    `speed` is simulated seconds a wall second, 0 for as fast as it can. Accounts and strategies are added before `run`.
    """

    def __init__(
        self,
        feed: Feed,
        catalog: Catalog,
        options: VenueOptions | None = None,
        *,
        speed: float = 60.0,
        logger: Callable[[str, str], None] | None = None,
        risk: RiskLimits | None = None,
    ) -> None:
        """Plug everything together."""
        super().__init__(feed, catalog, options, logger, risk)
        self.broker = SimBroker(self.node.instrument, self.node.sessions_of, self.options)
        # One table of latest events, as in a backtest: a report finds the books at the prices that caused it.
        kernel = self.node.kernel
        self.broker.exchange.share_latest(kernel.latest, kernel.before_gap)
        self.driver = SimDriver(self.broker)
        self.pace = Pace(speed)
        self.started = asyncio.Event()
        self._inbox: LoopInbox | None = None
        self._poke = asyncio.Event()
        self._stopping = self._finishing = False
        self._watchers: list[EquityCurve] = []
        for source in feed.sources:
            self.add_source(source)

    def add_source(self, source: Source) -> None:
        """Let the node know what a source can serve, and have its events posted."""
        super().add_source(source)
        self.driver.subscribe(source.instrument.id, "all")
        if self.started.is_set():
            self._open_markets(self.broker.exchange, [source.instrument], self.node.kernel.now)

    def add_account(self, account: AccountId, cash: Mapping[str, Decimal]) -> None:
        """Open an account; the money is paid in when the node begins to run."""
        self._keep_books(account, cash, self.driver.send)
        self.broker.create_account(account, {})
        self.driver.add_account(account)

    def request_stop(self) -> None:
        """End the run at the next chance; for callbacks on the loop's thread. Repeated calls do nothing."""
        if not self._finishing:
            self._stopping = True
            self._poke.set()

    def poke(self) -> None:
        """Look at once whether something is due; for whoever sends commands from outside the strategies."""
        self._poke.set()

    async def run(self, *, seconds: float | None = None, stop: asyncio.Event | None = None) -> None:
        """Run to the end of the data, for `seconds` of wall time, or until `stop` is set.

        Whatever ends it, strategies are stopped and no order is left working.
        """
        loop = asyncio.get_running_loop()
        self._inbox = LoopInbox(loop, self._handle)
        timer = loop.call_later(seconds, self.request_stop) if seconds is not None else None
        watcher = loop.create_task(self._watch(stop)) if stop is not None else None
        await self.driver.open(self._inbox)
        try:
            await self._pass(self.feed.events())
        finally:
            if timer is not None:
                timer.cancel()
            if watcher is not None:
                watcher.cancel()
                await asyncio.wait({watcher})
            await self._finish()
            await self.driver.close()

    # ---- the run

    async def _pass(self, events: Iterator[MarketData]) -> None:
        self._audit_data()
        begun = False
        for event in events:
            if not begun:
                begun = True
                await self._begin(event.ts_recv)
            await self._reach(event.ts_recv)
            if self._stopping:
                break
            self.broker.on_market(event)
            await self._drained()

    async def _begin(self, now: int) -> None:
        self.broker.now = self.node.kernel.now = now
        self._open_markets(self.broker.exchange, self.feed.instruments, now)
        for account, cash in self.paid_in.items():
            for currency, amount in cash.items():
                self.broker.deposit(account, currency, amount)
        await self._drained()
        self._watchers = self._all_curves()
        self.node.start()
        self.started.set()

    async def _reach(self, ts: int) -> None:
        """Let time pass to `ts`: what is due by itself before happens one thing at a time, as in a backtest."""
        broker, kernel = self.broker, self.node.kernel
        while not self._stopping:
            due = min(broker.due, kernel.due)
            if not await self._waited(min(due, ts)):
                continue
            self._look_on(min(due, ts + 1), ts)
            if due > ts:
                return
            if broker.due <= kernel.due:
                broker.run_due()
            else:
                self._post(TimePassed(due, due))
            await self._drained()

    def _look_on(self, before: int, until: int) -> None:
        """Take the samples of equity that are due before the next thing happens, as a kernel's watchers do."""
        for curve in self._watchers:
            while curve.due < before:
                self.node.kernel.until = until
                curve.run()

    async def _waited(self, ts: int) -> bool:
        """Wait for the wall clock to reach `ts`; False when somebody poked and things may have changed."""
        seconds = self.pace.wait_for(ts)
        if seconds <= 0:
            return True
        try:
            await asyncio.wait_for(self._poke.wait(), seconds)
        except TimeoutError:
            return True
        self._poke.clear()
        return False

    async def _finish(self) -> None:
        """Stop the strategies and let what is in flight arrive, without waiting for the wall clock."""
        node, broker = self.node, self.broker
        self._stopping, self._finishing, self.pace = False, True, Pace(0)
        node.stop()
        node.desk.cancel_all()
        for _ in range(SETTLING_ROUNDS):
            due = broker.flight_due
            if due >= FAR:
                break
            await self._reach(max(due, node.kernel.now))
        broker.cancel_everything(node.kernel.now)
        await self._drained()
        for curve in self._all_curves():
            curve.sample(node.kernel.now)

    async def _watch(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.request_stop()

    def _handle(self, event: Event) -> None:
        kernel = self.node.kernel
        kind = type(event)
        if kind in _MARKET:
            kernel.process(event)
        elif kind is TimePassed:
            kernel.step(event.ts_recv)
        else:
            kernel.deliver((event,))

    def _post(self, event: Event) -> None:
        if self._inbox is None:
            raise ConfigError("the paper node is not running; await run() first")
        self._inbox.post(event)

    async def _drained(self) -> None:
        if self._inbox is not None:
            await self._inbox.drained()


def paper(
    strategy: Strategy | type[Strategy],
    data: DataLike,
    *,
    speed: float = 60.0,
    seconds: float | None = None,
    instrument: str | None = None,
    parameters: Mapping[str, object] | None = None,
    cash: Number | Mapping[str, Number] = 1_000_000,
    options: VenueOptions | None = None,
    catalog: Catalog | None = None,
    date: int | None = None,
    profile: str | None = None,
    interval: str | None = None,
    logger: Callable[[str, str], None] | None = None,
    record: Store | None = None,
    risk: RiskLimits | None = None,
) -> RunResult:
    """Run a strategy over data through the live path and return the result, equal to the backtest's.

    `speed` is simulated seconds a wall second, 0 for as fast as it can; `seconds` ends it after that much wall time.
    The other arguments are those of `backtest`.
    """
    catalog = catalog or Catalog(date or DEFAULT_DATE)
    feed = open_feed(
        data, catalog, instrument=instrument, profile=profile, date=date, interval=interval
    )

    async def main() -> RunResult:
        node = PaperNode(feed, catalog, options, speed=speed, logger=logger, risk=risk)
        node.add_account(ACCOUNT, cash_of(cash, feed.instruments))
        node.node.add_strategy(strategy, ACCOUNT, feed.traded, parameters)
        with recording(node, record):
            await node.run(seconds=seconds)
        return node.result(ACCOUNT)

    return run_loop(main())
