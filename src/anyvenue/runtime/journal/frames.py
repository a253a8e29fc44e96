"""The bytes of a segment: a header, then frames, each with a checksum over all of it.

    segment  "AVJRNL\\r\\n"  crc32  length  header (MessagePack array)      numbers are little-endian, 4 bytes
    frame    "\\xa7J"        crc32  length  chain (16 bytes)  body

`body` is the MessagePack array ``[seq, ts, kind, payload]``, `chain` the BLAKE2b hash of the chain value before it
and the body, and `crc32` is over everything after it. The two bytes at the front serve to find intact frames behind
broken ones, which is what tells damage from a write that was cut short.
"""

from collections.abc import Iterator
from hashlib import blake2b
from struct import Struct as Layout
from zlib import crc32

import msgspec

__all__ = [
    "CHAIN_START",
    "MARKER",
    "VERSION",
    "SegmentHeader",
    "chained",
    "frame_at",
    "frame_size",
    "frames_from",
    "pack_frame",
    "pack_header",
    "segment_name",
    "unpack_header",
]

MARKER = b"\xa7J"
CHAIN_START = bytes(16)
"""The chain value before the first record."""

VERSION = 1
_MAGIC = b"AVJRNL\r\n"
_HEAD = Layout("<II")
_START = Layout("<2sI")
_REST = Layout("<I16s")
_FRAME = Layout("<2sII16s")
_FRAME_SIZE = _FRAME.size
_read_frame = _FRAME.unpack_from
_new_hash = blake2b(digest_size=16).copy  # twice as quick as making one


class SegmentHeader(msgspec.Struct, frozen=True, array_like=True):
    """What a segment begins with; `chain` is the chain value before its first record."""

    version: int
    node: str
    config_hash: str
    first_seq: int
    ts: int
    chain: bytes


_decode_header = msgspec.msgpack.Decoder(SegmentHeader).decode


def segment_name(first_seq: int) -> str:
    """Return the file name of the segment that begins with a record."""
    return f"segment-{first_seq:020d}.avj"


def chained(chain: bytes, body: bytes) -> bytes:
    """Return the chain value of a record from the one before."""
    digest = _new_hash()
    digest.update(chain + body)
    return digest.digest()


def pack_frame(chain: bytes, body: bytes) -> bytes:
    """Return the frame of a record with its own chain value."""
    rest = _REST.pack(len(body), chain) + body
    return _START.pack(MARKER, crc32(rest)) + rest


def frame_at(data: bytes, offset: int) -> tuple[bytes, bytes] | None:
    """Return (chain value, body) of the intact frame at `offset`, None when there is none."""
    found = next(frames_from(data, offset), None)
    return None if found is None else found[1:]


def frames_from(data: bytes, offset: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Give (end, chain value, body) of the intact frames from `offset` on, until something is none."""
    size = len(data)
    while (begin := offset + _FRAME_SIZE) <= size:
        marker, crc, length, chain = _read_frame(data, offset)
        end = begin + length
        if marker != MARKER or end > size or crc32(data[offset + 6 : end]) != crc:
            return
        yield end, chain, data[begin:end]
        offset = end


def frame_size(body: bytes) -> int:
    """Return the bytes that a frame takes."""
    return _FRAME_SIZE + len(body)


def pack_header(header: SegmentHeader) -> bytes:
    """Return the bytes that a segment begins with."""
    body = msgspec.msgpack.encode(header)
    length = len(body).to_bytes(4, "little")
    return _MAGIC + _HEAD.pack(crc32(length + body), len(body)) + body


def unpack_header(data: bytes) -> tuple[SegmentHeader, int] | None:
    """Return the header and where the first frame begins, None when it is not whole."""
    begin = len(_MAGIC) + _HEAD.size
    if len(data) < begin or not data.startswith(_MAGIC):
        return None
    crc, length = _HEAD.unpack_from(data, len(_MAGIC))
    end = begin + length
    if end > len(data) or crc32(data[len(_MAGIC) + 4 : end]) != crc:
        return None
    return _decode_header(data[begin:end]), end
