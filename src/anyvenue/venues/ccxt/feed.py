"""Market data: what is pushed is waited for, what is not is asked for every so often."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from math import nan
from typing import cast

from anyvenue.model.errors import SubscriptionError
from anyvenue.model.events import Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketEvent, Trade
from anyvenue.venues.ccxt.abilities import LEVELS
from anyvenue.venues.ccxt.calls import CallFailed
from anyvenue.venues.ccxt.library import Row
from anyvenue.venues.ccxt.listing import Listing
from anyvenue.venues.ccxt.parse import (
    bar_of,
    depth_of,
    funding_of,
    quote_of,
    quote_of_book,
    trade_of,
)
from anyvenue.venues.ccxt.sessions import Sessions
from anyvenue.venues.transport.tasks import Tasks

__all__ = ["Feed", "interval_ms"]

_LONGEST_PAUSE_S = 30.0
_LATEST = 100
_CALLS = {
    "quotes": ("watch_order_book", "fetch_order_book"),
    "depth": ("watch_order_book", "fetch_order_book"),
    "trades": ("watch_trades", "fetch_trades"),
    "bars": ("watch_ohlcv", "fetch_ohlcv"),
    "funding": ("watch_funding_rate", "fetch_funding_rate"),
}
_Stream = tuple[str, str]  # ccxt's symbol, channel


class Feed:
    """One loop for each symbol and channel; subscriptions outlive connections."""

    def __init__(
        self,
        sessions: Sessions,
        listing: Listing,
        post: Callable[[Event], None],
        now: Callable[[], int],
        *,
        poll_s: float,
        backoff_s: float,
    ) -> None:
        """Begin stopped."""
        self._sessions, self._listing = sessions, listing
        self._post, self._now = post, now
        self._poll_s, self._backoff_s = poll_s, backoff_s
        self._wanted: dict[_Stream, None] = {}
        self._tasks = Tasks()
        self._stopped = True
        self._up: dict[_Stream, bool] = {}
        self._last_trade: dict[str, float] = {}
        self._told_trades: dict[str, dict[str, None]] = {}

    @property
    def sockets(self) -> int:
        """How many streams have brought something since they were asked for."""
        return sum(self._up.values())

    # ---- asking

    def want(self, instrument: Instrument, channel: str) -> None:
        """Subscribe once; raise SubscriptionError for a channel that the exchange does not have.

        ``all`` is everything but bars, which are made of the rest; the best prices are in the depth then.
        """
        ways = self._sessions.abilities.ways
        if channel == "all":
            perpetual = ("funding",) if instrument.kind == "perpetual" else ()
            for each in ("depth", "trades", *perpetual):
                if ways[each] != "no":
                    self.want(instrument, each)
            return
        kind = channel.partition(":")[0]
        if kind not in _CALLS or ways[kind] == "no":
            there = tuple(sorted(each for each in _CALLS if ways[each] != "no"))
            raise SubscriptionError(
                f"ccxt:{self._sessions.abilities.exchange} has no channel {channel!r} for {instrument.id}; "
                f"there is: {', '.join(there)}",
                available=there,
                instrument=instrument.id,
            )
        stream = self._listing.symbols[instrument.id], channel
        if stream not in self._wanted:
            self._wanted[stream] = None
            if not self._stopped:
                self._tasks.start(self._follow(stream))

    def start(self) -> None:
        """Begin with what was asked for."""
        self._stopped = False
        for stream in self._wanted:
            self._tasks.start(self._follow(stream))

    async def stop(self) -> None:
        """End all loops; subscriptions stay."""
        self._stopped = True
        await self._tasks.stop()
        self._up.clear()

    # ---- following

    async def _follow(self, stream: _Stream) -> None:
        pause = self._backoff_s
        while not self._stopped:
            try:
                found = await self._next(stream)
            except CallFailed:
                self._up[stream] = False
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                continue
            pause = self._backoff_s
            self._up[stream] = True
            for event in self._events(stream, found):
                self._post(event)
            if self._sessions.abilities.ways[stream[1].partition(":")[0]] == "poll":
                await asyncio.sleep(self._poll_s)

    async def _next(self, stream: _Stream) -> object:
        symbol, channel = stream
        kind, _, detail = channel.partition(":")
        can, calls = self._sessions.abilities, self._sessions.market
        if kind == "quotes" and "watchBidsAsks" in can.has:
            return await calls.call("watch_bids_asks", [symbol])
        method = _CALLS[kind][0 if can.ways[kind] == "push" else 1]
        words = (symbol, detail or "1m") if kind == "bars" else (symbol,)
        return await calls.call(method, *words)

    def _events(self, stream: _Stream, found: object) -> Iterable[MarketEvent]:
        symbol, channel = stream
        kind, _, detail = channel.partition(":")
        name, now = self._listing.by_symbol[symbol].id, self._now()
        if kind == "trades":
            return self._trades(symbol, name, cast(Sequence[Row], found), now)
        if kind == "bars":
            return self._bars(name, detail or "1m", cast(Sequence[Sequence[object]], found), now)
        row = cast(Row, found)
        if kind == "depth":
            last = self._last_trade.get(symbol, nan)
            return [depth_of(row, name, now, LEVELS, last)]
        if kind == "funding":
            rate = funding_of(row, name, now)
            return [] if rate is None else [rate]
        if "bids" in row:
            return [quote_of_book(row, name, now)]
        best = row.get(symbol)  # of watch_bids_asks, by symbol
        quote = quote_of(best, name, now) if isinstance(best, dict) else None
        return [] if quote is None else [quote]

    def _trades(
        self, symbol: str, name: InstrumentId, rows: Sequence[Row], now: int
    ) -> list[Trade]:
        told, found = self._told_trades.setdefault(symbol, {}), []
        for row in rows:
            trade = trade_of(row, name, now)
            # Where trades are asked for, most of an answer was in the last one.
            if trade is None or (trade.trade_id and trade.trade_id in told):
                continue
            told[trade.trade_id] = None
            self._last_trade[symbol] = trade.price
            found.append(trade)
        while len(told) > 10 * _LATEST:
            del told[next(iter(told))]
        return found

    def _bars(
        self, name: InstrumentId, interval: str, rows: Sequence[Sequence[object]], now: int
    ) -> list[MarketEvent]:
        length = interval_ms(interval)
        now_ms = now // 1_000_000 - self._sessions.behind_ms
        return [bar_of(each, name, interval, length, now, now_ms) for each in rows]


_UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


def interval_ms(interval: str) -> int:
    """Return the length of an interval such as 1m or 4h in ms; raise SubscriptionError."""
    count, unit = interval[:-1], interval[-1:]
    if unit not in _UNITS_MS or not count.isdigit():
        raise SubscriptionError(
            f"there is no interval {interval!r}; write it as 1m, 4h or 1d", available=()
        )
    return int(count) * _UNITS_MS[unit]
