"""From a broker's market data to CTP's snapshot of an instrument."""

from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Quote, Trade
from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.dates import action_day, md_trading_day
from anyvenue.venues.ctp.counter.figures.numbers import unit_of
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.times import clock_text
from anyvenue.venues.ctp.description.text import ABSENT

__all__ = ["Snapshots"]

_NS = 1_000_000_000
_MOST = 2**31 - 1
_SIDES = tuple(
    (f"BidPrice{n}", f"BidVolume{n}", f"AskPrice{n}", f"AskVolume{n}") for n in range(1, 6)
)
_PRICES = (
    "LastPrice",
    "PreSettlementPrice",
    "PreClosePrice",
    "OpenPrice",
    "HighestPrice",
    "LowestPrice",
    "ClosePrice",
    "SettlementPrice",
    "UpperLimitPrice",
    "LowerLimitPrice",
    "PreDelta",
    "CurrDelta",
    "AveragePrice",
    "BandingUpperPrice",
    "BandingLowerPrice",
)


class Snapshots:
    """Makes the ``DepthMarketData`` of one instrument; absent prices are DBL_MAX, absent counts 0."""

    def __init__(self, context: Context, instrument: Instrument) -> None:
        """Begin with nothing known."""
        self.context = context
        self.instrument = instrument
        self._exchange = instrument.exchange
        self._without_multiplier = instrument.exchange == "CZCE"
        self._multiplier = float(instrument.multiplier)
        self._unit = float(unit_of(instrument))
        self._days: tuple[int, int] = (-1, -1)
        self._base: Row = self._make_base()
        self._traded: Row = {}
        self._traded_day = 0

    def _make_base(self) -> Row:
        base: Row = dict.fromkeys(_PRICES, ABSENT)
        for bid, bid_size, ask, ask_size in _SIDES:
            base |= {bid: ABSENT, bid_size: 0, ask: ABSENT, ask_size: 0}
        return base | {
            "InstrumentID": self.instrument.symbol,
            "ExchangeInstID": self.instrument.symbol,
            "ExchangeID": exchange_id(self._exchange),
            "Volume": 0,
            "Turnover": 0.0,
            "OpenInterest": 0.0,
            "PreOpenInterest": 0.0,
        }

    def of_depth(self, event: Depth) -> Row:
        """Return a snapshot with the day's statistics."""
        row = self._base.copy()
        at = event.ts_event or event.ts_recv
        self._stamp(row, at, event.trading_day or self.context.trading_day)
        volume, turnover = event.volume, event.turnover
        if volume == volume:
            row["Volume"] = self._lots(volume)
        if turnover == turnover:
            if volume > 0:
                row["AveragePrice"] = turnover / volume
                if self._without_multiplier:
                    row["AveragePrice"] = turnover / volume / self._multiplier
            row["Turnover"] = turnover / self._multiplier if self._without_multiplier else turnover
        if event.open_interest == event.open_interest:
            row["OpenInterest"] = event.open_interest
        for name, price in (
            ("LastPrice", event.last),
            ("OpenPrice", event.open),
            ("HighestPrice", event.high),
            ("LowestPrice", event.low),
            ("PreClosePrice", event.pre_close),
            ("PreSettlementPrice", event.pre_settlement),
            ("SettlementPrice", event.settlement),
            ("UpperLimitPrice", event.upper_limit),
            ("LowerLimitPrice", event.lower_limit),
        ):
            if -ABSENT_ABOVE < price < ABSENT_ABOVE:  # not NaN either
                row[name] = price
        self._put_levels(row, event)
        return row

    def _put_levels(self, row: Row, event: Depth) -> None:
        for sides, price, size in zip(_SIDES, event.bid_prices, event.bid_sizes, strict=False):
            if -ABSENT_ABOVE < price < ABSENT_ABOVE:
                row[sides[0]] = price
                row[sides[1]] = self._lots(size)
        for sides, price, size in zip(_SIDES, event.ask_prices, event.ask_sizes, strict=False):
            if -ABSENT_ABOVE < price < ABSENT_ABOVE:
                row[sides[2]] = price
                row[sides[3]] = self._lots(size)

    def of_quote(self, event: Quote) -> Row:
        """Return a snapshot of the best bid and ask, with what trades have told."""
        row = self._base | self._traded
        self._stamp(row, event.ts_event or event.ts_recv, self.context.trading_day)
        for price_name, price, size_name, size in (
            ("BidPrice1", event.bid, "BidVolume1", event.bid_size),
            ("AskPrice1", event.ask, "AskVolume1", event.ask_size),
        ):
            if -ABSENT_ABOVE < price < ABSENT_ABOVE:
                row[price_name] = price
                row[size_name] = self._lots(size)
        return row

    def learn_trade(self, event: Trade) -> None:
        """Take a trade: it is the last price of the quotes to come."""
        day, traded = self.context.trading_day, self._traded
        if self._traded_day != day:
            traded, self._traded_day = {}, day
        volume = min(int(traded.get("Volume", 0)) + self._lots(event.size), _MOST)
        high, low = float(traded.get("HighestPrice", 0.0)), float(traded.get("LowestPrice", ABSENT))
        self._traded = {
            "LastPrice": event.price,
            "OpenPrice": traded.get("OpenPrice", event.price),
            "HighestPrice": max(high, event.price),
            "LowestPrice": min(low, event.price),
            "Volume": volume,
            "Turnover": float(traded.get("Turnover", 0.0))
            + event.price * event.size * self._multiplier,
        }

    def _lots(self, size: float) -> int:
        """Return a size as a Volume; parts of coins are counted in the least step.

        A Volume is a C int: of a fund more than that is traded on a lively day, and then it stays at the most.
        """
        if size != size:
            return 0
        if self._unit != 1.0:
            size /= self._unit
        return round(size) if size < _MOST else _MOST

    def _stamp(self, row: Row, at: int, trading_day: int) -> None:
        second = at // _NS
        time = clock_text(second)[1]
        key = (trading_day, second // 3600)
        if key != self._days:
            self._days = key
            profile = self.context.profile
            self._base["TradingDay"] = md_trading_day(profile, self._exchange, at, trading_day)
            self._base["ActionDay"] = action_day(profile, self._exchange, at, trading_day)
            row["TradingDay"], row["ActionDay"] = self._base["TradingDay"], self._base["ActionDay"]
        row["UpdateTime"] = time
        row["UpdateMillisec"] = at % _NS // 1_000_000
