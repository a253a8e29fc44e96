"""Frames of the native door: a head of 24 bytes and a body, both ways, little-endian, padded to eight bytes.

The body of a request or an answer is a struct of the client's own version as it lies in memory. Because every frame
begins at a multiple of eight bytes, a client may point into what it has received.
"""

from enum import IntEnum
from struct import Struct
from zlib import crc32

import msgspec

from anyvenue.model.errors import VenueError
from anyvenue.venues.ctp.counter.seam import Resume
from anyvenue.venues.ctp.description import Api, Description

__all__ = [
    "HEAD",
    "LONGEST",
    "PROTOCOL",
    "Flag",
    "FrameError",
    "Frames",
    "Head",
    "Hello",
    "Kind",
    "Side",
    "TopicWish",
    "Welcome",
    "fingerprint",
    "frame",
    "padded",
    "parse_hello",
    "parse_names",
    "side_of",
    "write_hello",
    "write_names",
    "write_welcome",
]

PROTOCOL = 1
"""Version of this protocol; a client with another one is refused."""

LONGEST = 1 << 16
"""Bytes of the longest frame, either way."""

HEAD = Struct("<IBBHiIII")
"""size, kind, flags, index, number, count, day, length: see `Head`."""

_HELLO = Struct("<8sIBBHI16s16s")
_WISH = Struct("<BBHII")
_WELCOME = Struct("<IIIII64s")
_MAGIC = b"anyv-ctp"
_MOST_WISHES = 8
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


class Side(IntEnum):
    """Which of the two APIs a client is."""

    TRADER = 0
    MD = 1


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


class TopicWish(msgspec.Struct, frozen=True):
    """A stream that a client subscribes: `topic` by its place in ``private, public``."""

    topic: int
    resume: Resume
    after: int
    day: int


class Hello(msgspec.Struct, frozen=True):
    """Who calls: the API it has been built for, its side, and the streams it wants."""

    side: Side
    dialect: str
    version: str
    fingerprint: int
    wishes: tuple[TopicWish, ...] = ()


class Welcome(msgspec.Struct, frozen=True):
    """What a client has to know: the day, how often a heartbeat is due, how it paces its queries (0: not at all)."""

    trading_day: int
    heartbeat_ms: int
    queries_per_second: int
    queries_in_flight: int
    name: str = "anyvenue"


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


def write_hello(hello: Hello) -> bytes:
    """Return the first frame of a client."""
    wishes = b"".join(
        _WISH.pack(each.topic, each.resume, 0, each.after, each.day) for each in hello.wishes
    )
    head = _HELLO.pack(
        _MAGIC,
        PROTOCOL,
        hello.side,
        len(hello.wishes),
        0,
        hello.fingerprint,
        hello.dialect.encode(),
        hello.version.encode(),
    )
    return frame(Kind.HELLO, head + wishes)


def parse_hello(head: Head) -> Hello:
    """Return who calls; raise FrameError for anything that is no greeting of this protocol."""
    body = head.body
    if head.kind != Kind.HELLO or len(body) < _HELLO.size or not body.startswith(_MAGIC):
        raise FrameError("the first frame was no greeting of an anyvenue library")
    _, protocol, side, wishes, _, mark, dialect, version = _HELLO.unpack_from(body)
    if protocol != PROTOCOL:
        raise FrameError(
            f"the library speaks protocol {protocol}, this server {PROTOCOL}: build the library again"
        )
    if side > Side.MD or wishes > _MOST_WISHES or len(body) < _HELLO.size + wishes * _WISH.size:
        raise FrameError("the greeting is damaged")
    return Hello(
        Side(side),
        _text(dialect),
        _text(version),
        mark,
        tuple(_wish(body, _HELLO.size + i * _WISH.size) for i in range(wishes)),
    )


def _wish(body: bytes, at: int) -> TopicWish:
    topic, resume, _, after, day = _WISH.unpack_from(body, at)
    if resume > Resume.NONE:
        raise FrameError(f"a topic was subscribed with resume type {resume}")
    return TopicWish(topic, Resume(resume), after, day)


def write_welcome(welcome: Welcome) -> bytes:
    """Return the server's answer to a greeting."""
    return frame(
        Kind.WELCOME,
        _WELCOME.pack(
            welcome.trading_day,
            welcome.heartbeat_ms,
            welcome.queries_per_second,
            welcome.queries_in_flight,
            LONGEST,
            welcome.name.encode()[:63],
        ),
    )


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


def side_of(description: Description, side: Side) -> Api:
    """Return one of the two APIs of a description; raise FrameError where it has none."""
    api = description.trader if side is Side.TRADER else description.md
    if api is None:
        raise FrameError(f"{description.dialect} {description.version} has no {side.name} API")
    return api


def fingerprint(description: Description, side: Side) -> int:
    """Return a number that two descriptions share when their methods and structs lie alike in memory."""
    api = side_of(description, side)
    lines = []
    for method in (*api.api, *api.spi):
        struct = method.struct
        lines.append(f"{method.name} {struct and description.layout(struct).size}")
    lines.append(f"RspInfo {description.layout('RspInfo').size}")
    return crc32("\n".join(lines).encode())


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("ascii", "replace")
