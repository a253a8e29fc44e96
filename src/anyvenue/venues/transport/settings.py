"""Keys of accounts at venues that speak HTTP and WebSocket: types that carry their help."""

from typing import Annotated

from anyvenue.venues.settings import about

__all__ = ["BackoffSeconds", "ProxyUrl", "RestUrl", "TimeoutSeconds"]

RestUrl = Annotated[str, about("own address of REST", "自定义 REST 地址", advanced=True)]
ProxyUrl = Annotated[
    str, about("HTTP proxy, as http://host:port", "HTTP 代理，如 http://主机:端口")
]
TimeoutSeconds = Annotated[
    float, about("seconds to wait for an answer", "等待应答的秒数", advanced=True, gt=0)
]
BackoffSeconds = Annotated[
    float,
    about("seconds before the first reconnect", "首次重连前等待秒数", advanced=True, gt=0),
]
