"""The simulated exchange served as Binance, with the Binance driver at its other end."""

from contextlib import AbstractAsyncContextManager
from decimal import Decimal

from msgspec.structs import replace
from wire_harness import WireHarness

from anyvenue.model.commands import SetLeverage
from anyvenue.model.enums import MarginMode
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import HEDGED
from anyvenue.model.positions import PositionTerms
from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.driver import BinanceDriver
from anyvenue.venues.binance.requests import client_id
from anyvenue.venues.binance.server.terms import Market
from binance_served import ALICE, KEY, PERP, SPOT, Booth, booth

__all__ = ["HedgedHarness", "SpotHarness", "UsdmHarness"]


class BinanceHarness(WireHarness):
    """One of the two markets."""

    resting_price = Decimal(90_000)
    market = Market.SPOT
    name = SPOT
    last = 95_000
    away = (80_000, 100_000)
    order_entry = "websocket"

    def __init__(self) -> None:
        super().__init__()
        # Orders worth less than a few dollars are refused.
        lot = replace(self.instrument.lot, minimum=Decimal("0.001"))
        self.instrument = replace(self.instrument, lot=lot)

    @property
    def booth(self) -> Booth:
        """The exchange, once it is served."""
        assert isinstance(self.stall, Booth)
        return self.stall

    def opening(self) -> AbstractAsyncContextManager[Booth]:
        return booth()

    def names_of(self, order_id: OrderId) -> set[str]:
        return {client_id(order_id, part) for part in range(3)}

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
            "timeout_s": 20.0,
            "backoff_s": 0.02,
        }
        config = BinanceConfig(**{**given, **changes})  # type: ignore[arg-type]
        return BinanceDriver(config, account=self.account)

    def intruder(self) -> BinanceDriver:
        return self.driver(secret="wrong")

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
