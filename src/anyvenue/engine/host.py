"""Runs one strategy in a node: gives it its events, keeps its faults to itself."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Literal

from anyvenue.engine.faults import where_of
from anyvenue.engine.slowness import SlowLimit, SlowWatch
from anyvenue.model.accounts import Account
from anyvenue.model.commands import AccountCommand
from anyvenue.model.errors import StrategyError
from anyvenue.model.events import AccountEvent, CommandRefused, StrategyFaulted, TimerFired
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import FundingRate, MarketEvent
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.model.positions import Position
from anyvenue.oms.bankruptcy import liquidation_of
from anyvenue.strategy.base import Strategy

if TYPE_CHECKING:
    from anyvenue.engine.node import Node

__all__ = ["StrategyHost"]

_CALLBACKS = {"quotes": "on_quote", "depth": "on_depth", "trades": "on_trade", "bars": "on_bar"}


class StrategyHost:
    """One strategy in one node: its context, its subscriptions, its state.

    `state` is ``new``, ``running``, ``stopped`` or ``faulted``; `fault` tells why. With the `policy` ``continue`` a
    strategy whose callback raises goes on with its next event: `errors` counts them, `error` is the latest.
    """

    def __init__(
        self,
        node: "Node",
        strategy: Strategy,
        strategy_id: StrategyId,
        account: AccountId,
        instruments: Sequence[Instrument],
    ) -> None:
        """Bind `strategy` to `account` and `instruments`; it is started by `start`."""
        self.strategy = strategy
        self.strategy_id = strategy_id
        self.account_id = account
        self.state = "new"
        self.fault: StrategyFaulted | None = None
        self.error: Exception | None = None
        self.errors = 0
        self.policy: Literal["fault", "continue"] = "fault"
        self.slowness: SlowWatch | None = None
        self._node = node
        self._instruments: dict[str, Instrument] = {each.id: each for each in instruments}
        strategy.instruments = tuple(each.id for each in instruments)
        if instruments:
            strategy.instrument = instruments[0].id
        strategy._context = self

    def watch_slowness(
        self, limit: SlowLimit, clock: Callable[[], int] = perf_counter_ns
    ) -> SlowWatch:
        """Time every callback from now on, by a clock in ns; for live nodes, before `start`.

        What depends on the machine's speed cannot be repeated, so a backtest does without.
        """
        watch = SlowWatch(limit, self.log, self.fail, clock)
        self.slowness = watch

        def guard(callback: Callable[..., None], *args: Any) -> None:
            try:
                watch.call(callback, *args)
            except Exception as error:
                self.on_error(error)

        # In its place, not asked about in it: who is not watched pays nothing.
        self._guard = guard  # type: ignore[method-assign]
        return watch

    # ---- life

    def start(self) -> None:
        """Call `on_start`; what it raises faults the strategy, whatever its policy."""
        self.state, self.error = "running", None
        self._guard(self.strategy.on_start)
        if self.error is not None:
            self.fail(self.error)

    def stop(self, *, cancel: bool = True) -> None:
        """Call `on_stop`, cancel the strategy's orders unless told otherwise, and give it no more events."""
        if self.state == "running":
            self._guard(self.strategy.on_stop)
        if self.state == "running":
            self.state = "stopped"
            self._node.market.drop(self.strategy)
        if cancel:
            self._node.desk.cancel_all(self.strategy_id)

    async def ended(self) -> None:
        """Return once nothing of the strategy runs any more: at once, when it is in this process."""

    def on_error(self, error: Exception) -> None:
        """Take what a callback raised, as the policy says."""
        if self.policy == "fault":
            self.errors += 1
            self.fail(error)
        else:
            self.count_error(error, f"{type(error).__name__}: {error}", where_of(error))

    def count_error(self, error: Exception, text: str, where: str) -> None:
        """Go on after what a callback raised; of many only the 1st, 10th, 100th ... are logged."""
        self.errors += 1
        self.error = error
        if str(self.errors).strip("0") == "1":
            self.log(f"error {self.errors}, going on: {text} ({where})")

    def fail(self, error: Exception) -> None:
        """Fault the strategy: cancel its orders, keep the reason."""
        self.fault_by(error, f"{type(error).__name__}: {error}", where_of(error))

    def fault_by(self, error: Exception, text: str, where: str, *, cancel: bool = True) -> None:
        """Fault the strategy by an error that was raised at `where`; its orders may stay for a successor."""
        if self.state == "faulted":
            return
        self.state = "faulted"
        self.error = error
        now = self._node.kernel.now
        self.fault = StrategyFaulted(self.strategy_id, now, now, text, where)
        self._node.market.drop(self.strategy)
        self._node.report_fault(self.fault)
        if cancel:
            self._node.desk.cancel_all(self.strategy_id)

    def on_order(self, order: Order, fill: Fill | None) -> None:
        """Tell the strategy of its own orders."""
        if order.request.strategy != self.strategy_id or self.state != "running":
            return
        self._guard(self.strategy.on_order, order)
        if fill is not None and self.state == "running":
            self._guard(self.strategy.on_fill, fill)

    def on_timer(self, timer: TimerFired) -> None:
        """Tell the strategy of its own timers."""
        if timer.strategy == self.strategy_id and self.state == "running":
            self._guard(self.strategy.on_timer, timer)

    def on_refused(self, refusal: CommandRefused) -> None:
        """Tell the strategy, and the log, that a command about its account was refused."""
        if refusal.account == self.account_id and self.state == "running":
            self._node.log(self.strategy_id, f"refused: {refusal.reason}")
            self._guard(self.strategy.on_refused, refusal)

    @property
    def hears_account(self) -> bool:
        """Whether the strategy has an `on_account` of its own; only then is there anybody to tell."""
        return type(self.strategy).on_account is not Strategy.on_account

    def on_account(self, event: AccountEvent) -> None:
        """Tell the strategy what happened to its account; the books know it already."""
        if event.account == self.account_id and self.state == "running":
            self._guard(self.strategy.on_account, event)

    def _guard(self, callback: Callable[..., None], *args: Any) -> None:
        try:
            callback(*args)
        except Exception as error:
            self.on_error(error)

    # ---- context

    @property
    def now(self) -> int:
        """The kernel's time."""
        return self._node.kernel.now

    def resolve(self, text: str) -> Instrument:
        """Return the instrument that `text` names."""
        found = self._instruments.get(text)
        if found is None:
            found = self._node.catalog.resolve(text)
            self._instruments[found.id] = found
            self._instruments[text] = found
        return found

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Route a channel to the strategy's callback."""
        self._check_running("subscribe")
        callback = getattr(self.strategy, _CALLBACKS[channel.partition(":")[0]])
        if self.slowness is not None:
            callback = self.slowness.wrap(callback)
        self._node.market.subscribe(instrument, channel, callback)

    def channels(self, instrument: InstrumentId) -> frozenset[str]:
        """Return what can be subscribed to."""
        return self._node.market.channels(instrument)

    def latest(self, instrument: InstrumentId) -> MarketEvent | None:
        """Return the latest market event."""
        return self._node.kernel.latest.get(instrument)

    def funding(self, instrument: InstrumentId) -> FundingRate | None:
        """Return the latest funding rate."""
        return self._node.kernel.funding.get(instrument)

    def submit(self, request: OrderRequest) -> Sequence[OrderId]:
        """Send an order through the desk."""
        self._check_running("place orders")
        return self._node.desk.submit(request)

    def _check_running(self, what: str) -> None:
        if self.state != "running":
            raise StrategyError(
                f"strategy {self.strategy_id} is {self.state} and cannot {what}: it can from on_start to on_stop",
                strategy=self.strategy_id,
                state=self.state,
            )

    def cancel(self, order_id: OrderId) -> None:
        """Ask for a cancel."""
        self._node.desk.cancel_order(order_id)

    def modify(self, order_id: OrderId, quantity: Decimal | None, price: Decimal | None) -> None:
        """Ask for a change."""
        desk = self._node.desk
        desk.modify(desk.order(order_id).account, order_id, quantity, price)

    def command(self, command: AccountCommand) -> None:
        """Send a command about the account through the desk."""
        self._check_running("give commands")
        self._node.desk.command(command)

    def order(self, order_id: OrderId) -> Order:
        """Return the latest record of an order."""
        return self._node.desk.order(order_id)

    def open_orders(self) -> list[Order]:
        """Return the strategy's working orders."""
        orders = self._node.desk.account(self.account_id).orders.open_orders()
        return [order for order in orders if order.request.strategy == self.strategy_id]

    def position(self, instrument: InstrumentId) -> Position:
        """Return the account's position."""
        return self._node.desk.account(self.account_id).position(instrument)

    def liquidation_price(self, instrument: InstrumentId) -> Decimal | None:
        """Return the price at which the account's position would be liquidated."""
        return liquidation_of(self._node.desk.account(self.account_id), instrument)

    def account(self, currency: str) -> Account:
        """Return the account's figures."""
        return self._node.desk.account(self.account_id).figures(currency, self.now)

    def set_timer(self, name: str, at: int, every: int) -> None:
        """Set a timer."""
        self._node.kernel.set_timer(self.strategy_id, name, at, every)

    def cancel_timer(self, name: str) -> None:
        """Forget a timer."""
        self._node.kernel.cancel_timer(self.strategy_id, name)

    def log(self, text: str) -> None:
        """Write a line to the node's log."""
        self._node.log(self.strategy_id, text)
