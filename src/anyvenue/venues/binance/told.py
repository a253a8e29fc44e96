"""What the venue says of an order, in one form: from either market, from streams and answers alike."""

from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from anyvenue.venues.binance.wire_funds import FuturesTrade, SpotTrade
from anyvenue.venues.binance.wire_futures import UserAlgo, UserOrder
from anyvenue.venues.binance.wire_rest import AlgoOrder, FuturesOrder, SpotOrder
from anyvenue.venues.binance.wire_spot import ExecutionReport

__all__ = [
    "ENDED",
    "Told",
    "ToldFill",
    "of_algo_order",
    "of_algo_update",
    "of_futures_order",
    "of_order_update",
    "of_report",
    "of_spot_order",
    "of_trade",
]

_ZERO = Decimal(0)
_V = TypeVar("_V")

ENDED = frozenset(
    {"FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH", "FINISHED", "TRIGGERED"}
)
"""Statuses in which nothing more happens to an order, to a conditional order as such."""


class ToldFill(msgspec.Struct, frozen=True):
    """One execution; `order` is the venue's number of its order."""

    trade_id: int
    order: str
    side: str
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_currency: str
    maker: bool
    ts_ms: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An order as told at `ts_ms`; `filled` is the total of this order of the venue's.

    `full` is False where ids and status are all that was said. A `conditional` order waits for its price apart from the
    others; `became` is the venue's number of the order it has become. `why` is the venue's word for a refusal or an
    end.
    """

    symbol: str
    venue_id: str
    client_id: str
    status: str
    ts_ms: int
    side: str = ""
    type: str = ""
    time_in_force: str = ""
    position_side: str = "BOTH"
    price: Decimal = _ZERO
    stop_price: Decimal = _ZERO
    quantity: Decimal = _ZERO
    filled: Decimal = _ZERO
    filled_value: Decimal = _ZERO
    reduce_only: bool = False
    full: bool = True
    conditional: bool = False
    became: str = ""
    amended: bool = False
    why: str = ""
    fill: ToldFill | None = None


def of_report(report: ExecutionReport) -> Told:
    """Return what a spot account's stream says."""
    cancelled = report.what in ("CANCELED", "REPLACED") and report.original_client_id
    fill = None
    if report.what == "TRADE" and report.last_quantity:
        fill = ToldFill(
            report.trade_id,
            str(report.venue_id),
            report.side,
            report.last_price,
            report.last_quantity,
            report.fee or _ZERO,
            report.fee_currency or "",
            report.maker,
            report.ts_ms,
        )
    return Told(
        symbol=report.symbol,
        venue_id=str(report.venue_id),
        client_id=report.original_client_id if cancelled else report.client_id,
        status=report.status,
        ts_ms=report.ts_ms or report.event_ms,
        side=report.side,
        type=report.type,
        time_in_force=report.time_in_force,
        price=report.price,
        stop_price=report.stop_price,
        quantity=report.quantity,
        filled=report.filled,
        filled_value=report.filled_value,
        amended=report.what == "REPLACED" and report.status not in ENDED,
        why="" if report.refusal == "NONE" else report.refusal,
        fill=fill,
    )


def of_order_update(order: UserOrder) -> Told:
    """Return what a USD-M account's stream says of an order."""
    fill = None
    # CALCULATED is a liquidation, which is a trade like any other to the books.
    if order.what in ("TRADE", "CALCULATED") and order.last_quantity:
        fill = ToldFill(
            order.trade_id,
            str(order.venue_id),
            order.side,
            order.last_price,
            order.last_quantity,
            order.fee or _ZERO,
            order.fee_currency or "",
            order.maker,
            order.ts_ms,
        )
    return Told(
        symbol=order.symbol,
        venue_id=str(order.venue_id),
        client_id=order.client_id,
        status=_known_status(order.status),
        ts_ms=order.ts_ms,
        side=order.side,
        type=order.original_type or order.type,
        time_in_force=order.time_in_force,
        position_side=order.position_side,
        price=order.price,
        stop_price=order.stop_price or _ZERO,
        quantity=order.quantity,
        filled=order.filled,
        filled_value=order.average * order.filled,
        reduce_only=order.reduce_only,
        amended=order.what == "AMENDMENT",
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


def _known_status(status: str) -> str:
    """Return the status, those of liquidation orders as of others."""
    return "NEW" if status in ("NEW_INSURANCE", "NEW_ADL") else status


def of_algo_update(order: UserAlgo) -> Told:
    """Return what a USD-M account's stream says of a conditional order."""
    return Told(
        symbol=order.symbol,
        venue_id=str(order.algo_id),
        client_id=order.client_id,
        status=order.status,
        ts_ms=order.triggered_ms,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
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
    return Told(
        symbol=order.symbol,
        venue_id=str(order.order_id),
        client_id=order.client_order_id if original is UNSET else original,
        status=_or(order.status, "NEW"),
        ts_ms=next((each for each in times if isinstance(each, int)), 0),
        side=_or(order.side, ""),
        type=_or(order.type, ""),
        time_in_force=_or(order.time_in_force, ""),
        price=_or(order.price, _ZERO),
        stop_price=_or(order.stop_price, _ZERO),
        quantity=_or(order.orig_qty, _ZERO),
        filled=_or(order.executed_qty, _ZERO),
        filled_value=_or(order.cummulative_quote_qty, _ZERO),
        full=order.orig_qty is not UNSET,
    )


def _or(value: _V | UnsetType, default: _V) -> _V:
    return default if isinstance(value, UnsetType) else value


def of_futures_order(order: FuturesOrder) -> Told:
    """Return what an answer says of an order of USD-M."""
    return Told(
        symbol=order.symbol,
        venue_id=str(order.order_id),
        client_id=order.client_order_id,
        status=_known_status(order.status),
        ts_ms=order.update_time or _or(order.time, 0),
        side=order.side,
        type=order.orig_type or order.type,
        time_in_force=order.time_in_force,
        position_side=order.position_side,
        price=order.price,
        stop_price=order.stop_price,
        quantity=order.orig_qty,
        filled=order.executed_qty,
        filled_value=order.cum_quote,
        reduce_only=order.reduce_only,
    )


def of_algo_order(order: AlgoOrder) -> Told:
    """Return what an answer says of a conditional order of USD-M."""
    return Told(
        symbol=order.symbol,
        venue_id=str(order.algo_id),
        client_id=order.client_algo_id,
        status=order.algo_status,
        ts_ms=order.update_time,
        side=order.side,
        type=order.order_type or _or(order.type, ""),
        time_in_force=order.time_in_force,
        position_side=order.position_side,
        price=order.price,
        stop_price=order.trigger_price,
        quantity=order.quantity,
        reduce_only=order.reduce_only,
        conditional=True,
        became=_or(order.actual_order_id, ""),
    )


def of_trade(trade: SpotTrade | FuturesTrade) -> ToldFill:
    """Return one of the account's own trades."""
    buys = trade.is_buyer if isinstance(trade, SpotTrade) else trade.side == "BUY"
    return ToldFill(
        trade.id,
        str(trade.order_id),
        "BUY" if buys else "SELL",
        trade.price,
        trade.qty,
        trade.commission,
        trade.commission_asset,
        trade.is_maker if isinstance(trade, SpotTrade) else trade.maker,
        trade.time,
    )
