"""The simulated exchange served as Backpack, with the Backpack driver at its other end."""

from contextlib import AbstractAsyncContextManager
from decimal import Decimal

from msgspec.structs import replace
from wire_harness import WireHarness

from anyvenue.model.commands import SetLeverage
from anyvenue.model.enums import MarginMode
from anyvenue.model.ids import OrderId
from anyvenue.model.positions import PositionTerms
from anyvenue.venues.backpack.config import BackpackConfig
from anyvenue.venues.backpack.driver import BackpackDriver
from anyvenue.venues.backpack.requests import part_client_id
from backpack_served import ALICE, ETH_PERP, KEY, PERP, READER, SPOT, Booth, booth

__all__ = ["PerpetualHarness", "SpotHarness"]


class SpotHarness(WireHarness):
    """Spot."""

    resting_price = Decimal(90)
    name = SPOT
    last = 95
    away = (80, 100)
    size = "1"

    @property
    def booth(self) -> Booth:
        """The exchange, once it is served."""
        assert isinstance(self.stall, Booth)
        return self.stall

    def opening(self) -> AbstractAsyncContextManager[Booth]:
        return booth()

    def names_of(self, order_id: OrderId) -> set[str]:
        now = self.stall.clock.now()
        return {str(part_client_id(order_id, part, now)) for part in range(3)}

    def driver(self, **changes: object) -> BackpackDriver:
        root = f"127.0.0.1:{self.proxy.port}"
        given: dict[str, object] = {
            "api_key": KEY.api_key,
            "secret": KEY.secret,
            "rest_url": f"http://{root}",
            "stream_url": f"ws://{root}",
            "timeout_s": 20.0,
            "backoff_s": 0.02,
        }
        config = BackpackConfig(**{**given, **changes})  # type: ignore[arg-type]
        return BackpackDriver(config, account=self.account)

    def intruder(self) -> BackpackDriver:
        return self.driver(secret=READER.secret)

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
