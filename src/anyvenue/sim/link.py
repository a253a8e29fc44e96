"""The way between one trader and the exchange: latency, faults, and everything in flight.

Commands and reports keep their order, as on one connection. With zero latency a command reaches the exchange before
the next event, with the time at which it was given, and meets that next event; with latency it arrives when it arrives.

A lost message is noticed after a while and the exchange is asked for the truth. What moves the books (fills, changes,
settlements) waits for a lost one before it, as in the numbered streams of real venues, because lots are kept first in,
first out; other reports overtake it.
"""

from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import get_args

from msgspec.structs import replace

from anyvenue.model.commands import AccountCommand, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState
from anyvenue.model.errors import NotSent
from anyvenue.model.events import (
    CancelRejected,
    CommandRefused,
    DaySettled,
    Event,
    ModifyRejected,
    OrderEvent,
    OrderFilled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
    OrderSubmitted,
    SeriesRolled,
    VenueStateChanged,
)
from anyvenue.model.ids import OrderId, VenueId
from anyvenue.model.market import FundingRate, MarketEvent
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
    `on_market` for every market event the exchange shall see. A link made with a fault plan may be given other `faults`
    while it runs.
    """

    def __init__(
        self,
        exchange: Exchange,
        deliver: Callable[[list[Event]], None],
        wake: Callable[[int], None],
        latency: LatencyModel | None = None,
        faults: FaultPlan | None = None,
        show: Callable[[Sequence[MarketEvent]], None] | None = None,
    ) -> None:
        """Begin with nothing in flight; `show` is given what the public sees of the exchange's own books, at once."""
        self.exchange = exchange
        self._deliver = deliver
        self._wake = wake
        self._show = show
        self._latency = latency or NoLatency()
        self.faults = Faults(faults)
        self._perfect = faults is None and self._latency.zero
        self.under_way: dict[OrderId, SubmitOrder] = {}
        self._flight: list[tuple[int, int, Action]] = []
        self._count = count()
        self._command_at = 0
        self._report_at = 0
        self._down_until = 0
        self._books_wait = 0
        self._orders_wait: dict[OrderId, int] = {}

    # ---- the owner's side

    @property
    def due(self) -> int:
        """When something happens here next."""
        by_itself, flight = self.exchange.due, self._flight
        return flight[0][0] if flight and flight[0][0] < by_itself else by_itself

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
            self._show_books()
            return
        at, _, action = heappop(self._flight)
        action(at)

    def on_market(self, event: MarketEvent) -> None:
        """Let the exchange see one market event."""
        events = self.exchange.on_market(event)
        if events:
            self._report(events, event.ts_recv)
        if type(event) is FundingRate:
            self._wake(self.exchange.due)  # it says when something will happen

    def send(self, command: Command) -> None:
        """Take a command that was given at its `ts_event`; raise NotSent while the link is down."""
        now = command.ts_event
        if self._perfect:
            if type(command) is SubmitOrder:
                self.under_way[command.order_id] = command
            self._schedule(now, partial(self._arrive, command))
            return
        self._maybe_disconnect(now)
        if now < self._down_until:
            raise NotSent(
                "the link to the exchange is down; nothing was sent",
                order_id=getattr(command, "order_id", 0),
            )
        arrival = now + self._latency.command() + self._extra()
        self._command_at = max(self._command_at, arrival)
        self._start(self._command_at, command)

    # ---- in flight

    def _start(self, at: int, command: Command) -> None:
        plan, faults = self.faults.plan, self.faults
        if isinstance(command, SubmitOrder) and faults.happens(plan.reject):
            self._schedule(at, lambda ts: self._report([_refusal(command, ts)], ts))
            return
        if faults.happens(plan.drop):
            self._lose(at, command)
            return
        if isinstance(command, SubmitOrder):
            self.under_way[command.order_id] = command
        self._schedule(at, lambda ts: self._arrive(command, ts))
        if not isinstance(command, AccountCommand) and faults.happens(plan.duplicate):
            self._schedule(at, lambda ts: self._arrive(command, ts))

    def _arrive(self, command: Command, ts: int) -> None:
        if type(command) is SubmitOrder:
            self.under_way.pop(command.order_id, None)
        self._report(self.exchange.apply(command, ts), ts)
        self._show_books()

    def _show_books(self) -> None:
        if self._show is not None:
            events = self.exchange.market_events()
            if events:
                self._show(events)

    def _report(self, events: list[Event], ts: int) -> None:
        if not events:
            return
        if self._perfect:
            self._deliver(events)
            return
        for event in events:
            # Nobody asks for the account's own reports again, nor for an order of the exchange's own that he has never
            # heard of: those are never lost.
            if isinstance(event, _ASKED_FOR) and self.faults.happens(self.faults.plan.drop):
                self._send_late(event, ts)
            else:
                again = isinstance(event, _REPEATABLE) and self.faults.happens(
                    self.faults.plan.duplicate
                )
                for _ in range(2 if again else 1):
                    self._send_back(event, ts)

    def _send_back(self, event: Event, ts: int) -> None:
        at = max(ts + self._latency.report() + self._extra(), self._report_at, self._down_until)
        self._report_at = at
        at = max(at, self._wait_of(event))
        if _moves_books(event):
            self._books_wait = at
        self._schedule(at, lambda arrival: self._deliver([_received(event, arrival)]))

    def _send_late(self, event: OrderEvent, ts: int) -> None:
        """Lose a report: its order's outcome is unknown until the exchange is asked."""
        late = max(ts + self.faults.plan.timeout_ns, self._report_at, self._down_until)
        at = self._orders_wait[event.order_id] = max(late, self._wait_of(event))
        if _moves_books(event):
            self._books_wait = at
        account, order_id = event.account, event.order_id

        def tell(now: int) -> None:
            self._deliver([OrderOutcomeLost(account, order_id, now, now, "no answer in time")])
            self._deliver([_received(event, now)])

        self._schedule(at, tell)

    def _wait_of(self, event: Event) -> int:
        """Return how long a report waits for lost ones: of its own order, or of any that moves the books."""
        books = self._books_wait if _moves_books(event) else 0
        own = self._orders_wait.get(event.order_id, 0) if isinstance(event, OrderEvent) else 0
        return max(own, books)

    def _schedule(self, at: int, action: Action) -> None:
        heappush(self._flight, (at, next(self._count), action))
        self._wake(at)

    def _extra(self) -> int:
        plan = self.faults.plan
        return plan.delay_ns if self.faults.happens(plan.delay) else 0

    # ---- losses and outages

    def _maybe_disconnect(self, now: int) -> None:
        plan = self.faults.plan
        if now >= self._down_until and self.faults.happens(plan.disconnect):
            self._down_until = now + plan.outage_ns
            down = VenueStateChanged(_VENUE, DriverState.DEGRADED, now, now, "link lost")
            self._schedule(now, lambda ts: self._deliver([_received(down, ts)]))
            up = VenueStateChanged(_VENUE, DriverState.READY, self._down_until, self._down_until)
            self._schedule(self._down_until, lambda ts: self._deliver([_received(up, ts)]))

    def _lose(self, at: int, command: Command) -> None:
        def tell(now: int) -> None:
            for event in _lost(command, now):
                self._deliver([event])

        self._schedule(at + self.faults.plan.timeout_ns, tell)


# Those that say the same when they come twice. Money has no such sign: its reports come in a numbered stream.
_ASKED_FOR = tuple(each for each in get_args(OrderEvent) if each is not OrderSubmitted)
_REPEATABLE = (*get_args(OrderEvent), DaySettled, SeriesRolled, VenueStateChanged)


def _moves_books(event: Event) -> bool:
    return isinstance(event, OrderFilled | OrderModified) or not isinstance(event, OrderEvent)


def _lost(command: Command, now: int) -> list[Event]:
    """Return what is found out when a command never arrived."""
    reason = "the request was lost on the way"
    if isinstance(command, AccountCommand):
        return [CommandRefused(command.account, command.instrument, now, now, reason, "order.lost")]
    order_id = command.order_id
    if isinstance(command, SubmitOrder):
        account = command.request.account
        unknown = "the exchange does not know the order: it was lost on the way"
        return [
            OrderOutcomeLost(account, order_id, now, now, "no answer in time"),
            OrderRejected(account, order_id, now, now, unknown, "order.lost"),
        ]
    kind = ModifyRejected if isinstance(command, ModifyOrder) else CancelRejected
    return [kind(command.account, order_id, now, now, reason, "order.lost")]


def _received(event: Event, ts: int) -> Event:
    if isinstance(event, OrderFilled):
        return replace(event, ts_recv=ts, fill=replace(event.fill, ts_recv=ts))
    return replace(event, ts_recv=ts)


def _refusal(command: SubmitOrder, ts: int) -> OrderRejected:
    account, order_id = command.request.account, command.order_id
    return OrderRejected(account, order_id, ts, ts, "refused by fault injection", "fault.rejected")
