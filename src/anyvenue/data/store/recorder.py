"""Record what a node sees into a store."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Protocol

from msgspec import structs

from anyvenue.data.store.base import Store
from anyvenue.data.store.keys import StoreRecord
from anyvenue.data.store.records import Mark
from anyvenue.model.accounts import Account
from anyvenue.model.events import DaySettled, Event, OrderFilled
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar, BookDelta, Depth, FundingRate, Quote, Status, Trade

__all__ = ["Dispatcher", "Recorder"]

_MARKET = (Depth, Quote, Trade, Bar, BookDelta, FundingRate, Status)


class Dispatcher(Protocol):
    """What hands out events; a kernel is one."""

    def on(self, kind: type, handler: Callable[[Any], None]) -> None:
        """Call `handler` for every event of type `kind` that is not market data."""
        ...

    def on_market(
        self, kind: type, instrument: InstrumentId, handler: Callable[[Any], None]
    ) -> None:
        """Call `handler` for every market event of type `kind` of `instrument`."""
        ...


class Recorder:
    """Keeps events in memory and appends them to a store `batch` at a time, and when it is closed.

    What a crash can lose is the batch in memory. In a Parquet store every batch is a file for each series, so small
    batches make many small files, which `Store.compact` brings together.
    """

    def __init__(self, store: Store, batch: int = 50_000) -> None:
        """Write to `store`."""
        self.store = store
        self.batch = batch
        self.rows = 0
        self._pending: list[StoreRecord] = []
        self._settled: dict[InstrumentId, int] = {}
        self._marked: dict[InstrumentId, int] = {}

    def follow(self, kernel: Dispatcher, instruments: Iterable[InstrumentId]) -> None:
        """Take market events of `instruments`, and all accounts' fills and settlement prices, from a kernel."""
        for instrument in instruments:
            for kind in _MARKET:
                kernel.on_market(kind, instrument, self.record)
        kernel.on(OrderFilled, self.record)
        kernel.on(DaySettled, self.settle)

    def record(self, event: Event | StoreRecord) -> None:
        """Keep an event or record; one of a kind that is not stored is left aside."""
        record = event.fill if isinstance(event, OrderFilled) else event
        if isinstance(record, StoreRecord):
            self._pending.append(record)
            if len(self._pending) >= self.batch:
                self.flush()

    def settle(self, event: DaySettled) -> None:
        """Keep the settlement prices of a day, each once, however many accounts it was settled for."""
        for instrument, price in event.prices:
            if self._settled.get(instrument, 0) < event.trading_day:
                self._settled[instrument] = event.trading_day
                stamps = (event.ts_event, event.ts_recv)
                self.mark(Mark(instrument, *stamps, price, event.trading_day, settlement=True))

    def mark(self, mark: Mark) -> None:
        """Keep a mark; one that was received before the latest of its instrument counts as received with it."""
        ts = max(mark.ts_recv, self._marked.get(mark.instrument, 0))
        self._marked[mark.instrument] = ts
        self.record(mark if ts == mark.ts_recv else structs.replace(mark, ts_recv=ts))

    def snapshot(self, accounts: Iterable[Account]) -> None:
        """Keep the figures of accounts as they are now."""
        for account in accounts:
            self.record(account)

    def flush(self) -> None:
        """Append what is in memory to the store; raise DataError, and keep it, where that fails."""
        if self._pending:
            self.rows += self.store.append(self._pending)
            self._pending = []

    def close(self) -> None:
        """Append what is left; the store stays open."""
        self.flush()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
