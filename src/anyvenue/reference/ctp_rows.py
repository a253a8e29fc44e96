"""The rows of a dump of CTP's instrument query, in either header style, and what their columns hold."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from anyvenue.model.errors import DataError
from anyvenue.model.numbers import ABSENT_ABOVE

__all__ = ["DumpRow", "read_dump"]

_NEEDED = ("instrumentid", "exchangeid", "productid", "productclass", "volumemultiple", "pricetick")


class DumpRow:
    """One row by column, with its place for the errors."""

    def __init__(self, file: str, line: int, fields: dict[str, str]) -> None:
        self.file = file
        self.line = line
        self.fields = fields

    def text(self, column: str) -> str:
        """Return the field of `column`, empty when there is none."""
        return self.fields.get(column, "").strip()

    def number(self, column: str) -> Decimal | None:
        """Return the number, None when absent or DBL_MAX."""
        text = self.text(column)
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise self.error(column, "a number") from None
        return None if not value.is_finite() or abs(value) > ABSENT_ABOVE else value

    def positive(self, column: str) -> Decimal:
        """Return the number; raise DataError unless it is above zero."""
        value = self.number(column)
        if value is None or value <= 0:
            raise self.error(column, "a number above zero")
        return value.normalize() + 0 if value != value.to_integral_value() else Decimal(int(value))

    def whole(self, column: str) -> int:
        """Return the whole number, 0 for an empty field; raise DataError for another text."""
        text = self.text(column)
        if not text.isdigit():
            if text:
                raise self.error(column, "a whole number")
            return 0
        return int(text)

    def day(self, column: str) -> int:
        """Return the day (yyyymmdd), 0 for an empty field; raise DataError for no such day."""
        value = self.whole(column)
        if value and not 19_000_101 <= value <= 99_991_231:
            raise self.error(column, "a day as yyyymmdd")
        return value

    def error(self, column: str, expected: str) -> DataError:
        """Return the error for the field of `column`, where `expected` is expected."""
        return DataError(
            f"{self.file}, line {self.line}: {column} was {self.text(column)!r}, {expected} is expected: "
            "mend the row or take it out",
            file=self.file,
            line=self.line,
            column=column,
            expected=expected,
        )


def read_dump(path: Path) -> Iterator[DumpRow]:
    """Yield the rows of the dump at `path`; raise DataError with file, line and column."""
    import csv  # not needed by anything that starts often

    reader = csv.reader(_text(path).splitlines())
    header = [name.strip().replace("_", "").lower() for name in next(reader, [])]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise DataError(
            f"{path} lacks the columns {', '.join(missing)}: it is no dump of CTP's instrument query",
            file=str(path),
            line=1,
            column=missing[0],
            expected=f"a header with {', '.join(_NEEDED)}",
        )
    for fields in reader:
        if len(fields) != len(header):
            raise DataError(
                f"{path}, line {reader.line_num}: {len(fields)} fields, {len(header)} are expected",
                file=str(path),
                line=reader.line_num,
                column=header[min(len(fields), len(header) - 1)],
                expected=f"{len(header)} fields",
            )
        yield DumpRow(str(path), reader.line_num, dict(zip(header, fields, strict=True)))


def _text(path: Path) -> str:
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        import gzip

        data = gzip.decompress(data)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")
