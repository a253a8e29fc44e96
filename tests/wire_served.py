"""An exchange by the clock whose users meet each other, for tests of wires: what those of all venues share."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp
import msgspec

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.market import LiveMarket
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.market import Depth, FundingRate
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.runtime.clock import LiveClock

__all__ = ["ALICE", "MAKER", "OTHER", "PATIENCE_S", "Ear", "Stall", "opened"]

ALICE, MAKER, OTHER = AccountId("alice"), AccountId("maker"), AccountId("other")
PATIENCE_S = 20.0


class Stall:
    """A served exchange: `maker` stands in the book, `alice` has keys."""

    def __init__(self, exchange: HostedExchange, port: int) -> None:
        self.exchange, self.port = exchange, port
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
async def opened(
    instruments: Sequence[InstrumentId],
    money: Mapping[AccountId, Mapping[str, Decimal]],
    **options: Any,
) -> AsyncIterator[HostedExchange]:
    """Run an exchange by the clock with these accounts."""
    catalog = Catalog()
    market = LiveMarket([catalog.get(each) for each in instruments], LiveClock())
    venue = VenueOptions(hours="always", matching="book", **options)
    exchange = HostedExchange(market, catalog, venue)
    market.on_event = exchange.wake
    for account, paid_in in money.items():
        exchange.create_account(account, dict(paid_in))
    running = asyncio.ensure_future(exchange.run())
    try:
        yield exchange
    finally:
        exchange.request_stop()
        await running
        exchange.close()
