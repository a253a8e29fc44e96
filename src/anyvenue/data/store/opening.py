"""Open stores."""

from pathlib import Path

from anyvenue.data.store.base import Store
from anyvenue.model.errors import ConfigError, DataError

__all__ = ["open_store"]

_SQLITE = (".sqlite", ".sqlite3", ".db")


def open_store(path: str | Path, *, create: bool = True) -> Store:
    """Return the store at `path`: a SQLite file (``.sqlite``, ``.sqlite3``, ``.db``), else a folder of Parquet files.

    With `create` False a store that is not there raises DataError. ConfigError is raised for a file of another
    ending, and for a folder where pyarrow is not installed.
    """
    path = Path(path)
    if not create and not path.exists():
        raise DataError(
            f"there is no store at {path}: make one with anyvenue data import FILE --store {path}",
            file=str(path),
            line=0,
            expected="a store",
        )
    if path.suffix.lower() in _SQLITE and not path.is_dir():
        from anyvenue.data.store.sqlite import SqliteStore  # only who uses it loads sqlite3

        path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteStore(path)
    if path.exists() and not path.is_dir():
        raise ConfigError(
            f"{path} is a file: a store is a folder, or a file that ends in {', '.join(_SQLITE)}",
            option="store",
            value=str(path),
        )
    from anyvenue.data.store.parquet import ParquetStore

    return ParquetStore(path)
