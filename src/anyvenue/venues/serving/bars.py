"""Bars of an instrument: what the broker has of the past, and what has been traded since."""

from anyvenue.model.market import Bar
from anyvenue.model.protocols import Broker
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.numbers import ms_of
from anyvenue.venues.serving.tape import INTERVALS, Candle, minutes_of

__all__ = ["bars_of"]


async def bars_of(
    broker: Broker,
    board: Board,
    interval: str,
    *,
    start_ms: int,
    end_ms: int,
    limit: int,
    now_ms: int,
) -> list[Candle]:
    """Return bars that begin in a span of time, oldest first; the last may not be closed.

    A `start_ms` or `end_ms` of 0 is no bound. The first `limit` after `start_ms`, else the last ones.
    """
    board.tape.reach(now_ms)
    found = {each.start_ms: each for each in board.tape.candles(interval)}
    since = start_ms or (end_ms or now_ms) - limit * minutes_of(interval) * 60_000
    first_own = next(iter(found), now_ms)
    if since < first_own and interval in INTERVALS:
        until = min(first_own, end_ms or first_own)
        older = await broker.history(board.id, interval, since * 1_000_000, until * 1_000_000)
        found = {**{each.start_ms: each for each in map(_candle, older)}, **found}
    rows = [
        each
        for begins, each in sorted(found.items())
        if begins >= start_ms and (not end_ms or begins <= end_ms)
    ]
    return rows[:limit] if start_ms else rows[-limit:]


def _candle(bar: Bar) -> Candle:
    turnover = bar.turnover if bar.turnover == bar.turnover else 0.0
    return Candle(ms_of(bar.ts_start), bar.open, bar.high, bar.low, bar.close, bar.volume, turnover)
