"""The column file (``.avc``): chunks of columns that stream back into records as fast as these can be made.

`column_frame` tells the layout of the file, `column_codec` that of a chunk.
"""

import zlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from hashlib import blake2b
from itertools import chain, repeat
from pathlib import Path
from typing import BinaryIO

import msgspec

from anyvenue.data.column_codec import Column, decode_columns
from anyvenue.data.column_frame import CHUNK, CRC, END, FRONT, MAGIC, VERSION
from anyvenue.data.column_schema import ColumnHeader, codes_of, records_of
from anyvenue.data.column_writer import CHUNK_ROWS, write_columns
from anyvenue.model.errors import DataError
from anyvenue.model.ids import InstrumentId, make_instrument_id, split_instrument_id
from anyvenue.model.market import MarketData, Quote

__all__ = [
    "CHUNK_ROWS",
    "ColumnFile",
    "ColumnHeader",
    "is_column_file",
    "quotes_from_columns",
    "write_columns",
]


def is_column_file(path: Path) -> bool:
    """Say whether the file at `path` begins as a column file does."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def quotes_from_columns(
    instrument: InstrumentId,
    ts: Iterable[int],
    bid: Iterable[float],
    ask: Iterable[float],
    bid_size: Iterable[float],
    ask_size: Iterable[float],
) -> Iterator[Quote]:
    """Return the quotes that columns of one length hold; `ts` (int ns UTC, iterable twice) is both times."""
    return map(Quote, repeat(instrument), ts, ts, bid, ask, bid_size, ask_size)


class ColumnFile:
    """A column file open for reading: `header`, `rows` and the records, chunk by chunk in flat memory."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            with self.path.open("rb") as file:
                self.header = self._read_header(file)
                self._first_chunk = file.tell()
                self.rows = self._read_end(file)
        except OSError as error:
            raise self._error(f"it cannot be read ({error.strerror})", "a readable file") from None

    def events(self) -> Iterator[MarketData]:
        """Return the records in the order of time; each call starts anew. Raises DataError naming the chunk."""
        header = self.header
        return chain.from_iterable(records_of(header, columns) for columns in self._chunks())

    @cached_property
    def chunk_hashes(self) -> tuple[str, ...]:
        """The blake2b of each chunk's columns, as they were before compression."""
        return tuple(digest.hex() for _, _, _, digest, _ in self._frames(skip=True))

    def content_hash(self) -> str:
        """Return one hash of kind, instrument, interval and all chunks; compression does not change it."""
        header = self.header
        words = (
            header.kind,
            header.instrument,
            header.interval,
            str(header.levels),
            *self.chunk_hashes,
        )
        return blake2b("\n".join(words).encode(), digest_size=16).hexdigest()

    def _chunks(self) -> Iterator[list[Column]]:
        codes = codes_of(self.header)
        for number, (rows, crc, _, _, stored) in enumerate(self._frames(), 1):
            if zlib.crc32(stored) != crc:
                raise self._error("the checksum does not fit", "an undamaged chunk", number)
            try:
                raw = zlib.decompress(stored) if self.header.compressed else stored
                columns = decode_columns(codes, raw, rows)
            except (ValueError, IndexError, zlib.error) as error:
                raise self._error(
                    f"the columns do not decode ({error})", "whole columns", number
                ) from None
            yield columns

    def _frames(self, *, skip: bool = False) -> Iterator[tuple[int, int, int, bytes, bytes]]:
        """Give (rows, crc, length, digest, stored bytes) of each chunk; with `skip` the bytes are left out."""
        with self.path.open("rb") as file:
            file.seek(self._first_chunk)
            number = total = 0
            while total < self.rows:
                number += 1
                head = file.read(CHUNK.size)
                if len(head) != CHUNK.size:
                    raise self._error("the file ends here", "a complete file", number)
                rows, length, crc, digest = CHUNK.unpack(head)
                stored = b"" if skip else file.read(length)
                if skip:
                    file.seek(length, 1)
                elif len(stored) != length:
                    raise self._error("the file ends here", "a complete file", number)
                if not rows:
                    raise self._error("a chunk has no rows", f"{self.rows} rows in all", number)
                total += rows
                yield rows, crc, length, digest, stored

    def _read_header(self, file: BinaryIO) -> ColumnHeader:
        if file.read(len(MAGIC)) != MAGIC:
            raise self._error("it does not begin as a column file", "a file written by anyvenue")
        front = file.read(FRONT.size)
        version, length = FRONT.unpack(front) if len(front) == FRONT.size else (0, 0)
        if version != VERSION:
            raise self._error(
                f"it has version {version}", f"version {VERSION}: convert the data again"
            )
        encoded = file.read(length)
        crc = file.read(CRC.size)
        if crc != CRC.pack(zlib.crc32(front + encoded)):
            raise self._error("the header is damaged", "an undamaged header")
        try:
            header = msgspec.msgpack.decode(encoded, type=ColumnHeader)
        except msgspec.MsgspecError as error:
            raise self._error(f"the header cannot be read ({error})", "a header we wrote") from None
        # Interned, so that a comparison with an id made elsewhere is one of pointers.
        name = make_instrument_id(*split_instrument_id(header.instrument))
        return msgspec.structs.replace(header, instrument=name)

    def _read_end(self, file: BinaryIO) -> int:
        file.seek(0, 2)
        size = file.tell()
        if size - self._first_chunk < END.size:
            raise self._error("the file was cut short", "a complete file: write it again")
        file.seek(size - END.size)
        end = file.read(END.size)
        zero, rows, _, crc = END.unpack(end)
        if zero or crc != zlib.crc32(end[4:-4]):
            raise self._error("the file was cut short", "a complete file: write it again")
        return int(rows)

    def _error(self, what: str, expected: str, chunk: int = 0) -> DataError:
        place = f"{self.path.name}, chunk {chunk}" if chunk else self.path.name
        return DataError(
            f"{place}: {what}; expected {expected}",
            file=str(self.path),
            line=0,
            chunk=chunk,
            expected=expected,
        )
