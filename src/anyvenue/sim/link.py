"""The way between one trader and the exchange: latency, faults, and everything in flight.

Reports keep their order. With zero latency a command reaches the exchange before the next event, with the time at
which it was given, and meets that next event; with latency it arrives when it arrives.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from msgspec.structs import replace

from anyvenue.model.commands import CancelOrder, Command, SubmitOrder
from anyvenue.model.enums import DriverState
from anyvenue.model.errors import NotSent
from anyvenue.model.events import (
    CancelRejected,
    Event,
    OrderFilled,
    OrderOutcomeLost,
    OrderRejected,
    VenueStateChanged,
)
from anyvenue.model.ids import AccountId, OrderId, VenueId
from anyvenue.model.market import MarketEvent
from anyvenue.sim.days import FAR
from anyvenue.sim.exchange import Exchange
from anyvenue.sim.faults import FaultPlan, Faults
from anyvenue.sim.latency import LatencyModel, NoLatency

__all__ = ["Link"]

_VENUE = VenueId("sim")
Action = Callable[[int], None]


class Link:
    """Carries commands to `exchange` and gives the reports to `deliver`, a batch at a time.

    `wake(ts)` is called when something new will be due at `ts`. The owner calls `run` when `due` has come and
    `on_market` for every market event the exchange shall see.
    """

    def __init__(
        self,
        exchange: Exchange,
        deliver: Callable[[list[Event]], None],
        wake: Callable[[int], None],
        latency: LatencyModel | None = None,
        faults: FaultPlan | None = None,
    ) -> None:
        """Begin with nothing in flight."""
        self.exchange = exchange
        self._deliver = deliver
        self._wake = wake
        self._latency = latency or NoLatency()
        self._faults = Faults(faults)
        self._perfect = faults is None and self._latency.zero
        self._flight: list[tuple[int, int, Action]] = []
        self._count = count()
        self._report_at = 0
        self._down_until = 0
        self._reports: dict[OrderId, list[Event]] = {}

    # ---- the owner's side

    @property
    def due(self) -> int:
        """When something happens here next."""
        by_itself = self.exchange.due
        return min(by_itself, self._flight[0][0]) if self._flight else by_itself

    @property
    def flight_due(self) -> int:
        """When the next message in flight arrives, FAR for none."""
        return self._flight[0][0] if self._flight else FAR

    @property
    def busy(self) -> bool:
        """Tell whether anything is in flight."""
        return bool(self._flight)

    def run(self) -> None:
        """Do the one thing that is due at `due`."""
        due = self.exchange.due
        if not self._flight or due <= self._flight[0][0]:
            self._report(self.exchange.advance(due), due)
            return
        at, _, action = heappop(self._flight)
        action(at)

    def on_market(self, event: MarketEvent) -> None:
        """Let the exchange see one market event."""
        events = self.exchange.on_market(event)
        if events:
            self._report(events, event.ts_recv)

    def send(self, command: Command) -> None:
        """Take a command that was given at its `ts_event`; raise NotSent while the link is down."""
        now = command.ts_event
        self._maybe_disconnect(now)
        if now < self._down_until:
            raise NotSent(
                "the link to the exchange is down; nothing was sent", order_id=command.order_id
            )
        self._start(now + self._latency.command() + self._extra(), command)

    # ---- in flight

    def _start(self, at: int, command: Command) -> None:
        plan, faults = self._faults.plan, self._faults
        if isinstance(command, SubmitOrder) and faults.happens(plan.reject):
            self._schedule(at, lambda ts: self._report([_refusal(command, ts)], ts))
            return
        if faults.happens(plan.drop):
            self._lose(at, command)
            return
        self._schedule(at, lambda ts: self._arrive(command, ts))
        if faults.happens(plan.duplicate):
            self._schedule(at, lambda ts: self._arrive(command, ts))

    def _arrive(self, command: Command, ts: int) -> None:
        self._report(self.exchange.apply(command, ts), ts)

    def _report(self, events: list[Event], ts: int) -> None:
        if not events:
            return
        if self._perfect:
            self._deliver(events)
            return
        for event in events:
            self._remember(event)
            if self._faults.happens(self._faults.plan.drop):
                self._notice_later(event, ts)
            else:
                copies = 2 if self._faults.happens(self._faults.plan.duplicate) else 1
                for _ in range(copies):
                    self._send_back(event, ts)

    def _send_back(self, event: Event, ts: int) -> None:
        at = max(ts + self._latency.report() + self._extra(), self._report_at, self._down_until)
        self._report_at = at
        self._schedule(at, lambda arrival: self._deliver([_received(event, arrival)]))

    def _schedule(self, at: int, action: Action) -> None:
        heappush(self._flight, (at, next(self._count), action))
        self._wake(at)

    def _extra(self) -> int:
        plan = self._faults.plan
        return plan.delay_ns if self._faults.happens(plan.delay) else 0

    # ---- losses and outages

    def _maybe_disconnect(self, now: int) -> None:
        plan = self._faults.plan
        if now >= self._down_until and self._faults.happens(plan.disconnect):
            self._down_until = now + plan.outage_ns
            down = VenueStateChanged(_VENUE, DriverState.DEGRADED, now, now, "link lost")
            self._schedule(now, lambda ts: self._deliver([_received(down, ts)]))
            up = VenueStateChanged(_VENUE, DriverState.READY, self._down_until, self._down_until)
            self._schedule(self._down_until, lambda ts: self._deliver([_received(up, ts)]))

    def _lose(self, at: int, command: Command) -> None:
        account = command.request.account if isinstance(command, SubmitOrder) else command.account
        self._ask_later(at, account, command.order_id, isinstance(command, CancelOrder))

    def _notice_later(self, event: Event, ts: int) -> None:
        order_id = getattr(event, "order_id", None)
        if order_id is None:
            self._send_back(
                event, ts
            )  # accounts are not asked again, so these reports are never lost
        else:
            self._ask_later(ts, getattr(event, "account", AccountId("")), order_id, False)

    def _ask_later(self, at: int, account: AccountId, order_id: OrderId, cancel: bool) -> None:
        def notice(ts: int) -> None:
            lost = OrderOutcomeLost(account, order_id, ts, ts, "no answer in time")
            self._deliver([lost])
            self._schedule(ts, lambda now: self._tell_truth(account, order_id, cancel, now))

        self._schedule(at + self._faults.plan.timeout_ns, notice)

    def _tell_truth(self, account: AccountId, order_id: OrderId, cancel: bool, ts: int) -> None:
        """Repeat everything the exchange ever said of an order; it never saw one that it knows nothing of."""
        said = self._reports.get(order_id)
        if said is None:
            reason = "the exchange does not know the order: it was lost on the way"
            self._deliver([OrderRejected(account, order_id, ts, ts, reason, "order.lost")])
            return
        for event in said:
            self._deliver([_received(event, ts)])
        if cancel:
            reason = "the cancel was lost on the way"
            self._deliver([CancelRejected(account, order_id, ts, ts, reason, "order.lost")])

    def _remember(self, event: Event) -> None:
        order_id = getattr(event, "order_id", None)
        if order_id is not None and self._faults.plan.drop:
            self._reports.setdefault(order_id, []).append(event)


def _received(event: Event, ts: int) -> Event:
    if isinstance(event, OrderFilled):
        return replace(event, ts_recv=ts, fill=replace(event.fill, ts_recv=ts))
    return replace(event, ts_recv=ts)


def _refusal(command: SubmitOrder, ts: int) -> OrderRejected:
    account, order_id = command.request.account, command.order_id
    return OrderRejected(account, order_id, ts, ts, "refused by fault injection", "fault.rejected")
