"""CTP's structs as Python classes, made when they are first asked for.

An object keeps its values as they go over the wire, so what is written is read again, Chinese text among it. It is a
copy: it stays valid after the callback that brought it.
"""

import difflib
import os
from collections.abc import Iterable
from functools import cache
from typing import Any, ClassVar

from anyvenue.venues.ctp.description import Description, Layout, Value, describe
from anyvenue.venues.ctp.description.layout import Field
from anyvenue.venues.ctp.python.values import Read, Write, empty_value, reader, writer

__all__ = [
    "Struct",
    "StructFamily",
    "is_piece",
    "pack_struct",
    "struct_family",
    "unpack_struct",
]

EXTRA = "ANYVENUE_CTP_EXTRA_ATTRIBUTES"
"""Environment variable: when it is 1, attributes that a struct does not have are kept, as SWIG's classes do."""


class Struct:
    """Base of the structs; without arguments all fields are zero."""

    __slots__ = ("__dict__", "__weakref__", "_values")

    _values: list[Value]
    _layout: ClassVar[Layout]
    _family: ClassVar["StructFamily"]
    _writers: ClassVar[dict[str, tuple[int, Write]]] = {}
    _empty: ClassVar[tuple[Value, ...]] = ()

    def __init__(self) -> None:
        _put(self, list(self._empty))

    def __setattr__(self, name: str, value: object) -> None:
        found = self._writers.get(name)
        if found is None:
            _set_other(self, name, value)
            return
        at, write = found
        self._values[at] = write(value)

    def __getattr__(self, name: str) -> Any:
        # Only for names that the class does not have.
        raise AttributeError(_no_field(type(self), name), name=name, obj=self)

    def __repr__(self) -> str:
        fields = {name: getattr(self, name) for name in self._writers}
        said = (f"{name}={value!r}" for name, value in fields.items() if value)
        return f"{type(self).__name__}({', '.join(said)})"

    def __dir__(self) -> Iterable[str]:
        return sorted({*object.__dir__(self)} - _INNER)

    def __reduce__(self) -> tuple[Any, ...]:
        values, others = tuple(self._values), self.__dict__ or None
        described = self._family.description
        if type(self) is self._family.get(self._layout.name):
            names = (described.dialect, described.version, self._layout.name)
            return _found_again, (*names, values), others
        return _rebuilt, (type(self), values), others

    @property
    def this(self) -> "Struct":
        """The object itself; with SWIG's classes it is the C++ object."""
        return self

    @property
    def thisown(self) -> bool:
        """True: nobody else has this object's memory."""
        return True


_INNER = {"_values", "_layout", "_family", "_writers", "_empty"}
# The slot's own way in: the class's `__setattr__` is for fields.
_put = Struct.__dict__["_values"].__set__
_new = object.__new__


def _set_other(made: Struct, name: str, value: object) -> None:
    known = name.startswith("_") or name == "thisown"
    if not known and os.environ.get(EXTRA) != "1":
        raise AttributeError(_no_field(type(made), name), name=name, obj=made)
    if name != "thisown":
        object.__setattr__(made, name, value)


def _no_field(kind: type[Struct], name: str) -> str:
    names = {each.lower(): each for each in kind._writers}
    near = difflib.get_close_matches(name.lower(), names, 1)
    hint = f"; did you mean {names[near[0]]!r}?" if near else ""
    return f"{kind.__name__} has no field {name!r}{hint}"


def _rebuilt(kind: type[Struct], values: tuple[Value, ...]) -> Struct:
    made = _new(kind)
    _put(made, list(values))
    return made


def _found_again(dialect: str, version: str, struct: str, values: tuple[Value, ...]) -> Struct:
    return _rebuilt(struct_family(describe(dialect, version))[struct], values)


def pack_struct(struct: Struct) -> bytes:
    """Return the bytes of a struct."""
    return struct._layout.pack(dict(zip(struct._writers, struct._values, strict=True)))


def unpack_struct(kind: type[Struct], raw: bytes) -> Struct:
    """Return a struct of its bytes."""
    made = _new(kind)
    _put(made, list(kind._layout.values(raw)))
    return made


class StructFamily(dict[str, type[Struct]]):
    """The classes of one description by the names of the structs; each is made when it is first looked up."""

    def __init__(self, description: Description) -> None:
        """Make none yet."""
        super().__init__()
        self.description = description
        self.module = __name__

    def __missing__(self, struct: str) -> type[Struct]:
        layout = self.description.layout(struct)
        name = self.class_name(struct)
        body: dict[str, Any] = {
            "__slots__": (),
            "__module__": self.module,
            "__doc__": f"CTP's struct {struct}: {layout.size} bytes.",
            "_layout": layout,
            "_family": self,
            "_empty": tuple(map(empty_value, layout.fields)),
            "_writers": {
                field.name: (at, writer(name, field)) for at, field in enumerate(layout.fields)
            },
        }
        for at, field in enumerate(layout.fields):
            read = reader(field, is_piece(struct, field.name))
            body[field.name] = _property(at, field, read, self.description)
        made = self[struct] = type(name, (Struct,), body)
        return made

    def class_name(self, struct: str) -> str:
        """Return the name of a struct's class: ``CThostFtdcOrderField``."""
        return f"{self.description.struct_prefix}{struct}Field"

    def struct_of(self, class_name: str) -> str | None:
        """Return the struct that a class is of; None when there is no such class."""
        prefix = self.description.struct_prefix
        if not class_name.startswith(prefix) or not class_name.endswith("Field"):
            return None
        struct = class_name[len(prefix) : -len("Field")]
        return struct if struct in self.description.structs else None


def _property(at: int, field: Field, read: Read | None, description: Description) -> property:
    if read is None:

        def get(self: Struct) -> Value:
            return self._values[at]
    else:

        def get(self: Struct) -> Value:
            return read(self._values[at])

    size = f"[{field.length}]" if field.length else ""
    return property(get, doc=f"{description.type_prefix}{field.type_name}, a C {field.c}{size}.")


def is_piece(struct: str, field: str) -> bool:
    """Tell whether a field is read as bytes: a statement comes in pieces cut anywhere, also within a character.

    SWIG's classes give bytes for this one, too.
    """
    return (struct, field) == ("SettlementInfo", "Content")


@cache
def struct_family(description: Description) -> StructFamily:
    """Return the classes of a description: the same for its trader and its market data side."""
    return StructFamily(description)
