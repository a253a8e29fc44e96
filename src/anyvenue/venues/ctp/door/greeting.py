"""How a client and the door greet each other: who calls, for which API and version, and on which terms."""

from enum import IntEnum
from struct import Struct
from zlib import crc32

import msgspec

from anyvenue.venues.ctp.counter.seam import Resume
from anyvenue.venues.ctp.description import Api, Description
from anyvenue.venues.ctp.door.framing import LONGEST, FrameError, Head, Kind, frame

__all__ = [
    "PROTOCOL",
    "Hello",
    "Side",
    "TopicWish",
    "Welcome",
    "fingerprint",
    "parse_hello",
    "parse_welcome",
    "side_of",
    "write_hello",
    "write_welcome",
]

PROTOCOL = 1
"""Version of this protocol; a client with another one is refused."""

_HELLO = Struct("<8sIBBHI16s16s")
_WISH = Struct("<BBHII")
_WELCOME = Struct("<IIIII64s")
_MAGIC = b"anyv-ctp"
_MOST_WISHES = 8


class Side(IntEnum):
    """Which of the two APIs a client is."""

    TRADER = 0
    MD = 1


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


def parse_welcome(head: Head) -> Welcome:
    """Return what a server told its client; raise FrameError when it is damaged."""
    if len(head.body) < _WELCOME.size:
        raise FrameError("the server's answer to the greeting is damaged")
    day, heartbeat_ms, per_second, in_flight, _, name = _WELCOME.unpack_from(head.body)
    return Welcome(day, heartbeat_ms, per_second, in_flight, _text(name))


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
