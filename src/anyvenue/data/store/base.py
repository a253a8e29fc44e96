"""The one interface of all stores."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import cast

import msgspec

from anyvenue.data.continuous import series_warnings
from anyvenue.data.profiles import Record
from anyvenue.data.source import Source
from anyvenue.data.spans import zone_of_sessions
from anyvenue.data.store.columns import time_of
from anyvenue.data.store.keys import (
    RUNNABLE,
    SeriesKey,
    StoreEntry,
    StoreKind,
    StoreRecord,
    key_of,
)
from anyvenue.model.errors import DataError
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketData

__all__ = ["CHUNK_ROWS", "FOREVER", "Compaction", "Store", "StoreBatch", "StoreSource"]

CHUNK_ROWS = 8_192
"""So many records of a series are held in memory at once, reading and writing."""

FOREVER = (1 << 63) - 1


class Compaction(msgspec.Struct, frozen=True):
    """What was brought together: files and bytes of the series (of the file, in SQLite) before and after."""

    key: SeriesKey
    files_before: int
    files_after: int
    size_before: int
    size_after: int


class StoreBatch(ABC):
    """One append in progress: nothing of it is seen before `finish`, nothing is left of it after `abandon`."""

    @abstractmethod
    def holds(self, key: SeriesKey, first: int, last: int) -> bool:
        """Say whether the store had records of the series in [first, last] before this append."""

    @abstractmethod
    def write(self, key: SeriesKey, records: Sequence[StoreRecord]) -> None:
        """Write some records of one series."""

    @abstractmethod
    def finish(self) -> None:
        """Make what was written last."""

    @abstractmethod
    def abandon(self) -> None:
        """Take back what was written."""


class Store(ABC):
    """Series of records on disk, each in the order of receive time (snapshots: of their time).

    Records of one instant keep the order in which they were appended. One program writes at a time.
    """

    def __init__(self, path: Path) -> None:
        """Keep everything at `path`."""
        self.path = path

    @abstractmethod
    def list(self) -> list[StoreEntry]:
        """Return what the store holds, sorted by key."""

    @abstractmethod
    def records(self, key: SeriesKey, start: int = 0, end: int = FOREVER) -> Iterator[StoreRecord]:
        """Yield the records of a series with start <= time < end, int ns UTC; memory does not grow with them."""

    @abstractmethod
    def begin(self) -> StoreBatch:
        """Begin an append."""

    @abstractmethod
    def compact(self, key: SeriesKey) -> "Compaction":
        """Bring a series together from the many pieces of its appends, in flat memory; no record changes.

        Nobody else may write to the store or read the series meanwhile.
        """

    def close(self) -> None:
        """Let go of the files; repeated calls do nothing."""
        return

    def append(self, records: Iterable[StoreRecord], *, exclusive: bool = False) -> int:
        """Add records of any series and return their number; all are added, or none where it raises.

        Those of one series must be in the order of time, else DataError is raised. With `exclusive` it is raised,
        too, where the store already has records among them, such as by importing a file twice.
        """
        batch = self.begin()
        try:
            rows = _Filling(self.path, batch, exclusive).take(records)
        except BaseException:
            batch.abandon()
            raise
        batch.finish()
        return rows

    def entry(self, key: SeriesKey) -> StoreEntry:
        """Return the entry of a series; raise DataError when there is none, naming those of the instrument."""
        entries = self.list()
        found = next((each for each in entries if each.key == key), None)
        if found is None:
            raise self._absent(str(key), [each.key for each in entries])
        return found

    def find(self, instrument: str, kind: StoreKind | None = None, interval: str = "") -> SeriesKey:
        """Return the one series of an instrument that fits; raise DataError for none or several."""
        keys = [each.key for each in self.list()]
        fitting = [
            key
            for key in keys
            if key.instrument == instrument
            and kind in (None, key.kind)
            and interval in ("", key.interval)
        ]
        if not fitting:
            raise self._absent(f"{instrument} {kind or ''} {interval}".strip(), keys)
        if len(fitting) > 1:
            raise DataError(
                f"{self.path.name} has several series of {instrument}: "
                f"{', '.join(map(str, fitting))}; name its kind and interval",
                file=str(self.path),
                line=0,
                expected="a kind and an interval",
            )
        return fitting[0]

    def source(
        self,
        instrument: Instrument,
        kind: StoreKind | None = None,
        interval: str = "",
        start: int = 0,
        end: int = FOREVER,
    ) -> "StoreSource":
        """Return market data of an instrument with start <= receive time < end as a source for any run.

        Kind and interval may be left out where only one series fits. Raises DataError.
        """
        key = self.find(instrument.id, kind, interval)
        if key.kind not in RUNNABLE:
            raise DataError(
                f"{key} is nothing that a run takes; read it with Store.records",
                file=str(self.path),
                line=0,
                expected="depth, quote, trade or bar",
            )
        return StoreSource(self, key, instrument, start, end)

    def content_hash(self, key: SeriesKey, start: int = 0, end: int = FOREVER) -> str:
        """Return a hash of the records, the same in every store; it reads them all."""
        digest = blake2b(str(key).encode(), digest_size=16)
        encode = msgspec.msgpack.Encoder().encode
        for record in self.records(key, start, end):
            digest.update(encode(record))
        return digest.hexdigest()

    def _absent(self, what: str, keys: Sequence[SeriesKey]) -> DataError:
        instrument = what.partition(" ")[0]
        near = [str(key) for key in keys if key.instrument == instrument] or [
            str(key) for key in keys[:5]
        ]
        return DataError(
            f"{self.path.name} has no {what}; it has {', '.join(near) or 'nothing'}",
            file=str(self.path),
            line=0,
            expected=", ".join(near),
        )

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class StoreSource(Source):
    """A series of a store as a source; its memory does not grow with its length."""

    def __init__(
        self, store: Store, key: SeriesKey, instrument: Instrument, start: int, end: int
    ) -> None:
        super().__init__(
            store.path,
            instrument,
            Record(key.kind.value),
            profile=f"store-{key.kind}",
            interval=key.interval,
            zone=zone_of_sessions(instrument.sessions),
            warnings=series_warnings(instrument),
        )
        self.store = store
        self.key = key
        self.start = start
        self.end = end

    def events(self) -> Iterator[MarketData]:
        """Give the records in the order of time; each call starts anew."""
        return cast(Iterator[MarketData], self.store.records(self.key, self.start, self.end))

    def content_hash(self) -> str:
        """Return a hash of the records; it reads them all."""
        return self.store.content_hash(self.key, self.start, self.end)


class _Filling:
    """Sorts the records of one append by series and hands them on in chunks."""

    def __init__(self, path: Path, batch: StoreBatch, exclusive: bool) -> None:
        self._path = path
        self._batch = batch
        self._exclusive = exclusive
        self._pending: dict[SeriesKey, list[StoreRecord]] = {}
        self._latest: dict[SeriesKey, int] = {}

    def take(self, records: Iterable[StoreRecord]) -> int:
        rows = 0
        for rows, record in enumerate(records, 1):
            key = key_of(record)
            self._in_order(key, record, rows)
            pending = self._pending.setdefault(key, [])
            pending.append(record)
            if len(pending) == CHUNK_ROWS:
                self._hand_on(key)
        for key in self._pending:
            self._hand_on(key)
        return rows

    def _in_order(self, key: SeriesKey, record: StoreRecord, row: int) -> None:
        ts = time_of(record)
        latest = self._latest.get(key, ts)
        if ts < latest:
            raise DataError(
                f"record {row} of {key} is at {ts}, before the one at {latest}: sort the records",
                file=str(self._path),
                line=row,
                expected=f"a time of {latest} or later",
            )
        self._latest[key] = ts

    def _hand_on(self, key: SeriesKey) -> None:
        records = self._pending[key]
        if not records:
            return
        first, last = time_of(records[0]), time_of(records[-1])
        if self._exclusive and self._batch.holds(key, first, last):
            raise DataError(
                f"{self._path.name} already has records of {key} among those at {first} to {last}: leave them out, "
                "fill holes with repair, or add them all the same without the check",
                file=str(self._path),
                line=0,
                expected="a time without records of the series",
            )
        self._batch.write(key, records)
        self._pending[key] = []
