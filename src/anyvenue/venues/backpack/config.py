"""What the driver must be told of an account at Backpack, and where the venue is."""

from typing import Annotated

from anyvenue.venues.settings import VenueConfig, about
from anyvenue.venues.transport.settings import BackoffSeconds, ProxyUrl, RestUrl, TimeoutSeconds

__all__ = ["BackpackConfig"]

_REST = "https://api.backpack.exchange"
_STREAM = "wss://ws.backpack.exchange"


class BackpackConfig(VenueConfig, frozen=True, kw_only=True):
    """How a driver reaches its account, which trades spot and perpetuals.

    `api_key` is the public half of an Ed25519 key, `secret` its 32-byte seed, both in base64. There is no test network.
    """

    api_key: Annotated[
        str, about("API key (base64 of the public key)", "API Key（公钥，Base64）", secret=True)
    ] = ""
    secret: Annotated[
        str,
        about(
            "secret of the key (base64 of 32 bytes)", "API 密钥（32 字节的 Base64）", secret=True
        ),
    ] = ""
    rest_url: RestUrl = ""
    stream_url: Annotated[
        str, about("own address of the streams", "自定义 WebSocket 推送地址", advanced=True)
    ] = ""
    proxy: ProxyUrl = ""
    receive_window_ms: Annotated[
        int,
        about(
            "ms after which a request is not taken any more (X-Window)",
            "请求有效毫秒数（X-Window）",
            advanced=True,
            gt=0,
            le=60_000,
        ),
    ] = 5000
    requests_a_minute: Annotated[
        int,
        about(
            "most requests a minute: Backpack tells no figure",
            "每分钟最多请求数（Backpack 未公布限额）",
            advanced=True,
            gt=0,
        ),
    ] = 1200
    timeout_s: TimeoutSeconds = 10.0
    backoff_s: BackoffSeconds = 0.25

    @property
    def rest(self) -> str:
        """Where requests go, without a path."""
        return self.rest_url.rstrip("/") or _REST

    @property
    def stream(self) -> str:
        """Where streams are."""
        return self.stream_url or _STREAM
