"""Stored bars against what the venue says of them now."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from math import isclose, isnan

import msgspec

from anyvenue.data.download.bars import PAGE_BARS
from anyvenue.data.download.pages import Failed, Pages, Patience
from anyvenue.data.intervals import DAY_NS, parse_interval
from anyvenue.data.store.base import FOREVER, Store
from anyvenue.data.store.keys import SeriesKey
from anyvenue.model.market import Bar

__all__ = ["BarComparison", "Comparison", "Difference"]

_FIELDS = ("open", "high", "low", "close", "volume")
_NAMED = 100


class Difference(msgspec.Struct, frozen=True):
    """One field of the bar at `ts_start` that is another one there."""

    ts_start: int
    field: str
    stored: float
    venue: float


class Comparison(msgspec.Struct, kw_only=True):
    """What a comparison found: so many bars on both sides, how many differ, and those that only one side has.

    `differences` and the two lists of times name the first hundred. What could not be fetched is in `failed`.
    """

    key: SeriesKey
    compared: int = 0
    differing: int = 0
    differences: list[Difference] = []
    only_stored: int = 0
    only_stored_times: list[int] = []
    only_venue: int = 0
    only_venue_times: list[int] = []
    failed: list[Failed] = []

    @property
    def good(self) -> bool:
        """True where both sides say the same of everything."""
        return not (self.differing or self.only_stored or self.only_venue or self.failed)


class BarComparison:
    """Asks a venue for the bars between the first and the last of a stored series, and compares them."""

    def __init__(self, store: Store, key: SeriesKey) -> None:
        """Compare `key`, a series of bars."""
        self._store, self._key = store, key
        self._interval = parse_interval(key.interval)
        self.found = Comparison(key=key)

    async def run(
        self,
        fetch: Callable[[int, int], Awaitable[Sequence[Bar]]],
        pause: Callable[[float], Awaitable[None]],
        patience: Patience | None = None,
        progress: Callable[[float, str], None] | None = None,
    ) -> Comparison:
        """Return what differs; raise VenueError."""
        page = PAGE_BARS * self._interval
        pages = Pages(
            fetch,
            self._compare,
            pause,
            usual_ns=page,
            most_ns=page,
            rows=PAGE_BARS,
            patience=patience,
            progress=progress,
        )
        self.found.failed = pages.failed
        starts = [bar.ts_start for bar in self._stored(0, FOREVER)]
        if starts:
            await pages.walk([(min(starts), max(starts) + self._interval)])
        return self.found

    def _stored(self, start: int, end: int) -> Iterator[Bar]:
        for record in self._store.records(self._key, start, min(end, FOREVER - DAY_NS) + DAY_NS):
            assert isinstance(record, Bar)
            if start <= record.ts_start < end:
                yield record

    def _compare(self, start: int, end: int, venue: Sequence[Bar]) -> None:
        there = {bar.ts_start: bar for bar in venue}
        found, seen = self.found, set[int]()
        for bar in self._stored(start, end):
            if bar.ts_start in seen:
                continue  # of bars that are there twice the first counts
            seen.add(bar.ts_start)
            other = there.pop(bar.ts_start, None)
            if other is None:
                found.only_stored += 1
                _name(found.only_stored_times, [bar.ts_start])
                continue
            found.compared += 1
            different = list(_differences(bar, other))
            found.differing += bool(different)
            _name(found.differences, different)
        found.only_venue += len(there)
        _name(found.only_venue_times, sorted(there))


def _name(named: list[int] | list[Difference], more: Iterable[int] | Iterable[Difference]) -> None:
    named.extend(list(more)[: _NAMED - len(named)])  # type: ignore[arg-type]


def _differences(bar: Bar, other: Bar) -> Iterator[Difference]:
    for name in _FIELDS:
        ours, theirs = getattr(bar, name), getattr(other, name)
        both_absent = isnan(ours) and isnan(theirs)
        if not both_absent and not isclose(ours, theirs, rel_tol=1e-9):
            yield Difference(bar.ts_start, name, ours, theirs)
