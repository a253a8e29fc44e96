"""Where the simulated exchange is, and who one is there."""

from urllib.parse import urlsplit

import msgspec

from anyvenue.model.errors import ConfigError

__all__ = ["DEFAULT_PORT", "PaperConfig", "parse_url"]

DEFAULT_PORT = 7788


class PaperConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How a driver reaches its account.

    `session` names this client over all its connections: order references carry it, so two clients of one account
    need different ones. Times are in seconds: `timeout_s` for an answer, `heartbeat_s` between signs of life, and a
    wait from `backoff_s`, doubled up to `longest_backoff_s`, before each new attempt to connect.
    """

    account: str
    password: str = ""
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    token: str = ""
    session: str = "main"
    timeout_s: float = 10.0
    heartbeat_s: float = 5.0
    backoff_s: float = 0.1
    longest_backoff_s: float = 10.0

    def __repr__(self) -> str:
        """Name the account and the place, never the secrets."""
        return f"PaperConfig(account={self.account!r}, host={self.host!r}, port={self.port})"


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
