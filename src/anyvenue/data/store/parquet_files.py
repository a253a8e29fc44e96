"""The files of a Parquet store: where they are, what their footers say, and their records."""

from collections.abc import Iterator, Sequence
from heapq import merge
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from anyvenue.data.store.base import CHUNK_ROWS
from anyvenue.data.store.columns import (
    columns_of,
    fields_of,
    order_field,
    records_of,
    time_of,
)
from anyvenue.data.store.keys import SeriesKey, StoreKind, StoreRecord
from anyvenue.model.errors import ConfigError, DataError

__all__ = [
    "ENDING",
    "REPLACES",
    "Part",
    "arrow",
    "folder_of",
    "open_part",
    "overlapping",
    "parquet",
    "parts_of",
    "read_parts",
    "schema_of",
    "stale_parts",
    "table_of",
]

ENDING = ".parquet"

REPLACES = b"anyvenue.replaces"
"""The key in a file's metadata with the numbers of the files whose records it took over."""


class Part(msgspec.Struct, frozen=True):
    """One file of a series; `number` is the order in which files were appended."""

    path: Path
    number: int
    rows: int
    first: int
    last: int


def overlapping(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Give groups of files to be read together, in the order of time; those of a group by number.

    Files that only touch are read one after the other where the earlier one was appended earlier, so that a
    recorder's many files never need to be open at once.
    """
    group: list[Part] = []
    for part in sorted(parts, key=lambda each: (each.first, each.number)):
        last = max((each.last for each in group), default=-1)
        later = any(each.number > part.number for each in group if each.last == part.first)
        if group and part.first >= last and not later:
            yield sorted(group, key=lambda each: each.number)
            group = []
        group.append(part)
    if group:
        yield sorted(group, key=lambda each: each.number)


def read_parts(
    parts: Sequence[Part], key: SeriesKey, start: int, end: int
) -> Iterator[StoreRecord]:
    """Yield the records of files with start <= time < end in the order of time; those of one instant by number."""
    for group in overlapping([part for part in parts if part.first < end and part.last >= start]):
        streams = [read_part(part, key, start, end) for part in group]
        yield from streams[0] if len(streams) == 1 else merge(*streams, key=time_of)


def read_part(part: Part, key: SeriesKey, start: int, end: int) -> Iterator[StoreRecord]:
    """Yield the records of one file with start <= time < end; raise DataError for a file of other columns."""
    names = [field.name for field in fields_of(key.kind)]
    at = names.index(order_field(key.kind))
    with open_part(part.path) as file:
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
    if not arrow().types.is_list(column.type):
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


def parts_of(root: Path, key: SeriesKey) -> list[Part]:
    """Return the files of a series, without those that another took over; their footers tell rows and times."""
    return _all_parts(root, key)[0]


def stale_parts(root: Path, key: SeriesKey) -> list[Part]:
    """Return the files that another has taken over: they are still there where bringing together was cut short."""
    return _all_parts(root, key)[1]


def _all_parts(root: Path, key: SeriesKey) -> tuple[list[Part], list[Part]]:
    """Return the files of a series that hold, and those that another has taken over."""
    found: list[Part] = []
    replaced: set[int] = set()
    for path in sorted(folder_of(root, key).glob(f"*{ENDING}")):
        with open_part(path) as file:
            leaf = _leaf(file, order_field(key.kind))
            groups = [file.metadata.row_group(at) for at in range(file.metadata.num_row_groups)]
            known = [group.column(leaf).statistics for group in groups]
            replaced.update(map(int, (file.metadata.metadata or {}).get(REPLACES, b"").split()))
            if known:
                first, last = min(each.min for each in known), max(each.max for each in known)
                rows = file.metadata.num_rows
                found.append(Part(path, int(path.stem), rows, first, last))
    return (
        [part for part in found if part.number not in replaced],
        [part for part in found if part.number in replaced],
    )


def open_part(path: Path) -> Any:
    """Open a file; raise DataError where it is damaged."""
    try:
        return parquet().ParquetFile(path)
    except (OSError, ValueError) as error:  # pyarrow's own errors are kinds of these
        raise DataError(
            f"{path} cannot be read: {error}",
            file=str(path),
            line=0,
            expected="a sound Parquet file written by a store",
        ) from None


def folder_of(root: Path, key: SeriesKey) -> Path:
    """Return the folder of a series."""
    name = quote(key.instrument, safe="")
    if name.startswith("."):
        name = "%2E" + name[1:]
    folder = root / key.kind.value / name
    return folder / key.interval if key.interval else folder


def schema_of(kind: StoreKind, replaces: Sequence[int] = ()) -> Any:
    """Return the columns of a kind for a file that takes over the files of these numbers."""
    pa = arrow()
    types = {
        "int": pa.int64(),
        "float": pa.float64(),
        "text": pa.string(),
        "floats": pa.list_(pa.float64()),
    }
    fields = [pa.field(each.name, types[each.form], nullable=False) for each in fields_of(kind)]
    return pa.schema(fields, {REPLACES: " ".join(map(str, replaces))} if replaces else None)


def table_of(kind: StoreKind, records: Sequence[StoreRecord]) -> Any:
    """Return records of one kind as an Arrow table."""
    pa = arrow()
    schema = schema_of(kind)
    columns = [
        pa.array(values, type=field.type, from_pandas=False)
        for field, values in zip(schema, columns_of(kind, records), strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def arrow() -> Any:
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


def parquet() -> Any:
    """Import pyarrow's part for Parquet."""
    return import_module("pyarrow.parquet")
