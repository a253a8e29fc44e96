"""The driver of ccxt's exchanges in a process of its own, against the exchange that speaks Binance."""

import asyncio
from contextlib import suppress
from decimal import Decimal

import msgspec
from binance_harness import BinanceHarness
from paper_harness import Proxy

from anyvenue.model.commands import SetLeverage
from anyvenue.model.enums import MarginMode
from anyvenue.model.ids import OrderId
from anyvenue.model.positions import PositionTerms
from anyvenue.model.protocols import Driver
from anyvenue.runtime.processes import HostedDriver, HostOptions
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.ccxt.naming import client_name
from binance_served import ALICE, KEY, PERP

__all__ = ["SpotHarness", "UsdmHarness"]

# It takes seconds to import ccxt, more on a machine that does something else, too.
OPTIONS = HostOptions(silent_beats=60, first_pause_s=0.01, start_timeout_s=120.0)


class OrderProxy(Proxy):
    """Swallows requests about orders only: the pings and questions of ccxt must not be taken for one."""

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str
    ) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                about_order = data.startswith(b"POST") and b"/order" in data.partition(b"\r\n")[0]
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


def binance_urls(port: int) -> dict[str, object]:
    """Return ccxt's addresses of Binance with a port of this machine in their place."""
    rest, push = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"
    futures = {f"fapi{who}": f"{rest}/fapi/v1" for who in ("Public", "Private")}
    futures |= {f"{name}V{v}": f"{rest}/fapi/v{v}" for name in list(futures) for v in (2, 3)}
    spot = {"public": f"{rest}/api/v3", "private": f"{rest}/api/v3", "v1": f"{rest}/api/v1"}
    return {
        **spot,
        **futures,
        "sapi": f"{rest}/sapi/v1",
        "ws": {
            "spot": f"{push}/stream.binance.com/ws",
            "linear": f"{push}/fstream.binance.com/ws",
            "ws-api": {"spot": f"{push}/ws-api/v3", "linear": f"{push}/ws-fapi/v1"},
        },
    }


class SpotHarness(BinanceHarness):
    """ccxt:binance."""

    exchange = "binance"

    def __init__(self) -> None:
        super().__init__()
        self.proxy = OrderProxy()
        self._made: list[HostedDriver] = []

    def driver(self, **changes: object) -> Driver:  # type: ignore[override]
        port = self.proxy.port or 1  # 1: only to look at
        kind = "spot" if self.market is Market.SPOT else "linear"
        more = {
            "urls": {"api": binance_urls(port)},
            "options": {"fetchMarkets": {"types": [kind]}},
        }
        given: dict[str, object] = {
            "exchange": self.exchange,
            "api_key": KEY.api_key,
            "secret": KEY.secret,
            "more": msgspec.json.encode(more).decode(),
            "settle_s": 2.0,
            "timeout_s": 10.0,
            "backoff_s": 0.02,
            "rate_limit": False,
        }
        config = {**given, **changes, "account": self.account}
        self._made.append(HostedDriver("hosted_ccxt:driver", config, options=OPTIONS))
        return self._made[-1]

    def intruder(self) -> Driver:  # type: ignore[override]
        return self.driver(secret="wrong")

    async def stop(self) -> None:
        for each in self._made:
            await each.close()
        await super().stop()

    def names_of(self, order_id: OrderId) -> set[str]:
        return {client_name(self.exchange, order_id)}


class UsdmHarness(SpotHarness):
    """ccxt:binanceusdm."""

    exchange = "binanceusdm"
    market = Market.USDM
    name = PERP

    async def choose_terms(self) -> PositionTerms:
        wish = SetLeverage(ALICE, PERP, Decimal(7), self.booth.clock.now())
        self.booth.exchange.execute(wish)
        return PositionTerms(self.account, PERP, Decimal(7), MarginMode.CROSS)
