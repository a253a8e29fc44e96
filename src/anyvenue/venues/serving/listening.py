"""One port on which a wire is spoken, and the sockets that are open on it."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from aiohttp import web

from anyvenue.venues.addresses import address_taken

if TYPE_CHECKING:
    import ssl

__all__ = ["Listening"]

_PING_S = 20.0
_LARGEST = 1 << 18


class Listening:
    """Serves an application of HTTP requests and WebSockets until it is closed."""

    def __init__(self, *, ping_s: float = _PING_S) -> None:
        """Listen nowhere yet; open sockets are pinged every so many seconds."""
        self._ping_s = ping_s
        self._runner: web.AppRunner | None = None
        self._sockets: set[web.WebSocketResponse] = set()

    async def start(
        self,
        application: web.Application,
        host: str,
        port: int,
        tls: "ssl.SSLContext | None" = None,
    ) -> tuple[str, int]:
        """Listen and return the address; raise ConfigError for one that is taken."""
        runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=1.0
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, ssl_context=tls).start()
        except OSError as error:
            await runner.cleanup()
            raise address_taken(host, port, error) from None
        self._runner = runner
        found = runner.addresses[0]
        return str(found[0]), int(found[1])

    async def close(self) -> None:
        """Cut the clients and listen no more."""
        for socket in list(self._sockets):
            await socket.close(code=1001, message=b"the exchange stops")
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def open(self, request: web.Request) -> web.WebSocketResponse:
        """Make a socket of a request."""
        socket = web.WebSocketResponse(autoping=True, heartbeat=self._ping_s, max_msg_size=_LARGEST)
        await socket.prepare(request)
        return socket

    async def talk(self, socket: web.WebSocketResponse, serving: Awaitable[None]) -> None:
        """Wait until a client has been served; `close` ends that, too."""
        self._sockets.add(socket)
        try:
            await serving
        finally:
            self._sockets.discard(socket)
