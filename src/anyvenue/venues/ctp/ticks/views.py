"""Structs as they came: raw bytes behind CTP's field names, each field decoded when it is read."""

import struct
from collections.abc import Callable, Mapping
from typing import ClassVar, TypeVar

from anyvenue.venues.ctp.description import Description, Layout, Value, decode_text
from anyvenue.venues.ctp.description.layout import Field

__all__ = ["RowView", "View", "Views"]

_CODES = {"short": "<h", "int": "<i", "unsigned int": "<I", "long long int": "<q", "double": "<d"}


class View:
    """One struct: `raw` are its bytes, the fields are attributes. A copy of its own, valid for ever.

    A field that this version of the API does not have raises AttributeError.
    """

    __slots__ = ("raw",)
    layout: ClassVar[Layout]

    def __init__(self, raw: bytes) -> None:
        """Look at `raw`, a struct of this layout; raise ValueError for another size."""
        if len(raw) != self.layout.size:
            raise ValueError(
                f"a {self.layout.name} of {self.layout.size} bytes was {len(raw)} bytes"
            )
        self.raw = raw

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.fields().items() if value)
        return f"{self.layout.name}({shown})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and other.layout is self.layout and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def fields(self) -> dict[str, Value]:
        """Return all fields by name."""
        return self.layout.unpack(self.raw)


class RowView:
    """A row that was computed here: the fields are attributes, `fields` the mapping."""

    __slots__ = ("fields",)

    def __init__(self, fields: Mapping[str, Value]) -> None:
        """Show these values."""
        self.fields = fields

    def __getattr__(self, name: str) -> Value:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no field {name}") from None

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.fields.items() if value)
        return f"{type(self).__name__}({shown})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowView) and other.fields == self.fields

    __hash__ = None  # type: ignore[assignment]


_V = TypeVar("_V", bound=View)


class Views:
    """The views of one version's structs."""

    def __init__(self, description: Description) -> None:
        """Make views by the layouts of `description`."""
        self.description = description
        self._made: dict[type[View], type[View]] = {}

    def of(self, kind: type[_V]) -> type[_V]:
        """Return the view of a struct at this version; raise KeyError for a struct that it does not have."""
        found = self._made.get(kind)
        if found is None:
            layout = self.description.layout(kind.__name__)
            members: dict[str, object] = {each.name: _reader(each) for each in layout.fields}
            members |= {"__slots__": (), "layout": layout, "__doc__": kind.__doc__}
            found = self._made[kind] = type(kind.__name__, (kind,), members)
        assert issubclass(found, kind)
        return found

    def pack(self, kind: type[_V], fields: Mapping[str, Value]) -> _V:
        """Return a struct with these fields, the others zero."""
        view = self.of(kind)
        return view(view.layout.pack(fields))


def _reader(field: Field) -> property:
    return property(_text(field) if field.is_text else _number(field), doc=f"{field.type_name}.")


def _number(field: Field) -> Callable[[View], Value]:
    read, offset = struct.Struct(_CODES[field.c]).unpack_from, field.offset

    def number(view: View) -> Value:
        value: Value = read(view.raw, offset)[0]
        return value

    return number


def _text(field: Field) -> Callable[[View], Value]:
    start, end = field.offset, field.offset + field.size

    def text(view: View) -> Value:
        return decode_text(view.raw[start:end])

    return text
