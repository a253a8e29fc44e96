"""The way out of a child: what its driver posts and answers, written in slices while the node reads."""

import asyncio
from typing import cast, get_args

import msgspec

from anyvenue.model.events import Event
from anyvenue.runtime.conflation import ConflatingQueue
from anyvenue.runtime.journal.codec import encode_value, kind_of
from anyvenue.runtime.processes.messages import Failed, FromChild, Told, framed

__all__ = ["Outbox"]

_SLICE = 256
_FROM_CHILD = get_args(FromChild)


class Outbox:
    """What goes to the node: events and answers in their order; quotes and depth conflate while the node is slow."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int = 2_000) -> None:
        """Begin with nothing to write to; messages wait until there is."""
        self.transport: asyncio.WriteTransport | None = None
        self._loop = loop
        self._queue: ConflatingQueue[Event | FromChild] = ConflatingQueue(limit)
        self._armed = False
        self._paused = False

    def __len__(self) -> int:
        return len(self._queue)

    def post(self, item: Event | FromChild) -> None:
        """Queue an event or a message; safe from any thread, never waits."""
        self._queue.append(item)
        if not self._armed:
            self._armed = True
            self._loop.call_soon_threadsafe(self.write)

    def pause(self) -> None:
        """Write no more: the node does not read."""
        self._paused = True

    def go_on(self) -> None:
        """Write again."""
        self._paused = False
        self.write()

    def write(self) -> None:
        """Write the next slice."""
        self._armed = False
        if self._paused or self.transport is None:
            return
        batch = self._queue.take(_SLICE)
        if batch:
            self.transport.write(b"".join([_framed(each) for each in batch]))
        if len(self._queue) and not self._armed and not self._paused:
            self._armed = True
            self._loop.call_soon(self.write)


def _framed(item: Event | FromChild) -> bytes:
    if isinstance(item, _FROM_CHILD):
        return framed(cast(FromChild, item))
    try:
        body = msgspec.Raw(encode_value(item))
        return framed(Told(kind_of(cast(msgspec.Struct, item)), body))
    except Exception as error:
        return framed(Failed(0, type(error).__name__, f"{error}", "venue.event"))
