"""Frames on a stream of bytes: four bytes of length, big-endian, and as many bytes of message."""

from struct import Struct

from anyvenue.model.errors import VenueError

__all__ = ["LENGTH", "FrameError", "Frames", "framed"]

LENGTH = Struct(">I")
"""The head of a frame."""


class FrameError(VenueError):
    """The other side sent something that is no frame; fields `length` and `limit`."""

    code = "venue.frame"


class Frames:
    """Cuts what arrives into frames; at most one frame's length is kept."""

    def __init__(self, limit: int) -> None:
        """Accept frames of up to `limit` bytes."""
        self._limit = limit
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the frames that `data` completes; raise FrameError for an empty or an oversized one.

        The frames before a bad one are lost: the connection has to end anyway.
        """
        rest = self._rest + data if self._rest else data
        found: list[bytes] = []
        at, end = 0, len(rest)
        while end - at >= LENGTH.size:
            (length,) = LENGTH.unpack_from(rest, at)
            if not 0 < length <= self._limit:
                raise FrameError(
                    f"a frame of {length} bytes was announced; 1 to {self._limit} are accepted",
                    length=length,
                    limit=self._limit,
                )
            start = at + LENGTH.size
            if end - start < length:
                break
            at = start + length
            found.append(rest[start:at])
        self._rest = rest[at:] if at else rest
        return found


def framed(message: bytes) -> bytes:
    """Return a message with its length in front."""
    return LENGTH.pack(len(message)) + message
