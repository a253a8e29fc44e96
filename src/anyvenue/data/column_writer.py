"""Write column files."""

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from anyvenue.data.column_codec import encode_columns
from anyvenue.data.column_frame import CHUNK, CRC, FRONT, MAGIC, TOTALS, VERSION
from anyvenue.data.column_schema import ColumnHeader, codes_of, columns_of, record_of
from anyvenue.data.profiles import Record
from anyvenue.model.errors import DataError
from anyvenue.model.market import Depth, MarketData

__all__ = ["CHUNK_ROWS", "write_columns"]

CHUNK_ROWS = 16_384


def write_columns(
    path: str | Path,
    header: ColumnHeader,
    events: Iterable[MarketData],
    chunk_rows: int = CHUNK_ROWS,
) -> int:
    """Write `events` to a column file and return their number; memory does not grow with it.

    All must be of the header's kind and instrument and in the order of `ts_recv`, else DataError is raised and no
    file is left. For depth `header.levels` 0 is taken from the first record; a record with fewer levels is filled
    up with absent ones.
    """
    path = Path(path)
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as file:
            rows = _write(file, path, header, iter(events), chunk_rows)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _write(
    file: BinaryIO, path: Path, header: ColumnHeader, events: Iterator[MarketData], chunk_rows: int
) -> int:
    first = list(islice(events, 1))
    if header.kind is Record.DEPTH and not header.levels and first and isinstance(first[0], Depth):
        header = msgspec.structs.replace(header, levels=max(1, len(first[0].bid_prices)))
    encoded = msgspec.msgpack.encode(header)
    front = FRONT.pack(VERSION, len(encoded)) + encoded
    file.write(MAGIC + front + CRC.pack(zlib.crc32(front)))
    rows = chunks = 0
    latest = -(1 << 63)
    events = chain(first, events)
    while chunk := list(islice(events, chunk_rows)):
        latest = _check(path, header, chunk, latest, rows)
        file.write(_encode_chunk(header, chunk))
        rows += len(chunk)
        chunks += 1
    totals = TOTALS.pack(rows, chunks)
    file.write(CRC.pack(0) + totals + CRC.pack(zlib.crc32(totals)))
    return rows


def _encode_chunk(header: ColumnHeader, chunk: Sequence[MarketData]) -> bytes:
    raw = encode_columns(codes_of(header), columns_of(header, chunk), len(chunk))
    digest = blake2b(raw, digest_size=16).digest()
    stored = zlib.compress(raw, 1) if header.compressed else raw
    return CHUNK.pack(len(chunk), len(stored), zlib.crc32(stored), digest) + stored


def _check(
    path: Path, header: ColumnHeader, chunk: Sequence[MarketData], latest: int, rows: int
) -> int:
    """Return the last time of the chunk; raise DataError for the first record that does not belong."""
    for row, event in enumerate(chunk, rows + 1):
        wrong = _misfit(header, event, latest)
        if wrong:
            raise DataError(
                f"{path.name}: record {row} {wrong}",
                file=str(path),
                line=row,
                expected=f"{header.kind} records of {header.instrument} in the order of time",
            )
        latest = event.ts_recv
    return latest


def _misfit(header: ColumnHeader, event: MarketData, latest: int) -> str:
    if record_of(event) is not header.kind:
        return f"is a {record_of(event)}; the file is of {header.kind} records"
    if event.instrument != header.instrument:
        return f"is of {event.instrument}; the file is of {header.instrument}"
    if event.ts_recv < latest:
        return f"is at {event.ts_recv}, before the one at {latest}: sort the records"
    if isinstance(event, Depth) and len(event.bid_prices) > header.levels:
        return (
            f"has {len(event.bid_prices)} levels; the file has {header.levels}: give header.levels"
        )
    return ""
