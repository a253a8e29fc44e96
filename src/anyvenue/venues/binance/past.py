"""Public trades and funding rates of the past.

Trades are asked for by time, and on from the last one's number where an answer is full.
"""

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import FundingRate, Trade
from anyvenue.venues.binance.api import Rest
from anyvenue.venues.binance.parse import funding_of
from anyvenue.venues.binance.wire_rest import AggregateRow, FundingRecord

__all__ = ["past_funding", "past_trades"]

_MS = 1_000_000
_PAGE = 1000
_HOUR_MS = 3_600_000  # the longest stretch of time that one request may name
_EIGHT_HOURS_NS = 8 * 3_600_000_000_000
_WEIGHTS = {"/api/v3/aggTrades": 4, "/fapi/v1/aggTrades": 20}


async def past_trades(
    rest: Rest, path: str, symbol: str, name: InstrumentId, start: int, end: int
) -> list[Trade]:
    """Return all trades with start <= time < end (int ns UTC), oldest first; raise VenueError.

    A trade is what one taker order took at one price; its id is the venue's aggregate number, which has no holes.
    """
    at, last_ms, found = -(-start // _MS), -(-end // _MS) - 1, list[Trade]()
    while at <= last_ms:
        until = min(at + _HOUR_MS - 1, last_ms)
        wanted = {"startTime": str(at), "endTime": str(until)}
        rows = await _rows(rest, path, symbol, wanted)
        while rows:
            found += [_trade(each, name) for each in rows if each.ts_ms <= last_ms]
            at = rows[-1].ts_ms
            if len(rows) < _PAGE or at > last_ms:
                break
            rows = await _rows(rest, path, symbol, {"fromId": str(rows[-1].trade_id + 1)})
        # Numbers lead on past the hour, too: what was read needs no asking.
        at = max(at, until) + 1
    return found


async def past_funding(
    rest: Rest, symbol: str, name: InstrumentId, start: int, end: int, interval: int | None
) -> list[FundingRate]:
    """Return the rates due with start <= time < end (int ns UTC), oldest first; raise VenueError.

    `interval` (ns) is how often it is charged now, None for every eight hours: the venue does not tell what it was.
    """
    at, last_ms, found = -(-start // _MS), -(-end // _MS) - 1, list[FundingRate]()
    while at <= last_ms:
        wanted = {
            "symbol": symbol,
            "startTime": str(at),
            "endTime": str(last_ms),
            "limit": str(_PAGE),
        }
        rows = await rest.get("/fapi/v1/fundingRate", list[FundingRecord], wanted, signed=False)
        rows.sort(key=lambda each: each.funding_time)
        for row in rows:
            due, rate = row.funding_time, str(row.funding_rate)
            found.append(funding_of(name, due, due * _MS, rate, interval or _EIGHT_HOURS_NS, due))
        if len(rows) < _PAGE:
            break
        at = rows[-1].funding_time + 1
    return found


async def _rows(
    rest: Rest, path: str, symbol: str, wanted: dict[str, str]
) -> list[AggregateRow[float]]:
    parameters = {"symbol": symbol, "limit": str(_PAGE), **wanted}
    rows = await rest.get(
        path, list[AggregateRow[float]], parameters, weight=_WEIGHTS[path], signed=False
    )
    return sorted(rows, key=_number)


def _number(row: AggregateRow[float]) -> int:
    return row.trade_id


def _trade(row: AggregateRow[float], name: InstrumentId) -> Trade:
    ts = row.ts_ms * _MS
    side = Side.SELL if row.buyer_is_maker else Side.BUY
    return Trade(name, ts, ts, row.price, row.size, side, str(row.trade_id))
