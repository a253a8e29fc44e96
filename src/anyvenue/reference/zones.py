"""Local time to UTC."""

from anyvenue.reference.days import NS_PER_SECOND

__all__ = ["local_to_utc"]


def local_to_utc(local: int, zone: str) -> int:
    """Return int ns UTC of `local`, the ns since 1970 that a wall clock in `zone` shows.

    `zone` is a fixed offset such as ``+08:00`` or a name of the time zone database.
    """
    if zone[0] in "+-":
        minutes = int(zone[1:3]) * 60 + int(zone[4:6])
        offset = -minutes if zone[0] == "-" else minutes
        return local - offset * 60 * NS_PER_SECOND
    return local - _offset_seconds(local // NS_PER_SECOND, zone) * NS_PER_SECOND


def _offset_seconds(local: int, zone: str) -> int:
    from datetime import datetime, timedelta  # only markets with summer time need the database
    from zoneinfo import ZoneInfo

    wall = datetime(1970, 1, 1) + timedelta(seconds=local)
    offset = wall.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
