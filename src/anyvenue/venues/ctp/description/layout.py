"""How one struct lies in memory, and the way between its bytes and named values."""

import struct
from collections.abc import Mapping, Sequence

import msgspec

from anyvenue.venues.ctp.description.text import decode_text, encode_text

__all__ = ["Field", "Layout", "Value"]

Value = str | int | float | bytes
"""A field's value: text for char and char[], a number else; `bytes` go into a char[] as they are."""

_CODES = {"short": "h", "int": "i", "unsigned int": "I", "long long int": "q", "double": "d"}
# Pieces of a statement are cut anywhere, also within a character: they stay bytes until they are joined.
_PIECES = {"ContentType"}
_SIZES = {"char": 1} | {c: struct.calcsize("<" + code) for c, code in _CODES.items()}


class Field(msgspec.Struct, frozen=True):
    """One field: `type_name` without the vendor's prefix, `c` its C type, `length` of a char[] or 0."""

    name: str
    type_name: str
    c: str
    length: int
    offset: int

    @property
    def size(self) -> int:
        """Bytes it takes."""
        return self.length or _SIZES[self.c]

    @property
    def is_text(self) -> bool:
        """True for char and char[]."""
        return self.c == "char"


class Layout:
    """A struct by the rules of the x86-64 System V and Windows compilers: natural alignment, little-endian.

    Wire and memory are the same bytes; descriptions are checked against a compiler's sizeof.
    """

    def __init__(self, name: str, fields: Sequence[tuple[str, str, str, int]]) -> None:
        """Lay out fields given as (name, type name, C type, length)."""
        self.name = name
        self.fields, self.size = _place(fields)
        self.by_name = {field.name: field for field in self.fields}
        self._struct = struct.Struct(_format(self.fields, self.size))
        self._names = tuple(field.name for field in self.fields)
        self._texts = tuple(i for i, field in enumerate(self.fields) if field.is_text)
        self._decoded = tuple((i, self.fields[i].type_name not in _PIECES) for i in self._texts)
        self._room = {
            i: field.length - 1 if field.length else 1 for i, field in enumerate(self.fields)
        }
        self._empty: tuple[Value, ...] = tuple(_nothing(field) for field in self.fields)
        self._defaults = tuple(zip(self._names, self._empty, strict=True))

    def __repr__(self) -> str:
        return f"Layout({self.name!r}, {len(self.fields)} fields, {self.size} bytes)"

    def pack(self, values: Mapping[str, Value]) -> bytes:
        """Return the struct's bytes; fields not named are zero, names it does not have are passed over.

        Other versions have other fields, so what one of them lacks is no error here. Raise TypeError or OverflowError
        for a value that does not fit its field; text is cut to its room.
        """
        get = values.get
        flat = [get(name, empty) for name, empty in self._defaults]
        for i in self._texts:
            text = flat[i]
            if type(text) is str:
                flat[i] = text.encode() if text.isascii() else encode_text(text, self._room[i])
            elif type(text) is not bytes:
                raise TypeError(f"{self.name}.{self._names[i]} is text, was {text!r}")
        try:
            return self._struct.pack(*flat)
        except struct.error as error:
            raise self._misfit(values) from error

    def unpack(self, raw: bytes | memoryview) -> dict[str, Value]:
        """Return the values by name, every field of them; raise ValueError when `raw` has another size.

        Texts come as str, but for the pieces of a statement (`SettlementInfo.Content`), which are bytes.
        """
        if len(raw) != self.size:
            raise ValueError(
                f"a {self.name} of {self.size} bytes was {len(raw)} bytes; another version of the API?"
            )
        flat: list[Value] = list(self._struct.unpack(raw))
        for i, whole in self._decoded:
            text: bytes = flat[i]  # type: ignore[assignment]
            if not text or not text[0]:  # most texts are empty
                flat[i] = "" if whole else b""
            else:
                flat[i] = decode_text(text) if whole else text.partition(b"\0")[0]
        return dict(zip(self._names, flat, strict=True))

    def values(self, raw: bytes | memoryview) -> tuple[object, ...]:
        """Return the raw values in the order of the fields, texts as bytes with their NULs: for hot paths."""
        return self._struct.unpack(raw)

    def _misfit(self, values: Mapping[str, Value]) -> TypeError:
        for field in self.fields:
            value = values.get(field.name, _nothing(field))
            if not field.is_text:
                try:
                    struct.pack(_CODES[field.c], value)
                except struct.error:
                    return TypeError(f"{self.name}.{field.name} is a C {field.c}, was {value!r}")
        return TypeError(f"values do not fit {self.name}")


def _nothing(field: Field) -> Value:
    if field.is_text:
        return b""
    return 0.0 if field.c == "double" else 0


def _place(fields: Sequence[tuple[str, str, str, int]]) -> tuple[tuple[Field, ...], int]:
    placed = []
    offset, widest = 0, 1
    for name, type_name, c, length in fields:
        align = _SIZES[c]
        offset = -(-offset // align) * align
        field = Field(name, type_name, c, length, offset)
        placed.append(field)
        offset += field.size
        widest = max(widest, align)
    # An empty struct takes a byte in C++.
    return tuple(placed), max(1, -(-offset // widest) * widest)


def _format(fields: Sequence[Field], size: int) -> str:
    parts, end = ["<"], 0
    for field in fields:
        if field.offset > end:
            parts.append(f"{field.offset - end}x")
        parts.append(_code(field))
        end = field.offset + field.size
    if size > end:
        parts.append(f"{size - end}x")
    return "".join(parts)


def _code(field: Field) -> str:
    if not field.is_text:
        return _CODES[field.c]
    # The last byte of a char[] stays NUL, as every reader of C text needs.
    return f"{field.length - 1}sx" if field.length else "1s"
