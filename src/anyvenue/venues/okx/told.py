"""What OKX says of an order, in one form: from streams and answers, of ordinary and conditional orders alike."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import OrderState, OrderType, Side, TimeInForce
from anyvenue.venues.okx.wire_account import AlgoOrderRow, FillRow, OrderRow

__all__ = ["Told", "ToldFill", "of_algo_order", "of_fill", "of_order"]

_ZERO = Decimal(0)

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


class ToldFill(msgspec.Struct, frozen=True):
    """One execution; `order` is the venue's number of its order. `fee` is above zero where it costs.

    `fee` is None where only the order's total was told: the answer about fills has it.
    """

    trade_id: str
    order: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal | None
    fee_currency: str
    maker: bool
    ts_ms: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An order as told at `ts_ms`; quantities are as ours are: contracts, or the base of a pair.

    `type` is None for a kind we have no word for (its name is `kind`), `quantity` for an order given in money or as a
    share of a position. A `conditional` order waits for its price apart from the others; `became` is the venue's number
    of the order it has become. `parent` is the conditional order that an ordinary one came of. `state` is UNKNOWN for a
    state we have no word for. `why` is the venue's word for a refusal or an end.
    """

    inst_id: str
    inst_type: str
    venue_id: str
    client_id: str
    state: OrderState
    ts_ms: int
    side: Side
    kind: str
    type: OrderType | None = None
    time_in_force: TimeInForce = _GTC
    post_only: bool = False
    price: Decimal | None = None
    stop_price: Decimal | None = None
    trail: Decimal | None = None
    quantity: Decimal | None = None
    filled: Decimal = _ZERO
    filled_value: Decimal = _ZERO
    fees: Decimal = _ZERO
    fee_currency: str = ""
    reduce_only: bool = False
    position_side: str = ""
    margin_mode: str = ""
    conditional: bool = False
    triggered: bool = False
    became: str = ""
    parent: str = ""
    request: str = ""
    amended: bool = False
    why: str = ""
    fill: ToldFill | None = None


def of_order(row: OrderRow) -> Told:
    """Return what a stream or an answer says of an ordinary order."""
    kind, time_in_force, post_only = _KINDS.get(row.ord_type, (None, _GTC, False))
    if row.ord_type == "trigger":
        # So an order is called that came of a conditional one: what it is now shows in its price.
        kind = OrderType.LIMIT if _positive(row.px) else OrderType.MARKET
    filled = _number(row.acc_fill_sz)
    return Told(
        inst_id=row.inst_id,
        inst_type=row.inst_type,
        venue_id=row.ord_id,
        client_id=row.cl_ord_id,
        state=_STATES.get(row.state, OrderState.UNKNOWN),
        ts_ms=_ms(row.u_time, row.c_time),
        side=_side(row.side),
        kind=row.ord_type,
        type=kind,
        time_in_force=time_in_force,
        post_only=post_only,
        price=_positive(row.px) if kind is OrderType.LIMIT else None,
        quantity=None if row.tgt_ccy == "quote_ccy" else _positive(row.sz),
        filled=filled,
        filled_value=_number(row.avg_px) * filled,
        fees=-_number(row.fee) - _same_currency_rebate(row),
        fee_currency=row.fee_ccy,
        reduce_only=row.reduce_only == "true",
        position_side=row.pos_side,
        margin_mode=row.td_mode,
        parent=row.algo_id or (row.linked_algo_ord.algo_id if row.linked_algo_ord else ""),
        request=row.req_id,
        amended=row.amend_result == "0",
        why=_why(row),
        fill=_fill_of(row),
    )


def of_algo_order(row: AlgoOrderRow) -> Told:
    """Return what a stream or an answer says of a conditional order."""
    trigger, price = row.trigger_px, row.ord_px
    if row.ord_type == "conditional" and row.sl_trigger_px and not row.tp_trigger_px:
        trigger, price = row.sl_trigger_px, row.sl_ord_px
    return Told(
        inst_id=row.inst_id,
        inst_type=row.inst_type,
        venue_id=row.algo_id,
        client_id=row.algo_cl_ord_id,
        state=_ALGO_STATES.get(row.state, OrderState.UNKNOWN),
        ts_ms=_ms(row.u_time, row.trigger_time, row.c_time),
        side=_side(row.side),
        kind=row.ord_type,
        type=_algo_type(row, trigger, price),
        price=None if price == _AT_MARKET else _positive(price),
        stop_price=_positive(trigger or row.active_px),
        trail=_positive(row.callback_spread),
        quantity=_positive(row.sz),
        reduce_only=row.reduce_only == "true",
        position_side=row.pos_side,
        margin_mode=row.td_mode,
        conditional=True,
        triggered=row.state in _TRIGGERED,
        became=row.ord_id or next(iter(row.ord_id_list), ""),
        why=row.fail_code if row.fail_code not in ("", "0") else "",
    )


def of_fill(row: FillRow) -> ToldFill:
    """Return one of the account's own executions."""
    return ToldFill(
        row.trade_id,
        row.ord_id,
        _side(row.side),
        Decimal(row.fill_px),
        Decimal(row.fill_sz),
        -Decimal(row.fee) if row.fee else None,
        row.fee_ccy,
        row.exec_type == "M",
        _ms(row.fill_time, row.ts),
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
        row.trade_id,
        row.ord_id,
        _side(row.side),
        Decimal(row.fill_px),
        quantity,
        fee,
        currency,
        row.exec_type == "M",
        _ms(row.fill_time, row.u_time),
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


def _ms(*texts: str) -> int:
    """Return the first time that is told, 0 for none."""
    return next((int(text) for text in texts if text and text != "0"), 0)
