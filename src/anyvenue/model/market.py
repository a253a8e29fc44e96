"""Market data: frozen records of floats, built by position on hot paths; absent numbers are NaN.

Every record has `ts_event` (the venue's time) and `ts_recv` (ours), int ns UTC; the kernel's time is `ts_recv`.
`trading_day` is yyyymmdd as the venue said, 0 where it did not.
"""

from decimal import Decimal
from math import nan

import msgspec

from anyvenue.model.enums import InstrumentStatus, Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.numbers import ABSENT_ABOVE, DOUBTFUL_BELOW

__all__ = [
    "Bar",
    "BookDelta",
    "Depth",
    "FundingRate",
    "MarketData",
    "MarketEvent",
    "Quote",
    "Status",
    "Trade",
    "surely_priced",
]

_HOUR_NS = 3_600_000_000_000


class Quote(msgspec.Struct, frozen=True, gc=False):
    """Best bid and ask with the displayed sizes; a side that is absent has NaN as its price."""

    instrument: InstrumentId
    ts_event: int
    ts_recv: int
    bid: float
    ask: float
    bid_size: float
    ask_size: float

    @property
    def mid(self) -> float:
        """Half-way between bid and ask; NaN when a side is absent."""
        return (self.bid + self.ask) * 0.5


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One public trade; `aggressor` None where the feed does not tell."""

    instrument: InstrumentId
    ts_event: int
    ts_recv: int
    price: float
    size: float
    aggressor: Side | None = None
    trade_id: str = ""


class Depth(msgspec.Struct, frozen=True, gc=False):
    """A snapshot of one or more levels, best first, with the day's statistics as CTP sends them.

    `volume` and `turnover` are cumulative for the trading day. `settlement` is NaN until the day is settled.
    """

    instrument: InstrumentId
    ts_event: int
    ts_recv: int
    bid_prices: tuple[float, ...]
    bid_sizes: tuple[float, ...]
    ask_prices: tuple[float, ...]
    ask_sizes: tuple[float, ...]
    last: float = nan
    volume: float = nan
    turnover: float = nan
    open_interest: float = nan
    open: float = nan
    high: float = nan
    low: float = nan
    pre_close: float = nan
    pre_settlement: float = nan
    settlement: float = nan
    upper_limit: float = nan
    lower_limit: float = nan
    trading_day: int = 0

    @property
    def bid(self) -> float:
        """Best bid, NaN when absent."""
        return self.bid_prices[0] if self.bid_prices else nan

    @property
    def ask(self) -> float:
        """Best ask, NaN when absent."""
        return self.ask_prices[0] if self.ask_prices else nan

    @property
    def bid_size(self) -> float:
        """Size at the best bid, NaN when absent."""
        return self.bid_sizes[0] if self.bid_sizes else nan

    @property
    def ask_size(self) -> float:
        """Size at the best ask, NaN when absent."""
        return self.ask_sizes[0] if self.ask_sizes else nan

    @property
    def mid(self) -> float:
        """Half-way between bid and ask; NaN when a side is absent."""
        return (self.bid + self.ask) * 0.5


class Bar(msgspec.Struct, frozen=True, gc=False):
    """One bar, stamped with its start; `ts_event` is when it closed. `interval` is such as ``1m`` or ``1d``."""

    instrument: InstrumentId
    ts_event: int
    ts_recv: int
    interval: str
    ts_start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    turnover: float = nan
    open_interest: float = nan
    settlement: float = nan
    trading_day: int = 0
    closed: bool = True


class BookDelta(msgspec.Struct, frozen=True, gc=False):
    """A change of one price level: its new size, 0 to remove it; `snapshot` starts the book afresh."""

    instrument: InstrumentId
    ts_event: int
    ts_recv: int
    side: Side
    price: float
    size: float
    sequence: int
    snapshot: bool = False


class FundingRate(msgspec.Struct, frozen=True, gc=False):
    """Funding of a perpetual: `rate` per interval of `interval_ns`, due at `ts_due`.

    `mark` is the price at which the venue marks positions, as of `ts_event`, None where it was not told. Stores of
    market data do not keep it.
    """

    instrument: InstrumentId
    ts_event: int
    ts_recv: int
    rate: Decimal
    interval_ns: int
    ts_due: int
    mark: Decimal | None = None

    @property
    def hourly(self) -> Decimal:
        """The rate of one hour, so that venues of different intervals can be compared; for display."""
        return self.rate * _HOUR_NS / self.interval_ns


class Status(msgspec.Struct, frozen=True, gc=False):
    """An instrument entered another phase of trading."""

    instrument: InstrumentId
    ts_event: int
    ts_recv: int
    status: InstrumentStatus
    trading_day: int = 0


MarketData = Quote | Trade | Depth | Bar
MarketEvent = Quote | Trade | Depth | Bar | BookDelta | FundingRate | Status


def surely_priced(event: "MarketEvent") -> bool:
    """Tell whether an event has a price to value positions at; where False, one must look closer."""
    if isinstance(event, Quote):
        return DOUBTFUL_BELOW < event.bid <= event.ask < ABSENT_ABOVE
    if isinstance(event, Depth):
        return DOUBTFUL_BELOW < event.last < ABSENT_ABOVE
    if isinstance(event, Bar):
        return DOUBTFUL_BELOW < event.close < ABSENT_ABOVE
    return isinstance(event, Trade) and DOUBTFUL_BELOW < event.price < ABSENT_ABOVE
