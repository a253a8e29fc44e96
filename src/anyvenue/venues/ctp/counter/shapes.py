"""Which fields a callback's struct has: what a client sent beside them is not sent back."""

from functools import cache

from anyvenue.venues.ctp.counter.context import Row
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.description import describe

__all__ = ["fitting"]


def fitting(callback: str, fields: Fields) -> Row:
    """Return those of the fields that the struct of `callback` has, in one API or the other at its newest."""
    names = _names_of(callback)
    if not names:
        return dict(fields)  # a callback of an older API
    return {name: value for name, value in fields.items() if name in names}


@cache
def _names_of(callback: str) -> frozenset[str]:
    found: set[str] = set()
    for described in (describe("ctp"), describe("opt")):
        method = described.callbacks.get(callback)
        if method is not None and method.params[0].struct:
            found.update(described.layout(method.params[0].struct).by_name)
    return frozenset(found)
