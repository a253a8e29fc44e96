"""Answers page by page: newest first, after (older than) or before (newer than) an id."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from anyvenue.venues.okx.server.asking import Asked

__all__ = ["Page"]

T = TypeVar("T")


class Page:
    """Which rows of a list were asked for: `after` and `before` by number, `begin` and `end` by time (ms)."""

    def __init__(self, asked: Asked, most: int = 100) -> None:
        """Read them; raise Refused."""
        self._limit = asked.limit(most, most)
        self._after, self._before = asked.integer("after"), asked.integer("before")
        self._begin, self._end = asked.integer("begin"), asked.integer("end")

    def of(
        self,
        rows: Iterable[T],
        number: Callable[[T], int],
        ts_ms: Callable[[T], int] | None = None,
    ) -> list[T]:
        """Return the rows that fit, newest first; `rows` are oldest first. With `before` alone the newest come, too."""
        found = [
            each
            for each in rows
            if (not self._after or number(each) < self._after)
            and (not self._before or number(each) > self._before)
            and (ts_ms is None or self._in_time(ts_ms(each)))
        ]
        return found[: -self._limit - 1 : -1]

    def _in_time(self, ts_ms: int) -> bool:
        return ts_ms >= self._begin and (not self._end or ts_ms <= self._end)
