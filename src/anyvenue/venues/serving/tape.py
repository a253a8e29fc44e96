"""The public trades of one instrument: the last of them, bars of minutes, and the figures of a day."""

from collections import deque
from collections.abc import Iterator

import msgspec

__all__ = [
    "HONG_KONG",
    "INTERVALS",
    "Candle",
    "DayFigures",
    "Printed",
    "Tape",
    "minutes_of",
    "span_of",
]

_MINUTE = 60_000
_DAY = 86_400_000
_WEEK_OFFSET = 4 * _DAY  # weeks begin on Mondays, 1970 began on a Thursday
_MINUTES_KEPT = 3 * 1440
_TRADES_KEPT = 1000
INTERVALS = {
    "1m": 1,
    "3m": 3,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1h": 60,
    "2h": 120,
    "4h": 240,
    "6h": 360,
    "8h": 480,
    "12h": 720,
    "1d": 1440,
    "3d": 4320,
    "1w": 10080,
}
"""Intervals of klines in minutes; ``1M`` goes by the calendar and is not made here."""

HONG_KONG = {"6h+8": 360, "12h+8": 720, "1d+8": 1440, "1w+8": 10080}
"""Intervals that begin by Hong Kong's day (UTC+8), in minutes."""

_EIGHT_HOURS = 8 * 3_600_000


class Printed(msgspec.Struct, frozen=True):
    """One public trade."""

    trade_id: int
    ts_ms: int
    price: float
    size: float
    buyer_is_maker: bool


class Candle(msgspec.Struct):
    """One bar, by the ms in which it begins."""

    start_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0
    turnover: float = 0.0
    trades: int = 0
    taker_volume: float = 0.0
    taker_turnover: float = 0.0
    first_id: int = -1
    last_id: int = -1

    def add(self, other: "Candle") -> None:
        """Take a later bar in."""
        self.high, self.low = max(self.high, other.high), min(self.low, other.low)
        self.close = other.close
        self.volume += other.volume
        self.turnover += other.turnover
        self.trades += other.trades
        self.taker_volume += other.taker_volume
        self.taker_turnover += other.taker_turnover
        if self.first_id < 0:
            self.first_id = other.first_id
        self.last_id = max(self.last_id, other.last_id)


class DayFigures(msgspec.Struct):
    """The last twenty-four hours; `change` is the last price less the first."""

    candle: Candle
    last_size: float
    end_ms: int

    @property
    def change(self) -> float:
        """How far the price has gone."""
        return self.candle.close - self.candle.open

    @property
    def percent(self) -> float:
        """The same in percent."""
        return self.change / self.candle.open * 100 if self.candle.open else 0.0

    @property
    def average(self) -> float:
        """The average price by volume."""
        candle = self.candle
        return candle.turnover / candle.volume if candle.volume else candle.close


def minutes_of(interval: str) -> int:
    """Return how long an interval of either kind is."""
    return INTERVALS.get(interval) or HONG_KONG[interval]


def span_of(interval: str, ts_ms: int) -> tuple[int, int]:
    """Return when the interval that holds `ts_ms` begins, and when the next one does."""
    length = minutes_of(interval) * _MINUTE
    offset = _WEEK_OFFSET if interval.startswith("1w") else 0
    if interval in HONG_KONG:
        offset -= _EIGHT_HOURS
    start = ts_ms - (ts_ms - offset) % length
    return start, start + length


class Tape:
    """Trades as they come; minutes without one are flat bars at the last price."""

    def __init__(self) -> None:
        """Begin without a trade."""
        self.trades: deque[Printed] = deque(maxlen=_TRADES_KEPT)
        self.minutes: deque[Candle] = deque(maxlen=_MINUTES_KEPT)
        self.last = 0.0
        self._number = 0

    def print(self, ts_ms: int, price: float, size: float, buyer_is_maker: bool) -> Printed:
        """Take a trade and return it with its number."""
        self._number += 1
        trade = Printed(self._number, ts_ms, price, size, buyer_is_maker)
        self.trades.append(trade)
        candle = self._minute(ts_ms, price)
        value = price * size
        taken = 0.0 if buyer_is_maker else 1.0
        part = Candle(
            *(ts_ms, price, price, price, price, size, value, 1, size * taken, value * taken),
            first_id=trade.trade_id,
            last_id=trade.trade_id,
        )
        if candle.trades == 0:
            candle.open = candle.high = candle.low = price
        candle.add(part)
        self.last = price
        return trade

    def reach(self, ts_ms: int) -> None:
        """Let time pass: begin the minute of `ts_ms`."""
        if self.last:
            self._minute(ts_ms, self.last)

    def candles(self, interval: str) -> Iterator[Candle]:
        """Yield the bars of an interval, oldest first; the last may not be closed."""
        made: Candle | None = None
        for minute in self.minutes:
            start, _ = span_of(interval, minute.start_ms)
            if made is not None and made.start_ms == start:
                made.add(minute)
                continue
            if made is not None:
                yield made
            made = msgspec.structs.replace(minute, start_ms=start)
        if made is not None:
            yield made

    def current(self, interval: str) -> Candle | None:
        """Return the bar that is being made."""
        if not self.minutes:
            return None
        start, _ = span_of(interval, self.minutes[-1].start_ms)
        parts = []
        for minute in reversed(self.minutes):
            if minute.start_ms < start:
                break
            parts.append(minute)
        made = msgspec.structs.replace(parts[-1], start_ms=start)
        for each in reversed(parts[:-1]):
            made.add(each)
        return made

    def day(self, now_ms: int) -> DayFigures:
        """Return the figures of the twenty-four hours up to now."""
        made: Candle | None = None
        for minute in self.minutes:
            if minute.start_ms <= now_ms - _DAY:
                continue
            if made is None:
                made = msgspec.structs.replace(minute)
            else:
                made.add(minute)
        if made is None:
            last = self.last
            made = Candle(now_ms, last, last, last, last)
        size = self.trades[-1].size if self.trades else 0.0
        return DayFigures(made, size, now_ms)

    def _minute(self, ts_ms: int, price: float) -> Candle:
        start = ts_ms - ts_ms % _MINUTE
        if not self.minutes:
            self.minutes.append(Candle(start, price, price, price, price))
        last = self.minutes[-1]
        first_missing = max(last.start_ms + _MINUTE, start - _MINUTES_KEPT * _MINUTE)
        for missing in range(first_missing, start + 1, _MINUTE):
            close = self.minutes[-1].close
            self.minutes.append(Candle(missing, close, close, close, close))
        return self.minutes[-1]
