"""The native door's server: programs with one of our generated libraries on one side, a counter on the other.

CTP programs log in with broker, user and password and know no other secret, so whoever reaches the port may try a
password. The server therefore listens on the loopback address unless it is told otherwise in so many words.
"""

import asyncio
from collections.abc import Callable

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.addresses import address_taken, is_loopback
from anyvenue.venues.ctp.counter.seam import CounterDoors, Reason
from anyvenue.venues.ctp.description import DESCRIBED, Layout, describe
from anyvenue.venues.ctp.dialects import words_of
from anyvenue.venues.ctp.dialects.serving import DialectFace
from anyvenue.venues.ctp.door.framing import FrameError
from anyvenue.venues.ctp.door.greeting import Hello, Side, fingerprint, side_of
from anyvenue.venues.ctp.door.packing import Packer
from anyvenue.venues.ctp.door.session import Connection

__all__ = ["DoorTerms", "Face", "NativeDoor"]

_CONFIRM = "ReqSettlementInfoConfirm"


class DoorTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How a door deals with its clients.

    `longest_wait` counts the bytes that may wait for one client. Clients pace their queries by the two numbers, as
    CTP's do; 0 means not at all. `side` None lets traders and quotes through one address.
    `dialects` are those that are let in.
    """

    name: str = "anyvenue"
    side: Side | None = None
    dialects: tuple[str, ...] = tuple(DESCRIBED)
    allow_remote: bool = False
    longest_wait: int = 16 << 20
    most_clients: int = 1_000
    patience_s: float = 10.0
    stalled_s: float = 30.0
    heartbeat_s: float = 10.0
    queries_per_second: int = 1
    queries_in_flight: int = 1


class Face(msgspec.Struct, frozen=True):
    """What all clients of one API at one version share: methods by vtable index, and the packer of answers.

    `confirms` says that its users confirm statements; those of MINI cannot. `dialect` is there where its words are not
    CTP's.
    """

    requests: tuple[tuple[str, Layout | None], ...]
    packer: Packer
    fingerprint: int
    confirms: bool
    dialect: DialectFace | None = None


class NativeDoor:
    """Serves a counter to the clients that connect; everything happens on the loop's thread."""

    def __init__(
        self,
        counter: CounterDoors,
        terms: DoorTerms | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        """Serve under `terms`; `note` is given a line about anything an operator should know."""
        self.counter = counter
        self.terms = terms or DoorTerms()
        self.note: Callable[[str], None] = note or _nobody
        self.connections: dict[Connection, None] = {}
        self._faces: dict[tuple[str, str, Side], Face] = {}
        self._servers: list[asyncio.Server] = []
        self._beat: asyncio.TimerHandle | None = None

    @property
    def trading_day(self) -> int:
        """The counter's open trading day."""
        return self.counter.trading_day

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> tuple[str, int]:
        """Listen and return the address; raise ConfigError for one that is public or taken.

        It may be called again for another address.
        """
        if not self.terms.allow_remote and not is_loopback(host):
            raise ConfigError(
                f"{host} can be reached from other machines, and a CTP program has no secret but its user's password: "
                "allow it explicitly, or let it listen on 127.0.0.1",
                code="config.open_door",
                host=host,
            )
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(lambda: Connection(self), host, port)
        except OSError as error:
            raise address_taken(host, port, error) from None
        self._servers.append(server)
        found = server.sockets[0].getsockname()
        return str(found[0]), int(found[1])

    async def close(self) -> None:
        """Cut the clients and listen no more."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None
        for server in self._servers:
            server.close()
        for connection in list(self.connections):
            connection.cut(Reason.READ)
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    # ---- for connections

    def joined(self, connection: Connection) -> bool:
        """Take note of a connection; False when there are too many, and it has been cut."""
        if self._beat is None:
            loop = asyncio.get_running_loop()
            self._beat = loop.call_later(self.terms.heartbeat_s, self._heartbeat)
        self.connections[connection] = None
        if len(self.connections) > self.terms.most_clients:
            self.note(
                f"{connection.place} was cut: {self.terms.most_clients} clients are connected"
            )
            connection.cut(Reason.READ)
            return False
        return True

    def left(self, connection: Connection) -> None:
        """Forget a connection."""
        self.connections.pop(connection, None)

    def face(self, hello: Hello) -> Face:
        """Return what a client needs; raise FrameError when its API is not described or not served here."""
        if self.terms.side is not None and hello.side is not self.terms.side:
            raise FrameError(f"this address serves the {self.terms.side.name} API only")
        if hello.dialect in DESCRIBED and hello.dialect not in self.terms.dialects:
            raise FrameError(
                f"this counter speaks {', '.join(self.terms.dialects)}, not {hello.dialect}"
            )
        key = (hello.dialect, hello.version, hello.side)
        face = self._faces.get(key)
        if face is None:
            face = self._faces[key] = _face(*key)
        if hello.fingerprint != face.fingerprint:
            raise FrameError(
                f"the library of {hello.dialect} {hello.version} was built from another description; build it again"
            )
        return face

    def _heartbeat(self) -> None:
        self._beat = asyncio.get_running_loop().call_later(self.terms.heartbeat_s, self._heartbeat)
        for connection in list(self.connections):
            if connection.hello is not None:
                connection.beat()


def _face(dialect: str, version: str, side: Side) -> Face:
    try:
        description = describe(dialect, version)
    except ConfigError as error:
        raise FrameError(error.text) from None
    requests = tuple(
        (method.name, description.layout(method.struct) if method.struct else None)
        for method in side_of(description, side).api
    )
    confirms = side is Side.MD or _CONFIRM in {name for name, _ in requests}
    words = words_of(dialect)
    spoken = DialectFace(words, description, side_of(description, side)) if words else None
    packer = Packer(description, side, spoken.told if spoken else None)
    return Face(requests, packer, fingerprint(description, side), confirms, spoken)


def _nobody(_line: str) -> None:
    """Tell nobody."""
