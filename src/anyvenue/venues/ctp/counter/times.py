"""Days and times as CTP writes them: Beijing time, yyyymmdd and hh:mm:ss."""

from functools import lru_cache
from time import gmtime

__all__ = ["clock_text", "date_text", "day_text", "millisecond", "time_text"]

_BEIJING_S = 8 * 3600
_NS = 1_000_000_000


@lru_cache(maxsize=64)
def clock_text(second: int) -> tuple[str, str]:
    """Return (date, time) of a second of UTC."""
    at = gmtime(second + _BEIJING_S)
    return (
        f"{at.tm_year:04}{at.tm_mon:02}{at.tm_mday:02}",
        f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}",
    )


def date_text(ts: int) -> str:
    """Return the calendar day of `ts` (int ns UTC), yyyymmdd."""
    return clock_text(ts // _NS)[0]


def time_text(ts: int) -> str:
    """Return the time of day of `ts`, hh:mm:ss."""
    return clock_text(ts // _NS)[1]


def millisecond(ts: int) -> int:
    """Return the millisecond within the second."""
    return ts % _NS // 1_000_000


def day_text(day: int) -> str:
    """Return a day (yyyymmdd) as text, "" for none."""
    return f"{day:08}" if day else ""
