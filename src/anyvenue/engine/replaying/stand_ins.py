"""What stands in for the world when a node is run again: its clock, its venues, and the journal as it was."""

from collections.abc import Iterator, Sequence

import msgspec

from anyvenue.engine.live.tape_entries import Began, VenueSeen
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState
from anyvenue.model.errors import NotSent
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar
from anyvenue.model.protocols import Capabilities, Cursor, FileStore, Inbox, Snapshot
from anyvenue.runtime.journal import JournalReader, MemoryFiles
from anyvenue.runtime.journal.frames import frame_at, frame_size, unpack_header
from anyvenue.runtime.journal.snapshots import write_snapshot

__all__ = ["Past", "RecordedClock", "RecordedDriver", "Track"]


class RecordedClock:
    """Shows the time that was recorded."""

    def __init__(self, now: int) -> None:
        """Begin at `now` (int ns UTC)."""
        self.time = now

    def now(self) -> int:
        """Return the time."""
        return self.time


class RecordedDriver:
    """A venue of the past: it serves what it served, and nothing can be sent to it."""

    def __init__(self, seen: VenueSeen) -> None:
        """Stand in for a venue."""
        self.venue = seen.venue
        self.state = DriverState.CLOSED
        self.capabilities = Capabilities(channels=frozenset(seen.channels))

    async def open(self, inbox: Inbox) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""

    async def instruments(self) -> list[Instrument]:
        """Return nothing."""
        return []

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Do nothing: what came is on the tape."""

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return nothing."""
        return []

    def submit(self, command: SubmitOrder) -> None:
        """Refuse."""
        self.send(command)

    def cancel(self, command: CancelOrder) -> None:
        """Refuse."""
        self.send(command)

    def modify(self, command: ModifyOrder) -> None:
        """Refuse."""
        self.send(command)

    def send(self, command: Command) -> None:
        """Refuse; raise NotSent."""
        raise NotSent("this is a replay: nothing is sent")

    def resume(
        self, account: AccountId, epoch: int, cursor: Cursor, unanswered: Sequence[OrderId] = ()
    ) -> None:
        """Do nothing."""

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        """Refuse; raise NotSent."""
        raise NotSent("this is a replay: there is nobody to ask")


class Past(MemoryFiles):
    """A journal's files as they were when a session began; what is written to them is forgotten."""

    def __init__(self, files: FileStore, began: Began) -> None:
        """Take from `files` what is needed to recover."""
        super().__init__()
        if began.sound:
            super().write("sound", b"")
        snapshot = began.snapshot
        if snapshot is not None:
            write_snapshot(self, snapshot)
        first = snapshot.seq + 1 if snapshot is not None else 1
        segments = JournalReader(files).segments
        for at, (seq, name) in enumerate(segments):
            later = segments[at + 1][0] if at + 1 < len(segments) else None
            if seq <= began.seq and (later is None or later > first):
                super().append(name, _until(files.read(name), seq, began.seq))
        self._open = False

    _open = True

    def append(self, name: str, data: bytes) -> None:
        """Forget it."""
        if self._open:
            super().append(name, data)

    def write(self, name: str, data: bytes) -> None:
        """Forget it."""
        if self._open:
            super().write(name, data)


def _until(data: bytes, first: int, last: int) -> bytes:
    """Return a segment that begins with record `first` up to record `last`."""
    found = unpack_header(data)
    offset = found[1] if found is not None else 0
    seq = first - 1
    while seq < last and (frame := frame_at(data, offset)) is not None:
        offset += frame_size(frame[1])
        seq += 1
    return data[:offset]


class Track:
    """Entries one after the other; the next one can be looked at before it is taken."""

    def __init__(self, entries: Iterator[msgspec.Struct]) -> None:
        """Begin before the first."""
        self.taken = 0
        self._entries = entries
        self._next: msgspec.Struct | None = next(entries, None)

    @property
    def next(self) -> msgspec.Struct | None:
        """The next entry, None at the end."""
        return self._next

    def take(self) -> msgspec.Struct:
        """Take the next entry, of which there must be one."""
        found = self._next
        assert found is not None
        self.taken += 1
        self._next = next(self._entries, None)
        return found
