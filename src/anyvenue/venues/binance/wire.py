"""What Binance sends over its market streams, and the frames of its WebSocket API.

The rest of the wire: `wire_spot` and `wire_futures` (account streams), `wire_rest` and `wire_funds` (REST answers).

Field names are ours, the venue's stand beside them. Public market data is generic in its numbers: `DepthUpdate[float]`
is what a reader decodes (not strict: the venue writes numbers as strings), a writer gives Decimal, which is encoded as
a string. Numbers of orders and accounts are Decimal. What only one of the two markets sends is UNSET in the other and
not written. Unknown fields are passed over, so the venue may add some. Sources: Binance's documentation of the spot and
USD-M streams and of the WebSocket API as of 2026.
"""

from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

__all__ = [
    "AggregateTrade",
    "ApiError",
    "ApiReply",
    "ApiRequest",
    "BookTicker",
    "DepthUpdate",
    "FuturesBookTicker",
    "Kline",
    "KlineUpdate",
    "MarkPriceUpdate",
    "MiniTicker",
    "PublicTrade",
    "StreamRequest",
    "Ticker",
]

N = TypeVar("N")

# ---- market streams


class DepthUpdate(
    msgspec.Struct,
    Generic[N],
    tag_field="e",
    tag="depthUpdate",
    rename={
        "event_ms": "E",
        "ts_ms": "T",
        "symbol": "s",
        "first": "U",
        "last": "u",
        "previous": "pu",
        "bids": "b",
        "asks": "a",
    },
):
    """Changed levels: updates `first` to `last`; USD-M says which came before (`previous`) and when (`ts_ms`)."""

    event_ms: int
    symbol: str
    first: int
    last: int
    bids: list[tuple[N, N]]
    asks: list[tuple[N, N]]
    ts_ms: int | UnsetType = UNSET
    previous: int | UnsetType = UNSET


class BookTicker(
    msgspec.Struct,
    Generic[N],
    rename={
        "update": "u",
        "symbol": "s",
        "bid": "b",
        "bid_size": "B",
        "ask": "a",
        "ask_size": "A",
    },
    gc=False,
):
    """Best prices of a spot pair; it has no event type and no time."""

    update: int
    symbol: str
    bid: N
    bid_size: N
    ask: N
    ask_size: N


class FuturesBookTicker(
    msgspec.Struct,
    Generic[N],
    tag_field="e",
    tag="bookTicker",
    rename={
        "update": "u",
        "symbol": "s",
        "bid": "b",
        "bid_size": "B",
        "ask": "a",
        "ask_size": "A",
        "ts_ms": "T",
        "event_ms": "E",
    },
    gc=False,
):
    """Best prices of a contract."""

    update: int
    symbol: str
    bid: N
    bid_size: N
    ask: N
    ask_size: N
    ts_ms: int = 0
    event_ms: int = 0


class PublicTrade(
    msgspec.Struct,
    Generic[N],
    tag_field="e",
    tag="trade",
    rename={
        "event_ms": "E",
        "symbol": "s",
        "trade_id": "t",
        "price": "p",
        "size": "q",
        "ts_ms": "T",
        "buyer_is_maker": "m",
        "kind": "X",
    },
    gc=False,
):
    """One trade; futures name its `kind`, MARKET for one that met the book."""

    event_ms: int
    symbol: str
    trade_id: int
    price: N
    size: N
    ts_ms: int
    buyer_is_maker: bool
    kind: str | UnsetType = UNSET


class AggregateTrade(
    msgspec.Struct,
    Generic[N],
    tag_field="e",
    tag="aggTrade",
    rename={
        "event_ms": "E",
        "symbol": "s",
        "aggregate_id": "a",
        "price": "p",
        "size": "q",
        "first_id": "f",
        "last_id": "l",
        "ts_ms": "T",
        "buyer_is_maker": "m",
    },
    gc=False,
):
    """Trades of one taker order at one price."""

    event_ms: int
    symbol: str
    price: N
    size: N
    ts_ms: int
    buyer_is_maker: bool
    aggregate_id: int = 0
    first_id: int = 0
    last_id: int = 0


class Kline(
    msgspec.Struct,
    Generic[N],
    rename={
        "start_ms": "t",
        "end_ms": "T",
        "symbol": "s",
        "interval": "i",
        "first_id": "f",
        "last_id": "L",
        "open": "o",
        "close": "c",
        "high": "h",
        "low": "l",
        "volume": "v",
        "trades": "n",
        "closed": "x",
        "turnover": "q",
        "taker_volume": "V",
        "taker_turnover": "Q",
    },
    gc=False,
):
    """One bar; `end_ms` is its last millisecond, `volume` in the base and `turnover` in the quote currency."""

    start_ms: int
    end_ms: int
    symbol: str
    interval: str
    open: N
    close: N
    high: N
    low: N
    volume: N
    closed: bool
    turnover: N
    first_id: int = -1
    last_id: int = -1
    trades: int = 0
    taker_volume: N | UnsetType = UNSET
    taker_turnover: N | UnsetType = UNSET


class KlineUpdate(
    msgspec.Struct,
    Generic[N],
    tag_field="e",
    tag="kline",
    rename={"event_ms": "E", "symbol": "s", "kline": "k"},
):
    """The state of a bar that is being made, or has just been closed."""

    event_ms: int
    symbol: str
    kline: Kline[N]


class MarkPriceUpdate(
    msgspec.Struct,
    Generic[N],
    tag_field="e",
    tag="markPriceUpdate",
    rename={
        "event_ms": "E",
        "symbol": "s",
        "mark": "p",
        "index": "i",
        "settlement": "P",
        "rate": "r",
        "funding_ms": "T",
    },
    gc=False,
):
    """Mark price and funding rate; `funding_ms` is when the rate is charged next."""

    event_ms: int
    symbol: str
    mark: N
    index: N | UnsetType = UNSET
    settlement: N | UnsetType = UNSET
    rate: str = ""
    funding_ms: int = 0


class MiniTicker(
    msgspec.Struct,
    Generic[N],
    tag_field="e",
    tag="24hrMiniTicker",
    rename={
        "event_ms": "E",
        "symbol": "s",
        "close": "c",
        "open": "o",
        "high": "h",
        "low": "l",
        "volume": "v",
        "turnover": "q",
    },
    gc=False,
):
    """The last twenty-four hours in short."""

    event_ms: int
    symbol: str
    close: N
    open: N
    high: N
    low: N
    volume: N
    turnover: N


class Ticker(
    msgspec.Struct,
    Generic[N],
    tag_field="e",
    tag="24hrTicker",
    rename={
        "event_ms": "E",
        "symbol": "s",
        "change": "p",
        "change_percent": "P",
        "average": "w",
        "first_price": "x",
        "close": "c",
        "close_size": "Q",
        "bid": "b",
        "bid_size": "B",
        "ask": "a",
        "ask_size": "A",
        "open": "o",
        "high": "h",
        "low": "l",
        "volume": "v",
        "turnover": "q",
        "open_ms": "O",
        "close_ms": "C",
        "first_id": "F",
        "last_id": "L",
        "trades": "n",
    },
    gc=False,
):
    """The last twenty-four hours; only spot's has best prices."""

    event_ms: int
    symbol: str
    change: N
    change_percent: N
    average: N
    close: N
    close_size: N
    open: N
    high: N
    low: N
    volume: N
    turnover: N
    open_ms: int = 0
    close_ms: int = 0
    first_id: int = -1
    last_id: int = -1
    trades: int = 0
    first_price: N | UnsetType = UNSET
    bid: N | UnsetType = UNSET
    bid_size: N | UnsetType = UNSET
    ask: N | UnsetType = UNSET
    ask_size: N | UnsetType = UNSET


# ---- the WebSocket API and subscriptions


class StreamRequest(msgspec.Struct):
    """SUBSCRIBE, UNSUBSCRIBE or LIST_SUBSCRIPTIONS on a market stream; the answer is ``{"result":null,"id":..}``."""

    method: str
    params: list[str] = []
    id: int | str | None = None


class ApiRequest(msgspec.Struct):
    """A request of the WebSocket API, such as ``order.place``."""

    id: int | str | None
    method: str
    params: dict[str, Any] = {}


class ApiError(msgspec.Struct, frozen=True):
    """The venue's code and text; REST answers have it as their whole body.

    A limit's error has `data` with the time from which requests are taken again.
    """

    code: int
    msg: str
    data: dict[str, Any] | UnsetType = UNSET


class ApiReply(msgspec.Struct):
    """The answer to an `ApiRequest`: `status` as of HTTP, and either a result or an error."""

    id: int | str | None
    status: int
    result: msgspec.Raw | UnsetType = UNSET
    error: ApiError | UnsetType = UNSET
