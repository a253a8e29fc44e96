"""What a session sends within its venue's limits: fair between strategies, cancels first.

An order that has to wait is NEW, and the journal says so: `OrderQueued`. Before it leaves, `OrderSent` is written. So
an order whose last word is `OrderQueued` was never sent, also in the books that a later process recovers.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from anyvenue.engine.live.requests.allowance import Allowance, Kind, RequestTerms
from anyvenue.engine.live.requests.waiting import CANCEL, REST, URGENT, Waiting, WaitingRoom
from anyvenue.engine.live.taping import heard, saw_time
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, Offset, OrderState, Pending, TimeInForce
from anyvenue.model.errors import AnyvenueError, NotSent
from anyvenue.model.events import (
    CancelRejected,
    Event,
    ModifyRejected,
    OrderCancelled,
    OrderModified,
    OrderQueued,
    OrderRejected,
    OrderSent,
    TradingHalted,
)
from anyvenue.model.ids import AccountId, OrderId, StrategyId
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.model.protocols import RequestLimit

if TYPE_CHECKING:
    from anyvenue.engine.live.node import LiveNode
    from anyvenue.engine.live.session import Session

__all__ = ["Outgoing"]

_AWAY = (DriverState.CLOSED, DriverState.CONNECTING, DriverState.DEGRADED)
_IN_SESSION = (DriverState.READY, DriverState.RECONCILING)
_AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)
_PAUSE_S = 0.05
_FOREVER = float("inf")


class Outgoing:
    """Sends what may be sent now and keeps the rest: for a venue with limits, or where something may be tried again.

    `patience` says for how many seconds a strategy's orders that provably were not sent are tried again. `room` is
    what waits.
    """

    def __init__(
        self,
        node: "LiveNode",
        session: "Session",
        limits: Sequence[RequestLimit],
        terms: RequestTerms,
    ) -> None:
        """Begin with nothing sent; raise ConfigError for a limit under which something could never be sent."""
        self.patience: dict[StrategyId, float] = {}
        self.allowance = Allowance(limits)
        self.room = WaitingRoom(self.allowance)
        self.queued = self.withdrawn = self.refused = self.expired = self.retried = 0
        self._terms = terms
        self._node = node
        self._session = session
        self._timer: asyncio.TimerHandle | None = None
        self._leaving: Waiting | None = None
        kernel = node.node.kernel
        for kind in (OrderQueued, OrderModified, ModifyRejected):
            kernel.on(kind, self._on_heard)
        kernel.on(TradingHalted, self._on_halted)

    def left(self) -> dict[str, float]:
        """Return what is left of each limit now, by its name."""
        return self.allowance.left(_time()) if self.allowance.limits else {}

    # ---- what is to be sent

    def send(self, account: AccountId, command: Command) -> None:
        """Send a request or keep it; raise NotSent for one that is neither."""
        if isinstance(command, SubmitOrder):
            self._submit(account, command)
        elif isinstance(command, CancelOrder):
            self._cancel(account, command)
        elif isinstance(command, ModifyOrder):
            self._modify(account, command)
        else:
            self._now_or_not(account, command, "order")

    def _submit(self, account: AccountId, command: SubmitOrder) -> None:
        if self._must_wait(REST, "order"):
            self._queue(account, command, self._terms.longest_wait_s, "the venue's request limits")
            return
        try:
            self._now_or_not(account, command, "order")
        except NotSent as error:
            patience = self._patience(command.request)
            if not patience or not self._node.started:
                raise
            self._queue(account, command, patience, f"not sent yet: {error.text}", tries=1)

    def _cancel(self, account: AccountId, command: CancelOrder) -> None:
        waiting = self.room.orders.get(command.order_id)
        if waiting is not None:
            self._withdraw(waiting)
            return
        self._drop_changes(command.order_id)
        order = self._order(account, command.order_id)
        rank, asked = self._rank_of(order), self.room.cancels.get(command.order_id)
        if asked is not None:
            if rank >= asked.rank:
                return
            self.room.take(asked)
        if self._must_wait(rank, "cancel"):
            self._keep(account, command, order.request.strategy, rank, _FOREVER)
        else:
            self._now_or_not(account, command, "cancel")

    def _modify(self, account: AccountId, command: ModifyOrder) -> None:
        order = self._order(account, command.order_id)
        waiting = self.room.orders.get(command.order_id)
        if waiting is not None and waiting is not self._leaving:
            quantity = order.quantity if command.quantity is None else command.quantity
            price = order.price if command.price is None else command.price
            now = self._now()
            self._tell(OrderModified(account, command.order_id, now, now, quantity, price))
        elif self._must_wait(REST, "modify"):
            flow = order.request.strategy
            self._check_room(flow)
            self._keep(account, command, flow, REST, _time() + self._terms.longest_wait_s)
        else:
            self._now_or_not(account, command, "modify")

    def _must_wait(self, rank: int, kind: Kind) -> bool:
        if self._session.driver.state in _AWAY:
            return False  # which the driver says better
        return self.room.any_before(rank) or not self.allowance.fits(kind, _time())

    def _now_or_not(self, account: AccountId, command: Command, kind: Kind) -> None:
        self.allowance.take(kind, _time())
        try:
            self._session.pass_on(account, command)
        except NotSent:
            self.allowance.give_back(kind)
            raise

    def _check_room(self, flow: StrategyId) -> None:
        waiting = self.room.count(flow)
        if waiting >= self._terms.queue:
            self.refused += 1
            raise NotSent(
                f"{waiting} requests of {flow or 'nobody'} wait for {self._session.venue} already, as many as may; "
                "nothing was sent",
                code="budget.full",
                venue=self._session.venue,
                strategy=flow,
                waiting=waiting,
            )

    def _patience(self, request: OrderRequest) -> float:
        """Return for how long an order that was not sent is tried again; one that means "now" is not."""
        at_once = request.time_in_force in _AT_ONCE
        if at_once or (request.price is None and request.stop_price is None):
            return 0.0
        return self.patience.get(request.strategy, 0.0)

    def _rank_of(self, order: Order) -> int:
        """Return how urgent a cancel is."""
        desk = self._node.node.desk
        instrument = desk.account(order.account).instrument(order.instrument)
        return CANCEL if desk.risk.halted(order.request, instrument) is None else URGENT

    def _queue(
        self, account: AccountId, command: SubmitOrder, seconds: float, reason: str, tries: int = 0
    ) -> None:
        request, now = command.request, self._now()
        self._check_room(request.strategy)
        if request.expires:
            seconds = min(seconds, (request.expires - now) / 1e9)
        waiting = self._keep(account, command, request.strategy, REST, _time() + seconds)
        if tries:
            waiting.tries = tries
            waiting.after += _PAUSE_S
        self._node.chronicle.note_machine_run(now)
        self._tell(OrderQueued(account, command.order_id, now, now, reason))

    def _keep(
        self,
        account: AccountId,
        command: SubmitOrder | CancelOrder | ModifyOrder,
        flow: StrategyId,
        rank: int,
        until: float,
    ) -> Waiting:
        waiting = Waiting(account, command, flow, rank, _time(), until)
        self.room.put(waiting)
        self.queued += 1
        self._arm()
        return waiting

    # ---- what leaves

    def pump(self) -> None:
        """Send what may be sent now, and give up what has waited too long."""
        before = self._node.node.kernel.now
        self._give_up()
        while (waiting := self.room.next(self._is_ready, _time())) is not None:
            self._release(waiting)
        saw_time(self._node, before)
        self._arm()
        self._node.poke()

    def _is_ready(self, waiting: Waiting) -> bool:
        state, command = self._session.driver.state, waiting.command
        if waiting.after > _time():
            return False
        if not isinstance(command, SubmitOrder):
            return state in _IN_SESSION
        order = self._order(waiting.account, waiting.order_id)
        if order.state is not OrderState.NEW or order.pending is not Pending.NONE:
            return False  # the books are still to hear what has become of it
        opens = command.request.offset is Offset.OPEN and not command.request.reduce_only
        in_line = self._session.is_ready(waiting.account)
        return state is DriverState.READY and (in_line or not opens)

    def _release(self, waiting: Waiting) -> None:
        account, command = waiting.account, waiting.command
        if isinstance(command, SubmitOrder) and not self._announce(waiting):
            return
        self.room.take(waiting, sent=True)
        order = self._node.node.desk.account(account).orders.find(waiting.order_id)
        if order is None or order.done:
            return  # nothing is left of it to cancel or change
        try:
            if isinstance(command, SubmitOrder):
                self._send_late(waiting, command, order)
            else:
                self._now_or_not(account, command, waiting.kind)
        except NotSent as error:
            if isinstance(command, CancelOrder):
                self._put_back(waiting)  # a cancel is never given up
            else:
                self._refuse(waiting, error)

    def _announce(self, waiting: Waiting) -> bool:
        """Have it in the journal and the books that an order leaves now; return whether it is still to."""
        now = self._now()
        order = self._order(waiting.account, waiting.order_id)
        try:
            self._node.node.desk.watch.refuse_halted(order.request)
        except NotSent as error:
            self.room.take(waiting)
            self._refuse(waiting, error)
            return False
        sent = OrderSent(waiting.account, order.order_id, now, now)
        self._node.put(heard(sent, now))
        # Whoever hears of it may take it back: it is in the queue until it has left.
        self._leaving = waiting
        try:
            self._node.node.kernel.deliver((sent,))
        finally:
            self._leaving = None
        return order.order_id in self.room.orders

    def _send_late(self, waiting: Waiting, command: SubmitOrder, order: Order) -> None:
        if command.request != order.request:
            # Modified while it waited, which the venue will never tell: were the record lost with the power, its fills
            # would exceed what the journal says was ordered.
            self._node.chronicle.sync()
            command = msgspec.structs.replace(command, request=order.request)
        failure = self._node.chronicle.failure
        if failure is not None:
            raise NotSent(
                f"the journal cannot be written, so nothing was sent: {failure.text}",
                code="journal.not_written",
            )
        try:
            self._now_or_not(waiting.account, command, "order")
        except NotSent as error:
            patience = self._patience(order.request)
            if not patience:
                raise
            waiting.until = min(waiting.until, _time() + patience)
            self._put_back(waiting)
            now = self._now()
            self._tell(OrderQueued(waiting.account, order.order_id, now, now, error.text))
        else:
            self.retried += waiting.tries > 0

    def _put_back(self, waiting: Waiting) -> None:
        waiting.tries += 1
        waiting.after = _time() + _PAUSE_S
        self.room.put(waiting)

    # ---- what does not

    def on_away(self) -> None:
        """The venue is lost: orders that may not be tried again are REJECTED, others wait as long as they may."""
        before = self._node.node.kernel.now
        for waiting in list(self.room.orders.values()):
            patience = self._patience(self._order(waiting.account, waiting.order_id).request)
            waiting.until = min(waiting.until, _time() + patience)
            if not patience:
                self.room.take(waiting)
                text = f"{self._session.venue} was lost while it waited; it was never sent"
                self._refuse(waiting, NotSent(text))
        saw_time(self._node, before)
        if self.room:
            self._arm()

    def close(self) -> None:
        """Send nothing any more; what waits was never sent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for waiting in list(self.room):
            self.room.take(waiting)
            self._refuse(waiting, NotSent("the node has stopped; it was never sent"))

    def _give_up(self) -> None:
        now = _time()
        for waiting in self.room.of(REST):
            if waiting.until <= now:
                self.expired += 1
                self.room.take(waiting)
                text = f"it has waited {now - waiting.since:.3g} s for {self._session.venue} and was never sent"
                self._refuse(waiting, NotSent(text, code="budget.too_late"))

    def _refuse(self, waiting: Waiting, error: AnyvenueError) -> None:
        """Say what became of a request that was not sent and will not be."""
        now, kind = self._now(), _REFUSALS[waiting.kind]
        self._tell(kind(waiting.account, waiting.order_id, now, now, error.text, error.code))

    def _withdraw(self, waiting: Waiting) -> None:
        self.withdrawn += 1
        self.room.take(waiting)
        now, reason = self._now(), "withdrawn before it was sent"
        self._tell(OrderCancelled(waiting.account, waiting.order_id, now, now, reason))

    def _drop_changes(self, order_id: OrderId) -> None:
        """Forget changes of an order that is to be cancelled: the answer to the cancel answers for them."""
        for waiting in self.room.of(REST):
            if waiting.order_id == order_id:
                self.room.take(waiting)

    # ---- small things

    def _on_heard(self, event: OrderQueued | OrderModified | ModifyRejected) -> None:
        """Go on with an order that the books know as it is now."""
        if event.order_id in self.room.orders:
            self._arm()

    def _on_halted(self, event: TradingHalted) -> None:
        """Let cancels that wait already go before all others where trading was halted."""
        for waiting in self.room.of(CANCEL):
            order = self._node.node.desk.account(waiting.account).orders.find(waiting.order_id)
            if order is not None and self._rank_of(order) == URGENT:
                self.room.take(waiting)
                waiting.rank = URGENT
                self.room.put(waiting)

    def _arm(self) -> None:
        """Come back when the next request may be sent, or has waited too long."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = _time()
        at = self.room.due(self._is_ready, now)
        if at < _FOREVER:
            self._timer = asyncio.get_running_loop().call_at(max(at, now), self.pump)

    def _order(self, account: AccountId, order_id: OrderId) -> Order:
        return self._node.node.desk.account(account).orders.get(order_id)

    def _now(self) -> int:
        kernel = self._node.node.kernel
        kernel.now = max(kernel.now, self._node.now())
        return kernel.now

    def _tell(self, event: Event) -> None:
        """Tell the node as a driver would: it hears of it in its turn."""
        self._node.inbox.post(event)


def _time() -> float:
    return asyncio.get_running_loop().time()


_REFUSALS: dict[Kind, type[OrderRejected] | type[CancelRejected] | type[ModifyRejected]] = {
    "order": OrderRejected,
    "cancel": CancelRejected,
    "modify": ModifyRejected,
}
