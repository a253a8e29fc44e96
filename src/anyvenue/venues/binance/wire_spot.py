"""What Binance sends over the stream of a spot account, each event inside `ApiEvent`.

It arrives on the WebSocket API after ``userDataStream.subscribe.signature``.
"""

from decimal import Decimal

import msgspec

__all__ = [
    "AccountPosition",
    "ApiEvent",
    "BalanceUpdate",
    "ExecutionReport",
    "SpotEvent",
    "StreamTerminated",
    "UserBalance",
]

_ZERO = Decimal(0)


class ExecutionReport(
    msgspec.Struct,
    tag_field="e",
    tag="executionReport",
    rename={
        "event_ms": "E",
        "symbol": "s",
        "client_id": "c",
        "side": "S",
        "type": "o",
        "time_in_force": "f",
        "quantity": "q",
        "price": "p",
        "stop_price": "P",
        "iceberg": "F",
        "list_id": "g",
        "original_client_id": "C",
        "what": "x",
        "status": "X",
        "refusal": "r",
        "venue_id": "i",
        "last_quantity": "l",
        "filled": "z",
        "last_price": "L",
        "fee": "n",
        "fee_currency": "N",
        "ts_ms": "T",
        "trade_id": "t",
        "execution_id": "I",
        "in_book": "w",
        "maker": "m",
        "created_ms": "O",
        "filled_value": "Z",
        "last_value": "Y",
        "money": "Q",
    },
    kw_only=True,
):
    """Something happened to an order of spot.

    `what` is NEW, CANCELED, REPLACED, REJECTED, TRADE, EXPIRED or TRADE_PREVENTION, `status` the order's. A cancel has
    an id of its own in `client_id`, and the order's in `original_client_id`.
    """

    event_ms: int
    symbol: str
    client_id: str
    side: str
    type: str
    time_in_force: str
    quantity: Decimal
    price: Decimal
    stop_price: Decimal = _ZERO
    iceberg: Decimal = _ZERO
    list_id: int = -1
    original_client_id: str = ""
    what: str
    status: str
    refusal: str = "NONE"
    venue_id: int
    last_quantity: Decimal = _ZERO
    filled: Decimal = _ZERO
    last_price: Decimal = _ZERO
    fee: Decimal | None = _ZERO
    fee_currency: str | None = None
    ts_ms: int = 0
    trade_id: int = -1
    execution_id: int = 0
    in_book: bool = False
    maker: bool = False
    created_ms: int = 0
    filled_value: Decimal = _ZERO
    last_value: Decimal = _ZERO
    money: Decimal = _ZERO


class UserBalance(msgspec.Struct, rename={"asset": "a", "free": "f", "locked": "l"}):
    """Money of one currency in a spot account."""

    asset: str
    free: Decimal
    locked: Decimal


class AccountPosition(
    msgspec.Struct,
    tag_field="e",
    tag="outboundAccountPosition",
    rename={"event_ms": "E", "ts_ms": "u", "balances": "B"},
):
    """The balances that may have changed, whole."""

    event_ms: int
    ts_ms: int
    balances: list[UserBalance]


class BalanceUpdate(
    msgspec.Struct,
    tag_field="e",
    tag="balanceUpdate",
    rename={"event_ms": "E", "asset": "a", "delta": "d", "ts_ms": "T"},
):
    """Money was paid in (above zero) or out of a spot account."""

    event_ms: int
    asset: str
    delta: Decimal
    ts_ms: int


class StreamTerminated(
    msgspec.Struct, tag_field="e", tag="eventStreamTerminated", rename={"event_ms": "E"}
):
    """The venue ended a spot account's stream: subscribe anew."""

    event_ms: int = 0


SpotEvent = ExecutionReport | AccountPosition | BalanceUpdate | StreamTerminated


class ApiEvent(msgspec.Struct, rename={"subscription": "subscriptionId"}):
    """How the WebSocket API brings an event of a spot account."""

    subscription: int | None
    event: msgspec.Raw
