"""What a strategy sees in a process of its own: its context, kept up to date by what the node tells.

Orders and positions, instruments, prices and the time are here. What only the books can tell (money, a liquidation
price) is asked of the node, and so is everything that is a wish: its errors are raised at the call, as ever.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol, TypeVar, cast

import msgspec

from anyvenue.engine.strategy_process.messages import Answer, Begin, Held, Line, SetTimer, Start
from anyvenue.model.accounts import Account
from anyvenue.model.commands import AccountCommand
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import FundingRate, MarketEvent
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.model.positions import Position
from anyvenue.runtime.journal.codec import decode_value, kind_of
from anyvenue.runtime.processes.messages import packed

__all__ = ["Mirror", "Node"]

DONE_KEPT = 5_000
_T = TypeVar("_T")


class Node(Protocol):
    """The node at the other end of the pipe."""

    def ask(self, what: str, arguments: object, kind: type[_T]) -> _T:
        """Return the node's answer; raise what it raised."""
        ...

    def tell(self, message: msgspec.Struct) -> None:
        """Tell the node something that needs no answer."""
        ...


class Mirror:
    """Implements `StrategyContext`."""

    def __init__(self, begin: Begin, node: Node) -> None:
        """Begin with what the strategy was made with."""
        self.now = 0
        self.strategy_id: StrategyId = begin.strategy
        self.account_id: AccountId = begin.account
        self._node = node
        self._instruments: dict[str, Instrument] = {each.id: each for each in begin.instruments}
        self._orders: dict[OrderId, Order] = {}
        self._open: dict[OrderId, None] = {}
        self._positions: dict[InstrumentId, Position] = {}
        self._latest: dict[InstrumentId, MarketEvent] = {}

    # ---- fed by the node

    def start(self, message: Start) -> None:
        """Take what is so when the strategy starts."""
        self.pass_time(message.now)
        for order in message.orders:
            self.put(order)
        self.hold(message.positions)

    def pass_time(self, now: int) -> None:
        """Let time pass; it never goes back."""
        self.now = max(self.now, now)

    def put(self, order: Order) -> None:
        """Take an order's record, unless a later one is known."""
        known = self._orders.get(order.order_id)
        if known is not None and known.revision > order.revision:
            return
        self._orders[order.order_id] = order
        if not order.done:
            self._open[order.order_id] = None
            return
        self._open.pop(order.order_id, None)
        if len(self._orders) > 2 * DONE_KEPT + len(self._open):
            self._forget()

    def _forget(self) -> None:
        done = [order_id for order_id in self._orders if order_id not in self._open]
        for order_id in done[:-DONE_KEPT]:
            del self._orders[order_id]

    def hold(self, positions: Sequence[Position]) -> None:
        """Take positions."""
        for position in positions:
            self._positions[position.instrument] = position

    def take(self, message: Held | Answer) -> None:
        """Take what a message says of orders and positions."""
        if isinstance(message, Held):
            self.hold(message.positions)
        else:
            self.pass_time(message.now)
            for order in message.orders:
                self.put(order)

    def see(self, event: MarketEvent) -> None:
        """Take the latest price of an instrument."""
        self._latest[event.instrument] = event

    # ---- what is known here

    def order(self, order_id: OrderId) -> Order:
        """Return the latest record; one that is not the strategy's, or very old, is asked for."""
        found = self._orders.get(order_id)
        return found if found is not None else self._node.ask("order", order_id, Order)

    def open_orders(self) -> list[Order]:
        """Return the strategy's orders that may still change, oldest first."""
        orders = [self._orders[order_id] for order_id in self._open]
        return [order for order in orders if order.account == self.account_id]

    def position(self, instrument: InstrumentId) -> Position:
        """Return the account's position."""
        found = self._positions.get(instrument)
        return found if found is not None else Position(self.account_id, instrument)

    def latest(self, instrument: InstrumentId) -> MarketEvent | None:
        """Return the latest price the strategy was told; of an instrument it does not listen to, the node's."""
        found = self._latest.get(instrument)
        if found is not None:
            return found
        answer = self._node.ask("latest", instrument, tuple[str, msgspec.Raw] | None)  # type: ignore[arg-type]
        return None if answer is None else cast(MarketEvent, decode_value(*answer))

    # ---- what is asked

    def resolve(self, text: str) -> Instrument:
        """Return the instrument that `text` names, which is asked once."""
        found = self._instruments.get(text)
        if found is None:
            found = self._node.ask("resolve", text, Instrument)
            self._instruments[found.id] = self._instruments[text] = found
        return found

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Ask for a channel."""
        self._node.ask("subscribe", (instrument, channel), type(None))

    def channels(self, instrument: InstrumentId) -> frozenset[str]:
        """Return what can be subscribed to."""
        return self._node.ask("channels", instrument, frozenset[str])

    def funding(self, instrument: InstrumentId) -> FundingRate | None:
        """Return the latest funding rate that the venue told."""
        ask: Callable[..., FundingRate | None] = self._node.ask
        return ask("funding", instrument, FundingRate | None)

    def liquidation_price(self, instrument: InstrumentId) -> Decimal | None:
        """Return the price at which the account's position would be liquidated."""
        ask: Callable[..., Decimal | None] = self._node.ask
        return ask("liquidation", instrument, Decimal | None)

    def account(self, currency: str) -> Account:
        """Return the account's figures as the books have them now."""
        return self._node.ask("account", currency, Account)

    # ---- wishes

    def submit(self, request: OrderRequest) -> Sequence[OrderId]:
        """Send an order; the node gives it its ids, or says at once why not."""
        return self._node.ask("submit", request, tuple[OrderId, ...])

    def cancel(self, order_id: OrderId) -> None:
        """Ask for a cancel."""
        self._node.ask("cancel", order_id, type(None))

    def modify(self, order_id: OrderId, quantity: Decimal | None, price: Decimal | None) -> None:
        """Ask for a change."""
        self._node.ask("modify", (order_id, quantity, price), type(None))

    def command(self, command: AccountCommand) -> None:
        """Send a command about the account."""
        self._node.ask("command", (kind_of(command), packed(command)), type(None))

    def set_timer(self, name: str, at: int, every: int) -> None:
        """Set a timer of the node's."""
        self._node.tell(SetTimer(name, max(at, 0), every))

    def cancel_timer(self, name: str) -> None:
        """Forget a timer."""
        self._node.tell(SetTimer(name, -1, 0))

    def log(self, text: str) -> None:
        """Write a line to the node's log."""
        self._node.tell(Line(text))
