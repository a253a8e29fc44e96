"""Orders in the venue's words and in ours."""

from decimal import Decimal

from anyvenue.model.enums import Offset, OrderState, OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.binance.server.asking import Asked
from anyvenue.venues.binance.server.refusals import Refused, missing
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.serving.records import OrderChange, Record

__all__ = [
    "Words",
    "change_of",
    "offset_of",
    "position_side",
    "read_request",
    "status_of",
    "words_of",
]

_SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
_TIMES = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.GTC,
    "GTD": TimeInForce.GTD,
}
_SPOT_TYPES = {
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.STOP,
    "STOP_LOSS_LIMIT": OrderType.STOP_LIMIT,
}
_USDM_TYPES = {"LIMIT": OrderType.LIMIT, "MARKET": OrderType.MARKET}
_CONDITIONAL = frozenset(
    {"STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"}
)
_UNSUPPORTED = frozenset({"TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})
_STATES = {
    OrderState.SENT: "PENDING_NEW",
    OrderState.OPEN: "NEW",
    OrderState.PARTIAL: "PARTIALLY_FILLED",
    OrderState.FILLED: "FILLED",
    OrderState.CANCELLED: "CANCELED",
    OrderState.REJECTED: "REJECTED",
    OrderState.EXPIRED: "EXPIRED",
}
_PRICED = (OrderType.LIMIT, OrderType.STOP_LIMIT)
_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)

Words = tuple[str, str]
"""Type and time in force, as the venue says them."""


def read_request(
    market: Market,
    asked: Asked,
    instrument: Instrument,
    account: AccountId,
    quantity: Decimal,
    leg: str = "",
) -> OrderRequest:
    """Return the order that is asked for, of a quantity that was worked out before; raise Refused."""
    word = asked.text("type").upper()
    side = _SIDES.get(asked.text("side").upper())
    if side is None:
        raise Refused(-1117, "Invalid side.")
    kind = _kind(market, word)
    time, post_only = _time(market, asked, word, kind)
    price = asked.number("price") if kind in _PRICED else None
    if kind in _PRICED and price is None:
        raise missing("price")
    stop = asked.number("stopPrice") if kind in _STOPS else None
    if kind in _STOPS and stop is None:
        raise missing("stopPrice")
    reduce_only = market is Market.USDM and asked.flag("reduceOnly")
    return OrderRequest(
        account,
        instrument.id,
        side,
        quantity,
        price,
        kind,
        time,
        offset_of(side, leg),
        stop_price=stop,
        reduce_only=reduce_only,
        post_only=post_only,
        expires=asked.integer("goodTillDate", 0) * 1_000_000 if time is TimeInForce.GTD else 0,
    )


def offset_of(side: Side, leg: str) -> Offset:
    """Return what an order does to the lots of a leg: opens or closes them; AUTO where they are netted."""
    if not leg:
        return Offset.AUTO
    return Offset.OPEN if (side is Side.BUY) is (leg == "long") else Offset.CLOSE


def position_side(record: Record) -> str:
    """Return the venue's word for the lots that an order is for: BOTH, LONG or SHORT."""
    return record.leg.upper() or "BOTH"


def _kind(market: Market, word: str) -> OrderType:
    if market is Market.USDM and word in _CONDITIONAL:
        raise Refused(
            -4120,
            "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
        )
    kind = (_SPOT_TYPES if market is Market.SPOT else _USDM_TYPES).get(word)
    if kind is None:
        text = "Unsupported order combination." if word in _UNSUPPORTED else "Invalid orderType."
        raise Refused(-1116, text)
    return kind


def _time(market: Market, asked: Asked, word: str, kind: OrderType) -> tuple[TimeInForce, bool]:
    """Return the time in force, and whether the order must wait in the book."""
    if kind not in _PRICED:
        if market is Market.SPOT and asked.has("timeInForce"):
            raise Refused(-1106, "Parameter 'timeInForce' sent when not required.")
        return (TimeInForce.IOC if kind is OrderType.MARKET else TimeInForce.GTC), False
    if word == "LIMIT_MAKER":
        return TimeInForce.GTC, True
    text = asked.text("timeInForce").upper()
    if text not in _TIMES or (market is Market.SPOT and text in ("GTX", "GTD")):
        raise Refused(-1115, "Invalid timeInForce.")
    return _TIMES[text], text == "GTX"


def status_of(record: Record) -> str:
    """Return the venue's word of an order's state."""
    return _STATES[record.state]


def change_of(record: Record, what: OrderChange) -> str:
    """Return the execution type of what happened to an order."""
    if what is OrderChange.ENDED:
        return status_of(record)
    if what is OrderChange.MODIFIED:
        return "REPLACED" if record.market == Market.SPOT else "AMENDMENT"
    return "TRADE" if what is OrderChange.TRADED else "NEW"


def words_of(market: Market, request: OrderRequest) -> Words:
    """Return type and time in force of an order, also of one that came by another way."""
    time = request.time_in_force
    text = {TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK", TimeInForce.GTD: "GTD"}.get(time, "GTC")
    if market is Market.USDM:
        kinds = {
            OrderType.MARKET: "MARKET",
            OrderType.STOP: "STOP_MARKET",
            OrderType.STOP_LIMIT: "STOP",
            OrderType.TRAILING_STOP: "TRAILING_STOP_MARKET",
        }
        if request.type is OrderType.MARKET:
            text = "GTC"
        return kinds.get(request.type, "LIMIT"), "GTX" if request.post_only else text
    if request.type is OrderType.LIMIT and request.post_only:
        return "LIMIT_MAKER", "GTC"
    if request.type is OrderType.MARKET:
        return "MARKET", "GTC"
    kinds = {OrderType.STOP: "STOP_LOSS", OrderType.STOP_LIMIT: "STOP_LOSS_LIMIT"}
    return kinds.get(request.type, "LIMIT"), text
