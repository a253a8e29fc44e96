"""Where the simulated exchange is, and who one is there."""

from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta

from anyvenue.model.errors import ConfigError
from anyvenue.venues.settings import VenueConfig, about

__all__ = ["DEFAULT_PORT", "PaperConfig", "parse_url"]

DEFAULT_PORT = 7788
_SESSION_ZH = "本客户端的名称；同一账户的多个客户端须不同"


def _seconds(english: str, chinese: str) -> Meta:
    return about(english, chinese, advanced=True, gt=0)


class PaperConfig(VenueConfig, frozen=True, kw_only=True):
    """How a driver reaches its account.

    `session` names this client over all its connections: order references carry it, so two clients of one account
    need different ones. Times are in seconds: `timeout_s` for an answer, `heartbeat_s` between signs of life, and a
    wait from `backoff_s`, doubled up to `longest_backoff_s`, before each new attempt to connect.
    """

    account: Annotated[str, about("name of the account at the exchange", "在交易所的账户名")]
    password: Annotated[str, about("password of the account", "账户密码", secret=True)] = ""
    host: Annotated[str, about("address of the exchange", "交易所地址")] = "127.0.0.1"
    port: Annotated[int, about("port of the exchange", "交易所端口", ge=1, le=65535)] = DEFAULT_PORT
    token: Annotated[
        str,
        about("token of the exchange, where it wants one", "交易所口令，需要时填写", secret=True),
    ] = ""
    tls: Annotated[bool, about("encrypted connection", "加密连接（TLS）", advanced=True)] = False
    ca_file: Annotated[
        str,
        about(
            "PEM file of the authority that is believed; the system's when empty",
            "信任的证书颁发机构（PEM 文件），留空则用系统的",
            advanced=True,
        ),
    ] = ""
    session: Annotated[
        str,
        about(
            "name of this client; two clients of one account need different ones",
            _SESSION_ZH,
            advanced=True,
        ),
    ] = "main"
    timeout_s: Annotated[float, _seconds("seconds to wait for an answer", "等待应答的秒数")] = 10.0
    heartbeat_s: Annotated[float, _seconds("seconds between signs of life", "心跳间隔秒数")] = 5.0
    backoff_s: Annotated[
        float, _seconds("seconds before the first reconnect", "首次重连前等待秒数")
    ] = 0.1
    longest_backoff_s: Annotated[
        float, _seconds("seconds between reconnects at most", "重连最长间隔秒数")
    ] = 10.0


def parse_url(url: str) -> tuple[str, int]:
    """Return host and port of ``paper://host:port``, ``host:port`` or ``host``; raise ConfigError."""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if not host or parts.scheme not in ("", "paper", "tcp") or parts.path.strip("/"):
        raise ConfigError(
            f"the exchange's address was {url!r}; paper://host:port is expected, such as paper://127.0.0.1:{DEFAULT_PORT}",
            key="url",
            value=url,
        )
    return host, DEFAULT_PORT if port is None else port
