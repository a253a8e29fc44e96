"""From what a user names as data to one stream of events."""

from collections.abc import Iterable, Iterator, Sequence
from os import PathLike, fspath

from anyvenue.data.merge import merge
from anyvenue.data.profiles import Record
from anyvenue.data.readers import open_source
from anyvenue.data.source import MemorySource, Source
from anyvenue.model.errors import ConfigError
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade
from anyvenue.reference.catalog import Catalog

__all__ = ["DataLike", "Feed", "open_feed"]

PathText = str | PathLike[str]
DataLike = PathText | Source | Sequence[PathText | Source] | Sequence[MarketData]

_RECORDS = {Depth: Record.DEPTH, Quote: Record.QUOTE, Trade: Record.TRADE, Bar: Record.BAR}


class Feed:
    """The sources of a run, merged in the order of time."""

    def __init__(self, sources: Sequence[Source]) -> None:
        """Take at least one source; raise ConfigError for none."""
        if not sources:
            raise ConfigError("no data was given; name at least one file", key="data")
        self.sources = tuple(sources)

    @property
    def instruments(self) -> list[Instrument]:
        """The instruments of the sources, each once, in the order given."""
        return list({source.instrument.id: source.instrument for source in self.sources}.values())

    @property
    def warnings(self) -> list[str]:
        """What the sources warn of, each once."""
        return list(dict.fromkeys(text for source in self.sources for text in source.warnings))

    def content_hashes(self) -> list[str]:
        """Return one hash a source, for the audit hash of a run."""
        return [source.content_hash() for source in self.sources]

    def events(self) -> Iterator[MarketData]:
        """Yield the events of all sources in order."""
        return merge(self.sources)


def open_feed(
    data: DataLike,
    catalog: Catalog,
    *,
    instrument: str | None = None,
    profile: str | None = None,
    date: int | None = None,
) -> Feed:
    """Open files, sources or plain records; raise DataError or ConfigError.

    Files of one instrument that follow each other (days) may be given in any order: they are merged by time.
    """
    if isinstance(data, str | PathLike | Source):
        data = [data]
    items = list(data)
    if items and isinstance(items[0], tuple(_RECORDS)):
        return Feed([_in_memory(items, catalog)])  # type: ignore[arg-type]
    return Feed([_open(item, catalog, instrument, profile, date) for item in items])


def _open(
    item: object, catalog: Catalog, instrument: str | None, profile: str | None, date: int | None
) -> Source:
    if isinstance(item, Source):
        return item
    if isinstance(item, str | PathLike):
        return open_source(
            fspath(item), catalog=catalog, instrument=instrument, profile=profile, date=date
        )
    raise ConfigError(
        f"data was {type(item).__name__}; a path, a Source or market records are expected",
        key="data",
    )


def _in_memory(records: Sequence[MarketData], catalog: Catalog) -> Source:
    first = records[0]
    ids = {record.instrument for record in records}
    if len(ids) > 1:
        raise ConfigError(
            f"records of {len(ids)} instruments in one list; give one list, file or Source an instrument",
            key="data",
        )
    interval = first.interval if isinstance(first, Bar) else ""

    def give() -> Iterable[MarketData]:
        return iter(records)

    return MemorySource(
        catalog.get(first.instrument),
        _RECORDS[type(first)],
        give,  # type: ignore[arg-type]
        identity=f"{len(records)} records of {first.instrument} from {first.ts_recv}",
        interval=interval,
    )
