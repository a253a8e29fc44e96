"""WebSocket frames as a server writes them: header and payload in one piece, made once for all that get it."""

import struct
import zlib
from collections.abc import Callable, Sequence
from functools import cache

import msgspec

from anyvenue.venues.ctp.json.envelope import Plain, to_json

__all__ = ["Coding", "Shared", "close_frame", "coding_of", "frame"]

_TEXT, _BINARY, _CLOSE = 0x81, 0x82, 0x88
_COMPRESSED = 0x40
_WORTH_DEFLATING = 256
_TAIL = b"\x00\x00\xff\xff"
_pack = msgspec.msgpack.Encoder().encode


def frame(payload: bytes, head: int = _TEXT) -> bytes:
    """Return the one frame of a message."""
    size = len(payload)
    if size < 126:
        return bytes((head, size)) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", head, 126, size) + payload
    return struct.pack("!BBQ", head, 127, size) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a close frame; the reason is cut to what fits."""
    text = reason.encode()[:120].decode(errors="ignore").encode()
    return frame(struct.pack("!H", code) + text, _CLOSE)


class Coding(msgspec.Struct, frozen=True, eq=False):
    """How one client wants its messages; `coding_of` makes them, the same one every time.

    `packed` MessagePack in binary frames, `compact` leaves out of a quote what is empty, `legacy` the names of 2023
    (``OnRtnOrder``), `window` the window bits of permessage-deflate, 0 for none.
    """

    packed: bool = False
    compact: bool = False
    legacy: bool = False
    window: int = 0
    level: int = 1

    def frame(self, message: Plain) -> bytes:
        """Return the frame of one message."""
        return self.write(_legacy(message) if self.legacy else message)

    def quote(self, message: Plain) -> bytes:
        """Return the frame of a quote."""
        return self.frame(_compacted(message) if self.compact else message)

    def batch(self, messages: Sequence[Plain]) -> bytes:
        """Return one frame of several quotes: an array."""
        told: list[Plain] = list(messages)
        if self.compact:
            told = [_compacted(each) for each in told]
        return self.write([_legacy(each) for each in told] if self.legacy else told)

    def write(self, content: object) -> bytes:
        """Return the frame of any content."""
        payload, head = (_pack(content), _BINARY) if self.packed else (to_json(content), _TEXT)
        if self.window and len(payload) >= _WORTH_DEFLATING:
            # A compressor of its own for each message: what it makes is good for every client, whatever went before.
            press = zlib.compressobj(self.level, zlib.DEFLATED, -self.window)
            pressed = press.compress(payload) + press.flush(zlib.Z_SYNC_FLUSH)
            return frame(pressed.removesuffix(_TAIL), head | _COMPRESSED)
        return frame(payload, head)


@cache
def coding_of(
    packed: bool = False,
    compact: bool = False,
    legacy: bool = False,
    window: int = 0,
    level: int = 1,
) -> Coding:
    """Return the one coding of these choices."""
    return Coding(packed, compact, legacy, window, level)


class Shared:
    """A message that goes to many: written once in each coding that somebody wants."""

    __slots__ = ("_frames", "message")

    def __init__(self, message: Plain) -> None:
        """Write nothing before it is wanted."""
        self.message = message
        self._frames: dict[Coding, bytes] = {}

    def frame(self, coding: Coding) -> bytes:
        """Return its frame."""
        return self._once(coding, coding.frame)

    def quote(self, coding: Coding) -> bytes:
        """Return its frame as a quote."""
        return self._once(coding, coding.quote)

    def _once(self, coding: Coding, write: Callable[[Plain], bytes]) -> bytes:
        made = self._frames.get(coding)
        if made is None:
            made = self._frames[coding] = write(self.message)
        return made


def _legacy(message: Plain) -> Plain:
    name = message.get("MsgType")
    if isinstance(name, str) and name.startswith(("Rsp", "Rtn", "ErrRtn")):
        return {**message, "MsgType": "On" + name}
    return message


def _compacted(message: Plain) -> Plain:
    return {
        key: {name: each for name, each in value.items() if each or name == "InstrumentID"}
        if isinstance(value, dict)
        else value
        for key, value in message.items()
    }
