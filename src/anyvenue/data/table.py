"""A CSV file row by row, plain or gzipped, with every failure told as file, line, column and what was expected."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, cast

from anyvenue.model.errors import DataError

__all__ = ["Table", "open_table"]

_GZIP = b"\x1f\x8b"


class Table:
    """An open CSV file: its header, then its rows; use it as a context manager.

    `rows` is the csv reader itself, so that a hot loop pays nothing for the wrapping.
    """

    def __init__(self, path: Path, file: TextIOWrapper) -> None:
        self.path = path
        self._file = file
        self.rows = csv.reader(file)
        self.header: tuple[str, ...] = ()

    @property
    def line(self) -> int:
        """The number of the line read last; the header is line 1."""
        return self.rows.line_num

    @property
    def width(self) -> int:
        """The number of fields every row must have."""
        return len(self.header)

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read_header(self) -> None:
        """Read the first line; raise DataError when there is none."""
        with self.guard():
            first = next(self.rows, None)
        if not first:
            raise self.error("the file is empty", expected="a header line", line=1)
        self.header = tuple(name.strip() for name in first)

    def positions(self, columns: Sequence[str]) -> list[int]:
        """Return where `columns` stand in the header; raise DataError naming those that are missing."""
        missing = [name for name in columns if name not in self.header]
        if missing:
            raise self.error(
                f"the header {','.join(self.header)!r} lacks {', '.join(missing)}",
                expected="columns " + ", ".join(columns),
                line=1,
            )
        return [self.header.index(name) for name in columns]

    def error(
        self, what: str, *, expected: str, column: str = "", line: int | None = None
    ) -> DataError:
        """Return a DataError about the current line."""
        number = self.line if line is None else line
        place = f"{self.path.name}, line {number}" + (f", column {column}" if column else "")
        return DataError(
            f"{place}: {what}; expected {expected}",
            file=str(self.path),
            line=number,
            column=column,
            expected=expected,
        )

    def wrong_width(self, row: Sequence[str]) -> DataError:
        """Return the error for a row with too few or too many fields."""
        return self.error(
            f"the row has {len(row)} fields: {','.join(row)[:80]!r}",
            expected=f"{self.width} fields as in the header",
        )

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn what a broken or truncated file raises into DataError."""
        try:
            yield
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self.error(
                f"the gzip stream is broken or cut short ({error})",
                expected="a complete gzip file: copy or download it again",
            ) from None
        except UnicodeDecodeError as error:
            raise self.error(
                f"the text is not UTF-8 ({error.reason} at byte {error.start} of a block)",
                expected="UTF-8 text: convert the file first",
            ) from None
        except csv.Error as error:
            raise self.error(
                f"the line is not CSV ({error})", expected="comma-separated text"
            ) from None


def open_table(path: Path) -> Table:
    """Open a plain or gzipped CSV file and read its header; raise DataError."""
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == _GZIP
        binary = cast(BinaryIO, gzip.open(path) if zipped else path.open("rb"))  # noqa: SIM115
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}): give the path of a market data file",
            file=str(path),
            line=0,
            expected="a readable file",
        ) from None
    # utf-8-sig: spreadsheets put a byte order mark before the first column name.
    table = Table(path, TextIOWrapper(binary, encoding="utf-8-sig", newline=""))
    try:
        table.read_header()
    except BaseException:
        table.close()
        raise
    return table
