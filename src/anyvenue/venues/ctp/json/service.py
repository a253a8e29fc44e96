"""The JSON door's service: WebSockets at ``/td/``, ``/md/`` and ``/``, over a counter.

Frames are written by us, straight to the transport: a quote's frame is the same bytes for all its readers. aiohttp has
the handshake, the frames that come in, the pings and the closing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from aiohttp import WSMsgType, web

from anyvenue.model.errors import ConfigError
from anyvenue.venues.addresses import address_taken, is_loopback
from anyvenue.venues.ctp.counter.seam import CounterDoors
from anyvenue.venues.ctp.json.accounts import Accounts
from anyvenue.venues.ctp.json.audit import Audit
from anyvenue.venues.ctp.json.client_session import ClientSession, Extension
from anyvenue.venues.ctp.json.envelope import Plain
from anyvenue.venues.ctp.json.frames import coding_of
from anyvenue.venues.ctp.json.heartbeat import Heartbeat
from anyvenue.venues.ctp.json.limits import Attempts, Limits
from anyvenue.venues.ctp.json.market_share import MarketShare
from anyvenue.venues.ctp.json.outbox import Outbox, Outboxes
from anyvenue.venues.ctp.json.requests import Requests
from anyvenue.venues.ctp.json.terms import UpstreamTerms, Watcher
from anyvenue.venues.ctp.json.tokens import Token, Tokens, given_token

if TYPE_CHECKING:
    import ssl

__all__ = ["JsonDoor", "JsonTerms", "Pages"]

Pages = Callable[[str], tuple[str, bytes] | None]
"""Gives the content type and the bytes of a page by its path, None for no page."""

_SLOW = (-408, "读取过慢，连接断开")
_LONGEST_BATCH_S = 1.0
_GUARDED = frozenset({"/metrics"})
_TRY_LATER, _GOING_AWAY = 1013, 1001
_FAREWELL_S = 0.5


class JsonTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How the service deals with its clients.

    `legacy` gives every client the names of 2023 (``OnRtnOrder``) and lets RequestID be left out. `heartbeat_s` 0
    sends no Ping; a client that has answered one and then answers none for `heartbeat_timeout_s` is cut.
    `deflate` 0 offers no compression, 1 to 9 is its level. `websocket_ping_s` finds dead connections.
    """

    upstream: UpstreamTerms = UpstreamTerms()
    limits: Limits = Limits()
    legacy: bool = False
    heartbeat_s: float = 30.0
    heartbeat_timeout_s: float = 60.0
    websocket_ping_s: float = 30.0
    deflate: int = 0


class JsonDoor:
    """Serves a counter to WebSocket clients; everything happens on the loop's thread."""

    def __init__(
        self,
        doors: CounterDoors,
        terms: JsonTerms | None = None,
        tokens: Tokens | None = None,
        *,
        now: Callable[[], int],
        audit: Audit | None = None,
        note: Callable[[str], None] | None = None,
        extensions: Mapping[str, Extension] | None = None,
    ) -> None:
        """Serve `doors`; `now` is the wall clock, int ns. `extensions` answer messages of other names than CTP's."""
        self.terms = terms or JsonTerms()
        self.limits = self.terms.limits
        self.tokens = tokens or Tokens()
        self.now = now
        self.audit = audit
        self.note: Callable[[str], None] = note or _nobody
        self.extensions: dict[str, Extension] = dict(extensions or {})
        self.watchers: list[Watcher] = []
        self.pages: Pages | None = None
        self.requests = Requests()
        self.clients: dict[ClientSession, web.WebSocketResponse] = {}
        self.loop = asyncio.get_running_loop()
        epoch = now() // 1_000_000_000
        self.accounts = Accounts(doors, self.terms.upstream, self.loop, epoch, self.watchers)
        self.market = MarketShare(doors, self.terms.upstream, self.loop, self.watchers)
        self.outboxes = Outboxes(self.loop, self.limits.longest_wait, self.limits.stalled_s)
        self._attempts = Attempts(self.limits, self.loop.time)
        self._per_address: dict[str, int] = {}
        self._runners: list[web.AppRunner] = []
        self._heartbeat = Heartbeat(self)

    # ---- open and closed

    async def start(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        td: bool = True,
        md: bool = True,
        tls: "ssl.SSLContext | None" = None,
    ) -> tuple[str, int]:
        """Listen and return the address; raise ConfigError for one that is taken, or public without a token.

        It may be called again for another address.
        """
        if not self.tokens and not is_loopback(host):
            raise ConfigError(
                f"{host} can be reached from other machines: set a token (Token in the YAML file, "
                "WEBCTP_TOKEN, or --tokens FILE), or listen on 127.0.0.1",
                code="config.webctp_open",
                host=host,
            )
        # The lead-in of a request is small, and so is its body: there is none.
        runner = web.AppRunner(
            self._application(td, md), access_log=None, handle_signals=False, shutdown_timeout=1.0
        )
        await runner.setup()
        site = web.TCPSite(runner, host, port, ssl_context=tls, backlog=1024)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise address_taken(host, port, error) from None
        self._runners.append(runner)
        self._heartbeat.begin()
        found = runner.addresses[0]
        return str(found[0]), int(found[1])

    async def close(self) -> None:
        """Tell the clients, cut them, and listen no more."""
        self._heartbeat.end()
        for client in list(self.clients):
            client.outbox.end(_GOING_AWAY, "the service ends")
        self.accounts.close()
        self.market.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                while self.clients:
                    await asyncio.sleep(0.01)
        for client in list(self.clients):
            client.outbox.wire.abort()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()

    def _application(self, td: bool, md: bool) -> web.Application:
        application = web.Application()
        paths = [("/td", td, False), ("/md", False, md), ("/", td, md)]
        for path, its_td, its_md in paths:
            if its_td or its_md:
                for each in dict.fromkeys((path, path.rstrip("/") + "/")):
                    application.router.add_get(each, self._handler(its_td, its_md))
        application.router.add_get("/{path:.*}", self._no_socket)
        return application

    def _handler(
        self, td: bool, md: bool
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, td, md)

        return handle

    # ---- one client

    async def _serve(self, request: web.Request, td: bool, md: bool) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return await self._no_socket(request)
        host = request.remote or "local"
        token = self._admit(request, host)
        socket = web.WebSocketResponse(
            autoping=True,
            heartbeat=self.terms.websocket_ping_s or None,
            compress=bool(self.terms.deflate),
            max_msg_size=self.limits.largest_message,
            decode_text=True,
        )
        self._per_address[host] = self._per_address.get(host, 0) + 1
        try:
            await socket.prepare(request)
            client = self._client(request, socket, host, token, td, md)
            if client is not None:
                await self._talk(client, socket)
        finally:
            self._per_address[host] -= 1
            if not self._per_address[host]:
                del self._per_address[host]
        return socket

    async def _no_socket(self, request: web.Request) -> web.StreamResponse:
        """Give a page, or say where the sockets are."""
        page = self.pages(request.path) if self.pages is not None else None
        if page is None:
            raise web.HTTPNotFound(text="this is a WebSocket service: ws://HOST:PORT/td/ or /md/\n")
        if request.path in _GUARDED:
            self._admit(request, request.remote or "local")
        kind, content = page
        # The page sends orders: nobody may show it inside one of his own.
        headers = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}
        return web.Response(body=content, headers={"Content-Type": kind, **headers})

    def _admit(self, request: web.Request, host: str) -> Token:
        """Return whose token it is; raise HTTPForbidden or HTTPTooManyRequests."""
        if self._attempts.refuses(host):
            raise web.HTTPTooManyRequests(text="too many wrong tokens\n")
        token = self.tokens.find(given_token(request.query, request.headers))
        if token is None:
            self._attempts.failed(host)
            self.note(f"{host} was refused: no such token")
            raise web.HTTPForbidden(
                text="a token is needed: ?token=... or Authorization: Bearer ...\n"
            )
        limits = self.limits
        of_host = self._per_address.get(host, 0)
        if (limits.clients and len(self.clients) >= limits.clients) or (
            limits.clients_per_address and of_host >= limits.clients_per_address
        ):
            self.note(f"{host} was refused: {len(self.clients)} clients are connected")
            raise web.HTTPServiceUnavailable(text="too many clients\n")
        return token

    def _client(
        self,
        request: web.Request,
        socket: web.WebSocketResponse,
        host: str,
        token: Token,
        td: bool,
        md: bool,
    ) -> ClientSession | None:
        transport = request.transport
        if transport is None:
            return None
        query = request.query
        legacy = self.terms.legacy or query.get("names") == "legacy"
        coding = coding_of(
            query.get("encoding") == "msgpack",
            query.get("quotes") == "compact",
            legacy,
            int(socket.compress),
            self.terms.deflate or 1,
        )
        peer = transport.get_extra_info("peername") or (host, 0)
        outbox = Outbox(
            self.outboxes, transport, coding, lambda: self._too_slow(client), _batch(query)
        )
        client = ClientSession(self, outbox, f"{host}:{peer[1]}", token, td, md, lenient=legacy)
        return client

    async def _talk(self, client: ClientSession, socket: web.WebSocketResponse) -> None:
        self.clients[client] = socket
        for watcher in self.watchers:
            watcher.joined(client)
        self._heartbeat.greet(client)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    client.hear_text(message.data)
                elif message.type is WSMsgType.BINARY:
                    client.hear_binary(message.data)
        except ConnectionError:
            pass
        finally:
            del self.clients[client]
            client.outbox.flush()
            client.outbox.cut = True
            client.end()
            for watcher in self.watchers:
                watcher.left(client)

    def _too_slow(self, client: ClientSession) -> None:
        """Tell a client that it is cut, and cut it; not at once, for others may be in the middle of something."""
        self.loop.call_soon(self._cut_slow, client)

    def _cut_slow(self, client: ClientSession) -> None:
        if client in self.clients and not client.outbox.cut:
            self.note(f"{client.address} was cut: it does not keep up")
            said: Plain = {
                "MsgType": "RspError",
                "RspInfo": {"ErrorID": _SLOW[0], "ErrorMsg": _SLOW[1]},
            }
            with suppress(OSError):
                client.outbox.wire.write(client.outbox.coding.frame(said))
            client.outbox.end(_TRY_LATER, "too slow")


def _batch(query: Mapping[str, str]) -> float:
    """Return the seconds of ``?batch=MILLISECONDS``."""
    text = query.get("batch", "")
    if not text.isdecimal() or not text.isascii() or len(text) > 6:
        return 0.0
    return min(int(text) / 1000, _LONGEST_BATCH_S)


def _nobody(_line: str) -> None:
    """Tell nobody."""
