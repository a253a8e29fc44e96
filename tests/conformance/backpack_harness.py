"""The simulated exchange served as Backpack, the Backpack driver at its other end, and troubles at a case's wish."""

import asyncio
from contextlib import AsyncExitStack
from decimal import Decimal

from msgspec.structs import replace
from paper_harness import Proxy

from anyvenue.model.commands import SetLeverage
from anyvenue.model.enums import MarginMode, Side
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.model.positions import PositionTerms
from anyvenue.reference.catalog import Catalog
from anyvenue.testing.conformance import DriverHarness
from anyvenue.venues.backpack.config import BackpackConfig
from anyvenue.venues.backpack.driver import BackpackDriver
from anyvenue.venues.backpack.requests import client_id
from backpack_served import (
    ALICE,
    ETH_PERP,
    KEY,
    MAKER,
    OTHER,
    PERP,
    READER,
    SPOT,
    Booth,
    booth,
)

__all__ = ["PerpetualHarness", "SpotHarness"]

PATIENCE_S = 20


class SpotHarness(DriverHarness):
    """The maker is the other side of every fill."""

    account = AccountId("mine")  # what the node calls the exchange's "alice"
    resting_price = Decimal(90)
    name: InstrumentId = SPOT

    def __init__(self) -> None:
        self.instrument = Catalog().get(self.name)
        self.proxy = Proxy()
        self._stack = AsyncExitStack()
        self._booth: Booth | None = None

    @property
    def booth(self) -> Booth:
        """The exchange, once it is served."""
        assert self._booth is not None
        return self._booth

    async def start(self) -> None:
        self._booth = await self._stack.enter_async_context(booth())
        self.booth.order(self.name, Side.SELL, 95, 1)
        self.booth.order(self.name, Side.BUY, 95, 1, OTHER)
        await self.proxy.start(self.booth.port)

    async def stop(self) -> None:
        await self.proxy.cut()
        await self._stack.aclose()

    def driver(self, **changes: object) -> BackpackDriver:
        root = f"127.0.0.1:{self.proxy.port}"
        given: dict[str, object] = {
            "api_key": KEY.api_key,
            "secret": KEY.secret,
            "rest_url": f"http://{root}",
            "stream_url": f"ws://{root}",
            "receive_window_ms": 1000,
            "timeout_s": 3.0,
            "backoff_s": 0.02,
        }
        config = BackpackConfig(**{**given, **changes})  # type: ignore[arg-type]
        return BackpackDriver(config, account=self.account)

    def intruder(self) -> BackpackDriver:
        return self.driver(secret=READER.secret)

    def _order(self, order_id: OrderId) -> Order:
        """Return the exchange's order of the node's."""
        name = str(client_id(order_id))
        orders = self.booth.exchange.orders(ALICE)
        return next(each for each in reversed(orders) if each.client_ref == name)

    async def fill(self, order_id: OrderId, quantity: Decimal) -> None:
        before = self._order(order_id)
        assert before.price is not None
        self.booth.order(self.name, Side.SELL, before.price, quantity)
        async with asyncio.timeout(PATIENCE_S):
            while self._order(order_id).filled < before.filled + quantity:
                await asyncio.sleep(0.001)

    async def end(self, order_id: OrderId) -> None:
        found = self._order(order_id)
        self.booth.exchange.cancel(ALICE, found.order_id)
        async with asyncio.timeout(PATIENCE_S):
            while not self._order(order_id).done:
                await asyncio.sleep(0.001)

    async def quote(self) -> None:
        self.booth.order(self.name, Side.BUY, 80, 1)
        self.booth.order(self.name, Side.SELL, 100, 1, MAKER)

    async def foreign(self, request: OrderRequest) -> None:
        self.booth.exchange.submit(ALICE, replace(request, account=ALICE))
        await asyncio.sleep(0)

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

    async def skew(self, ns: int) -> None:
        times = self.booth.server.house.times
        right = times.wall
        times.wall = lambda: right() + ns

    async def limit_rate(self) -> None:
        house = self.booth.server.house
        house.terms = replace(house.terms, requests=1)


class PerpetualHarness(SpotHarness):
    """The perpetual of the same account."""

    name = PERP

    async def choose_terms(self) -> PositionTerms:
        for name in (PERP, ETH_PERP):
            wish = SetLeverage(ALICE, name, Decimal(7), self.booth.clock.now())
            self.booth.exchange.execute(wish)
        return PositionTerms(self.account, PERP, Decimal(7), MarginMode.CROSS)
