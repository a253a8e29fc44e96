"""Arithmetic on days written as the integer yyyymmdd."""

from datetime import date

__all__ = ["NS_PER_DAY", "NS_PER_SECOND", "day_of", "midnight", "number_of", "shift", "weekday"]

NS_PER_SECOND = 1_000_000_000
NS_PER_DAY = 86_400 * NS_PER_SECOND
_EPOCH = 719_163  # ordinal of 1970-01-01


def number_of(day: int) -> int:
    """Return the days since 1970-01-01 of `day`; raise ValueError when there is no such day."""
    return date(day // 10_000, day // 100 % 100, day % 100).toordinal() - _EPOCH


def day_of(number: int) -> int:
    """Return the day (yyyymmdd) that is `number` days after 1970-01-01."""
    found = date.fromordinal(number + _EPOCH)
    return found.year * 10_000 + found.month * 100 + found.day


def shift(day: int, days: int) -> int:
    """Return the calendar day `days` after `day`."""
    return day_of(number_of(day) + days)


def weekday(day: int) -> int:
    """Return 0 for Monday to 6 for Sunday."""
    return (number_of(day) + 3) % 7


def midnight(day: int) -> int:
    """Return the int ns UTC at which `day` begins in UTC."""
    return number_of(day) * NS_PER_DAY
