"""The simulated exchange served as OKX, with the OKX driver at its other end."""

from contextlib import AbstractAsyncContextManager
from decimal import Decimal

from msgspec.structs import replace
from wire_harness import WireHarness

from anyvenue.model.commands import SetLeverage
from anyvenue.model.enums import MarginMode
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import HEDGED
from anyvenue.model.positions import PositionTerms
from anyvenue.venues.okx.config import OkxConfig
from anyvenue.venues.okx.driver import OkxDriver
from anyvenue.venues.okx.requests import client_id
from okx_served import ALICE, KEY, PERP, SPOT, Booth, booth

__all__ = ["HedgedHarness", "PerpetualHarness", "SpotHarness"]


class SpotHarness(WireHarness):
    """Spot, orders over the WebSocket."""

    resting_price = Decimal(90_000)
    name = SPOT
    last = 95_000
    away = (80_000, 100_000)
    order_entry = "websocket"

    @property
    def booth(self) -> Booth:
        """The exchange, once it is served."""
        assert isinstance(self.stall, Booth)
        return self.stall

    def opening(self) -> AbstractAsyncContextManager[Booth]:
        return booth()

    def names_of(self, order_id: OrderId) -> set[str]:
        return {client_id(order_id)}

    def driver(self, **changes: object) -> OkxDriver:
        root = f"127.0.0.1:{self.proxy.port}"
        given: dict[str, object] = {
            "api_key": KEY.api_key,
            "secret": KEY.secret,
            "passphrase": KEY.passphrase,
            "rest_url": f"http://{root}",
            "stream_url": f"ws://{root}",
            "order_entry": self.order_entry,
            "order_window_ms": 5_000,
            "timeout_s": 20.0,
            "backoff_s": 0.02,
        }
        return OkxDriver(OkxConfig(**{**given, **changes}), account=self.account)  # type: ignore[arg-type]

    def intruder(self) -> OkxDriver:
        return self.driver(secret="wrong")

    async def skew(self, ns: int) -> None:
        times = self.booth.server.house.times
        right = times.wall
        times.wall = lambda: right() + ns

    async def limit_rate(self) -> None:
        house = self.booth.server.house
        house.limits._factor = 1e-9


class PerpetualHarness(SpotHarness):
    """The perpetual of the same account."""

    name = PERP

    def driver(self, **changes: object) -> OkxDriver:
        # The leverage of what nobody trades or looks at is not asked for.
        made = super().driver(**changes)
        made.subscribe(PERP, "funding")
        return made

    async def choose_terms(self) -> PositionTerms:
        wish = SetLeverage(ALICE, PERP, Decimal(7), self.booth.clock.now())
        self.booth.exchange.execute(wish)
        return PositionTerms(self.account, PERP, Decimal(7), MarginMode.CROSS)


class HedgedHarness(PerpetualHarness):
    """The perpetual in long-short mode."""

    def __init__(self) -> None:
        super().__init__()
        self.instrument = replace(self.instrument, position_rule=HEDGED)

    async def start(self) -> None:
        await super().start()
        self.booth.exchange.set_hedged(ALICE, True)
