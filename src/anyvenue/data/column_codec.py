"""Columns of one chunk to bytes and back: little-endian int64 and float64, or text.

A column with one value throughout takes one value, one that equals the column before it takes none: previous
settlements and price limits hardly cost anything, and neither does a receive time equal to the event time.
"""

import sys
from array import array
from collections.abc import Iterable, Sequence
from itertools import repeat

__all__ = ["Column", "decode_columns", "encode_columns"]

Column = Iterable[int] | Iterable[float] | Iterable[str]

_PLAIN, _CONSTANT, _AS_BEFORE = 0, 1, 2
_ITEM = 8
_LITTLE = sys.byteorder == "little"


def encode_columns(codes: str, columns: Sequence[Column], rows: int) -> bytes:
    """Return the bytes of columns of `rows` values each; `codes` has ``q``, ``d`` or ``s`` for each column.

    Texts must not hold a line feed: it separates them.
    """
    parts: list[bytes] = []
    before, code_before = b"", ""
    for code, column in zip(codes, columns, strict=True):
        raw = _text_bytes(column) if code == "s" else _number_bytes(code, column)
        # Equal bytes of another type are another value: eight zero bytes are 0 and 0.0.
        parts.append(_shortest(raw, before if code == code_before else b"", rows, code))
        before, code_before = raw, code
    return b"".join(parts)


def _number_bytes(code: str, column: Column) -> bytes:
    values = array(code, column)
    if not _LITTLE:
        values.byteswap()
    return values.tobytes()


def _text_bytes(column: Column) -> bytes:
    return "\n".join(map(str, column)).encode()


def _shortest(raw: bytes, before: bytes, rows: int, code: str) -> bytes:
    if before and raw == before:
        return bytes((_AS_BEFORE,))
    if code == "s":
        constant = not raw.strip(b"\n")
        body = b"" if constant else raw
        return bytes((_CONSTANT if constant else _PLAIN,)) + len(body).to_bytes(4, "little") + body
    if raw == raw[:_ITEM] * rows:
        return bytes((_CONSTANT,)) + raw[:_ITEM]
    return bytes((_PLAIN,)) + raw


def decode_columns(codes: str, data: bytes, rows: int) -> list[Column]:
    """Return the columns of a chunk, to be iterated once; raise ValueError when the bytes do not fit."""
    columns: list[Column] = []
    view = memoryview(data)
    at = 0
    for code in codes:
        way = view[at]
        at += 1
        if way == _AS_BEFORE:
            columns.append(columns[-1])
            continue
        size = _size(view, at, code, way, rows)
        at += 4 if code == "s" else 0
        body = view[at : at + size]
        if len(body) != size:
            raise ValueError(f"a column of {size} bytes, {len(body)} are there")
        at += size
        columns.append(_text(body, way, rows) if code == "s" else _numbers(body, code, way, rows))
    if at != len(view):
        raise ValueError(f"{at} bytes of columns, {len(view)} are there")
    return columns


def _size(view: memoryview, at: int, code: str, way: int, rows: int) -> int:
    if code == "s":
        return int.from_bytes(view[at : at + 4], "little")
    return _ITEM if way == _CONSTANT else _ITEM * rows


def _numbers(body: memoryview, code: str, way: int, rows: int) -> Column:
    values = array(code)
    values.frombytes(body)
    if not _LITTLE:
        values.byteswap()
    if way == _CONSTANT:
        # A list: a column like this one may follow, and then both iterate over it.
        return [values[0]] * rows
    return values.tolist() if code == "q" else values


def _text(body: memoryview, way: int, rows: int) -> Column:
    if way == _CONSTANT:
        return repeat("", rows)
    texts = bytes(body).decode().split("\n")
    if len(texts) != rows:
        raise ValueError(f"{rows} texts, {len(texts)} are there")
    return texts
