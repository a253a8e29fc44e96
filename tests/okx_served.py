"""The simulated exchange served as OKX, for tests: an exchange by the clock whose users meet each other."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from yarl import URL

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.model.ids import InstrumentId
from anyvenue.runtime.clock import LiveClock
from anyvenue.venues.okx.server.service import OkxServer
from anyvenue.venues.okx.server.terms import OkxTerms
from anyvenue.venues.okx.signing import headers, login_sign
from anyvenue.venues.serving.keys import Key, Keys
from wire_served import ALICE, MAKER, OTHER, Ear, Stall, opened

__all__ = [
    "ALICE",
    "DATED",
    "ETH",
    "ETH_PERP",
    "INVERSE",
    "KEY",
    "MAKER",
    "OTHER",
    "PERP",
    "READER",
    "SPOT",
    "Booth",
    "Listener",
    "booth",
    "listener",
]

SPOT, PERP = InstrumentId("BTC-USDT.OKX"), InstrumentId("BTC-USDT-PERP.OKX")
ETH, ETH_PERP = InstrumentId("ETH-USDT.OKX"), InstrumentId("ETH-USDT-PERP.OKX")
INVERSE, DATED = InstrumentId("BTC-USD-PERP.OKX"), InstrumentId("BTC-USD-20301227.OKX")
KEY = Key("alice-key", "alice-secret", ALICE, passphrase="alice-words")
READER = Key("reader-key", "reader-secret", ALICE, read_only=True, passphrase="reader-words")
_PATIENCE_S = 30.0


class Booth(Stall):
    """An exchange that speaks OKX."""

    def __init__(self, exchange: HostedExchange, server: OkxServer, port: int) -> None:
        super().__init__(exchange, port)
        self.server = server

    async def ask(self, path: str, key: Key | None = None, **parameters: object) -> Any:
        """Send a GET request, signed with `key` where one is given, and return the answer's data."""
        status, answer = await self.ask_whole("GET", path, key, **parameters)
        assert (status, answer["code"]) == (200, "0"), answer
        return answer["data"]

    async def post_to(self, path: str, key: Key, body: object = None, **parameters: object) -> Any:
        """Send a signed POST request and return the answer's data."""
        status, answer = await self.ask_whole("POST", path, key, body, **parameters)
        assert (status, answer["code"]) == (200, "0"), answer
        return answer["data"]

    async def refused(
        self, method: str, path: str, key: Key | None = None, **parameters: object
    ) -> str:
        """Send a request that is refused, and return the code: that of the order where it is about one."""
        _, answer = await self.ask_whole(method, path, key, **parameters)
        assert answer["code"] != "0", answer
        rows = [each["sCode"] for each in answer["data"] if "sCode" in each]
        return rows[0] if rows else answer["code"]

    async def ask_whole(
        self,
        method: str,
        path: str,
        key: Key | None = None,
        body: object = None,
        *,
        now_ns: int = 0,
        extra: dict[str, str] | None = None,
        **parameters: object,
    ) -> tuple[int, Any]:
        """Send a request and return status and JSON."""
        text, query = "", ""
        if method == "POST":
            text = msgspec.json.encode(parameters if body is None else body).decode()
        elif parameters:
            query = "?" + urlencode(parameters)
        whole = f"/api/v5/{path}{query}"
        sent: dict[str, str] = {}
        if key is not None:
            sent = headers(
                *(key.api_key, key.secret, key.passphrase, now_ns or self.clock.now()),
                *(method, whole, text),
            )
        sent.update(extra or {})
        address = URL(f"{self.url}{whole}", encoded=True)
        async with self.http.request(method, address, headers=sent, data=text or None) as found:
            return found.status, msgspec.json.decode(await found.read())

    async def buy(self, **parameters: object) -> Any:
        """Place an order of Alice by REST and return its row of the answer."""
        [row] = await self.post_to("trade/order", KEY, **parameters)
        return row


class Listener(Ear):
    """A WebSocket client of OKX's words."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__(socket)
        self.socket = socket

    async def login(self, booth: Booth, key: Key = KEY, seconds: float = 0.0) -> Any:
        """Log in and return the answer."""
        sent = f"{seconds or booth.clock.now() / 1e9:.3f}"
        argument = {
            "apiKey": key.api_key,
            "passphrase": key.passphrase,
            "timestamp": sent,
            "sign": login_sign(key.secret, sent),
        }
        await self.say(op="login", args=[argument])
        return await self.frame()

    async def subscribe(self, channel: str, **what: str) -> Any:
        """Ask for a stream and return the answer."""
        await self.say(op="subscribe", args=[{"channel": channel, **what}])
        return await self.until(lambda each: each.get("event") in ("subscribe", "error"))

    async def frame(self) -> Any:
        """Return the next frame."""
        async with asyncio.timeout(_PATIENCE_S):
            message = await self.socket.receive()
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return message.data if message.data == "pong" else msgspec.json.decode(message.data)

    async def until(self, wanted: Any) -> Any:
        """Return the next frame that is wanted."""
        while True:
            found = await self.frame()
            if wanted(found):
                return found

    async def told(self, channel: str, wanted: Any = lambda row: True) -> Any:
        """Return the next row of a stream that is wanted."""
        while True:
            frame = await self.until(lambda each: each.get("arg", {}).get("channel") == channel)
            for row in frame.get("data", ()):
                if wanted(row):
                    return row


@asynccontextmanager
async def listener(booth: Booth, path: str) -> AsyncIterator[Listener]:
    """Connect to public, private or business."""
    async with booth.http.ws_connect(f"{booth.stream_url}/ws/v5/{path}") as socket:
        yield Listener(socket)


@asynccontextmanager
async def booth(
    *,
    terms: OkxTerms | None = None,
    keys: tuple[Key, ...] = (KEY, READER),
    frozen: bool = False,
    ahead_ms: int = 0,
    tls: ssl.SSLContext | None = None,
    **options: Any,
) -> AsyncIterator[Booth]:
    """Serve an exchange with Bitcoin and Ether, spot and perpetual, and accounts with money.

    With `frozen` the clients' clock stands still, so that no span of the limits begins in the middle of a test. It is
    `ahead_ms` ahead of the test's own.
    """
    money = {"USDT": Decimal(10_000_000), "BTC": Decimal(100), "ETH": Decimal(1000)}
    own = {"USDT": Decimal(1_000_000), "BTC": Decimal(1)}
    users = {MAKER: money, OTHER: money, ALICE: own}
    clock = LiveClock()
    began = clock.now()
    listed = (SPOT, PERP, ETH, ETH_PERP, INVERSE, DATED)
    async with opened(listed, users, **options) as exchange:
        server = OkxServer(
            exchange,
            Keys(keys),
            terms,
            wall=lambda: (began if frozen else clock.now()) + ahead_ms * 1_000_000,
            execute=exchange.execute,
            modes=exchange,
        )
        _, port = await server.start(tls=tls)
        found = Booth(exchange, server, port)
        try:
            async with aiohttp.ClientSession() as found.http:
                yield found
        finally:
            await server.close()
