"""What a file of market data holds: counts, times, gaps and everything a user should doubt."""

from collections.abc import Iterator

import msgspec

from anyvenue.data.clock import local_text
from anyvenue.data.decoding import Plan
from anyvenue.data.intervals import SECOND_NS, parse_interval
from anyvenue.data.profiles import Record
from anyvenue.data.source import Source
from anyvenue.data.spans import zone_of_sessions
from anyvenue.data.table import open_table
from anyvenue.model.market import Bar, Depth, MarketData, Quote
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["QUIET_NS", "DataInfo", "describe_source"]

QUIET_NS = 60 * SECOND_NS
"""Ticks further apart than this within one open window count as a gap."""


class DataInfo(msgspec.Struct, kw_only=True):
    """What a file holds. Times are int ns UTC and local text; `interval` is empty for ticks.

    `gaps` are places within an open window where bars are missing (`missing_bars` in all) or ticks are more than a
    minute apart; `missing_days` are trading days skipped between two records. `outside_sessions` are records at
    times when the tables say the market is closed.
    """

    path: str
    profile: str
    instrument: str
    name: str
    kind: str
    interval: str
    zone: str
    rows: int = 0
    trading_days: int = 0
    first_ts: int = 0
    last_ts: int = 0
    first_local: str = ""
    last_local: str = ""
    gaps: int = 0
    longest_gap_ns: int = 0
    longest_gap_at: str = ""
    missing_bars: int = 0
    missing_days: int = 0
    outside_sessions: int = 0
    zero_volume_bars: int = 0
    missing_prices: int = 0
    crossed_quotes: int = 0
    locked_quotes: int = 0
    channels: tuple[str, ...] = ()
    content_hash: str = ""
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the fields as plain values, for JSON."""
        return msgspec.structs.asdict(self)


def describe_source(source: Source, sessions: SessionCalendar) -> DataInfo:
    """Read all records of a source and return what they hold; raise DataError when they cannot be read."""
    info = DataInfo(
        path=str(source.path),
        profile=source.profile,
        instrument=source.instrument.id,
        name=source.instrument.name_zh or source.instrument.name,
        kind=source.record,
        interval=source.interval,
        zone=zone_of_sessions(sessions.name),
        channels=tuple(sorted(source.channels)),
        content_hash=source.content_hash(),
        assumptions=source.assumptions,
    )
    survey = _Survey(info, sessions)
    for event in source.events():
        survey.add(event)
    survey.end()
    info.warnings = (*source.warnings, *_serial_warnings(source), *survey.warnings())
    return info


class _Survey:
    """Counts over all records of one source."""

    def __init__(self, info: DataInfo, sessions: SessionCalendar) -> None:
        self.info = info
        self._sessions = sessions
        self._step = parse_interval(info.interval) if info.interval else 0
        self._before: MarketData | None = None
        self._day = 0

    def add(self, event: MarketData) -> None:
        """Count one record."""
        info = self.info
        info.rows += 1
        if self._before is None:
            info.first_ts = _begin(event)
        self._count_days(event)
        self._count_gap(event)
        if isinstance(event, Bar):
            info.zero_volume_bars += event.volume == 0
            info.missing_prices += event.open != event.open or event.close != event.close
        elif isinstance(event, Quote | Depth):
            info.crossed_quotes += event.bid > event.ask
            info.locked_quotes += event.bid == event.ask
            info.missing_prices += event.mid != event.mid
        else:
            info.missing_prices += event.price != event.price
        self._before = event

    def end(self) -> None:
        """Fill in what the last record tells."""
        info = self.info
        if self._before is not None:
            info.last_ts = self._before.ts_event
            info.first_local = local_text(info.first_ts, info.zone)
            info.last_local = local_text(info.last_ts, info.zone)

    def _count_days(self, event: MarketData) -> None:
        day = getattr(event, "trading_day", 0) or self._sessions.trading_day(_begin(event))
        if day == self._day:
            return
        self.info.trading_days += 1
        calendar = self._sessions.calendar
        if self._day:
            self.info.missing_days += max(0, len(calendar.days(self._day, day)) - 2)
        self._day = day

    def _count_gap(self, event: MarketData) -> None:
        start = _begin(event)
        window = self._sessions.window(start)
        open_now = self._sessions.is_open(start)
        daily = self.info.interval == "1d"
        self.info.outside_sessions += not open_now and not daily
        if self._before is None or daily or not open_now:
            return
        gap = start - self._before.ts_event
        if self._before.ts_event < window.start or gap <= (0 if self._step else QUIET_NS):
            return
        self.info.gaps += 1
        self.info.missing_bars += gap // self._step if self._step else 0
        if gap > self.info.longest_gap_ns:
            self.info.longest_gap_ns = gap
            self.info.longest_gap_at = local_text(self._before.ts_event, self.info.zone)

    def warnings(self) -> Iterator[str]:
        """Give what the counts should make a user doubt."""
        info = self.info
        if not info.rows:
            yield "the file has no records"
        if info.crossed_quotes:
            yield f"{info.crossed_quotes} of {info.rows} quotes are crossed (bid above ask)"
        if info.outside_sessions:
            hint = " (auction and settlement snapshots are)" if info.kind == Record.DEPTH else ""
            yield (
                f"{info.outside_sessions} of {info.rows} records are at times when "
                f"{self._sessions.name} is closed{hint}"
            )
        if info.missing_days:
            yield f"trading days missing between the first record and the last: {info.missing_days}"


def _begin(event: MarketData) -> int:
    return event.ts_start if isinstance(event, Bar) else event.ts_event


def _serial_warnings(source: Source) -> Iterator[str]:
    """Give a warning when the column that numbers the rows jumps: rows are missing there."""
    plan = getattr(source, "plan", None)
    if not isinstance(plan, Plan) or not plan.profile.serial:
        return
    jumps, last, before, line = 0, 0, None, 1
    with open_table(source.path) as table:
        at = table.positions([plan.profile.serial])[0]
        for row in filter(None, table.rows):
            try:
                number = int(row[at])
            except ValueError:
                raise table.error(
                    f"the row number was {row[at]!r}",
                    expected="a whole number",
                    column=plan.profile.serial,
                ) from None
            if before is not None and number != before + 1:
                jumps, last = jumps + 1, table.line
            before, line = number, table.line
    if jumps:
        alone = line - last + 1
        ending = {1: "; the last row stands alone", 2: "; the last two rows stand alone"}.get(
            alone, ""
        )
        times = "once" if jumps == 1 else f"{jumps} times, the last time"
        yield (
            f"the column {plan.profile.serial} jumps {times} at line {last}: rows are missing there{ending}"
        )
