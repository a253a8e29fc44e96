"""Between the order desk and its risk gate: shows the gate what happens, and asks orders of halted scopes back."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from anyvenue.kernel.audit import AuditHash
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.errors import NotSent
from anyvenue.model.events import AccountEvent, OrderEvent, RiskEvent, VenueStateChanged
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.risk import NODE, RiskGate, Scope

__all__ = ["RiskWatch"]


class RiskWatch:
    """The gate's eyes and hands. What it halts or releases is audited and goes through the kernel as an event."""

    def __init__(
        self,
        gate: RiskGate,
        kernel: Kernel,
        audit: AuditHash,
        accounts: Mapping[AccountId, AccountState],
        instruments: Callable[[InstrumentId], Instrument],
        cancel: Callable[[AccountId, OrderId], None],
    ) -> None:
        """Plug into `kernel`; orders are asked back with `cancel`."""
        self.gate = gate
        self._kernel = kernel
        self._audit = audit
        self._accounts = accounts
        self._lookup = instruments
        self._cancel = cancel
        self._watched: set[InstrumentId] = set()
        gate.attach(accounts)
        gate.listeners.append(self._on_risk)
        kernel.on(VenueStateChanged, self._on_venue_state)

    # ---- what people do

    def kill(self, reason: str) -> None:
        """Ask every working order of every account back at once and refuse all others until `release`."""
        self.gate.kill(reason, self._kernel.now)
        self.recall()

    def halt(
        self,
        scope: Scope,
        reason: str,
        *,
        rule: str = "manual",
        reduce_only: bool = False,
        cancel: bool = False,
    ) -> None:
        """Halt a scope until `release`, or let it only reduce; with `cancel` ask its working orders back."""
        now = self._kernel.now
        self.gate.halt(scope, reason, rule=rule, reduce_only=reduce_only, cancel=cancel, now=now)
        self.recall()

    def release(self, scope: Scope = NODE, *, rule: str | None = None, reason: str = "") -> bool:
        """End the halts of a scope (or that of one rule); return False when there was none."""
        return self.gate.release(scope, rule=rule, reason=reason, now=self._kernel.now)

    def recall(self) -> None:
        """Ask back the working orders of what was halted; what cannot be sent now is asked back on reconnecting."""
        for scope in self.gate.take_recalls():
            for account, state in self._accounts.items():
                for order in state.orders.open_orders():
                    instrument = self._lookup(order.instrument)
                    if scope.covers(account, order.request.strategy, instrument):
                        with suppress(NotSent):
                            self._cancel(account, order.order_id)

    # ---- what the desk tells

    def sending(self, request: OrderRequest, state: AccountState, orders: int) -> None:
        """Take note of a wish that passed and becomes so many venue orders."""
        self.watch_prices(state.instrument(request.instrument))
        self.gate.sent(request, state, self._kernel.now, orders)

    def refuse_halted(self, part: OrderRequest) -> None:
        """Raise NotSent when an earlier part of the same wish has just brought a halt about."""
        halt = self.gate.halted(part, self._lookup(part.instrument))
        if halt is not None:
            raise NotSent(f"{halt.scope} was halted meanwhile: {halt.reason}")

    def on_order(self, order: Order, event: OrderEvent, state: AccountState) -> None:
        """Show the gate a report that changed an order; its owner calls `recall` once everybody has heard of it."""
        self.gate.on_order(order, event, state, self._kernel.now)

    def on_account(self, event: AccountEvent, state: AccountState) -> None:
        """Show the gate an event about an account."""
        self.gate.on_account(event, state, self._kernel.now)
        self.recall()

    # ---- what the kernel tells

    def watch_prices(self, instrument: Instrument) -> None:
        """Show the gate the prices of an instrument from now on, if a breaker needs any."""
        if not self.gate.watches_prices or instrument.id in self._watched:
            return
        self._watched.add(instrument.id)
        for kind in (Quote, Depth, Trade, Bar):
            self._kernel.on_market(kind, instrument.id, self._on_price)

    def _on_price(self, event: MarketData) -> None:
        self.gate.on_price(event, self._lookup(event.instrument), self._kernel.now)
        self.recall()

    def _on_venue_state(self, event: VenueStateChanged) -> None:
        self.gate.on_venue(event, self._kernel.now)
        self.recall()

    def _on_risk(self, event: RiskEvent) -> None:
        self._audit.add(event)
        self._kernel.deliver((event,))
