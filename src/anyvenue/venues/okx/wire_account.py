"""What OKX tells of an account, by streams and answers alike: orders, fills, positions, money.

Names and empty strings are as in `wire`. Fees are below zero where they cost.
"""

import msgspec

__all__ = [
    "AccountConfig",
    "AlgoOrderRow",
    "BalanceDetail",
    "BalanceRow",
    "BillRow",
    "FillRow",
    "LeverageRow",
    "LinkedAlgo",
    "OrderRow",
    "PositionRow",
]


class LinkedAlgo(msgspec.Struct, rename="camel", omit_defaults=True):
    """The conditional order that an order came of."""

    algo_id: str = ""


class OrderRow(msgspec.Struct, rename="camel", kw_only=True):
    """An order. `sz` is in contracts, in the base of a pair, or (`tgt_ccy` quote_ccy) in money of a market order.

    The stream has one row for each fill, with `trade_id`, `fill_px`, `fill_sz`, `fill_fee`; `fee` is the total.
    """

    inst_id: str
    ord_id: str
    state: str
    side: str
    ord_type: str
    inst_type: str = ""
    cl_ord_id: str = ""
    tag: str = ""
    px: str = ""
    sz: str = ""
    pos_side: str = ""
    td_mode: str = ""
    tgt_ccy: str = ""
    ccy: str = ""
    lever: str = ""
    reduce_only: str = "false"
    category: str = "normal"
    acc_fill_sz: str = "0"
    avg_px: str = ""
    fill_px: str = ""
    fill_sz: str = ""
    fill_time: str = ""
    fill_pnl: str = ""
    fill_fee: str = ""
    fill_fee_ccy: str = ""
    trade_id: str = ""
    exec_type: str = ""
    fee: str = ""
    fee_ccy: str = ""
    rebate: str = ""
    rebate_ccy: str = ""
    pnl: str = ""
    source: str = ""
    cancel_source: str = ""
    cancel_source_reason: str = ""
    amend_source: str = ""
    amend_result: str = ""
    req_id: str = ""
    algo_id: str = ""
    algo_cl_ord_id: str = ""
    linked_algo_ord: LinkedAlgo | None = None
    stp_mode: str = ""
    code: str = ""
    msg: str = ""
    c_time: str = ""
    u_time: str = ""


class AlgoOrderRow(msgspec.Struct, rename="camel", kw_only=True):
    """A conditional order (trigger, conditional, oco, move_order_stop and others), apart from ordinary ones.

    An order price of -1 is at market. `actual_px` and `actual_sz` are of the order `ord_id` that came of it.
    """

    inst_id: str
    algo_id: str
    state: str
    side: str
    ord_type: str
    inst_type: str = ""
    algo_cl_ord_id: str = ""
    cl_ord_id: str = ""
    ord_id: str = ""
    ord_id_list: list[str] = []
    tag: str = ""
    sz: str = ""
    close_fraction: str = ""
    pos_side: str = ""
    td_mode: str = ""
    ccy: str = ""
    lever: str = ""
    reduce_only: str = "false"
    trigger_px: str = ""
    trigger_px_type: str = ""
    ord_px: str = ""
    sl_trigger_px: str = ""
    sl_trigger_px_type: str = ""
    sl_ord_px: str = ""
    tp_trigger_px: str = ""
    tp_trigger_px_type: str = ""
    tp_ord_px: str = ""
    callback_ratio: str = ""
    callback_spread: str = ""
    active_px: str = ""
    move_trigger_px: str = ""
    actual_px: str = ""
    actual_sz: str = ""
    actual_side: str = ""
    trigger_time: str = ""
    fail_code: str = ""
    c_time: str = ""
    u_time: str = ""


class FillRow(msgspec.Struct, rename="camel", kw_only=True):
    """One execution of the account's own orders."""

    inst_id: str
    ord_id: str
    trade_id: str
    fill_px: str
    fill_sz: str
    side: str
    ts: str
    inst_type: str = ""
    cl_ord_id: str = ""
    bill_id: str = ""
    tag: str = ""
    pos_side: str = ""
    exec_type: str = ""
    fee: str = ""
    fee_ccy: str = ""
    fill_time: str = ""
    fill_pnl: str = ""


class PositionRow(msgspec.Struct, rename="camel", kw_only=True):
    """A position: `pos` contracts, with a sign where `pos_side` is net.

    Of a margin position `pos` is in `pos_ccy`, and what was borrowed in `liab` (below zero) of `liab_ccy`.
    """

    inst_id: str
    pos: str
    pos_side: str
    inst_type: str = ""
    pos_id: str = ""
    mgn_mode: str = ""
    avail_pos: str = ""
    avg_px: str = ""
    mark_px: str = ""
    last: str = ""
    upl: str = ""
    upl_ratio: str = ""
    lever: str = ""
    liq_px: str = ""
    margin: str = ""
    imr: str = ""
    mmr: str = ""
    mgn_ratio: str = ""
    pos_ccy: str = ""
    ccy: str = ""
    liab: str = ""
    liab_ccy: str = ""
    interest: str = ""
    trade_id: str = ""
    notional_usd: str = ""
    adl: str = ""
    realized_pnl: str = ""
    pnl: str = ""
    fee: str = ""
    funding_fee: str = ""
    c_time: str = ""
    u_time: str = ""


class BalanceDetail(msgspec.Struct, rename="camel", kw_only=True):
    """Money of one currency: `cash_bal`, `eq` with profit of open positions, `avail_bal` to be used.

    `frozen_bal` is what orders and isolated positions hold; `liab` was borrowed.
    """

    ccy: str
    eq: str = ""
    cash_bal: str = ""
    avail_bal: str = ""
    avail_eq: str = ""
    frozen_bal: str = ""
    ord_frozen: str = ""
    imr: str = ""
    mmr: str = ""
    upl: str = ""
    liab: str = ""
    interest: str = ""
    iso_eq: str = ""
    iso_upl: str = ""
    eq_usd: str = ""
    dis_eq: str = ""
    mgn_ratio: str = ""
    spot_bal: str = ""
    u_time: str = ""


class BalanceRow(msgspec.Struct, rename="camel", kw_only=True):
    """The money of an account; totals are in USD."""

    details: list[BalanceDetail] = []
    total_eq: str = ""
    adj_eq: str = ""
    avail_eq: str = ""
    iso_eq: str = ""
    imr: str = ""
    mmr: str = ""
    mgn_ratio: str = ""
    notional_usd: str = ""
    ord_froz: str = ""
    upl: str = ""
    u_time: str = ""


class AccountConfig(msgspec.Struct, rename="camel", kw_only=True):
    """How an account is set: `acct_lv` 1 spot, 2 futures, 3 multi-currency, 4 portfolio margin.

    `pos_mode` is net_mode or long_short_mode; `perm` lists what the key may do: read_only, trade, withdraw.
    """

    uid: str = ""
    acct_lv: str = ""
    pos_mode: str = ""
    auto_loan: bool = False
    level: str = ""
    perm: str = ""
    ip: str = ""
    label: str = ""


class LeverageRow(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """The leverage chosen for an instrument in a margin mode."""

    inst_id: str
    lever: str
    mgn_mode: str
    pos_side: str = ""
    ccy: str = ""


class BillRow(msgspec.Struct, rename="camel", kw_only=True):
    """A movement of money; `type` 8 is funding, with `bal_chg` of `ccy`."""

    bill_id: str
    ccy: str
    bal_chg: str
    type: str
    ts: str
    sub_type: str = ""
    inst_id: str = ""
    inst_type: str = ""
    bal: str = ""
    sz: str = ""
    px: str = ""
    pnl: str = ""
    fee: str = ""
    ord_id: str = ""
    trade_id: str = ""
