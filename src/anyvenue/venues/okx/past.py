"""Bars, trades and funding rates of the past. Answers begin with the newest, and are asked on for what is older."""

from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, FundingRate, Trade
from anyvenue.venues.okx.api import OkxRest
from anyvenue.venues.okx.parse import INTERVALS, bars_of, parse_funding_history, parse_trade
from anyvenue.venues.okx.wire import CandleRow, FundingRow, TradeRow

__all__ = ["past_bars", "past_funding", "past_trades"]

_MS = 1_000_000
_RECENT, _HISTORY = "/api/v5/market/candles", "/api/v5/market/history-candles"
_PAGES = {_RECENT: 300, _HISTORY: 100}
_PAGE = 100
_EIGHT_HOURS_MS = 8 * 3_600_000


async def past_bars(
    rest: OkxRest, instrument: Instrument, interval: str, start: int, end: int, now: int
) -> list[Bar]:
    """Return closed bars with start in [start, end), int ns UTC, oldest first; raise VenueError."""
    from_ms, to_ms = -(-start // _MS), -(-end // _MS)
    found: list[CandleRow] = []
    path, before = _RECENT, to_ms
    while before > from_ms:
        wanted = {
            "instId": instrument.venue_symbol,
            "bar": INTERVALS[interval][0],
            "after": str(before),
            "limit": str(_PAGES[path]),
        }
        rows = await rest.rows(path, CandleRow, wanted, signed=False)
        found += rows
        before = min((int(each.ts) for each in rows), default=before)
        if len(rows) < _PAGES[path]:
            if path == _HISTORY:
                break
            path = _HISTORY  # the first one knows the latest 1,440 bars
    bars = bars_of(found, instrument.id, interval, now, inverse=instrument.inverse)
    return [each for each in bars if each.closed and start <= each.ts_start < end]


async def past_trades(rest: OkxRest, instrument: Instrument, start: int, end: int) -> list[Trade]:
    """Return all public trades with start <= time < end (int ns UTC), oldest first; raise VenueError.

    The venue keeps those of three months.
    """
    from_ms, to_ms = -(-start // _MS), -(-end // _MS)
    found: dict[str, TradeRow] = {}
    wanted = {"instId": instrument.venue_symbol, "limit": str(_PAGE)}
    where = {
        "type": "2",
        "after": str(to_ms),
    }  # by time; on from there by number, which has no ties
    while True:
        path = "/api/v5/market/history-trades"
        rows = await rest.rows(path, TradeRow, wanted | where, signed=False)
        found |= {each.trade_id: each for each in rows if from_ms <= int(each.ts) < to_ms}
        if len(rows) < _PAGE or int(rows[-1].ts) < from_ms:
            break
        where = {"type": "1", "after": rows[-1].trade_id}
    ordered = sorted(found.values(), key=lambda each: (int(each.ts), int(each.trade_id)))
    return [parse_trade(each, instrument.id, int(each.ts) * _MS) for each in ordered]


async def past_funding(
    rest: OkxRest, instrument: Instrument, start: int, end: int, now: int
) -> list[FundingRate]:
    """Return the rates that were charged with start <= ts_due < end, oldest first; raise VenueError."""
    from_ms, to_ms = -(-start // _MS), -(-end // _MS)
    found: list[FundingRow] = []
    # The one before tells how long the first one's interval was.
    before, oldest = to_ms, from_ms - _EIGHT_HOURS_MS
    while before > oldest:
        wanted = {
            "instId": instrument.venue_symbol,
            "after": str(before),
            "limit": str(_PAGE),
        }
        path = "/api/v5/public/funding-rate-history"
        rows = await rest.rows(path, FundingRow, wanted, signed=False)
        found += rows
        if len(rows) < _PAGE:
            break
        before = int(rows[-1].funding_time)
    rates = parse_funding_history(found, instrument.id, now) if found else []
    return [each for each in rates if start <= each.ts_due < end]
