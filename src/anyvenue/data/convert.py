"""Convert between any readable layout and our own files, and describe what a file holds."""

from collections.abc import Callable, Iterator
from pathlib import Path

from anyvenue.data.canonical import write_csv
from anyvenue.data.columns import ColumnHeader, write_columns
from anyvenue.data.info import DataInfo, describe_source
from anyvenue.data.profiles import Profile
from anyvenue.data.readers import open_source
from anyvenue.data.source import Source
from anyvenue.model.errors import ConfigError
from anyvenue.model.market import MarketData
from anyvenue.reference.catalog import Catalog

__all__ = ["DataInfo", "convert", "convert_source", "describe"]

Progress = Callable[[int], None]
_PROGRESS_ROWS = 10_000


def convert(
    in_path: str | Path,
    out_path: str | Path,
    catalog: Catalog,
    *,
    instrument: str | None = None,
    profile: str | Profile | None = None,
    date: int | None = None,
    interval: str | None = None,
    compress: bool = False,
    progress: Progress | None = None,
) -> int:
    """Read any known layout and write ``.csv``, ``.csv.gz`` or ``.avc``; return the number of records.

    The options are those of `open_source`; `compress` makes a column file smaller and slower to read. `progress` is
    called with the number of records every 10,000 of them and at the end. Raises ConfigError for another ending.
    """
    source = open_source(
        in_path,
        catalog=catalog,
        instrument=instrument,
        profile=profile,
        date=date,
        interval=interval,
    )
    return convert_source(source, out_path, compress=compress, progress=progress)


def convert_source(
    source: Source,
    out_path: str | Path,
    *,
    compress: bool = False,
    progress: Progress | None = None,
) -> int:
    """Write the records of a source as `convert` does; return their number."""
    path = Path(out_path)
    if path.exists() and source.path.exists() and path.samefile(source.path):
        raise ConfigError(
            f"{path} is the file to be read: write to another one",
            option="out_path",
            value=str(path),
        )
    events = _counted(source.events(), progress) if progress else source.events()
    if path.suffix == ".avc":
        return write_columns(path, _header(source, compress), events)
    if path.name.endswith((".csv", ".csv.gz")):
        return write_csv(path, source.record, events)
    raise ConfigError(
        f"{path.name} has no ending that can be written: use .csv, .csv.gz or .avc",
        option="out_path",
        value=str(path),
    )


def describe(
    path: str | Path,
    catalog: Catalog,
    *,
    instrument: str | None = None,
    profile: str | Profile | None = None,
    date: int | None = None,
    interval: str | None = None,
) -> DataInfo:
    """Read the whole file and return what it holds; options and errors are those of `open_source`."""
    source = open_source(
        path,
        catalog=catalog,
        instrument=instrument,
        profile=profile,
        date=date,
        interval=interval,
    )
    return describe_source(source, catalog.sessions(source.instrument.sessions))


def _header(source: Source, compress: bool) -> ColumnHeader:
    return ColumnHeader(
        kind=source.record,
        instrument=source.instrument.id,
        profile=source.profile,
        interval=source.interval,
        zone=source.zone,
        assumptions=(*source.assumptions, f"converted from {source.path.name} ({source.profile})"),
        compressed=compress,
        synthetic=source.synthetic,
    )


def _counted(events: Iterator[MarketData], progress: Progress) -> Iterator[MarketData]:
    rows = 0
    for event in events:
        rows += 1
        if rows % _PROGRESS_ROWS == 0:
            progress(rows)
        yield event
    progress(rows)
