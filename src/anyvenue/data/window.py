"""A stretch of time of a source."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b

from anyvenue.data.clock import day_number, zone_of
from anyvenue.data.source import PassingSource, Source
from anyvenue.model.errors import ConfigError
from anyvenue.model.market import MarketData
from anyvenue.reference.days import number_of
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["WindowSource", "end_of", "start_of"]

_MICROSECOND_NS = 1_000


class WindowSource(PassingSource):
    """The records of `source` from `start_ns` on and before `end_ns`; None leaves that side open.

    Times are int ns UTC of `ts_recv`. The content hash is over the source's own and the two times.
    """

    def __init__(
        self, source: Source, start_ns: int | None = None, end_ns: int | None = None
    ) -> None:
        super().__init__(source)
        self.start_ns = start_ns
        self.end_ns = end_ns

    def events(self) -> Iterator[MarketData]:
        """Give the records in the window; what comes after it is not read."""
        events = self.source.events()
        start, end = self.start_ns, self.end_ns
        if start is not None:
            for event in events:
                if event.ts_recv >= start:
                    if end is not None and event.ts_recv >= end:
                        return
                    yield event
                    break
        if end is None:
            yield from events
            return
        for event in events:
            if event.ts_recv >= end:
                return
            yield event

    def content_hash(self) -> str:
        """Return a hash of the source's content and the window."""
        text = f"{self.source.content_hash()} {self.start_ns} {self.end_ns}"
        return blake2b(text.encode(), digest_size=16).hexdigest()


def start_of(text: str, sessions: SessionCalendar, zone: str) -> int:
    """Return where a window that begins with `text` begins, int ns UTC; raise ConfigError.

    `text` is a day (20260915, 2026-09-15) or a local time (2026-09-15T09:30). A day is a trading day, its night
    session included; one without trading means the next that has.
    """
    day = _day(text)
    if day is None:
        return _moment(text, zone)
    return sessions.all_windows(sessions.calendar.first_from(day))[0].start


def end_of(text: str, sessions: SessionCalendar, zone: str) -> int:
    """Return where a window that ends with `text` ends, int ns UTC; raise ConfigError.

    A day is included to its settlement, a local time is not.
    """
    day = _day(text)
    if day is None:
        return _moment(text, zone)
    if not sessions.calendar.is_trading_day(day):
        day = sessions.calendar.previous_day(day)
    return sessions.settle_time(day)


def _day(text: str) -> int | None:
    try:
        day = day_number(text.strip())
    except ValueError:
        return None
    try:
        number_of(day)
    except ValueError:
        raise _refused(text) from None
    return day


def _moment(text: str, zone: str) -> int:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _refused(text) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(zone))
    whole = int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond
    return whole * _MICROSECOND_NS


def _refused(text: str) -> ConfigError:
    return ConfigError(
        f"the time was {text!r}; expected a day (20260915) or a local time (2026-09-15T09:30)",
        code="config.moment",
        value=text,
    )
