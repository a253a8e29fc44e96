"""The constants of a version: its description's, and the others where that has only those that structs use."""

import gzip
from functools import cache
from importlib.resources import files

import msgspec

from anyvenue.venues.ctp.description import Description

__all__ = ["RESUME_TYPES", "constants_of"]

RESUME_TYPES = {
    "THOST_TERT_RESTART": 0,
    "THOST_TERT_RESUME": 1,
    "THOST_TERT_QUICK": 2,
    "THOST_TERT_NONE": 3,
}
"""THOST_TE_RESUME_TYPE, the only constants that are numbers."""

# Descriptions made from a wheel, not from headers: the file has what the wheel's module has besides.
_PARTIAL = {
    ("ctp", "6.6.7"),
    ("ctp", "6.7.1"),
    ("ctp", "6.7.9"),
    ("ctp", "6.7.10"),
    ("opt", "3.7.3"),
}


def constants_of(description: Description) -> dict[str, str | int]:
    """Return all constants of a version by name."""
    own: dict[str, str | int] = {**description.constants, **RESUME_TYPES}
    if (description.dialect, description.version) in _PARTIAL:
        own.update(_others()[f"{description.dialect}-{description.version}"])
    return own


@cache
def _others() -> dict[str, dict[str, str]]:
    raw = files(__package__).joinpath("data", "constants.json.gz").read_bytes()
    return msgspec.json.decode(gzip.decompress(raw), type=dict[str, dict[str, str]])
