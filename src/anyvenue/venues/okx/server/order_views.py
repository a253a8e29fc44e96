"""Orders and executions as answers and streams show them."""

from decimal import Decimal

from anyvenue.model.enums import OrderState, TimeInForce
from anyvenue.model.numbers import plain
from anyvenue.venues.okx.server.order_words import Words, order_type, state_of
from anyvenue.venues.okx.wire_account import FillRow, LinkedAlgo, OrderRow
from anyvenue.venues.serving.records import OrderChange, Record, TradeRow

__all__ = ["fill_row", "order_push", "order_row"]

_ZERO = Decimal(0)
_BY_USER, _BY_SYSTEM, _FOK, _IOC, _TAKING = "1", "0", "13", "14", "31"
_REASONS = {
    _BY_USER: "Order was canceled by user",
    _BY_SYSTEM: "Order was canceled by system",
    _FOK: "FOK order was canceled due to incompletely filled",
    _IOC: "IOC order was partially canceled due to incompletely filled",
    _TAKING: "The post-only order will take liquidity in taker orders",
}


def order_row(record: Record, leverage: str = "") -> OrderRow:
    """Return an order as asking for it shows it; the last execution is told with it."""
    request, words = record.request, Words.of(record.request)
    spot = record.market == "SPOT"
    row = OrderRow(
        inst_id=record.symbol,
        ord_id=str(record.order_id),
        state=state_of(record),
        side=request.side.value,
        ord_type=order_type(request, words),
        inst_type=record.market,
        cl_ord_id="" if record.client_id.startswith("anyvenue-") else record.client_id,
        tag=words.tag,
        px=plain(request.price) if request.price is not None else "",
        sz=plain(record.money or request.quantity),
        pos_side="" if spot else record.leg or "net",
        td_mode=words.mode or ("cash" if spot else "cross"),
        tgt_ccy=words.unit,
        lever=leverage,
        reduce_only="true" if request.reduce_only else "false",
        acc_fill_sz=plain(record.filled),
        avg_px=plain(record.average) if record.filled else "",
        fee="0",
        rebate="0",
        pnl="0",
        algo_id=words.algo,
        algo_cl_ord_id=words.algo_name,
        c_time=str(record.created_ms),
        u_time=str(record.updated_ms),
    )
    if words.algo:
        row.linked_algo_ord = LinkedAlgo(words.algo)
    _tell_end(row, record)
    _tell_trades(row, record)
    return row


def order_push(record: Record, what: OrderChange, request_id: str, leverage: str = "") -> OrderRow:
    """Return what the stream says of an order: one of `row.trades` where it was traded, else none."""
    row = order_row(record, leverage)
    if what is not OrderChange.TRADED:
        row.trade_id = row.fill_px = row.fill_time = row.exec_type = ""
        row.fill_sz = row.fill_fee = row.fill_pnl = "0"
    if what is OrderChange.MODIFIED:
        row.amend_result, row.req_id, row.amend_source = "0", request_id, "1"
    return row


def fill_row(record: Record, each: TradeRow) -> FillRow:
    """Return one of the account's own executions."""
    fill, words = each.fill, Words.of(record.request)
    return FillRow(
        inst_id=record.symbol,
        ord_id=str(record.order_id),
        trade_id=str(each.number),
        fill_px=plain(fill.price),
        fill_sz=plain(fill.quantity),
        side=fill.side.value,
        ts=str(each.ts_ms),
        inst_type=record.market,
        cl_ord_id="" if record.client_id.startswith("anyvenue-") else record.client_id,
        bill_id=str(each.number),
        tag=words.tag,
        pos_side="" if record.market == "SPOT" else record.leg or "net",
        exec_type="M" if fill.maker else "T",
        fee=plain(-fill.fee),
        fee_ccy=fill.fee_currency,
        fill_time=str(each.ts_ms),
        fill_pnl=plain(each.realised),
    )


def _tell_trades(row: OrderRow, record: Record) -> None:
    if not record.trades:
        return
    last = record.trades[-1]
    shown = fill_row(record, last)
    row.trade_id, row.fill_px, row.fill_sz = shown.trade_id, shown.fill_px, shown.fill_sz
    row.fill_time, row.fill_pnl, row.exec_type = shown.fill_time, shown.fill_pnl, shown.exec_type
    row.fill_fee, row.fill_fee_ccy = shown.fee, shown.fee_ccy
    row.fee = plain(-sum((each.fill.fee for each in record.trades), _ZERO))
    row.fee_ccy = row.rebate_ccy = shown.fee_ccy
    row.pnl = plain(sum((each.realised for each in record.trades), _ZERO))


def _tell_end(row: OrderRow, record: Record) -> None:
    if row.state != "canceled":
        return
    request = record.request
    if record.state is OrderState.CANCELLED:
        source = _BY_USER
    elif request.post_only and not record.filled:
        source = _TAKING
    else:
        times = {TimeInForce.FOK: _FOK, TimeInForce.IOC: _IOC}
        source = times.get(request.time_in_force, _BY_SYSTEM)
    row.cancel_source, row.cancel_source_reason = source, _REASONS[source]
    if source == _BY_SYSTEM and record.reason:
        row.cancel_source_reason = record.reason
