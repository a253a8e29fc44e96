"""What may be written into a field, and how it is read: every field keeps its value as it goes over the wire."""

from collections.abc import Callable
from operator import index

from anyvenue.venues.ctp.description import Value, decode_text
from anyvenue.venues.ctp.description.layout import Field

__all__ = ["Read", "Write", "empty_value", "reader", "writer"]

_RANGES = {"short": 16, "int": 32, "unsigned int": -32, "long long int": 64}

Write = Callable[[object], Value]
"""Return the wire's value for what a program assigns; raise TypeError or OverflowError."""

Read = Callable[[Value], Value]
"""Return what a program reads."""


def empty_value(field: Field) -> Value:
    """Return the value of a field that nobody has set."""
    if field.is_text:
        return b""
    return 0.0 if field.c == "double" else 0


def reader(field: Field, as_bytes: bool) -> Read | None:
    """Return how a field is read, a piece of a statement `as_bytes`; None where the wire's value is what is read."""
    if not field.is_text:
        return None
    return _piece if as_bytes else _text


def _text(raw: Value) -> Value:
    assert isinstance(raw, bytes)
    return decode_text(raw)


def _piece(raw: Value) -> Value:
    assert isinstance(raw, bytes)
    return raw.partition(b"\0")[0]


def writer(owner: str, field: Field) -> Write:
    """Return how a field of the struct `owner` is written."""
    name = f"{owner}.{field.name}"
    if field.is_text:
        return _char(name) if field.length == 0 else _chars(name, field.length - 1)
    return _double(name) if field.c == "double" else _integer(name, _RANGES[field.c], field.c)


def _chars(name: str, room: int) -> Write:
    def write(value: object) -> Value:
        if type(value) is str:
            raw = value.encode() if value.isascii() else value.encode("gb18030", "replace")
        elif isinstance(value, bytes | bytearray | memoryview):
            raw = bytes(value)
        elif value is None:
            return b""
        elif isinstance(value, str):  # an enum's member
            raw = str.__str__(value).encode("gb18030", "replace")
        else:
            raise _not_text(name, value)
        if b"\0" in raw:
            raw = raw.partition(b"\0")[0]
        if len(raw) > room:
            raise TypeError(f"{name} holds {room} bytes, was {value!r} of {len(raw)} bytes")
        return raw

    return write


def _char(name: str) -> Write:
    chars = _chars(name, 1)

    def write(value: object) -> Value:
        if isinstance(value, int):
            if not 0 <= value <= 255:
                raise OverflowError(f"{name} is one character, was the code {value}")
            return bytes((value,)) if value else b""
        return chars(value)

    return write


def _integer(name: str, bits: int, c: str) -> Write:
    lowest, highest = (0, (1 << -bits) - 1) if bits < 0 else (-1 << bits - 1, (1 << bits - 1) - 1)

    def write(value: object) -> Value:
        try:
            number = index(value)  # type: ignore[arg-type]
        except TypeError:
            raise TypeError(
                f"{name} is a C {c}: a whole number is expected, was {value!r}"
            ) from None
        if not lowest <= number <= highest:
            raise OverflowError(f"{name} is a C {c}, was {value!r}")
        return number

    return write


def _double(name: str) -> Write:
    def write(value: object) -> Value:
        if type(value) is float:
            return value
        if isinstance(value, str | bytes | bytearray) or value is None:
            raise TypeError(f"{name} is a C double: a number is expected, was {value!r}")
        try:
            return float(value)  # type: ignore[arg-type]
        except TypeError:
            raise TypeError(f"{name} is a C double: a number is expected, was {value!r}") from None

    return write


def _not_text(name: str, value: object) -> TypeError:
    return TypeError(f"{name} is text: a str or bytes is expected, was {value!r}")
