"""Bodies of OKX's REST answers about what is listed, and the books and bars of it.

Names and empty strings are as in `wire`. Every answer is a `Reply`.
"""

from typing import Generic, TypeVar

import msgspec

from anyvenue.venues.okx.wire import BookUpdate

__all__ = ["BookReply", "FeeRow", "InstrumentRow", "Reply", "ServerTime"]

T = TypeVar("T")


class Reply(msgspec.Struct, Generic[T]):
    """An answer: `code` "0" and `data`, or the venue's code and text.

    Requests about orders answer with code "1" (nothing was done) or "2" (some was), and the reasons in `data`.
    """

    code: str
    data: list[T] = []
    msg: str = ""


class ServerTime(msgspec.Struct):
    """The venue's time in ms."""

    ts: str


class InstrumentRow(msgspec.Struct, rename="camel", kw_only=True):
    """What is traded: a pair (SPOT, MARGIN), or a contract (SWAP, FUTURES, OPTION).

    A contract is worth `ct_val` x `ct_mult` of `ct_val_ccy`. Sizes of contracts are in contracts. `inst_id_code` is
    what orders over WebSocket call it since February 2026.
    """

    inst_id: str
    inst_type: str
    inst_id_code: int | None = None
    inst_family: str = ""
    uly: str = ""
    base_ccy: str = ""
    quote_ccy: str = ""
    settle_ccy: str = ""
    ct_val: str = ""
    ct_mult: str = ""
    ct_val_ccy: str = ""
    ct_type: str = ""
    opt_type: str = ""
    stk: str = ""
    list_time: str = ""
    exp_time: str = ""
    tick_sz: str = ""
    lot_sz: str = ""
    min_sz: str = ""
    lever: str = ""
    alias: str = ""
    state: str = "live"
    rule_type: str = "normal"
    category: str = ""
    max_lmt_sz: str = ""
    max_mkt_sz: str = ""
    max_lmt_amt: str = ""
    max_mkt_amt: str = ""
    max_twap_sz: str = ""
    max_iceberg_sz: str = ""
    max_trigger_sz: str = ""
    max_stop_sz: str = ""
    trade_quote_ccy_list: list[str] = []


class BookReply(BookUpdate):
    """A book as an answer: without sequence numbers of old, with `seq_id` since."""


class FeeRow(msgspec.Struct, rename="camel", omit_defaults=True):
    """The account's fee rates, below zero where they cost; `maker_u` of contracts settled in USDT."""

    inst_type: str
    level: str = ""
    maker: str = ""
    taker: str = ""
    maker_u: str = msgspec.field(default="", name="makerU")
    taker_u: str = msgspec.field(default="", name="takerU")
    maker_usdc: str = msgspec.field(default="", name="makerUSDC")
    taker_usdc: str = msgspec.field(default="", name="takerUSDC")
    delivery: str = ""
    exercise: str = ""
    category: str = ""
    uly: str = ""
    ts: str = ""
