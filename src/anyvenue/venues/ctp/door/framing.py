"""Frames of the native door: a head of 24 bytes and a body, both ways, little-endian, padded to eight bytes.

The body of a request or an answer is a struct of the client's own version as it lies in memory. Because every frame
begins at a multiple of eight bytes, a client may point into what it has received.
"""

from enum import IntEnum
from struct import Struct

import msgspec

from anyvenue.model.errors import VenueError

__all__ = [
    "HEAD",
    "LONGEST",
    "Flag",
    "FrameError",
    "Frames",
    "Head",
    "Kind",
    "frame",
    "padded",
    "parse_names",
    "write_names",
]

LONGEST = 1 << 16
"""Bytes of the longest frame, either way."""

HEAD = Struct("<IBBHiIII")
"""size, kind, flags, index, number, count, day, length: see `Head`."""

_MOST_NAMES = 4_096


class Kind(IntEnum):
    """What a frame is."""

    HELLO = 1
    WELCOME = 2
    REFUSED = 3
    REQUEST = 4
    NAMES = 5
    ANSWER = 6
    HEARTBEAT = 7
    BYE = 8


class Flag(IntEnum):
    """What an answer carries, and which stream it is part of; a request with DATA has a struct."""

    DATA = 1
    ERROR = 2
    LAST = 4
    PRIVATE = 8
    PUBLIC = 16


class FrameError(VenueError):
    """The other side sent something that is no frame of this protocol."""

    code = "venue.frame"


class Head(msgspec.Struct, frozen=True, gc=False):
    """The head of a frame and its body.

    `index` is a method's place in the vtable. `number` is the request id, in BYE the reason, in REFUSED 0. Of an
    answer `count` is its number in its stream and `day` the trading day. `length` counts the bytes of the struct, in
    NAMES the names.
    """

    kind: int
    flags: int
    index: int
    number: int
    count: int
    day: int
    length: int
    body: bytes


class Frames:
    """Cuts what arrives into frames; at most one frame's length is kept."""

    def __init__(self, longest: int = LONGEST) -> None:
        """Accept frames of up to `longest` bytes."""
        self._longest = longest
        self._rest = b""

    def feed(self, data: bytes) -> list[Head]:
        """Return the frames that `data` completes; raise FrameError for a bad one."""
        rest = self._rest + data if self._rest else data
        found: list[Head] = []
        at, end, size_of_head, unpack = 0, len(rest), HEAD.size, HEAD.unpack_from
        while end - at >= size_of_head:
            size, kind, flags, index, number, count, day, length = unpack(rest, at)
            if size < size_of_head or size > self._longest or size & 7:
                raise FrameError(f"a frame of {size} bytes was announced")
            if end - at < size:
                break
            body = rest[at + size_of_head : at + size]
            found.append(Head(kind, flags, index, number, count, day, length, body))
            at += size
        self._rest = rest[at:] if at else rest
        return found


def padded(body: bytes) -> bytes:
    """Return `body` filled up with NULs to a multiple of eight bytes."""
    over = len(body) & 7
    return body + b"\0" * (8 - over) if over else body


def frame(
    kind: Kind,
    body: bytes = b"",
    *,
    flags: int = 0,
    index: int = 0,
    number: int = 0,
    count: int = 0,
    day: int = 0,
) -> bytes:
    """Return a frame; `length` is the body's; raise FrameError for one that is too long."""
    filled = padded(body)
    size = HEAD.size + len(filled)
    if size > LONGEST:
        raise FrameError(f"a frame of {size} bytes cannot be sent; {LONGEST} is the longest")
    return HEAD.pack(size, kind, flags, index, number, count, day, len(body)) + filled


def write_names(index: int, names: list[str], letter: str = "") -> bytes:
    """Return a list of codes for method `index`; `letter` is the exchange where the method has one."""
    body = b"".join(name.encode("gb18030") + b"\0" for name in names)
    return frame(Kind.NAMES, body, index=index, number=len(names), flags=ord(letter or "\0"))


def parse_names(head: Head) -> tuple[str, ...]:
    """Return the codes of a NAMES frame; raise FrameError when they are damaged."""
    parts = head.body[: head.length].split(b"\0")
    if parts.pop() != b"" or len(parts) != head.number or len(parts) > _MOST_NAMES:
        raise FrameError(f"{head.number} codes were announced")
    return tuple(part.decode("gb18030", "replace") for part in parts)
