"""One end of a connection in memory: an asyncio transport whose bytes arrive late, in pieces, or not at all."""

import asyncio
import errno
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from anyvenue.testing.simulation.processes import OWNER

if TYPE_CHECKING:
    from anyvenue.testing.simulation.network import Connection

__all__ = ["Socket"]

_HIGH_WATER = 1 << 16
_SILENT_S = 3.0


class Socket(asyncio.Transport):
    """One end of a connection: an asyncio transport."""

    peer: "Socket"

    def __init__(self, connection: "Connection", place: tuple[str, int]) -> None:
        """Wait for a protocol."""
        super().__init__()
        self.held_until = 0.0
        self._connection = connection
        self._loop = connection.network.loop
        self._place = place
        self._protocol: Any = None
        self._context = copy_context()
        self._out = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False
        self._ended = False
        self._broken = False
        self._error: OSError | None = None
        self._finished = False
        self._paused = False
        self._reading = True
        self._unread = bytearray()

    def serve(self, protocol: asyncio.BaseProtocol) -> asyncio.BaseProtocol:
        """Belong to a protocol and to the process that is running."""
        self._protocol = protocol
        self._context = copy_context()
        owner = OWNER.get()
        if owner is not None:
            owner.sockets[self] = None
        protocol.connection_made(self)
        return protocol

    # ---- asyncio.Transport

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send."""
        if self._closing or self._broken or not data:
            return
        self._out += data
        self._plan()
        if not self._paused and len(self._out) > _HIGH_WATER:
            self._paused = True
            self._protocol.pause_writing()

    def is_closing(self) -> bool:
        """Tell whether nothing can be sent any more."""
        return self._closing

    def close(self) -> None:
        """End after what was sent."""
        if not self._closing:
            self._closing = self._ended = True
            self._plan()
            self._loop.call_soon(self._lose, None, context=self._context)

    def abort(self) -> None:
        """End at once; what is on its way is lost."""
        if not self._finished:
            self._out.clear()
            self._error = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
            self._closing = self._ended = True
            self._plan()
            self._loop.call_soon(self._lose, None, context=self._context)

    def get_write_buffer_size(self) -> int:
        """Return how many bytes are on their way."""
        return len(self._out)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Do nothing: the limits are fixed."""

    def can_write_eof(self) -> bool:
        """Return False: half-closed connections are not simulated."""
        return False

    def pause_reading(self) -> None:
        """Keep what arrives."""
        self._reading = False

    def resume_reading(self) -> None:
        """Hand out what was kept, and what arrives."""
        self._reading = True
        data, self._unread = bytes(self._unread), bytearray()
        if data:
            self._loop.call_soon(self._receive, data, context=self._context)

    def is_reading(self) -> bool:
        """Tell whether what arrives is handed out."""
        return self._reading

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return who is served."""
        return self._protocol  # type: ignore[no-any-return]

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Serve somebody else."""
        self._protocol = protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return ``peername`` and ``sockname``."""
        return {"peername": self.peer._place, "sockname": self._place}.get(name, default)

    # ---- faults

    def reset(self, kept: float) -> None:
        """Break: a share `kept` of what is on its way arrives, then the other side is told.

        What is written after that is lost: this side does not know yet.
        """
        del self._out[int(len(self._out) * kept) :]
        self._error = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
        self._broken = self._ended = True
        self._plan()

    def release(self) -> None:
        """Let go what was held."""
        self.held_until = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._plan()

    def die(self, *, silently: bool) -> None:
        """End with the process that has it, which is told nothing."""
        self._finished = True
        self._protocol = None
        if silently:
            del self._out[self._connection.network.piece(len(self._out)) :]
            self._error = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
            self.held_until = max(self.held_until, self._loop.time() + _SILENT_S)
        self._closing = self._ended = True
        self._plan()

    # ---- inside

    def _plan(self) -> None:
        if self._timer is None:
            at = max(self._loop.time() + self._connection.network.delay(), self.held_until)
            self._timer = self._loop.call_at(at, self._deliver, context=self.peer._context)

    def _deliver(self) -> None:
        self._timer = None
        if self._loop.time() < self.held_until:
            self._plan()
            return
        if self._out:
            size = self._connection.network.piece(len(self._out))
            data = bytes(self._out[:size])
            del self._out[:size]
            self.peer._receive(data)
        if self._out:
            self._plan()
        elif self._ended:
            # As in asyncio's own loop not in one turn with data: who reads must get to see that first.
            self._loop.call_soon(self.peer._hear_end, self._error, context=self.peer._context)
        if self._paused and len(self._out) < _HIGH_WATER // 4:
            self._paused = False
            if self._protocol is not None:
                self._loop.call_soon(self._protocol.resume_writing, context=self._context)

    def _receive(self, data: bytes) -> None:
        if self._finished:
            return
        if self._reading:
            self._protocol.data_received(data)
        else:
            self._unread += data

    def _hear_end(self, error: OSError | None) -> None:
        """The other side has ended."""
        if self._finished:
            return
        if error is None and not self._closing:
            self._protocol.eof_received()
        self._closing = True
        if not self._ended:
            self._ended = True
            self._out.clear()
        self._lose(error)

    def _lose(self, error: OSError | None) -> None:
        if self._finished:
            return
        self._finished = True
        owner = OWNER.get()
        if owner is not None:
            owner.sockets.pop(self, None)
        self._connection.forget()
        self._protocol.connection_lost(error)
