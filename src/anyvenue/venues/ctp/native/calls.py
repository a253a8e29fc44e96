"""Calling the virtual methods of an API object: slot n of its table is the n-th method of the description."""

import ctypes
from collections.abc import Callable, Sequence

from anyvenue.model.errors import VenueRefused
from anyvenue.venues.ctp.description import Api, Method, ParamKind

__all__ = ["ApiObject", "texts"]

# c_void_p takes bytes, too: a struct goes to the library as the memory of its bytes, which it only reads.
_KINDS: dict[ParamKind, object] = {
    ParamKind.STRUCT: ctypes.c_void_p,
    ParamKind.INT: ctypes.c_int,
    ParamKind.UNSIGNED: ctypes.c_uint,
    ParamKind.BOOL: ctypes.c_bool,
    ParamKind.CHAR: ctypes.c_char,
    ParamKind.TEXT: ctypes.c_char_p,
    ParamKind.TEXTS: ctypes.c_void_p,
    ParamKind.SPI: ctypes.c_void_p,
    ParamKind.RESUME: ctypes.c_int,
}
_RETURNS = {"void": None, "int": ctypes.c_int, "const char *": ctypes.c_char_p}

Called = Callable[..., int | bytes | None]


class ApiObject:
    """An object of a vendor's API class. The interpreter's lock is free while a method runs."""

    def __init__(self, address: int, api: Api) -> None:
        """Speak to the object at `address`."""
        self._address = address
        self._class = api.api_class
        self._methods = {method.name: (slot, method) for slot, method in enumerate(api.api)}
        self._table = ctypes.c_void_p.from_address(address).value or 0
        self._ready: dict[str, Called] = {}

    def has(self, name: str) -> bool:
        """Tell whether this version has a method."""
        return name in self._methods

    def method(self, name: str) -> Method:
        """Return a method's description; raise VenueRefused when this version does not have it."""
        try:
            return self._methods[name][1]
        except KeyError:
            raise VenueRefused(
                f"{self._class} of this version has no {name}", method=name
            ) from None

    def call(self, name: str, *values: object) -> int | bytes | None:
        """Call a method; structs as bytes, text as bytes, lists as made by `texts`.

        Text that the library returns is copied before this returns.
        """
        function = self._ready.get(name)
        if function is None:
            function = self._ready[name] = self._function(self.method(name))
        return function(self._address, *values)

    def _function(self, method: Method) -> Called:
        slot = self._methods[method.name][0]
        kinds = [_KINDS[param.kind] for param in method.params]
        prototype = ctypes.CFUNCTYPE(_RETURNS[method.returns], ctypes.c_void_p, *kinds)  # type: ignore[arg-type]
        word = ctypes.sizeof(ctypes.c_void_p)
        target = ctypes.c_void_p.from_address(self._table + word * slot).value
        return prototype(target)  # type: ignore[arg-type]


def texts(values: Sequence[bytes]) -> ctypes.Array[ctypes.c_char_p]:
    """Return a ``char *[]`` for a call."""
    return (ctypes.c_char_p * max(1, len(values)))(*values)
