"""What people do to a running node, from whatever face: it is on the tape like everything else that it is told."""

from decimal import Decimal

import msgspec

from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.tape_entries import (
    CancelAsked,
    ChangeAsked,
    CommandGiven,
    Killed,
    OrderGiven,
    Released,
)
from anyvenue.model.commands import AccountCommand
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.risk import NODE, Scope
from anyvenue.runtime.journal.codec import encode_value, kind_of

__all__ = ["cancel", "command", "kill", "modify", "release", "submit"]


def kill(node: LiveNode, reason: str) -> None:
    """Ask every order back and refuse all others until `release`; a second kill asks back what still works."""
    node.put(Killed(_time_of(node), reason))
    node.node.desk.kill(reason)
    node.node.desk.cancel_all()


def release(
    node: LiveNode, scope: Scope = NODE, *, rule: str | None = None, reason: str = ""
) -> bool:
    """End the halts of a scope, or that of one rule; return False when there was none."""
    node.put(Released(_time_of(node), scope.kind, scope.name, rule, reason))
    return node.node.desk.watch.release(scope, rule=rule, reason=reason)


def submit(node: LiveNode, request: OrderRequest, client_ref: str = "") -> list[OrderId]:
    """Send an order, as `OrderDesk.submit` does; raise OrderError or TableError."""
    node.put(OrderGiven(_time_of(node), request, client_ref))
    try:
        return node.node.desk.submit(request, client_ref)
    finally:
        node.poke()


def cancel(node: LiveNode, account: AccountId, order_id: OrderId) -> None:
    """Ask for a cancel; raise UnknownOrder, or NotSent."""
    node.put(CancelAsked(_time_of(node), account, order_id))
    node.node.desk.cancel(account, order_id)


def modify(
    node: LiveNode,
    account: AccountId,
    order_id: OrderId,
    quantity: Decimal | None = None,
    price: Decimal | None = None,
) -> None:
    """Ask for a change; raise UnknownOrder, NotSent, or what the new values raise."""
    node.put(ChangeAsked(_time_of(node), account, order_id, quantity, price))
    node.node.desk.modify(account, order_id, quantity, price)


def command(node: LiveNode, wish: AccountCommand) -> None:
    """Give a command about an account; raise UnknownInstrument or NotSent."""
    body = msgspec.Raw(encode_value(wish))
    node.put(CommandGiven(_time_of(node), kind_of(wish), body))
    node.node.desk.command(wish)


def _time_of(node: LiveNode) -> int:
    """Let the node's time be now, and return it."""
    kernel = node.node.kernel
    kernel.now = max(kernel.now, node.now())
    return kernel.now
