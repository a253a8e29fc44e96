"""Text and absent numbers as they stand on the CTP wire."""

__all__ = ["ABSENT", "decode_text", "encode_text"]

ABSENT = 1.7976931348623157e308
"""DBL_MAX: how CTP writes a price that is not there."""

# GB18030 holds GBK whole, and every character besides: nothing that a user types is lost for want of a code.
_CODEC = "gb18030"


def encode_text(text: str, room: int) -> bytes:
    """Return `text` in GB18030, cut between two characters to at most `room` bytes and at the first NUL."""
    raw = text.encode(_CODEC, "replace")
    if len(raw) > room:
        raw = raw[:room].decode(_CODEC, "ignore").encode(_CODEC)
    end = raw.find(b"\0")
    return raw if end < 0 else raw[:end]


def decode_text(raw: bytes) -> str:
    """Return the text before the first NUL; bytes that are no character become U+FFFD."""
    end = raw.find(b"\0")
    if end >= 0:
        raw = raw[:end]
    return raw.decode("ascii") if raw.isascii() else raw.decode(_CODEC, "replace")
