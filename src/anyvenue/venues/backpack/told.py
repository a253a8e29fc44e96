"""What Backpack says of orders, in our words: the same from streams and answers. Pure."""

from decimal import Decimal

from anyvenue.model.enums import OrderState, OrderType, Side, TimeInForce
from anyvenue.model.ids import OrderId
from anyvenue.venues.backpack.parse import ns_of_text
from anyvenue.venues.backpack.wire import OrderUpdate
from anyvenue.venues.backpack.wire_rest import FillRow, OrderRow
from anyvenue.venues.tracking.told import Told, ToldFill

__all__ = ["BEGINNINGS", "NOT_OURS", "Ours", "created_ns", "of_fill", "of_row", "of_update"]

Ours = tuple[OrderId, int]
"""Which of our orders it is, and which part of it."""

NOT_OURS: Ours = (OrderId(0), 0)

_ZERO = Decimal(0)
_MS = 1_000_000

BEGINNINGS = frozenset({"orderAccepted", "triggerPlaced"})
"""Events with which an order begins."""

_TIMES = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
_STATES = {
    "New": OrderState.OPEN,
    "TriggerPending": OrderState.OPEN,
    "PartiallyFilled": OrderState.PARTIAL,
    "Filled": OrderState.FILLED,
    "Cancelled": OrderState.CANCELLED,
    "Expired": OrderState.EXPIRED,
    "TriggerFailed": OrderState.EXPIRED,
}


def of_update(update: OrderUpdate, ours: Ours = NOT_OURS) -> Told:
    """Return what the account's stream says of an order."""
    quantity = _quantity(update.quantity, update.quote_quantity, update.trigger_quantity)
    filled = update.filled or _ZERO
    ts = (update.ts_us or update.event_us) * 1_000
    return Told(
        symbol=update.symbol,
        venue_id=update.venue_id,
        order_id=ours[0],
        part=ours[1],
        client_id="" if update.client_id is None else str(update.client_id),
        state=_STATES.get(update.state, OrderState.UNKNOWN),
        ts=ts,
        created=ts if update.event in BEGINNINGS else 0,
        side=_side(update.side),
        kind=update.type,
        type=_type(update.type, update.trigger_price),
        time_in_force=_TIMES.get(update.time_in_force, TimeInForce.GTC),
        price=update.price,
        stop_price=update.trigger_price,
        quantity=quantity,
        filled=filled,
        post_only=bool(update.post_only),
        reduce_only=bool(update.reduce_only),
        full=_is_full(update.type, quantity, update.price),
        conditional=_waits(update.state, update.trigger_price, filled),
        parent=update.related or "",
        why=_why(update.state, update.expiry_reason, update.origin),
        fill=_fill_of(update),
    )


def of_row(row: OrderRow, ours: Ours = NOT_OURS) -> Told:
    """Return what an answer says of an order."""
    created = created_ns(row)
    quantity = _quantity(row.quantity, row.quote_quantity, row.trigger_quantity)
    filled = row.executed_quantity or _ZERO
    return Told(
        symbol=row.symbol,
        venue_id=row.id,
        order_id=ours[0],
        part=ours[1],
        client_id="" if row.client_id is None else str(row.client_id),
        state=_STATES.get(row.status, OrderState.UNKNOWN),
        ts=created,
        created=created,
        side=_side(row.side),
        kind=row.order_type,
        type=_type(row.order_type, row.trigger_price),
        time_in_force=_TIMES.get(row.time_in_force, TimeInForce.GTC),
        price=row.price,
        stop_price=row.trigger_price,
        quantity=quantity,
        filled=filled,
        post_only=bool(row.post_only),
        reduce_only=bool(row.reduce_only),
        full=_is_full(row.order_type, quantity, row.price),
        conditional=not row.triggered_at and _waits(row.status, row.trigger_price, filled),
        parent=row.related_order_id or "",
        why=_why(row.status, row.expiry_reason, ""),
    )


def created_ns(row: OrderRow) -> int:
    """Return when an order was taken, by the venue (int ns UTC)."""
    created = row.created_at
    return created * _MS if isinstance(created, int) else ns_of_text(created)


def of_fill(row: FillRow) -> ToldFill:
    """Return one of the account's own executions."""
    ts = ns_of_text(row.timestamp)
    return ToldFill(
        _trade_id(row.symbol, row.trade_id, row.order_id, ts),
        row.order_id,
        _side(row.side),
        row.price,
        row.quantity,
        row.fee,
        row.fee_symbol,
        row.is_maker,
        ts,
    )


def _fill_of(update: OrderUpdate) -> ToldFill | None:
    if update.event != "orderFill" or update.trade_id is None:
        return None
    if update.fill_price is None or update.fill_quantity is None:
        return None
    ts = (update.ts_us or update.event_us) * 1_000
    return ToldFill(
        _trade_id(update.symbol, update.trade_id, update.venue_id, ts),
        update.venue_id,
        _side(update.side),
        update.fill_price,
        update.fill_quantity,
        update.fee,
        update.fee_currency or "",
        bool(update.maker),
        ts,
    )


def _trade_id(symbol: str, trade: int | None, order: str, ts: int) -> str:
    """Return an id that no other trade of the account has: the venue numbers those of every market on their own."""
    return f"{symbol}-{trade}" if trade is not None else f"{symbol}-{order}-{ts}"


def _is_full(kind: str, quantity: Decimal | None, price: Decimal | None) -> bool:
    """Tell whether all terms of an order are told; one that was given in money tells no quantity."""
    return quantity is not None and (price is not None or kind.lower() == "market")


def _waits(status: str, trigger: Decimal | None, filled: Decimal) -> bool:
    """Tell whether an order waits for its trigger, or ended without having been set off, as far as can be seen."""
    if status == "TriggerPending":
        return True
    return (
        trigger is not None and not filled and status in ("Cancelled", "Expired", "TriggerFailed")
    )


def _why(status: str, reason: str | None, origin: str) -> str:
    if reason:
        return reason
    return status if status == "TriggerFailed" else "" if origin in ("", "USER") else origin


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
