"""Hours by cron expressions: from each time that one expression names to the next that another does.

Expressions have five fields (minute, hour, day of the month, month, day of the week), as in Debian's cron, and are in
the time of a zone. Where clocks go forward, a time that does not exist counts at the next one that does; where they go
back, one that comes twice counts the first time.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

__all__ = ["CronHours", "CronSchedule"]

_SECOND = 1_000_000_000
_FIELDS = 5
_LOOK_BACK = tuple(
    timedelta(hours=each) for each in (2, 30, 24 * 8, 24 * 40, 24 * 366, 24 * 366 * 9)
)


class CronHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Begin at `start` and end at `stop`, cron expressions in the time of `zone`, such as ``Asia/Shanghai``."""

    start: str
    stop: str
    zone: str

    def __post_init__(self) -> None:
        """Raise ValueError, beginning with the name of what is wrong."""
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(
                f"zone was {self.zone!r}; the name of a time zone is expected, such as Asia/Shanghai"
            ) from None
        for name in ("start", "stop"):
            _check(name, getattr(self, name))

    def __str__(self) -> str:
        return f"{self.start} to {self.stop} ({self.zone})"


class CronSchedule:
    """Tells what is so at a time; asked again and again, it computes only when something changes."""

    def __init__(self, hours: CronHours) -> None:
        """Follow `hours`."""
        self.zone = hours.zone
        self._hours = hours
        self._zone = ZoneInfo(hours.zone)
        self._from = self._until = 0
        self._open = False
        self._next: tuple[int, int] = (0, 0)

    def is_open(self, now: int) -> bool:
        """Tell whether the last start by `now` (int ns UTC) came after the last stop."""
        self._look(now)
        return self._open

    def next_start(self, now: int) -> int:
        """Return the next start after `now`, int ns UTC."""
        self._look(now)
        return self._next[0]

    def next_stop(self, now: int) -> int:
        """Return the next stop after `now`, int ns UTC."""
        self._look(now)
        return self._next[1]

    def _look(self, now: int) -> None:
        if self._from <= now < self._until:
            return
        started, start = self._around(self._hours.start, now)
        stopped, stop = self._around(self._hours.stop, now)
        self._open = started > stopped
        self._next = start, stop
        self._from, self._until = max(started, stopped), min(start, stop)

    def _around(self, expression: str, now: int) -> tuple[int, int]:
        """Return the last time by `now`, 0 where it is years ago, and the first after it."""
        at = datetime.fromtimestamp(now // _SECOND, self._zone)
        for back in _LOOK_BACK:
            begin = (at.astimezone(UTC) - back).astimezone(self._zone)
            last = 0
            for time in _times(expression, begin):
                if time > now:
                    break
                last = time
            if last:
                return last, time
        return 0, time


def _times(expression: str, after: datetime) -> Iterator[int]:
    from cronsim import CronSim

    for each in CronSim(expression, after):
        yield int(each.timestamp()) * _SECOND


def _check(name: str, expression: str) -> None:
    from cronsim import CronSimError

    fields = len(expression.split())
    wrong = "" if fields == _FIELDS else f"it has {fields} fields, not {_FIELDS}"
    if not wrong:
        try:
            next(_times(expression, datetime(2000, 1, 1, tzinfo=UTC)))
        except CronSimError as error:
            wrong = str(error)[:1].lower() + str(error)[1:]
        except (StopIteration, RuntimeError):
            wrong = "no such day ever comes"
    if wrong:
        raise ValueError(
            f"{name} was {expression!r}: {wrong}; minute, hour, day, month and weekday are expected, such as "
            "'55 8 * * 1-5'"
        )
