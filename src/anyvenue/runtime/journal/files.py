"""The files of a journal on a disk."""

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

from anyvenue.model.errors import JournalError
from anyvenue.runtime.journal.locking import FolderLock

__all__ = ["DiskFiles"]

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_WHOLE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
# Enough of a file's metadata to find its data again is all that is needed; not every system can do less than all.
_sync_data = getattr(os, "fdatasync", os.fsync)


class DiskFiles:
    """A `FileStore` in a folder. One file at a time is appended to; it stays open.

    With a `lock` the folder is this process's until `close`. Reading needs none.
    """

    def __init__(self, folder: str | Path, *, lock: FolderLock | None = None) -> None:
        """Use `folder`, which must exist."""
        self.folder = Path(folder)
        self._lock = lock
        self._name = ""
        self._handle = -1
        self._size = 0
        # The worker's sync must not meet a descriptor that was closed, or worse, given to another file.
        self._open_close = threading.Lock()

    @classmethod
    def locked(cls, folder: str | Path, node: str = "") -> "DiskFiles":
        """Return a folder's files, made and locked for this process; raise JournalError when another has it."""
        path = Path(folder)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _failed("make the folder", path, error) from None
        return cls(path, lock=FolderLock(path, node))

    def append(self, name: str, data: bytes) -> None:
        """Append `data`; when not all of it could be written the file is as it was, and JournalError is raised."""
        if name != self._name:
            self._open(name)
        try:
            written = os.write(self._handle, data)
            while written < len(data):
                written += os.write(self._handle, data[written:])
        except OSError as error:
            # What is left of the record after this is cut at the next start.
            with suppress(OSError):
                os.ftruncate(self._handle, self._size)
            raise _failed("write", self.folder / name, error) from None
        self._size += written

    def sync(self, name: str) -> None:
        """Return once everything appended is on the disk; raise JournalError."""
        try:
            with self._open_close:
                if name == self._name:
                    _sync_data(self._handle)
        except OSError as error:
            raise _failed("sync", self.folder / name, error) from None

    def read(self, name: str) -> bytes:
        """Return the whole file, b"" when there is none; raise JournalError."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise _failed("read", self.folder / name, error) from None

    def names(self) -> list[str]:
        """Return the names of all files, sorted."""
        try:
            return sorted(entry.name for entry in os.scandir(self.folder) if entry.is_file())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _failed("list", self.folder, error) from None

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file beside, sync it and put it in its place; raise JournalError."""
        path, beside = self.folder / name, self.folder / f"{name}.part"
        try:
            handle = os.open(beside, _WHOLE, 0o600)
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(handle, view) :]
                os.fsync(handle)
            finally:
                os.close(handle)
            os.replace(beside, path)
            self._sync_folder()
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            raise _failed("write", path, error) from None

    def truncate(self, name: str, size: int) -> None:
        """Cut the file to `size` bytes and return once that is on the disk; raise JournalError."""
        self._close_file()
        try:
            with (self.folder / name).open("r+b") as file:
                file.truncate(size)
                os.fsync(file.fileno())
        except OSError as error:
            raise _failed("cut", self.folder / name, error) from None

    def remove(self, name: str) -> None:
        """Delete the file; nothing happens when there is none; raise JournalError."""
        try:
            (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise _failed("delete", self.folder / name, error) from None

    def close(self) -> None:
        """Let go of the open file and of the folder; repeated calls do nothing."""
        self._close_file()
        if self._lock is not None:
            self._lock.release()

    def _open(self, name: str) -> None:
        self._close_file()
        path = self.folder / name
        try:
            new = not path.exists()
            with self._open_close:
                self._handle = os.open(path, _APPEND, 0o600)
                self._size = os.fstat(self._handle).st_size
                self._name = name
            if new:
                self._sync_folder()
        except OSError as error:
            raise _failed("open", path, error) from None

    def _close_file(self) -> None:
        with self._open_close:
            if self._name:
                os.close(self._handle)
            self._name, self._handle = "", -1

    def _sync_folder(self) -> None:
        """Make sure that a new name is found again; Windows cannot, and does not need to."""
        if sys.platform == "win32":
            return
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _failed(what: str, path: Path, error: OSError) -> JournalError:
    reason = error.strerror or str(error)
    return JournalError(
        f"cannot {what} {path}: {reason}; trading stops: free space or mend the disk, then start again",
        code="journal.disk",
        file=str(path),
        reason=reason,
        errno=error.errno or 0,
    )
