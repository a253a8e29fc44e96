"""Plays a tape to a node: everything it was told then, it is told again, at the same time and in the same order."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from anyvenue.engine.host import StrategyHost
from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.supervisor import Supervised, Supervisor
from anyvenue.engine.live.tape_entries import (
    Aside,
    Began,
    CancelAsked,
    CancelledAll,
    ChangeAsked,
    CodeSeen,
    CommandGiven,
    Corrected,
    Ended,
    Forgot,
    Heard,
    JournalFailed,
    Killed,
    OrderGiven,
    Refused,
    Released,
    SlowFaulted,
    Started,
    Stopped,
    StrategiesStarted,
    StrategyReplaced,
    StrategyStopped,
    TimeSeen,
    Woke,
)
from anyvenue.engine.replaying.comparing import Comparer
from anyvenue.engine.replaying.stand_ins import RecordedClock, Track
from anyvenue.engine.slowness import SlowLimit
from anyvenue.model import errors
from anyvenue.model.commands import Command
from anyvenue.model.errors import AnyvenueError, StrategyError
from anyvenue.model.events import Event, OrderEvent, TimePassed, VenueStateChanged
from anyvenue.model.ids import StrategyId
from anyvenue.oms.risk import Scope
from anyvenue.runtime.journal.codec import decode_value
from anyvenue.strategy.base import Strategy

__all__ = ["Player", "Relived"]

# So slow that no callback is: how slow they were is on the tape.
_NEVER = SlowLimit(threshold_ns=1 << 62, fault=False)


class Relived(Supervisor):
    """A supervisor whose strategies are as slow as they were."""

    def __init__(self, node: LiveNode) -> None:
        """Begin with no strategy."""
        super().__init__(node, _NEVER)
        self.node = node
        self.codes: dict[str, CodeSeen] = {}
        self.after_call: Callable[[StrategyHost, int], None] = _nothing

    def _host(self, found: Supervised, made: Strategy | None) -> StrategyHost:
        host = super()._host(found, made)
        if host.slowness is not None:
            host.slowness.after = lambda calls: self.after_call(host, calls)
        return host


class Player:
    """Plays one session. With `free` the node may part from the record and is played on as well as it can be.

    Then orders that are not those recorded hear nothing of the venue, and its snapshots are left out.
    """

    def __init__(
        self,
        node: LiveNode,
        supervisor: Relived,
        clock: RecordedClock,
        track: Track,
        comparer: Comparer,
        *,
        free: bool = False,
    ) -> None:
        """Play `track` to `node`, whose journal was opened."""
        self.market_events = 0
        self.ended = ""
        self.failed = ""
        self._node = node
        self._supervisor = supervisor
        self._clock = clock
        self._track = track
        self._comparer = comparer
        self._free = free
        self._handle = node.guard.guarded(node._handle)
        node.stopping = True  # no alarm is set: when it rang is on the tape
        for account in node.node.desk.accounts:
            node.node.desk._routes[account] = self._send
        kernel = node.node.kernel
        kernel.off(VenueStateChanged, node._on_venue)
        kernel.on(VenueStateChanged, self._on_venue)

    @property
    def time(self) -> int:
        """The time of what was played last (int ns UTC)."""
        return max(self._clock.time, self._node.node.kernel.now)

    @property
    def going(self) -> bool:
        """Whether there is more to play."""
        differs = self._comparer.difference is not None and not self._free
        return self._track.next is not None and not (differs or self.failed)

    def step(self) -> None:
        """Play the next entry; raise StrategyError for code that cannot be run."""
        entry = self._track.take()
        play = _STEPS.get(type(entry))
        if play is not None:
            play(self, entry)
        elif not isinstance(entry, Began | Ended):
            self.market_events += 1
            self._hear(entry)  # type: ignore[arg-type]

    # ---- what the node is told

    def _hear(self, event: Event) -> None:
        # What went wrong then halted the node, as it does now.
        with suppress(Exception):
            self._handle(event)

    def _on_heard(self, entry: Heard) -> None:
        self._clock.time = entry.now
        event: Any = decode_value(entry.kind, entry.body)
        if not (self._parted and self._is_others(event)):
            self._hear(event)

    @property
    def _parted(self) -> bool:
        return self._comparer.difference is not None

    def _is_others(self, event: Event) -> bool:
        """Tell whether an event is about an order that this node has not placed as it was placed then."""
        if not isinstance(event, OrderEvent):
            return False
        known = event.order_id in self._node.node.desk.account(event.account).orders
        return not known or event.order_id not in self._comparer.like

    def _on_woke(self, entry: Woke) -> None:
        self._clock.time = entry.now
        with suppress(Exception):
            self._node.node.kernel.process(TimePassed(entry.now, entry.now))

    def _on_started(self, entry: Started) -> None:
        self._clock.time = entry.now
        self._advance(entry.now)

    def _on_strategies(self, entry: StrategiesStarted) -> None:
        self._node.node.start()

    def _on_corrected(self, entry: Corrected) -> None:
        self._clock.time = entry.now
        if self._parted:
            return
        session = next(
            each for each in self._node.sessions.values() if entry.account in each.accounts
        )
        with suppress(Exception):  # what could not be compared was compared again later
            session.correct(entry)

    def _on_stopped(self, entry: Stopped) -> None:
        self._node.node.stop(cancel=entry.cancel)

    def _on_cancelled_all(self, entry: CancelledAll) -> None:
        self._node.node.desk.cancel_all()

    def _on_killed(self, entry: Killed) -> None:
        self._advance(entry.now)
        self._node.node.desk.kill(entry.reason)
        self._node.node.desk.cancel_all()

    def _on_released(self, entry: Released) -> None:
        self._advance(entry.now)
        scope = Scope(entry.scope, entry.name)
        self._node.node.desk.watch.release(scope, rule=entry.rule, reason=entry.reason)

    def _on_order_given(self, entry: OrderGiven) -> None:
        self._advance(entry.now)
        with suppress(AnyvenueError):  # who gave it heard of that
            self._node.node.desk.submit(entry.request, entry.client_ref)

    def _on_cancel_asked(self, entry: CancelAsked) -> None:
        self._advance(entry.now)
        with suppress(AnyvenueError):
            self._node.node.desk.cancel(entry.account, entry.order_id)

    def _on_change_asked(self, entry: ChangeAsked) -> None:
        self._advance(entry.now)
        with suppress(AnyvenueError):
            self._node.node.desk.modify(entry.account, entry.order_id, entry.quantity, entry.price)

    def _on_command_given(self, entry: CommandGiven) -> None:
        self._advance(entry.now)
        wish: Any = decode_value(entry.kind, entry.body)
        with suppress(AnyvenueError):
            self._node.node.desk.command(wish)

    def _on_strategy_stopped(self, entry: StrategyStopped) -> None:
        host = self._node.node.hosts.get(StrategyId(entry.name))
        if host is not None:
            host.stop(cancel=entry.cancel)

    def _on_strategy_replaced(self, entry: StrategyReplaced) -> None:
        self._supervisor.codes[entry.name] = entry.code
        self._supervisor.restart(entry.name, entry.parameters, keep_orders=entry.keep_orders)

    def _on_forgot(self, entry: Forgot) -> None:
        self._node.node.desk.forget(entry.keep)

    def _advance(self, now: int) -> None:
        kernel = self._node.node.kernel
        kernel.now = max(kernel.now, now)

    # ---- what happened meanwhile

    def _on_aside(self, entry: Aside) -> None:
        """Take what nothing in this replay led to; what led to it has differed."""
        if isinstance(entry, JournalFailed):
            self.failed = entry.text
        elif isinstance(entry, TimeSeen):
            self._advance(entry.now)

    def _send(self, command: Command) -> None:
        """Take a command; raise what it raised then."""
        order_id = int(getattr(command, "order_id", 0))
        entry = self._track.next
        if isinstance(entry, TimeSeen) and entry.order_id == order_id:
            self._track.take()
            self._advance(entry.now)
            entry = self._track.next
        if isinstance(entry, Refused) and _is_of(entry, command):
            self._track.take()
            raise _error(entry)

    def _on_venue(self, event: VenueStateChanged) -> None:
        entry = self._track.next
        if isinstance(entry, TimeSeen) and entry.order_id < 0:
            self._track.take()
            self._advance(entry.now)

    def after_call(self, host: StrategyHost, calls: int) -> None:
        """Fault a strategy where it was too slow."""
        entry = self._track.next
        if isinstance(entry, SlowFaulted) and (entry.strategy, entry.calls) == (
            host.strategy_id,
            calls,
        ):
            self._track.take()
            host.fail(StrategyError(entry.text, code="strategy.slow"))


def _nothing(host: StrategyHost, calls: int) -> None:
    """Nobody plays yet."""


def _is_of(entry: Refused, command: Command) -> bool:
    order_id = int(getattr(command, "order_id", 0))
    return (entry.command, entry.order_id) == (type(command).__name__, order_id)


def _error(entry: Refused) -> Exception:
    kind = getattr(errors, entry.kind, None)
    if isinstance(kind, type) and issubclass(kind, AnyvenueError):
        return kind(entry.text, code=entry.code or None)
    # A driver's own: what counts is that it is no NotSent, and what it is called.
    found: Exception = type(entry.kind, (Exception,), {})(entry.text)
    return found


_STEPS: Mapping[type[msgspec.Struct], Callable[[Player, Any], None]] = {
    Heard: Player._on_heard,
    Woke: Player._on_woke,
    Started: Player._on_started,
    StrategiesStarted: Player._on_strategies,
    Corrected: Player._on_corrected,
    Stopped: Player._on_stopped,
    CancelledAll: Player._on_cancelled_all,
    Killed: Player._on_killed,
    Released: Player._on_released,
    OrderGiven: Player._on_order_given,
    CancelAsked: Player._on_cancel_asked,
    ChangeAsked: Player._on_change_asked,
    CommandGiven: Player._on_command_given,
    StrategyStopped: Player._on_strategy_stopped,
    StrategyReplaced: Player._on_strategy_replaced,
    Forgot: Player._on_forgot,
    Refused: Player._on_aside,
    TimeSeen: Player._on_aside,
    SlowFaulted: Player._on_aside,
    JournalFailed: Player._on_aside,
}
