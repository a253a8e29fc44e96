"""What somebody must be told of a live node: halts, faults, venues that are lost, a journal that fails."""

from collections.abc import Callable, Mapping
from typing import Literal

from anyvenue.engine.live.node import LiveNode
from anyvenue.model.enums import DriverState
from anyvenue.model.events import TradingHalted, TradingReleased, VenueStateChanged

__all__ = ["Alert", "Alerts", "level_of"]

Level = Literal["info", "warning", "error"]
Alert = Mapping[str, object]


class Alerts:
    """Makes alerts of a node's events: maps with ``event``, ``level``, ``node``, ``ts`` (int ns UTC) and ``text``."""

    def __init__(self, node: LiveNode, send: Callable[[Alert], None]) -> None:
        """Plug into a node; each alert goes to `send`."""
        self._node = node
        self._send = send
        self._faults = 0
        self._lost: set[str] = set()
        kernel = node.node.kernel
        kernel.on(TradingHalted, self._on_halt)
        kernel.on(TradingReleased, self._on_release)
        kernel.on(VenueStateChanged, self._on_venue)

    def tell(self, event: str, level: Level, text: str, **fields: object) -> None:
        """Send an alert."""
        node = self._node
        self._send(
            {"event": event, "level": level, "node": node.name, "ts": node.now(), "text": text}
            | fields
        )

    def look(self) -> None:
        """Tell of strategies that have faulted since the last call."""
        faults = self._node.node.faults
        for fault in faults[self._faults :]:
            text = f"strategy {fault.strategy} faulted: {fault.error}"
            self.tell("strategy_faulted", "error", text, strategy=fault.strategy, where=fault.where)
        self._faults = len(faults)

    def _on_halt(self, event: TradingHalted) -> None:
        what = f"{event.scope.value} {event.name}".strip()
        self.tell(
            "trading_halted",
            "error",
            f"{what} is {event.state.value} by {event.rule}: {event.reason}",
            scope=event.scope.value,
            name=event.name,
            rule=event.rule,
        )

    def _on_release(self, event: TradingReleased) -> None:
        what = f"{event.scope.value} {event.name}".strip()
        text = f"{what} is released from {event.rule}"
        self.tell("trading_released", "warning", text, scope=event.scope.value, name=event.name)

    def _on_venue(self, event: VenueStateChanged) -> None:
        down = event.state in (DriverState.DEGRADED, DriverState.CLOSED)
        if down and event.venue not in self._lost and not self._node.stopping:
            self._lost.add(event.venue)
            text = f"{event.venue} is {event.state.value}: {event.reason or 'no reason given'}"
            self.tell("venue_lost", "error", text, venue=event.venue)
        elif event.state is DriverState.READY and event.venue in self._lost:
            self._lost.discard(event.venue)
            self.tell("venue_back", "warning", f"{event.venue} is back", venue=event.venue)


def level_of(source: str, text: str) -> Level:
    """Return how loudly a line of the node's log is to be said."""
    if source == "journal" or text.startswith("faulted"):
        return "error"
    if source == "risk" or text.startswith(("degraded", "cannot be started", "refused")):
        return "warning"
    return "info"
