"""Synthetic markets as data for a run: a feed of several that may go on for ever, and a source of some days of one."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import cast

from msgspec.structs import replace

from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.data.spans import zone_of_sessions
from anyvenue.engine.feed import Feed
from anyvenue.model.enums import InstrumentKind
from anyvenue.model.errors import DataError
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketData
from anyvenue.model.numbers import Number, plain, to_decimal
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import SessionCalendar, SessionWindow
from anyvenue.sim.synthetic import World, start_price, synthetic_events, usual_interval

__all__ = ["DEMO_INSTRUMENTS", "SyntheticFeed", "synthetic_feed", "synthetic_source"]

DEMO_INSTRUMENTS = (
    "rb2701.SHFE", "AAPL.US", "EURUSD.FX", "BTC-USDT.BINANCE",
    "i2701.DCE", "IF2609.CFFEX", "SP i2701&i2705.DCE", "rb2701C3500.SHFE", "600519.SSE", "510300.SSE", "019742.SSE",
    "BTC-USDT-PERP.BINANCE", "BTC-USD-PERP.BINANCE",
)  # fmt: skip
"""A market with every kind of instrument, for `connect`; the demo trades the first four with one strategy."""


class SyntheticFeed(Feed):
    """Synthetic markets of several instruments, day after day; instruments may join while it runs.

    `days` None goes on for ever. `hours` is ``always`` (24x7, so that every market moves at once) or ``real``. Markets
    that belong together move together: contracts of a product, an option and its underlying. What options and spreads
    are reckoned by has a hidden market beside theirs, if nobody asked for it.
    """

    def __init__(
        self,
        catalog: Catalog,
        date: int,
        seed: int,
        instruments: Sequence[Instrument],
        days: int | None,
        hours: str = "always",
    ) -> None:
        """Begin on trading day `date` (yyyymmdd)."""
        self._catalog = catalog
        self._date = date
        self._seed = seed
        self._days = days
        self._hours = hours
        self._world = World(seed, self._begin, catalog.find)
        self._now = 0
        self._count = count()
        self._heap: list[tuple[int, int, MarketData, Iterator[MarketData]]] = []
        self._iterating = False
        asked = {each.id for each in instruments}
        shown = [self._source(each) for each in instruments]
        # First the hidden ones: at the first quote of an option its underlying has a price.
        super().__init__([*map(self._hidden, self._behind(instruments, asked)), *shown])

    def join(self, instrument: Instrument) -> list[MemorySource]:
        """Add an instrument from now on; return the hidden sources of what is behind it, then its own."""
        there = {source.instrument.id for source in self.sources} | {instrument.id}
        behind = self._behind([instrument], there)
        added = [*map(self._hidden, behind), self._source(instrument)]
        self.sources = (*self.sources, *added)
        if self._iterating:
            for source in added:
                self._push(self._events(source.instrument, self._now))
        return added

    def _behind(
        self, instruments: Sequence[Instrument], there: set[InstrumentId]
    ) -> list[Instrument]:
        """Return the underlyings and legs of options and spreads that are not `there`, each once."""
        found: dict[InstrumentId, Instrument] = {}
        for each in instruments:
            names = [leg.instrument for leg in each.legs]
            if each.kind is InstrumentKind.OPTION and each.underlying is not None:
                names.append(each.underlying)
            for name in names:
                behind = self._catalog.find(name)
                if behind is not None and name not in there:
                    found[name] = behind
        return list(found.values())

    def _hidden(self, instrument: Instrument) -> MemorySource:
        source = self._source(instrument)
        source.hidden = True
        return source

    def events(self) -> Iterator[MarketData]:
        """Yield the events of all instruments in order."""
        self._heap, self._iterating = [], True
        self._now, self._count = 0, count()
        for source in self.sources:
            self._push(source.events())
        while self._heap:
            ts, _, event, events = heappop(self._heap)
            self._now = ts
            yield event
            self._push(events)

    def _push(self, events: Iterator[MarketData]) -> None:
        event = next(events, None)
        if event is not None:
            heappush(self._heap, (event.ts_recv, next(self._count), event, events))

    def _source(self, instrument: Instrument) -> MemorySource:
        return MemorySource(
            instrument,
            Record.DEPTH,
            lambda: self._events(instrument),
            identity=f"synthetic 1 {self._seed} {instrument.id} {self._date} {self._days} {self._hours}",
            zone=zone_of_sessions(instrument.sessions),
            synthetic=True,
        )

    def _events(self, instrument: Instrument, since: int = 0) -> Iterator[MarketData]:
        windows: Iterable[SessionWindow] = self._windows(instrument)
        if since:
            windows = _from(windows, since, usual_interval(instrument))
        events = synthetic_events(instrument, windows, self._seed, world=self._world)
        return cast(Iterator[MarketData], events)

    def _windows(self, instrument: Instrument) -> Iterator[SessionWindow]:
        sessions, day = self._sessions(instrument), self._date
        if not sessions.calendar.is_trading_day(day):
            day = sessions.calendar.next_day(day)
        left = self._days
        while left is None or left > 0:
            yield from sessions.windows(day)
            day = sessions.calendar.next_day(day)
            left = None if left is None else left - 1

    def _begin(self, instrument: Instrument) -> int:
        return next(self._windows(instrument)).start

    def _sessions(self, instrument: Instrument) -> SessionCalendar:
        always = self._hours == "always"
        return self._catalog.sessions("always" if always else instrument.sessions)


def _from(windows: Iterable[SessionWindow], now: int, every: int) -> Iterator[SessionWindow]:
    """Yield what is left of the windows from `now` on, at the times that they would have had."""
    for window in windows:
        if window.end > now:
            past = -(min(window.start - now, 0) // every) * every
            yield replace(window, start=window.start + past)


def synthetic_feed(
    catalog: Catalog,
    *,
    date: int,
    seed: int,
    instruments: Sequence[str] = DEMO_INSTRUMENTS,
    days: int | None = None,
    hours: str = "always",
) -> SyntheticFeed:
    """Return synthetic markets from trading day `date` (yyyymmdd) on, for `days` days or for ever."""
    found = [catalog.resolve(text) for text in instruments]
    return SyntheticFeed(catalog, date, seed, found, days, hours)


def synthetic_source(
    instrument: Instrument,
    trading_days: Sequence[int],
    sessions: SessionCalendar,
    seed: int | str,
    start: Number | None = None,
    *,
    trades: bool = False,
) -> MemorySource:
    """Return the synthetic market of some trading days as a source that says it is synthetic.

    It begins at the price `start`, by default at one that looks familiar, and stays around it. With `trades` every
    trade comes before the snapshot that counts it. Raise DataError for a day without trading; options and spreads need
    a `SyntheticFeed`, which knows what is behind them.
    """
    for day in trading_days:
        if not sessions.windows(day):
            raise DataError(
                f"{day} is no trading day of {sessions.name}: a synthetic market needs one",
                file="",
                line=0,
                expected="a trading day",
            )
    price = start_price(instrument) if start is None else to_decimal(start, "start")

    def make() -> Iterator[MarketData]:
        windows = (window for day in trading_days for window in sessions.windows(day))
        events = synthetic_events(instrument, windows, seed, price, trades=trades)
        return cast(Iterator[MarketData], events)

    days = f"{trading_days[0]}-{trading_days[-1]}x{len(trading_days)}" if trading_days else "none"
    source = MemorySource(
        instrument,
        Record.DEPTH,
        make,
        identity=f"synthetic 1:{seed}:{instrument.id}:{days}:{plain(price)}:{trades}",
        zone=zone_of_sessions(sessions.name),
        synthetic=True,
    )
    if trades:
        source.channels |= {"trades"}
    return source
