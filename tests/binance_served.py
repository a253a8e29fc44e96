"""The simulated exchange served as Binance, for tests: an exchange by the clock whose users meet each other."""

import hmac
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
from anyvenue.venues.binance.server.service import BinanceServer
from anyvenue.venues.binance.server.terms import BinanceTerms
from anyvenue.venues.serving.keys import Key, Keys
from wire_served import ALICE, MAKER, OTHER, Ear, Stall, opened

__all__ = [
    "ALICE",
    "ETH",
    "ETH_PERP",
    "KEY",
    "MAKER",
    "OTHER",
    "PERP",
    "READER",
    "SPOT",
    "Booth",
    "Ear",
    "booth",
    "ear",
]

SPOT, PERP = InstrumentId("BTC-USDT.BINANCE"), InstrumentId("BTC-USDT-PERP.BINANCE")
ETH, ETH_PERP = InstrumentId("ETH-USDT.BINANCE"), InstrumentId("ETH-USDT-PERP.BINANCE")
KEY = Key("alice-key", "alice-secret", ALICE)
READER = Key("reader-key", "reader-secret", ALICE, read_only=True)
PATIENCE_S = 60.0


class Booth(Stall):
    """An exchange that speaks Binance."""

    def __init__(self, exchange: HostedExchange, server: BinanceServer, port: int) -> None:
        super().__init__(exchange, port)
        self.server = server

    async def ask(
        self, method: str, path: str, key: Key | None = None, **parameters: object
    ) -> Any:
        """Send a request, signed with `key` where one is given, and return the answer's JSON."""
        status, answer, _ = await self.ask_whole(method, path, key, **parameters)
        assert status == 200, answer
        return answer

    async def refused(
        self, method: str, path: str, key: Key | None = None, **parameters: object
    ) -> int:
        """Send a request that is refused, and return the code."""
        status, answer, _ = await self.ask_whole(method, path, key, **parameters)
        assert status >= 400, answer
        return int(answer["code"])

    async def ask_whole(
        self, method: str, path: str, key: Key | None = None, **parameters: object
    ) -> tuple[int, Any, dict[str, str]]:
        """Send a request and return status, JSON and headers."""
        headers = {}
        if key is not None:
            headers["X-MBX-APIKEY"] = key.api_key
            parameters.setdefault("timestamp", self.clock.now() // 1_000_000)
        query = urlencode(parameters)
        if key is not None:
            query += (
                "&signature=" + hmac.digest(key.secret.encode(), query.encode(), "sha256").hex()
            )
        address = URL(f"{self.url}{path}?{query}", encoded=True)
        async with self.http.request(method, address, headers=headers) as found:
            return found.status, msgspec.json.decode(await found.read()), dict(found.headers)


@asynccontextmanager
async def ear(booth: Booth, path: str) -> AsyncIterator[Ear]:
    """Listen at a path."""
    async with booth.http.ws_connect(f"{booth.stream_url}{path}") as socket:
        yield Ear(socket)


@asynccontextmanager
async def booth(
    *,
    terms: BinanceTerms | None = None,
    keys: tuple[Key, ...] = (KEY, READER),
    frozen: bool = False,
    ahead_ms: int = 0,
    tls: ssl.SSLContext | None = None,
    **options: Any,
) -> AsyncIterator[Booth]:
    """Serve an exchange with Bitcoin and Ether, spot and perpetual, and accounts with money.

    With `frozen` the clients' clock stands still, so that no minute of the limits begins in the middle of a test. It
    is `ahead_ms` ahead of the test's own.
    """
    money = {"USDT": Decimal(10_000_000), "BTC": Decimal(100), "ETH": Decimal(1000)}
    own = {"USDT": Decimal(1_000_000), "BTC": Decimal(1)}
    users = {MAKER: money, OTHER: money, ALICE: own}
    clock = LiveClock()
    began = clock.now()
    async with opened((SPOT, PERP, ETH, ETH_PERP), users, **options) as exchange:
        server = BinanceServer(
            exchange,
            Keys(keys),
            terms,
            wall=(lambda: began) if frozen else (lambda: clock.now() + ahead_ms * 1_000_000),
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
