"""What a live node measures of itself: latencies as they happen, everything else when somebody asks."""

from collections.abc import Iterator
from time import perf_counter_ns

from anyvenue.engine.live.edge_meters import EdgeMeters
from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.strategy_process.host import ProcessHost
from anyvenue.model.commands import SubmitOrder
from anyvenue.model.enums import DriverState
from anyvenue.model.events import (
    Event,
    LoopLagged,
    OrderAccepted,
    OrderFilled,
    OrderRejected,
    VenueStateChanged,
)
from anyvenue.model.ids import OrderId
from anyvenue.model.market import Bar, Depth, Quote, Trade
from anyvenue.model.protocols import Clock
from anyvenue.runtime.metrics import Metrics, Sample

__all__ = ["Meters"]

_TICKS = frozenset({Quote, Depth, Trade, Bar})
_ANSWERS = (OrderAccepted, OrderRejected, OrderFilled)
_MOST_WAITING = 10_000


class Meters:
    """Plugged into a node before it starts; `metrics` has the figures.

    A tick's latency runs from its receipt (`ts_recv`, by the same clock) until the strategies have seen it. A venue
    with a time of its own tells nothing about that, so `clock` absent leaves it to the work in the node alone.
    """

    def __init__(self, node: LiveNode, clock: Clock | None = None) -> None:
        """Measure `node`; `clock` is the one that drivers stamp events with."""
        self.metrics = metrics = Metrics()
        self._node = node
        self._clock = clock
        self._began = 0
        self._sent: dict[OrderId, int] = {}
        self._seen_ready: set[str] = set()
        self.tick_to_strategy = metrics.histogram(
            "anyvenue_tick_to_strategy_seconds",
            "From a market event's receipt to the strategies' end.",
        )
        self.order_to_ack = metrics.histogram(
            "anyvenue_order_to_ack_seconds", "From an order's sending to the venue's first answer."
        )
        self.ticks = metrics.counter("anyvenue_market_events_total", "Market events taken.")
        self.sent = metrics.counter("anyvenue_orders_sent_total", "Orders sent to venues.")
        self.fills = metrics.counter("anyvenue_fills_total", "Fills.")
        self.rejects = metrics.counter("anyvenue_orders_rejected_total", "Orders rejected.")
        self.reconnects = metrics.counter("anyvenue_reconnects_total", "Venues reached again.")
        self.lags = metrics.counter("anyvenue_loop_lags_total", "Times the loop was held up.")
        self._add_gauges(metrics)
        self.edges = EdgeMeters(metrics, node)
        node.before.append(self._before)
        node.after.append(self._after)
        kernel = node.node.kernel
        for kind in _ANSWERS:
            kernel.on(kind, self._on_answer)
        kernel.on(VenueStateChanged, self._on_venue)
        kernel.on(LoopLagged, self._on_lag)
        for session in node.sessions.values():
            session.on_sent = self._on_sent

    # ---- as it happens

    def _before(self, event: Event) -> None:
        if type(event) in _TICKS:
            clock = self._clock
            self._began = perf_counter_ns() if clock is None else event.ts_recv

    def _after(self, event: Event) -> None:
        if type(event) in _TICKS:
            clock = self._clock
            now = perf_counter_ns() if clock is None else clock.now()
            self.tick_to_strategy.observe((now - self._began) / 1e9)
            self.ticks.value += 1

    def _on_sent(self, command: SubmitOrder) -> None:
        self.sent.value += 1
        if len(self._sent) < _MOST_WAITING:
            self._sent[command.order_id] = perf_counter_ns()

    def _on_answer(self, event: OrderAccepted | OrderRejected | OrderFilled) -> None:
        began = self._sent.pop(event.order_id, 0)
        if began:
            self.order_to_ack.observe((perf_counter_ns() - began) / 1e9)
        if type(event) is OrderFilled:
            self.fills.value += 1
        elif type(event) is OrderRejected:
            self.rejects.value += 1

    def _on_venue(self, event: VenueStateChanged) -> None:
        if event.state is DriverState.READY:
            if event.venue in self._seen_ready:
                self.reconnects.value += 1
            self._seen_ready.add(event.venue)
        elif event.state is DriverState.DEGRADED:
            self._sent.clear()  # an answer to these says nothing about latency any more

    def _on_lag(self, event: LoopLagged) -> None:
        self.lags.value += 1

    # ---- when asked

    def _add_gauges(self, metrics: Metrics) -> None:
        node = self._node
        metrics.gauge(
            "anyvenue_inbox_depth",
            "Events that wait.",
            lambda: [({}, node.inbox.depth)] if node.started else [],
        )
        metrics.gauge(
            "anyvenue_inbox_conflated_total",
            "Ticks dropped because a later one had come.",
            lambda: [({}, node.inbox.conflated)] if node.started else [],
            "counter",
        )
        metrics.gauge(
            "anyvenue_journal_lag_records", "Records not on the disk for sure.", self._journal_lag
        )
        metrics.gauge("anyvenue_venue_ready", "1 when in line with the venue.", self._venues)
        metrics.gauge("anyvenue_open_orders", "Working orders.", self._open_orders)
        metrics.gauge("anyvenue_equity", "Equity of an account.", lambda: self._money("equity"))
        metrics.gauge(
            "anyvenue_available", "Money an account can use.", lambda: self._money("available")
        )
        metrics.gauge("anyvenue_profit", "Profit of the trading day.", self._profit)
        metrics.gauge("anyvenue_risk_halts", "Halts that wait for a release.", self._halts)
        metrics.gauge(
            "anyvenue_strategy_faults_total",
            "Strategy faults.",
            lambda: [({}, len(node.node.faults))],
            "counter",
        )
        metrics.gauge("anyvenue_strategy_running", "1 when the strategy runs.", self._strategies)
        metrics.gauge(
            "anyvenue_strategy_backlog",
            "Market events and timers that a strategy in a process has not dealt with.",
            lambda: self._apart("backlog"),
        )
        metrics.gauge(
            "anyvenue_strategy_conflated_total",
            "Quotes, depth and timers that a later one replaced before a strategy in a process took them.",
            lambda: self._apart("conflated"),
            "counter",
        )
        metrics.gauge(
            "anyvenue_strategy_dropped_total",
            "Trades and bars that were too many for a strategy in a process.",
            lambda: self._apart("dropped"),
            "counter",
        )

    def _journal_lag(self) -> Iterator[Sample]:
        journal = self._node.chronicle.journal
        if journal is not None:
            yield {}, journal.lag

    def _venues(self) -> Iterator[Sample]:
        for venue, session in self._node.sessions.items():
            ready = session.driver.state is DriverState.READY
            in_line = ready and all(session.is_ready(each) for each in session.accounts)
            yield {"venue": venue}, int(in_line)

    def _open_orders(self) -> Iterator[Sample]:
        for account, state in self._node.node.desk.accounts.items():
            yield {"account": account}, len(state.orders.open_orders())

    def _money(self, figure: str) -> Iterator[Sample]:
        for account, state in self._node.node.desk.accounts.items():
            for currency in state.currencies():
                figures = state.figures(currency, self._node.now())
                labels = {"account": account, "currency": currency}
                yield labels, float(getattr(figures, figure))

    def _profit(self) -> Iterator[Sample]:
        for account, state in self._node.node.desk.accounts.items():
            for currency in state.currencies():
                figures = state.figures(currency, self._node.now())
                made = figures.close_profit + figures.position_profit - figures.fees
                yield {"account": account, "currency": currency}, float(made)

    def _halts(self) -> Iterator[Sample]:
        yield {}, len(self._node.node.desk.risk.halts())

    def _strategies(self) -> Iterator[Sample]:
        for name, host in self._node.node.hosts.items():
            yield {"strategy": name}, int(host.state == "running")

    def _apart(self, figure: str) -> Iterator[Sample]:
        for name, host in self._node.node.hosts.items():
            if isinstance(host, ProcessHost):
                yield {"strategy": name}, getattr(host, figure)
