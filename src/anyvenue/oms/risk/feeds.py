"""What happened, shown to the breakers: reports, account events, prices and the states of drivers."""

from collections.abc import Callable

from anyvenue.model.enums import DriverState, RiskScope
from anyvenue.model.events import (
    AccountEvent,
    BalanceAligned,
    DaySettled,
    Deposited,
    ModifyRejected,
    OrderEvent,
    OrderFilled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
    SeriesRolled,
    VenueStateChanged,
    Withdrawn,
)
from anyvenue.model.ids import AccountId, InstrumentId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketEvent
from anyvenue.model.orders import Order
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.marks import mark_price
from anyvenue.oms.risk.breakers import Breaker, Counter, Peak, Trip
from anyvenue.oms.risk.guards import Guards
from anyvenue.oms.risk.losses import DayStarts
from anyvenue.oms.risk.scopes import Scope
from anyvenue.oms.risk.sight import Sight
from anyvenue.oms.risk.wish import Wish

__all__ = ["Feeds"]

# Bound once: looking a member up on its enum class takes its time.
_ACCOUNT = RiskScope.ACCOUNT
_INSTRUMENT = RiskScope.INSTRUMENT
_STRATEGY = RiskScope.STRATEGY
_READY = DriverState.READY
_LOST = frozenset({DriverState.CONNECTING, DriverState.DEGRADED, DriverState.CLOSED})


class Feeds:
    """Takes what happened and calls `trip` for every breaker that opens. `venues` says where accounts are.

    `on_peak` is told of every highest equity, at most once in ten seconds each.
    """

    def __init__(
        self,
        guards: Guards,
        sight: Sight,
        starts: DayStarts,
        trip: Callable[[Breaker, Trip, int], None],
        *,
        equity: bool,
        traders: bool,
    ) -> None:
        """Count strategies' fills when `traders`, look at drawdowns when `equity` is asked for."""
        self.venues: dict[AccountId, VenueId] = {}
        self.on_peak: Callable[[Peak], None] = _nobody
        self._guards = guards
        self._sight = sight
        self._starts = starts
        self._trip = trip
        self._equity = equity
        self._counts_traders = traders
        self._states: dict[VenueId, DriverState] = {}
        self._priced: set[InstrumentId] = set()

    def on_order(self, order: Order, event: OrderEvent, state: AccountState, now: int) -> None:
        """Take a report that changed an order."""
        self._follow_changes(order, event)
        if type(event) is OrderFilled:
            self._count_fill(event, state)
            self._look_at_equity(now, at_once=True)
        elif isinstance(event, OrderRejected | ModifyRejected | OrderOutcomeLost):
            unknown = type(event) is OrderOutcomeLost
            what = f"order {order.order_id}: {event.reason}"
            for guard in self._guards.of(Wish(order.request, state, now))[0]:
                self._count(guard.unknowns if unknown else guard.rejects, what, now)

    def replay(self, event: object, state: AccountState) -> None:
        """Take what an old event says about days, strategies, refusals and changes, and open no breaker."""
        if isinstance(event, OrderEvent):
            order = state.orders.find(event.order_id)
            if order is not None:
                self._replay_order(order, event, state)
        elif isinstance(event, DaySettled | SeriesRolled):
            self._turn(event, state)
        elif isinstance(event, BalanceAligned | Deposited | Withdrawn):
            self._pay(event)

    def _replay_order(self, order: Order, event: OrderEvent, state: AccountState) -> None:
        self._follow_changes(order, event)
        if isinstance(event, OrderFilled):
            self._count_fill(event, state)
        elif isinstance(event, OrderRejected | ModifyRejected | OrderOutcomeLost):
            unknown = isinstance(event, OrderOutcomeLost)
            for guard in self._guards.of(Wish(order.request, state, event.ts_recv))[0]:
                counter = guard.unknowns if unknown else guard.rejects
                if counter is not None:
                    counter.note(event.ts_recv)

    def _pay(self, event: BalanceAligned | Deposited | Withdrawn) -> None:
        """Move what profit and drawdown are measured from with money that is neither."""
        amount = -event.amount if isinstance(event, Withdrawn) else event.amount
        if isinstance(event, BalanceAligned):
            self._starts.align(event)
            if amount < 0 and not event.earlier:
                return
        for guard in self._guards.all():
            if guard.drawdown is not None:
                guard.drawdown.paid(event.account, event.currency, amount)

    def _count_fill(self, event: OrderFilled, state: AccountState) -> None:
        who = state.orders.get(event.order_id).request.strategy
        if self._counts_traders and who:
            self._sight.traders.fill(who, event.fill, state)

    def _turn(self, event: DaySettled | SeriesRolled, state: AccountState) -> None:
        traders = self._sight.traders.of_account(state.account)
        if isinstance(event, DaySettled):
            self._starts.begin(state, event.currency)
            for trader in traders:
                trader.settle(event, state)
        else:
            for trader in traders:
                trader.roll(event, state)

    def _follow_changes(self, order: Order, event: OrderEvent) -> None:
        asked = self._sight.asked
        if type(event) is OrderModified:
            asked.made(order.order_id, order.quantity)
        elif type(event) is ModifyRejected:
            asked.refused(order.order_id)
        if order.done:
            asked.done(order.order_id)

    def on_account(self, event: AccountEvent, state: AccountState, now: int) -> None:
        """Take an event about an account."""
        if isinstance(event, DaySettled | SeriesRolled):
            self._turn(event, state)
        elif isinstance(event, BalanceAligned | Deposited | Withdrawn):
            self._pay(event)
        self._look_at_equity(now)

    def on_price(self, event: MarketEvent, instrument: Instrument, now: int) -> None:
        """Take a market event."""
        if instrument.id not in self._priced:
            self._priced.add(instrument.id)
            self._guards.of_instrument(instrument)
        price = mark_price(event)
        if price is not None:
            for guard in self._guards.all():
                if guard.jump is not None and self._sees(guard.scope, instrument):
                    trip = guard.jump.see(instrument.id, now, price)
                    if trip is not None and self._concerns(guard.scope, instrument):
                        self._trip(guard.jump, trip, now)
        self._look_at_equity(now)

    def on_venue(self, event: VenueStateChanged, now: int) -> None:
        """Take another state of a driver: leaving READY counts, but for an orderly close, which has no reason."""
        before = self._states.get(event.venue)
        self._states[event.venue] = event.state
        orderly = event.state is DriverState.CLOSED and not event.reason
        if before is not _READY or event.state not in _LOST or orderly:
            return
        for guard in self._guards.all():
            if self._is_reached_by(guard.scope, event.venue):
                self._count(guard.disconnects, f"{event.venue} {event.state.value}", now)

    def _look_at_equity(self, now: int, at_once: bool = False) -> None:
        if not self._equity:
            return
        for guard in self._guards.all():
            if guard.drawdown is not None:
                trip = guard.drawdown.look(now, at_once)
                for peak in guard.drawdown.news(now):
                    self.on_peak(peak)
                if trip is not None:
                    self._trip(guard.drawdown, trip, now)

    def _count(self, counter: Counter | None, what: str, now: int) -> None:
        trip = counter.add(now, what) if counter is not None else None
        if counter is not None and trip is not None:
            self._trip(counter, trip, now)

    def _sees(self, scope: Scope, instrument: Instrument) -> bool:
        return scope.kind is not _INSTRUMENT or scope.covers_instrument(instrument)

    def _concerns(self, scope: Scope, instrument: Instrument) -> bool:
        """Tell whether a scope has a position or working orders in an instrument; node and instruments always."""
        if scope.kind not in (_ACCOUNT, _STRATEGY):
            return True
        for name, state in self._sight.accounts.items():
            if scope.kind is _ACCOUNT and scope.name != name:
                continue
            if any(self._sight.held(scope, state, instrument.id)):
                return True
            working = self._sight.working(scope, state)
            if any(order.instrument == instrument.id for order in working):
                return True
        return False

    def _is_reached_by(self, scope: Scope, venue: VenueId) -> bool:
        """Tell whether a scope trades at a venue; an account nobody placed at one is reached by all."""
        if scope.kind is _ACCOUNT:
            return self.venues.get(AccountId(scope.name), venue) == venue
        if scope.kind is _STRATEGY:
            accounts = self._guards.accounts_of(scope.name)
            return any(self.venues.get(each, venue) == venue for each in accounts)
        return True


def _nobody(peak: Peak) -> None:
    """Tell nobody."""
