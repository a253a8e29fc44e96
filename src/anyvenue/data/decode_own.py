"""Rows of our own CSV files back into the records they were written from, exactly."""

from collections.abc import Callable, Iterator
from math import nan

from anyvenue.data.decoding import Plan, Row, mixed_instruments, step_back
from anyvenue.data.table import Table
from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade

__all__ = ["OwnDecoder"]

_NEVER = 1 << 63
_SIDES = {"": None, "buy": Side.BUY, "sell": Side.SELL}
_FLAGS = {"0": False, "1": True}


def _float(text: str) -> float:
    return float(text) if text else nan


def _quote(instrument: InstrumentId, row: Row) -> Quote:
    return Quote(instrument, int(row[1]), int(row[2]), *map(_float, row[3:7]))


def _trade(instrument: InstrumentId, row: Row) -> Trade:
    price, size = _float(row[3]), _float(row[4])
    return Trade(instrument, int(row[1]), int(row[2]), price, size, _SIDES[row[5]], row[6])


def _bar(instrument: InstrumentId, row: Row) -> Bar:
    head = instrument, int(row[1]), int(row[2]), row[3], int(row[4])
    opening, high, low, close, volume, turnover, interest, settlement = map(_float, row[5:13])
    prices = opening, high, low, close
    return Bar(
        *head, *prices, volume, turnover, interest, settlement, int(row[13]), _FLAGS[row[14]]
    )


def _depth(instrument: InstrumentId, row: Row) -> Depth:
    book = tuple(map(_float, row[16:]))
    levels = book[0::4], book[1::4], book[2::4], book[3::4]
    day = tuple(map(_float, row[4:16]))
    statistics = day[0], day[1], day[2], day[3], day[4], day[5], day[6]
    limits = day[7], day[8], day[9], day[10], day[11]
    return Depth(instrument, int(row[1]), int(row[2]), *levels, *statistics, *limits, int(row[3]))


_MAKERS: dict[str, Callable[[InstrumentId, Row], MarketData]] = {
    "anyvenue-quotes": _quote,
    "anyvenue-trades": _trade,
    "anyvenue-bars": _bar,
    "anyvenue-depth": _depth,
}


class OwnDecoder:
    """Turns the rows of one of our own files into its records."""

    def __init__(self, plan: Plan, table: Table) -> None:
        self.plan = plan
        self.table = table
        self._make = _MAKERS[plan.profile.name]

    def events(self) -> Iterator[MarketData]:
        """Give one record a row; raise DataError naming file and line, and the column where it can be told."""
        table, make, width = self.table, self._make, self.table.width
        instrument, same = self.plan.instrument.id, self.plan.identity
        latest = -_NEVER
        with table.guard():
            for row in table.rows:
                if len(row) != width:
                    if not row:
                        continue
                    raise table.wrong_width(row)
                try:
                    event = make(instrument, row)
                except (ValueError, KeyError):
                    raise self._bad(row) from None
                if event.ts_recv < latest:
                    raise step_back(self.plan, table, event.ts_recv, latest)
                if row[0] != same:
                    raise mixed_instruments(self.plan, table, row[0])
                latest = event.ts_recv
                yield event

    def _bad(self, row: Row) -> Exception:
        for column, text in zip(self.table.header, row, strict=True):
            expected = _expected(column, text)
            if expected:
                return self.table.error(f"the value was {text!r}", expected=expected, column=column)
        return self.table.error("the row cannot be read", expected=self.plan.profile.title)


def _expected(column: str, text: str) -> str:
    """Return what `column` should hold where `text` does not fit, else an empty text."""
    if column in ("instrument", "interval", "trade_id"):
        return ""
    if column == "aggressor":
        return "" if text in _SIDES else "buy, sell or nothing"
    if column == "closed":
        return "" if text in _FLAGS else "0 or 1"
    whole = column in ("ts_event", "ts_recv", "ts_start", "trading_day")
    try:
        int(text) if whole else _float(text)
    except ValueError:
        return "a whole number" if whole else "a number, or nothing"
    return ""
