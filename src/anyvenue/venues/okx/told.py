"""What OKX says of an order, in one form: from streams and answers, of ordinary and conditional orders alike."""

from decimal import Decimal

from anyvenue.model.enums import OrderState, OrderType, Side, TimeInForce
from anyvenue.venues.okx.instruments import symbol_of
from anyvenue.venues.okx.requests import our_order_id
from anyvenue.venues.okx.wire_account import AlgoOrderRow, FillRow, OrderRow
from anyvenue.venues.tracking.told import Told, ToldFill

__all__ = ["of_algo_order", "of_fill", "of_order"]

_ZERO = Decimal(0)
_MS = 1_000_000
_HEDGES = {"long": Side.BUY, "short": Side.SELL}

_STATES = {
    "live": OrderState.OPEN,
    "partially_filled": OrderState.PARTIAL,
    "filled": OrderState.FILLED,
    "canceled": OrderState.CANCELLED,
    "mmp_canceled": OrderState.CANCELLED,
}
_ALGO_STATES = {
    "live": OrderState.OPEN,
    "pause": OrderState.OPEN,
    "effective": OrderState.OPEN,
    "partially_effective": OrderState.OPEN,
    "order_placed": OrderState.OPEN,
    "canceled": OrderState.CANCELLED,
    "order_failed": OrderState.REJECTED,
    "partially_failed": OrderState.REJECTED,
}
_TRIGGERED = ("effective", "partially_effective", "order_placed")
_GTC, _IOC, _FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
_KINDS: dict[str, tuple[OrderType, TimeInForce, bool]] = {
    "limit": (OrderType.LIMIT, _GTC, False),
    "post_only": (OrderType.LIMIT, _GTC, True),
    "mmp": (OrderType.LIMIT, _GTC, False),
    "mmp_and_post_only": (OrderType.LIMIT, _GTC, True),
    "ioc": (OrderType.LIMIT, _IOC, False),
    "fok": (OrderType.LIMIT, _FOK, False),
    "op_fok": (OrderType.LIMIT, _FOK, False),
    "market": (OrderType.MARKET, _IOC, False),
    "optimal_limit_ioc": (OrderType.MARKET, _IOC, False),
}
_WHY = {
    "full_liquidation": "liquidation",
    "partial_liquidation": "liquidation",
    "adl": "auto-deleveraging",
    "delivery": "delivery",
    "ddh": "delta hedging",
}
_AT_MARKET = "-1"


def of_order(row: OrderRow) -> Told:
    """Return what a stream or an answer says of an ordinary order."""
    kind, time_in_force, post_only = _KINDS.get(row.ord_type, (None, _GTC, False))
    if row.ord_type == "trigger":
        # So an order is called that came of a conditional one: what it is now shows in its price.
        kind = OrderType.LIMIT if _positive(row.px) else OrderType.MARKET
    return Told(
        symbol=symbol_of(row.inst_type, row.inst_id),
        venue_id=row.ord_id,
        order_id=our_order_id(row.cl_ord_id) or our_order_id(row.algo_cl_ord_id),
        client_id=row.cl_ord_id,
        state=_STATES.get(row.state, OrderState.UNKNOWN),
        ts=_ns(row.u_time, row.c_time),
        created=_ns(row.c_time),
        side=_side(row.side),
        kind=row.ord_type,
        type=kind,
        time_in_force=time_in_force,
        post_only=post_only,
        price=_positive(row.px) if kind is OrderType.LIMIT else None,
        quantity=None if row.tgt_ccy == "quote_ccy" else _positive(row.sz),
        filled=_number(row.acc_fill_sz),
        reduce_only=row.reduce_only == "true",
        hedge=_HEDGES.get(row.pos_side),
        parent=row.algo_id or (row.linked_algo_ord.algo_id if row.linked_algo_ord else ""),
        why=_why(row),
        fill=_fill_of(row),
    )


def of_algo_order(row: AlgoOrderRow) -> Told:
    """Return what a stream or an answer says of a conditional order."""
    trigger, price = row.trigger_px, row.ord_px
    if row.ord_type == "conditional" and row.sl_trigger_px and not row.tp_trigger_px:
        trigger, price = row.sl_trigger_px, row.sl_ord_px
    return Told(
        symbol=symbol_of(row.inst_type, row.inst_id),
        venue_id=row.algo_id,
        order_id=our_order_id(row.algo_cl_ord_id),
        client_id=row.algo_cl_ord_id,
        state=_ALGO_STATES.get(row.state, OrderState.UNKNOWN),
        ts=_ns(row.u_time, row.trigger_time, row.c_time),
        created=_ns(row.c_time),
        side=_side(row.side),
        kind=row.ord_type,
        type=_algo_type(row, trigger, price),
        price=None if price == _AT_MARKET else _positive(price),
        stop_price=_positive(trigger or row.active_px),
        trail=_positive(row.callback_spread),
        quantity=_positive(row.sz),
        reduce_only=row.reduce_only == "true",
        hedge=_HEDGES.get(row.pos_side),
        conditional=True,
        triggered=row.state in _TRIGGERED,
        became=row.ord_id or next(iter(row.ord_id_list), ""),
        why=row.fail_code if row.fail_code not in ("", "0") else "",
    )


def of_fill(row: FillRow) -> ToldFill:
    """Return one of the account's own executions; the venue numbers the trades of every instrument on their own."""
    return ToldFill(
        f"{row.inst_id}-{row.trade_id}",
        row.ord_id,
        _side(row.side),
        Decimal(row.fill_px),
        Decimal(row.fill_sz),
        -Decimal(row.fee) if row.fee else None,
        row.fee_ccy,
        row.exec_type == "M",
        _ns(row.fill_time, row.ts),
    )


def _algo_type(row: AlgoOrderRow, trigger: str, price: str) -> OrderType | None:
    if row.ord_type == "move_order_stop":
        return OrderType.TRAILING_STOP
    if row.ord_type not in ("trigger", "conditional") or not trigger:
        return None
    return OrderType.STOP if price == _AT_MARKET else OrderType.STOP_LIMIT


def _fill_of(row: OrderRow) -> ToldFill | None:
    quantity = _number(row.fill_sz)
    if not row.trade_id or row.trade_id == "0" or not quantity:
        return None
    fee: Decimal | None = None
    currency = row.fill_fee_ccy or row.fee_ccy
    if row.fill_fee:
        fee = -Decimal(row.fill_fee)
    elif row.fee and quantity == _number(row.acc_fill_sz):
        # The first fill of an order: its total is this fill's.
        fee = -Decimal(row.fee) - _same_currency_rebate(row)
    return ToldFill(
        f"{row.inst_id}-{row.trade_id}",
        row.ord_id,
        _side(row.side),
        Decimal(row.fill_px),
        quantity,
        fee,
        currency,
        row.exec_type == "M",
        _ns(row.fill_time, row.u_time),
    )


def _same_currency_rebate(row: OrderRow) -> Decimal:
    return _number(row.rebate) if row.rebate_ccy == row.fee_ccy else _ZERO


def _why(row: OrderRow) -> str:
    if row.category in _WHY:
        return _WHY[row.category]
    if row.state not in ("canceled", "mmp_canceled"):
        return ""
    return row.cancel_source_reason or row.cancel_source


def _side(text: str) -> Side:
    return Side.BUY if text == "buy" else Side.SELL


def _number(text: str) -> Decimal:
    return Decimal(text) if text else _ZERO


def _positive(text: str) -> Decimal | None:
    value = _number(text)
    return value if value > 0 else None


def _ns(*texts: str) -> int:
    """Return the first time (ms) that is told as int ns UTC, 0 for none."""
    return next((int(text) * _MS for text in texts if text and text != "0"), 0)
