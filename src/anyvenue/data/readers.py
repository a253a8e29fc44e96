"""Open market data files: recognise the layout, find instrument, date and interval, stream the records."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path

import msgspec

from anyvenue.data.captures import is_capture, open_capture
from anyvenue.data.column_source import ColumnSource
from anyvenue.data.columns import is_column_file
from anyvenue.data.continuous import series_warnings
from anyvenue.data.decode_bars import BarDecoder
from anyvenue.data.decode_depth import DepthDecoder
from anyvenue.data.decode_own import OwnDecoder
from anyvenue.data.decode_ticks import QuoteDecoder, TradeDecoder
from anyvenue.data.decoding import Plan, Row, row_clock
from anyvenue.data.intervals import DAY_NS, SECOND_NS, interval_text, parse_interval
from anyvenue.data.naming import date_in_name, instrument_in_name, interval_in_name
from anyvenue.data.profiles import Profile, Record, Stamp, get_profile, recognise
from anyvenue.data.source import Source
from anyvenue.data.table import Table, open_table
from anyvenue.model.errors import ConfigError, DataError
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketData
from anyvenue.reference.catalog import Catalog

__all__ = ["CsvSource", "Source", "open_source"]

_SAMPLE_ROWS = 400
_Decoder = DepthDecoder | QuoteDecoder | TradeDecoder | BarDecoder | OwnDecoder


class CsvSource(Source):
    """A CSV file, plain or gzipped; its memory does not grow with its length."""

    def __init__(
        self, path: Path, plan: Plan, assumptions: tuple[str, ...], warnings: tuple[str, ...]
    ) -> None:
        super().__init__(
            path,
            plan.instrument,
            plan.profile.record,
            profile=plan.profile.name,
            interval=plan.interval_text if plan.profile.record is Record.BAR else "",
            zone=plan.zone,
            assumptions=assumptions,
            warnings=warnings,
        )
        self.plan = plan

    def events(self) -> Iterator[MarketData]:
        """Give the records in the order of time; raise DataError naming file, line, column and what was expected."""
        with open_table(self.path) as table:
            yield from _decoder(self.plan, table).events()


def _decoder(plan: Plan, table: Table) -> _Decoder:
    if plan.profile.canonical:
        return OwnDecoder(plan, table)
    if plan.profile.record is Record.DEPTH:
        return DepthDecoder(plan, table)
    if plan.profile.record is Record.QUOTE:
        return QuoteDecoder(plan, table)
    return (
        BarDecoder(plan, table) if plan.profile.record is Record.BAR else TradeDecoder(plan, table)
    )


def open_source(
    path: str | Path,
    *,
    catalog: Catalog,
    instrument: str | None = None,
    profile: str | Profile | None = None,
    date: int | None = None,
    interval: str | None = None,
) -> Source:
    """Return the market data file at `path` as a Source.

    `instrument`, `date` (yyyymmdd) and `interval` override what the file and its name say; `profile` names the
    layout where the header fits several. Raises DataError when something is missing or broken, ConfigError for an
    unknown profile, UnknownInstrument when the catalog does not know the instrument.
    """
    path = Path(path)
    if is_column_file(path):
        return _column_source(path, catalog, instrument)
    if is_capture(path):
        return open_capture(
            path, catalog, instrument=instrument, profile=_capture_layout(path, profile)
        )
    with open_table(path) as table:
        layout = _layout(profile, table)
        with table.guard():
            rows = [row for row in islice(table.rows, _SAMPLE_ROWS) if row]
        return _Opening(table, layout, rows).source(catalog, instrument, date, interval)


def _column_source(path: Path, catalog: Catalog, instrument: str | None) -> ColumnSource:
    source = ColumnSource(path, catalog)
    wanted = source.instrument.id if instrument is None else catalog.resolve(instrument).id
    if wanted != source.instrument.id:
        raise DataError(
            f"{path.name} holds {source.instrument.id}, not {wanted}",
            file=str(path),
            line=0,
            expected=f"no instrument, or {source.instrument.id}",
        )
    return source


def _capture_layout(path: Path, profile: str | Profile | None) -> Profile | None:
    found = get_profile(profile) if isinstance(profile, str) else profile
    if found is not None and found.time:
        raise ConfigError(
            f"{path.name} is a capture of Binance's streams and has no columns as {found.name} says; use binance-ws, "
            f"binance-ws-quote or binance-ws-trade",
            profile=found.name,
        )
    return found


def _layout(profile: str | Profile | None, table: Table) -> Profile:
    if profile is None:
        return recognise(table.header, table.path.name)
    found = get_profile(profile) if isinstance(profile, str) else profile
    if not found.time:
        raise table.error(
            "the file is no capture of a feed",
            expected=f"such a capture, which {found.name} is for",
            line=1,
        )
    table.positions((*found.time, *found.columns.values(), *found.instrument))
    return found


class _Opening:
    """Finds out what one file is about from its first rows and its name, keeping note of what was assumed."""

    def __init__(self, table: Table, profile: Profile, rows: list[Row]) -> None:
        self.table = table
        self.profile = profile
        self.rows = [row for row in rows if len(row) == table.width]
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def source(
        self, catalog: Catalog, instrument: str | None, date: int | None, interval: str | None
    ) -> CsvSource:
        found = self._instrument(catalog, instrument)
        names = self.profile.instrument
        first = self.rows[0] if self.rows else None
        plan = Plan(
            profile=self.profile,
            instrument=found,
            sessions=catalog.sessions(found.sessions),
            day=self._date(date) if self.profile.needs_date else 0,
            identity=first[self.table.positions(names)[0]] if first and names else "",
        )
        plan = self._with_interval(plan, interval)
        warnings = (*self.warnings, *series_warnings(found))
        return CsvSource(self.table.path, plan, (*self.profile.assumptions, *self.notes), warnings)

    def _instrument(self, catalog: Catalog, given: str | None) -> Instrument:
        if given is not None:
            return catalog.resolve(given)
        name = self.table.path.name
        if self.profile.instrument and self.rows:
            row = self.rows[0]
            parts = [row[at] for at in self.table.positions(self.profile.instrument)]
            return catalog.get(".".join(parts))
        text = instrument_in_name(name, self.profile.naming)
        if not text:
            raise self.table.error(
                "neither the rows nor the file's name say which instrument this is",
                expected="the instrument from you: --instrument ID",
                line=1,
            )
        self.notes.append(f"instrument {text}: from the file's name")
        return catalog.get(text)

    def _date(self, given: int | None) -> int:
        day = given or date_in_name(self.table.path.name)
        if not day:
            raise self.table.error(
                "the rows have times of day only, and the file's name has no date",
                expected="the date from you: --date yyyymmdd",
                line=1,
            )
        if given is None:
            self.notes.append(f"date {day}: from the file's name")
        return day

    def _with_interval(self, plan: Plan, given: str | None) -> Plan:
        if plan.profile.stamp is Stamp.MOMENT:
            return plan
        text = given or plan.profile.interval or self._interval(plan)
        return msgspec.structs.replace(plan, interval=parse_interval(text), interval_text=text)

    def _interval(self, plan: Plan) -> str:
        if plan.profile.canonical:
            return self.rows[0][self.table.header.index("interval")] if self.rows else "1m"
        named = interval_in_name(self.table.path.name)
        step = self._common_step(plan)
        usable = 0 < step <= DAY_NS and step % SECOND_NS == 0
        if not usable and named:
            self.notes.append(f"interval {named}: from the file's name")
            return named
        if not usable:
            raise self.table.error(
                f"the bars' interval cannot be told from {len(self.rows)} rows",
                expected="the interval from you: --interval 1m",
                line=1,
            )
        text = interval_text(step)
        self.notes.append(f"interval {text}: the most common step between rows")
        if named and named != text:
            self.warnings.append(f"the file's name says {named}, its rows are {text} apart")
        return text

    def _common_step(self, plan: Plan) -> int:
        clock = row_clock(plan, self.table)
        stamps: list[int] = []
        for row in self.rows:
            # A row that cannot be read is told with its line when the records are asked for.
            with suppress(ValueError, KeyError):
                stamps.append(clock(row))
        counts: dict[int, int] = {}
        for earlier, later in pairwise(stamps):
            if later > earlier:
                counts[later - earlier] = counts.get(later - earlier, 0) + 1
        return max(counts, key=lambda step: (counts[step], -step), default=0)
