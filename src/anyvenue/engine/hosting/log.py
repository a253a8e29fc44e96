"""The log of inputs: a journal of what the exchange was given, and snapshots that spare reading it all again."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from anyvenue.model.errors import ConfigError
from anyvenue.model.protocols import FileStore
from anyvenue.runtime.journal import (
    DiskFiles,
    InputNoted,
    Journal,
    JournalReader,
    Record,
    Recovery,
    Sync,
)

__all__ = ["SYNC_MODES", "InputLog"]

SYNC_MODES: dict[str, Sync] = {"batch": "group", "order": "order", "none": "manual"}
"""When the disk is waited for: soon after, before each answer, or never. The process may die in all of them."""

_NODE = "exchange"
_KIND = InputNoted.__name__


class InputLog:
    """The log in a folder, which it creates; raise JournalError while another process has it.

    `sync` is one of `SYNC_MODES`. First everything is read, with `first`, `snapshot` and `inputs`, then `start` lets it
    be written.
    """

    def __init__(self, folder: Path, sync: str = "batch", files: FileStore | None = None) -> None:
        """Lock the folder, or use other `files`, which need none."""
        if sync not in SYNC_MODES:
            raise ConfigError(
                f"sync was {sync!r}; there are: {', '.join(SYNC_MODES)}", key="sync", value=sync
            )
        if files is None and not folder.exists():
            folder.mkdir(mode=0o700, parents=True)  # hashes of passwords are in it
        self.folder = folder
        self._sync = SYNC_MODES[sync]
        self._files = DiskFiles.locked(folder, _NODE) if files is None else files
        self._recovery = Recovery(self._files)
        self._journal: Journal | None = None

    def __enter__(self) -> "InputLog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ---- reading

    def first(self) -> bytes | None:
        """Return the first input ever, None in a new log; raise JournalError."""
        return next(_bodies(JournalReader(self._files).records()), None)

    def snapshot(self) -> bytes | None:
        """Return the latest snapshot that is whole, None when there is none."""
        found = self._recovery.snapshot
        return None if found is None else found.data

    def inputs(self, after_snapshot: bool) -> Iterator[bytes]:
        """Yield the inputs, those after the snapshot or all; raise JournalError where the log is damaged."""
        if after_snapshot or self._recovery.snapshot is None:
            return _bodies(self._recovery.records())
        return _bodies(JournalReader(self._files).records())

    # ---- writing

    def start(self, now: int, snapshot_every: int) -> None:
        """Let it be written from `now` (int ns UTC) on; what was cut short at the end is moved aside."""
        self._journal = Journal(
            self._files,
            self._recovery,
            node=_NODE,
            ts=now,
            sync=self._sync,
            snapshot_every=snapshot_every,
        )

    def append(self, body: bytes, now: int) -> None:
        """Write an input; raise JournalError when it could not be written."""
        self._open().append(InputNoted("input", body, now), now)

    @property
    def snapshot_due(self) -> bool:
        """Whether so many inputs were written that a snapshot should be kept."""
        return self._open().snapshot_due

    def keep_snapshot(self, data: bytes, now: int) -> None:
        """Keep what came of all inputs so far; raise JournalError."""
        self._open().snapshot(data, now)

    def close(self) -> None:
        """Write what is not yet on the disk and let the folder go; repeated calls do nothing."""
        if self._journal is not None:
            self._journal.close()
        else:
            self._files.close()

    def _open(self) -> Journal:
        if self._journal is None:
            raise ConfigError("the log is still being read; start it first", key="log")
        return self._journal


def _bodies(records: Iterator[Record]) -> Iterator[bytes]:
    for record in records:
        if record.kind == _KIND:
            value = record.value
            if isinstance(value, InputNoted):
                yield value.body
