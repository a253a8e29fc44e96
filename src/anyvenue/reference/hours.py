"""The table of trading hours: per session group, and since when."""

import msgspec

from anyvenue.model.errors import TableError
from anyvenue.reference.tables import read_table

__all__ = ["Hours", "Stretch", "group_hours", "market_of", "session_groups"]

Stretch = tuple[int, int]
"""Start and end in minutes after the midnight of the local day; past 24 hours is the next day, below 0 the eve."""


class Hours(msgspec.Struct, frozen=True):
    """Local hours of a group from the trading day `since` on; minutes after the midnight of the local day."""

    since: int
    zone: str
    settle: int
    day: tuple[Stretch, ...]
    night: tuple[Stretch, ...]


def session_groups() -> list[str]:
    """Return the names of all session groups, sorted."""
    return sorted({row["group"] for row in read_table("sessions")})


def market_of(name: str) -> str:
    """Return the market whose calendar the session group `name` follows; raise TableError when there is none."""
    return _rows(name)[0]["market"]


def group_hours(name: str) -> tuple[Hours, ...]:
    """Return the hours of a session group, the oldest first; raise TableError when there is no such group."""
    return tuple(_parse_hours(row) for row in _rows(name))


def _rows(name: str) -> list[dict[str, str]]:
    rows = [row for row in read_table("sessions") if row["group"] == name]
    if not rows:
        raise TableError(
            f"there is no session group {name!r}: use one of {', '.join(session_groups())}",
            sessions=name,
        )
    return rows


def _parse_hours(row: dict[str, str]) -> Hours:
    return Hours(
        int(row["since"]),
        row["zone"],
        _minutes(row["settle"]),
        _stretches(row["day"]),
        _stretches(row["night"]),
    )


def _stretches(text: str) -> tuple[Stretch, ...]:
    pairs = (part.rpartition("-") for part in text.split())
    return tuple((_minutes(start), _minutes(end)) for start, _, end in pairs)


def _minutes(text: str) -> int:
    hour, _, minute = text.removeprefix("-").partition(":")
    total = int(hour) * 60 + int(minute)
    return -total if text.startswith("-") else total
