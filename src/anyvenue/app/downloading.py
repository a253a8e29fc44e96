"""The work of ``anyvenue data download`` and ``data check --against``: a venue's history into a store, or beside it."""

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec

from anyvenue.app.past_access import Past, PastPlace, open_past
from anyvenue.app.progress import ProgressLine
from anyvenue.app.terminal import Terminal
from anyvenue.data.download import BarComparison, BarDownload, Comparison, Patience, TradeDownload
from anyvenue.data.spans import zone_of_sessions
from anyvenue.data.store import SeriesKey, Store, StoreKind
from anyvenue.data.window import end_of, start_of
from anyvenue.model.errors import ConfigError
from anyvenue.reference.catalog import Catalog
from anyvenue.runtime.clock import LiveClock

__all__ = ["PATIENCE", "Fetching", "Wish", "compare"]

PATIENCE = Patience()
"""How often what fails is asked for again."""


class Wish(msgspec.Struct, frozen=True):
    """What is to be fetched; trades where `interval` is empty."""

    symbol: str
    start: str
    end: str | None
    interval: str
    again: bool


class Fetching:
    """One call of the command; `download` tells how far it came, also after Ctrl-C."""

    def __init__(self, catalog: Catalog, terminal: Terminal, wish: Wish, place: PastPlace) -> None:
        """Fetch what `wish` says from `place`."""
        self.catalog = catalog
        self.download: BarDownload | TradeDownload | None = None
        self.hours = ""
        self._terminal, self._wish, self._place = terminal, wish, place

    async def run(self, store: Store) -> None:
        """Fetch into `store`; raise VenueError, ConfigError or DataError."""
        with ProgressLine() as line:
            line.show(self._place.venue.name)
            async with open_past(self._place, self._wish.symbol, self.catalog) as past:
                self.hours = past.instrument.sessions
                self.download = self._plan(store, past)
                line.show(str(self.download.key))
                await self._fetch(self.download, past, line)

    def _plan(self, store: Store, past: Past) -> BarDownload | TradeDownload:
        wish, name, now = self._wish, past.instrument.id, LiveClock().now()
        sessions = self.catalog.sessions(self.hours)
        zone = zone_of_sessions(self.hours)
        start = start_of(wish.start, sessions, zone)
        end = end_of(wish.end, sessions, zone) if wish.end else now
        if start >= min(end, now):
            raise ConfigError(
                f"--from was {wish.start} and --to {wish.end or 'now'}: there is nothing in between",
                code="config.empty_span",
                start=wish.start,
                end=wish.end or "-",
            )
        if not wish.interval:
            key = SeriesKey(name, StoreKind.TRADE)
            page = past.trades_page_ns
            return TradeDownload(store, key, start, end, now, again=wish.again, page_ns=page)
        key = SeriesKey(name, StoreKind.BAR, wish.interval)
        return BarDownload(store, key, sessions, start, end, now)

    async def _fetch(
        self, download: BarDownload | TradeDownload, past: Past, line: ProgressLine
    ) -> None:
        progress = _Telling(self._terminal, line, download.key, lambda: download.fetched)
        if isinstance(download, TradeDownload):
            await download.run(past.trades, asyncio.sleep, PATIENCE, progress)
            return
        bars = partial(past.bars, download.key.interval)
        await download.run(bars, asyncio.sleep, PATIENCE, progress)


async def compare(
    store: Store,
    key: SeriesKey,
    place: PastPlace,
    catalog: Catalog,
    terminal: Terminal,
    line: ProgressLine,
) -> Comparison:
    """Compare a series of bars with what the venue says now; raise VenueError or ConfigError."""
    comparison = BarComparison(store, key)
    async with open_past(place, key.instrument, catalog) as past:
        progress = _Telling(terminal, line, key, lambda: comparison.found.compared)
        bars = partial(past.bars, key.interval)
        return await comparison.run(bars, asyncio.sleep, PATIENCE, progress)


class _Telling:
    """Shows how far it is, or why it has to wait."""

    def __init__(
        self, terminal: Terminal, line: ProgressLine, key: SeriesKey, rows: Callable[[], int]
    ) -> None:
        self._text, self._line, self._key, self._rows = terminal.text, line, key, rows

    def __call__(self, done: float, why: str) -> None:
        if why:
            self._line.show(self._text("cli.download_again", why=why))
        elif self._line.due():
            percent, rows = f"{done * 100:.0f}", f"{self._rows():,}"
            self._line.show(
                self._text(
                    "cli.download_progress", series=str(self._key), percent=percent, rows=rows
                )
            )
