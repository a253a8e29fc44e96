"""The market data that a live node consumed, kept in a store, written on another thread."""

import asyncio
from collections.abc import Callable
from typing import get_args

from anyvenue.data.store import Store
from anyvenue.engine.live.node import LiveNode
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import Event
from anyvenue.model.market import MarketEvent

__all__ = ["LiveRecorder"]

_MARKET = frozenset(get_args(MarketEvent))
_MOST_WAITING = 500_000


class LiveRecorder:
    """Plugged into a node before it starts; `keep` writes what came since, and is to be called now and then.

    A store that cannot be written ends the recording, never the trading.
    """

    def __init__(self, node: LiveNode, store: Store) -> None:
        """Keep what `node` sees in `store`."""
        self.rows = 0
        self.failed = ""
        self.on_failure: Callable[[str], None] | None = None
        self._node = node
        self._store = store
        self._waiting: list[MarketEvent] = []
        self._writing = asyncio.Lock()
        node.before.append(self._take)

    async def keep(self) -> None:
        """Write what waits; what goes wrong is logged once."""
        async with self._writing:
            batch, self._waiting = self._waiting, []
            if not batch or self.failed:
                return
            try:
                self.rows += await asyncio.to_thread(self._store.append, batch)
            except (AnyvenueError, OSError) as error:
                self.give_up(str(error))

    def _take(self, event: Event) -> None:
        if type(event) in _MARKET and not self.failed:
            self._waiting.append(event)  # type: ignore[arg-type]
            if len(self._waiting) > _MOST_WAITING:
                self.give_up("the store is too slow")

    def give_up(self, why: str) -> None:
        """End the recording, not the trading."""
        self.failed = why
        self._waiting = []
        self._node.log("recorder", f"nothing is recorded any more: {why}")
        if self.on_failure is not None:
            self.on_failure(why)
