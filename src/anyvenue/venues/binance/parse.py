"""Binance's market messages as market events: pure, without connections.

Times of the venue are ms; ours are int ns UTC. What carries no time of the venue has the time it was received.
"""

from collections.abc import Callable
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar, FundingRate, Quote, Trade
from anyvenue.model.numbers import exact_price
from anyvenue.venues.binance.wire import (
    AggregateTrade,
    BookTicker,
    DepthUpdate,
    FuturesBookTicker,
    KlineUpdate,
    MarkPriceUpdate,
    MiniTicker,
    PublicTrade,
    Ticker,
)
from anyvenue.venues.binance.wire_rest import KlineRow

__all__ = [
    "MarketMessage",
    "NotAnEvent",
    "bar_of",
    "bar_of_row",
    "decode_market",
    "funding_of",
    "parse_book_ticker",
    "parse_futures_book_ticker",
    "parse_mark",
    "parse_trade",
]

MarketMessage = (
    DepthUpdate[float]
    | BookTicker[float]
    | FuturesBookTicker[float]
    | PublicTrade[float]
    | AggregateTrade[float]
    | KlineUpdate[float]
    | MarkPriceUpdate[float]
    | MiniTicker[float]
    | Ticker[float]
)

_MS = 1_000_000
_BUY, _SELL = Side.BUY, Side.SELL


def _decoder(kind: object) -> Callable[[bytes], MarketMessage]:
    # Not strict: the venue writes numbers as strings.
    return msgspec.json.Decoder(kind, strict=False).decode


_DECODERS: dict[bytes, Callable[[bytes], MarketMessage]] = {
    b"depthUpdate": _decoder(DepthUpdate[float]),
    b"bookTicker": _decoder(FuturesBookTicker[float]),
    b"trade": _decoder(PublicTrade[float]),
    b"aggTrade": _decoder(AggregateTrade[float]),
    b"kline": _decoder(KlineUpdate[float]),
    b"markPriceUpdate": _decoder(MarkPriceUpdate[float]),
    b"24hrMiniTicker": _decoder(MiniTicker[float]),
    b"24hrTicker": _decoder(Ticker[float]),
}
_SPOT_TICKER = _decoder(BookTicker[float])


class NotAnEvent(msgspec.Struct, rename={"event": "e", "update": "u"}):
    """What every frame of a market stream is looked at as: an event's type, or an answer's number."""

    event: str = ""
    update: int = 0
    id: int | str | None = None
    code: int = 0
    msg: str = ""
    stream: str = ""
    data: msgspec.Raw | UnsetType = UNSET


_LOOK = msgspec.json.Decoder(NotAnEvent, strict=False)


def decode_market(frame: bytes) -> MarketMessage | NotAnEvent:
    """Return a frame's message, of a combined stream's, too; `NotAnEvent` for answers and unknown events.

    Raises msgspec.MsgspecError for what is no message.
    """
    # Events begin with their type, so that most need not be looked at twice.
    if frame.startswith(b'{"e":"'):
        decode = _DECODERS.get(frame[6 : frame.index(b'"', 6)])
        if decode is not None:
            return decode(frame)
    elif frame.startswith(b'{"u":') and b'"e":' not in frame:
        return _SPOT_TICKER(frame)
    look = _LOOK.decode(frame)
    if not isinstance(look.data, UnsetType):
        return decode_market(bytes(look.data))
    decode = _DECODERS.get(look.event.encode())
    if decode is not None:
        return decode(frame)
    return _SPOT_TICKER(frame) if look.update and not look.event else look


def parse_book_ticker(ticker: BookTicker[float], name: InstrumentId, ts_recv: int) -> Quote:
    """Return spot's best prices; the venue tells no time, so it is the one at which they came."""
    return Quote(name, ts_recv, ts_recv, ticker.bid, ticker.ask, ticker.bid_size, ticker.ask_size)


def parse_futures_book_ticker(
    ticker: FuturesBookTicker[float], name: InstrumentId, ts_recv: int
) -> Quote:
    """Return a contract's best prices."""
    ts = ticker.ts_ms * _MS or ts_recv
    return Quote(name, ts, ts_recv, ticker.bid, ticker.ask, ticker.bid_size, ticker.ask_size)


def parse_trade(trade: PublicTrade[float], name: InstrumentId, ts_recv: int) -> Trade | None:
    """Return a public trade; None for those of the insurance fund and of price 0, which did not meet the book."""
    if trade.price <= 0 or trade.size <= 0 or trade.kind not in (UNSET, "MARKET"):
        return None
    side = _SELL if trade.buyer_is_maker else _BUY
    return Trade(
        name, trade.ts_ms * _MS, ts_recv, trade.price, trade.size, side, str(trade.trade_id)
    )


def bar_of(update: KlineUpdate[float], name: InstrumentId, ts_recv: int) -> Bar:
    """Return a bar as it stands; `closed` says whether it is done."""
    k = update.kline
    ts = (k.end_ms + 1 if k.closed else update.event_ms) * _MS
    return Bar(
        name,
        ts,
        ts_recv,
        k.interval,
        k.start_ms * _MS,
        k.open,
        k.high,
        k.low,
        k.close,
        k.volume,
        k.turnover,
        closed=k.closed,
    )


def bar_of_row(
    row: KlineRow[float], name: InstrumentId, interval: str, ts_recv: int, now_ms: int
) -> Bar:
    """Return a bar of an answer; it is closed when its end is over by the venue's clock."""
    return Bar(
        name,
        (row.end_ms + 1) * _MS,
        ts_recv,
        interval,
        row.start_ms * _MS,
        row.open,
        row.high,
        row.low,
        row.close,
        row.volume,
        row.turnover,
        closed=row.end_ms < now_ms,
    )


def parse_mark(
    update: MarkPriceUpdate[float], name: InstrumentId, ts_recv: int, interval_ns: int
) -> FundingRate | None:
    """Return the funding rate of a mark price message, None for a contract that has none."""
    if not update.rate or not update.funding_ms:
        return None
    told = update.event_ms, ts_recv, update.rate, interval_ns, update.funding_ms
    return funding_of(name, *told, exact_price(update.mark))


def funding_of(
    name: InstrumentId,
    ts_ms: int,
    ts_recv: int,
    rate: str,
    interval_ns: int,
    due_ms: int,
    mark: Decimal | None = None,
) -> FundingRate:
    """Return a funding rate per interval, due at `due_ms`."""
    return FundingRate(name, ts_ms * _MS, ts_recv, Decimal(rate), interval_ns, due_ms * _MS, mark)
