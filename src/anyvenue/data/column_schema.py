"""Which columns each kind of record has, how records become columns, and columns records again.

Going back there is no Python code per row: the struct's constructor is mapped over the columns.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from math import nan
from typing import cast

import msgspec

from anyvenue.data.column_codec import Column
from anyvenue.data.profiles import Record
from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade

__all__ = ["ColumnHeader", "codes_of", "columns_of", "record_of", "records_of"]

_SIDES = (None, Side.BUY, Side.SELL)
_SIDE_NUMBERS = {side: number for number, side in enumerate(_SIDES)}
_DAY_FIELDS = Depth.__struct_fields__[7:19]
_BAR_FIELDS = Bar.__struct_fields__[5:13]
_TYPES: dict[type, Record] = {
    Depth: Record.DEPTH,
    Quote: Record.QUOTE,
    Trade: Record.TRADE,
    Bar: Record.BAR,
}


class ColumnHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What a column file says about itself.

    `profile` is the layout the data came from; `levels` counts only for depth, `interval` only for bars. `zone` is
    the time zone to show times in. `synthetic` says that the data is made up.
    """

    kind: Record
    instrument: InstrumentId
    profile: str = ""
    interval: str = ""
    levels: int = 0
    zone: str = "UTC"
    assumptions: tuple[str, ...] = ()
    compressed: bool = False
    synthetic: bool = False


def record_of(event: MarketData) -> Record:
    """Return the kind of record an event is."""
    return _TYPES[type(event)]


def codes_of(header: ColumnHeader) -> str:
    """Return the type of each column: ``q`` int64, ``d`` float64, ``s`` text."""
    return {
        Record.QUOTE: "qqdddd",
        Record.TRADE: "qqddqs",
        Record.BAR: "qqqddddddddqq",
        Record.DEPTH: "qq" + "d" * (4 * header.levels + len(_DAY_FIELDS)) + "q",
    }[header.kind]


def columns_of(header: ColumnHeader, events: Sequence[MarketData]) -> list[Column]:
    """Return the columns of some records of one kind."""
    stamps: list[Column] = [[e.ts_event for e in events], [e.ts_recv for e in events]]
    return stamps + _MAKE_COLUMNS[header.kind](header, events)


def _quote_columns(_: ColumnHeader, events: Sequence[MarketData]) -> list[Column]:
    return _fields(("bid", "ask", "bid_size", "ask_size"), events)


def _trade_columns(_: ColumnHeader, events: Sequence[MarketData]) -> list[Column]:
    trades = cast(Sequence[Trade], events)
    sides = [_SIDE_NUMBERS[e.aggressor] for e in trades]
    return [*_fields(("price", "size"), events), sides, [e.trade_id for e in trades]]


def _bar_columns(_: ColumnHeader, events: Sequence[MarketData]) -> list[Column]:
    bars = cast(Sequence[Bar], events)
    days = [[e.trading_day for e in bars], [int(e.closed) for e in bars]]
    return [[e.ts_start for e in bars], *_fields(_BAR_FIELDS, events), *days]


def _depth_columns(header: ColumnHeader, events: Sequence[MarketData]) -> list[Column]:
    books = cast(Sequence[Depth], events)
    columns: list[Column] = []
    for name, filler in (
        ("bid_prices", nan),
        ("bid_sizes", 0.0),
        ("ask_prices", nan),
        ("ask_sizes", 0.0),
    ):
        for level in range(header.levels):
            values = [getattr(e, name) for e in books]
            columns.append([v[level] if level < len(v) else filler for v in values])
    return [*columns, *_fields(_DAY_FIELDS, events), [e.trading_day for e in books]]


def _fields(names: Sequence[str], events: Sequence[MarketData]) -> list[Column]:
    return [[getattr(e, name) for e in events] for name in names]


_MAKE_COLUMNS: dict[Record, Callable[[ColumnHeader, Sequence[MarketData]], list[Column]]] = {
    Record.QUOTE: _quote_columns,
    Record.TRADE: _trade_columns,
    Record.BAR: _bar_columns,
    Record.DEPTH: _depth_columns,
}


def records_of(header: ColumnHeader, columns: Sequence[Column]) -> Iterator[MarketData]:
    """Return the records that some columns hold."""
    make = cast(Callable[..., MarketData], _STRUCTS[header.kind])
    arguments = _ARGUMENTS[header.kind](header, columns)
    return map(make, repeat(header.instrument), *arguments)


def _trade_arguments(_: ColumnHeader, columns: Sequence[Column]) -> Sequence[Column]:
    sides = map(_SIDES.__getitem__, cast(Sequence[int], columns[4]))
    return cast(Sequence[Column], [*columns[:4], sides, columns[5]])


def _bar_arguments(header: ColumnHeader, columns: Sequence[Column]) -> Sequence[Column]:
    closed = map(bool, cast(Sequence[int], columns[12]))
    return [*columns[:2], repeat(header.interval), *columns[2:12], closed]


def _depth_arguments(header: ColumnHeader, columns: Sequence[Column]) -> Sequence[Column]:
    levels = header.levels
    book = [zip(*columns[2 + n * levels : 2 + (n + 1) * levels], strict=True) for n in range(4)]
    return cast(Sequence[Column], [*columns[:2], *book, *columns[2 + 4 * levels :]])


def _as_they_are(_: ColumnHeader, columns: Sequence[Column]) -> Sequence[Column]:
    return columns


_STRUCTS = {record: struct for struct, record in _TYPES.items()}
_ARGUMENTS: dict[Record, Callable[[ColumnHeader, Sequence[Column]], Sequence[Column]]] = {
    Record.QUOTE: _as_they_are,
    Record.TRADE: _trade_arguments,
    Record.BAR: _bar_arguments,
    Record.DEPTH: _depth_arguments,
}
