"""What the driver must be told of an account at OKX, and where the venue is."""

from typing import Annotated, Literal

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.settings import VenueConfig, about
from anyvenue.venues.transport.settings import BackoffSeconds, ProxyUrl, RestUrl, TimeoutSeconds

__all__ = ["OkxConfig", "Places"]

_TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES")


class Places(msgspec.Struct, frozen=True):
    """Addresses without a path: of REST, and of all WebSockets."""

    rest: str
    stream: str


# Accounts belong to one of OKX's companies, each with hosts of its own.
_PLACES = {
    ("global", "live"): Places("https://www.okx.com", "wss://ws.okx.com:8443"),
    ("global", "demo"): Places("https://www.okx.com", "wss://wspap.okx.com:8443"),
    ("eea", "live"): Places("https://eea.okx.com", "wss://wseea.okx.com:8443"),
    ("eea", "demo"): Places("https://eea.okx.com", "wss://wseeapap.okx.com:8443"),
    ("us", "live"): Places("https://us.okx.com", "wss://wsus.okx.com:8443"),
    ("us", "demo"): Places("https://us.okx.com", "wss://wsuspap.okx.com:8443"),
}


class OkxConfig(VenueConfig, frozen=True, kw_only=True):
    """How a driver reaches its account: one for spot, margin, perpetuals and dated futures.

    Own addresses go before those of site and environment.
    """

    api_key: Annotated[str, about("API key", "API Key（公钥）", secret=True)] = ""
    secret: Annotated[str, about("secret of the key", "API 密钥（Secret Key）", secret=True)] = ""
    passphrase: Annotated[
        str, about("passphrase of the key", "API 密码（Passphrase）", secret=True)
    ] = ""
    environment: Annotated[
        Literal["live", "demo"],
        about(
            "live, or demo with a key made for demo trading",
            "live 为实盘；demo 为模拟盘（须用模拟盘 API Key）",
        ),
    ] = "live"
    site: Annotated[
        Literal["global", "eea", "us"],
        about(
            "where the account was opened",
            "账户注册的站点：global、eea（欧洲）或 us（美国）",
            advanced=True,
        ),
    ] = "global"
    kinds: Annotated[
        str,
        about(
            "what is traded, with commas: SPOT, MARGIN, SWAP, FUTURES",
            "交易的产品类型，逗号分隔：SPOT、MARGIN、SWAP、FUTURES",
            advanced=True,
        ),
    ] = "SPOT,SWAP,FUTURES"
    margin_mode: Annotated[
        Literal["cross", "isolated"],
        about(
            "margin mode of leveraged orders",
            "杠杆与合约委托的保证金模式：cross 全仓，isolated 逐仓",
        ),
    ] = "cross"
    other_mode: Annotated[
        str,
        about(
            "instruments that have the other margin mode, with commas, as BTC-USDT-SWAP",
            "采用另一种保证金模式的品种，逗号分隔，如 BTC-USDT-SWAP",
            advanced=True,
        ),
    ] = ""
    margin_currency: Annotated[
        str,
        about(
            "currency of cross margin orders in futures mode (ccy), empty where the venue chooses",
            "合约模式下全仓杠杆委托的保证金币种（ccy），留空由交易所决定",
            advanced=True,
        ),
    ] = ""
    order_entry: Annotated[
        Literal["websocket", "rest"],
        about("how orders are sent", "下单通道：websocket 或 rest", advanced=True),
    ] = "websocket"
    rest_url: RestUrl = ""
    stream_url: Annotated[
        str,
        about(
            "own address of the WebSockets, without a path",
            "自定义 WebSocket 地址（不含路径）",
            advanced=True,
        ),
    ] = ""
    proxy: ProxyUrl = ""
    order_window_ms: Annotated[
        int,
        about(
            "ms after which a request about an order is not taken any more (expTime)",
            "委托请求的有效毫秒数（expTime）",
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
        known = _PLACES[self.site, self.environment]
        return Places(
            self.rest_url.rstrip("/") or known.rest, self.stream_url.rstrip("/") or known.stream
        )

    @property
    def types(self) -> list[str]:
        """The venue's types of `kinds`; raise ConfigError for one that there is not."""
        wanted = _names(self.kinds)
        for each in wanted:
            if each not in _TYPES:
                raise ConfigError(
                    f"kinds names {each!r}; there are {', '.join(_TYPES)}",
                    code="config.value",
                    field="kinds",
                    value=self.kinds,
                )
        return wanted

    @property
    def other_modes(self) -> frozenset[str]:
        """The venue's names of `other_mode`."""
        return frozenset(_names(self.other_mode))


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(each.strip().upper() for each in text.split(",") if each.strip()))
