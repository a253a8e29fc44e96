"""Reading a journal: every frame, chain value and number is checked on the way.

Only the end of the last segment may be broken: that is a write which was cut short. Broken bytes with an intact frame
behind them, or in an earlier segment, are damage, and nothing is read past them.
"""

import gc
from collections.abc import Callable, Iterator

import msgspec

from anyvenue.model.errors import JournalError
from anyvenue.model.protocols import FileStore
from anyvenue.runtime.journal.codec import Record
from anyvenue.runtime.journal.frames import (
    CHAIN_START,
    MARKER,
    VERSION,
    SegmentHeader,
    chained,
    frame_at,
    frames_from,
    unpack_header,
)
from anyvenue.runtime.journal.snapshots import StoredSnapshot, latest_snapshot

__all__ = ["JournalEnd", "JournalReader", "Recovery"]

_PREFIX, _SUFFIX = "segment-", ".avj"
_REMEDY = (
    "restore the file from a copy, or move the folder away and start with an empty journal: orders, positions and "
    "money are then taken from the venue"
)
_Body = tuple[int, int, str, msgspec.Raw]
_decode_body = msgspec.msgpack.Decoder(_Body).decode


class JournalEnd(msgspec.Struct, frozen=True):
    """Where a journal ends: its last record, and the `size` of the last segment without `torn` bytes behind it."""

    seq: int = 0
    ts: int = 0
    chain: bytes = CHAIN_START
    segment: str = ""
    size: int = 0
    torn: int = 0


class JournalReader:
    """The records of a journal, which a node may be writing at the same time.

    `node` and `config_hash` are those of the latest segment read, `end` is known once all records were given.
    """

    def __init__(self, files: FileStore) -> None:
        """Read from `files`."""
        self.files = files
        self.segments = _segments(files)
        self.node = ""
        self.config_hash = ""
        self.first_seq = self.segments[0][0] if self.segments else 1
        self.end = JournalEnd()

    def records(self, after: int = 0, chain: bytes | None = None) -> Iterator[Record]:
        """Give the records with a number above `after`, or from the first that is there.

        `chain` is what the chain value of record `after` must be. Raise JournalError where the journal is damaged,
        changed, not all there, or ends before `after`.
        """
        first = self._first_segment(after)
        seq, expected = self.segments[first][0] - 1 if self.segments else 0, None
        self.end = JournalEnd(seq)
        for at in range(first, len(self.segments)):
            if chain is not None and seq == after:
                expected = chain
            if seq >= after:
                yield from self._segment(at, seq, expected)
            else:
                yield from self._later(at, seq, expected, (after, chain))
            seq, expected = self.end.seq, self.end.chain
        if self.end.seq < after:
            raise JournalError(
                f"the journal ends at record {self.end.seq}, and there is a snapshot of record {after}: records "
                f"are lost; {_REMEDY}",
                code="journal.ahead",
                seq=self.end.seq,
                snapshot=after,
            )

    def _first_segment(self, after: int) -> int:
        """Return which segment goes on after record `after`; the first when earlier ones were moved away."""
        found = [at for at, (seq, _) in enumerate(self.segments) if seq <= after + 1]
        return found[-1] if found else 0

    def _later(
        self, at: int, seq: int, expected: bytes | None, snapshot: tuple[int, bytes | None]
    ) -> Iterator[Record]:
        """Give the records of one segment that come after the snapshot's, which must be the one it was taken of."""
        after, chain = snapshot
        for record in self._segment(at, seq, expected):
            if record.seq > after:
                yield record
            elif record.seq == after and chain not in (None, record.chain):
                raise self._foreign(after)

    def _segment(self, at: int, seq: int, chain: bytes | None) -> Iterator[Record]:
        """Give the records of one segment; `seq` and `chain` are those of the record before it, None if not known."""
        name, last = self.segments[at][1], at == len(self.segments) - 1
        data = self.files.read(name)
        found = unpack_header(data)
        if found is None:
            self._tail(name, data, 0, seq, last)
            self.end = JournalEnd(seq, self.end.ts, chain or self.end.chain, name, 0, len(data))
            return
        header, offset = found
        chain = self._check_header(name, header, seq, chain)
        ts = self.end.ts
        for end, stored, body in frames_from(data, offset):
            chain = chained(chain, body)
            if stored != chain:
                raise _changed(name, offset, seq + 1)
            number, ts, kind, payload = _decode_body(body)
            if number != seq + 1:
                raise _changed(name, offset, seq + 1)
            seq, offset = number, end
            yield Record(seq, ts, kind, payload, chain)
        self._tail(name, data, offset, seq, last)
        self.end = JournalEnd(seq, ts, chain, name, offset, len(data) - offset)

    def _check_header(
        self, name: str, header: SegmentHeader, seq: int, chain: bytes | None
    ) -> bytes:
        """Return the chain value that the segment begins with."""
        if header.version != VERSION:
            raise JournalError(
                f"{name} is of version {header.version}; this anyvenue reads {VERSION}: use the one that wrote it",
                code="journal.version",
                file=name,
                version=header.version,
                known=VERSION,
            )
        if header.first_seq != seq + 1:
            raise _missing(name, seq + 1, header.first_seq)
        if chain is not None and chain != header.chain:
            raise _changed(name, 0, seq)
        self.node, self.config_hash = header.node, header.config_hash
        return header.chain

    def _tail(self, name: str, data: bytes, offset: int, seq: int, last: bool) -> None:
        """Return if the segment may end at `offset`; raise JournalError when what follows was not cut short."""
        if offset == len(data) and (last or offset):
            return
        if last and not _intact_after(data, offset):
            return
        raise JournalError(
            f"{name} is damaged at byte {offset}, where record {seq + 1} should be; {_REMEDY}",
            code="journal.damaged",
            file=name,
            offset=offset,
            seq=seq + 1,
        )

    def _foreign(self, seq: int) -> JournalError:
        return JournalError(
            f"the snapshot after record {seq} does not belong to this journal; remove the snapshots or {_REMEDY}",
            code="journal.foreign",
            seq=seq,
        )


class Recovery:
    """What a node starts from: the latest snapshot that is whole, and the records after it."""

    def __init__(self, files: FileStore) -> None:
        """Find the snapshot; `broken` are later ones that are not whole."""
        self._reader = JournalReader(files)
        self._done = False
        self.snapshot: StoredSnapshot | None
        self.snapshot, self.broken = latest_snapshot(files)

    def pass_over(self) -> None:
        """Begin without the snapshot, which its owner cannot read."""
        self.snapshot = None

    def records(self) -> Iterator[Record]:
        """Give the records after the snapshot; raise JournalError, also when the first of them is not there."""
        found, reader = self.snapshot, self._reader
        wanted = found.seq + 1 if found is not None else 1
        if reader.first_seq > wanted:
            raise _missing(reader.segments[0][1], wanted, reader.first_seq)
        if found is None:
            yield from self._reader.records()
        else:
            yield from self._reader.records(found.seq, found.chain)
        self._done = True

    def replay(self, take: Callable[[Record], object]) -> None:
        """Hand the records after the snapshot to `take`, oldest first; raise JournalError, and what `take` raises."""
        collecting = gc.isenabled()
        gc.disable()  # what records leave behind is kept, not garbage; looking for some takes a twentieth of a start
        try:
            for record in self.records():
                take(record)
        finally:
            if collecting:
                gc.enable()

    @property
    def node(self) -> str:
        """The node that wrote the journal, empty for a new one."""
        self.finish()
        return self._reader.node

    @property
    def config_hash(self) -> str:
        """The configuration that the latest segment began with."""
        self.finish()
        return self._reader.config_hash

    @property
    def end(self) -> JournalEnd:
        """Where the journal ends."""
        self.finish()
        return self._reader.end

    def finish(self) -> None:
        """Check the records that were not asked for."""
        if not self._done:
            for _ in self.records():
                pass


def _segments(files: FileStore) -> list[tuple[int, str]]:
    """Return (number of the first record, name) of the segments, in order."""
    names = [name for name in files.names() if name.startswith(_PREFIX) and name.endswith(_SUFFIX)]
    numbers = [name.removeprefix(_PREFIX).removesuffix(_SUFFIX) for name in names]
    return sorted(
        (int(number), name) for number, name in zip(numbers, names, strict=True) if number.isdigit()
    )


def _intact_after(data: bytes, offset: int) -> bool:
    """Tell whether an intact frame stands somewhere behind `offset`."""
    found = data.find(MARKER, offset + 1)
    while found >= 0:
        if frame_at(data, found) is not None:
            return True
        found = data.find(MARKER, found + 1)
    return False


def _missing(name: str, wanted: int, first: int) -> JournalError:
    return JournalError(
        f"{name} begins with record {first}, and record {wanted} is expected: a segment is missing; {_REMEDY}",
        code="journal.missing",
        file=name,
        seq=wanted,
        first=first,
    )


def _changed(name: str, offset: int, seq: int) -> JournalError:
    return JournalError(
        f"{name}, byte {offset}: record {seq} is not the one that was written, its chain value is wrong; {_REMEDY}",
        code="journal.changed",
        file=name,
        offset=offset,
        seq=seq,
    )
