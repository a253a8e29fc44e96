"""Orders as answers and streams show them."""

from decimal import Decimal

from anyvenue.model.enums import OrderState, OrderType, Side
from anyvenue.venues.binance.server.order_words import (
    change_of,
    position_side,
    status_of,
    words_of,
)
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.binance.wire_funds import FuturesTrade, SpotTrade
from anyvenue.venues.binance.wire_futures import OrderTradeUpdate, UserOrder
from anyvenue.venues.binance.wire_rest import FuturesOrder, OrderFill, SpotOrder
from anyvenue.venues.binance.wire_spot import ExecutionReport
from anyvenue.venues.serving.records import OrderChange, Record, TradeRow

__all__ = [
    "cancelled_spot_order",
    "execution_report",
    "futures_order",
    "futures_trade",
    "order_trade_update",
    "placed_spot_order",
    "spot_order",
    "spot_trade",
]

_ZERO = Decimal(0)
_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)


def _side(record: Record) -> str:
    return "BUY" if record.request.side is Side.BUY else "SELL"


def _in_book(record: Record) -> bool:
    stop = record.request.type in _STOPS
    return not record.done and (record.triggered or not stop)


def spot_order(record: Record) -> SpotOrder:
    """Return an order of spot as asking for it shows it."""
    made = _spot(record)
    made.time, made.update_time = record.created_ms, record.updated_ms
    made.is_working, made.working_time = _in_book(record), record.created_ms
    made.stop_price = record.request.stop_price or _ZERO
    made.iceberg_qty = _ZERO
    return made


def placed_spot_order(record: Record, kind: str) -> SpotOrder:
    """Return the answer to placing an order: ``ACK``, ``RESULT`` or ``FULL``."""
    if kind == "ACK":
        return SpotOrder(
            symbol=record.symbol,
            order_id=record.order_id,
            client_order_id=record.client_id,
            transact_time=record.updated_ms,
        )
    made = _spot(record)
    made.transact_time = record.updated_ms
    made.working_time = record.created_ms
    if record.request.stop_price is not None:
        made.stop_price = record.request.stop_price
    if kind == "FULL":
        made.fills = [
            OrderFill(
                each.fill.price,
                each.fill.quantity,
                each.fill.fee,
                each.fill.fee_currency,
                each.number,
            )
            for each in record.trades
        ]
    return made


def cancelled_spot_order(record: Record, cancel_id: str) -> SpotOrder:
    """Return the answer to a cancel, which has an id of its own."""
    made = _spot(record)
    made.orig_client_order_id, made.client_order_id = record.client_id, cancel_id
    made.transact_time = record.updated_ms
    return made


def _spot(record: Record) -> SpotOrder:
    kind, time = words_of(Market.SPOT, record.request)
    return SpotOrder(
        symbol=record.symbol,
        order_id=record.order_id,
        client_order_id=record.client_id,
        price=record.request.price or _ZERO,
        orig_qty=record.request.quantity,
        executed_qty=record.filled,
        orig_quote_order_qty=record.money,
        cummulative_quote_qty=record.value,
        status=status_of(record),
        time_in_force=time,
        type=kind,
        side=_side(record),
        self_trade_prevention_mode="NONE",
    )


def spot_trade(record: Record, row: TradeRow) -> SpotTrade:
    """Return one of the account's trades of spot."""
    fill = row.fill
    return SpotTrade(
        record.symbol,
        row.number,
        record.order_id,
        fill.price,
        fill.quantity,
        row.value,
        fill.fee,
        fill.fee_currency,
        row.ts_ms,
        fill.side is Side.BUY,
        fill.maker,
    )


def execution_report(record: Record, what: OrderChange, ts_ms: int) -> ExecutionReport:
    """Return what the stream of a spot account says of an order."""
    kind, time = words_of(Market.SPOT, record.request)
    report = ExecutionReport(
        event_ms=ts_ms,
        symbol=record.symbol,
        client_id=record.client_id,
        side=_side(record),
        type=kind,
        time_in_force=time,
        quantity=record.request.quantity,
        price=record.request.price or _ZERO,
        stop_price=record.request.stop_price or _ZERO,
        what=change_of(record, what),
        status=status_of(record),
        venue_id=record.order_id,
        filled=record.filled,
        ts_ms=ts_ms,
        in_book=_in_book(record),
        created_ms=record.created_ms,
        filled_value=record.value,
        money=record.money,
    )
    if what is OrderChange.ENDED and record.state is OrderState.CANCELLED:
        report.original_client_id, report.client_id = record.client_id, f"c-{record.order_id}"
    if what is OrderChange.TRADED:
        row = record.trades[-1]
        report.last_quantity, report.last_price = row.fill.quantity, row.fill.price
        report.last_value, report.trade_id = row.value, row.number
        report.fee, report.fee_currency = row.fill.fee, row.fill.fee_currency
        report.maker, report.execution_id = row.fill.maker, row.number
    return report


def futures_order(record: Record) -> FuturesOrder:
    """Return an order of USD-M."""
    kind, time = words_of(Market.USDM, record.request)
    return FuturesOrder(
        order_id=record.order_id,
        symbol=record.symbol,
        status=status_of(record),
        client_order_id=record.client_id,
        price=record.request.price or _ZERO,
        avg_price=record.average,
        orig_qty=record.request.quantity,
        executed_qty=record.filled,
        cum_quote=record.value,
        time_in_force=time,
        type=kind,
        reduce_only=record.request.reduce_only,
        side=_side(record),
        position_side=position_side(record),
        stop_price=record.request.stop_price or _ZERO,
        orig_type=record.original_type or kind,
        good_till_date=record.request.expires // 1_000_000,
        time=record.created_ms,
        update_time=record.updated_ms,
    )


def futures_trade(record: Record, row: TradeRow) -> FuturesTrade:
    """Return one of the account's trades of USD-M."""
    fill = row.fill
    buyer = fill.side is Side.BUY
    return FuturesTrade(
        record.symbol,
        row.number,
        record.order_id,
        "BUY" if buyer else "SELL",
        fill.price,
        fill.quantity,
        row.value,
        fill.fee,
        fill.fee_currency,
        row.ts_ms,
        buyer,
        fill.maker,
        position_side=position_side(record),
        realized_pnl=row.realised,
        margin_asset=fill.fee_currency,
    )


def order_trade_update(record: Record, what: OrderChange, ts_ms: int) -> OrderTradeUpdate:
    """Return what the stream of a USD-M account says of an order."""
    kind, time = words_of(Market.USDM, record.request)
    order = UserOrder(
        symbol=record.symbol,
        client_id=record.client_id,
        side=_side(record),
        type=kind,
        time_in_force=time,
        quantity=record.request.quantity,
        price=record.request.price or _ZERO,
        average=record.average,
        stop_price=record.request.stop_price or _ZERO,
        what=change_of(record, what),
        status=status_of(record),
        venue_id=record.order_id,
        filled=record.filled,
        ts_ms=ts_ms,
        reduce_only=record.request.reduce_only,
        position_side=position_side(record),
        original_type=record.original_type or kind,
        good_till_ms=record.request.expires // 1_000_000,
    )
    if what is OrderChange.TRADED:
        row = record.trades[-1]
        order.last_quantity, order.last_price = row.fill.quantity, row.fill.price
        order.fee, order.fee_currency = row.fill.fee, row.fill.fee_currency
        order.trade_id, order.maker, order.realised = row.number, row.fill.maker, row.realised
    return OrderTradeUpdate(ts_ms, ts_ms, order)
