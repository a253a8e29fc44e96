"""Orders in Backpack's words: pure.

A client id is a number below 2**32, ours are longer: the venue gets the rest of the division. The moment an order was
placed at leads back from that to its own id, which was made of the clock a little before.

An order that takes the place of another has a client id of its own. Our ids number the milliseconds of a day, which
leaves 13.6 million numbers a day that are no order's: those mark such parts, by a digest of the order plus the number
of the part. Who knows the order, as from the venue's history, tells by its mark what is part of it.
"""

from hashlib import blake2b

from anyvenue.model.enums import OrderType, Side, TimeInForce
from anyvenue.model.ids import OrderId, next_order_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.tracking.refusing import cannot_take

__all__ = [
    "MOST_PARTS",
    "client_id",
    "mark_of",
    "order_body",
    "our_order_id",
    "part_client_id",
    "part_of",
]

_ROUND = 1 << 32
_BEFORE_NS = 600_000_000_000
_AFTER_NS = 60_000_000_000
_DAY_NS = 86_400_000_000_000
_A_DAY = 100_000_000  # ids
_USED = 86_400_000  # of these, the milliseconds
_MARKS = _A_DAY - _USED

MOST_PARTS = 1000
"""How many an order may have."""

_TIMES = {
    TimeInForce.DAY: "GTC",
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
}


def client_id(order_id: OrderId) -> int:
    """Return what an order is called at the venue."""
    return order_id % _ROUND


def part_client_id(order_id: OrderId, part: int, now_ns: int) -> int:
    """Return what the `part`-th order is called that takes an order's place; 0 is the order itself."""
    return (_first_mark(now_ns) + _mark(order_id, part)) % _ROUND if part else client_id(order_id)


def our_order_id(client: int | None, created_ns: int) -> OrderId:
    """Return the order that was placed as `client` at that time, 0 for somebody else's.

    Ours were made at most ten minutes before the venue took them, by clocks at most a minute apart.
    """
    if client is None:
        return OrderId(0)
    low = next_order_id(0, created_ns - _BEFORE_NS)
    high = next_order_id(0, created_ns + _AFTER_NS)
    found = low + (client - low) % _ROUND
    return OrderId(found if found <= high and found % _A_DAY < _USED else 0)


def mark_of(client: int, created_ns: int) -> int | None:
    """Return the mark of an order that was placed as `client` at that time, None where it has none."""
    for days in (0, -1, 1):
        found = (client - _first_mark(created_ns + days * _DAY_NS)) % _ROUND
        if found < _MARKS:
            return found
    return None


def part_of(mark: int, order_id: OrderId) -> int:
    """Return which part of an order has this mark, 0 for none; other orders' later parts may have the same."""
    part = (mark - _mark(order_id, 0)) % _MARKS
    return part if part < MOST_PARTS else 0


def _first_mark(now_ns: int) -> int:
    return next_order_id(0, now_ns - now_ns % _DAY_NS) + _USED


def _mark(order_id: OrderId, part: int) -> int:
    digest = blake2b(str(order_id).encode(), digest_size=8).digest()
    return (int.from_bytes(digest) + part) % _MARKS


def order_body(
    request: OrderRequest, instrument: Instrument, client: int
) -> dict[str, str | int | bool]:
    """Return the body of an order; raise InvalidOrder for what the venue does not have."""
    if request.time_in_force is TimeInForce.GTD:
        raise cannot_take(request, "time_in_force", "Backpack takes gtc, ioc and fok")
    if request.display is not None:
        raise cannot_take(request, "display", "Backpack has no iceberg orders")
    if request.type is OrderType.TRAILING_STOP:
        raise cannot_take(request, "type", "Backpack has no trailing stops")
    body: dict[str, str | int | bool] = {
        "symbol": instrument.venue_symbol,
        "side": "Bid" if request.side is Side.BUY else "Ask",
        "clientId": client,
    }
    _add_kind(body, request)
    quantity = plain(request.quantity)
    if request.type in (OrderType.STOP, OrderType.STOP_LIMIT):
        if request.stop_price is None:
            raise cannot_take(request, "stop_price", "a stop needs the price that sets it off")
        body["triggerPrice"] = plain(request.stop_price)
        body["triggerQuantity"] = quantity
    else:
        body["quantity"] = quantity
    if request.reduce_only:
        if not instrument.position_rule.margined:
            raise cannot_take(request, "reduce_only", "spot has no positions to reduce")
        body["reduceOnly"] = True
    return body


def _add_kind(body: dict[str, str | int | bool], request: OrderRequest) -> None:
    if request.type in (OrderType.MARKET, OrderType.STOP):
        body["orderType"] = "Market"
        return
    if request.price is None:
        raise cannot_take(request, "price", "a limit order needs one")
    body["orderType"] = "Limit"
    body["price"] = plain(request.price)
    if not request.post_only:
        body["timeInForce"] = _TIMES[request.time_in_force]
    elif request.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        raise cannot_take(
            request, "post_only", "an order that waits in the book cannot be ioc or fok"
        )
    else:
        body["postOnly"] = True
