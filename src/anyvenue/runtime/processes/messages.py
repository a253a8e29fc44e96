"""What a node and the process of one of its drivers say to each other: MessagePack behind four bytes of length.

A message is an array whose first element is its name.
"""

from collections.abc import Iterator

import msgspec

from anyvenue.model import errors
from anyvenue.model.errors import AnyvenueError, ConnectivityError
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, VenueId
from anyvenue.model.protocols import Capabilities

__all__ = [
    "Alive",
    "Ask",
    "Begin",
    "Failed",
    "FrameReader",
    "FromChild",
    "Give",
    "Hello",
    "Listen",
    "Resume",
    "Said",
    "ToChild",
    "Told",
    "Unsent",
    "decode_from_child",
    "decode_to_child",
    "error_of",
    "framed",
    "packed",
]

_LONGEST = 256 << 20


# ---- to the child


class Begin(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """Make the driver; `config` is its factory's keywords, or the one argument where it is bytes."""

    factory: str
    config: dict[str, object] | bytes
    heartbeat_s: float
    patience_s: float


class Resume(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """Begin an account's events after this place, and find out about orders that nobody knows of."""

    account: AccountId
    epoch: int
    day: int
    number: int
    unanswered: tuple[OrderId, ...] = ()


class Listen(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """Subscribe to market data."""

    instrument: InstrumentId
    channel: str


class Give(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A command for the driver; `kind` is its type's name."""

    kind: str
    body: msgspec.Raw


class Ask(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A question: open, close, instruments, history, native or snapshot, with its arguments."""

    id: int
    what: str
    body: msgspec.Raw


# ---- from the child


class Hello(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """The driver was made."""

    venue: VenueId
    capabilities: Capabilities


class Said(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """The answer to a question."""

    id: int
    body: msgspec.Raw


class Failed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A question failed; one of number 0 is nobody's: the driver could not be made, or raised by itself.

    `words` are the venue's own code and text.
    """

    id: int
    error: str
    text: str
    code: str
    words: tuple[str, str] = ("", "")


class Told(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """The driver has posted an event."""

    kind: str
    body: msgspec.Raw


class Unsent(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """The driver raised over a command."""

    kind: str
    body: msgspec.Raw
    error: str
    text: str
    code: str


class Alive(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """The child's loop turns; the driver is in this state, with so many open connections if it tells."""

    state: str
    sockets: int | None = None


ToChild = Begin | Resume | Listen | Give | Ask
FromChild = Hello | Said | Failed | Told | Unsent | Alive

_ENCODER = msgspec.msgpack.Encoder()
decode_to_child = msgspec.msgpack.Decoder(ToChild).decode
decode_from_child = msgspec.msgpack.Decoder(FromChild).decode


def packed(value: object) -> msgspec.Raw:
    """Return a value as the body of a message."""
    return msgspec.Raw(_ENCODER.encode(value))


def framed(message: msgspec.Struct) -> bytes:
    """Return the bytes of a message."""
    body = _ENCODER.encode(message)
    return len(body).to_bytes(4, "big") + body


class FrameReader:
    """Cuts what comes out of a pipe into messages."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the messages that are whole now; raise ConnectivityError for a length that cannot be."""
        buffer = self._rest + data if self._rest else data
        start, end = 0, len(buffer)
        while end - start >= 4:
            length = int.from_bytes(buffer[start : start + 4], "big")
            if length > _LONGEST:
                raise ConnectivityError(f"a message of {length} bytes was announced")
            if end - start < 4 + length:
                break
            yield buffer[start + 4 : start + 4 + length]
            start += 4 + length
        self._rest = buffer[start:]


def error_of(error: str, text: str, code: str, words: tuple[str, str] = ("", "")) -> AnyvenueError:
    """Return the error that was raised in the other process; VenueError for one that is not ours.

    `words` are the venue's own code and text.
    """
    kind = getattr(errors, error, None) if error in errors.__all__ else None
    if kind is None:
        return errors.VenueError(f"{error} in the driver: {text}", code="venue.driver_raised")
    said = {"venue_code": words[0], "venue_text": words[1]} if any(words) else {}
    made: AnyvenueError = kind(text, code=code, **said)
    return made
