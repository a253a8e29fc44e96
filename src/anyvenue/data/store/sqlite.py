"""A store in one SQLite file: a table for each kind, readable with any SQLite tool.

Columns have the names of the records' fields. An absent number is NULL, the levels of a snapshot are little-endian
doubles in a blob, decimals are texts.
"""

import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from math import nan
from pathlib import Path
from typing import Any

from anyvenue.data.store.base import CHUNK_ROWS, FOREVER, Compaction, Store, StoreBatch
from anyvenue.data.store.columns import Field, columns_of, fields_of, order_field, records_of
from anyvenue.data.store.keys import SeriesKey, StoreEntry, StoreKind, StoreRecord
from anyvenue.model.errors import DataError

__all__ = ["SqliteStore"]

_VERSION = 2
_TYPES = {"int": "INTEGER NOT NULL", "text": "TEXT NOT NULL", "floats": "BLOB NOT NULL"}


class SqliteStore(Store):
    """All series in one file; reading holds no lock between chunks, so that a recorder can go on writing."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; raise DataError when it is no store."""
        super().__init__(path)
        with closing(self._connect()) as db, _told(path):
            (version,) = db.execute("PRAGMA user_version").fetchone()
            tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if version != _VERSION and (version or tables):
                raise DataError(
                    f"{path.name} is an SQLite file but no store of this version",
                    file=str(path),
                    line=0,
                    expected=f"a store of version {_VERSION}, or a file that is not there yet",
                )
            if not version:
                db.executescript(_schema())

    def list(self) -> list[StoreEntry]:
        """Return what the store holds, sorted by key."""
        found: list[tuple[SeriesKey, int, int, int]] = []
        with closing(self._connect()) as db, _told(self.path):
            names = db.execute("SELECT id, instrument, kind, interval FROM series").fetchall()
            for number, instrument, kind, interval in names:
                key = SeriesKey(instrument, StoreKind(kind), interval)
                ts = order_field(key.kind)
                query = f"SELECT count(*), min({ts}), max({ts}) FROM {_table(key)} WHERE series = ?"
                rows, first, last = db.execute(query, (number,)).fetchone()
                if rows:
                    found.append((key, rows, first, last))
        values = {key: rows * len(fields_of(key.kind)) for key, rows, _, _ in found}
        share = self.path.stat().st_size / max(1, sum(values.values()))
        return sorted(
            (
                StoreEntry(key, rows, first, last, round(values[key] * share))
                for key, rows, first, last in found
            ),
            key=lambda entry: entry.key,
        )

    def records(self, key: SeriesKey, start: int = 0, end: int = FOREVER) -> Iterator[StoreRecord]:
        """Yield the records of a series with start <= time < end."""
        fields = fields_of(key.kind)
        ts = order_field(key.kind)
        names = ", ".join(f'"{field.name}"' for field in fields)
        query = (
            f"SELECT rowid, {ts}, {names} FROM {_table(key)} WHERE series = ? AND {ts} < ? "
            f"AND ({ts}, rowid) > (?, ?) ORDER BY {ts}, rowid LIMIT {CHUNK_ROWS}"
        )
        after = (start - 1, FOREVER)
        with closing(self._connect()) as db, _told(self.path):
            number = _series(db, key)
            while rows := db.execute(query, (number, end, *after)).fetchall():
                after = (rows[-1][1], rows[-1][0])
                _, _, *columns = zip(*rows, strict=True)
                yield from records_of(key, list(map(_given, fields, columns)))

    def begin(self) -> StoreBatch:
        """Begin an append, one transaction."""
        return _SqliteBatch(self.path, self._connect())

    def compact(self, key: SeriesKey) -> Compaction:
        """Give back the space in the file that nothing uses; it is the same for every series."""
        before = self.path.stat().st_size
        with closing(self._connect()) as db, _told(self.path):
            (unused,) = db.execute("PRAGMA freelist_count").fetchone()
            if unused:
                db.execute("VACUUM")
        return Compaction(key, 1, 1, before, self.path.stat().st_size)

    def _connect(self) -> sqlite3.Connection:
        try:
            # We begin and end transactions ourselves.
            return sqlite3.connect(self.path, timeout=30.0, isolation_level=None)
        except sqlite3.Error as error:
            raise _broken(self.path, error) from None


class _SqliteBatch(StoreBatch):
    """One transaction."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self._path = path
        self._db = db
        self._before: dict[StoreKind, int] = {}
        try:
            with _told(path):
                db.execute("BEGIN IMMEDIATE")
                for kind in StoreKind:
                    query = f'SELECT coalesce(max(rowid), 0) FROM "{kind}"'
                    self._before[kind] = db.execute(query).fetchone()[0]
        except DataError:
            db.close()
            raise

    def holds(self, key: SeriesKey, first: int, last: int) -> bool:
        """Say whether there were such records before the transaction."""
        ts = order_field(key.kind)
        query = (
            f"SELECT 1 FROM {_table(key)} WHERE series = ? AND {ts} BETWEEN ? AND ? "
            "AND rowid <= ? LIMIT 1"
        )
        at = (_series(self._db, key), first, last, self._before[key.kind])
        return self._db.execute(query, at).fetchone() is not None

    def write(self, key: SeriesKey, records: Sequence[StoreRecord]) -> None:
        """Insert records."""
        fields = fields_of(key.kind)
        with _told(self._path):
            self._db.execute(
                "INSERT OR IGNORE INTO series (instrument, kind, interval) VALUES (?, ?, ?)",
                (key.instrument, key.kind.value, key.interval),
            )
            number = _series(self._db, key)
            columns = map(_kept, fields, columns_of(key.kind, records))
            places = ", ".join("?" * (len(fields) + 1))
            names = ", ".join(f'"{field.name}"' for field in fields)
            self._db.executemany(
                f"INSERT INTO {_table(key)} (series, {names}) VALUES ({places})",
                zip([number] * len(records), *columns, strict=True),
            )

    def finish(self) -> None:
        """Commit."""
        with closing(self._db), _told(self._path):
            self._db.execute("COMMIT")

    def abandon(self) -> None:
        """Roll back."""
        with closing(self._db):
            self._db.rollback()


class _told:  # noqa: N801
    """Turns what SQLite raises into DataError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise _broken(self._path, error) from None


def _broken(path: Path, error: sqlite3.Error) -> DataError:
    return DataError(
        f"{path.name} cannot be used: {error}",
        file=str(path),
        line=0,
        expected="a sound SQLite file that no other program is writing to",
    )


def _series(db: sqlite3.Connection, key: SeriesKey) -> int:
    query = "SELECT id FROM series WHERE instrument = ? AND kind = ? AND interval = ?"
    found = db.execute(query, (key.instrument, key.kind.value, key.interval)).fetchone()
    return int(found[0]) if found else 0


def _table(key: SeriesKey) -> str:
    return f'"{key.kind}"'


def _schema() -> str:
    parts = [
        "BEGIN;",
        "CREATE TABLE series (id INTEGER PRIMARY KEY, instrument TEXT, kind TEXT, interval TEXT, "
        "UNIQUE (instrument, kind, interval));",
    ]
    for kind in StoreKind:
        # Floats have no declared type: REAL would lose the sign of zero.
        columns = [f'"{each.name}" {_TYPES.get(each.form, "")}'.strip() for each in fields_of(kind)]
        parts.append(f'CREATE TABLE "{kind}" (series INTEGER NOT NULL, {", ".join(columns)});')
        parts.append(f'CREATE INDEX "{kind}_time" ON "{kind}" (series, {order_field(kind)});')
    return "\n".join([*parts, f"PRAGMA user_version = {_VERSION};", "COMMIT;"])


def _kept(field: Field, values: list[Any]) -> Sequence[Any]:
    """Return what a column is kept as; NaN becomes NULL by itself."""
    return [_packed(each) for each in values] if field.form == "floats" else values


def _given(field: Field, values: Sequence[Any]) -> list[Any]:
    if field.form == "float":
        return [nan if each is None else each for each in values]
    if field.form == "floats":
        return [_unpacked(each) for each in values]
    return list(values)


def _packed(values: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(values)}d", *values)


def _unpacked(data: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(data) // 8}d", data)
