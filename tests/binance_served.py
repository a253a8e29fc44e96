"""The simulated exchange served as Binance, for tests: an exchange by the clock whose users meet each other."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from yarl import URL

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.market import LiveMarket
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.market import Depth, FundingRate
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.runtime.clock import LiveClock
from anyvenue.venues.binance.server.service import BinanceServer
from anyvenue.venues.binance.server.terms import BinanceTerms
from anyvenue.venues.serving.keys import Key, Keys

ALICE, MAKER, OTHER = AccountId("alice"), AccountId("maker"), AccountId("other")
SPOT, PERP = InstrumentId("BTC-USDT.BINANCE"), InstrumentId("BTC-USDT-PERP.BINANCE")
ETH, ETH_PERP = InstrumentId("ETH-USDT.BINANCE"), InstrumentId("ETH-USDT-PERP.BINANCE")
KEY = Key("alice-key", "alice-secret", ALICE)
READER = Key("reader-key", "reader-secret", ALICE, read_only=True)
PATIENCE_S = 60.0


class Booth:
    """A served exchange: `maker` stands in the book, `alice` has keys."""

    def __init__(self, exchange: HostedExchange, server: BinanceServer, port: int) -> None:
        self.exchange, self.server, self.port = exchange, server, port
        self.url = f"http://127.0.0.1:{port}"
        self.stream_url = f"ws://127.0.0.1:{port}"
        self.clock = LiveClock()
        self.http: aiohttp.ClientSession

    def order(
        self,
        instrument: InstrumentId,
        side: Side,
        price: object,
        quantity: object,
        account: AccountId = MAKER,
    ) -> OrderId:
        """Place a limit order in the book."""
        return self.exchange.submit(
            account,
            OrderRequest(
                account,
                instrument,
                side,
                Decimal(str(quantity)),
                Decimal(str(price)),
                OrderType.LIMIT,
                TimeInForce.GTC,
            ),
        )

    def make_market(self, instrument: InstrumentId, middle: int = 95_000) -> None:
        """Stand on both sides of the book, two levels deep, after a first trade with somebody else."""
        self.order(instrument, Side.SELL, middle, "0.01")
        self.order(instrument, Side.BUY, middle, "0.01", OTHER)
        for distance, quantity in ((5, 1), (10, 2)):
            self.order(instrument, Side.BUY, middle - distance, quantity)
            self.order(instrument, Side.SELL, middle + distance, quantity)

    def post(self, event: Depth | FundingRate) -> None:
        """Let the market say something."""
        assert isinstance(self.exchange.market, LiveMarket)
        self.exchange.market.post(event)  # type: ignore[arg-type]

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


class Ear:
    """A WebSocket client that keeps what it hears."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def say(self, **message: object) -> None:
        await self._socket.send_str(msgspec.json.encode(message).decode())

    async def hear(self, **wanted: object) -> Any:
        """Return the next message that has these fields."""
        async with asyncio.timeout(PATIENCE_S):
            async for message in self._socket:
                found = msgspec.json.decode(message.data)
                inner = found.get("event") or found.get("data") or found
                if all(inner.get(name) == value for name, value in wanted.items()):
                    return inner
        raise AssertionError(f"the socket ended before {wanted}")


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
    **options: Any,
) -> AsyncIterator[Booth]:
    """Serve an exchange with Bitcoin and Ether, spot and perpetual, and accounts with money.

    With `frozen` the clients' clock stands still, so that no minute of the limits begins in the middle of a test.
    """
    catalog = Catalog()
    listed = [catalog.get(each) for each in (SPOT, PERP, ETH, ETH_PERP)]
    clock = LiveClock()
    market = LiveMarket(listed, clock)
    venue = VenueOptions(hours="always", matching="book", **options)
    exchange = HostedExchange(market, catalog, venue)
    market.on_event = exchange.wake
    money = {"USDT": Decimal(10_000_000), "BTC": Decimal(100), "ETH": Decimal(1000)}
    began = clock.now()
    exchange.create_account(MAKER, money)
    exchange.create_account(OTHER, money)
    exchange.create_account(ALICE, {"USDT": Decimal(1_000_000), "BTC": Decimal(1)})
    server = BinanceServer(
        exchange,
        Keys(keys),
        terms,
        wall=(lambda: began) if frozen else clock.now,
        execute=exchange.execute,
    )
    _, port = await server.start()
    running = asyncio.ensure_future(exchange.run())
    found = Booth(exchange, server, port)
    try:
        async with aiohttp.ClientSession() as found.http:
            yield found
    finally:
        await server.close()
        exchange.request_stop()
        await running
        exchange.close()
