"""Places of fills in an account's history, where the venue numbers none: a fill's day, and its ms within it."""

from datetime import UTC, datetime

from anyvenue.model.orders import Fill
from anyvenue.model.snapshots import Cursor

__all__ = ["cursor_of", "later_fills", "ms_of"]

_DAY_MS = 86_400_000


def cursor_of(ts_ms: int, place: int) -> Cursor:
    """Return the cursor of a fill: its day, its ms within it, and which of that ms it was."""
    day = datetime.fromtimestamp(ts_ms // 1000, UTC)
    return day.year * 10_000 + day.month * 100 + day.day, ts_ms % _DAY_MS * 1000 + place


def ms_of(cursor: Cursor) -> int:
    """Return the ms (UTC) of a cursor."""
    day, number = cursor
    start = datetime(day // 10_000, day // 100 % 100, day % 100, tzinfo=UTC)
    return int(start.timestamp()) * 1000 + number // 1000


def later_fills(fills: list[Fill], since: Cursor, started_ms: int) -> tuple[list[Fill], Cursor]:
    """Return the fills after `since`, oldest first, and the cursor after them.

    `started_ms` is when the venue was asked, by its clock. Who asks for the first time goes on from there: what was
    before is in the money and the positions of that snapshot, and must not be told again.
    """
    places = _numbered(fills)
    later = [(cursor, fill) for cursor, fill in places if cursor > since]
    first = cursor_of(started_ms, 0) if since <= (0, 0) else since
    last = places[-1][0] if places else since
    return [fill for _, fill in later], max(since, first, last)


def _numbered(fills: list[Fill]) -> list[tuple[Cursor, Fill]]:
    found: list[tuple[Cursor, Fill]] = []
    last_ms, place = -1, 0
    for fill in sorted(fills, key=_by_age):
        ms = fill.ts_event // 1_000_000
        place = place + 1 if ms == last_ms else 1
        last_ms = ms
        found.append((cursor_of(ms, place), fill))
    return found


def _by_age(fill: Fill) -> tuple[int, int, str]:
    """Return what fills are sorted by: within a ms the venue's numbers rise, and a longer one is a later one."""
    return fill.ts_event, len(fill.trade_id), fill.trade_id
