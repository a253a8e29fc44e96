"""Orders in Backpack's words, and what it says of them in ours: pure.

A client id is a number below 2**32, ours are longer: the venue gets the rest of the division. The moment an order was
placed at leads back from that to its own id, which was made of the clock a little before.
"""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import OrderState, OrderType, Side, TimeInForce
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.ids import OrderId, next_order_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.backpack.parse import ns_of_text
from anyvenue.venues.backpack.wire import (
    OrderUpdate,
)
from anyvenue.venues.backpack.wire_rest import (
    FillRow,
    OrderRow,
)

__all__ = [
    "Told",
    "ToldFill",
    "client_id",
    "of_fill",
    "of_row",
    "of_update",
    "order_body",
    "our_order_id",
]

_ZERO = Decimal(0)
_ROUND = 1 << 32
_BEFORE_NS = 600_000_000_000
_AFTER_NS = 60_000_000_000
_MS = 1_000_000

_TIMES = {
    TimeInForce.DAY: "GTC",
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
}
_TIMES_BACK = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
_STATES = {
    "New": OrderState.OPEN,
    "TriggerPending": OrderState.OPEN,
    "PartiallyFilled": OrderState.PARTIAL,
    "Filled": OrderState.FILLED,
    "Cancelled": OrderState.CANCELLED,
    "Expired": OrderState.EXPIRED,
    "TriggerFailed": OrderState.REJECTED,
}


class ToldFill(msgspec.Struct, frozen=True):
    """One execution; `order` is the venue's number of its order. `fee` is above zero where it costs."""

    trade_id: int
    order: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_currency: str
    maker: bool
    ts_ns: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An order as told at `ts_ns`; `created_ns` is 0 where only an answer tells it.

    `type` is None for a kind we have no word for, `quantity` for an order given in money. `state` is UNKNOWN for a
    state we have no word for. `parent` is the order whose trigger this one came of. `why` is the venue's word for an
    end.
    """

    symbol: str
    venue_id: str
    client_id: int | None
    state: OrderState
    ts_ns: int
    side: Side
    created_ns: int = 0
    type: OrderType | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    price: Decimal | None = None
    stop_price: Decimal | None = None
    quantity: Decimal | None = None
    filled: Decimal = _ZERO
    filled_value: Decimal = _ZERO
    post_only: bool = False
    reduce_only: bool = False
    parent: str = ""
    why: str = ""
    fill: ToldFill | None = None


# ---- to the venue


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


# ---- from the venue


def of_update(update: OrderUpdate) -> Told:
    """Return what the account's stream says of an order."""
    return Told(
        symbol=update.symbol,
        venue_id=update.venue_id,
        client_id=update.client_id,
        state=_STATES.get(update.state, OrderState.UNKNOWN),
        ts_ns=(update.ts_us or update.event_us) * 1_000,
        side=_side(update.side),
        type=_type(update.type, update.trigger_price),
        time_in_force=_TIMES_BACK.get(update.time_in_force, TimeInForce.GTC),
        price=update.price,
        stop_price=update.trigger_price,
        quantity=_quantity(update.quantity, update.quote_quantity, update.trigger_quantity),
        filled=update.filled or _ZERO,
        filled_value=update.filled_value or _ZERO,
        post_only=bool(update.post_only),
        reduce_only=bool(update.reduce_only),
        parent=update.related or "",
        why=update.expiry_reason or ("" if update.origin in ("", "USER") else update.origin),
        fill=_fill_of(update),
    )


def of_row(row: OrderRow) -> Told:
    """Return what an answer says of an order."""
    created = row.created_at
    created_ns = created * _MS if isinstance(created, int) else ns_of_text(created)
    return Told(
        symbol=row.symbol,
        venue_id=row.id,
        client_id=row.client_id,
        state=_STATES.get(row.status, OrderState.UNKNOWN),
        ts_ns=created_ns,
        created_ns=created_ns,
        side=_side(row.side),
        type=_type(row.order_type, row.trigger_price),
        time_in_force=_TIMES_BACK.get(row.time_in_force, TimeInForce.GTC),
        price=row.price,
        stop_price=row.trigger_price,
        quantity=_quantity(row.quantity, row.quote_quantity, row.trigger_quantity),
        filled=row.executed_quantity or _ZERO,
        filled_value=row.executed_quote_quantity or _ZERO,
        post_only=bool(row.post_only),
        reduce_only=bool(row.reduce_only),
        parent=row.related_order_id or "",
        why=row.expiry_reason or "",
    )


def of_fill(row: FillRow) -> ToldFill:
    """Return one of the account's own executions."""
    return ToldFill(
        row.trade_id,
        row.order_id,
        _side(row.side),
        row.price,
        row.quantity,
        row.fee,
        row.fee_symbol,
        row.is_maker,
        ns_of_text(row.timestamp),
    )


def _fill_of(update: OrderUpdate) -> ToldFill | None:
    if update.event != "orderFill" or update.trade_id is None:
        return None
    if update.fill_price is None or update.fill_quantity is None:
        return None
    return ToldFill(
        update.trade_id,
        update.venue_id,
        _side(update.side),
        update.fill_price,
        update.fill_quantity,
        update.fee or _ZERO,
        update.fee_currency or "",
        bool(update.maker),
        (update.ts_us or update.event_us) * 1_000,
    )


def _quantity(
    quantity: Decimal | None, money: Decimal | None, trigger: str | None
) -> Decimal | None:
    """Return the quantity ordered; a trigger's may be a share of the position ("50%"), which is none."""
    if quantity is not None:
        return quantity
    if money is not None or not trigger or trigger.endswith("%"):
        return None
    return Decimal(trigger)


def _type(text: str, trigger: Decimal | None) -> OrderType | None:
    kinds = {
        ("market", False): OrderType.MARKET,
        ("limit", False): OrderType.LIMIT,
        ("market", True): OrderType.STOP,
        ("limit", True): OrderType.STOP_LIMIT,
    }
    return kinds.get((text.lower(), trigger is not None))


def _side(text: str) -> Side:
    return Side.BUY if text == "Bid" else Side.SELL


def _unknown(request: OrderRequest, field: str, why: str) -> InvalidOrder:
    value = getattr(request, field)
    return InvalidOrder(
        f"{field} of the order for {request.instrument} was {value}: {why}",
        field=field,
        value=str(value),
        instrument=request.instrument,
    )
