"""What a worker is told, and how it finds strategy and data again in a process of its own."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from itertools import islice
from pathlib import Path
from types import ModuleType

import msgspec

from anyvenue.data.source import Source
from anyvenue.data.window import WindowSource
from anyvenue.engine.feed import DataLike, Feed, open_feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.errors import StrategyError
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketData
from anyvenue.model.numbers import Number
from anyvenue.oms.risk import RiskLimits
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.terms import Overrides
from anyvenue.strategy.base import Strategy

__all__ = ["HeldSource", "Setup", "StrategyPlace", "held_feed", "place_of", "strategy_at"]

_MOST_HELD = 2_000_000
"""Records kept in memory at most, some 300 MB of snapshots; longer data is read again for every point."""

Cash = Decimal | Mapping[str, Decimal]


class StrategyPlace(msgspec.Struct, frozen=True):
    """Where a strategy class is: module, name in it, and file, empty where there is none."""

    module: str
    name: str
    file: str = ""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a backtest needs but its parameters; it can be pickled where the data can."""

    strategy: StrategyPlace
    data: DataLike
    instrument: str | None = None
    profile: str | None = None
    date: int | None = None
    interval: str | None = None
    window: tuple[int | None, int | None] = (None, None)
    cash: Number | Mapping[str, Number] = Decimal(1_000_000)
    options: VenueOptions = VenueOptions()
    risk: RiskLimits = RiskLimits()
    catalog_date: int
    overrides: Overrides
    added: Sequence[Instrument] = ()

    def catalog(self) -> Catalog:
        """Return the instruments as the caller knows them."""
        catalog = Catalog(self.catalog_date, self.overrides)
        for instrument in self.added:
            catalog.add(instrument)
        return catalog

    def feed(self, catalog: Catalog) -> Feed:
        """Open the data; raise DataError or ConfigError."""
        feed = open_feed(
            self.data,
            catalog,
            instrument=self.instrument,
            profile=self.profile,
            date=self.date,
            interval=self.interval,
        )
        if self.window == (None, None):
            return feed
        return Feed([WindowSource(source, *self.window) for source in feed.sources])


class HeldSource(Source):
    """A source whose records, or whose content hash at least, are kept in memory."""

    def __init__(self, source: Source, records: Sequence[MarketData] | None) -> None:
        super().__init__(
            source.path,
            source.instrument,
            source.record,
            profile=source.profile,
            interval=source.interval,
            zone=source.zone,
            assumptions=source.assumptions,
            warnings=source.warnings,
            synthetic=source.synthetic,
        )
        self.channels = source.channels
        self._source = source
        self._records = records
        self._hash = source.content_hash()

    def events(self) -> Iterator[MarketData]:
        """Give the records."""
        return self._source.events() if self._records is None else iter(self._records)

    def content_hash(self) -> str:
        """Return the hash of the data as it was when it was loaded."""
        return self._hash


def held_feed(feed: Feed, most: int = _MOST_HELD) -> Feed:
    """Return the same feed in memory, as many sources of it as fit in `most` records."""
    held: list[Source] = []
    for source in feed.sources:
        # One more than fits tells that it does not.
        records = list(islice(source.events(), most + 1))
        fits = len(records) <= most
        most -= len(records) if fits else 0
        held.append(HeldSource(source, records if fits else None))
    return Feed(held)


def place_of(strategy: type[Strategy]) -> StrategyPlace:
    """Return where a class is."""
    module = sys.modules.get(strategy.__module__)
    file = getattr(module, "__file__", None) or ""
    return StrategyPlace(
        strategy.__module__, strategy.__qualname__, str(Path(file).resolve()) if file else ""
    )


def strategy_at(place: StrategyPlace) -> type[Strategy]:
    """Return the class at `place`; raise StrategyError."""
    found: object = _module_of(place)
    for name in place.name.split("."):
        found = getattr(found, name, None)
    if isinstance(found, type) and issubclass(found, Strategy):
        return found
    raise StrategyError(
        f"strategy {place.name} was not found in module {place.module}; define it at the top of a module",
        code="strategy.not_found",
        strategy=place.name,
        module=place.module,
    )


def _module_of(place: StrategyPlace) -> ModuleType:
    found = sys.modules.get(place.module)
    if found is not None:
        return found
    try:
        found = import_module(place.module)
    except ImportError:
        found = None
    if found is not None and (not place.file or _is_from(found, place.file)):
        return found
    return _module_in(place)


def _is_from(module: ModuleType, file: str) -> bool:
    own = getattr(module, "__file__", None)
    return own is not None and Path(own).resolve() == Path(file)


def _module_in(place: StrategyPlace) -> ModuleType:
    spec = spec_from_file_location(place.module, place.file) if place.file else None
    if spec is None or spec.loader is None:
        raise StrategyError(
            f"module {place.module} cannot be imported in another process; put the strategy in a file",
            code="strategy.not_found",
            strategy=place.name,
            module=place.module,
        )
    module = module_from_spec(spec)
    sys.path.insert(0, str(Path(place.file).parent))
    sys.modules[place.module] = module
    spec.loader.exec_module(module)
    return module
