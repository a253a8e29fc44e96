"""The simulated exchange served over a venue's wire, a driver at its other end, and troubles at a case's wish."""

import asyncio
from abc import abstractmethod
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from decimal import Decimal

from msgspec.structs import replace
from paper_harness import Proxy

from anyvenue.model.enums import Side
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.testing.conformance import DriverHarness
from wire_served import ALICE, MAKER, OTHER, Stall

__all__ = ["PATIENCE_S", "WireHarness"]

PATIENCE_S = 60


class WireHarness(DriverHarness):
    """The maker is the other side of every fill; `last` is the price of the first trade."""

    account = AccountId("mine")  # what the node calls the exchange's "alice"
    name: InstrumentId
    last: int
    away: tuple[int, int]
    """Prices at which somebody else waits, far from the last."""
    size = "0.01"

    def __init__(self) -> None:
        self.instrument = Catalog().get(self.name)
        self.proxy = Proxy()
        self._stack = AsyncExitStack()
        self._stall: Stall | None = None

    # ---- the venue's own

    @abstractmethod
    def opening(self) -> AbstractAsyncContextManager[Stall]:
        """Serve the exchange."""

    @abstractmethod
    def names_of(self, order_id: OrderId) -> set[str]:
        """Return what an order of the node's is called at the venue."""

    # ---- coming and going

    @property
    def stall(self) -> Stall:
        """The exchange, once it is served."""
        assert self._stall is not None
        return self._stall

    async def start(self) -> None:
        self._stall = await self._stack.enter_async_context(self.opening())
        self.stall.order(self.name, Side.SELL, self.last, self.size)
        self.stall.order(self.name, Side.BUY, self.last, self.size, OTHER)
        await self.proxy.start(self.stall.port)

    async def stop(self) -> None:
        await self.proxy.cut()
        await self._stack.aclose()

    # ---- what happens at the venue

    def _order(self, order_id: OrderId) -> Order:
        """Return the exchange's order of the node's."""
        names = self.names_of(order_id)
        orders = self.stall.exchange.orders(ALICE)
        return next(each for each in reversed(orders) if each.client_ref in names)

    async def fill(self, order_id: OrderId, quantity: Decimal) -> None:
        before = self._order(order_id)
        assert before.price is not None
        self.stall.order(self.name, Side.SELL, before.price, quantity)
        async with asyncio.timeout(PATIENCE_S):
            while self._order(order_id).filled < before.filled + quantity:
                await asyncio.sleep(0.001)

    async def end(self, order_id: OrderId) -> None:
        found = self._order(order_id)
        self.stall.exchange.cancel(ALICE, found.order_id)
        async with asyncio.timeout(PATIENCE_S):
            while not self._order(order_id).done:
                await asyncio.sleep(0.001)

    async def quote(self) -> None:
        below, above = self.away
        self.stall.order(self.name, Side.BUY, below, self.size)
        self.stall.order(self.name, Side.SELL, above, self.size, MAKER)

    async def foreign(self, request: OrderRequest) -> None:
        self.stall.exchange.submit(ALICE, replace(request, account=ALICE))
        await asyncio.sleep(0)

    # ---- troubles

    async def cut(self) -> None:
        await self.proxy.cut()

    async def restore(self) -> None:
        await self.proxy.restore()

    async def lose_command(self) -> None:
        self.proxy.swallow = "command"

    async def lose_report(self) -> None:
        self.proxy.swallow = "command then report"

    async def garble(self) -> None:
        self.proxy.inject(b"\x81\x05hello")  # a text frame
