"""A network in memory: connections that carry bytes late, in pieces, not at all, or to nobody.

As with TCP nothing within a connection is lost or changes places: what arrives is a beginning of what was sent, and the
rest is lost with the connection.
"""

import asyncio
import errno
from collections.abc import Callable
from contextvars import copy_context
from random import Random
from typing import TYPE_CHECKING

from anyvenue.testing.simulation.processes import OWNER
from anyvenue.testing.simulation.sockets import Socket

if TYPE_CHECKING:
    from anyvenue.testing.simulation.loop import SteeredLoop

__all__ = ["Connection", "Network"]

Factory = Callable[[], asyncio.BaseProtocol]

_FOREVER = float("inf")


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
