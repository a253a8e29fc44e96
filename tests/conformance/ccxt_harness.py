"""The driver of ccxt's exchanges in a process of its own, against the exchange that speaks Binance and OKX."""

import asyncio
from contextlib import suppress
from math import inf

from binance_harness import BinanceHarness
from binance_harness import UsdmHarness as BinanceUsdmHarness
from ccxt_hosting import CcxtHosting
from okx_harness import PerpetualHarness
from paper_harness import Proxy

from anyvenue.model.ids import OrderId
from anyvenue.model.protocols import Driver
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.ccxt.naming import client_name
from binance_served import KEY as BINANCE_KEY
from binance_served import PERP
from okx_served import KEY as OKX_KEY

__all__ = ["OkxHarness", "SpotHarness", "UsdmHarness"]


EVERY_S = 1.0


class OrderProxy(Proxy):
    """Swallows requests about orders only: the pings and questions of ccxt must not be taken for one."""

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str
    ) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                about_order = data.startswith(b"POST") and b"order" in data.partition(b"\r\n")[0]
                if way == "command" and about_order and self.swallow == "command":
                    self.swallow = ""
                    self.abort()
                    return
                if way == "report" and self.swallow == "report":
                    self.swallow = ""
                    self.abort()
                    return
                if way == "command" and about_order and self.swallow == "command then report":
                    self.swallow = "report"
                sink.write(data)
                await sink.drain()
        sink.close()


class _OverOurs(CcxtHosting):
    """Over a server of ours, which knows the venue's hosts."""

    def __init__(self) -> None:
        super().__init__()
        self.proxy = OrderProxy()
        self._quote_again = inf

    async def quote(self) -> None:
        await super().quote()
        self._quote_again = asyncio.get_running_loop().time() + EVERY_S

    async def idle(self) -> None:
        # ccxt does not say when a subscription is in force, and Binance tells of changes only.
        if asyncio.get_running_loop().time() > self._quote_again:
            await self.quote()

    def names_of(self, order_id: OrderId) -> set[str]:
        return {client_name(self.exchange, order_id)}


class SpotHarness(_OverOurs, BinanceHarness):
    """ccxt:binance."""

    exchange = "binance"
    keys = (BINANCE_KEY.api_key, BINANCE_KEY.secret)


class UsdmHarness(SpotHarness):
    """ccxt:binanceusdm."""

    exchange = "binanceusdm"
    kind = "contracts"
    market = Market.USDM
    name = PERP
    choose_terms = BinanceUsdmHarness.choose_terms


class OkxHarness(_OverOurs, PerpetualHarness):
    """ccxt:okx, perpetuals."""

    exchange = "okx"
    kind = "contracts"
    keys = (OKX_KEY.api_key, OKX_KEY.secret)

    def driver(self, **changes: object) -> Driver:  # type: ignore[override]
        gateway = f"http://127.0.0.1:{self.proxy.port or 1}"
        return super().driver(gateway=gateway, password=OKX_KEY.passphrase, **changes)
