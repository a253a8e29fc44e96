"""The log of inputs: one file that only grows, a lock, and snapshots that spare reading it all again.

A record is a length and a crc32 (four bytes each, big-endian) and so many bytes. A record that is cut short at the end
was never answered to anybody: it is cut off. A bad one before that is an error.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from types import TracebackType
from zlib import crc32

from anyvenue.model.errors import ConfigError, JournalError

try:
    import fcntl
except ImportError:  # Windows: two servers of one folder are then not noticed
    fcntl = None  # type: ignore[assignment]

__all__ = ["SYNC_MODES", "InputLog"]

SYNC_MODES = ("batch", "order", "none")
"""When the disk is waited for: soon after, before each answer, or never. The process may die in all of them."""

_HEAD = Struct(">II")
_LOG = "inputs.log"
_LONGEST = 1 << 18
# Windows writes text otherwise, and macOS has no fdatasync.
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_flush = getattr(os, "fdatasync", os.fsync)


class InputLog:
    """The log in a folder, which it creates; raise JournalError while another process has it.

    `sync` is one of `SYNC_MODES`.
    """

    def __init__(self, folder: Path, sync: str = "batch") -> None:
        """Lock the folder."""
        if sync not in SYNC_MODES:
            raise ConfigError(
                f"sync was {sync!r}; there are: {', '.join(SYNC_MODES)}", key="sync", value=sync
            )
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.dirty = False
        self.count = 0
        self._each = sync == "order"
        self._never = sync == "none"
        self._lock = _locked(folder / "lock")
        self._file = os.open(folder / _LOG, _FLAGS, 0o600)

    def __enter__(self) -> "InputLog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def records(self) -> Iterator[bytes]:
        """Yield all records and cut off what is cut short at the end; raise JournalError for a bad one."""
        path = self.folder / _LOG
        size, at, self.count = path.stat().st_size, 0, 0
        with path.open("rb") as file:
            while head := file.read(_HEAD.size):
                length, crc = _HEAD.unpack(head) if len(head) == _HEAD.size else (0, 0)
                body = file.read(length) if length <= _LONGEST else b""
                if len(body) < length or crc32(body) != crc or not length:
                    self._cut(at, size, at + _HEAD.size + length)
                    return
                at += _HEAD.size + length
                self.count += 1
                yield body

    def append(self, record: bytes) -> None:
        """Write a record; raise JournalError when not all of it was written."""
        data = _HEAD.pack(len(record), crc32(record)) + record
        try:
            written = os.write(self._file, data)
            if self._each:
                _flush(self._file)
        except OSError as error:
            raise self._failed(error.strerror or "") from None
        if written < len(data):
            raise self._failed(
                f"only {written} of {len(data)} bytes were written: the disk is full"
            )
        self.count += 1
        self.dirty = not (self._each or self._never)

    def sync(self) -> None:
        """Return once all that was appended is on the disk; raise JournalError."""
        self.dirty = False
        try:
            _flush(self._file)
        except OSError as error:
            raise self._failed(error.strerror or "") from None

    def keep_snapshot(self, data: bytes) -> None:
        """Keep what came of all records so far, in place of an older snapshot; raise JournalError."""
        name, draft = self.folder / "snapshot", self.folder / "snapshot.new"
        try:
            with open(draft, "wb", opener=_private) as file:
                file.write(_HEAD.pack(len(data), crc32(data)) + data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(name)
        except OSError as error:
            raise self._failed(error.strerror or "") from None

    def snapshot(self) -> bytes | None:
        """Return the latest snapshot, None when there is none or it is damaged: the log has all of it."""
        try:
            data = (self.folder / "snapshot").read_bytes()
        except FileNotFoundError:
            return None
        if len(data) < _HEAD.size:
            return None
        length, crc = _HEAD.unpack_from(data)
        body = data[_HEAD.size :]
        return body if len(body) == length and crc32(body) == crc else None

    def close(self) -> None:
        """Write what is not yet on the disk and let the folder go; repeated calls do nothing."""
        if self._file >= 0:
            file, self._file = self._file, -1
            if not self._never:
                _flush(file)
            os.close(file)
            os.close(self._lock)

    def _cut(self, at: int, size: int, end: int) -> None:
        if end < size or size - at > _LONGEST:
            raise JournalError(
                f"{self.folder / _LOG} is damaged at byte {at}, and more follows: restore it from a copy",
                file=str(self.folder / _LOG),
                offset=at,
            )
        os.ftruncate(self._file, at)

    def _failed(self, why: str) -> JournalError:
        return JournalError(
            f"{self.folder / _LOG} could not be written ({why}); the exchange stops: make room and start it again",
            file=str(self.folder / _LOG),
        )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # hashes of passwords are in it


def _locked(path: Path) -> int:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(file, 32).decode(errors="replace") or "unknown"
            os.close(file)
            raise JournalError(
                f"{path.parent} is in use by process {owner}; stop that one first or choose another folder",
                file=str(path.parent),
                process=owner,
            ) from None
    os.ftruncate(file, 0)
    os.write(file, str(os.getpid()).encode())
    return file
