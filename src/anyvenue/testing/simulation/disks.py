"""Clocks and disks of simulated machines: both outlive the processes on them, and neither can be trusted."""

import asyncio

from anyvenue.runtime.journal import MemoryFiles

__all__ = ["Disk", "MachineClock"]

_SYNC_S = 0.02


class MachineClock:
    """A clock that follows the loop's time from `start` (int ns UTC), and can be set wrong."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: int) -> None:
        """Begin with the right time."""
        self._loop = loop
        self._start = start
        self.offset = 0

    def now(self) -> int:
        """Return what the clock shows (int ns UTC)."""
        return self._start + self.offset + int(self._loop.time() * 1e9)


class Disk(MemoryFiles):
    """Files in memory; what is appended is safe from a loss of power some 20 ms later, as with the journal's thread.

    Set `room` to have a later write torn and refused.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin empty."""
        super().__init__()
        self._loop = loop
        self._unsynced: dict[str, None] = {}
        self._serving = True

    def append(self, name: str, data: bytes) -> None:
        """Append `data`; raise JournalError when there is not room for all of it."""
        if not self._unsynced and self._serving:
            self._loop.call_later(_SYNC_S, self._sync_all)
        self._unsynced[name] = None
        super().append(name, data)

    def after(self, kept: float | None = None) -> "Disk":
        """Return what the next process finds; this one writes into the void from now on.

        All of it after the process was killed. After a loss of power what was synced, and a share `kept` of the rest.
        """
        self._serving = False
        found = Disk(self._loop)
        source = self if kept is None else self.after_crash(kept)
        found.data = {name: bytearray(data) for name, data in source.data.items()}
        found.synced = {name: len(data) for name, data in found.data.items()}
        return found

    def _sync_all(self) -> None:
        names, self._unsynced = self._unsynced, {}
        for name in names:
            self.sync(name)
