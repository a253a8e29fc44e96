"""A store in a folder of Parquet files, readable with any Parquet tool; needs pyarrow (the extra ``data``).

``bar/rb2701.SHFE/1m/000001.parquet``: a folder for each series, a file for each append. Files that overlap in time
are merged when they are read.
"""

import os
from collections.abc import Iterator, Sequence
from heapq import merge
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from anyvenue.data.store.base import CHUNK_ROWS, FOREVER, Store, StoreBatch
from anyvenue.data.store.columns import columns_of, fields_of, order_field, records_of, time_of
from anyvenue.data.store.keys import SeriesKey, StoreEntry, StoreKind, StoreRecord
from anyvenue.model.errors import ConfigError, DataError

__all__ = ["ParquetStore"]

_ENDING = ".parquet"


class _Part(msgspec.Struct, frozen=True):
    """One file of a series; `number` is the order in which files were appended."""

    path: Path
    number: int
    rows: int
    first: int
    last: int


class ParquetStore(Store):
    """A folder for each series, a file for each append."""

    def __init__(self, path: Path) -> None:
        """Use the folder at `path`; raise ConfigError where pyarrow is not installed."""
        super().__init__(path)
        _arrow()

    def list(self) -> list[StoreEntry]:
        """Return what the store holds, sorted by key; it reads no more than the files' footers."""
        entries = []
        for key in self._keys():
            parts = _parts(self.path, key)
            size = sum(part.path.stat().st_size for part in parts)
            if rows := sum(part.rows for part in parts):
                first, last = min(part.first for part in parts), max(part.last for part in parts)
                entries.append(StoreEntry(key, rows, first, last, size))
        return sorted(entries, key=lambda entry: entry.key)

    def records(self, key: SeriesKey, start: int = 0, end: int = FOREVER) -> Iterator[StoreRecord]:
        """Yield the records of a series with start <= time < end."""
        parts = [part for part in _parts(self.path, key) if part.first < end and part.last >= start]
        for group in _overlapping(parts):
            streams = [_read(part, key, start, end) for part in group]
            yield from streams[0] if len(streams) == 1 else merge(*streams, key=time_of)

    def begin(self) -> StoreBatch:
        """Begin an append."""
        return _ParquetBatch(self.path)

    def _keys(self) -> Iterator[SeriesKey]:
        folders = {path.parent for path in self.path.glob(f"*/**/*{_ENDING}")}
        for folder in folders:
            kind, name, *rest = folder.relative_to(self.path).parts
            if kind in list(StoreKind) and len(rest) <= 1:
                yield SeriesKey(unquote(name), StoreKind(kind), "".join(rest))


class _ParquetBatch(StoreBatch):
    """One file a series, written beside its place and moved there at the end."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parts: dict[SeriesKey, list[_Part]] = {}
        self._writers: dict[SeriesKey, tuple[Any, Path, Path]] = {}

    def holds(self, key: SeriesKey, first: int, last: int) -> bool:
        """Say whether there were such records before this append."""
        return any(
            next(_read(part, key, first, last + 1), None) is not None
            for part in self._known(key)
            if part.first <= last and part.last >= first
        )

    def write(self, key: SeriesKey, records: Sequence[StoreRecord]) -> None:
        """Write one row group."""
        arrow = _arrow()
        if key not in self._writers:
            self._open(key)
        schema = _schema(key.kind)
        columns = [
            arrow.array(values, type=field.type, from_pandas=False)
            for field, values in zip(schema, columns_of(key.kind, records), strict=True)
        ]
        self._writers[key][0].write_table(arrow.Table.from_arrays(columns, schema=schema))

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

    def _known(self, key: SeriesKey) -> list[_Part]:
        if key not in self._parts:
            self._parts[key] = _parts(self._root, key)
        return self._parts[key]

    def _open(self, key: SeriesKey) -> None:
        folder = _folder(self._root, key)
        folder.mkdir(parents=True, exist_ok=True)
        number = 1 + max((part.number for part in self._known(key)), default=0)
        path = folder / f"{number:06}{_ENDING}"
        partial = path.with_name(path.name + ".part")
        writer = _parquet().ParquetWriter(partial, _schema(key.kind), compression="zstd")
        self._writers[key] = (writer, partial, path)


def _overlapping(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """Give groups of files to be read together, in the order of time; those of a group by number.

    Files that only touch are read one after the other where the earlier one was appended earlier, so that a
    recorder's many files never need to be open at once.
    """
    group: list[_Part] = []
    for part in sorted(parts, key=lambda each: (each.first, each.number)):
        last = max((each.last for each in group), default=-1)
        later = any(each.number > part.number for each in group if each.last == part.first)
        if group and part.first >= last and not later:
            yield sorted(group, key=lambda each: each.number)
            group = []
        group.append(part)
    if group:
        yield sorted(group, key=lambda each: each.number)


def _read(part: _Part, key: SeriesKey, start: int, end: int) -> Iterator[StoreRecord]:
    names = [field.name for field in fields_of(key.kind)]
    at = names.index(order_field(key.kind))
    with _open_part(part.path) as file:
        groups = [
            number
            for number in range(file.metadata.num_row_groups)
            for known in [file.metadata.row_group(number).column(_leaf(file, names[at])).statistics]
            if known.min < end and known.max >= start
        ]
        if file.schema_arrow.names != names:
            raise DataError(
                f"{part.path} has the columns {', '.join(file.schema_arrow.names)}",
                file=str(part.path),
                line=0,
                expected=", ".join(names),
            )
        for number in groups:
            for batch in file.iter_batches(CHUNK_ROWS, row_groups=[number], use_threads=False):
                columns = [_values(column) for column in batch.columns]
                inside = all(start <= ts < end for ts in (columns[at][0], columns[at][-1]))
                records = records_of(key, columns)
                yield from (
                    records
                    if inside
                    else (record for record in records if start <= time_of(record) < end)
                )


def _values(column: Any) -> list[Any]:
    """Return the values of a column; lists of one length throughout, the usual case, are cut from one."""
    if not _arrow().types.is_list(column.type):
        return list(column.to_pylist())
    offsets = column.offsets.to_pylist()
    length = offsets[1] - offsets[0]
    if not length or offsets != list(range(offsets[0], offsets[-1] + 1, length)):
        return list(column.to_pylist())
    each = iter(column.flatten().to_pylist())
    return list(zip(*[each] * length, strict=True))


def _leaf(file: Any, name: str) -> int:
    """Return the number of a column among the leaves, which differs from its place where lists are before it."""
    schema = file.schema
    return next(at for at in range(len(schema)) if schema.column(at).path == name)


def _parts(root: Path, key: SeriesKey) -> list[_Part]:
    """Return the files of a series; their footers tell rows and times."""
    found = []
    for path in sorted(_folder(root, key).glob(f"*{_ENDING}")):
        with _open_part(path) as file:
            leaf = _leaf(file, order_field(key.kind))
            groups = [file.metadata.row_group(at) for at in range(file.metadata.num_row_groups)]
            known = [group.column(leaf).statistics for group in groups]
            if known:
                first, last = min(each.min for each in known), max(each.max for each in known)
                rows = file.metadata.num_rows
                found.append(_Part(path, int(path.stem), rows, first, last))
    return found


def _open_part(path: Path) -> Any:
    try:
        return _parquet().ParquetFile(path)
    except (OSError, ValueError) as error:  # pyarrow's own errors are kinds of these
        raise DataError(
            f"{path} cannot be read: {error}",
            file=str(path),
            line=0,
            expected="a sound Parquet file written by a store",
        ) from None


def _folder(root: Path, key: SeriesKey) -> Path:
    name = quote(key.instrument, safe="")
    if name.startswith("."):
        name = "%2E" + name[1:]
    folder = root / key.kind.value / name
    return folder / key.interval if key.interval else folder


def _schema(kind: StoreKind) -> Any:
    arrow = _arrow()
    types = {
        "int": arrow.int64(),
        "float": arrow.float64(),
        "text": arrow.string(),
        "floats": arrow.list_(arrow.float64()),
    }
    return arrow.schema(
        [arrow.field(each.name, types[each.form], nullable=False) for each in fields_of(kind)]
    )


def _arrow() -> Any:
    """Import pyarrow when it is first needed: it is large, and few programs use Parquet."""
    try:
        return import_module("pyarrow")
    except ImportError:
        raise ConfigError(
            "Parquet stores need pyarrow, which is not installed: pip install 'anyvenue[data]', or name a store "
            "that ends in .sqlite",
            code="config.missing_package",
            package="pyarrow",
        ) from None


def _parquet() -> Any:
    return import_module("pyarrow.parquet")
