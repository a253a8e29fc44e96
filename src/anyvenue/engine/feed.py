"""From what a user names as data to one stream of events."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise
from os import PathLike, fspath

from msgspec.msgpack import Encoder

from anyvenue.data.captures import join_captures
from anyvenue.data.merge import merge
from anyvenue.data.profiles import Record
from anyvenue.data.readers import open_source
from anyvenue.data.source import MemorySource, Source
from anyvenue.model.errors import ConfigError, DataError
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade
from anyvenue.reference.catalog import Catalog

__all__ = ["DataLike", "Feed", "open_feed"]

PathText = str | PathLike[str]
DataLike = PathText | Source | Sequence[PathText | Source] | Sequence[MarketData]

_BATCH = 4096
_RECORDS = {Depth: Record.DEPTH, Quote: Record.QUOTE, Trade: Record.TRADE, Bar: Record.BAR}


class Feed:
    """The sources of a run, merged in the order of time."""

    def __init__(self, sources: Sequence[Source]) -> None:
        """Take at least one source; raise ConfigError for none."""
        if not sources:
            raise ConfigError("no data was given; name at least one file", key="data")
        # A capture may go on in the next file: one book needs them as one source.
        self.sources = tuple(join_captures(sources))

    @property
    def instruments(self) -> list[Instrument]:
        """The instruments of the sources, each once, in the order given; those of hidden ones at the end."""
        sources = sorted(self.sources, key=lambda source: source.hidden)
        return list({source.instrument.id: source.instrument for source in sources}.values())

    @property
    def traded(self) -> list[Instrument]:
        """Those of them that strategies are for: hidden sources only bring prices that others need."""
        open_ones = (source.instrument for source in self.sources if not source.hidden)
        return list({each.id: each for each in open_ones}.values())

    @property
    def warnings(self) -> list[str]:
        """What the sources warn of, each once."""
        return list(dict.fromkeys(text for source in self.sources for text in source.warnings))

    @property
    def synthetic(self) -> bool:
        """Whether any of the sources is made up."""
        return any(source.synthetic for source in self.sources)

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
    interval: str | None = None,
) -> Feed:
    """Open files, sources or plain records; raise DataError or ConfigError.

    Files of one instrument that follow each other (days) may be given in any order: they are merged by time.
    """
    if isinstance(data, str | PathLike | Source):
        data = [data]
    items = list(data)
    if items and isinstance(items[0], tuple(_RECORDS)):
        return Feed([_in_memory(items, catalog)])  # type: ignore[arg-type]
    for item in items:
        if not isinstance(item, str | PathLike | Source):
            raise ConfigError(
                f"data was {type(item).__name__}; a path, a Source or market records are expected",
                key="data",
            )
    return Feed(
        [
            item
            if isinstance(item, Source)
            else open_source(
                fspath(item),  # type: ignore[arg-type]
                catalog=catalog,
                instrument=instrument,
                profile=profile,
                date=date,
                interval=interval,
            )
            for item in items
        ]
    )


def _in_memory(records: Sequence[MarketData], catalog: Catalog) -> Source:
    first = records[0]
    ids = {record.instrument for record in records}
    if len(ids) > 1:
        raise ConfigError(
            f"records of {len(ids)} instruments in one list; give one list, file or Source an instrument",
            key="data",
        )
    if len({type(record) for record in records}) > 1:
        raise ConfigError(
            f"records of several kinds of {first.instrument} in one list; give one list or Source a kind",
            key="data",
        )
    _check_order(records)
    interval = first.interval if isinstance(first, Bar) else ""
    return _Records(records, catalog.get(first.instrument), _RECORDS[type(first)], interval)


def _check_order(records: Sequence[MarketData]) -> None:
    for number, (earlier, later) in enumerate(pairwise(records), 1):
        if later.ts_recv < earlier.ts_recv:
            raise DataError(
                f"record {number} of {later.instrument} is earlier than the one before it; sort the list by ts_recv",
                file="",
                line=number,
                expected=f"a ts_recv of {earlier.ts_recv} or later",
            )


class _Records(MemorySource):
    """A list of records as a source; its hash is over the records themselves."""

    def __init__(
        self, records: Sequence[MarketData], instrument: Instrument, record: Record, interval: str
    ) -> None:
        identity = f"{len(records)} records of {instrument.id}"
        super().__init__(
            instrument, record, lambda: iter(records), identity=identity, interval=interval
        )
        self._records = records

    def content_hash(self) -> str:
        """Return a hash of the records."""
        digest, encode = blake2b(digest_size=16), Encoder().encode
        for start in range(0, len(self._records), _BATCH):
            digest.update(encode(self._records[start : start + _BATCH]))
        return digest.hexdigest()
