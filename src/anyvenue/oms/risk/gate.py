"""The gate in the order path: every new order and change passes it, reports and prices feed its breakers.

Whoever owns the gate (`engine.desk`) shows it what happens, and asks the orders of halted scopes back: `take_recalls`.
While there is neither a limit nor a halt the gate is `quiet` and need not be shown anything.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec.structs import replace

from anyvenue.model.commands import CancelOrder, ModifyOrder
from anyvenue.model.enums import DriverState, RiskScope, TradingState
from anyvenue.model.errors import ConfigError
from anyvenue.model.events import (
    AccountEvent,
    OrderAccepted,
    OrderEvent,
    OrderSubmitted,
    RiskEvent,
    RiskTripped,
    TradingHalted,
    TradingReleased,
    VenueStateChanged,
)
from anyvenue.model.ids import AccountId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketEvent
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.risk.breakers import Breaker, Peak, Trip
from anyvenue.oms.risk.feeds import Feeds
from anyvenue.oms.risk.guards import Guards, all_limits
from anyvenue.oms.risk.halts import KILL_SWITCH, Halt, Halts, RiskState
from anyvenue.oms.risk.kept import counted_of, recount
from anyvenue.oms.risk.limits import RiskLimits
from anyvenue.oms.risk.losses import DayStart, DayStarts
from anyvenue.oms.risk.orders import SessionsOf
from anyvenue.oms.risk.replay import Replay, changed_wish
from anyvenue.oms.risk.scopes import NODE, Scope
from anyvenue.oms.risk.sight import Sight
from anyvenue.oms.risk.traders import Traders
from anyvenue.oms.risk.wish import Wish

__all__ = ["RiskGate", "RiskRule"]

# Bound once: looking a member up on its enum class takes its time.
_ACCOUNT = RiskScope.ACCOUNT
_HALTED = TradingState.HALTED
_REDUCE_ONLY = TradingState.REDUCE_ONLY
_SEEN_AT_ONCE = (OrderSubmitted, OrderAccepted)


class RiskRule(Protocol):
    """A rule of somebody's own, asked before all others. What does not concern it, it leaves alone."""

    name: str

    def check(self, request: OrderRequest, state: AccountState, now: int) -> None:
        """Return, or raise RiskDenied(rule=...)."""
        ...

    def check_change(
        self, change: CancelOrder | ModifyOrder, state: AccountState, now: int
    ) -> None:
        """Return, or raise RiskDenied(rule=...)."""
        ...


class RiskGate:
    """All limits, breakers and halts of a node. `listeners` hear every trip, halt and release."""

    def __init__(
        self,
        rules: Sequence[RiskRule] = (),
        limits: RiskLimits | None = None,
        sessions_of: SessionsOf | None = None,
    ) -> None:
        """Ask `rules` in the order given, then those of `limits`. Raise ConfigError when hours are asked for and
        nobody knows them."""
        self.rules = tuple(rules)
        self.limits = limits or RiskLimits()
        self.listeners: list[Callable[[RiskEvent], None]] = []
        every = list(all_limits(self.limits))
        if sessions_of is None and any(each.session_hours for each in every):
            raise ConfigError("session_hours needs trading hours: hand sessions_of to the gate")
        drawdowns = any(each.breaker.drawdown is not None for each in every)
        jumps = any(each.breaker.price_jump is not None for each in every)
        self.watches_prices = drawdowns or jumps
        self._halts = Halts()
        self._starts = DayStarts()
        self._sight = Sight({}, Traders())
        self._guards = Guards(self.limits, self._sight, self._starts, sessions_of)
        self._feeds = Feeds(
            self._guards,
            self._sight,
            self._starts,
            self._trip,
            equity=drawdowns,
            traders=bool(self.limits.strategies),
        )
        self._replay = Replay(self._guards, self._sight)
        self._recalls: list[Scope] = []
        self._refresh()

    @property
    def limited(self) -> bool:
        """Whether there are limits or breakers at all, so that a journal has something to say to `replay`."""
        return self._guards.any

    @property
    def feeds(self) -> Feeds:
        """What counts reports and prices."""
        return self._feeds

    @property
    def venues(self) -> dict[AccountId, VenueId]:
        """At which venue accounts are, to be filled by whoever knows: its disconnects count for them alone."""
        return self._feeds.venues

    # ---- plugging in

    def attach(self, accounts: Mapping[AccountId, AccountState]) -> None:
        """Watch the accounts of a mapping that somebody else keeps."""
        self._sight.accounts = accounts

    def add_account(self, state: AccountState) -> None:
        """Begin with an account as it is now."""
        self._guards.at(NODE)
        self._guards.at(Scope(_ACCOUNT, state.account))
        for currency in state.currencies():
            self._starts.begin(state, currency)

    def _refresh(self) -> None:
        """Say anew whether there is anything to do: `quiet` is what the order path looks at first."""
        self.quiet = not (self.rules or self._guards.any or len(self._halts))

    # ---- the way out

    def check(self, request: OrderRequest, state: AccountState, now: int) -> None:
        """Pass a new order through every rule; raise RiskDenied."""
        if self.quiet:
            return
        for rule in self.rules:
            rule.check(request, state, now)
        self._ask(Wish(request, state, now))

    def sent(self, request: OrderRequest, state: AccountState, now: int, orders: int = 1) -> None:
        """Take note that a request that passed goes out as so many venue orders."""
        if self._guards.any:
            wish = Wish(request, state, now)
            for rule in self._guards.of(wish)[1]:
                rule.sent(wish, orders)

    def check_change(
        self, change: CancelOrder | ModifyOrder, state: AccountState, now: int
    ) -> None:
        """Pass a change through every rule and take note that it goes out; raise RiskDenied. Cancels pass."""
        if self.quiet:
            return
        for rule in self.rules:
            rule.check_change(change, state, now)
        if not self._guards.any and not len(self._halts):
            return
        order = state.orders.get(change.order_id)
        if type(change) is ModifyOrder:
            wish = changed_wish(change, order, state, now, self._sight)
            self._ask(wish)
            self._sight.asked.add(order.order_id, wish.request.quantity)
            for each in self._guards.of(wish)[1]:
                each.sent(wish, 1)
        elif self._guards.any:
            for each in self._guards.of(Wish(order.request, state, now))[1]:
                each.cancelled(now)

    def not_sent(self, change: CancelOrder | ModifyOrder, state: AccountState) -> None:
        """Take back what `check_change` noted of a change that never left."""
        order = state.orders.find(change.order_id)
        if type(change) is ModifyOrder and order is not None:
            self._sight.asked.made(change.order_id, change.quantity or order.quantity)

    def _ask(self, wish: Wish) -> None:
        if len(self._halts):
            self._halts.check(wish, self._sight)
        if self._guards.any:
            for rule in self._guards.of(wish)[1]:
                rule.check(wish)

    def halted(self, request: OrderRequest, instrument: Instrument) -> Halt | None:
        """Return the halt that stops a request altogether, None when it may go out."""
        if not len(self._halts):
            return None
        return self._halts.covering(request.account, request.strategy, instrument)

    # ---- the way back

    def on_order(self, order: Order, event: OrderEvent, state: AccountState, now: int) -> None:
        """Take a report that changed an order, after the books did."""
        if type(event) in _SEEN_AT_ONCE and len(self._halts):
            self._recall_late(order, state)
        self._feeds.on_order(order, event, state, now)

    def _recall_late(self, order: Order, state: AccountState) -> None:
        """Ask an order back that came to light after its scope was halted."""
        request, instrument = order.request, state.instrument(order.instrument)
        halt = self._halts.recalling(request.account, request.strategy, instrument)
        if halt is not None:
            self._recalls.append(halt.scope)

    def on_account(self, event: AccountEvent, state: AccountState, now: int) -> None:
        """Take an event about an account, after the books did."""
        if self._guards.any:
            self._feeds.on_account(event, state, now)

    def on_price(self, event: MarketEvent, instrument: Instrument, now: int) -> None:
        """Take a market event, before the strategies do; only needed when the gate `watches_prices`."""
        self._feeds.on_price(event, instrument, now)

    def on_venue(self, event: VenueStateChanged, now: int) -> None:
        """Take another state of a driver: disconnects are counted, and recalls that could not be sent are made."""
        if event.state is DriverState.READY:
            self._recalls += [halt.scope for halt in self._halts.all() if halt.cancel]
        self._feeds.on_venue(event, now)

    # ---- halts

    def halt(
        self,
        scope: Scope = NODE,
        reason: str = "",
        *,
        rule: str = "manual",
        reduce_only: bool = False,
        cancel: bool = False,
        now: int = 0,
    ) -> bool:
        """Halt a scope until it is released; return False when that rule has halted it already.

        `reduce_only` lets orders pass that make positions smaller; `cancel` asks its working orders back.
        """
        state = _REDUCE_ONLY if reduce_only else _HALTED
        if not self._halts.put(Halt(scope, rule, state, reason, now, cancel)):
            return False
        self._refresh()
        if cancel:
            self._recalls.append(scope)
        self._tell(TradingHalted(scope.kind, scope.name, rule, state, reason, now, now, cancel))
        return True

    def kill(self, reason: str, now: int = 0) -> bool:
        """Halt the node and ask every order back; only `release` ends it."""
        return self.halt(NODE, reason, rule=KILL_SWITCH, cancel=True, now=now)

    def release(
        self, scope: Scope = NODE, *, rule: str | None = None, reason: str = "", now: int = 0
    ) -> bool:
        """End the halts of a scope, or that of one rule; breakers begin afresh. Return False when there was none."""
        taken = self._halts.take(scope, rule)
        self._refresh()
        self._reset(scope, taken)
        for halt in taken:
            self._tell(TradingReleased(scope.kind, scope.name, halt.rule, now, now, reason))
        return bool(taken)

    def _reset(self, scope: Scope, taken: Sequence[Halt]) -> None:
        """Let the breakers begin afresh whose halts were taken away."""
        guard = self._guards.at(scope)
        for halt in taken:
            for breaker in guard.breakers if guard is not None else ():
                if breaker.rule == halt.rule:
                    breaker.reset()

    def halts(self) -> tuple[Halt, ...]:
        """Return what is halted now, oldest first."""
        return self._halts.all()

    def take_recalls(self) -> list[Scope]:
        """Return the scopes whose working orders are to be asked back, once each, and forget them."""
        if not self._recalls:
            return []
        found = list(dict.fromkeys(self._recalls))
        self._recalls.clear()
        return found

    # ---- over a restart

    def state(self) -> RiskState:
        """Return what must be kept over a restart."""
        peaks = tuple(
            peak
            for guard in self._guards.all()
            if guard.drawdown is not None
            for peak in guard.drawdown.peaks()
        )
        return RiskState(
            self._halts.all(),
            self._starts.records(),
            peaks,
            self._sight.traders.records(),
            self._sight.asked.records(),
            counted_of(self._guards),
        )

    def restore(self, state: RiskState) -> None:
        """Take what was kept, once the accounts are there; halts hold on, nobody is told again."""
        for halt in state.halts:
            self._halts.put(halt)
            if halt.cancel:
                self._recalls.append(halt.scope)
        self._starts.restore(state.day_starts)
        self._sight.traders.restore(state.traders)
        self._sight.asked.restore(state.asked)
        recount(self._guards, state.counted)
        for peak in state.peaks:
            self.restore_peak(peak)
        self._refresh()

    def restore_peak(self, peak: Peak) -> None:
        """Take the highest equity of a scope that somebody has kept."""
        guard = self._guards.at(peak.scope)
        if guard is not None and guard.drawdown is not None:
            guard.drawdown.restore(peak)

    def restore_start(self, start: DayStart, strategy: str = "") -> None:
        """Take what an account, or a strategy in it, had when a day began."""
        if strategy:
            self._sight.traders.of(strategy, start.account).starts[start.currency] = start.worth
        else:
            self._starts.put(start)

    def count_until(self, now: int) -> None:
        """Let nothing that was counted have happened after `now`: since it did the machine's clock was set back."""
        recount(self._guards, counted_of(self._guards, now))

    def day_starts(self, account: AccountId, currency: str) -> list[tuple[str, DayStart]]:
        """Return (strategy or nothing, what it had) for the trading day that is open."""
        found = self._starts.of(account, currency)
        if found is None:
            return []
        traders = self._sight.traders.of_account(account)
        starts = [
            (each.strategy, replace(found, worth=each.starts[currency]))
            for each in traders
            if currency in each.starts
        ]
        return [("", found), *starts]

    def replay(
        self,
        event: RiskEvent | OrderEvent | AccountEvent | CancelOrder | ModifyOrder,
        state: AccountState | None = None,
    ) -> None:
        """Take what a journal kept after the last `state`, once the books `state` have it.

        An event that changed nothing in the books, such as a repeated fill, is not to be shown. Halts and releases are
        taken as they were told and told nobody again; no breaker opens.
        """
        if isinstance(event, TradingHalted):
            scope = Scope(event.scope, event.name)
            self._halts.put(
                Halt(scope, event.rule, event.state, event.reason, event.ts_event, event.cancel)
            )
            self._recalls += [scope] if event.cancel else []
        elif isinstance(event, TradingReleased):
            self._reset(
                Scope(event.scope, event.name),
                self._halts.take(Scope(event.scope, event.name), event.rule),
            )
        elif state is not None:
            if self._guards.any and not self._replay.take(event, state):
                self._feeds.replay(event, state)
            return
        self._refresh()

    # ---- inside

    def _trip(self, breaker: Breaker, trip: Trip, now: int) -> None:
        scope = breaker.scope
        if self._halts.has(scope, trip.rule):
            return
        self._tell(
            RiskTripped(
                scope.kind, scope.name, trip.rule, trip.reason, trip.value, trip.limit, now, now
            )
        )
        self.halt(
            scope,
            trip.reason,
            rule=trip.rule,
            reduce_only=breaker.reduce_only,
            cancel=breaker.cancel,
            now=now,
        )

    def _tell(self, event: RiskEvent) -> None:
        for listener in self.listeners:
            listener(event)
