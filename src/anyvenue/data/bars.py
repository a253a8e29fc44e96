"""Bars of any interval from ticks or finer bars, cut by the sessions of the market. A bar is given once, closed."""

from math import nan

from anyvenue.data.intervals import interval_text, parse_interval
from anyvenue.model.enums import InstrumentStatus
from anyvenue.model.errors import ConfigError
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade
from anyvenue.reference.sessions import CLOSING_GRACE_NS, SessionCalendar

__all__ = ["AUCTION_NS", "BarBuilder", "interval_text", "parse_interval"]

AUCTION_NS = 300_000_000_000
"""How long before an open a snapshot that shows new volume is taken for the result of the opening auction."""

_NEVER = 1 << 63
_OPEN, _CLOSED = InstrumentStatus.OPEN, InstrumentStatus.CLOSED
_Place = tuple[int, int, int]


class BarBuilder:
    """Builds the bars of one instrument and interval (``10s`` to ``1d``).

    Times are the venue's (`ts_event`). Data outside of trading hours is left aside, but for the closing snapshot,
    which comes up to a second late and counts into the last bar, and for the result of an opening auction, which
    counts into the first: open price and volume of the day then add up. No bar is made for a window without data.

    Snapshots give the last price; their volume and turnover are the differences of the day's totals, and a new
    high or low of the day between two of them counts too. A builder started within the day takes the first total
    as its base. Quotes give their mid price and no volume; trades their price and size.

    `due` is when `advance` will close the current bar (int ns UTC), 2**63 when there is none.
    """

    def __init__(self, instrument: Instrument, interval: str, sessions: SessionCalendar) -> None:
        self.instrument = instrument
        self.interval = interval_text(parse_interval(interval))
        self._ns = parse_interval(interval)
        self._sessions = sessions
        self._multiplier = float(instrument.multiplier)
        self._active = False
        self._finer = ""
        self._start = self._end = self._closed_start = -_NEVER
        self._limit = -_NEVER
        self.due = _NEVER
        self._day = 0
        self._totals: tuple[float, float] | None = None
        self._day_high = self._day_low = nan
        self._open = self._high = self._low = self._close = nan
        self._volume = self._turnover = self._interest = self._settlement = nan

    def update(self, event: MarketData) -> Bar | None:
        """Take one record; return the bar before when this one belongs to a later window.

        A finer bar that ends with the window closes it at once. Raises ConfigError for a coarser bar.
        """
        kind = type(event)
        if kind is Bar:
            return self._update_from_bar(event)  # type: ignore[arg-type]
        ts = event.ts_event
        if ts < self._limit and self._active:
            if kind is Depth:
                self._add_depth(event)  # type: ignore[arg-type]
            else:
                self._add(event)
            return None
        return self._move(event, ts)

    def _update_from_bar(self, bar: Bar) -> Bar | None:
        if bar.interval != self._finer and parse_interval(bar.interval) > self._ns:
            raise ConfigError(
                f"{self.interval} bars of {self.instrument.id} cannot be made from {bar.interval} bars: "
                f"ask for {bar.interval} or longer",
                interval=self.interval,
            )
        self._finer = bar.interval
        closed = self._move(bar, bar.ts_start)
        if closed is None and self._active and bar.ts_event >= self._end:
            return self._finish(bar.ts_recv)
        return closed

    def advance(self, now: int) -> Bar | None:
        """Return the current bar when its window has passed at `now` (int ns UTC), so that it needs no later tick."""
        return self._finish(now) if self._active and now >= self.due else None

    def _move(self, event: MarketData, ts: int) -> Bar | None:
        place = self._place(event, ts)
        if place is None:
            return self.advance(ts)
        start, end, limit = place
        closed = self._finish(event.ts_recv) if self._active and start != self._start else None
        if start <= self._closed_start:
            return closed
        self._limit = limit
        if not self._active:
            self._begin(start, end)
        self._add(event)
        return closed

    def _place(self, event: MarketData, ts: int) -> _Place | None:
        """Return start and end of the bar for `ts`, and until when further data needs no second look."""
        window = self._sessions.window(ts)
        if window.status is _OPEN:
            inside, until = ts, window.end
        elif ts < window.start + CLOSING_GRACE_NS and self._sessions.is_open(window.start - 1):
            inside, until = window.start - 1, window.start
        elif self._is_auction(event, ts, window.end) and window.status is _CLOSED:
            inside, until = window.end, window.end
        else:
            return None
        start, end = self._sessions.bar_window(inside, self._ns)
        return start, end, min(self._with_grace(end), self._with_grace(until))

    def _is_auction(self, event: MarketData, ts: int, opening: int) -> bool:
        if not isinstance(event, Depth) or ts < opening - AUCTION_NS:
            return False
        window = self._sessions.window(opening)
        known = self._totals[0] if self._totals and window.trading_day == self._day else 0.0
        return window.status is _OPEN and event.volume > known

    def _with_grace(self, end: int) -> int:
        return end if self._sessions.is_open(end) else end + CLOSING_GRACE_NS

    def _begin(self, start: int, end: int) -> None:
        self._active = True
        self._start, self._end, self.due = start, end, self._with_grace(end)
        self._open = self._high = self._low = self._close = nan
        self._volume = self._turnover = self._interest = self._settlement = nan
        day = self._sessions.trading_day(start)
        if day != self._day:
            whole = self._day != 0 or self._sessions.windows(day)[0].start == start
            self._totals = (0.0, 0.0) if whole else None
            self._day, self._day_high, self._day_low = day, nan, nan

    def _add(self, event: MarketData) -> None:
        if isinstance(event, Depth):
            self._add_depth(event)
        elif isinstance(event, Trade):
            self._add_price(event.price)
            self._add_amounts(event.size, event.price * event.size * self._multiplier)
        elif isinstance(event, Quote):
            self._add_price(event.mid)
        else:
            self._add_bar(event)

    def _add_price(self, price: float) -> None:
        if price != price:
            return
        if self._open != self._open:
            self._open = self._high = self._low = price
        elif price > self._high:
            self._high = price
        elif price < self._low:
            self._low = price
        self._close = price

    def _add_amounts(self, volume: float, turnover: float) -> None:
        if volume == volume:
            self._volume = volume if self._volume != self._volume else self._volume + volume
        if turnover == turnover:
            self._turnover = (
                turnover if self._turnover != self._turnover else self._turnover + turnover
            )

    def _add_depth(self, event: Depth) -> None:
        # Only a feed without trades has neither last price nor volume: there the mid price is all there is.
        price, volume = event.last, event.volume
        if price != price and volume != volume:
            price = event.mid
        if self._low <= price <= self._high:  # written out: most prices lie within the bar
            self._close = price
        else:
            self._add_price(price)
        high, low = event.high, event.low
        if high > self._day_high or low < self._day_low:
            self._widen(event)
        self._day_high, self._day_low = high, low
        interest = event.open_interest
        if interest == interest:
            self._interest = interest
        if self._totals is None:
            self._totals = volume, event.turnover
        before, turnover = self._totals
        if volume > before:
            self._add_amounts(volume - before, event.turnover - turnover)
            self._totals = volume, event.turnover
        elif volume == volume and (
            self._volume != self._volume or self._turnover != self._turnover
        ):
            # No trade; a total that falls shows a faulty feed, and the higher one stays the base.
            self._add_amounts(0.0, 0.0 if turnover == turnover else nan)

    def _widen(self, event: Depth) -> None:
        """Let a new high or low of the day between two snapshots count."""
        if event.high > self._day_high:
            self._add_extreme(event.high)
        if event.low < self._day_low:
            self._add_extreme(event.low)

    def _add_extreme(self, price: float) -> None:
        if price > self._high:
            self._high = price
        elif price < self._low:
            self._low = price

    def _add_bar(self, event: Bar) -> None:
        for price in (event.open, event.high, event.low, event.close):
            self._add_price(price)
        self._add_amounts(event.volume, event.turnover)
        if event.open_interest == event.open_interest:
            self._interest = event.open_interest
        self._settlement = event.settlement

    def _finish(self, now: int) -> Bar | None:
        self._active = False
        self.due = _NEVER
        self._closed_start = self._start
        if self._close != self._close:
            return None
        return Bar(
            self.instrument.id,
            self._end,
            now,
            self.interval,
            self._start,
            self._open,
            self._high,
            self._low,
            self._close,
            self._volume,
            self._turnover,
            self._interest,
            self._settlement,
            self._day,
        )
