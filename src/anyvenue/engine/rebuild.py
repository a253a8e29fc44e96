"""The books of a node, built again from its journal: orders, positions and money as they were when it ended."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, get_args

import msgspec
from msgspec.structs import replace

from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import Pending
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import AccountEvent, DaySettled, OrderEvent, OrderFilled, OrderSubmitted
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Order
from anyvenue.oms.account_state import AccountSettings, AccountState
from anyvenue.oms.rates import RateBook
from anyvenue.runtime.journal import DayRolled, Record
from anyvenue.runtime.journal.codec import decode_value

__all__ = ["FIRST_FOREIGN_ID", "Rebuilder"]

FIRST_FOREIGN_ID = 10**12
"""What `next_order_id` stays below: orders that a node did not place have ids from here on."""


class Rebuilder:
    """Takes a journal's records, oldest first, and keeps the books of every account that they name.

    Instruments are valued at their last fill or settlement price: a journal has no market data. Nothing is checked
    against risk or funds: what the journal says has happened.
    """

    def __init__(
        self,
        instruments: Callable[[InstrumentId], Instrument],
        rates: Mapping[AccountId, RateBook] | None = None,
        settings: Mapping[AccountId, AccountSettings] | None = None,
        accounts: Mapping[AccountId, AccountState] | None = None,
    ) -> None:
        """Look instruments up with `instruments`; accounts without `rates` have those of the instruments.

        The books of `accounts` are filled; others that the journal names are made.
        """
        self.accounts: dict[AccountId, AccountState] = dict(accounts or {})
        self.marks: dict[InstrumentId, Decimal] = {}
        self.records = 0
        self.ts = 0
        self.last_order_id = OrderId(0)
        self.unclaimed: dict[OrderId, AnyvenueError] = {}
        self._instruments = instruments
        self._rates = rates or {}
        self._settings = settings or {}

    def take(self, record: Record) -> msgspec.Struct | None:
        """Take one record; raise JournalError for one that this version cannot read, and what the books raise.

        Return what it holds if that changed the books, else None.
        """
        self.records += 1
        if record.ts > self.ts:
            self.ts = record.ts
        kind = record.kind
        step = _STEPS_OF.get(kind)
        if step is None:
            return None
        value = decode_value(kind, record.payload)
        return None if step(self, value) is False else value

    def apply(self, value: msgspec.Struct) -> bool:
        """Take one command, event, order or note; raise what the books raise.

        Return False for one that changed no books, such as a report that was there before.
        """
        step = _STEPS.get(type(value))
        return step is not None and step(self, value) is not False

    def finish(self) -> None:
        """Claim what working orders need; `unclaimed` are those for which there is no rate, or not enough."""
        for state in self.accounts.values():
            for order in state.orders.open_orders():
                rest = replace(order.request, quantity=order.remaining)
                try:
                    state.place(order.order_id, rest)
                except AnyvenueError as error:
                    self.unclaimed[order.order_id] = error

    def account(self, account: AccountId) -> AccountState:
        """Return the books of an account, empty ones at first."""
        state = self.accounts.get(account)
        if state is None:
            state = self.accounts[account] = AccountState(
                account,
                self._instruments,
                self.marks.get,
                self._rates.get(account),
                self._settings.get(account),
            )
        return state

    # ---- what a record does

    def _submit(self, command: SubmitOrder) -> None:
        """Take a command as what was submitted, unless the journal told that before: then it knows more."""
        request = command.request
        state = self.account(request.account)
        if command.order_id not in state.orders:
            day = state.trading_day.get(self._instruments(request.instrument).currency, 0)
            ts, ref = command.ts_event, command.client_ref
            self._order_event(
                OrderSubmitted(
                    request.account, command.order_id, request, ts, ts, OrderId(0), ref, day
                )
            )

    def _cancel(self, command: CancelOrder) -> None:
        self._pending(command, Pending.CANCEL)

    def _modify(self, command: ModifyOrder) -> None:
        self._pending(command, Pending.MODIFY)

    def _pending(self, command: CancelOrder | ModifyOrder, pending: Pending) -> None:
        orders = self.account(command.account).orders
        order = orders.get(command.order_id)
        if not order.done:
            orders.put(replace(order, pending=pending, revision=order.revision + 1))

    def _order_event(self, event: OrderEvent) -> bool:
        if self.last_order_id < event.order_id < FIRST_FOREIGN_ID:
            self.last_order_id = event.order_id  # as `_note_id` does, for each of a million
        if type(event) is OrderFilled:
            self.marks[event.fill.instrument] = event.fill.price
        state = self.accounts.get(event.account) or self.account(event.account)
        return state.apply(event) is not None

    def _account_event(self, event: AccountEvent) -> None:
        if type(event) is DaySettled:
            self.marks.update(event.prices)
        self.account(event.account).apply_account(event)

    def _order(self, order: Order) -> None:
        self._note_id(order.order_id)
        self.account(order.account).orders.put_total(order)

    def _note_id(self, order_id: OrderId) -> None:
        """Remember the highest id that a node has given; those of other people's orders are far above."""
        if self.last_order_id < order_id < FIRST_FOREIGN_ID:
            self.last_order_id = order_id

    def _day(self, note: DayRolled) -> None:
        self.account(note.account).begin_day(note.currency, note.trading_day)


_STEPS: dict[type, Callable[[Rebuilder, Any], bool | None]] = {
    SubmitOrder: Rebuilder._submit,
    CancelOrder: Rebuilder._cancel,
    ModifyOrder: Rebuilder._modify,
    Order: Rebuilder._order,
    DayRolled: Rebuilder._day,
    **dict.fromkeys(get_args(OrderEvent), Rebuilder._order_event),
    **dict.fromkeys(get_args(AccountEvent), Rebuilder._account_event),
}
# Other kinds need not even be decoded.
_STEPS_OF = {each.__name__: step for each, step in _STEPS.items()}
