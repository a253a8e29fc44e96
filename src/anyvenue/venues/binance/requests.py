"""Orders in Binance's words: pure, what is sent is in the values returned.

A venue that never closes has no end of day, so DAY rests like GTC. Trailing stops follow by a fraction at Binance, in
hundredths of a percent for spot and tenths for USD-M: the distance is turned into one at the stop price, or at the
price now.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite

from anyvenue.model.enums import Offset, OrderType, Side, TimeInForce
from anyvenue.model.ids import OrderId
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.tracking.refusing import cannot_take

__all__ = [
    "CONDITIONAL",
    "client_id",
    "our_order_id",
    "part_of",
    "position_side",
    "spot_order",
    "usdm_order",
]

PREFIX = "av-"

CONDITIONAL = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
"""Those that USD-M takes as algo orders."""

_TIMES = {
    TimeInForce.DAY: "GTC",
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    TimeInForce.GTD: "GTD",
}
_SPOT_TYPES = {
    OrderType.LIMIT: "LIMIT",
    OrderType.MARKET: "MARKET",
    OrderType.STOP: "STOP_LOSS",
    OrderType.STOP_LIMIT: "STOP_LOSS_LIMIT",
    OrderType.TRAILING_STOP: "STOP_LOSS",
}
_USDM_TYPES = {
    OrderType.LIMIT: "LIMIT",
    OrderType.MARKET: "MARKET",
    OrderType.STOP: "STOP_MARKET",
    OrderType.STOP_LIMIT: "STOP",
    OrderType.TRAILING_STOP: "TRAILING_STOP_MARKET",
}


def client_id(order_id: OrderId, part: int = 0) -> str:
    """Return what an order is called at the venue; `part` counts the orders it was replaced by."""
    return f"{PREFIX}{order_id}-{part}" if part else f"{PREFIX}{order_id}"


def our_order_id(name: str) -> OrderId:
    """Return the order that goes by this client id, 0 for somebody else's."""
    if not name.startswith(PREFIX):
        return OrderId(0)
    number = name[len(PREFIX) :].partition("-")[0]
    return OrderId(int(number)) if number.isdigit() else OrderId(0)


def part_of(name: str) -> int:
    """Return which of an order's parts goes by this client id, 0 for its first and for somebody else's."""
    _, _, tail = name.removeprefix(PREFIX).partition("-")
    return int(tail) if name.startswith(PREFIX) and tail.isdigit() else 0


def position_side(request: OrderRequest, hedged: bool) -> str:
    """Return which side's lots an order is for: BOTH in one-way mode, else by what it opens or closes."""
    if not hedged:
        return "BOTH"
    opens = request.offset in (Offset.OPEN, Offset.AUTO) and not request.reduce_only
    return "LONG" if (request.side is Side.BUY) == opens else "SHORT"


def spot_order(request: OrderRequest, symbol: str, name: str, last_price: float) -> dict[str, str]:
    """Return the parameters of an order of spot; raise InvalidOrder for what spot does not have."""
    if request.reduce_only:
        raise cannot_take(request, "reduce_only", "spot has no positions to reduce")
    if request.time_in_force is TimeInForce.GTD:
        raise cannot_take(request, "time_in_force", "Binance's spot takes gtc, ioc and fok")
    wanted = {
        "symbol": symbol,
        "side": request.side.upper(),
        "type": _SPOT_TYPES[request.type],
        "quantity": plain(request.quantity),
        "newClientOrderId": name,
    }
    if request.type is OrderType.LIMIT and request.post_only:
        wanted["type"] = "LIMIT_MAKER"
    elif request.type in (OrderType.LIMIT, OrderType.STOP_LIMIT):
        wanted["timeInForce"] = _TIMES[request.time_in_force]
    _add_prices(wanted, request, "stopPrice")
    if request.display is not None:
        wanted["icebergQty"] = plain(request.display)
    if request.type is OrderType.TRAILING_STOP:
        points = _fraction(request, last_price) * 10_000
        wanted["trailingDelta"] = plain(points.quantize(Decimal(1), ROUND_HALF_EVEN))
    return wanted


def usdm_order(
    request: OrderRequest, symbol: str, name: str, last_price: float, hedged: bool
) -> dict[str, str]:
    """Return the parameters of an order of USD-M, of an algo order for a conditional one; raise InvalidOrder."""
    if request.display is not None:
        raise cannot_take(request, "display", "USD-M has no iceberg orders")
    conditional = request.type in CONDITIONAL
    wanted = {
        "symbol": symbol,
        "side": request.side.upper(),
        "type": _USDM_TYPES[request.type],
        "quantity": plain(request.quantity),
        "clientAlgoId" if conditional else "newClientOrderId": name,
    }
    if conditional:
        wanted["algoType"] = "CONDITIONAL"
    if request.price is not None:
        wanted["timeInForce"] = "GTX" if request.post_only else _TIMES[request.time_in_force]
        if request.time_in_force is TimeInForce.GTD:
            wanted["goodTillDate"] = str(request.expires // 1_000_000)
    _add_prices(wanted, request, "triggerPrice")
    if hedged:
        wanted["positionSide"] = position_side(request, hedged)
    elif request.reduce_only:
        wanted["reduceOnly"] = "true"
    if request.type is OrderType.TRAILING_STOP:
        percent = (_fraction(request, last_price) * 100).quantize(Decimal("0.1"))
        wanted["callbackRate"] = plain(percent)
        if "triggerPrice" in wanted:
            wanted["activatePrice"] = wanted.pop("triggerPrice")
    return wanted


def _add_prices(wanted: dict[str, str], request: OrderRequest, stop: str) -> None:
    priced = request.type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    if priced:
        if request.price is None:
            raise cannot_take(request, "price", "a limit order needs one")
        wanted["price"] = plain(request.price)
    if request.stop_price is not None:
        wanted[stop] = plain(request.stop_price)


def _fraction(request: OrderRequest, last_price: float) -> Decimal:
    trail = request.trail
    price = request.stop_price or (Decimal(repr(last_price)) if isfinite(last_price) else None)
    if not trail or not price:
        raise cannot_take(
            request,
            "trail",
            "a trailing stop needs a distance, and a stop price or a subscription that tells the price now",
        )
    return trail / price
