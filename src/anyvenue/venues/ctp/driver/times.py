"""Times of callbacks as int ns UTC: each exchange writes the dates of a night in its own way.

At night Shanghai's ActionDay is the calendar day, Dalian's and Guangzhou's the trading day, Zhengzhou's TradingDay the
calendar day; SimNow writes everything as Shanghai does. So an ActionDay that equals the TradingDay in the evening can
only be a trading day: the evening itself is that of the trading day before.
"""

from datetime import UTC, datetime
from functools import lru_cache

from anyvenue.reference.calendar import get_calendar

__all__ = ["day_of", "moment", "time_of_day"]

_NS = 1_000_000_000
_BEIJING_S = 8 * 3600
_EVENING_S = 18 * 3600


def day_of(text: object) -> int:
    """Return a date text as yyyymmdd, 0 for none."""
    bare = str(text).strip()
    return int(bare) if len(bare) == 8 and bare.isdigit() else 0


@lru_cache(maxsize=256)
def _midnight(day: int) -> int:
    """Return the second (UTC) at which a day begins in Beijing; raise ValueError for no day."""
    at = datetime(day // 10_000, day // 100 % 100, day % 100, tzinfo=UTC)
    return int(at.timestamp()) - _BEIJING_S


@lru_cache(maxsize=4096)
def time_of_day(text: str) -> int:
    """Return the seconds since midnight of ``hh:mm:ss``, -1 for what is no time."""
    parts = text.strip().split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return -1
    hours, minutes, seconds = map(int, parts)
    return hours * 3600 + minutes * 60 + seconds


@lru_cache(maxsize=256)
def _evening_before(day: int) -> int:
    return get_calendar("CN").previous_day(day)


@lru_cache(maxsize=8192)
def moment(action_day: str, trading_day: str, time: str) -> int:
    """Return the instant of a date and a time, 0 where they are no date and time.

    `action_day` is the date beside the time, `trading_day` the day it belongs to; either may be empty.
    """
    seconds, day, traded = time_of_day(time), day_of(action_day), day_of(trading_day)
    if seconds < 0 or not (day or traded):
        return 0
    try:
        if seconds >= _EVENING_S and (not day or day == traded):
            day = _evening_before(traded)
        return (_midnight(day or traded) + seconds) * _NS
    except ValueError:
        return 0
