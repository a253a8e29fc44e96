"""A live node as a service: started, watched, steered from outside, and stopped so that no order is left working."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import msgspec

from anyvenue.data.store import Store
from anyvenue.engine.live.alerts import Alert, Alerts
from anyvenue.engine.live.by_hand import kill, release
from anyvenue.engine.live.meters import Meters
from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.recorder import LiveRecorder
from anyvenue.engine.live.status import NodeStatus, StrategyStatus, status_of
from anyvenue.engine.live.supervisor import StrategySpec, Supervisor
from anyvenue.engine.live.tape import Tape
from anyvenue.model.enums import DriverState, RiskScope
from anyvenue.model.errors import ConfigError
from anyvenue.model.orders import Order
from anyvenue.model.protocols import Clock
from anyvenue.oms.risk import Scope
from anyvenue.runtime.control import ControlServer
from anyvenue.runtime.http_pages import Pages
from anyvenue.runtime.watchdog import LoopWatchdog, SlowCall

__all__ = ["Face", "Service", "ServiceTerms"]

_LOOK_S = 0.5
_POLL_S = 0.002
_METRICS = "text/plain; version=0.0.4"


class ServiceTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How a node is served.

    `folder` has the file by which it is steered; without one it is not. `metrics_port` 0 takes a free port, None
    serves no pages. A stop waits for cancels up to `stop_timeout_s`, a kill up to `kill_timeout_s` before it answers.
    """

    folder: Path | None = None
    metrics_port: int | None = None
    stop_timeout_s: float = 10.0
    kill_timeout_s: float = 1.0
    start_timeout_s: float = 30.0


class Face(Protocol):
    """What other programs connect to: opened once the node has started, closed before it stops."""

    @property
    def name(self) -> str:
        """Its kind."""
        ...

    @property
    def places(self) -> Mapping[str, str | int]:
        """Where it is, and what people should know of it, once it is open."""
        ...

    async def open(self) -> None:
        """Let programs in; raise ConfigError for an address that cannot be had."""
        ...

    async def close(self) -> None:
        """Drop them; repeated calls do nothing, nor does one before `open`."""
        ...


class Service:
    """Runs a node that has its venues, accounts, journal and strategies."""

    def __init__(
        self,
        node: LiveNode,
        supervisor: Supervisor,
        terms: ServiceTerms,
        *,
        clock: Clock | None = None,
        alert: Callable[[Alert], None] | None = None,
        store: Store | None = None,
        tape: Tape | None = None,
        faces: Sequence[Face] = (),
    ) -> None:
        """Plug meters and alerts into `node`; `clock` is what its drivers stamp events with.

        Market data is recorded into `store`, and all that the node is told on `tape`. Programs come in at `faces`.
        """
        self.node = node
        self.supervisor = supervisor
        self.meters = Meters(node, clock)
        self.recorder = LiveRecorder(node, store) if store is not None else None
        self.alerts = Alerts(node, alert or _nobody)
        self.tape = tape
        self.faces = tuple(faces)
        if tape is not None:
            tape.on_failure = self._on_no_tape
        if self.recorder is not None:
            self.recorder.on_failure = self._on_no_record
        self.port: int | None = None
        self.started = asyncio.Event()
        self.stop_requested = asyncio.Event()
        self._terms = terms
        self.cancels_on_stop = True

    async def run(self) -> list[Order]:
        """Serve until `stop_requested` is set or the journal fails; return the orders that are still working then.

        Raise VenueError or TimeoutError when it cannot start.
        """
        terms, node = self._terms, self.node
        pages = Pages({"/metrics": self._metrics_page, "/health": self._health_page})
        control = ControlServer(terms.folder, self._verbs()) if terms.folder is not None else None
        left: list[Order] = []
        try:
            # Before the first connection: whoever wants to kill it must not wait for a venue.
            if terms.metrics_port is not None:
                self.port = await pages.start(port=terms.metrics_port)
            if control is not None:
                await control.start()
            if self.tape is not None:
                self.tape.start()
            await node.start(terms.start_timeout_s)
            for face in self.faces:
                await face.open()
            await self._serve()
        finally:
            for face in self.faces:
                await face.close()
            if control is not None:
                await control.close()
            await pages.close()
            # A node that did not get anywhere can cancel nothing.
            reached = any(each.driver.state is DriverState.READY for each in node.sessions.values())
            cancel = self.cancels_on_stop and reached
            left = await node.stop(terms.stop_timeout_s, cancel=cancel)
        self.alerts.look()
        if self.recorder is not None:
            await self.recorder.keep()
        if left and self.cancels_on_stop:
            self.alerts.tell("orders_left", "error", f"{len(left)} orders are still working")
        return left

    async def _serve(self) -> None:
        node = self.node
        watchdog = LoopWatchdog(node.inbox, node, on_slow=self._on_slow)
        self.meters.edges.watchdog = watchdog
        watchdog.start()
        looking = asyncio.ensure_future(self._look())
        self.alerts.tell("started", "info", "the node has started")
        self.started.set()
        try:
            await node.run(self.stop_requested)
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            watchdog.stop()
            self.alerts.tell("stopping", "info", "the node stops")

    async def _look(self) -> None:
        while True:
            self.supervisor.look(self.node.now())
            self.alerts.look()
            self.node.poke()
            if self.tape is not None:
                await self.tape.keep()
            if self.recorder is not None:
                await self.recorder.keep()
            await asyncio.sleep(_LOOK_S)

    def _on_no_tape(self, why: str) -> None:
        if self.recorder is not None and not self.recorder.failed:
            self.recorder.give_up(why)
        else:
            self._on_no_record(why)

    def _on_no_record(self, why: str) -> None:
        text = f"trading goes on, but nothing is recorded any more: {why}"
        self.alerts.tell("recording_stopped", "warning", text)

    def _on_slow(self, call: SlowCall) -> None:
        self.node.log("loop", f"held up for {call.lag_ns / 1e6:.0f} ms\n{call.stack}".strip())

    # ---- pages

    def status(self) -> NodeStatus:
        """Return the node's state, strategies whose time has not come among it."""
        status = status_of(self.node)
        there = {each.name for each in status.strategies}
        specs = (each.spec for each in self.supervisor.strategies.values())
        more = tuple(_waiting(each) for each in specs if each.name not in there)
        strategies = tuple(map(self._with_hours, status.strategies + more))
        return msgspec.structs.replace(status, strategies=strategies)

    def _with_hours(self, strategy: StrategyStatus) -> StrategyStatus:
        found, now = self.supervisor.strategies.get(strategy.name), self.node.now()
        if found is None or not found.wanted:
            return strategy
        hours = found.schedule
        return msgspec.structs.replace(
            strategy,
            next_start=hours.next_start(now),
            next_stop=hours.next_stop(now),
            zone=hours.zone,
        )

    def _metrics_page(self) -> tuple[HTTPStatus, str, str]:
        return HTTPStatus.OK, _METRICS, self.meters.metrics.render()

    def _health_page(self) -> tuple[HTTPStatus, str, str]:
        status = self.status()
        document = {
            "status": "ok" if status.good else "degraded",
            "trading": status.trading,
            "venues": {each.venue: each.state for each in status.venues},
            "faulted": [each.name for each in status.strategies if each.state == "faulted"],
            "halts": [f"{each.scope} {each.name}".strip() for each in status.halts],
        }
        code = HTTPStatus.OK if status.good else HTTPStatus.SERVICE_UNAVAILABLE
        return code, "application/json", msgspec.json.encode(document).decode() + "\n"

    # ---- verbs

    def _verbs(self) -> dict[str, Callable[[Mapping[str, Any]], Any]]:
        return {
            "status": self._tell_status,
            "kill": self._kill,
            "release": self._release,
            "start": self._start,
            "stop": self._stop,
            "restart": self._restart,
            "quit": self._quit,
        }

    async def _tell_status(self, _: Mapping[str, Any]) -> object:
        return self.status()

    async def _kill(self, arguments: Mapping[str, Any]) -> object:
        """Halt, ask everything back, and answer when nothing works any more or the time is up."""
        node, began = self.node, monotonic()
        asked = len(node.node.desk.open_orders())
        kill(node, str(arguments.get("reason") or "by hand"))
        until = began + self._terms.kill_timeout_s
        while node.node.desk.open_orders() and monotonic() < until:
            await asyncio.sleep(_POLL_S)
        left = [each.order_id for each in node.node.desk.open_orders()]
        return {"orders": asked, "left": left, "seconds": monotonic() - began}

    async def _release(self, arguments: Mapping[str, Any]) -> object:
        scope = _scope(str(arguments.get("scope") or "node"), str(arguments.get("name") or ""))
        rule, reason = str(arguments.get("rule") or "") or None, str(arguments.get("reason") or "")
        found = release(self.node, scope, rule=rule, reason=reason)
        return {"released": found, "halts": [each.rule for each in self.status().halts]}

    async def _start(self, arguments: Mapping[str, Any]) -> object:
        self.supervisor.start(str(arguments.get("name")))
        self.node.poke()
        return {"strategies": self.status().strategies}

    async def _stop(self, arguments: Mapping[str, Any]) -> object:
        keep = bool(arguments.get("keep_orders"))
        self.supervisor.stop(str(arguments.get("name")), keep_orders=keep)
        return {"strategies": self.status().strategies}

    async def _restart(self, arguments: Mapping[str, Any]) -> object:
        self.supervisor.restart(
            str(arguments.get("name")),
            arguments.get("parameters") or {},
            keep_orders=bool(arguments.get("keep_orders", True)),
        )
        self.node.poke()
        return {"strategies": self.status().strategies}

    async def _quit(self, arguments: Mapping[str, Any]) -> object:
        """End the node; with `keep_orders` they stay for the next start."""
        self.cancels_on_stop = not arguments.get("keep_orders")
        self.stop_requested.set()
        return {}


def _waiting(spec: StrategySpec) -> StrategyStatus:
    return StrategyStatus(
        name=spec.name,
        account=spec.account,
        state="new",
        instruments=tuple(each.id for each in spec.instruments),
        open_orders=0,
        host="node" if spec.process is None else "process",
    )


def _scope(kind: str, name: str) -> Scope:
    try:
        return Scope(RiskScope(kind), name)
    except ValueError:
        known = ", ".join(each.value for each in RiskScope)
        raise ConfigError(
            f"the scope was {kind!r}; one of {known} is expected", key="scope", value=kind
        ) from None


def _nobody(alert: Alert) -> None:
    """Tell nobody."""
