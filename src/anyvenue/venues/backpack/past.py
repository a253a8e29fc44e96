"""Bars, public trades and funding rates of the past.

Bars are asked for by time. Trades and rates are told newest first and by their place from there, so pages are read
until one is older than what is wanted.
"""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar, FundingRate, Trade
from anyvenue.venues.backpack.parse import INTERVALS, bars_of, ns_of_text, parse_funding_history
from anyvenue.venues.backpack.wire_rest import FundingRow, KlineRow, PublicTradeRow
from anyvenue.venues.tracking.rest import Rest

__all__ = ["past_bars", "past_funding", "past_trades"]

_T = TypeVar("_T")
_SECOND = 1_000_000_000
_MS = 1_000_000
_PAGE = 1000


async def past_bars(
    rest: Rest, symbol: str, name: InstrumentId, interval: str, start: int, end: int
) -> list[Bar]:
    """Return closed bars with start in [start, end), int ns UTC, oldest first; raise VenueError.

    Bars in which nothing was traded have no prices and are left out.
    """
    found, step, now_ns = list[Bar](), _PAGE * INTERVALS[interval], rest.offset.now_ms() * _MS
    begin = max(start, _SECOND)
    while begin < min(end, now_ns):
        until = min(begin + step, end)
        wanted = {
            "symbol": symbol,
            "interval": interval,
            "startTime": str(begin // _SECOND),
            "endTime": str(-(-until // _SECOND)),
        }
        rows = await rest.get("/api/v1/klines", list[KlineRow], wanted, signed=False)
        found += bars_of(rows, name, interval, now_ns - rest.offset.ns, now_ns)
        begin = until
    kept = {each.ts_start: each for each in found if each.closed and start <= each.ts_start < end}
    return [kept[ts] for ts in sorted(kept)]


async def past_trades(
    rest: Rest, symbol: str, name: InstrumentId, start: int, end: int
) -> list[Trade]:
    """Return public trades with start <= time < end (int ns UTC), oldest first; raise VenueError."""

    def time_of(row: PublicTradeRow) -> int:
        return row.timestamp * _MS

    rows = await _back_to(rest, "/api/v1/trades/history", PublicTradeRow, symbol, start, time_of)
    kept = {each.id: each for each in rows if start <= time_of(each) < end}
    return [_trade(kept[number], name) for number in sorted(kept)]


def _trade(row: PublicTradeRow, name: InstrumentId) -> Trade:
    side, ts = Side.SELL if row.is_buyer_maker else Side.BUY, row.timestamp * _MS
    return Trade(name, ts, ts, row.price, row.quantity, side, str(row.id))


async def past_funding(
    rest: Rest, symbol: str, name: InstrumentId, start: int, end: int, interval: int
) -> list[FundingRate]:
    """Return the rates due with start <= time < end (int ns UTC), oldest first; raise VenueError.

    `interval` (ns) is how often it is charged now: the venue does not tell what it was.
    """

    def time_of(row: FundingRow) -> int:
        return ns_of_text(row.interval_end_timestamp)

    rows = await _back_to(rest, "/api/v1/fundingRates", FundingRow, symbol, start, time_of)
    wanted = [each for each in rows if start <= time_of(each) < end]
    return parse_funding_history(wanted, name, rest.offset.now_ms() * _MS, interval)


async def _back_to(
    rest: Rest, path: str, kind: type[_T], symbol: str, start: int, time_of: Callable[[_T], int]
) -> list[_T]:
    """Return rows back to `start` at least; what came meanwhile moves rows on, so some are there twice."""
    found = list[_T]()
    while True:
        wanted = {"symbol": symbol, "limit": str(_PAGE), "offset": str(len(found))}
        body = await rest.get(path, msgspec.Raw, wanted, signed=False)
        rows = msgspec.json.decode(body, type=list[kind], strict=False)  # type: ignore[valid-type]
        found += rows
        if len(rows) < _PAGE or time_of(rows[-1]) < start:
            return found
