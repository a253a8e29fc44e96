"""Whether a front can be reached at all: a TCP connection, before any library is asked."""

import socket
import time

import msgspec

__all__ = ["MALFORMED", "Reached", "reach"]

MALFORMED = "it is not written tcp://HOST:PORT"
"""The problem of an address that is none."""

_WITHIN = "sim://"
_PREFIXES = ("ns+", "query+")


class Reached(msgspec.Struct, frozen=True):
    """What became of an attempt: `seconds` it took, `problem` empty where somebody listens."""

    front: str
    seconds: float
    problem: str = ""


def reach(front: str, timeout: float) -> Reached:
    """Connect to ``tcp://HOST:PORT`` and hang up again; a front within the process needs no address."""
    began = time.monotonic()
    if front.startswith(_WITHIN):
        return Reached(front, 0.0)
    place = _place(front)
    if place is None:
        return Reached(front, 0.0, MALFORMED)
    try:
        socket.create_connection(place, timeout).close()
    except OSError as error:
        return Reached(front, time.monotonic() - began, error.strerror or str(error))
    return Reached(front, time.monotonic() - began)


def _place(front: str) -> tuple[str, int] | None:
    for prefix in _PREFIXES:
        front = front.removeprefix(prefix)
    scheme, found, rest = front.partition("://")
    host, _, port = (rest if found else scheme).partition("/")[0].rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        return None
    return host.strip("[]"), int(port)
