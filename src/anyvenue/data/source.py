"""A source of market data: what it is about, what it can serve, and its records as often as they are asked for."""

from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

from anyvenue.data.intervals import DAY_NS, parse_interval
from anyvenue.data.profiles import Record
from anyvenue.model.errors import ConfigError
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketData

__all__ = ["MemorySource", "PassingSource", "Source", "channels_of"]

_CHANNELS = {
    Record.DEPTH: frozenset({"depth", "quotes", "bars"}),
    Record.QUOTE: frozenset({"quotes", "bars"}),
    Record.TRADE: frozenset({"trades", "bars"}),
}


def channels_of(record: Record, interval: str = "") -> frozenset[str]:
    """Return what records can serve: ``bars`` stands for bars of any interval, ``bars:1m`` for 1m and multiples."""
    return frozenset({f"bars:{interval}"}) if record is Record.BAR else _CHANNELS[record]


class Source:
    """Market data of one instrument, in the order of `ts_recv`.

    `path` is where it is read from, `profile` the name of its layout, `interval` the bars' (empty for ticks).
    `assumptions` are what the layout takes for granted, `warnings` what a user should know; both are English
    sentences to show. `zone` is the time zone to show times in. `synthetic` data is made up: no market was recorded.
    `hidden` data is there for the prices that others are reckoned by, such as an option's underlying: nobody asked to
    trade it.
    """

    def __init__(
        self,
        path: Path,
        instrument: Instrument,
        record: Record,
        *,
        profile: str = "",
        interval: str = "",
        zone: str = "UTC",
        assumptions: tuple[str, ...] = (),
        warnings: tuple[str, ...] = (),
        synthetic: bool = False,
    ) -> None:
        self.path = path
        self.instrument = instrument
        self.record = record
        self.profile = profile
        self.interval = interval
        self.zone = zone
        self.assumptions = assumptions
        self.warnings = warnings
        self.synthetic = synthetic
        self.hidden = False
        self.channels = channels_of(record, interval)

    def events(self) -> Iterator[MarketData]:
        """Give the records in the order of time; each call starts anew. Raises DataError when the data is broken."""
        raise NotImplementedError(f"{type(self).__name__} must give its events")

    def serves(self, channel: str) -> bool:
        """Say whether a channel such as ``quotes`` or ``bars:5m`` can be served from these records."""
        if channel in self.channels:
            return True
        name, _, interval = channel.partition(":")
        if name != "bars" or not interval:
            return False
        try:
            wanted = parse_interval(interval)
        except ConfigError:
            return False
        if "bars" in self.channels:
            return True
        return bool(self.interval) and _is_coarser(wanted, parse_interval(self.interval))

    def content_hash(self) -> str:
        """Return a hash of the data, for the audit hash of a run."""
        with self.path.open("rb") as file:
            digest = blake2b(digest_size=16)
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r}, {self.instrument.id}, {self.profile})"


class PassingSource(Source):
    """A source that passes on what another one gives, changed or in part; `instrument` may stand for its own."""

    def __init__(
        self, source: Source, *, instrument: Instrument | None = None, notes: tuple[str, ...] = ()
    ) -> None:
        """Take everything over from `source`; `notes` join its assumptions."""
        super().__init__(
            source.path,
            instrument or source.instrument,
            source.record,
            profile=source.profile,
            interval=source.interval,
            zone=source.zone,
            assumptions=(*source.assumptions, *notes),
            synthetic=source.synthetic,
        )
        self.hidden = source.hidden
        self.channels = source.channels
        self.source = source

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the other source warns of now: some learn more while they are read."""
        return self.source.warnings

    @warnings.setter
    def warnings(self, texts: tuple[str, ...]) -> None:
        """Take nothing: there are no warnings of its own."""


def _is_coarser(wanted: int, given: int) -> bool:
    return wanted >= given and (wanted % given == 0 or wanted == DAY_NS)


class MemorySource(Source):
    """Records that are made by a function, such as a synthetic market or one's own columns.

    `identity` stands for the content in the audit hash: it must name everything that shapes the records.
    """

    def __init__(
        self,
        instrument: Instrument,
        record: Record,
        make: Callable[[], Iterator[MarketData]],
        *,
        identity: str,
        interval: str = "",
        zone: str = "UTC",
        assumptions: tuple[str, ...] = (),
        synthetic: bool = False,
    ) -> None:
        super().__init__(
            Path(f"<{identity}>"),
            instrument,
            record,
            profile="memory",
            interval=interval,
            zone=zone,
            assumptions=assumptions,
            synthetic=synthetic,
        )
        self._make = make
        self._identity = identity

    def events(self) -> Iterator[MarketData]:
        """Give the records; each call makes them anew."""
        return self._make()

    def content_hash(self) -> str:
        """Return a hash of the identity."""
        return blake2b(self._identity.encode(), digest_size=16).hexdigest()
