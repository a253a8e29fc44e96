"""A column file as a source."""

from collections.abc import Iterator
from pathlib import Path

from anyvenue.data.columns import ColumnFile
from anyvenue.data.continuous import series_warnings
from anyvenue.data.source import Source
from anyvenue.model.market import MarketData
from anyvenue.reference.catalog import Catalog

__all__ = ["ColumnSource"]


class ColumnSource(Source):
    """A column file (``.avc``); its memory does not grow with its length."""

    def __init__(self, path: Path, catalog: Catalog) -> None:
        self.file = ColumnFile(path)
        header = self.file.header
        instrument = catalog.get(header.instrument)
        super().__init__(
            path,
            instrument,
            header.kind,
            profile="anyvenue-columns",
            interval=header.interval,
            zone=header.zone,
            assumptions=header.assumptions,
            warnings=series_warnings(instrument),
            synthetic=header.synthetic,
        )

    def events(self) -> Iterator[MarketData]:
        """Return the records in the order of time; raise DataError naming the chunk that is broken."""
        return self.file.events()

    def content_hash(self) -> str:
        """Return the hash of the columns."""
        return self.file.content_hash()
