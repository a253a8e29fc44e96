"""Orders in Backpack's words: pure.

A client id is a number below 2**32, ours are longer: the venue gets the rest of the division. The moment an order was
placed at leads back from that to its own id, which was made of the clock a little before.
"""

from anyvenue.model.enums import OrderType, Side, TimeInForce
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.ids import OrderId, next_order_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest

__all__ = ["client_id", "order_body", "our_order_id"]

_ROUND = 1 << 32
_BEFORE_NS = 600_000_000_000
_AFTER_NS = 60_000_000_000

_TIMES = {
    TimeInForce.DAY: "GTC",
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
}


def client_id(order_id: OrderId) -> int:
    """Return what an order is called at the venue."""
    return order_id % _ROUND


def our_order_id(client: int | None, created_ns: int) -> OrderId:
    """Return the order that was placed as `client` at that time, 0 for somebody else's.

    Ours were made at most ten minutes before the venue took them, by clocks at most a minute apart.
    """
    if client is None:
        return OrderId(0)
    low = next_order_id(0, created_ns - _BEFORE_NS)
    high = next_order_id(0, created_ns + _AFTER_NS)
    found = low + (client - low) % _ROUND
    return OrderId(found if found <= high else 0)


def order_body(
    request: OrderRequest, instrument: Instrument, client: int
) -> dict[str, str | int | bool]:
    """Return the body of an order; raise InvalidOrder for what the venue does not have."""
    if request.time_in_force is TimeInForce.GTD:
        raise _unknown(request, "time_in_force", "Backpack takes gtc, ioc and fok")
    if request.display is not None:
        raise _unknown(request, "display", "Backpack has no iceberg orders")
    if request.type is OrderType.TRAILING_STOP:
        raise _unknown(request, "type", "Backpack has no trailing stops")
    body: dict[str, str | int | bool] = {
        "symbol": instrument.venue_symbol,
        "side": "Bid" if request.side is Side.BUY else "Ask",
        "clientId": client,
    }
    _add_kind(body, request)
    quantity = plain(request.quantity)
    if request.type in (OrderType.STOP, OrderType.STOP_LIMIT):
        if request.stop_price is None:
            raise _unknown(request, "stop_price", "a stop needs the price that sets it off")
        body["triggerPrice"] = plain(request.stop_price)
        body["triggerQuantity"] = quantity
    else:
        body["quantity"] = quantity
    if request.reduce_only:
        if not instrument.position_rule.margined:
            raise _unknown(request, "reduce_only", "spot has no positions to reduce")
        body["reduceOnly"] = True
    return body


def _add_kind(body: dict[str, str | int | bool], request: OrderRequest) -> None:
    if request.type in (OrderType.MARKET, OrderType.STOP):
        body["orderType"] = "Market"
        return
    if request.price is None:
        raise _unknown(request, "price", "a limit order needs one")
    body["orderType"] = "Limit"
    body["price"] = plain(request.price)
    if not request.post_only:
        body["timeInForce"] = _TIMES[request.time_in_force]
    elif request.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        raise _unknown(request, "post_only", "an order that waits in the book cannot be ioc or fok")
    else:
        body["postOnly"] = True


def _unknown(request: OrderRequest, field: str, why: str) -> InvalidOrder:
    value = getattr(request, field)
    return InvalidOrder(
        f"{field} of the order for {request.instrument} was {value}: {why}",
        field=field,
        value=str(value),
        instrument=request.instrument,
    )
