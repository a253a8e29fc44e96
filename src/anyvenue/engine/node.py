"""A node: kernel, order desk, market desk and strategies. Backtest, paper and live differ in what is plugged in."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from anyvenue.engine.desk import OrderDesk
from anyvenue.engine.host import StrategyHost
from anyvenue.engine.market import MarketDesk
from anyvenue.kernel.audit import AuditHash
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.errors import ConfigError
from anyvenue.model.events import (
    AccountEvent,
    CommandRefused,
    RiskEvent,
    StrategyFaulted,
    TimerFired,
    TradingHalted,
    TradingReleased,
)
from anyvenue.model.ids import AccountId, InstrumentId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.risk import RiskGate, RiskLimits, Scope
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import SessionCalendar
from anyvenue.strategy.base import Strategy

__all__ = ["Node"]

Logger = Callable[[str, str], None]
_TOLD = tuple(kind for kind in get_args(AccountEvent) if kind is not CommandRefused)


class Node:
    """One kernel with everything that is plugged into it; several nodes live in one process without knowing it."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        sessions_of: Callable[[Instrument], SessionCalendar],
        risk: RiskGate | RiskLimits | None = None,
        audit: AuditHash | None = None,
        logger: Logger | None = None,
    ) -> None:
        """Take instruments from `catalog`; `logger` is called with a source and a line.

        `risk` is what may be traded: settings, or a gate of one's own. `audit` takes what is done and heard.
        """
        self.catalog = catalog
        self.kernel = Kernel()
        self.kernel.on_failure = self._on_failure
        gate = risk if isinstance(risk, RiskGate) else RiskGate((), risk, sessions_of)
        self.desk = OrderDesk(self.kernel, self.instrument, gate, audit)
        gate.listeners.append(self._log_risk)
        self.sessions_of = sessions_of
        self.market = MarketDesk(self.kernel, self.sessions_of)
        self.hosts: dict[StrategyId, StrategyHost] = {}
        self.faults: list[StrategyFaulted] = []
        self._logger = logger
        self._known: dict[InstrumentId, Instrument] = {}

    def instrument(self, instrument: InstrumentId) -> Instrument:
        """Return an instrument by its id; raise UnknownInstrument."""
        found = self._known.get(instrument)
        if found is None:
            found = self._known[instrument] = self.catalog.get(instrument)
        return found

    def know(self, instrument: Instrument) -> None:
        """Use this record for its id, whatever the catalogue says."""
        self._known[instrument.id] = instrument

    def add_strategy(
        self,
        strategy: Strategy | type[Strategy],
        account: AccountId,
        instruments: Sequence[Instrument],
        parameters: Mapping[str, object] | None = None,
        name: str = "",
    ) -> StrategyHost:
        """Host a strategy; raise ConfigError for a bad parameter or a name that is taken."""
        made = strategy if isinstance(strategy, Strategy) else strategy(**(parameters or {}))
        strategy_id = StrategyId(name or type(made).__name__)
        return self.add_host(StrategyHost(self, made, strategy_id, account, instruments))

    def add_host(self, host: StrategyHost) -> StrategyHost:
        """Take on a strategy that has a host; raise ConfigError for a name that is taken."""
        if host.strategy_id in self.hosts:
            raise ConfigError(
                f"strategy name {host.strategy_id!r} is used twice", strategy=host.strategy_id
            )
        self.desk.account(host.account_id)
        self.hosts[host.strategy_id] = host
        self.desk.listeners.append(host.on_order)
        self.kernel.on(TimerFired, host.on_timer)
        self.kernel.on(CommandRefused, host.on_refused)
        if host.hears_account:
            for kind in _TOLD:
                self.kernel.on(kind, host.on_account)
        return host

    def drop_strategy(self, strategy: StrategyId) -> None:
        """Forget a strategy that does not run any more, so that another may have its name."""
        host = self.hosts.pop(strategy)
        self.market.drop(host.strategy)
        self.desk.listeners.remove(host.on_order)
        self.kernel.off(TimerFired, host.on_timer)
        self.kernel.off(CommandRefused, host.on_refused)
        for kind in _TOLD:
            self.kernel.off(kind, host.on_account)
        self.kernel.cancel_timers(strategy)

    def start(self) -> None:
        """Start every strategy that is new."""
        for host in list(self.hosts.values()):
            if host.state == "new":
                host.start()

    def stop(self, *, cancel: bool = True) -> None:
        """Stop every strategy; their working orders are asked back unless told otherwise."""
        for host in self.hosts.values():
            host.stop(cancel=cancel)

    def report_fault(self, fault: StrategyFaulted) -> None:
        """Keep and log the fault of a strategy."""
        self.faults.append(fault)
        where = f" ({fault.where})" if fault.where else ""
        self.log(fault.strategy, f"faulted: {fault.error}{where}")

    def log(self, source: str, text: str) -> None:
        """Write a line to the node's log."""
        if self._logger is not None:
            self._logger(source, text)

    def _log_risk(self, event: RiskEvent) -> None:
        scope = Scope(event.scope, event.name)
        if isinstance(event, TradingHalted):
            self.log("risk", f"{scope} is {event.state.value} by {event.rule}: {event.reason}")
        elif isinstance(event, TradingReleased):
            self.log("risk", f"{scope} is released from {event.rule}: {event.reason}")

    def _on_failure(self, handler: Callable[[Any], None], event: Any, error: Exception) -> None:
        owner = getattr(handler, "__self__", None)
        for host in self.hosts.values():
            if host.strategy is owner:
                if host.state == "running":
                    host.on_error(error)
                return
        raise error
