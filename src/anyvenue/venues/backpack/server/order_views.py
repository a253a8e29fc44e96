"""Orders and their executions as answers and streams show them."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from anyvenue.model.enums import OrderState, OrderType, Side, TimeInForce
from anyvenue.venues.backpack.server.order_words import (
    STOPS,
    client_number,
    ended_by,
    kind_of,
    status_of,
    waits,
)
from anyvenue.venues.backpack.wire import OrderUpdate
from anyvenue.venues.backpack.wire_rest import FillRow, OrderRow
from anyvenue.venues.serving.records import OrderChange, Record, TradeRow

__all__ = ["fill_row", "iso_of", "order_row", "order_update"]

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def iso_of(ts_ms: int, between: str = "T", *, whole: bool = False) -> str:
    """Return a time as the venue's histories write it, in UTC; `whole` is without milliseconds."""
    moment = datetime.fromtimestamp(ts_ms // 1000, UTC).strftime(f"%Y-%m-%d{between}%H:%M:%S")
    return moment if whole else f"{moment}.{ts_ms % 1000:03}"


def _side(side: Side) -> str:
    return "Bid" if side is Side.BUY else "Ask"


def _time(record: Record) -> str:
    """Return the time in force; a market order's is told as GTC."""
    time = record.request.time_in_force
    if record.request.type is OrderType.MARKET:
        return "GTC"
    return {TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK"}.get(time, "GTC")


def order_row(record: Record, *, history: bool = False) -> OrderRow:
    """Return an order; in a `history` its time is a text."""
    request, stop = record.request, record.request.type in STOPS
    waiting = stop and not record.triggered
    return OrderRow(
        id=str(record.order_id),
        status=status_of(record),
        created_at=iso_of(record.created_ms) if history else record.created_ms,
        symbol=record.symbol,
        side=_side(request.side),
        order_type=kind_of(record),
        client_id=client_number(record),
        time_in_force=_time(record),
        quantity=None if waiting else request.quantity,
        quote_quantity=record.money or None,
        executed_quantity=record.filled,
        executed_quote_quantity=record.value,
        price=request.price,
        trigger_price=request.stop_price,
        trigger_quantity=str(request.quantity) if stop else None,
        post_only=request.post_only,
        reduce_only=request.reduce_only if record.place.margined else None,
        expiry_reason=ended_by(record),
    )


def fill_row(record: Record, row: TradeRow) -> FillRow:
    """Return one of the account's executions."""
    fill = row.fill
    return FillRow(
        order_id=str(record.order_id),
        trade_id=row.number,
        price=fill.price,
        quantity=fill.quantity,
        fee=fill.fee,
        fee_symbol=fill.fee_currency,
        timestamp=iso_of(row.ts_ms),
        symbol=record.symbol,
        side=_side(fill.side),
        is_maker=fill.maker,
        client_id=client_number(record),
    )


def order_update(record: Record, what: OrderChange, ts_ms: int) -> OrderUpdate:
    """Return what the account's stream says of an order."""
    request, stop = record.request, record.request.type in STOPS
    update = OrderUpdate(
        event=_event(record, what),
        symbol=record.symbol,
        venue_id=str(record.order_id),
        side=_side(request.side),
        state=status_of(record),
        event_us=ts_ms * 1000,
        ts_us=ts_ms * 1000,
        client_id=client_number(record),
        type=kind_of(record).upper(),
        time_in_force=_time(record),
        quantity=None if stop and not record.triggered else request.quantity,
        quote_quantity=record.money or None,
        price=request.price,
        trigger_price=request.stop_price,
        trigger_quantity=str(request.quantity) if stop else None,
        filled=record.filled,
        filled_value=record.value,
        post_only=request.post_only,
        reduce_only=request.reduce_only,
        origin="USER",
    )
    if what is OrderChange.TRADED:
        _add_fill(update, record.trades[-1])
    why = ended_by(record)
    if what is OrderChange.ENDED and why is not None:
        update.expiry_reason = _WORD.sub("_", why).upper()
    return update


def _add_fill(update: OrderUpdate, row: TradeRow) -> None:
    fill = row.fill
    update.trade_id, update.maker = row.number, fill.maker
    update.fill_quantity, update.fill_price = fill.quantity, fill.price
    update.fee, update.fee_currency = fill.fee or Decimal(0), fill.fee_currency


def _event(record: Record, what: OrderChange) -> str:
    if what is OrderChange.TRADED:
        return "orderFill"
    if what is OrderChange.MODIFIED:
        return "orderModified"
    if what is OrderChange.ENDED:
        return "orderCancelled" if record.state is OrderState.CANCELLED else "orderExpired"
    return "triggerPlaced" if waits(record) else "orderAccepted"
