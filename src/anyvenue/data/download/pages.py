"""Stretches of time, asked for page by page: what fails is asked for again, and named in the end."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from anyvenue.model.errors import AnyvenueError, ConnectivityError, RateLimited, VenueRefused

__all__ = ["Failed", "Pages", "Patience", "Span"]

_Record = TypeVar("_Record")
_PASSING = (ConnectivityError, RateLimited, VenueRefused)

Span = tuple[int, int]
"""[start, end) in int ns UTC."""


class Failed(msgspec.Struct, frozen=True):
    """A page that did not come, and what was said the last time; `asked` is False for what was not even tried."""

    start: int
    end: int
    error: AnyvenueError
    asked: bool = True


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """A page is asked for so many times (`tries`), the pauses growing from `first_s`.

    A venue that wants us to wait is waited for, up to `longest_s` at a time. After `in_a_row` pages that failed
    nothing more is asked for: the venue is gone.
    """

    tries: int = 5
    first_s: float = 1.0
    longest_s: float = 300.0
    in_a_row: int = 3


class Pages(Generic[_Record]):
    """Walks through stretches of time; pages have `usual_ns`, longer where little is found (up to `most_ns`).

    `fetch` returns all records of [start, end), oldest first; `keep` takes what came; `pause` waits so many seconds;
    `progress` is told how much of the time is done, from 0 to 1.
    """

    def __init__(
        self,
        fetch: Callable[[int, int], Awaitable[Sequence[_Record]]],
        keep: Callable[[int, int, Sequence[_Record]], None],
        pause: Callable[[float], Awaitable[None]],
        *,
        usual_ns: int,
        most_ns: int,
        rows: int,
        patience: Patience | None = None,
        progress: Callable[[float, str], None] | None = None,
    ) -> None:
        """Aim at pages of `rows` records."""
        self._fetch, self._keep, self._pause = fetch, keep, pause
        self._usual, self._most, self._rows = usual_ns, most_ns, rows
        self._patience = patience or Patience()
        self._progress = progress or (lambda _done, _why: None)
        self.failed: list[Failed] = []
        self._came = False

    async def walk(self, spans: Sequence[Span]) -> None:
        """Fetch all; raise AuthError and whatever else asking again cannot mend. Failed pages are in `failed`."""
        whole = sum(end - start for start, end in spans) or 1
        done, row = 0, 0
        for number, (start, end) in enumerate(spans):
            at, size = start, self._usual
            while at < end:
                until = min(end, at + size)
                found = await self._page(at, until, done / whole)
                row = row + 1 if found is None else 0
                if row >= self._patience.in_a_row:
                    self._give_up([(until, end), *spans[number + 1 :]])
                    return
                done += until - at
                at = until
                size = self._next_size(size, found)
                self._progress(done / whole, "")

    def _give_up(self, rest: Sequence[Span]) -> None:
        error = self.failed[-1].error
        self.failed += [Failed(start, end, error, False) for start, end in rest if start < end]

    def _next_size(self, size: int, found: int | None) -> int:
        if found is None or found > self._rows:
            return max(size // 2, min(size, self._usual))
        return min(size * 2, self._most) if found * 4 < self._rows else size

    async def _page(self, start: int, end: int, done: float) -> int | None:
        """Return how many records came, None where none would."""
        patience, wait, tries = self._patience, self._patience.first_s, 0
        while True:
            try:
                records = await self._fetch(start, end)
            except _PASSING as error:
                asked_wait = _wait_of(error)
                tries += not asked_wait
                refused = isinstance(error, VenueRefused) and _in_its_words(error)
                most = min(2, patience.tries) if refused else patience.tries
                if tries >= most or asked_wait > patience.longest_s:
                    if refused and not self._came:
                        raise  # a wrong interval, say: the next pages would fare no better
                    self.failed.append(Failed(start, end, error))
                    return None
                self._progress(done, error.text)
                await self._pause(asked_wait or wait)
                wait *= 1 if asked_wait else 2
                continue
            self._keep(start, end, records)
            self._came = True
            return len(records)


def _in_its_words(error: AnyvenueError) -> bool:
    """Tell whether the venue has said what is wrong, and not a gateway before it that something is."""
    return error.fields.get("venue_code") not in (None, "", "0")


def _wait_of(error: AnyvenueError) -> float:
    """Return the seconds that the venue wants to be left alone, 0 where it says nothing."""
    wait = error.fields.get("retry_after", 0) if isinstance(error, RateLimited) else 0
    return max(float(wait), 0.05) if isinstance(wait, int | float) and wait else 0.0
