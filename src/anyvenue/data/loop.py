"""Recorded days again and again, round the clock: a market that never closes, made of one that did.

A cycle is everything that was recorded, by trading day. Stretches in which nothing came are cut short, by whole
minutes, for all instruments alike, so that they keep step with each other and with their bars. Every pass of a recorded
day is a trading day of its own: the volume of the day starts again, the exchange settles where the next pass begins.

The price jumps where the last record of a cycle meets the first. That is not hidden: who holds a position over the seam
wins or loses the difference, as everyone does whose venue replays a day (openctp's 7x24 front does the same). Only of
a continuous series it is taken out, as between any two of its days.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from itertools import count

import msgspec
from msgspec.structs import replace

from anyvenue.data.intervals import parse_interval
from anyvenue.data.merge import merge
from anyvenue.data.source import PassingSource, Source
from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketData
from anyvenue.reference.passes import PassCalendar
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["Loop", "LoopSource", "loop_sources"]

_MINUTE_NS = 60_000_000_000
_SEAM_NS = _MINUTE_NS
"""At least so long nothing happens between two cycles."""

SessionsOf = Callable[[Instrument], SessionCalendar]


class _Stretch(msgspec.Struct, frozen=True):
    """Records received from `begin` on (int ns UTC) are moved by `shift` and belong to the cycle's day `day`."""

    begin: int
    shift: int
    day: int


class Loop(msgspec.Struct, frozen=True):
    """A loop: its sources, the calendar of its trading days, and the recorded days (yyyymmdd) of one cycle."""

    sources: tuple["LoopSource", ...]
    calendar: PassCalendar
    days: tuple[int, ...]


class LoopSource(PassingSource):
    """The records of `source` for ever; made by `loop_sources`, so that several keep step."""

    def __init__(
        self, source: Source, stretches: Sequence[_Stretch], calendar: PassCalendar, days: int
    ) -> None:
        """Repeat `source`, whose records lie in `stretches` of a cycle of so many `days`."""
        # What expires on a date would be gone after some passes, and the days run ahead of the clock.
        super().__init__(
            source, instrument=replace(source.instrument, expiry=0), notes=_notes(days)
        )
        self.calendar = calendar
        self._stretches = tuple(stretches)
        self._days = days

    def events(self) -> Iterator[MarketData]:
        """Give the records, cycle by cycle, without end; each cycle reads the source anew."""
        for cycle in count():
            any_record = False
            for event in self._pass(cycle):
                any_record = True
                yield event
            if not any_record:
                return

    def _pass(self, cycle: int) -> Iterator[MarketData]:
        stretches, calendar = self._stretches, self.calendar
        at, shift, day, until = -1, 0, 0, stretches[0].begin
        for event in self.source.events():
            if event.ts_recv >= until:
                at = bisect_right(stretches, event.ts_recv, key=_begin) - 1
                shift = stretches[at].shift + cycle * calendar.period
                day = calendar.day_at(cycle * self._days + stretches[at].day)
                until = stretches[at + 1].begin if at + 1 < len(stretches) else 1 << 63
            yield _moved(event, shift, day)

    def content_hash(self) -> str:
        """Return a hash of the source's content and of how it is repeated."""
        parts = [(each.begin, each.shift, each.day) for each in self._stretches]
        text = f"loop {self.source.content_hash()} {self.calendar.period} {parts}"
        return blake2b(text.encode(), digest_size=16).hexdigest()


def loop_sources(
    sources: Sequence[Source], sessions_of: SessionsOf, start: int | None = None
) -> Loop:
    """Return sources that repeat all records of `sources` for ever; raise ConfigError when there are none.

    `sessions_of` tells the trading day of records that do not. The first cycle begins at `start` (int ns UTC), by
    default when it was recorded. All records are read once to find the days and the quiet stretches.
    """
    survey = _Survey(sources, sessions_of)
    for event in merge(sources):
        survey.add(event)
    if not survey.stretches:
        raise ConfigError("nothing was recorded that could be repeated", code="config.loop_empty")
    origin, lengths = survey.stretches[0].begin, survey.lengths()
    moved = 0 if start is None else start - origin
    stretches = [replace(each, shift=each.shift + moved) for each in survey.stretches]
    days = tuple(survey.days)
    calendar = PassCalendar(origin + moved, lengths, days[0])
    looped = [LoopSource(source, stretches, calendar, len(days)) for source in sources]
    return Loop(tuple(looped), calendar, days)


class _Survey:
    """Finds days and quiet stretches in the records of a cycle."""

    def __init__(self, sources: Sequence[Source], sessions_of: SessionsOf) -> None:
        self.stretches: list[_Stretch] = []
        self.days: list[int] = []
        self._begins: list[int] = []
        self._last = 0
        self._sessions: dict[InstrumentId, SessionCalendar] = {
            source.instrument.id: sessions_of(source.instrument) for source in sources
        }
        longest = max(
            (parse_interval(each.interval) for each in sources if each.interval), default=0
        )
        # Bars of five minutes are no quiet stretches of five minutes.
        self._keep = max(_MINUTE_NS, longest)

    def add(self, event: MarketData) -> None:
        """Take the next record."""
        ts = event.ts_recv
        day = self._day(event)
        if not self.stretches:
            self.days.append(day)
            first = _first_instant(event) // _MINUTE_NS * _MINUTE_NS
            self._begins.append(first)
            self.stretches.append(_Stretch(first, 0, 0))
        new_day = day > self.days[-1]
        cut = max(0, (ts - self._last - self._keep) // _MINUTE_NS * _MINUTE_NS) if self._last else 0
        if cut or new_day:
            shift = self.stretches[-1].shift - cut
            if new_day:
                self.days.append(day)
                self._begins.append((_first_instant(event) + shift) // _MINUTE_NS * _MINUTE_NS)
            self.stretches.append(_Stretch(ts, shift, len(self.days) - 1))
        self._last = ts

    def lengths(self) -> list[int]:
        """Return how long each day of the cycle is, in ns; a whole number of minutes."""
        end = self._last + self.stretches[-1].shift + _SEAM_NS
        whole = -(-end // _MINUTE_NS) * _MINUTE_NS
        ends = [*self._begins[1:], whole]
        return [end - begin for begin, end in zip(self._begins, ends, strict=True)]

    def _day(self, event: MarketData) -> int:
        told = getattr(event, "trading_day", 0)
        return told or self._sessions[event.instrument].trading_day(_first_instant(event))


def _first_instant(event: MarketData) -> int:
    return event.ts_start if isinstance(event, Bar) else event.ts_recv


def _begin(stretch: _Stretch) -> int:
    return stretch.begin


def _moved(event: MarketData, shift: int, day: int) -> MarketData:
    ts_event, ts_recv = event.ts_event + shift, event.ts_recv + shift
    if isinstance(event, Bar):
        start = event.ts_start + shift
        return replace(event, ts_event=ts_event, ts_recv=ts_recv, ts_start=start, trading_day=day)
    if isinstance(event, Depth):
        return replace(event, ts_event=ts_event, ts_recv=ts_recv, trading_day=day)
    return replace(event, ts_event=ts_event, ts_recv=ts_recv)


def _notes(days: int) -> tuple[str, ...]:
    what = "one recorded day" if days == 1 else f"{days} recorded days"
    return (
        f"replay: {what} again and again, round the clock; every pass is a trading day of its own",
        "stretches without records are cut short, by whole minutes",
        "the jump from the last price of a cycle to the first of the next is real profit or loss",
        "contracts do not expire in a loop",
    )
