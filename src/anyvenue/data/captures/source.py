"""Captures of Binance's streams as sources of market data."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

from anyvenue.data.captures.binance import messages
from anyvenue.data.captures.building import BookBuilder
from anyvenue.data.captures.lines import line_error, read_lines
from anyvenue.data.captures.naming import Sample
from anyvenue.data.captures.raw import Found, quotes, raw_events, trades
from anyvenue.data.profiles import Profile, Record, get_profile
from anyvenue.data.source import Source
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketData, MarketEvent
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["CaptureSource", "capture_events", "join_captures", "open_capture"]

_MOST_TOLD = 5


class CaptureSource(Source):
    """One instrument of a capture, read from one file or from several that belong together.

    `warnings` grow while `events` is read: where messages were missing and there was no book.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        instrument: Instrument,
        profile: Profile,
        symbol: str,
        sessions: SessionCalendar,
        *,
        notes: tuple[str, ...] = (),
        warnings: tuple[str, ...] = (),
    ) -> None:
        """Read `symbol` (the venue's name) as `instrument`; `profile` says what the records are."""
        super().__init__(
            paths[0],
            instrument,
            profile.record,
            profile=profile.name,
            assumptions=(*profile.assumptions, *notes),
            warnings=warnings,
        )
        self._gaps: list[str] = []
        self.paths = tuple(paths)
        self.symbol = symbol
        self.layout = profile
        self.sessions = sessions

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user should know, with the gaps found when the records were read last."""
        told = self._gaps[:_MOST_TOLD]
        more = len(self._gaps) - len(told)
        rest = (f"at {more} more places there was no book",) if more else ()
        return (*self._before_reading, *told, *rest)

    @warnings.setter
    def warnings(self, texts: tuple[str, ...]) -> None:
        self._before_reading = texts

    def events(self) -> Iterator[MarketData]:
        """Give the records by receive time; raise DataError for a broken line, or when no book could be built."""
        found = messages(read_lines(self.paths), self.symbol)
        if self.record is Record.QUOTE:
            return quotes(found, self.instrument.id)
        if self.record is Record.TRADE:
            return trades(found, self.instrument.id)
        return self._depths(found)

    def _depths(self, found: Found) -> Iterator[MarketData]:
        builder = BookBuilder(self.instrument, self.sessions, self.layout.levels)
        self._gaps = builder.gaps
        take = builder.take
        line = None
        for line, message in found:
            depth = take(line, message)
            if depth is not None:
                yield depth
        if not builder.sequence.snapshots and not builder.partial and line is not None:
            raise line_error(
                line,
                f"the capture ends without a snapshot of {self.symbol}'s book, so none can be built",
                expected="a depth snapshot: give the file that has it as well, or read bookTicker only with "
                "--profile binance-ws-quote",
            )

    def content_hash(self) -> str:
        """Return a hash of the files, the symbol and the layout."""
        digest = blake2b(
            f"{self.symbol} {self.profile} {self.layout.levels}".encode(), digest_size=16
        )
        for path in self.paths:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        return digest.hexdigest()


def open_capture(
    paths: Path | Sequence[Path],
    catalog: Catalog,
    *,
    instrument: str | None = None,
    profile: Profile | None = None,
) -> CaptureSource:
    """Return a capture as a source; several files are read as one, by receive time.

    Without `instrument` the capture must be of one symbol. Raise DataError, or UnknownInstrument.
    """
    files = [paths] if isinstance(paths, Path) else list(paths)
    layout = profile or get_profile("binance-ws")
    seen = Sample(files)
    notes = []
    if instrument is None:
        found = seen.find(catalog)
        notes.append(f"instrument {found.id}: from the symbol of the messages")
    else:
        found = catalog.resolve(instrument)
    symbol = seen.symbol_for(found)
    return CaptureSource(
        files,
        found,
        layout,
        symbol,
        catalog.sessions(found.sessions),
        notes=tuple(notes),
        warnings=tuple(seen.warnings(found)),
    )


def join_captures(sources: Sequence[Source]) -> list[Source]:
    """Return the sources with captures of the same instrument and layout joined into one, in the first one's place.

    A capture often goes on in the next file, or has its snapshots in another one: together they make one book.
    """
    joined: list[Source] = []
    for source in sources:
        mate = next((at for at, each in enumerate(joined) if _belong_together(each, source)), None)
        if mate is None:
            joined.append(source)
            continue
        first = joined[mate]
        assert isinstance(first, CaptureSource)
        assert isinstance(source, CaptureSource)
        joined[mate] = CaptureSource(
            (*first.paths, *source.paths),
            first.instrument,
            first.layout,
            first.symbol,
            first.sessions,
            notes=first.assumptions[len(first.layout.assumptions) :],
            warnings=first.warnings,
        )
    return joined


def _belong_together(first: Source, second: Source) -> bool:
    return (
        isinstance(first, CaptureSource)
        and isinstance(second, CaptureSource)
        and first.instrument.id == second.instrument.id
        and first.layout == second.layout
    )


def capture_events(source: CaptureSource) -> Iterator[MarketEvent]:
    """Give everything a capture says as plain events: BookDelta, Quote, Trade and FundingRate.

    Only depth messages in sequence become deltas, the first of a snapshot with `snapshot` set.
    """
    return raw_events(messages(read_lines(source.paths), source.symbol), source.instrument)
