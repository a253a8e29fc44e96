"""A network in memory: connections that carry bytes late, in pieces, not at all, or to nobody.

As with TCP nothing within a connection is lost or changes places: what arrives is a beginning of what was sent, and the
rest is lost with the connection.
"""

import asyncio
import errno
from collections.abc import Callable
from contextvars import copy_context
from random import Random
from typing import TYPE_CHECKING, Any

from anyvenue.testing.simulation.processes import OWNER

if TYPE_CHECKING:
    from anyvenue.testing.simulation.loop import SteeredLoop

__all__ = ["Connection", "Network", "Socket"]

Factory = Callable[[], asyncio.BaseProtocol]

_HIGH_WATER = 1 << 16
_FOREVER = float("inf")
_SILENT_S = 3.0


class Network:
    """All connections there are. `latency_s` is the least and the most that a delivery takes."""

    def __init__(
        self,
        loop: "SteeredLoop",
        draw: Random,
        latency_s: tuple[float, float] = (0.0001, 0.002),
        split: float = 0.1,
    ) -> None:
        """Connect who runs on `loop`; a share `split` of the deliveries comes in two pieces."""
        self.loop = loop
        self.connections: list[Connection] = []
        self.extra_s = 0.0
        self._draw = draw
        self._latency = latency_s
        self._split = split
        self._listeners: dict[int, _Server] = {}
        self._refusing_until = 0.0
        self._hole_until = 0.0
        self._next_port = 40_000

    # ---- faults

    def refuse(self, seconds: float) -> None:
        """Refuse new connections for a while."""
        self._refusing_until = self.loop.time() + seconds

    def swallow(self, seconds: float) -> None:
        """Let attempts to connect disappear for a while: nobody answers."""
        self._hole_until = self.loop.time() + seconds

    def heal(self) -> None:
        """Let everything arrive again, soon."""
        self.extra_s = self._refusing_until = self._hole_until = 0.0
        for connection in self.connections:
            connection.release()

    def open_connections(self, name: str = "") -> list["Connection"]:
        """Return the connections that are open, oldest first, of clients of this name (all without one)."""
        return [each for each in self.connections if name in ("", each.client)]

    # ---- what the loop calls

    async def connect(
        self, factory: Factory, host: str, port: int
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Connect; raise ConnectionRefusedError where nobody listens."""
        if self.loop.time() < self._hole_until:
            await asyncio.sleep(_FOREVER if self._hole_until == _FOREVER else 3600)
        await asyncio.sleep(self.delay())
        server = self._listeners.get(port)
        if server is None or self.loop.time() < self._refusing_until:
            raise ConnectionRefusedError(
                errno.ECONNREFUSED, f"Connect call failed ({host!r}, {port})"
            )
        connection = Connection(self, port)
        self.connections.append(connection)
        server.accept(connection)
        return connection.near, connection.near.serve(factory())

    def listen(self, factory: Factory, host: str, port: int) -> "_Server":
        """Listen; raise OSError for a port that is taken."""
        if not port:
            self._next_port += 1
            port = self._next_port
        if port in self._listeners:
            raise OSError(errno.EADDRINUSE, "address already in use")
        server = self._listeners[port] = _Server(self, factory, host, port)
        owner = OWNER.get()
        if owner is not None:
            owner.sockets[server] = None
        return server

    def unlisten(self, port: int) -> None:
        """Listen no more."""
        self._listeners.pop(port, None)

    # ---- what connections ask

    def delay(self) -> float:
        """Return how long the next delivery takes."""
        least, most = self._latency
        return least + (most - least) * self._draw.random() + self.extra_s

    def piece(self, size: int) -> int:
        """Return how many of so many bytes arrive together."""
        if size > 1 and self._draw.random() < self._split:
            return 1 + int(self._draw.random() * (size - 1))
        return size


class Connection:
    """Two sockets: `near` is the one that connected, `far` the one that was listening."""

    def __init__(self, network: Network, port: int) -> None:
        """Join two new sockets."""
        self.network = network
        owner = OWNER.get()
        self.client = owner.name if owner is not None else ""
        self.near = Socket(self, ("127.0.0.1", 50_000 + len(network.connections)))
        self.far = Socket(self, ("127.0.0.1", port))
        self.near.peer, self.far.peer = self.far, self.near

    def cut(self, kept: float = 0.0) -> None:
        """Break it for both sides; of what is on its way a share `kept` arrives before."""
        for each in (self.near, self.far):
            each.reset(kept)

    def stall(self, seconds: float, *, out: bool = True, back: bool = True) -> None:
        """Let nothing through for a while; neither side is told."""
        until = self.network.loop.time() + seconds
        if out:
            self.near.held_until = until
        if back:
            self.far.held_until = until

    def release(self) -> None:
        """Let everything through again."""
        for each in (self.near, self.far):
            each.release()

    def forget(self) -> None:
        """Take it off the list once both sides have ended."""
        if self in self.network.connections:
            self.network.connections.remove(self)


class Socket(asyncio.Transport):
    """One end of a connection: an asyncio transport."""

    peer: "Socket"

    def __init__(self, connection: Connection, place: tuple[str, int]) -> None:
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


class _Server:
    """What `create_server` returns."""

    def __init__(self, network: Network, factory: Factory, host: str, port: int) -> None:
        self._network = network
        self._factory = factory
        self._place = (host or "127.0.0.1", port)
        self._context = copy_context()

    @property
    def sockets(self) -> tuple["_Server", ...]:
        """The one socket that listens."""
        return (self,)

    def getsockname(self) -> tuple[str, int]:
        """Return the address."""
        return self._place

    def accept(self, connection: Connection) -> None:
        """Serve the far side of a connection."""
        self._context.copy().run(lambda: connection.far.serve(self._factory()))

    def close(self) -> None:
        """Listen no more."""
        self._network.unlisten(self._place[1])

    async def wait_closed(self) -> None:
        """Return at once."""

    def is_serving(self) -> bool:
        """Tell whether it listens."""
        return self._network._listeners.get(self._place[1]) is self

    async def start_serving(self) -> None:
        """Do nothing: it does from the start."""

    async def serve_forever(self) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()

    async def __aenter__(self) -> "_Server":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def die(self, *, silently: bool) -> None:
        """End with the process that has it."""
        self.close()
