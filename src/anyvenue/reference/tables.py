"""Read the packaged tables.

The tables are plain comma separated text without quoting: no field holds a comma, and a line that begins with ``#``
is a remark. Each is read at its first use and kept, as nothing ever changes it.
"""

from functools import cache
from pathlib import Path

from anyvenue.model.errors import DataError

__all__ = ["read_table"]

_FOLDER = Path(__file__).parent / "tables"


@cache
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of the packaged table `name` by column; raise DataError for a row of another width."""
    path = _FOLDER / f"{name}.csv"
    header: list[str] = []
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split(",")
        if not header:
            header = fields
            continue
        if len(fields) != len(header):
            raise _uneven(path.name, number, len(header), len(fields))
        rows.append(dict(zip(header, fields, strict=True)))
    return tuple(rows)


def _uneven(file: str, line: int, expected: int, found: int) -> DataError:
    return DataError(
        f"packaged table {file}, line {line}, has {found} fields where its header has {expected}: "
        "the installation is damaged, install anyvenue again",
        file=file,
        line=line,
        expected=f"{expected} fields",
    )
