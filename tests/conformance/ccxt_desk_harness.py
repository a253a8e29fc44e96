"""The driver of ccxt's exchanges, in a process of its own, against small servers of single venues' wires."""

import asyncio
from contextlib import AsyncExitStack
from decimal import Decimal

from ccxt_hosting import CcxtHosting
from paper_harness import Proxy

from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.ccxt.naming import client_name
from exchange_desk import DeskServer, Placed

__all__ = ["DeskHarness"]


class DeskHarness(CcxtHosting):
    """A venue that a subclass makes; what is cut goes through a proxy."""

    account = AccountId("mine")
    resting_price = Decimal(90_000)
    name: InstrumentId

    def __init__(self) -> None:
        super().__init__()
        self.proxy = Proxy()
        self.server = self.make()
        self.instrument: Instrument = self.describe()
        self._stack = AsyncExitStack()

    def make(self) -> DeskServer:
        """Return the venue."""
        raise NotImplementedError

    def describe(self) -> Instrument:
        """Return what is traded, as the venue lists it."""
        return Catalog().get(self.name)

    async def start(self) -> None:
        await self._stack.enter_async_context(self.server.served())
        await self.proxy.start(self.server.port)

    async def stop(self) -> None:
        await super().stop()
        await self.proxy.cut()
        await self._stack.aclose()

    def _order(self, order_id: OrderId) -> Placed:
        return self.server.desk.find(client_id=client_name(self.exchange, order_id))

    async def fill(self, order_id: OrderId, quantity: Decimal) -> None:
        self.server.desk.fill(self._order(order_id), quantity)

    async def end(self, order_id: OrderId) -> None:
        self.server.desk.cancel(self._order(order_id))

    async def quote(self) -> None:
        self.server.desk.quote_at(94_980, 94_985)

    async def foreign(self, request: OrderRequest) -> None:
        assert request.price is not None
        self.server.desk.place(
            client_id="1700000000000",
            symbol=self.server.desk.symbol,
            side=request.side.value,
            type="limit",
            quantity=Decimal(plain(request.quantity)),
            price=request.price,
            times="gtc",
        )
        await asyncio.sleep(0)

    async def cut(self) -> None:
        await self.proxy.cut()

    async def restore(self) -> None:
        await self.proxy.restore()

    async def lose_command(self) -> None:
        self.server.lose = "command"

    async def lose_report(self) -> None:
        self.server.lose = "report"

    async def limit_rate(self) -> None:
        self.server.limited = True
