"""The simulated exchange served as Backpack, for tests."""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.model.ids import InstrumentId
from anyvenue.runtime.clock import LiveClock
from anyvenue.venues.backpack.server.service import BackpackServer
from anyvenue.venues.backpack.server.terms import BackpackTerms
from anyvenue.venues.backpack.signing import (
    INSTRUCTIONS,
    headers,
    make_sign,
    public_of,
    subscription,
)
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
    "signature",
]

SPOT, PERP = InstrumentId("SOL-USDC.BACKPACK"), InstrumentId("SOL-USDC-PERP.BACKPACK")
ETH, ETH_PERP = InstrumentId("ETH-USDC.BACKPACK"), InstrumentId("ETH-USDC-PERP.BACKPACK")


def _key(seed: bytes, *, read_only: bool = False) -> Key:
    secret = b64encode(seed).decode()
    return Key(public_of(secret), secret, ALICE, read_only)


KEY = _key(bytes(range(32)))
READER = _key(bytes(range(1, 33)), read_only=True)


class Booth(Stall):
    """An exchange that speaks Backpack."""

    def __init__(self, exchange: HostedExchange, server: BackpackServer, port: int) -> None:
        super().__init__(exchange, port)
        self.server = server

    async def ask(self, method: str, path: str, key: Key | None = None, **parameters: Any) -> Any:
        """Send a request, signed with `key` where one is given, and return the answer's JSON."""
        status, answer = await self.ask_whole(method, path, key, parameters)
        assert status == 200, answer
        return answer

    async def refused(
        self, method: str, path: str, key: Key | None = None, **parameters: Any
    ) -> str:
        """Send a request that is refused, and return the code."""
        status, answer = await self.ask_whole(method, path, key, parameters)
        assert status >= 400, answer
        return str(answer["code"])

    async def ask_whole(
        self,
        method: str,
        path: str,
        key: Key | None,
        parameters: Any,
        *,
        late_ms: int = 0,
        signed: Any = None,
    ) -> tuple[int, Any]:
        """Send a request and return status and JSON; a list of `parameters` is a batch, `signed` what is signed."""
        said = {}
        if key is not None:
            instruction = INSTRUCTIONS[method, path]
            now_ms = self.clock.now() // 1_000_000 - late_ms
            sign = make_sign(key.secret)
            said = headers(key.api_key, sign, instruction, signed or parameters, now_ms)
        address, body = f"{self.url}{path}", None
        if method != "GET":
            body = msgspec.json.encode(parameters)
        elif parameters:
            address += f"?{urlencode(parameters)}"
        async with self.http.request(method, address, headers=said, data=body) as found:
            return found.status, msgspec.json.decode(await found.read())


def signature(booth: Booth, key: Key = KEY) -> tuple[str, str, str, str]:
    """Return the signature of a subscription to private streams."""
    return subscription(key.api_key, make_sign(key.secret), booth.clock.now() // 1_000_000)


@asynccontextmanager
async def ear(booth: Booth) -> AsyncIterator[Ear]:
    """Listen to streams."""
    async with booth.http.ws_connect(booth.stream_url) as socket:
        yield Ear(socket)


@asynccontextmanager
async def booth(
    *,
    terms: BackpackTerms | None = None,
    keys: tuple[Key, ...] = (KEY, READER),
    frozen: bool = False,
    **options: Any,
) -> AsyncIterator[Booth]:
    """Serve an exchange with Sol and Ether, spot and perpetual, and accounts with money.

    With `frozen` the clients' clock stands still, so that no minute of the limits begins in the middle of a test.
    """
    money = {"USDC": Decimal(10_000_000), "SOL": Decimal(10_000), "ETH": Decimal(1000)}
    own: Mapping[str, Decimal] = {"USDC": Decimal(1_000_000), "SOL": Decimal(100)}
    clock = LiveClock()
    began = clock.now()
    users = {MAKER: money, OTHER: money, ALICE: own}
    async with opened((SPOT, PERP, ETH, ETH_PERP), users, **options) as exchange:
        server = BackpackServer(
            exchange,
            Keys(keys),
            terms,
            wall=(lambda: began) if frozen else clock.now,
            execute=exchange.execute,
        )
        _, port = await server.start()
        found = Booth(exchange, server, port)
        try:
            async with aiohttp.ClientSession() as found.http:
                yield found
        finally:
            await server.close()
