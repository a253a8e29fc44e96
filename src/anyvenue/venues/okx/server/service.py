"""The server: REST and the three WebSocket addresses on one port, over any broker."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from anyvenue.model.protocols import Broker
from anyvenue.venues.okx.server.account import Accounts
from anyvenue.venues.okx.server.algo import Algos
from anyvenue.venues.okx.server.attached import Attached
from anyvenue.venues.okx.server.commands import Execute
from anyvenue.venues.okx.server.gate import Gate
from anyvenue.venues.okx.server.house import House
from anyvenue.venues.okx.server.public import Public
from anyvenue.venues.okx.server.rest import Rest
from anyvenue.venues.okx.server.sockets import Path, Socket
from anyvenue.venues.okx.server.terms import OkxTerms
from anyvenue.venues.okx.server.topics import make_topics
from anyvenue.venues.okx.server.trading import Trading
from anyvenue.venues.okx.server.users import Users
from anyvenue.venues.serving.keys import Keys
from anyvenue.venues.serving.listening import Listening
from anyvenue.venues.serving.members import Times
from anyvenue.venues.serving.modes import Modes
from anyvenue.venues.serving.streams import Streams

if TYPE_CHECKING:
    import ssl

__all__ = ["OkxServer"]

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class OkxServer:
    """Serves `broker` as OKX; everything happens on the loop's thread.

    Paths are the venue's: ``/api/v5/...`` and ``/ws/v5/public``, ``/ws/v5/private``, ``/ws/v5/business``.
    """

    def __init__(
        self,
        broker: Broker,
        keys: Keys,
        terms: OkxTerms | None = None,
        *,
        wall: Callable[[], int],
        shown: Callable[[int], int] | None = None,
        execute: Execute | None = None,
        modes: Modes | None = None,
    ) -> None:
        """Serve the accounts of `keys`; `wall` is the clients' clock (int ns), `shown` turns the broker's time into it.

        `execute` takes commands about leverage and margin, `modes` those about long_short_mode; without them such are
        refused.
        """
        self.terms = terms or OkxTerms()
        self.keys = keys
        times = Times(wall, shown or (lambda ts: ts))
        house = self.house = House(broker, self.terms, times, execute, modes)
        self._gate = Gate(keys, house.members, times, self.terms)
        self._users = Users(house)
        self._algos = Algos(house, self._users.algo_changed)
        self._trading = Trading(house, Attached(house, self._algos))
        self._streams = Streams(lambda name, send: make_topics(house, name, send), times.now_ms)
        self._listening = Listening()
        self._clients: set[Socket] = set()

    # ---- its life

    async def start(
        self, host: str = "127.0.0.1", port: int = 0, tls: "ssl.SSLContext | None" = None
    ) -> tuple[str, int]:
        """Listen and return the address; raise ConfigError for one that is taken."""
        at = await self._listening.start(self._application(), host, port, tls)
        self._streams.start(self.terms.flush_s)
        return at

    async def close(self) -> None:
        """Cut the clients and listen no more."""
        await self._streams.close()
        await self._algos.close()
        await self._trading.close()
        await self._listening.close()

    def announce_upgrade(self) -> None:
        """Tell all clients that their connections will be closed soon, as the venue does before an upgrade."""
        for each in list(self._clients):
            each.announce_upgrade()

    # ---- what is answered

    def _application(self) -> web.Application:
        house = self.house
        endpoints = {
            **Public(house).endpoints(),
            **Accounts(house).endpoints(),
            **self._trading.endpoints(),
            **self._algos.endpoints(),
        }
        rest = Rest(house, self._gate, endpoints)
        application = web.Application()
        application.router.add_route("*", "/api/v5/{path:.+}", rest.answer)
        for path in Path:
            application.router.add_get(f"/ws/v5/{path.value}", self._sockets(path))
        return application

    def _sockets(self, path: Path) -> _Handler:
        operations = self._trading.operations()

        async def serve(request: web.Request) -> web.StreamResponse:
            socket = await self._listening.open(request)
            client = Socket(
                *(self.house, self._gate, self._streams, self._users),
                *(operations, socket, path),
            )
            self._clients.add(client)
            try:
                await self._listening.talk(socket, client.serve())
            finally:
                self._clients.discard(client)
            return socket

        return serve
