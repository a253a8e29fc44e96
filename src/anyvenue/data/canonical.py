"""Write our own CSV files: int ns UTC, floats in their shortest exact text, absent numbers empty."""

import csv
import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO, cast

from anyvenue.data.layouts.own import (
    BAR_COLUMNS,
    DAY_COLUMNS,
    QUOTE_COLUMNS,
    TRADE_COLUMNS,
    depth_columns,
)
from anyvenue.data.profiles import Record
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade

__all__ = ["write_csv"]

_Field = str | int | float


def write_csv(path: str | Path, kind: Record, events: Iterable[MarketData]) -> int:
    """Write `events` of one kind as CSV, gzipped when the name ends in ``.gz``, and return their number.

    The same events give the same bytes. No file is left when `events` raises.
    """
    path = Path(path)
    with _replacing(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        stream = iter(events)
        first = next(stream, None)
        levels = max(1, len(first.bid_prices)) if isinstance(first, Depth) else 1
        writer.writerow(_header(kind, levels))
        if first is None:
            return 0
        row_of = _row_maker(kind, levels)
        writer.writerow(row_of(first))
        rows = 1
        for rows, event in enumerate(stream, 2):  # noqa: B007
            writer.writerow(row_of(event))
    return rows


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as raw:
            # No name and no time in the gzip header, so that equal data makes equal files.
            zipped = gzip.GzipFile("", "wb", 6, raw, mtime=0) if path.suffix == ".gz" else raw
            with TextIOWrapper(cast(gzip.GzipFile, zipped), encoding="utf-8", newline="") as text:
                yield text
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _header(kind: Record, levels: int) -> tuple[str, ...]:
    if kind is Record.DEPTH:
        return depth_columns(levels)
    return {Record.QUOTE: QUOTE_COLUMNS, Record.TRADE: TRADE_COLUMNS, Record.BAR: BAR_COLUMNS}[kind]


def _row_maker(kind: Record, levels: int) -> Callable[[MarketData], list[_Field]]:
    if kind is Record.DEPTH:
        return lambda event: _depth_row(cast(Depth, event), levels)
    return {Record.QUOTE: _quote_row, Record.TRADE: _trade_row, Record.BAR: _bar_row}[kind]


def _present(values: Iterable[float]) -> list[_Field]:
    return [value if value == value else "" for value in values]


def _quote_row(event: MarketData) -> list[_Field]:
    quote = cast(Quote, event)
    numbers = (quote.bid, quote.ask, quote.bid_size, quote.ask_size)
    return [quote.instrument, quote.ts_event, quote.ts_recv, *_present(numbers)]


def _trade_row(event: MarketData) -> list[_Field]:
    trade = cast(Trade, event)
    head = trade.instrument, trade.ts_event, trade.ts_recv
    return [*head, *_present((trade.price, trade.size)), trade.aggressor or "", trade.trade_id]


def _bar_row(event: MarketData) -> list[_Field]:
    bar = cast(Bar, event)
    head = bar.instrument, bar.ts_event, bar.ts_recv, bar.interval, bar.ts_start
    prices = bar.open, bar.high, bar.low, bar.close
    rest = bar.volume, bar.turnover, bar.open_interest, bar.settlement
    return [*head, *_present((*prices, *rest)), bar.trading_day, int(bar.closed)]


def _depth_row(event: Depth, levels: int) -> list[_Field]:
    row: list[_Field] = [event.instrument, event.ts_event, event.ts_recv, event.trading_day]
    row += _present(getattr(event, name) for name in DAY_COLUMNS)
    for level in range(levels):
        if level < len(event.bid_prices):
            row += _present((event.bid_prices[level], event.bid_sizes[level]))
        else:
            row += ["", 0.0]
        if level < len(event.ask_prices):
            row += _present((event.ask_prices[level], event.ask_sizes[level]))
        else:
            row += ["", 0.0]
    return row
