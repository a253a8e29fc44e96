"""What OKX sends over its WebSockets about markets, and the frames of requests and answers.

The rest of the wire: `wire_rest` (answers about markets) and `wire_account` (orders, positions, money).

Field names are the venue's in our spelling (``bid_px`` is ``bidPx``). Nearly every number is a string at OKX, and an
empty string is how it says that there is none, so they are strings here and `parse` makes numbers of them. The one
structure serves both directions: what a reader may find absent has a default. Unknown fields are passed over, so the
venue may add some. A ping is the bare text ``ping``, its answer ``pong``. Source: OKX's documentation of API v5 and its
change log up to 2026.
"""

import msgspec
from msgspec import UNSET, UnsetType

__all__ = [
    "PING",
    "PONG",
    "Acknowledged",
    "Argument",
    "BestLevel",
    "BestRow",
    "BookLevel",
    "BookUpdate",
    "CandleRow",
    "Event",
    "Frame",
    "FundingRow",
    "IndexTicker",
    "Login",
    "LoginArgument",
    "MarkPriceRow",
    "OpReply",
    "OpRequest",
    "Subscribe",
    "TickerRow",
    "TradeRow",
]

PING = b"ping"
PONG = b"pong"

# ---- frames


class Argument(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, gc=False):
    """Which stream: a channel and what of it."""

    channel: str
    inst_id: str = ""
    inst_type: str = ""
    inst_family: str = ""
    ccy: str = ""
    uid: str = ""
    algo_id: str = ""
    sprd_id: str = ""
    extra_params: str = ""


class Frame(msgspec.Struct, rename="camel", omit_defaults=True):
    """Every frame that comes: an event (`event`), an answer to a request (`op`), or what a stream tells (`data`).

    `action` is snapshot or update on incremental books. Accounts and positions come in pages: `last_page` is False on
    all but the last.
    """

    event: str = ""
    op: str = ""
    id: str = ""
    arg: Argument | None = None
    action: str = ""
    event_type: str = ""
    cur_page: int = 0
    last_page: bool = True
    code: str = ""
    msg: str = ""
    conn_id: str = ""
    in_time: str = ""
    out_time: str = ""
    data: msgspec.Raw | UnsetType = UNSET


class Event(msgspec.Struct, rename="camel", omit_defaults=True):
    """An answer to login and subscribing, or a notice: event login, subscribe, unsubscribe, error, notice.

    Notice 64008 announces that the connection will be closed for an upgrade.
    """

    event: str
    id: str = ""
    arg: Argument | None = None
    code: str = ""
    msg: str = ""
    conn_id: str = ""


class Subscribe(msgspec.Struct, omit_defaults=True):
    """Ask for streams (`op` subscribe), or give them up (unsubscribe)."""

    op: str
    args: list[Argument]
    id: str = ""


class LoginArgument(msgspec.Struct, rename="camel"):
    """Who logs in; `timestamp` is in seconds."""

    api_key: str
    passphrase: str
    timestamp: str
    sign: str


class Login(msgspec.Struct):
    """Log in to a private connection."""

    args: list[LoginArgument]
    op: str = "login"


class OpRequest(msgspec.Struct, rename="camel", omit_defaults=True):
    """A request about orders: order, batch-orders, cancel-order, amend-order and their batches, mass-cancel.

    `id` comes back in the answer. `exp_time` (ms) is when the venue shall not do it any more.
    """

    id: str
    op: str
    args: list[dict[str, str | int | bool]]
    exp_time: str = ""


class Acknowledged(msgspec.Struct, rename="camel", omit_defaults=True):
    """What became of one order, change or cancel: `s_code` "0", or the venue's code with `s_msg`.

    Taking an order up says nothing of its state yet. Conditional orders have `algo_id` and `algo_cl_ord_id`.
    """

    ord_id: str = ""
    cl_ord_id: str = ""
    tag: str = ""
    ts: str = ""
    algo_id: str = ""
    algo_cl_ord_id: str = ""
    req_id: str = ""
    s_code: str = "0"
    s_msg: str = ""
    sub_code: str = ""


class OpReply(msgspec.Struct, rename="camel", omit_defaults=True):
    """Answer to an `OpRequest`: `code` is 0 where all of it was done, 1 where nothing, 2 where some was."""

    id: str = ""
    op: str = ""
    code: str = "0"
    msg: str = ""
    data: list[Acknowledged] = []
    in_time: str = ""
    out_time: str = ""


# ---- market streams


class TickerRow(msgspec.Struct, rename="camel", gc=False):
    """Best prices, the last trade and statistics of 24 hours. Sizes of contracts are in contracts."""

    inst_id: str
    last: str = ""
    ask_px: str = ""
    ask_sz: str = ""
    bid_px: str = ""
    bid_sz: str = ""
    ts: str = ""
    inst_type: str = ""
    last_sz: str = ""
    open24h: str = ""
    high24h: str = ""
    low24h: str = ""
    vol_ccy24h: str = msgspec.field(default="", name="volCcy24h")
    vol24h: str = ""
    sod_utc0: str = ""
    sod_utc8: str = ""


class TradeRow(msgspec.Struct, rename="camel", gc=False, omit_defaults=True):
    """A public trade; `side` is the taker's. The channel trades joins `count` fills of one taker at one price."""

    inst_id: str
    trade_id: str
    px: str
    sz: str
    side: str
    ts: str
    count: str = ""
    source: str = ""
    seq_id: int | UnsetType = UNSET


class BookLevel(msgspec.Struct, array_like=True, gc=False):
    """A price level: its whole size ("0" takes it away), a field without use, and how many orders it is."""

    price: str
    size: str
    unused: str = "0"
    orders: str = "1"


class BookUpdate(msgspec.Struct, rename="camel", omit_defaults=True):
    """Levels of a book as of `ts`, a snapshot or changes, as the frame's action says.

    `seq_id` follows `prev_seq_id`, which is -1 for a snapshot. Books recorded before 2023 have neither. `checksum` is a
    signed CRC-32 (`books.checksum_of`); the venue gives it up in 2026 and writes 0 from then on.
    """

    asks: list[BookLevel]
    bids: list[BookLevel]
    ts: str
    checksum: int = 0
    prev_seq_id: int | UnsetType = UNSET
    seq_id: int | UnsetType = UNSET
    inst_id: str = ""


class BestLevel(msgspec.Struct, array_like=True, gc=False):
    """The price and the size of a best level, as numbers."""

    price: float
    size: float


class BestRow(msgspec.Struct, gc=False):
    """The best levels as of `ts`, read as quickly as can be: of the channel bbo-tbt."""

    asks: list[BestLevel]
    bids: list[BestLevel]
    ts: int


class CandleRow(msgspec.Struct, array_like=True, gc=False):
    """One bar; `volume` in contracts, or the base of a pair; `confirm` is "1" when it is done.

    `volume_ccy` is in the coin (base), `volume_quote` in the quote currency. Bars of a price (mark, index) have no
    volume: there `confirm` comes sixth.
    """

    ts: str
    open: str
    high: str
    low: str
    close: str
    volume: str = ""
    volume_ccy: str = ""
    volume_quote: str = ""
    confirm: str = ""


class MarkPriceRow(msgspec.Struct, rename="camel", gc=False, omit_defaults=True):
    """The price positions are marked at."""

    inst_id: str
    mark_px: str
    ts: str
    inst_type: str = ""


class IndexTicker(msgspec.Struct, rename="camel", gc=False, omit_defaults=True):
    """The price of an index."""

    inst_id: str
    idx_px: str
    ts: str
    open24h: str = ""
    high24h: str = ""
    low24h: str = ""
    sod_utc0: str = ""
    sod_utc8: str = ""


class FundingRow(msgspec.Struct, rename="camel", gc=False, omit_defaults=True):
    """Funding of a perpetual: `funding_rate` is due at `funding_time`, the next at `next_funding_time`.

    The stream may leave the rate out while there is none. Answers about the past have `realized_rate`, what was
    charged.
    """

    inst_id: str
    funding_rate: str = ""
    funding_time: str = ""
    inst_type: str = ""
    next_funding_rate: str = ""
    next_funding_time: str = ""
    min_funding_rate: str = ""
    max_funding_rate: str = ""
    interest_rate: str = ""
    premium: str = ""
    sett_state: str = ""
    sett_funding_rate: str = ""
    prev_funding_time: str = ""
    method: str = ""
    formula_type: str = ""
    realized_rate: str = ""
    ts: str = ""
