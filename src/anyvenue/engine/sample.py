"""Synthetic markets for the demo and for connections without an account: seeded sample ticks, labelled so."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from heapq import heappop, heappush

from anyvenue.data.profiles import Record
from anyvenue.data.sample import SAMPLE_NOTE, sample_ticks
from anyvenue.data.source import MemorySource
from anyvenue.engine.feed import Feed
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketData
from anyvenue.reference.catalog import Catalog

__all__ = ["DEMO_INSTRUMENTS", "SampleFeed", "sample_feed", "start_price"]

DEMO_INSTRUMENTS = ("rb2701.SHFE", "i2701.DCE", "IF2609.CFFEX", "600519.SSE", "AAPL.US")

# Round figures near where these traded in recent years, so that a demo looks familiar. Made up all the same.
_START = {
    "rb": 3500, "hc": 3600, "i": 780, "IF": 3950, "IC": 5800, "IH": 2700, "IM": 6200, "au": 620, "ag": 7800,
    "cu": 76000, "al": 20200, "zn": 23500, "ni": 128000, "sc": 560, "ru": 14500, "fu": 3200, "bu": 3500, "m": 3000,
    "y": 7800, "p": 8200, "c": 2300, "j": 2000, "jm": 1300, "l": 8000, "pp": 7400, "v": 5600, "TA": 5400, "MA": 2500,
    "SR": 6000, "CF": 14500, "FG": 1300, "SA": 1500, "RM": 2500, "OI": 8700, "AP": 7500, "si": 11500, "lc": 80000,
    "T": 105, "TF": 104, "TS": 102, "TL": 110,
    "600519": 1450, "600000": 9, "000001": 11, "AAPL": 230, "MSFT": 430, "BABA": 110, "00700": 420,
}  # fmt: skip
_ANY = Decimal(100)


def start_price(instrument: Instrument) -> Decimal:
    """Return the made-up price at which the sample market of an instrument starts."""
    known = _START.get(instrument.product) or _START.get(instrument.symbol)
    return Decimal(known) if known is not None else _ANY


class SampleFeed(Feed):
    """Sample ticks of several instruments, day after day; instruments may join while it runs.

    `days` None goes on for ever. `hours` is ``always`` (24x7, so that every market moves at once) or ``real``.
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
        self._now = 0
        self._count = 0
        self._heap: list[tuple[int, int, MarketData, Iterator[MarketData]]] = []
        self._iterating = False
        super().__init__([self._source(instrument) for instrument in instruments])

    def join(self, instrument: Instrument) -> MemorySource:
        """Add an instrument from now on; return its source."""
        source = self._source(instrument)
        self.sources = (*self.sources, source)
        if self._iterating:
            self._push(self._ticks(instrument))
        return source

    def events(self) -> Iterator[MarketData]:
        """Yield the ticks of all instruments in order."""
        self._heap, self._iterating = [], True
        self._now = self._count = 0
        for source in self.sources:
            self._push(self._ticks(source.instrument))
        while self._heap:
            ts, _, event, ticks = heappop(self._heap)
            self._now = ts
            yield event
            self._push(ticks)

    def _push(self, ticks: Iterator[MarketData]) -> None:
        event = next((each for each in ticks if each.ts_recv >= self._now), None)
        if event is not None:
            self._count += 1
            heappush(self._heap, (event.ts_recv, self._count, event, ticks))

    def _source(self, instrument: Instrument) -> MemorySource:
        return MemorySource(
            instrument,
            Record.DEPTH,
            lambda: self._ticks(instrument),
            identity=f"sample {self._seed} {instrument.id} {self._date} {self._days} {self._hours}",
            assumptions=(SAMPLE_NOTE,),
        )

    def _ticks(self, instrument: Instrument) -> Iterator[MarketData]:
        name = "always" if self._hours == "always" else instrument.sessions
        sessions = self._catalog.sessions(name)
        price = start_price(instrument)
        day = self._date
        if not sessions.calendar.is_trading_day(day):
            day = sessions.calendar.next_day(day)
        left = self._days
        while left is None or left > 0:
            yield from sample_ticks(instrument, day, sessions, self._seed, price)
            day = sessions.calendar.next_day(day)
            left = None if left is None else left - 1


def sample_feed(
    catalog: Catalog,
    *,
    date: int,
    seed: int,
    instruments: Sequence[str] = DEMO_INSTRUMENTS,
    days: int | None = None,
    hours: str = "always",
) -> SampleFeed:
    """Return sample ticks from trading day `date` (yyyymmdd) on, for `days` days or for ever."""
    found = [catalog.resolve(text) for text in instruments]
    return SampleFeed(catalog, date, seed, found, days, hours)
