"""Who at a face looks at which market data: one subscription at the venue serves them all."""

from collections.abc import Callable
from typing import get_args

from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.session import Session
from anyvenue.model.enums import InstrumentStatus
from anyvenue.model.events import Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, MarketEvent, Quote, Status

__all__ = ["Audience", "MarketListener"]

MarketListener = Callable[[Event], None]
_KINDS = get_args(MarketEvent)


class Audience:
    """Listeners by instrument, and the latest that they were shown."""

    def __init__(self, node: LiveNode, complain: Callable[[Exception], None]) -> None:
        """Look on at `node`; what a listener raises goes to `complain`, and the others hear all the same."""
        self._node = node
        self._complain = complain
        self._listeners: dict[InstrumentId, list[MarketListener]] = {}
        self._quotes: dict[InstrumentId, Quote | Depth] = {}
        self._phases: dict[InstrumentId, InstrumentStatus] = {}

    def join(self, instrument: Instrument, session: Session, listener: MarketListener) -> None:
        """Show the instrument's market to a listener; raise SubscriptionError where nobody brings it."""
        if instrument.id not in self._listeners:
            self._node.sources.add(instrument, session)
            for kind in _KINDS:
                self._node.node.kernel.on_market(kind, instrument.id, self._show)
        self._listeners.setdefault(instrument.id, []).append(listener)

    def quote(self, instrument: InstrumentId) -> Quote | Depth | None:
        """Return the latest snapshot, None before the first."""
        found = self._quotes.get(instrument) or self._node.node.kernel.latest.get(instrument)
        return found if isinstance(found, Quote | Depth) else None

    def phase(self, instrument: InstrumentId) -> InstrumentStatus | None:
        """Return the phase of trading that the venue told last, None for none."""
        return self._phases.get(instrument)

    def _show(self, event: MarketEvent) -> None:
        if isinstance(event, Quote | Depth):
            self._quotes[event.instrument] = event
        elif isinstance(event, Status):
            self._phases[event.instrument] = event.status
        for listener in self._listeners[event.instrument]:
            try:
                listener(event)
            except Exception as error:
                self._complain(error)
