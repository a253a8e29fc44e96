"""Which driver of a live node brings the market data of an instrument: one each, whoever trades it."""

from collections.abc import Callable
from functools import partial

from anyvenue.engine.live.listing import check_listing
from anyvenue.engine.live.session import Session
from anyvenue.engine.node import Node
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Driver

__all__ = ["Sources"]


class Sources:
    """The first session that is asked serves an instrument: two accounts of a venue would bring every price twice."""

    def __init__(self, node: Node) -> None:
        """Tell `node` what can be served."""
        self._node = node
        self._sessions: dict[InstrumentId, Session] = {}

    def add(self, instrument: Instrument, session: Session) -> None:
        """Subscribe to an instrument by `session`, unless another one brings it already."""
        source = self._sessions.setdefault(instrument.id, session)
        self._node.know(instrument)
        self._node.market.add_source(instrument, _Served(source.driver))
        source.driver.subscribe(instrument.id, "all")

    async def check(self, session: Session, log: Callable[[str, str], None]) -> None:
        """Compare what a session's venue lists with the node's terms; raise ConfigError for other units of money."""
        served = [each for each, source in self._sessions.items() if source is session]
        known = [self._node.instrument(each) for each in served]
        await check_listing(session.venue, session.driver, known, partial(log, str(session.venue)))


class _Served:
    """What a driver serves of an instrument."""

    def __init__(self, driver: Driver) -> None:
        self.channels = frozenset(driver.capabilities.channels)

    def serves(self, channel: str) -> bool:
        """Tell whether the driver serves the channel; bars are built from what it serves."""
        return channel.partition(":")[0] in self.channels
