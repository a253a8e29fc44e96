"""From the time texts of market data files to int ns UTC, without a call to strptime per row."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from anyvenue.data.intervals import SECOND_NS

__all__ = [
    "StampParser",
    "day_number",
    "day_parser",
    "local_hour",
    "local_text",
    "millisecond_parser",
    "night_aware_parser",
    "stamp_parser",
    "zone_of",
]

StampParser = Callable[[str], int]

_HOUR_MS = 3_600_000
_MINUTES = {f":{minute:02}": minute * 60 * SECOND_NS for minute in range(60)}
# Ticks come on a grid of milliseconds: their second texts repeat, those of microsecond feeds do not.
_KEPT_TEXT = 6


@cache
def zone_of(name: str) -> tzinfo:
    """Return the zone named ``Asia/Shanghai``, ``UTC`` or, fixed, ``UTC-05``."""
    if name == "UTC":
        return UTC
    if name[:3] == "UTC":
        return timezone(timedelta(hours=int(name[3:])))
    return ZoneInfo(name)


def local_text(ts: int, zone: str) -> str:
    """Return ``2026-09-15 09:00:00.500`` of an int ns UTC in `zone`, without the fraction when it is zero."""
    second, fraction = divmod(ts, SECOND_NS)
    text = datetime.fromtimestamp(second, zone_of(zone)).strftime("%Y-%m-%d %H:%M:%S")
    return f"{text}.{fraction:09}".rstrip("0") if fraction else text


def local_hour(day: int, hour: int, zone: str) -> int:
    """Return the ns UTC at which the clocks of `zone` show `hour` on `day` (yyyymmdd); raise ValueError."""
    moment = datetime(day // 10000, day // 100 % 100, day % 100, hour, tzinfo=zone_of(zone))
    return int(moment.timestamp()) * SECOND_NS


def day_number(text: str) -> int:
    """Return yyyymmdd of ``20260915``, ``2026-09-15`` or ``2026/09/15``; raise ValueError."""
    digits = text if len(text) == 8 else text[:4] + text[5:7] + text[8:]
    if len(digits) != 8 or not digits.isdecimal():
        raise ValueError(text)
    if len(text) != 8 and not (len(text) == 10 and text[4] == text[7] and text[4] in "-/"):
        raise ValueError(text)
    return int(digits)


class _Seconds(dict[str, int]):
    """Nanoseconds of ``SS``, ``SS.fff`` or ``SS.ffffff+00:00``; an empty text is zero."""

    def __missing__(self, text: str) -> int:
        plain, plus, offset = text.partition("+")
        whole, dot, fraction = plain.partition(".")
        if (plus and offset != "00:00") or not (whole.isdecimal() and len(whole) == 2):
            raise ValueError(text)
        if dot and not (fraction.isdecimal() and len(fraction) <= 9):
            raise ValueError(text)
        nanoseconds = int(whole) * SECOND_NS + int(fraction.ljust(9, "0") if dot else 0)
        if len(text) <= _KEPT_TEXT:
            self[text] = nanoseconds
        return nanoseconds


def stamp_parser(zone: str, date_width: int = 10) -> StampParser:
    """Return a parser of ``YYYY-MM-DD HH:MM[:SS[.fff]]`` (`date_width` 8: ``YYYYMMDD HH:MM``) in `zone`.

    It raises ValueError or KeyError for anything else.
    """
    hour_end = date_width + 3
    minute_end = hour_end + 3
    seconds = _Seconds({"": 0})
    hour_text = ""
    hour_ns = 0

    def parse(text: str) -> int:
        nonlocal hour_text, hour_ns
        if text[:hour_end] != hour_text:
            hour_ns = local_hour(
                day_number(text[:date_width]), int(text[date_width + 1 : hour_end]), zone
            )
            hour_text = text[:hour_end]
        rest = text[minute_end + 1 :]
        return hour_ns + _MINUTES[text[hour_end:minute_end]] + seconds[rest]

    return parse


def night_aware_parser(
    zone: str, night_day: Callable[[int], int]
) -> Callable[[str, str, str], int]:
    """Return a parser of (trading day, action day, ``HH:MM:SS.mmm``) as a CTP front sends them.

    Where both days are the same at night, `night_day` is asked on which calendar day that night begins: the same
    one, or the one before the trading day for an exchange that sends this as the action day.
    """
    seconds = _Seconds({"": 0})
    known = ("", "", "")
    hour_ns = 0

    def parse(trading: str, action: str, text: str) -> int:
        nonlocal known, hour_ns
        if known != (trading, action, text[:2]):
            hour_ns = _night_hour(trading, action, int(text[:2]), zone, night_day)
            known = (trading, action, text[:2])
        return hour_ns + _MINUTES[text[2:5]] + seconds[text[6:]]

    return parse


def _night_hour(
    trading: str, action: str, hour: int, zone: str, night_day: Callable[[int], int]
) -> int:
    day = day_number(action)
    if trading != action or 4 <= hour < 20:
        return local_hour(day, hour, zone)
    begin = night_day(day)
    after_midnight = 24 * 3600 * SECOND_NS if hour < 4 and begin != day else 0
    return local_hour(begin, hour, zone) + after_midnight


def millisecond_parser(day: int, zone: str) -> StampParser:
    """Return a parser of milliseconds since midnight (fractions allowed) on `day`; it raises ValueError."""
    hours: dict[int, int] = {}

    def parse(text: str) -> int:
        moment = float(text) if "." in text else int(text)
        hour = int(moment // _HOUR_MS)
        if hour not in hours:
            hours[hour] = local_hour(day, hour, zone)
        return hours[hour] + round((moment - hour * _HOUR_MS) * 1_000_000)

    return parse


def day_parser() -> StampParser:
    """Return a parser of dates that answers yyyymmdd; a time of day after the date is left aside."""

    def parse(text: str) -> int:
        return day_number(text.partition(" ")[0])

    return parse
