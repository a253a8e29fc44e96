"""What one client is still to be sent: facts in order, none left out, and of the market the latest only.

While a client does not read as fast as it is written to, ticks wait here and a newer one takes the place of an older
one. Facts wait in the connection's buffer; a client that lets too many pile up, or reads nothing for too long, is cut.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from anyvenue.venues.paper.framing import framed
from anyvenue.venues.paper.wire import CaughtUp, ServerMessage, Told, encode

__all__ = ["Outbox"]

_STALLED_S = 30.0

Key = tuple[str, str]


class Outbox:
    """The outgoing side of a connection; `cut(why)` is called when the client is too slow."""

    def __init__(
        self,
        transport: asyncio.WriteTransport,
        loop: asyncio.AbstractEventLoop,
        cut: Callable[[str], None],
        limit: int,
    ) -> None:
        """Let up to `limit` bytes wait for the client."""
        self.conflated = 0
        self._transport = transport
        self._loop = loop
        self._cut = cut
        self._limit = limit
        self._buffer: list[bytes] = []
        self._scheduled = False
        self._paused = False
        self._ticks: dict[Key, bytes] = {}
        self._backlog: deque[Told] | None = None
        self._cursor = (0, 0)
        self._stalled: asyncio.TimerHandle | None = None

    def send(self, message: ServerMessage) -> None:
        """Send an answer."""
        self._put(framed(encode(message)))

    def fact(self, told: Told, frame: bytes) -> None:
        """Send a fact, `frame` being its bytes; after those that are still to be made up for."""
        self._cursor = (told.day, told.number)
        if self._backlog is None:
            self._put(frame)
        else:
            self._backlog.append(told)

    def catch_up(self, missed: Iterable[Told], cursor: tuple[int, int]) -> None:
        """Send what was missed up to `cursor`, as fast as the client reads, then `CaughtUp`."""
        self._backlog, self._cursor = deque(missed), cursor
        self._drain()

    def tick(self, key: Key, frame: bytes) -> None:
        """Send a market event, or keep only the latest of its key until the client has caught up."""
        if self._paused or self._backlog is not None:
            self.conflated += key in self._ticks
            self._ticks[key] = frame
        else:
            self._put(frame)

    def pause(self) -> None:
        """Take note that the client does not keep up."""
        self._paused = True
        self._stalled = self._loop.call_later(
            _STALLED_S, self._cut, f"nothing was read for {_STALLED_S:.0f} seconds"
        )

    def resume(self) -> None:
        """Take note that the client has caught up."""
        self._paused = False
        self._calm()
        self._drain()

    def flush(self) -> None:
        """Hand everything over to the connection now."""
        self._scheduled = False
        if not self._buffer or self._transport.is_closing():
            self._buffer.clear()
            return
        data, self._buffer = b"".join(self._buffer), []
        self._transport.write(data)
        waiting = self._transport.get_write_buffer_size()
        if waiting > self._limit:
            self._cut(f"{waiting} bytes are waiting for the client; it reads too slowly")

    def close(self) -> None:
        """Send nothing more."""
        self._calm()
        self._buffer.clear()
        self._ticks.clear()
        self._backlog = None

    def _calm(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _put(self, frame: bytes) -> None:
        self._buffer.append(frame)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.flush)

    def _drain(self) -> None:
        """Send what waits until the connection says that it is enough."""
        backlog = self._backlog
        while backlog and not self._paused:
            for _ in range(min(len(backlog), 256)):
                self._buffer.append(framed(encode(backlog.popleft())))
            self.flush()
        if backlog is not None and not backlog:
            self._backlog = None
            self.send(CaughtUp(*self._cursor))
        if self._backlog is None and not self._paused:
            ticks, self._ticks = self._ticks, {}
            for frame in ticks.values():
                self._put(frame)
