"""What the blocking API returns: a quote and a position, by CTP's and homalos-webctp's field names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import nan

from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.venues.ctp.description import Value

__all__ = ["Position", "Quote", "position_of", "quote_of"]

_LONG, _SHORT = "2", "3"


@dataclass
class Quote:
    """A snapshot of the market; absent prices are NaN. Fields can be read as attributes and by ``quote["LastPrice"]``.

    `ctp_datetime` is Beijing time without a zone, None where the front told no date.
    """

    InstrumentID: str = ""
    LastPrice: float = nan
    BidPrice1: float = nan
    BidVolume1: int = 0
    AskPrice1: float = nan
    AskVolume1: int = 0
    Volume: int = 0
    OpenInterest: float = 0.0
    UpdateTime: str = ""
    UpdateMillisec: int = 0
    ctp_datetime: datetime | None = None

    def __getitem__(self, key: str) -> str | float | datetime | None:
        """Return a field by its name; raise KeyError."""
        if key not in self.__dataclass_fields__:
            raise KeyError(key)
        value: str | float | datetime | None = getattr(self, key)
        return value

    def copy(self) -> "Quote":
        """Return a quote that can be changed without changing this one."""
        return replace(self)


@dataclass
class Position:
    """The lots of one instrument, long and short, of today and older; without lots the opening price is NaN."""

    pos_long: int = 0
    pos_long_today: int = 0
    pos_long_his: int = 0
    open_price_long: float = nan
    pos_short: int = 0
    pos_short_today: int = 0
    pos_short_his: int = 0
    open_price_short: float = nan

    def copy(self) -> "Position":
        """Return a position that can be changed without changing this one."""
        return replace(self)


def quote_of(row: Mapping[str, Value]) -> Quote:
    """Return the quote in a row of DepthMarketData."""
    time, millisecond = str(row.get("UpdateTime", "")), _whole(row.get("UpdateMillisec"))
    return Quote(
        str(row.get("InstrumentID", "")),
        _price(row.get("LastPrice")),
        _price(row.get("BidPrice1")),
        _whole(row.get("BidVolume1")),
        _price(row.get("AskPrice1")),
        _whole(row.get("AskVolume1")),
        _whole(row.get("Volume")),
        _price(row.get("OpenInterest")),
        time,
        millisecond,
        _moment(str(row.get("ActionDay") or row.get("TradingDay", "")), time, millisecond),
    )


def position_of(rows: Iterable[Mapping[str, Value]], multiplier: int) -> Position:
    """Return the position in rows of InvestorPosition, which has two rows a side where old lots are kept apart."""
    found = Position()
    cost = {_LONG: 0.0, _SHORT: 0.0}
    for row in rows:
        side = str(row.get("PosiDirection", ""))
        if side not in cost:
            continue
        lots, today = _whole(row.get("Position")), _whole(row.get("TodayPosition"))
        paid = row.get("OpenCost", 0.0)
        cost[side] += paid if isinstance(paid, int | float) else 0.0
        if side == _LONG:
            found.pos_long += lots
            found.pos_long_today += today
            # YdPosition is what there was in the morning; closing does not take from it.
            found.pos_long_his += lots - today
        else:
            found.pos_short += lots
            found.pos_short_today += today
            found.pos_short_his += lots - today
    if found.pos_long:
        found.open_price_long = cost[_LONG] / (found.pos_long * multiplier)
    if found.pos_short:
        found.open_price_short = cost[_SHORT] / (found.pos_short * multiplier)
    return found


def _price(value: Value | None) -> float:
    if isinstance(value, int | float) and -ABSENT_ABOVE < value < ABSENT_ABOVE:
        return float(value)
    return nan


def _whole(value: Value | None) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _moment(day: str, time: str, millisecond: int) -> datetime | None:
    try:
        at = datetime.strptime(f"{day} {time}", "%Y%m%d %H:%M:%S")
    except ValueError:
        return None
    return at + timedelta(milliseconds=millisecond)
