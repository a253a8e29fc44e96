"""Requests that have had no answer yet, and what is to be said of them when the connection breaks."""

from collections.abc import Sequence

from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import OrderState
from anyvenue.model.events import (
    CancelRejected,
    CommandRefused,
    Event,
    ModifyRejected,
    OrderOutcomeLost,
    OrderRejected,
)
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.orders import Order
from anyvenue.venues.paper.wire import Refused

__all__ = ["Outstanding"]

_NEVER_CAME = "the request never reached the exchange"
_ASK_AGAIN = "the connection broke before the answer came; ask again if it still matters"


class Outstanding:
    """Orders without an answer are unknown when the connection breaks; the next login says which have arrived.

    Cancels and changes without an answer are given up once all that was missed has been told: if they were done, that
    was told before.
    """

    def __init__(self) -> None:
        """Begin with nothing outstanding."""
        self._sent: dict[int, Command] = {}
        self._requests: dict[OrderId, int] = {}
        self._unsure: dict[OrderId, AccountId] = {}
        self._dropped: list[Command] = []

    def sent(self, request: int, command: Command) -> None:
        """Take note of a request."""
        self._sent[request] = command
        if isinstance(command, SubmitOrder):
            self._requests[command.order_id] = request

    def done(self, request: int) -> OrderId:
        """Take note that a request was taken; return the order it placed, 0 for another request."""
        command = self._sent.pop(request, None)
        if not isinstance(command, SubmitOrder):
            return OrderId(0)
        self._requests.pop(command.order_id, None)
        return command.order_id

    def refused(self, refused: Refused, now: int) -> list[Event]:
        """Return what is to be said of a request that was not taken."""
        command = self._sent.pop(refused.id, None)
        if isinstance(command, SubmitOrder):
            self._requests.pop(command.order_id, None)
        return [] if command is None else [_no(command, refused.text, refused.code, now)]

    def orders(self) -> list[Order]:
        """Return the orders that have had no answer, as SENT."""
        commands = (self._sent[request] for request in self._requests.values())
        return [
            Order(each.order_id, each.request, OrderState.SENT, ts_created=each.ts_event)
            for each in commands
            if isinstance(each, SubmitOrder)
        ]

    def heard_of(self, order_id: OrderId) -> None:
        """Take note that an order has reached the exchange."""
        self._unsure.pop(order_id, None)
        request = self._requests.pop(order_id, None)
        if request is not None:
            self._sent.pop(request, None)

    def ask_about(self, account: AccountId, orders: Sequence[OrderId]) -> None:
        """Ask at the next login about orders that an earlier process has sent, or may have."""
        self._unsure.update(dict.fromkeys(orders, account))

    def refs(self) -> tuple[str, ...]:
        """Return the references of orders that nobody knows about."""
        return tuple(str(order_id) for order_id in self._unsure)

    def lost(self, now: int) -> list[Event]:
        """Return what is to be said when the connection breaks."""
        events: list[Event] = []
        for command in self._sent.values():
            if isinstance(command, SubmitOrder):
                account = command.request.account
                self._unsure[command.order_id] = account
                reason = "the connection broke before the answer came"
                events.append(OrderOutcomeLost(account, command.order_id, now, now, reason))
            else:
                self._dropped.append(command)
        self._sent.clear()
        self._requests.clear()
        return events

    def found(self, known: set[str], now: int) -> list[Event]:
        """Return what is to be said after a login that knows of these references only."""
        unsure, self._unsure = self._unsure, {}
        code = "order.not_received"
        return [
            OrderRejected(account, order_id, now, now, _NEVER_CAME, code, code)
            for order_id, account in unsure.items()
            if str(order_id) not in known
        ]

    def caught_up(self, now: int) -> list[Event]:
        """Return what is to be said of the changes that were on their way, when all that was missed was told."""
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
