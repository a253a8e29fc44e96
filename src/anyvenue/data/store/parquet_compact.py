"""Bring many small Parquet files of a series together.

The new file names in its footer those it takes over, and readers leave these out from the moment it is in its place.
So there is no point at which a crash would lose or double a record; what is left over goes with the next call.
"""

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from anyvenue.data.store.base import CHUNK_ROWS, FOREVER, Compaction
from anyvenue.data.store.keys import SeriesKey
from anyvenue.data.store.parquet_files import (
    ENDING,
    Part,
    folder_of,
    parquet,
    parts_of,
    read_parts,
    schema_of,
    stale_parts,
    table_of,
)

__all__ = ["compact"]

_LARGE_ROWS = 1_000_000


def compact(root: Path, key: SeriesKey, large: int = _LARGE_ROWS) -> Compaction:
    """Bring the files of a series together; one of `large` rows that no other overlaps stays as it is."""
    for part in stale_parts(root, key):
        part.path.unlink()
    before = parts_of(root, key)
    size = _size(before)
    number = 1 + max((part.number for part in before), default=0)
    for run in _runs(before, large):
        _bring_together(root, key, run, number)
        number += 1
    after = parts_of(root, key)
    return Compaction(key, len(before), len(after), size, _size(after))


def _runs(parts: Sequence[Part], large: int) -> list[list[Part]]:
    """Return the files to bring together, those between two large ones that stand alone as one."""
    runs: list[list[Part]] = [[]]
    for group in _touching(parts):
        if len(group) == 1 and group[0].rows >= large:
            runs.append([])
        else:
            runs[-1] += group
    return [run for run in runs if len(run) > 1]


def _touching(parts: Sequence[Part]) -> list[list[Part]]:
    """Return groups of files that have not even an instant in common with another group.

    Records of one instant are read in the order of the files' numbers: a file that takes a new number must not
    leave one behind that has records of the same instant.
    """
    groups: list[list[Part]] = []
    last = -1
    for part in sorted(parts, key=lambda each: (each.first, each.number)):
        if groups and part.first <= last:
            groups[-1].append(part)
        else:
            groups.append([part])
        last = max(last, part.last)
    return groups


def _bring_together(root: Path, key: SeriesKey, parts: Sequence[Part], number: int) -> None:
    path = folder_of(root, key) / f"{number:06}{ENDING}"
    partial = path.with_name(path.name + ".part")
    schema = schema_of(key.kind, [part.number for part in parts])
    try:
        with parquet().ParquetWriter(partial, schema, compression="zstd") as writer:
            stream = read_parts(parts, key, 0, FOREVER)
            while records := list(islice(stream, CHUNK_ROWS)):
                writer.write_table(table_of(key.kind, records))
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    for part in parts:
        part.path.unlink()


def _size(parts: Sequence[Part]) -> int:
    return sum(part.path.stat().st_size for part in parts)
