"""What Backpack's streams tell; `wire_rest` has the answers.

Field names are ours, the venue's stand beside them. Numbers of the market are read as float, those of orders and
accounts as Decimal; the venue writes both as strings, a reader must not be strict. Times of streams are in
microseconds, some of answers are texts (`parse.ns_of_text`). Unknown fields are passed over, so the venue may add some.
A client id is a number below 2**32. Sources: Backpack's documentation of its API, and messages other projects keep.
"""

from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

__all__ = [
    "BookTicker",
    "DepthUpdate",
    "Frame",
    "KlineUpdate",
    "MarkPrice",
    "OrderUpdate",
    "PositionUpdate",
    "PublicTrade",
    "StreamError",
    "Subscribe",
    "Ticker",
]

T = TypeVar("T")
Level = tuple[float, float]

# ---- streams


class Frame(msgspec.Struct, Generic[T]):
    """What a stream tells: its name (``depth.SOL_USDC``) and the message."""

    stream: str
    data: T


class StreamError(msgspec.Struct):
    """Code and text of a refused subscription (4006: there is no such stream)."""

    code: int = 0
    message: str = ""


class Subscribe(msgspec.Struct, omit_defaults=True):
    """Ask for streams (SUBSCRIBE), or give them up (UNSUBSCRIBE).

    Private ones (``account.orderUpdate``) need `signature`: key, signature, time in ms, window.
    """

    method: str
    params: list[str]
    signature: tuple[str, str, str, str] | None = None


class DepthUpdate(
    msgspec.Struct,
    tag_field="e",
    tag="depth",
    rename={
        "event_us": "E",
        "ts_us": "T",
        "symbol": "s",
        "first": "U",
        "last": "u",
        "bids": "b",
        "asks": "a",
    },
):
    """Changed levels: updates `first` to `last`; a size of 0 takes a level away."""

    event_us: int
    symbol: str
    first: int
    last: int
    bids: list[Level]
    asks: list[Level]
    ts_us: int = 0


class BookTicker(
    msgspec.Struct,
    tag_field="e",
    tag="bookTicker",
    rename={
        "event_us": "E",
        "ts_us": "T",
        "symbol": "s",
        "update": "u",
        "bid": "b",
        "bid_size": "B",
        "ask": "a",
        "ask_size": "A",
    },
    gc=False,
):
    """Best prices."""

    event_us: int
    symbol: str
    update: int
    bid: float
    bid_size: float
    ask: float
    ask_size: float
    ts_us: int = 0


class PublicTrade(
    msgspec.Struct,
    tag_field="e",
    tag="trade",
    rename={
        "event_us": "E",
        "ts_us": "T",
        "symbol": "s",
        "trade_id": "t",
        "price": "p",
        "size": "q",
        "buyer_is_maker": "m",
        "buyer_order": "b",
        "seller_order": "a",
    },
    gc=False,
):
    """A public trade."""

    event_us: int
    symbol: str
    trade_id: int
    price: float
    size: float
    buyer_is_maker: bool
    ts_us: int = 0
    buyer_order: str = ""
    seller_order: str = ""


class KlineUpdate(
    msgspec.Struct,
    tag_field="e",
    tag="kline",
    rename={
        "event_us": "E",
        "symbol": "s",
        "start": "t",
        "end": "T",
        "open": "o",
        "high": "h",
        "low": "l",
        "close": "c",
        "volume": "v",
        "trades": "n",
        "closed": "X",
    },
    gc=False,
):
    """A bar as it stands; `start` and `end` are texts in UTC."""

    event_us: int
    symbol: str
    start: str
    end: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    closed: bool
    trades: int = 0


class MarkPrice(
    msgspec.Struct,
    tag_field="e",
    tag="markPrice",
    rename={
        "event_us": "E",
        "symbol": "s",
        "price": "p",
        "rate": "f",
        "index": "i",
        "funding_us": "n",
        "ts_us": "T",
    },
    gc=False,
):
    """Mark price of a perpetual, and its funding as it would be at `funding_us`."""

    event_us: int
    symbol: str
    price: float
    rate: str = ""
    index: float = 0.0
    funding_us: int = 0
    ts_us: int = 0


class Ticker(
    msgspec.Struct,
    tag_field="e",
    tag="ticker",
    rename={
        "event_us": "E",
        "symbol": "s",
        "open": "o",
        "last": "c",
        "high": "h",
        "low": "l",
        "volume": "v",
        "turnover": "V",
        "trades": "n",
    },
    gc=False,
):
    """Statistics of 24 hours; best prices are not among them."""

    event_us: int
    symbol: str
    open: float
    last: float
    high: float
    low: float
    volume: float
    turnover: float
    trades: int = 0


class OrderUpdate(
    msgspec.Struct,
    kw_only=True,
    rename={
        "event": "e",
        "event_us": "E",
        "ts_us": "T",
        "symbol": "s",
        "client_id": "c",
        "venue_id": "i",
        "side": "S",
        "type": "o",
        "time_in_force": "f",
        "state": "X",
        "quantity": "q",
        "quote_quantity": "Q",
        "price": "p",
        "trigger_price": "P",
        "trigger_quantity": "Y",
        "filled": "z",
        "filled_value": "Z",
        "trade_id": "t",
        "fill_quantity": "l",
        "fill_price": "L",
        "maker": "m",
        "fee": "n",
        "fee_currency": "N",
        "expiry_reason": "R",
        "related": "I",
        "post_only": "y",
        "reduce_only": "r",
        "origin": "O",
    },
):
    """What became of an order.

    `event` is orderAccepted, orderFill, orderModified, orderCancelled, orderExpired, triggerPlaced or triggerFailed.
    `related` is the order whose trigger this one came of. `origin` tells liquidations and the like from USER.
    """

    event: str
    symbol: str
    venue_id: str
    side: str
    state: str
    event_us: int = 0
    ts_us: int = 0
    client_id: int | None = None
    type: str = ""
    time_in_force: str = "GTC"
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_quantity: str | None = None
    filled: Decimal | None = None
    filled_value: Decimal | None = None
    trade_id: int | None = None
    fill_quantity: Decimal | None = None
    fill_price: Decimal | None = None
    maker: bool | None = None
    fee: Decimal | None = None
    fee_currency: str | None = None
    expiry_reason: str | None = None
    related: str | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    origin: str = ""


class PositionUpdate(
    msgspec.Struct,
    kw_only=True,
    rename={
        "event": "e",
        "event_us": "E",
        "ts_us": "T",
        "symbol": "s",
        "position_id": "i",
        "quantity": "q",
        "entry_price": "B",
        "break_even": "b",
        "mark_price": "M",
        "initial_margin": "f",
        "maintenance_margin": "m",
        "realised": "p",
        "unrealised": "P",
        "exposure": "Q",
        "exposure_value": "n",
        "liquidation_price": "l",
    },
):
    """A position; `quantity` is below zero when it is short. Those told at the beginning have no `event`."""

    symbol: str
    quantity: Decimal
    position_id: int | str = ""
    entry_price: Decimal | None = None
    event: str = ""
    event_us: int = 0
    ts_us: int = 0
    break_even: Decimal | None = None
    mark_price: Decimal | None = None
    initial_margin: Decimal | None = None
    maintenance_margin: Decimal | None = None
    realised: Decimal | None = None
    unrealised: Decimal | None = None
    exposure: Decimal | None = None
    exposure_value: Decimal | None = None
    liquidation_price: Decimal | None = None
