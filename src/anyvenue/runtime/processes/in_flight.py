"""Requests that went into a child's pipe and have had no answer: what is to be said of them when the child dies."""

from collections.abc import Sequence
from typing import get_args

from msgspec.structs import replace

from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import OrderState
from anyvenue.model.errors import (
    AccountError,
    AnyvenueError,
    AuthError,
    DuplicateClientRef,
    OrderError,
    OutcomeUnknown,
    RateLimited,
    TableError,
    VenueRefused,
)
from anyvenue.model.events import (
    AccountEvent,
    CancelRejected,
    CommandRefused,
    Event,
    ModifyRejected,
    OrderAccepted,
    OrderEvent,
    OrderFilled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
    OrderTriggered,
)
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.orders import Order
from anyvenue.model.protocols import Snapshot

__all__ = ["InFlight", "is_definite"]

_ORDER_EVENTS = get_args(OrderEvent)
_ACCOUNT_EVENTS = get_args(AccountEvent)
_DEFINITE = (OrderError, VenueRefused, RateLimited, AuthError, AccountError, TableError)
# After a fill, too: whether it was the last one only the books know, and a change that came too late is answered.
_GOING_ON = (OrderAccepted, OrderTriggered, OrderOutcomeLost, OrderFilled)
_ASK_AGAIN = "the driver's process ended before the answer came; ask again if it still matters"


def is_definite(error: AnyvenueError) -> bool:
    """Tell whether a command that a driver raised over has surely had no effect."""
    return isinstance(error, _DEFINITE) and not isinstance(error, OutcomeUnknown)


class InFlight:
    """What was written to a pipe may have been read, and what was read may have been sent: only an event tells."""

    def __init__(self) -> None:
        """Begin with nothing under way."""
        self._orders: dict[OrderId, SubmitOrder] = {}
        self._repeated: set[OrderId] = set()
        self._changes: dict[OrderId, dict[type, CancelOrder | ModifyOrder]] = {}
        self._others: dict[tuple[str, str], Command] = {}
        self._dropped: list[Command] = []
        self._unsure: dict[OrderId, AccountId] = {}

    def __len__(self) -> int:
        changes = sum(len(each) for each in self._changes.values())
        return len(self._orders) + changes + len(self._others)

    def sent(self, command: Command) -> None:
        """Take note of a request."""
        if isinstance(command, SubmitOrder):
            if command.order_id in self._orders:
                self._repeated.add(command.order_id)
            self._orders[command.order_id] = command
        elif isinstance(command, CancelOrder | ModifyOrder):
            self._changes.setdefault(command.order_id, {})[type(command)] = command
        else:
            self._others[command.account, command.instrument] = command

    def heard(self, event: Event) -> None:
        """Take note of an answer."""
        if isinstance(event, _ORDER_EVENTS):
            self._orders.pop(event.order_id, None)
            if isinstance(event, OrderOutcomeLost):
                self._unsure[event.order_id] = event.account
            elif self._unsure:
                self._unsure.pop(event.order_id, None)
            if event.order_id in self._changes:
                self._heard_of_change(event.order_id, event)
        elif self._others and isinstance(event, _ACCOUNT_EVENTS):
            self._others.pop((event.account, getattr(event, "instrument", "")), None)

    def _heard_of_change(self, order_id: OrderId, event: Event) -> None:
        changes = self._changes[order_id]
        if isinstance(event, OrderModified | ModifyRejected):
            changes.pop(ModifyOrder, None)
        elif isinstance(event, CancelRejected):
            changes.pop(CancelOrder, None)
        elif not isinstance(event, _GOING_ON):
            changes.clear()
        if not changes:
            del self._changes[order_id]

    def added_to(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot that names what may still be in the pipe, as SENT: for lacking there it is not lost."""
        named = {each.order_id for each in snapshot.orders}
        more = tuple(
            Order(each.order_id, each.request, OrderState.SENT, ts_created=each.ts_event)
            for each in self._orders.values()
            if each.request.account == snapshot.account and each.order_id not in named
        )
        return replace(snapshot, orders=snapshot.orders + more) if more else snapshot

    def ask_about(self, account: AccountId, orders: Sequence[OrderId]) -> None:
        """Have every child find out about orders until something is heard of them."""
        self._unsure.update(dict.fromkeys(orders, account))

    def unsure(self, account: AccountId) -> tuple[OrderId, ...]:
        """Return the account's orders whose outcome was lost and of which nothing was heard since."""
        return tuple(order_id for order_id, owner in self._unsure.items() if owner == account)

    def refused(self, command: Command, error: AnyvenueError, now: int) -> Event | None:
        """Return what is to be said of a command that the driver raised over, None for an order that was sent before.

        What becomes of that is told of the first one.
        """
        if isinstance(error, DuplicateClientRef) and isinstance(command, SubmitOrder):
            if command.order_id in self._repeated:
                self._repeated.discard(command.order_id)
            else:
                self._orders.pop(command.order_id, None)
            return None
        if not is_definite(error) and isinstance(command, SubmitOrder):
            return OrderOutcomeLost(command.request.account, command.order_id, now, now, error.text)
        return _no(command, error.text, error.code, now)

    def lost(self, now: int, reason: str) -> list[Event]:
        """Return what is to be said at once when the child has died: of its orders nobody knows."""
        events: list[Event] = [
            OrderOutcomeLost(each.request.account, each.order_id, now, now, reason)
            for each in self._orders.values()
        ]
        for order_id, each in self._orders.items():
            self._unsure[order_id] = each.request.account
        self._dropped += [each for kinds in self._changes.values() for each in kinds.values()]
        self._dropped += self._others.values()
        self._orders.clear()
        self._changes.clear()
        self._others.clear()
        return events

    def given_up(self, now: int) -> list[Event]:
        """Return what is to be said of changes when the next child is at the venue: they are under way no longer."""
        dropped, self._dropped = self._dropped, []
        return [_no(command, _ASK_AGAIN, "order.lost", now) for command in dropped]


def _no(command: Command, reason: str, code: str, now: int) -> Event:
    if isinstance(command, SubmitOrder):
        account = command.request.account
        return OrderRejected(account, command.order_id, now, now, reason, code, code)
    if isinstance(command, CancelOrder):
        return CancelRejected(command.account, command.order_id, now, now, reason, code, code)
    if isinstance(command, ModifyOrder):
        return ModifyRejected(command.account, command.order_id, now, now, reason, code, code)
    return CommandRefused(command.account, command.instrument, now, now, reason, code)
