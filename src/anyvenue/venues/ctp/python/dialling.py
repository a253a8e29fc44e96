"""From a front's address to a connection: TCP, or whatever else was made known for its scheme."""

import socket
from collections.abc import Callable

from anyvenue.model.errors import ConfigError

__all__ = ["Dial", "dial", "know_scheme", "split_address"]

_CONNECT_S = 5.0

Dial = Callable[[str, str], socket.socket]
"""Return a connected socket for an address and a dialect; raise OSError when nobody answers, or our own error."""


def split_address(address: str) -> tuple[str, str]:
    """Return scheme and rest of ``tcp://127.0.0.1:41205``; raise ConfigError for what is no front's address.

    Without a scheme it is tcp, as for CTP's own library.
    """
    scheme, found, rest = address.partition("://")
    if not found:
        scheme, rest = "tcp", address
    if scheme in _SCHEMES:
        return scheme, rest
    if scheme != "tcp":
        raise ConfigError(
            f"the front {address!r} cannot be reached: the addresses here are tcp://HOST:PORT"
            + "".join(f" and {each}://" for each in _SCHEMES),
            code="config.ctp_front",
            front=address,
        )
    host, _, port = rest.partition("/")[0].rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise ConfigError(
            f"the front {address!r} has no host or no port: it is written tcp://HOST:PORT",
            code="config.ctp_front",
            front=address,
        )
    return scheme, rest


def know_scheme(scheme: str, way: Dial) -> None:
    """Make `way` known for addresses of a scheme."""
    _SCHEMES[scheme] = way


def dial(address: str, dialect: str) -> socket.socket:
    """Connect to a front; raise OSError when nobody answers, ConfigError for an address that cannot be."""
    scheme, rest = split_address(address)
    if scheme != "tcp":
        return _SCHEMES[scheme](address, dialect)
    host, _, port = rest.partition("/")[0].rpartition(":")
    made = socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_S)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


_SCHEMES: dict[str, Dial] = {}
