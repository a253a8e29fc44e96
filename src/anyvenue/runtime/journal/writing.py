"""Writing a journal: append before you send.

`append` returns when the bytes are with the operating system: they survive the end of the process, however it ends.
They survive the loss of power once synced: within 20 ms (`sync="group"`), or before `append` returns (`sync="order"`).
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal

import msgspec

from anyvenue.model.errors import JournalError
from anyvenue.model.protocols import FileStore
from anyvenue.runtime.journal.codec import kind_of
from anyvenue.runtime.journal.flusher import Flusher
from anyvenue.runtime.journal.frames import (
    VERSION,
    SegmentHeader,
    chained,
    pack_frame,
    pack_header,
    segment_name,
)
from anyvenue.runtime.journal.notes import ConfigNoted, TailCut
from anyvenue.runtime.journal.reading import JournalReader, Recovery
from anyvenue.runtime.journal.snapshots import StoredSnapshot, prune_snapshots, write_snapshot

__all__ = ["SNAPSHOT_EVERY", "Journal", "Sync"]

Sync = Literal["group", "order", "manual"]
"""When is written data forced to the disk: within 20 ms, before `append` returns, or when `Journal.sync` is called."""

_SEGMENT_BYTES = 16 * 1024 * 1024
SNAPSHOT_EVERY = 50_000
"""After so many records a snapshot is due."""

_INTERVAL_S = 0.02
_SOUND = "sound"


class Journal:
    """The journal of one node, open for writing; all calls from one thread.

    A write or sync that fails is final: that and every later `append` raises JournalError, and trading must stop.
    `failed_before` tells the next start so: taking a file away needs no room, so that is how it is remembered.
    """

    def __init__(
        self,
        files: FileStore,
        recovery: Recovery,
        *,
        node: str,
        config_hash: str = "",
        version: str = "",
        ts: int = 0,
        sync: Sync = "group",
        segment_bytes: int = _SEGMENT_BYTES,
        snapshot_every: int = SNAPSHOT_EVERY,
        on_failure: Callable[[JournalError], None] | None = None,
    ) -> None:
        """Go on where `recovery` ends, at `ts` (int ns UTC), cutting what was not written whole.

        `on_failure` may be called on the journal's own thread. Raise JournalError when the journal is another node's,
        damaged, or cannot be written.
        """
        self.node = node
        self.failure: JournalError | None = None
        self._files = files
        self._config_hash = config_hash
        self._mode = sync
        self._segment_bytes = segment_bytes
        self._snapshot_every = snapshot_every
        self._on_failure = on_failure
        self._encode = msgspec.msgpack.Encoder().encode
        self._snapshots: deque[StoredSnapshot] = deque()
        self._begun = self._closed = False
        self._flushing = threading.Lock()
        end = recovery.end
        self._check_owner(recovery.node)
        self.failed_before = end.seq > 0 and _SOUND not in files.names()
        self.seq = self.synced = end.seq
        self.chain = end.chain
        self._segment, self._size = end.segment, end.size
        self._snapshot_seq = recovery.snapshot.seq if recovery.snapshot else 0
        self._flusher = Flusher(self._flush, _INTERVAL_S) if sync == "group" else None
        try:
            self._cut(end.torn, ts)
            self.append(ConfigNoted(node, config_hash, version, ts), ts)
            if not end.seq:
                self.vouch()
        except JournalError:
            self.close()
            raise
        self._begun = True

    # ---- writing

    def append(self, value: msgspec.Struct, ts: int) -> int:
        """Write a command, event, order or note and return its number; `ts` is int ns UTC and may step back.

        Raise JournalError when it could not be written (or synced, with ``sync="order"``): do not send then.
        """
        seq = self.seq + 1
        body = self._encode((seq, ts, kind_of(value), value))
        chain = chained(self.chain, body)
        self._write(pack_frame(chain, body), ts)
        self.seq, self.chain = seq, chain
        self._written()
        return seq

    def append_all(self, values: Sequence[msgspec.Struct], ts: int) -> int:
        """Write several records at once, all or none, and return the number of the last; raise JournalError."""
        seq, chain = self.seq, self.chain
        frames = []
        for value in values:
            seq += 1
            body = self._encode((seq, ts, kind_of(value), value))
            chain = chained(chain, body)
            frames.append(pack_frame(chain, body))
        if frames:
            self._write(b"".join(frames), ts)
            self.seq, self.chain = seq, chain
            self._written()
        return self.seq

    def vouch(self) -> None:
        """Remember that the journal is sound: what `failed_before` told of has been dealt with; raise JournalError."""
        if _SOUND not in self._files.names():
            self._files.write(
                _SOUND, b"The journal could be written. It is taken away when it cannot.\n"
            )

    def sync(self) -> None:
        """Return once everything written is on the disk; raise JournalError."""
        self._flush()
        if self.failure is not None:
            raise self.failure

    # ---- snapshots

    @property
    def snapshot_due(self) -> bool:
        """True when so many records were written since the last snapshot that another should be taken."""
        return self.seq - self._snapshot_seq >= self._snapshot_every

    def snapshot(self, data: bytes, ts: int) -> None:
        """Keep what the node remembers now, after record `seq`; a start begins there.

        The bytes are the caller's affair. They are written behind the records that they depend on; with
        ``sync="group"`` on the journal's own thread.
        """
        self._snapshots.append(StoredSnapshot(VERSION, self.node, self.seq, ts, self.chain, data))
        self._snapshot_seq = self.seq
        if self._flusher is not None:
            self._flusher.ask()
        else:
            self.sync()

    # ---- the end

    @property
    def lag(self) -> int:
        """Records that are written and not yet on the disk for sure."""
        return self.seq - self.synced

    @property
    def head(self) -> str:
        """The last record's number and chain value, as `verify` takes it."""
        return f"{self.seq}:{self.chain.hex()}"

    def reader(self) -> JournalReader:
        """Return a reader of what is written so far, the last of it perhaps not on the disk yet."""
        return JournalReader(self._files)

    def close(self) -> None:
        """Sync and stop; repeated calls do nothing. A failure stays in `failure`."""
        if self._closed:
            return
        self._closed = True
        if self._flusher is not None:
            self._flusher.close()
        if self.failure is None:
            self._flush()
        self._files.close()

    # ---- inside

    def _write(self, frames: bytes, ts: int) -> None:
        if self.failure is not None:
            raise self.failure
        if self._closed:
            raise JournalError(
                "the journal is closed; nothing can be written", code="journal.closed"
            )
        if not self._size or self._size >= self._segment_bytes:
            self._begin_segment(ts)
        try:
            self._files.append(self._segment, frames)
        except JournalError as error:
            self._fail(error)
            raise
        self._size += len(frames)

    def _written(self) -> None:
        if self._flusher is not None:
            self._flusher.ask()
        elif self._mode == "order":
            self.sync()

    def _begin_segment(self, ts: int) -> None:
        """Go on in a new file once the old one is on the disk: only the last may have a broken end."""
        if self._segment:
            self.sync()
        self._segment = segment_name(self.seq + 1)
        header = pack_header(
            SegmentHeader(VERSION, self.node, self._config_hash, self.seq + 1, ts, self.chain)
        )
        try:
            self._files.append(self._segment, header)
        except JournalError as error:
            self._fail(error)
            raise
        self._size = len(header)

    def _flush(self) -> None:
        """Sync what is written, then write the snapshots that rest on it; on the journal's thread if it has one."""
        with self._flushing:
            if self.failure is not None:
                return
            # Read before the sync: what is written during it may not be part of it.
            seq = self.seq
            try:
                if self._segment:
                    self._files.sync(self._segment)
                self.synced = seq
                while self._snapshots and self._snapshots[0].seq <= seq:
                    write_snapshot(self._files, self._snapshots.popleft())
                    prune_snapshots(self._files)
            except JournalError as error:
                self._fail(error)

    def _fail(self, error: JournalError) -> None:
        # After a failed sync the system may have dropped the data and say "good" the next time: never try again.
        self.failure = error
        if self._begun:
            with suppress(JournalError):
                self._files.remove(_SOUND)
        if self._on_failure is not None:
            self._on_failure(error)

    def _check_owner(self, owner: str) -> None:
        if owner and owner != self.node:
            raise JournalError(
                f"the journal is of node {owner!r}, and this node is {self.node!r}; give it a folder of its own",
                code="journal.other_node",
                owner=owner,
                node=self.node,
            )

    def _cut(self, torn: int, ts: int) -> None:
        """Move what was not written whole to a file beside the segment, and note it."""
        if not torn:
            return
        name, offset = self._segment, self._size
        self._files.write(f"{name}.{self.seq + 1}.cut", self._files.read(name)[offset:])
        self._files.truncate(name, offset)
        self.append(TailCut(name, offset, torn, ts), ts)
