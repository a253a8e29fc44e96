"""What a live node does for its tape, and nothing besides."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from anyvenue.engine.live.tape_entries import Heard, Refused, TimeSeen
from anyvenue.model.commands import Command
from anyvenue.model.events import Event
from anyvenue.runtime.journal import Journal, StoredSnapshot

if TYPE_CHECKING:
    from anyvenue.engine.live.node import LiveNode

__all__ = ["Beginning", "heard", "saw_time", "taped"]

_encode = msgspec.msgpack.Encoder().encode


class Beginning:
    """What a node was recovered from: at `now`, from `snapshot` and what the journal had after it up to `seq`."""

    def __init__(self, now: int, restore: Callable[[StoredSnapshot], bool]) -> None:
        """Have snapshots taken by `restore`, which tells whether it could."""
        self.now = now
        self.seq = 0
        self.sound = True
        self.snapshot: StoredSnapshot | None = None
        self._restore = restore

    def restore(self, snapshot: StoredSnapshot) -> bool:
        """Take a snapshot and remember which it was."""
        taken = self._restore(snapshot)
        if taken:
            self.snapshot = snapshot
        return taken

    def opened(self, journal: Journal) -> None:
        """Remember where the journal was opened."""
        self.seq, self.sound = journal.seq, not journal.failed_before


def heard(event: Event, now: int) -> Heard:
    """Return the entry for an event that is not market data."""
    return Heard(now, type(event).__name__, msgspec.Raw(_encode(event)))


def taped(node: "LiveNode", send: Callable[[Command], None]) -> Callable[[Command], None]:
    """Return what sends commands and has it on the tape when one is refused."""

    def sent(command: Command) -> None:
        kernel = node.node.kernel
        before = kernel.now
        try:
            send(command)
        except Exception as error:
            saw_time(node, before, _order_id(command))
            if node.tape is not None:
                node.tape.put(_refused(command, error))
            raise
        if kernel.now != before:
            saw_time(node, before, _order_id(command))

    return sent


def saw_time(node: "LiveNode", before: int, order_id: int = -1) -> None:
    """Have it on the tape when time has gone on since `before` without an event."""
    now = node.node.kernel.now
    if now != before and node.tape is not None:
        node.tape.put(TimeSeen(order_id, now))


def _order_id(command: Command) -> int:
    return int(getattr(command, "order_id", 0))


def _refused(command: Command, error: Exception) -> Refused:
    text = str(getattr(error, "text", error))
    code = str(getattr(error, "code", ""))
    name, kind = type(command).__name__, type(error).__name__
    return Refused(name, _order_id(command), kind, code, text)
