"""Public trades from a venue's history into a store."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from anyvenue.data.download.covered import Covered, without
from anyvenue.data.download.pages import Failed, Pages, Patience, Span
from anyvenue.data.intervals import DAY_NS, SECOND_NS
from anyvenue.data.store.base import Store
from anyvenue.data.store.columns import time_of
from anyvenue.data.store.keys import SeriesKey
from anyvenue.model.market import Trade

__all__ = ["TradeDownload"]

_USUAL_NS = 60 * SECOND_NS
_ROWS = 5000
_FLUSH = 20_000
_SETTLED_NS = 60 * SECOND_NS  # how long a venue may take to tell of a trade, and our clock be wrong
# A recorded trade was received that much before or after its time at most.
_AROUND_NS = 10 * SECOND_NS


class TradeDownload:
    """Fills [start, end) of a series of trades; `stored`, `doubled` and `failed` are right at any moment.

    `fetch` returns all trades with start <= ts_event < end. What was downloaded before is not asked for again
    (`Covered`), and a trade whose id the store has already is left out (`doubled`).
    """

    def __init__(
        self,
        store: Store,
        key: SeriesKey,
        start: int,
        end: int,
        now: int,
        *,
        again: bool = False,
        page_ns: int = 0,
    ) -> None:
        """Leave out the minute before `now`; with `again` ask for what was downloaded before, too.

        `page_ns` is how much is asked for at once at least, a minute where it is 0.
        """
        self.key = key
        self._store, self._again = store, again
        self._page_ns = page_ns or _USUAL_NS
        self._whole: Span = (start, max(start, min(end, now - _SETTLED_NS)))
        self._covered = Covered(store.path)
        self._pending: list[Trade] = []
        self._done: list[Span] = []
        self.stored = self.doubled = 0
        self.failed: list[Failed] = []

    def missing(self) -> list[Span]:
        """Return the stretches that were not downloaded yet."""
        return without(self._whole, [] if self._again else self._covered.spans(self.key))

    @property
    def fetched(self) -> int:
        """How many records are stored or about to be."""
        return self.stored + len(self._pending)

    async def run(
        self,
        fetch: Callable[[int, int], Awaitable[Sequence[Trade]]],
        pause: Callable[[float], Awaitable[None]],
        patience: Patience | None = None,
        progress: Callable[[float, str], None] | None = None,
    ) -> None:
        """Fetch what is missing; what has come is kept whatever ends this. Raise VenueError."""
        pages = Pages(
            fetch,
            self._keep,
            pause,
            usual_ns=self._page_ns,
            most_ns=max(DAY_NS, self._page_ns),
            rows=_ROWS,
            patience=patience,
            progress=progress,
        )
        self.failed = pages.failed
        try:
            await pages.walk(self.missing())
        finally:
            self._flush()

    def _keep(self, start: int, end: int, trades: Sequence[Trade]) -> None:
        known = self._known(start, end)
        for trade in trades:
            if trade.trade_id and trade.trade_id in known:
                self.doubled += 1
            else:
                self._pending.append(msgspec.structs.replace(trade, ts_recv=trade.ts_event))
        self._done.append((start, end))
        if len(self._pending) >= _FLUSH:
            self._flush()

    def _known(self, start: int, end: int) -> set[str]:
        records = self._store.records(self.key, start - _AROUND_NS, end + _AROUND_NS)
        return {each.trade_id for each in records if isinstance(each, Trade)}

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        done, self._done = self._done, []
        if pending:
            self.stored += self._store.append(sorted(pending, key=time_of))
        if done:
            # Only now: what the file says is in the store.
            self._covered.add(self.key, done)
