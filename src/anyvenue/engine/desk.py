"""The order path of a node: validate, risk, offsets, claims, send; and the way back: events into the books.

wish -> validate -> risk -> split by offset -> claim -> OrderSubmitted -> audit -> driver
report -> audit -> order state, legs, money -> listeners
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import get_args

from msgspec.structs import replace

from anyvenue.engine.risk_watch import RiskWatch
from anyvenue.kernel.audit import AuditHash
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.commands import AccountCommand, CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import Offset, Pending
from anyvenue.model.errors import (
    AccountError,
    AnyvenueError,
    InvalidOrder,
    NotSent,
    UnknownOrder,
)
from anyvenue.model.events import (
    AccountEvent,
    CancelRejected,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderModified,
    OrderOutcomeLost,
    OrderQueued,
    OrderRejected,
    OrderSent,
    OrderSubmitted,
    OrderTriggered,
    OrderVanished,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, next_order_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.oms.account_state import AccountSettings, AccountState
from anyvenue.oms.books import Term
from anyvenue.oms.marks import Marks
from anyvenue.oms.rates import RateBook
from anyvenue.oms.risk import RiskGate
from anyvenue.oms.validation import validate

__all__ = ["Follower", "OrderDesk", "Send"]

_ORDER_EVENTS = (
    OrderSubmitted,
    OrderAccepted,
    OrderTriggered,
    OrderRejected,
    OrderFilled,
    OrderCancelled,
    OrderExpired,
    OrderModified,
    CancelRejected,
    ModifyRejected,
    OrderOutcomeLost,
    OrderQueued,
    OrderSent,
    OrderVanished,
)
_ACCOUNT_EVENTS = get_args(AccountEvent)
Send = Callable[[Command], None]
Listener = Callable[[Order, Fill | None], None]
Follower = Callable[[OrderEvent | AccountEvent, int, bool], None]
"""Hears of an event once it is in the books: its place in the audit, and whether it changed anything."""


class OrderDesk:
    """All accounts of a node, plugged into its kernel."""

    def __init__(
        self,
        kernel: Kernel,
        instruments: Callable[[InstrumentId], Instrument],
        risk: RiskGate | None = None,
        audit: AuditHash | None = None,
    ) -> None:
        """Plug into `kernel`; accounts are added afterwards. What is done and heard goes into `audit`."""
        self.audit = audit or AuditHash()
        self.accounts: dict[AccountId, AccountState] = {}
        self.listeners: list[Listener] = []
        self.followers: list[Follower] = []
        self.marks = Marks(kernel.latest, instruments)
        kernel.before_gap.append(self.marks)
        self._kernel = kernel
        self._lookup = instruments
        self.risk = risk or RiskGate()
        self.watch = RiskWatch(
            self.risk, kernel, self.audit, self.accounts, instruments, self.cancel
        )
        self._routes: dict[AccountId, Send] = {}
        self._owners: dict[OrderId, AccountId] = {}
        self._last_id = 0
        for kind in _ORDER_EVENTS:
            kernel.on(kind, self.on_order_event)
        for change in _ACCOUNT_EVENTS:
            kernel.on(change, self.on_account_event)

    def add_account(
        self,
        account: AccountId,
        send: Send,
        rates: RateBook | None = None,
        settings: AccountSettings | None = None,
    ) -> AccountState:
        """Keep the books of `account`, whose orders go out by `send`; raise AccountError for a second of that name."""
        if account in self.accounts:
            raise AccountError(f"account {account} is configured twice", account=account)
        state = AccountState(account, self._lookup, self.marks.price, rates, settings)
        self.accounts[account] = state
        self.risk.add_account(state)
        self._routes[account] = send
        return state

    def account(self, account: AccountId) -> AccountState:
        """Return the books of an account; raise AccountError, never another account's."""
        state = self.accounts.get(account)
        if state is None:
            known = ", ".join(sorted(self.accounts)) or "none"
            raise AccountError(
                f"there is no account {account!r}; accounts: {known}", account=account
            )
        return state

    # ---- commands

    def submit(self, request: OrderRequest, client_ref: str = "") -> list[OrderId]:
        """Send an order as one to three venue orders; raise OrderError or TableError, having sent nothing.

        A part that the driver could not send (NotSent) is REJECTED: its handle says so. `client_ref` is what whoever
        gave the order calls it.
        """
        state = self.account(request.account)
        term = state.term(request.instrument)
        request = validate(term[1], request)
        self.risk.check(request, state, self._kernel.now)
        parts = state.split(request, term)
        claimed: list[tuple[OrderId, OrderRequest]] = []
        try:
            for offset, quantity in parts:
                part = _part(request, offset, quantity)
                order_id = self._last_id = next_order_id(self._last_id, self._kernel.now)
                state.place(order_id, part, term)
                claimed.append((order_id, part))
        except AnyvenueError:
            for order_id, _ in claimed:
                state.release(order_id)
            raise
        if not self.risk.quiet:
            self.watch.sending(request, state, len(claimed))
        self._send_parts(state, term, claimed, client_ref)
        return [order_id for order_id, _ in claimed]

    def cancel(self, account: AccountId, order_id: OrderId) -> None:
        """Ask for a cancel; nothing happens if the order is done or one is under way. Raise UnknownOrder."""
        state = self.account(account)
        order = state.orders.get(order_id)
        if order.done or order.pending is Pending.CANCEL:
            return
        command = CancelOrder(order_id, account, self._kernel.now)
        self._ask(state, order, command, Pending.CANCEL)

    def modify(
        self,
        account: AccountId,
        order_id: OrderId,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
    ) -> None:
        """Ask for another quantity or price; raise UnknownOrder or what the new values raise.

        Raise InvalidOrder when nothing is to change or a cancel is under way.
        """
        state = self.account(account)
        order = state.orders.get(order_id)
        if order.done:
            raise UnknownOrder(f"order {order_id} is {order.state}", order_id=order_id)
        if order.pending is Pending.CANCEL or (quantity is None and price is None):
            why = (
                "a cancel is under way"
                if order.pending is Pending.CANCEL
                else "nothing is to change"
            )
            raise InvalidOrder(
                f"order {order_id} cannot be modified: {why}",
                code="order.modify",
                order_id=order_id,
                reason=why,
            )
        instrument = self._lookup(order.instrument)
        command = ModifyOrder(
            order_id,
            account,
            self._kernel.now,
            None if quantity is None else instrument.quantity(quantity),
            None if price is None else instrument.price(price),
        )
        self._ask(state, order, command, Pending.MODIFY)

    def _ask(
        self,
        state: AccountState,
        order: Order,
        command: CancelOrder | ModifyOrder,
        pending: Pending,
    ) -> None:
        """Send a change. It is pending before it is sent: the answer of a quick venue must come after, not before."""
        self.risk.check_change(command, state, self._kernel.now)
        state.orders.put(replace(order, pending=pending, revision=order.revision + 1))
        try:
            self.audit.add(command)
            self._routes[state.account](command)
        except NotSent:
            state.orders.put(replace(state.orders.get(order.order_id), pending=order.pending))
            self.risk.not_sent(command, state)
            raise

    def command(self, command: AccountCommand) -> None:
        """Send a command about an account; the answer comes as an event.

        Raise AccountError, UnknownInstrument or NotSent.
        """
        state = self.account(command.account)
        state.instrument(command.instrument)
        self.audit.add(command)
        self._routes[state.account](command)

    def cancel_all(self, strategy: str | None = None) -> None:
        """Ask for a cancel of every working order (of one strategy); what cannot be sent now stays working."""
        for account, state in self.accounts.items():
            for order in state.orders.open_orders():
                if strategy in (None, order.request.strategy):
                    with suppress(NotSent):
                        self.cancel(account, order.order_id)

    def kill(self, reason: str) -> None:
        """Ask every working order of every account back and refuse all others; `watch.release` ends it."""
        self.watch.kill(reason)

    def order(self, order_id: OrderId) -> Order:
        """Return the latest record of an order of any account; raise UnknownOrder."""
        owner = self._owners.get(order_id)
        if owner is None:
            raise UnknownOrder(f"there is no order {order_id}", order_id=order_id)
        return self.accounts[owner].orders.get(order_id)

    def cancel_order(self, order_id: OrderId) -> None:
        """Ask for a cancel of an order of any account; raise UnknownOrder."""
        self.cancel(self.order(order_id).account, order_id)

    def open_orders(self) -> list[Order]:
        """Return the working orders of all accounts."""
        return [order for state in self.accounts.values() for order in state.orders.open_orders()]

    def take_over(self, last_order_id: OrderId) -> None:
        """Go on with the orders that the accounts have already, after `last_order_id`."""
        self._last_id = max(self._last_id, last_order_id)
        for account, state in self.accounts.items():
            for order in state.orders:
                self._owners[order.order_id] = account

    def forget(self, keep: int) -> None:
        """Forget all but the latest `keep` done orders of each account."""
        for state in self.accounts.values():
            for order_id in state.orders.prune(keep):
                self._owners.pop(order_id, None)

    # ---- events

    def on_order_event(self, event: OrderEvent) -> None:
        """Take a report of the venue; an order it announces is one of its own, such as a liquidation."""
        state = self.accounts[event.account]
        self.audit.add(event)
        place = self.audit.place if self.followers else 0
        if type(event) is OrderSubmitted:
            self._owners.setdefault(event.order_id, event.account)
        order = state.apply(event)
        if order is None:
            self._follow(event, place, changed=False)
        else:
            fill = event.fill if type(event) is OrderFilled else None
            risk = self.risk
            if not risk.quiet:
                self.watch.on_order(order, event, state)
            self._follow(event, place)
            for listener in self.listeners:
                listener(order, fill)
            if not risk.quiet:
                self.watch.recall()

    def on_account_event(self, event: AccountEvent) -> None:
        """Take an event about money, positions or the trading day."""
        state = self.accounts[event.account]
        self.audit.add(event)
        place = self.audit.place if self.followers else 0
        state.apply_account(event)
        if not self.risk.quiet:
            self.watch.on_account(event, state)
        self._follow(event, place)

    # ---- inside

    def _send_parts(
        self,
        state: AccountState,
        term: Term,
        claimed: Sequence[tuple[OrderId, OrderRequest]],
        client_ref: str,
    ) -> None:
        now = self._kernel.now
        parent = claimed[0][0] if len(claimed) > 1 else OrderId(0)
        for order_id, part in claimed:
            command = SubmitOrder(order_id, part, now, client_ref)
            self._owners[order_id] = state.account
            day = state.trading_day.get(term[0].currency, 0)
            submitted = OrderSubmitted(
                state.account, order_id, part, now, now, parent, client_ref, day
            )
            state.apply(submitted)
            try:
                self._announce(command, submitted)
                if not self.risk.quiet:
                    self.watch.refuse_halted(part)
                self._routes[state.account](command)
            except NotSent as error:
                self.on_order_event(
                    OrderRejected(state.account, order_id, now, now, error.text, error.code)
                )

    def _announce(self, command: SubmitOrder, submitted: OrderSubmitted) -> None:
        """Have an order in the audit and tell of it, also of one that cannot be written and will not be sent."""
        try:
            self.audit.add_sent(command, submitted)
        finally:
            self._follow(submitted, self.audit.place if self.followers else 0)

    def _follow(
        self, event: OrderEvent | AccountEvent, place: int, *, changed: bool = True
    ) -> None:
        for follower in self.followers:
            follower(event, place, changed)


def _part(request: OrderRequest, offset: Offset, quantity: Decimal) -> OrderRequest:
    if offset is request.offset and quantity == request.quantity:
        return request
    display = request.display
    if display is not None and display >= quantity:
        display = None  # a part this small has nothing to hide
    return replace(request, offset=offset, quantity=quantity, display=display)
