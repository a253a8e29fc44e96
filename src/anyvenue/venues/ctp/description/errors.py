"""CTP's error table: numbers, names and texts."""

import gzip
from functools import cache
from importlib.resources import files

import msgspec

__all__ = ["CtpError", "error_table"]


class CtpError(msgspec.Struct, frozen=True):
    """One row of the table; `text` is Chinese and begins with ``CTP:``."""

    name: str
    code: int
    text: str


class _Row(msgspec.Struct):
    id: str
    value: int
    prompt: str


@cache
def error_table() -> dict[str, CtpError]:
    """Return the errors by name, such as ``INSUFFICIENT_MONEY``; from CTP 6.7.8's error.xml."""
    raw = files(__package__).joinpath("data", "errors.json.gz").read_bytes()
    rows = msgspec.json.decode(gzip.decompress(raw), type=list[_Row])
    return {row.id: CtpError(row.id, row.value, row.prompt) for row in rows}
