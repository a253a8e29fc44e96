"""What must always be so, and who notices when it is not."""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.engine.live import LiveNode
from anyvenue.engine.rebuild import FIRST_FOREIGN_ID
from anyvenue.model.commands import SubmitOrder
from anyvenue.model.enums import OrderState, Side
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import DONE_STATES, Fill, Order
from anyvenue.oms.account_state import AccountState

if TYPE_CHECKING:
    from anyvenue.testing.simulation.disks import MachineClock

__all__ = ["Watch", "balances_of", "check_books"]

_RANK = {
    OrderState.NEW: 0,
    OrderState.SENT: 1,
    OrderState.UNKNOWN: 1,
    OrderState.OPEN: 2,
    OrderState.PARTIAL: 3,
}
_DONE_RANK = 4
_NEVER_SENT = ("order.not_sent", "budget.full", "budget.too_late", "journal.not_written")
_WITHDRAWN = "withdrawn before it was sent"


class Watch:
    """Follows every order that the node sends, over all of the node's lives.

    `violations` are sentences; the first is the one to look at. `halted` is set while nothing may be opened.
    """

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.violations: list[str] = []
        self.halted = False
        self.events = 0
        self.fills = 0
        self.tags: dict[OrderId, str] = {}
        self._seen: dict[OrderId, Order] = {}
        self._node: LiveNode | None = None
        self._net: dict[tuple[str, str], Decimal] = {}

    def violated(self, what: str) -> None:
        """Take note of a violation."""
        self.violations.append(what)

    # ---- the node's lives

    def restarted(self, node: LiveNode, *, lossy: bool) -> None:
        """Follow a node that has recovered; with `lossy` its disk may have lost the last records."""
        self._node = node
        orders = [order for state in node.node.desk.accounts.values() for order in state.orders]
        found = {order.order_id: order for order in orders}
        if lossy:
            self._seen = found
        for order_id, was in self._seen.items():
            self._compare_recovered(was, found.get(order_id))
        self._seen = found
        if self.halted and not node.node.desk.risk.halts():
            self.violated("the kill switch was forgotten in a restart")
        node.node.desk.listeners.append(self.on_order)
        self._net = {}
        for state in node.node.desk.accounts.values():
            self.violations += check_books(state)
            for held in state.positions():
                self._net[state.account, held.instrument] = held.net

    def _compare_recovered(self, was: Order, now: Order | None) -> None:
        if now is None:
            self.violated(f"order {was.order_id} ({was.state}) is not in the recovered books")
        elif now.filled != was.filled:
            self.violated(
                f"order {was.order_id} had filled {was.filled}, recovered with {now.filled}"
            )
        elif was.state is OrderState.NEW and now.state is OrderState.REJECTED:
            self._check_never_sent(now)
        elif now.state is not was.state and (was.done or now.state is not OrderState.UNKNOWN):
            self.violated(f"order {was.order_id} was {was.state}, recovered as {now.state}")

    def _check_never_sent(self, order: Order) -> None:
        if order.order_id in self.tags:
            self.violated(f"order {order.order_id} was sent, and the node says it never was")

    # ---- every step

    def sent(self, command: SubmitOrder) -> None:
        """Check an order that has just left the node."""
        order_id, request = command.order_id, command.request
        seen = self._seen.get(order_id)
        if seen is not None and seen.done:
            self.violated(f"order {order_id} was sent although it was {seen.state}")
        if order_id in self.tags:
            self.violated(f"order id {order_id} was used twice")
        if order_id >= FIRST_FOREIGN_ID:
            self.violated(f"order id {order_id} is one of those for other people's orders")
        self.tags[order_id] = request.tag
        if self.halted:
            self.violated(f"order {order_id} was sent while trading was halted")

    def on_order(self, order: Order, fill: Fill | None) -> None:
        """Check a record that has just changed."""
        self.events += 1
        self.fills += fill is not None
        was = self._seen.get(order.order_id)
        self._seen[order.order_id] = order
        if order.filled > order.quantity:
            self.violated(f"order {order.order_id} has filled {order.filled} of {order.quantity}")
        if was is not None:
            self._check_forward(was, order)
        if order.done and (order.venue_code in _NEVER_SENT or order.reason == _WITHDRAWN):
            self._check_never_sent(order)
        if fill is not None and self._node is not None:
            self._check_position(self._node.node.desk.account(order.account), order, fill)

    def _check_forward(self, was: Order, now: Order) -> None:
        if now.filled < was.filled:
            self.violated(f"order {now.order_id} had filled {was.filled}, now {now.filled}")
        if was.state is now.state or (now.state is OrderState.UNKNOWN and not was.done):
            return
        if now.state is OrderState.NEW and now.order_id not in self.tags:
            return  # it was about to leave, and provably has not
        forward = _rank(now.state) >= _rank(was.state)
        if was.state in DONE_STATES:
            # Fills are never refused, and a late word on its quantity may let a filled order go on.
            forward = (now.state is OrderState.FILLED and was.state is not OrderState.REJECTED) or (
                was.state is OrderState.FILLED and now.quantity > was.quantity
            )
        if not forward:
            self.violated(f"order {now.order_id} went from {was.state} to {now.state}")

    def _check_position(self, state: AccountState, order: Order, fill: Fill) -> None:
        key = (order.account, order.instrument)
        signed = fill.quantity if order.side is Side.BUY else -fill.quantity
        wanted = self._net[key] = self._net.get(key, Decimal(0)) + signed
        net = state.position(order.instrument).net
        if net != wanted:
            self.violated(f"{key[0]} holds {net} of {key[1]}, but its fills come to {wanted}")


def _rank(state: OrderState) -> int:
    return _RANK.get(state, _DONE_RANK)


def check_books(state: AccountState) -> list[str]:
    """Return where positions are not what an account's fills come to."""
    net: dict[str, Decimal] = {}
    for order in state.orders:
        signed = order.filled if order.side is Side.BUY else -order.filled
        net[order.instrument] = net.get(order.instrument, Decimal(0)) + signed
    held = {each.instrument: each.net for each in state.positions()}
    return [
        f"{state.account} holds {held.get(name, 0)} of {name}, but its orders filled {wanted}"  # type: ignore[call-overload]
        for name, wanted in net.items()
        if held.get(name, Decimal(0)) != wanted  # type: ignore[call-overload]
    ]


def balances_of(state: AccountState, clock: "MachineClock") -> Decimal:
    """Return what an account is worth (CNY), open positions among it."""
    return state.figures("CNY", clock.now()).balance
