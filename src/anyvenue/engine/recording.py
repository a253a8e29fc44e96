"""A node that writes what it consumes into a store, with its fills, marks and account figures."""

from collections.abc import Iterator
from contextlib import contextmanager

from anyvenue.data.store import Mark, Recorder, SeriesKey, Store
from anyvenue.data.store.keys import key_of
from anyvenue.engine.simulated import SimulatedNode
from anyvenue.model.errors import DataError
from anyvenue.model.market import (
    Bar,
    BookDelta,
    Depth,
    FundingRate,
    MarketEvent,
    Quote,
    Status,
    Trade,
)
from anyvenue.oms.marks import Marks

__all__ = ["NodeRecorder", "recording"]

_MINUTE_NS = 60_000_000_000
_BATCH = 50_000


class NodeRecorder:
    """Records a node: market data as it comes, fills and settlement prices, and once a minute all accounts.

    With the accounts' figures go the marks of what they hold. A series of the store is continued, never written
    again: data that begins before the end of what is there raises DataError.
    """

    def __init__(
        self, node: SimulatedNode, store: Store, *, every_ns: int = _MINUTE_NS, batch: int = _BATCH
    ) -> None:
        """Follow `node`, which has not begun to run, into `store`."""
        self.recorder = Recorder(store, batch)
        self._node = node.node
        self._every = every_ns
        self._due = 0
        self._refused = False
        # A table of its own: what looks on must not remember a price for the accounts.
        self._marks = Marks(node.node.kernel.latest, node.node.instrument)
        node.node.kernel.before_gap.append(self._marks)
        self._before = {entry.key: entry.last for entry in store.list()}
        self.recorder.follow(node.node.kernel, [])
        for source in node.feed.sources:
            for kind in (Depth, Quote, Trade, Bar, BookDelta, FundingRate, Status):
                node.node.kernel.on_market(kind, source.instrument.id, self._take)

    @property
    def rows(self) -> int:
        """The number of records written so far."""
        return self.recorder.rows

    def close(self) -> None:
        """Keep the accounts as they are in the end, and write what is in memory; nothing after a refusal."""
        if self._refused:
            return
        if self._node.kernel.sequence:
            self._look(self._node.kernel.now)
        self.recorder.close()

    def _take(self, event: MarketEvent) -> None:
        if self._before:
            self._refuse_again(key_of(event), event.ts_recv)
        self.recorder.record(event)
        if event.ts_recv >= self._due:
            self._look(event.ts_recv)

    def _look(self, now: int) -> None:
        """Keep marks and account figures; the next time is the next full minute."""
        self._due = now - now % self._every + self._every
        states = list(self._node.desk.accounts.values())
        held = dict.fromkeys(each.instrument for state in states for each in state.positions())
        for instrument in held:
            price = self._marks(instrument)
            if price is not None:
                self.recorder.mark(Mark(instrument, now, now, price))
        for state in states:
            self.recorder.snapshot(state.figures(each, now) for each in state.currencies())

    def _refuse_again(self, key: SeriesKey, ts: int) -> None:
        last = self._before.pop(key, -1)
        if ts <= last:
            self._refused = True
            store = self.recorder.store.path
            raise DataError(
                f"{store.name} already has records of {key} up to {last}, and the run begins at {ts}: "
                "record into another store",
                file=str(store),
                line=0,
                expected="a store that ends before the run begins",
            )


@contextmanager
def recording(node: SimulatedNode, store: Store | None) -> Iterator[None]:
    """Record `node` into `store` while the block runs, nothing without one; what was seen before it raises is kept."""
    if store is None:
        yield
        return
    recorder = NodeRecorder(node, store)
    try:
        yield
    finally:
        recorder.close()
