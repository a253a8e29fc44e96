"""The bars a market should have, by its session calendar."""

from collections.abc import Iterable, Iterator

import msgspec

from anyvenue.data.intervals import DAY_NS
from anyvenue.data.spans import Span, day_span
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["Gap", "MissingBar", "bars_from", "gaps_of"]


class Gap(msgspec.Struct, frozen=True):
    """A stretch without records: [start, end) in int ns UTC, and how many bars are missing, 0 for ticks.

    It may reach over breaks and nights: no bar of the calendar lies between those it counts. It begins on trading
    day `trading_day` and ends on `last_day`.
    """

    start: int
    end: int
    bars: int
    trading_day: int
    last_day: int


class MissingBar(msgspec.Struct, frozen=True):
    """A bar that should be there: its number on the calendar's grid, its span and its trading day."""

    number: int
    start: int
    end: int
    trading_day: int


def bars_from(sessions: SessionCalendar, interval: int, start: int) -> Iterator[Span]:
    """Yield start, end and trading day of every bar that begins at or after `start`, without end."""
    day = sessions.trading_day(start)
    while True:
        for span in _bars_of(sessions, interval, day):
            if span[0] >= start:
                yield span
        day = sessions.calendar.next_day(day)


def _bars_of(sessions: SessionCalendar, interval: int, day: int) -> Iterator[Span]:
    if interval == DAY_NS:
        yield day_span(sessions, day)
        return
    at = -1
    for window in sessions.windows(day):
        at = max(at, window.start)
        while at < window.end:
            start, at = sessions.bar_window(at, interval)
            yield start, at, day


def gaps_of(missing: Iterable[MissingBar]) -> tuple[Gap, ...]:
    """Return missing bars, given in the order of time, as stretches."""
    gaps: list[Gap] = []
    before = -1
    for bar in missing:
        if gaps and bar.number == before + 1:
            gap = gaps[-1]
            gaps[-1] = Gap(gap.start, bar.end, gap.bars + 1, gap.trading_day, bar.trading_day)
        else:
            gaps.append(Gap(bar.start, bar.end, 1, bar.trading_day, bar.trading_day))
        before = bar.number
    return tuple(gaps)
