"""A store in a folder of Parquet files, readable with any Parquet tool; needs pyarrow (the extra ``data``).

``bar/rb2701.SHFE/1m/000001.parquet``: a folder for each series, a file for each append. Files that overlap in time
are merged when they are read.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from anyvenue.data.store.base import FOREVER, Compaction, Store, StoreBatch
from anyvenue.data.store.keys import SeriesKey, StoreEntry, StoreKind, StoreRecord
from anyvenue.data.store.parquet_compact import compact
from anyvenue.data.store.parquet_files import (
    ENDING,
    Part,
    arrow,
    folder_of,
    parquet,
    parts_of,
    read_part,
    read_parts,
    schema_of,
    table_of,
)

__all__ = ["ParquetStore"]


class ParquetStore(Store):
    """A folder for each series, a file for each append."""

    def __init__(self, path: Path) -> None:
        """Use the folder at `path`; raise ConfigError where pyarrow is not installed."""
        super().__init__(path)
        arrow()

    def list(self) -> list[StoreEntry]:
        """Return what the store holds, sorted by key; it reads no more than the files' footers."""
        entries = []
        for key in self._keys():
            parts = parts_of(self.path, key)
            size = sum(part.path.stat().st_size for part in parts)
            if rows := sum(part.rows for part in parts):
                first, last = min(part.first for part in parts), max(part.last for part in parts)
                entries.append(StoreEntry(key, rows, first, last, size))
        return sorted(entries, key=lambda entry: entry.key)

    def records(self, key: SeriesKey, start: int = 0, end: int = FOREVER) -> Iterator[StoreRecord]:
        """Yield the records of a series with start <= time < end."""
        return read_parts(parts_of(self.path, key), key, start, end)

    def begin(self) -> StoreBatch:
        """Begin an append."""
        return _ParquetBatch(self.path)

    def compact(self, key: SeriesKey) -> Compaction:
        """Bring the small files of a series together; cut short at any point, it has lost and doubled nothing."""
        return compact(self.path, key)

    def _keys(self) -> Iterator[SeriesKey]:
        folders = {path.parent for path in self.path.glob(f"*/**/*{ENDING}")}
        for folder in folders:
            kind, name, *rest = folder.relative_to(self.path).parts
            if kind in list(StoreKind) and len(rest) <= 1:
                yield SeriesKey(unquote(name), StoreKind(kind), "".join(rest))


class _ParquetBatch(StoreBatch):
    """One file a series, written beside its place and moved there at the end."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parts: dict[SeriesKey, list[Part]] = {}
        self._writers: dict[SeriesKey, tuple[Any, Path, Path]] = {}

    def holds(self, key: SeriesKey, first: int, last: int) -> bool:
        """Say whether there were such records before this append."""
        return any(
            next(read_part(part, key, first, last + 1), None) is not None
            for part in self._known(key)
            if part.first <= last and part.last >= first
        )

    def write(self, key: SeriesKey, records: Sequence[StoreRecord]) -> None:
        """Write one row group."""
        if key not in self._writers:
            self._open(key)
        self._writers[key][0].write_table(table_of(key.kind, records))

    def finish(self) -> None:
        """Close the files and move them to their places."""
        for writer, _, _ in self._writers.values():
            writer.close()
        for _, partial, path in self._writers.values():
            os.replace(partial, path)

    def abandon(self) -> None:
        """Close and remove the files."""
        for writer, partial, _ in self._writers.values():
            writer.close()
            partial.unlink(missing_ok=True)

    def _known(self, key: SeriesKey) -> list[Part]:
        if key not in self._parts:
            self._parts[key] = parts_of(self._root, key)
        return self._parts[key]

    def _open(self, key: SeriesKey) -> None:
        folder = folder_of(self._root, key)
        folder.mkdir(parents=True, exist_ok=True)
        number = 1 + max((part.number for part in self._known(key)), default=0)
        path = folder / f"{number:06}{ENDING}"
        partial = path.with_name(path.name + ".part")
        writer = parquet().ParquetWriter(partial, schema_of(key.kind), compression="zstd")
        self._writers[key] = (writer, partial, path)
