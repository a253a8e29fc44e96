"""The lines of capture files, plain or gzipped: receive time, what was asked, and the message as it came.

Three forms of line are known: ``<int time> {json}`` with the time in s, ms, us or ns; ``<seconds>: {json}``; and
``<url> -> <seconds>: {json}`` for the answer to a request. What was sent (``<-``) and that a connection was opened
(``<->``) is passed over.
"""

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from heapq import merge
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from anyvenue.model.errors import DataError

__all__ = ["Line", "is_capture", "line_error", "read_lines"]

_GZIP = b"\x1f\x8b"
_LONGEST_PREFIX = 8192
_CAPTURE = re.compile(rb"\s*(\d{10,19} \{|\d{10}(\.\d+)?: \{|(https|wss)://\S+ (->|<-|<->) \d{10})")
_SYMBOL = re.compile(rb"[?&]symbol=([A-Za-z0-9_]+)")
_NS_DIGITS = 19


class Line(NamedTuple):
    """One received message: int ns UTC, file and line number, the symbol asked for (or empty), the JSON text."""

    ts: int
    number: int
    path: Path
    symbol: str
    text: bytes


def is_capture(path: Path) -> bool:
    """Say whether the file at `path` begins as a capture of a feed does."""
    try:
        with closing(_open(path)) as file:
            return _CAPTURE.match(file.read(_LONGEST_PREFIX)) is not None
    except (OSError, EOFError, zlib.error):
        return False


def line_error(line: Line, what: str, *, expected: str) -> DataError:
    """Return a DataError about a line."""
    return _error(line.path, line.number, what, expected)


def read_lines(paths: Sequence[Path]) -> Iterator[Line]:
    """Give the messages of one file, or of several by receive time; raise DataError for a broken file or line."""
    if len(paths) == 1:
        return _lines(paths[0])
    return merge(*map(_lines, paths), key=_time)


def _time(line: Line) -> int:
    return line.ts


def _lines(path: Path) -> Iterator[Line]:
    number = last = 0
    try:
        with closing(_open(path)) as file:
            for number, raw in enumerate(file, 1):
                head, _, text = raw.partition(b" ")
                if head.isdigit() and len(head) == _NS_DIGITS:
                    line = Line(int(head), number, path, "", text)
                else:
                    other = _other(path, number, raw)
                    if other is None:
                        continue
                    line = other
                if line.ts < last:
                    raise line_error(
                        line,
                        f"receive time steps back from {last} to {line.ts}",
                        expected="lines in the order they were received",
                    )
                last = line.ts
                yield line
    except OSError as error:
        what = error.strerror or str(error)
        raise _error(path, number, f"it cannot be read ({what})", "a readable capture") from None
    except (EOFError, zlib.error) as error:
        raise _error(
            path,
            number,
            f"the gzip stream is broken or cut short ({error})",
            "a complete gzip file: copy or download it again",
        ) from None


def _other(path: Path, number: int, raw: bytes) -> Line | None:
    """Return a line that is not of the plain form; None where it holds nothing that was received."""
    raw = raw.strip()
    if not raw or b" <- " in raw[:_LONGEST_PREFIX] or b" <-> " in raw[:_LONGEST_PREFIX]:
        return None
    symbol = ""
    if raw.startswith((b"http", b"wss")):
        url, _, raw = raw.partition(b" -> ")
        found = _SYMBOL.search(url)
        symbol = found[1].decode().upper() if found else ""
    elif raw.startswith(b"configuration"):
        return None
    head, _, text = raw.partition(b" ")
    try:
        return Line(_nanoseconds(head.removesuffix(b":").decode()), number, path, symbol, text)
    except ValueError:
        raise _error(
            path, number, f"the line begins with {raw[:40]!r}", "a receive time before the message"
        ) from None


def _nanoseconds(text: str) -> int:
    """Return the instant of an epoch in seconds with a fraction, or whole in s, ms, us or ns."""
    whole, _, fraction = text.partition(".")
    if not fraction and len(whole) in (10, 13, 16, 19):
        return int(whole.ljust(_NS_DIGITS, "0"))
    return int(whole) * 1_000_000_000 + int(fraction[:9].ljust(9, "0"))


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        zipped = file.read(2) == _GZIP
    return cast(BinaryIO, gzip.open(path)) if zipped else path.open("rb")


def _error(path: Path, number: int, what: str, expected: str) -> DataError:
    return DataError(
        f"{path.name}, line {number}: {what}; expected {expected}",
        file=str(path),
        line=number,
        expected=expected,
    )
