"""Trading days without a clock of their own: each as long as what is replayed in it, one right after the other."""

from bisect import bisect_right
from collections.abc import Sequence

from anyvenue.model.errors import ConfigError
from anyvenue.reference.calendar import get_calendar
from anyvenue.reference.days import day_of, number_of
from anyvenue.reference.hours import Hours, Stretch
from anyvenue.reference.sessions import SessionCalendar, _Day

__all__ = ["PassCalendar"]

_ALWAYS = "ALWAYS"


class PassCalendar(SessionCalendar):
    """Trading days of the given lengths, again and again, open all the time and settled where the next one begins.

    The first one is `first_day` (yyyymmdd) and begins at `start` (int ns UTC); the days after it are the calendar
    days that follow, whatever the clock says: days of four hours run ahead of it.
    """

    def __init__(self, start: int, lengths: Sequence[int], first_day: int) -> None:
        """Take the lengths in ns; raise ConfigError for none and for one that is not above zero."""
        if not lengths or min(lengths) <= 0:
            raise ConfigError(
                f"the lengths of the days were {list(lengths)}; each must be above zero",
                code="config.passes",
            )
        hours = Hours(0, "UTC", 0, (), ())
        super().__init__("always", (hours,), get_calendar(_ALWAYS))
        self.start = start
        self.period = sum(lengths)
        self._offsets = [sum(lengths[:at]) for at in range(len(lengths))]
        self._first = number_of(first_day)

    def begin_of(self, index: int) -> int:
        """Return when the day with that index begins, int ns UTC; the first one's is 0."""
        cycle, within = divmod(index, len(self._offsets))
        return self.start + cycle * self.period + self._offsets[within]

    def day_at(self, index: int) -> int:
        """Return the trading day (yyyymmdd) with that index."""
        return day_of(self._first + index)

    def _day_at(self, ts: int) -> _Day:
        cycle, rest = divmod(ts - self.start, self.period)
        within = bisect_right(self._offsets, rest) - 1
        return self._day(self.day_at(cycle * len(self._offsets) + within))

    def _settle(self, trading_day: int) -> int:
        return self.begin_of(number_of(trading_day) - self._first + 1)

    def _stretches(self, trading_day: int, hours: Hours) -> list[Stretch]:
        index = number_of(trading_day) - self._first
        return [(self.begin_of(index), self.begin_of(index + 1))]
