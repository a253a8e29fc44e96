"""What the driver must be told of an account at Binance, and where the venue is."""

from typing import Annotated, Literal

import msgspec

from anyvenue.venues.settings import VenueConfig, about
from anyvenue.venues.transport.settings import BackoffSeconds, ProxyUrl, RestUrl, TimeoutSeconds

__all__ = ["BinanceConfig", "Places"]

_SYMBOLS_ZH = "除当前委托与持仓外，还要查询成交的品种，逗号分隔，如 BTCUSDT,ETHUSDT"


class Places(msgspec.Struct, frozen=True):
    """Addresses: REST without a path, streams without a path, and the WebSocket API."""

    rest: str
    stream: str
    api: str


_PLACES = {
    ("spot", "live"): Places(
        "https://api.binance.com",
        "wss://stream.binance.com:9443",
        "wss://ws-api.binance.com:443/ws-api/v3",
    ),
    ("spot", "testnet"): Places(
        "https://testnet.binance.vision",
        "wss://stream.testnet.binance.vision",
        "wss://ws-api.testnet.binance.vision/ws-api/v3",
    ),
    ("spot", "demo"): Places(
        "https://demo-api.binance.com",
        "wss://demo-stream.binance.com",
        "wss://demo-ws-api.binance.com/ws-api/v3",
    ),
    ("usdm", "live"): Places(
        "https://fapi.binance.com",
        "wss://fstream.binance.com",
        "wss://ws-fapi.binance.com/ws-fapi/v1",
    ),
    ("usdm", "testnet"): Places(
        "https://testnet.binancefuture.com",
        "wss://stream.binancefuture.com",
        "wss://testnet.binancefuture.com/ws-fapi/v1",
    ),
    ("usdm", "demo"): Places(
        "https://demo-fapi.binance.com",
        "wss://demo-fstream.binance.com",
        "wss://testnet.binancefuture.com/ws-fapi/v1",
    ),
}


class BinanceConfig(VenueConfig, frozen=True, kw_only=True):
    """How a driver reaches its account: one of spot, or one of USD-M futures.

    `secret` is an HMAC secret or an Ed25519 private key in PEM. Own addresses go before those of the environment.
    """

    api_key: Annotated[str, about("API key", "API Key（公钥）", secret=True)] = ""
    secret: Annotated[
        str,
        about(
            "secret of the key, or an Ed25519 private key (PEM)",
            "API 密钥（Secret），或 Ed25519 私钥（PEM）",
            secret=True,
        ),
    ] = ""
    market: Annotated[
        Literal["spot", "usdm"],
        about("spot, or usdm for USD-margined futures", "spot 为现货；usdm 为 U 本位合约"),
    ] = "spot"
    environment: Annotated[
        Literal["live", "testnet", "demo"],
        about("live, testnet or demo", "live 为实盘；testnet 为测试网；demo 为模拟交易"),
    ] = "live"
    order_entry: Annotated[
        Literal["websocket", "rest"],
        about("how orders are sent", "下单通道：websocket 或 rest", advanced=True),
    ] = "websocket"
    symbols: Annotated[
        str,
        about(
            "symbols whose trades are asked for besides those of orders and positions, with commas",
            _SYMBOLS_ZH,
            advanced=True,
        ),
    ] = ""
    rest_url: RestUrl = ""
    stream_url: Annotated[
        str, about("own address of the streams", "自定义行情推送地址", advanced=True)
    ] = ""
    api_url: Annotated[
        str,
        about("own address of the WebSocket API", "自定义 WebSocket API 地址", advanced=True),
    ] = ""
    proxy: ProxyUrl = ""
    receive_window_ms: Annotated[
        int,
        about(
            "ms after which a request is not taken any more (recvWindow)",
            "请求有效毫秒数（recvWindow）",
            advanced=True,
            gt=0,
            le=60_000,
        ),
    ] = 5000
    timeout_s: TimeoutSeconds = 10.0
    backoff_s: BackoffSeconds = 0.25

    @property
    def places(self) -> Places:
        """Where the venue is."""
        known = _PLACES[self.market, self.environment]
        return Places(
            self.rest_url.rstrip("/") or known.rest,
            self.stream_url.rstrip("/") or known.stream,
            self.api_url or known.api,
        )

    @property
    def more_symbols(self) -> list[str]:
        """The symbols of `symbols`."""
        return [each.strip().upper() for each in self.symbols.split(",") if each.strip()]
