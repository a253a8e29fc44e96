"""The server: REST and streams on one port, over any broker."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web

from anyvenue.model.commands import AccountCommand
from anyvenue.model.protocols import Broker
from anyvenue.venues.backpack.server.account import Account
from anyvenue.venues.backpack.server.gate import Gate
from anyvenue.venues.backpack.server.house import House
from anyvenue.venues.backpack.server.public import Public
from anyvenue.venues.backpack.server.rest import Rest
from anyvenue.venues.backpack.server.stream_socket import StreamSocket
from anyvenue.venues.backpack.server.terms import BackpackTerms
from anyvenue.venues.serving.keys import Keys
from anyvenue.venues.serving.listening import Listening
from anyvenue.venues.serving.members import Times

if TYPE_CHECKING:
    import ssl

__all__ = ["BackpackServer"]


class BackpackServer:
    """Serves `broker` as Backpack; everything happens on the loop's thread.

    Paths are the venue's: ``/api/v1`` and ``/wapi/v1``; streams are at ``/``.
    """

    def __init__(
        self,
        broker: Broker,
        keys: Keys,
        terms: BackpackTerms | None = None,
        *,
        wall: Callable[[], int],
        shown: Callable[[int], int] | None = None,
        execute: Callable[[AccountCommand], None] | None = None,
    ) -> None:
        """Serve the accounts of `keys`; `wall` is the clients' clock (int ns), `shown` turns the broker's time into it.

        The name of a key is its public half. `execute` takes commands about leverage; without it those are refused.
        """
        self.keys = keys
        times = Times(wall, shown or (lambda ts: ts))
        self.house = House(broker, terms or BackpackTerms(), times, execute)
        self._gate = Gate(self.house.members, keys, self.house.terms, times.now_ms)
        self._listening = Listening()

    async def start(
        self, host: str = "127.0.0.1", port: int = 0, tls: "ssl.SSLContext | None" = None
    ) -> tuple[str, int]:
        """Listen and return the address; raise ConfigError for one that is taken."""
        at = await self._listening.start(self._application(), host, port, tls)
        self.house.streams.start(self.house.terms.flush_s)
        return at

    async def close(self) -> None:
        """Cut the clients and listen no more."""
        await self.house.streams.close()
        await self._listening.close()

    def _application(self) -> web.Application:
        endpoints = {**Public(self.house).endpoints(), **Account(self.house).endpoints()}
        rest = Rest(self.house, self._gate, endpoints)
        application = web.Application()
        application.router.add_get("/", self._streams)
        application.router.add_route("*", "/{path:.+}", rest.answer)
        return application

    async def _streams(self, request: web.Request) -> web.StreamResponse:
        socket = await self._listening.open(request)
        client = StreamSocket(self.house, self._gate, socket)
        await self._listening.talk(socket, client.serve())
        return socket
