"""Strategies of a live node: started, stopped, restarted with other code or parameters, while the node runs on."""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from anyvenue.data.spans import zone_of_sessions
from anyvenue.engine.host import StrategyHost
from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.processes import add_process_strategy
from anyvenue.engine.live.schedules import Always, Schedule, TradingHours
from anyvenue.engine.live.strategy_code import code_of
from anyvenue.engine.live.tape_entries import SlowFaulted, StrategyReplaced, StrategyStopped
from anyvenue.engine.slowness import SlowLimit
from anyvenue.engine.strategy_process.host import ProcessHost
from anyvenue.engine.strategy_process.terms import ProcessTerms
from anyvenue.model.errors import AnyvenueError, StrategyError
from anyvenue.model.ids import AccountId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.reference.cron import CronHours, CronSchedule
from anyvenue.strategy.base import Strategy
from anyvenue.strategy.parameters import coerce, require_all

__all__ = ["StrategySpec", "Supervised", "Supervisor"]

_FIRST_BACKOFF_S = 1.0
_LONGEST_BACKOFF_S = 60.0


class StrategySpec(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy as the configuration has it. `load` returns the class, read anew each time.

    With the schedule ``session`` it runs while the first of its instruments is traded. After a fault it is started
    again up to `restarts` times, with growing pauses. `on_error` is what an exception leads to. With `process` it lives
    in a process of its own. Orders that provably were not sent are tried again for `retry_unsent_s`.
    """

    name: str
    load: Callable[[], type[Strategy]]
    account: AccountId
    instruments: tuple[Instrument, ...]
    parameters: Mapping[str, object] = {}
    schedule: Literal["always", "session"] | CronHours = "always"
    restarts: int = 0
    on_error: Literal["fault", "continue"] = "fault"
    retry_unsent_s: float = 0.0
    process: ProcessTerms | None = None


class Supervised:
    """A strategy under supervision: how it is to be run, and what became of it."""

    def __init__(self, spec: StrategySpec, schedule: Schedule) -> None:
        """Begin wanted."""
        self.spec = spec
        self.schedule = schedule
        self.kind: type[Strategy] = Strategy
        self.parameters: dict[str, object] = dict(spec.parameters)
        self.wanted = True
        self.restarts = 0
        self.retry_at = 0


class Supervisor:
    """Adds strategies to a live node and looks after them. Calls are on the loop's thread."""

    def __init__(self, node: LiveNode, slow: SlowLimit | None = None) -> None:
        """Begin with no strategy; with `slow` their callbacks are timed, and too many slow ones fault a strategy."""
        self._slow = slow
        self.strategies: dict[str, Supervised] = {}
        self._node = node

    def add(self, spec: StrategySpec) -> None:
        """Take a strategy on; it starts with the node, or when it is its time.

        Raise StrategyError for code that cannot be loaded, and ConfigError for a bad parameter.
        """
        found = self.strategies[spec.name] = Supervised(spec, self._schedule_of(spec))
        made = self._made(found, found.parameters)
        if spec.retry_unsent_s:
            session = self._node.sessions[self._node.venue_of(spec.account)]
            session.retry_unsent(StrategyId(spec.name), spec.retry_unsent_s)
        if spec.schedule == "always":
            self._host(found, made)

    # ---- by hand

    def start(self, name: str) -> None:
        """Start a strategy that is stopped or faulted; nothing happens to one that runs. Raise StrategyError."""
        found = self._find(name)
        found.wanted, found.restarts = True, 0
        if self._state(name) != "running":
            self._replace(found, found.parameters)

    def stop(self, name: str, *, keep_orders: bool = False) -> None:
        """Stop a strategy and cancel its orders; it stays stopped. Raise StrategyError for one nobody knows."""
        found = self._find(name)
        found.wanted = False
        host = self._node.node.hosts.get(StrategyId(name))
        if host is not None:
            self._node.put(StrategyStopped(name, not keep_orders))
            host.stop(cancel=not keep_orders)

    def restart(
        self,
        name: str,
        parameters: Mapping[str, object] | None = None,
        *,
        keep_orders: bool = True,
    ) -> None:
        """Load a strategy's code anew and start it, with these parameters in place of those before.

        Its orders stay unless told otherwise, and the new one hears of them. What is wrong with code or parameters is
        raised before anything is stopped.
        """
        found = self._find(name)
        wanted = {**found.parameters, **(parameters or {})}
        self._replace(found, wanted, keep_orders=keep_orders)
        found.wanted, found.restarts = True, 0

    # ---- by itself

    def look(self, now: int) -> None:
        """Start and stop by the schedules at `now` (int ns UTC), and start again what has faulted."""
        for name, found in self.strategies.items():
            state, due = self._state(name), found.wanted and found.schedule.is_open(now)
            if state == "running" and found.wanted and not due:
                self._node.log(name, "out of its hours")
                self._node.put(StrategyStopped(name, True))
                self._node.node.hosts[StrategyId(name)].stop()
            elif state in ("new", "stopped") and due:
                self._attempt(found)
            elif state == "faulted" and due and found.restarts < found.spec.restarts:
                self._start_again(found, now)
            elif state == "faulted" and not due:
                self._give_up_orders(name)

    def _start_again(self, found: Supervised, now: int) -> None:
        if not found.retry_at:
            pause = min(_FIRST_BACKOFF_S * 2**found.restarts, _LONGEST_BACKOFF_S)
            found.retry_at = now + int(pause * 1e9)
        elif now >= found.retry_at:
            found.retry_at = 0
            found.restarts += 1
            self._node.log(found.spec.name, f"start {found.restarts} after a fault")
            self._attempt(found)

    def _attempt(self, found: Supervised) -> None:
        try:
            self._replace(found, found.parameters)
        except AnyvenueError as error:
            found.wanted = False
            self._node.log(found.spec.name, f"cannot be started: {error.text}")
            self._give_up_orders(found.spec.name)

    def _give_up_orders(self, name: str) -> None:
        """Cancel orders that were kept for a successor, now that there will be none for a while."""
        host = self._node.node.hosts.get(StrategyId(name))
        if isinstance(host, ProcessHost):
            host.give_up_orders()

    # ---- inside

    def _schedule_of(self, spec: StrategySpec) -> Schedule:
        if isinstance(spec.schedule, CronHours):
            return CronSchedule(spec.schedule)
        if spec.schedule == "always" or not spec.instruments:
            return Always()
        first = spec.instruments[0]
        return TradingHours(self._node.node.sessions_of(first), zone_of_sessions(first.sessions))

    def _state(self, name: str) -> str:
        host = self._node.node.hosts.get(StrategyId(name))
        return host.state if host is not None else "stopped"

    def _find(self, name: str) -> Supervised:
        found = self.strategies.get(name)
        if found is None:
            known = ", ".join(self.strategies) or "none"
            raise StrategyError(
                f"the node has no strategy {name!r}; there are: {known}",
                code="strategy.not_here",
                strategy=name,
                known=known,
            )
        return found

    def _made(self, found: Supervised, parameters: Mapping[str, object]) -> Strategy | None:
        """Return the strategy, None for one whose process makes it; raise what is wrong with code or parameters."""
        found.kind = found.spec.load()
        if found.spec.process is None:
            return found.kind(**parameters)
        require_all(found.kind, coerce(found.kind, parameters))
        return None

    def _replace(
        self, found: Supervised, parameters: Mapping[str, object], *, keep_orders: bool = False
    ) -> None:
        made = self._made(found, parameters)
        name = StrategyId(found.spec.name)
        code = code_of(found.kind)
        self._node.put(StrategyReplaced(name, keep_orders, dict(parameters), code))
        before = self._node.node.hosts.get(name)
        if before is not None:
            if before.state == "running":
                before.stop(cancel=not keep_orders)
            self._node.node.drop_strategy(name)
        found.parameters = dict(parameters)
        host = self._host(found, made)
        if isinstance(host, ProcessHost) and isinstance(before, ProcessHost):
            host.after = before
        host.start()

    def _host(self, found: Supervised, made: Strategy | None) -> StrategyHost:
        spec = found.spec
        if made is None:
            return self._host_in_process(found)
        host = self._node.add_strategy(made, spec.account, spec.instruments, name=spec.name)
        host.policy = spec.on_error
        if self._slow is not None:
            watch, name = host.watch_slowness(self._slow), spec.name
            watch.on_fault = lambda calls, error: self._node.put(
                SlowFaulted(name, calls, str(error))
            )
        return host

    def _host_in_process(self, found: Supervised) -> StrategyHost:
        spec = found.spec
        assert spec.process is not None
        host = add_process_strategy(
            self._node,
            spec.process,
            spec.account,
            spec.instruments,
            found.parameters,
            name=spec.name,
        )
        host.policy = spec.on_error
        # While there is a successor to come it gets the orders, as a strategy that goes on after an error has its own.
        host.keep_when_ended = spec.on_error == "continue" and found.restarts < spec.restarts
        return host
