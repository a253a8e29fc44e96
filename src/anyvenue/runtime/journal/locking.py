"""One journal, one node: a lock on the folder that dies with the process that holds it."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from anyvenue.model.errors import JournalError

__all__ = ["LOCK_NAME", "FolderLock"]

LOCK_NAME = "lock"
# Windows locks bytes, and nobody can read those: one far behind the text is taken.
_FAR = 1 << 30


class FolderLock:
    """Holds a folder until `release` or until the process ends, however it ends.

    A process that was forked from this one holds it as well: children must be spawned.
    """

    def __init__(self, folder: Path, node: str = "") -> None:
        """Take the lock; raise JournalError that names the process which has it."""
        self._path = folder / LOCK_NAME
        try:
            self._file: IO[bytes] | None = self._path.open("a+b")
        except OSError as error:
            raise JournalError(
                f"cannot open {self._path}: {error.strerror}; the node needs a folder it may write to",
                code="journal.disk",
                file=str(self._path),
                reason=error.strerror or "",
            ) from None
        try:
            _take(self._file)
        except OSError:
            self._file.close()
            self._file = None
            raise self._taken(folder) from None
        self._sign(node)

    def release(self) -> None:
        """Give the folder back; repeated calls do nothing."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.truncate(0)
            file.close()

    def _sign(self, node: str) -> None:
        assert self._file is not None
        # The text is for people; a full disk must not keep a node from starting just to cancel.
        with suppress(OSError):
            self._file.truncate(0)
            self._file.write(f"process {os.getpid()}, node {node or '-'}\n".encode())
            self._file.flush()

    def _taken(self, folder: Path) -> JournalError:
        try:
            owner = self._path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            owner = ""
        return JournalError(
            f"the journal {folder} is in use by {owner or 'another process'}; stop that node first, or give this "
            "one a journal of its own",
            code="journal.locked",
            folder=str(folder),
            owner=owner or "?",
        )


def _take(file: IO[bytes]) -> None:
    """Lock without waiting; raise OSError when another has it.

    flock and not lockf: it also holds between two nodes of one process.
    """
    if sys.platform == "win32":
        import msvcrt

        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
