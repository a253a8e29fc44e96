"""Snapshots of a running exchange: its objects as they are, less what belongs to the process.

A snapshot is only read by the program that wrote it: a hash over the source of everything in it stands in front. After
any change of the program the log is played from its beginning instead.
"""

import pickle
import sys
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import blake2b
from importlib import import_module
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from anyvenue.model.errors import Inconsistent
from anyvenue.sim.queues import Level, Resting

__all__ = ["freeze", "thaw"]

# How to make what cannot be pickled by itself, or not at any length: a queue is a chain, and each of its orders would
# be saved within the one before. It is appended to again instead, and its orders leave their neighbours out.
_RULES: dict[type, Callable[[Any], Any]] = {
    type(count()): lambda what: (count, (int(repr(what)[6:-1]),)),
    type(blake2b()): lambda what: (blake2b, (what.digest(),)),
    Level: lambda what: (Level, (), (None, {"size": what.size}), iter(list(what))),
    Resting: lambda what: (Resting, msgspec.structs.astuple(what)[:-2]),
}
_OTHERS = frozenset(
    {
        ("_blake2", "blake2b"),
        ("builtins", "getattr"),
        ("collections", "deque"),
        ("decimal", "Decimal"),
        ("functools", "partial"),
        ("itertools", "count"),
        ("msgspec._utils", "rebuild"),
        ("random", "Random"),
    }
)
_PACKAGES = ("model", "reference", "oms", "sim", "kernel")
_DIGEST_BYTES = 16


def freeze(what: object, outside: Mapping[str, object]) -> bytes:
    """Return `what` as bytes; the objects `outside` are left out by name. Raise Inconsistent where that cannot be."""
    buffer = BytesIO()
    try:
        _Freezer(buffer, outside).dump(what)
    except (pickle.PicklingError, AttributeError, TypeError, RecursionError) as error:
        raise Inconsistent(f"the exchange cannot be kept as a snapshot: {error}") from error
    return _program() + buffer.getvalue()


def thaw(data: bytes, outside: Mapping[str, object]) -> object:
    """Return what was frozen, with the objects `outside` in their places; None when another program wrote it."""
    if data[:_DIGEST_BYTES] != _program():
        return None
    return _Thawer(BytesIO(data[_DIGEST_BYTES:]), outside).load()


class _Freezer(pickle.Pickler):
    def __init__(self, buffer: BytesIO, outside: Mapping[str, object]) -> None:
        super().__init__(buffer, pickle.HIGHEST_PROTOCOL)
        self._names = {id(each): name for name, each in outside.items()}

    def persistent_id(self, what: object) -> str | None:
        return self._names.get(id(what))

    def reducer_override(self, what: object) -> Any:
        rule = _RULES.get(type(what))
        return NotImplemented if rule is None else rule(what)


class _Thawer(pickle.Unpickler):
    def __init__(self, buffer: BytesIO, outside: Mapping[str, object]) -> None:
        super().__init__(buffer)
        self._outside = outside

    def persistent_load(self, name: str) -> object:
        return self._outside[name]

    def find_class(self, module: str, name: str) -> Any:
        """Return a class of anyvenue's or one of the few others a snapshot needs; raise Inconsistent for any other."""
        if (module, name) in _OTHERS:
            return super().find_class(module, name)
        if module.startswith("anyvenue.") and "." not in name:
            found = super().find_class(module, name)
            if str(getattr(found, "__module__", "")).startswith("anyvenue."):
                return found
        raise Inconsistent(f"a snapshot asks for {module}.{name}, which none of ours does")


@cache
def _program() -> bytes:
    """Return a hash over Python's version and the source that a snapshot depends on."""
    digest = blake2b(sys.version.encode(), digest_size=_DIGEST_BYTES)
    root = Path(import_module("anyvenue").__file__ or "").parent
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.read_bytes())
    for path in sorted((root / "engine").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()
