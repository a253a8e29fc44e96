"""What the venue says of an order, in one form: from either market, from streams and answers alike."""

from decimal import Decimal
from typing import TypeVar

from msgspec import UNSET, UnsetType

from anyvenue.model.enums import OrderState, OrderType, Side, TimeInForce
from anyvenue.venues.binance.requests import our_order_id, part_of
from anyvenue.venues.binance.wire_funds import FuturesTrade, SpotTrade
from anyvenue.venues.binance.wire_futures import UserAlgo, UserOrder
from anyvenue.venues.binance.wire_rest import AlgoOrder, FuturesOrder, SpotOrder
from anyvenue.venues.binance.wire_spot import ExecutionReport
from anyvenue.venues.tracking.told import Told, ToldFill

__all__ = [
    "of_algo_order",
    "of_algo_update",
    "of_futures_order",
    "of_order_update",
    "of_report",
    "of_spot_order",
    "of_trade",
]

_ZERO = Decimal(0)
_MS = 1_000_000
_V = TypeVar("_V")

_STATES = {
    "PENDING_NEW": OrderState.SENT,
    "NEW": OrderState.OPEN,
    "NEW_INSURANCE": OrderState.OPEN,
    "NEW_ADL": OrderState.OPEN,
    "PARTIALLY_FILLED": OrderState.PARTIAL,
    "FILLED": OrderState.FILLED,
    "CANCELED": OrderState.CANCELLED,
    "REJECTED": OrderState.REJECTED,
    "EXPIRED": OrderState.EXPIRED,
    "EXPIRED_IN_MATCH": OrderState.EXPIRED,
    # Conditional orders: what comes of them is told as an order of its own.
    "WORKING": OrderState.OPEN,
    "TRIGGERING": OrderState.OPEN,
    "TRIGGERED": OrderState.OPEN,
    "FINISHED": OrderState.OPEN,
}
_TRIGGERED = ("TRIGGERED", "FINISHED")
_TYPES = {
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.STOP,
    "STOP_MARKET": OrderType.STOP,
    "TAKE_PROFIT_MARKET": OrderType.STOP,
    "STOP_LOSS_LIMIT": OrderType.STOP_LIMIT,
    "TAKE_PROFIT_LIMIT": OrderType.STOP_LIMIT,
    "STOP": OrderType.STOP_LIMIT,
    "TRAILING_STOP_MARKET": OrderType.TRAILING_STOP,
}
_TIMES = {"IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK, "GTD": TimeInForce.GTD}
_HEDGES = {"LONG": Side.BUY, "SHORT": Side.SELL}


def _told(
    status: str,
    client_id: str,
    ts_ms: int,
    side: str,
    kind: str,
    time: str,
    *,
    symbol: str,
    venue_id: str,
    quantity: Decimal,
    why: str = "",
    price: Decimal = _ZERO,
    stop_price: Decimal = _ZERO,
    filled: Decimal = _ZERO,
    position_side: str = "BOTH",
    reduce_only: bool = False,
    conditional: bool = False,
    became: str = "",
    full: bool = True,
    fill: ToldFill | None = None,
) -> Told:
    """Return it in our words; where ids and status are all that was said, nobody looks at the side."""
    return Told(
        symbol=symbol,
        venue_id=venue_id,
        state=_STATES.get(status, OrderState.UNKNOWN),
        ts=ts_ms * _MS,
        side=_side(side),
        order_id=our_order_id(client_id),
        part=part_of(client_id),
        client_id=client_id,
        kind=kind,
        type=_TYPES.get(kind),
        time_in_force=_TIMES.get(time, TimeInForce.GTC),
        post_only=kind == "LIMIT_MAKER" or time == "GTX",
        reduce_only=reduce_only,
        hedge=_HEDGES.get(position_side),
        price=price or None,
        stop_price=stop_price or None,
        quantity=quantity or None,
        filled=filled,
        full=full,
        conditional=conditional,
        triggered=conditional and status in _TRIGGERED,
        became=became,
        why=why or (status.lower() if status == "EXPIRED_IN_MATCH" else ""),
        fill=fill,
    )


def of_report(report: ExecutionReport) -> Told:
    """Return what a spot account's stream says."""
    cancelled = report.what in ("CANCELED", "REPLACED") and report.original_client_id
    fill = None
    if report.what == "TRADE" and report.last_quantity:
        fill = ToldFill(
            f"{report.symbol}-{report.trade_id}",
            str(report.venue_id),
            _side(report.side),
            report.last_price,
            report.last_quantity,
            report.fee or _ZERO,
            report.fee_currency or "",
            report.maker,
            report.ts_ms * _MS,
        )
    return _told(
        symbol=report.symbol,
        venue_id=str(report.venue_id),
        client_id=report.original_client_id if cancelled else report.client_id,
        status=report.status,
        ts_ms=report.ts_ms or report.event_ms,
        side=report.side,
        kind=report.type,
        time=report.time_in_force,
        price=report.price,
        stop_price=report.stop_price,
        quantity=report.quantity,
        filled=report.filled,
        why="" if report.refusal == "NONE" else report.refusal,
        fill=fill,
    )


def of_order_update(order: UserOrder) -> Told:
    """Return what a USD-M account's stream says of an order."""
    fill = None
    # CALCULATED is a liquidation, which is a trade like any other to the books.
    if order.what in ("TRADE", "CALCULATED") and order.last_quantity:
        fill = ToldFill(
            f"{order.symbol}-{order.trade_id}",
            str(order.venue_id),
            _side(order.side),
            order.last_price,
            order.last_quantity,
            order.fee or _ZERO,
            order.fee_currency or "",
            order.maker,
            order.ts_ms * _MS,
        )
    return _told(
        symbol=order.symbol,
        venue_id=str(order.venue_id),
        client_id=order.client_id,
        status=order.status,
        ts_ms=order.ts_ms,
        side=order.side,
        kind=order.original_type or order.type,
        time=order.time_in_force,
        position_side=order.position_side,
        price=order.price,
        stop_price=order.stop_price or _ZERO,
        quantity=order.quantity,
        filled=order.filled,
        reduce_only=order.reduce_only,
        why=_why(order),
        fill=fill,
    )


def _why(order: UserOrder) -> str:
    words = {
        "autoclose-": "liquidation",
        "adl_autoclose": "auto-deleveraging",
        "settlement_autoclose-": "settlement",
        "delivery_autoclose-": "delivery",
    }
    return next((why for word, why in words.items() if order.client_id.startswith(word)), "")


def of_algo_update(order: UserAlgo) -> Told:
    """Return what a USD-M account's stream says of a conditional order."""
    return _told(
        symbol=order.symbol,
        venue_id=str(order.algo_id),
        client_id=order.client_id,
        status=order.status,
        ts_ms=order.triggered_ms,
        side=order.side,
        kind=order.type,
        time=order.time_in_force,
        position_side=order.position_side,
        price=order.price,
        stop_price=order.stop_price,
        quantity=order.quantity,
        reduce_only=order.reduce_only,
        conditional=True,
        became=order.order_id,
        why="" if order.refusal is UNSET else order.refusal,
    )


def of_spot_order(order: SpotOrder) -> Told:
    """Return what an answer says of an order of spot."""
    original = order.orig_client_order_id
    times = (order.update_time, order.transact_time, order.time, order.working_time)
    return _told(
        symbol=order.symbol,
        venue_id=str(order.order_id),
        client_id=order.client_order_id if original is UNSET else original,
        status=_or(order.status, "NEW"),
        ts_ms=next((each for each in times if isinstance(each, int)), 0),
        side=_or(order.side, ""),
        kind=_or(order.type, ""),
        time=_or(order.time_in_force, ""),
        price=_or(order.price, _ZERO),
        stop_price=_or(order.stop_price, _ZERO),
        quantity=_or(order.orig_qty, _ZERO),
        filled=_or(order.executed_qty, _ZERO),
        full=order.orig_qty is not UNSET,
    )


def _or(value: _V | UnsetType, default: _V) -> _V:
    return default if isinstance(value, UnsetType) else value


def of_futures_order(order: FuturesOrder) -> Told:
    """Return what an answer says of an order of USD-M."""
    return _told(
        symbol=order.symbol,
        venue_id=str(order.order_id),
        client_id=order.client_order_id,
        status=order.status,
        ts_ms=order.update_time or _or(order.time, 0),
        side=order.side,
        kind=order.orig_type or order.type,
        time=order.time_in_force,
        position_side=order.position_side,
        price=order.price,
        stop_price=order.stop_price,
        quantity=order.orig_qty,
        filled=order.executed_qty,
        reduce_only=order.reduce_only,
    )


def of_algo_order(order: AlgoOrder) -> Told:
    """Return what an answer says of a conditional order of USD-M."""
    return _told(
        symbol=order.symbol,
        venue_id=str(order.algo_id),
        client_id=order.client_algo_id,
        status=order.algo_status,
        ts_ms=order.update_time,
        side=order.side,
        kind=order.order_type or _or(order.type, ""),
        time=order.time_in_force,
        position_side=order.position_side,
        price=order.price,
        stop_price=order.trigger_price,
        quantity=order.quantity,
        reduce_only=order.reduce_only,
        conditional=True,
        became=_or(order.actual_order_id, ""),
    )


def of_trade(trade: SpotTrade | FuturesTrade) -> ToldFill:
    """Return one of the account's own trades; the venue numbers the trades of every symbol on their own."""
    buys = trade.is_buyer if isinstance(trade, SpotTrade) else trade.side == "BUY"
    return ToldFill(
        f"{trade.symbol}-{trade.id}",
        str(trade.order_id),
        Side.BUY if buys else Side.SELL,
        trade.price,
        trade.qty,
        trade.commission,
        trade.commission_asset,
        trade.is_maker if isinstance(trade, SpotTrade) else trade.maker,
        trade.time * _MS,
    )


def _side(word: str) -> Side:
    return Side.SELL if word == "SELL" else Side.BUY
