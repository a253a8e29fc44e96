"""The files of a journal in memory, which a test can tear, fill and crash."""

from anyvenue.model.errors import JournalError

__all__ = ["MemoryFiles"]


class MemoryFiles:
    """A `FileStore` that knows what would survive: all of it a killed process, what was synced a lost power.

    `room` is how many more bytes fit, None without bound; a write that does not fit leaves what does.
    """

    def __init__(self, files: dict[str, bytes] | None = None, room: int | None = None) -> None:
        """Begin with `files`, all of them synced."""
        self.data = {name: bytearray(data) for name, data in (files or {}).items()}
        self.synced = {name: len(data) for name, data in self.data.items()}
        self.room = room

    def append(self, name: str, data: bytes) -> None:
        """Append `data`; raise JournalError when there is not room for all of it."""
        file = self.data.setdefault(name, bytearray())
        taken = self._take(len(data))
        file += data[:taken]
        if taken < len(data):
            raise _full(name)

    def sync(self, name: str) -> None:
        """Remember that everything appended would survive."""
        self.synced[name] = len(self.data.get(name, b""))

    def read(self, name: str) -> bytes:
        """Return the whole file, b"" when there is none."""
        return bytes(self.data.get(name, b""))

    def names(self) -> list[str]:
        """Return the names of all files, sorted."""
        return sorted(self.data)

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file; raise JournalError, having written nothing, when there is no room for it."""
        if self.room is not None and len(data) > self.room:
            raise _full(name)
        self._take(len(data))
        self.data[name] = bytearray(data)
        self.synced[name] = len(data)

    def truncate(self, name: str, size: int) -> None:
        """Cut the file to `size` bytes."""
        del self.data[name][size:]
        self.synced[name] = size

    def remove(self, name: str) -> None:
        """Delete the file; nothing happens when there is none."""
        self.data.pop(name, None)
        self.synced.pop(name, None)

    def close(self) -> None:
        """Do nothing: the files stay."""

    def after_crash(self, kept: float = 0.0) -> "MemoryFiles":
        """Return what is there after the power was lost: what was synced, and the fraction `kept` of what was not."""
        survived = {}
        for name, data in self.data.items():
            synced = self.synced.get(name, 0)
            survived[name] = bytes(data[: synced + int((len(data) - synced) * kept)])
        return MemoryFiles(survived)

    def _take(self, size: int) -> int:
        if self.room is None:
            return size
        taken = min(size, self.room)
        self.room -= taken
        return taken


def _full(name: str) -> JournalError:
    return JournalError(
        f"cannot write {name}: No space left on device; trading stops: free space, then start again",
        code="journal.disk",
        file=name,
        reason="No space left on device",
    )
