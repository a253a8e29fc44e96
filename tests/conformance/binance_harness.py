"""The simulated exchange served as Binance, the Binance driver at its other end, and troubles at a case's wish."""

import asyncio
from contextlib import AsyncExitStack
from decimal import Decimal

from msgspec.structs import replace
from paper_harness import Proxy

from anyvenue.model.commands import SetLeverage
from anyvenue.model.enums import MarginMode, Side
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import HEDGED
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.model.positions import PositionTerms
from anyvenue.reference.catalog import Catalog
from anyvenue.testing.conformance import DriverHarness
from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.driver import BinanceDriver
from anyvenue.venues.binance.requests import client_id
from anyvenue.venues.binance.server.terms import Market
from binance_served import ALICE, KEY, MAKER, OTHER, PERP, SPOT, Booth, booth

__all__ = ["HedgedHarness", "SpotHarness", "UsdmHarness"]


class BinanceHarness(DriverHarness):
    """The maker is the other side of every fill."""

    account = AccountId("mine")  # what the node calls the exchange's "alice"
    resting_price = Decimal(90_000)
    market = Market.SPOT
    name: InstrumentId = SPOT
    order_entry = "websocket"

    def __init__(self) -> None:
        listed = Catalog().get(self.name)
        # Orders worth less than a few dollars are refused.
        self.instrument = replace(listed, lot=replace(listed.lot, minimum=Decimal("0.001")))
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
        self.booth.order(self.name, Side.SELL, 95_000, "0.01")
        self.booth.order(self.name, Side.BUY, 95_000, "0.01", OTHER)
        await self.proxy.start(self.booth.port)

    async def stop(self) -> None:
        await self.proxy.cut()
        await self._stack.aclose()

    def driver(self, **changes: object) -> BinanceDriver:
        root = f"127.0.0.1:{self.proxy.port}"
        version = "ws-api/v3" if self.market is Market.SPOT else "ws-fapi/v1"
        given: dict[str, object] = {
            "api_key": KEY.api_key,
            "secret": KEY.secret,
            "market": self.market.value,
            "rest_url": f"http://{root}",
            "stream_url": f"ws://{root}",
            "api_url": f"ws://{root}/{version}",
            "order_entry": self.order_entry,
            "receive_window_ms": 5_000,
            "timeout_s": 4.0,
            "backoff_s": 0.02,
        }
        config = BinanceConfig(**{**given, **changes})  # type: ignore[arg-type]
        return BinanceDriver(config, account=self.account)

    def intruder(self) -> BinanceDriver:
        return self.driver(secret="wrong")

    def _order(self, order_id: OrderId) -> Order:
        """Return the exchange's order of the node's."""
        names = {client_id(order_id, part) for part in range(3)}
        orders = self.booth.exchange.orders(ALICE)
        return next(each for each in reversed(orders) if each.client_ref in names)

    async def fill(self, order_id: OrderId, quantity: Decimal) -> None:
        before = self._order(order_id)
        assert before.price is not None
        self.booth.order(self.name, Side.SELL, before.price, quantity)
        async with asyncio.timeout(60):
            while self._order(order_id).filled < before.filled + quantity:
                await asyncio.sleep(0.001)

    async def end(self, order_id: OrderId) -> None:
        found = self._order(order_id)
        self.booth.exchange.cancel(ALICE, found.order_id)
        async with asyncio.timeout(60):
            while not self._order(order_id).done:
                await asyncio.sleep(0.001)

    async def quote(self) -> None:
        self.booth.order(self.name, Side.BUY, 80_000, "0.01")
        self.booth.order(self.name, Side.SELL, 100_000, "0.01", MAKER)

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
        times = self.booth.server.houses[self.market].times
        right = times.wall
        times.wall = lambda: right() + ns

    async def limit_rate(self) -> None:
        limits = self.booth.server.houses[self.market].limits
        limits._terms = replace(limits._terms, spot_orders=-1, usdm_orders=-1)


class SpotHarness(BinanceHarness):
    """Spot, orders over the WebSocket API."""


class UsdmHarness(BinanceHarness):
    """USD-M, orders over the WebSocket API."""

    market = Market.USDM
    name = PERP

    async def choose_terms(self) -> PositionTerms:
        wish = SetLeverage(ALICE, PERP, Decimal(7), self.booth.clock.now())
        self.booth.exchange.execute(wish)
        return PositionTerms(self.account, PERP, Decimal(7), MarginMode.CROSS)


class HedgedHarness(UsdmHarness):
    """USD-M in hedge mode."""

    def __init__(self) -> None:
        super().__init__()
        self.instrument = replace(self.instrument, position_rule=HEDGED)

    async def start(self) -> None:
        await super().start()
        self.booth.exchange.set_hedged(ALICE, True)
