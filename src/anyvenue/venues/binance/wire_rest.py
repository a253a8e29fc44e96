"""Bodies of Binance's REST answers, which its WebSocket API gives as results, too.

Field names are the venue's in our spelling (``orig_qty`` is ``origQty``). What only one of the two markets, or only
some requests give is UNSET elsewhere and not written.
"""

from decimal import Decimal
from typing import Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType, field

__all__ = [
    "AggregateRow",
    "AlgoOrder",
    "CancelReplaceReply",
    "DepthReply",
    "ExchangeInfo",
    "Filter",
    "FundingInfo",
    "FundingRecord",
    "FuturesOrder",
    "KlineRow",
    "ListenKey",
    "OrderFill",
    "PremiumIndex",
    "RateLimitRule",
    "ServerTime",
    "SpotOrder",
    "SymbolInfo",
]

N = TypeVar("N")

_ZERO = Decimal(0)


class ServerTime(msgspec.Struct, rename="camel"):
    """The venue's time."""

    server_time: int


class ListenKey(msgspec.Struct, rename="camel"):
    """The name of a USD-M account's stream, good for an hour after it was last asked for."""

    listen_key: str


# ---- what is listed


class RateLimitRule(msgspec.Struct, rename="camel"):
    """`limit` of a kind (REQUEST_WEIGHT, ORDERS, RAW_REQUESTS) in `interval_num` intervals."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int


class Filter(msgspec.Struct, rename="camel", omit_defaults=True):
    """A rule of a symbol; which fields are set depends on `filter_type`."""

    filter_type: str
    min_price: Decimal | UnsetType = UNSET
    max_price: Decimal | UnsetType = UNSET
    tick_size: Decimal | UnsetType = UNSET
    min_qty: Decimal | UnsetType = UNSET
    max_qty: Decimal | UnsetType = UNSET
    step_size: Decimal | UnsetType = UNSET
    min_notional: Decimal | UnsetType = UNSET
    max_notional: Decimal | UnsetType = UNSET
    notional: Decimal | UnsetType = UNSET
    multiplier_up: Decimal | UnsetType = UNSET
    multiplier_down: Decimal | UnsetType = UNSET
    multiplier_decimal: Decimal | UnsetType = UNSET
    limit: int | UnsetType = UNSET
    max_num_orders: int | UnsetType = UNSET
    max_num_algo_orders: int | UnsetType = UNSET
    apply_to_market: bool | UnsetType = UNSET
    avg_price_mins: int | UnsetType = UNSET


class SymbolInfo(msgspec.Struct, rename="camel", kw_only=True):
    """What is traded as `symbol`: a pair of spot, or a contract (with `contract_type`) of USD-M."""

    symbol: str
    status: str = "TRADING"
    base_asset: str
    quote_asset: str
    filters: list[Filter] = []
    order_types: list[str] = []
    base_asset_precision: int = 8
    quote_precision: int = 8
    # spot
    quote_asset_precision: int | UnsetType = UNSET
    iceberg_allowed: bool | UnsetType = UNSET
    oco_allowed: bool | UnsetType = UNSET
    allow_trailing_stop: bool | UnsetType = UNSET
    cancel_replace_allowed: bool | UnsetType = UNSET
    amend_allowed: bool | UnsetType = UNSET
    quote_order_qty_market_allowed: bool | UnsetType = UNSET
    is_spot_trading_allowed: bool | UnsetType = UNSET
    is_margin_trading_allowed: bool | UnsetType = UNSET
    permissions: list[str] | UnsetType = UNSET
    permission_sets: list[list[str]] | UnsetType = UNSET
    default_self_trade_prevention_mode: str | UnsetType = UNSET
    # USD-M
    pair: str | UnsetType = UNSET
    contract_type: str | UnsetType = UNSET
    delivery_date: int | UnsetType = UNSET
    onboard_date: int | UnsetType = UNSET
    margin_asset: str | UnsetType = UNSET
    price_precision: int | UnsetType = UNSET
    quantity_precision: int | UnsetType = UNSET
    underlying_type: str | UnsetType = UNSET
    maint_margin_percent: Decimal | UnsetType = UNSET
    required_margin_percent: Decimal | UnsetType = UNSET
    liquidation_fee: Decimal | UnsetType = UNSET
    market_take_bound: Decimal | UnsetType = UNSET
    trigger_protect: Decimal | UnsetType = UNSET
    time_in_force: list[str] | UnsetType = UNSET


class ExchangeInfo(msgspec.Struct, rename="camel"):
    """What is listed, and how many requests are taken."""

    timezone: str = "UTC"
    server_time: int = 0
    rate_limits: list[RateLimitRule] = []
    symbols: list[SymbolInfo] = []


# ---- market data


class DepthReply(msgspec.Struct, Generic[N], rename="camel"):
    """The book as of update `last_update_id`; USD-M says when, as `event_ms` and `ts_ms`."""

    last_update_id: int
    bids: list[tuple[N, N]]
    asks: list[tuple[N, N]]
    event_ms: int | UnsetType = field(default=UNSET, name="E")
    ts_ms: int | UnsetType = field(default=UNSET, name="T")


class AggregateRow(
    msgspec.Struct,
    Generic[N],
    rename={"trade_id": "a", "price": "p", "size": "q", "ts_ms": "T", "buyer_is_maker": "m"},
    gc=False,
):
    """Trades of one taker order at one price, as ``aggTrades`` lists them; their numbers have no holes."""

    trade_id: int
    price: N
    size: N
    ts_ms: int
    buyer_is_maker: bool


class KlineRow(msgspec.Struct, Generic[N], array_like=True):
    """One bar of an answer with klines."""

    start_ms: int
    open: N
    high: N
    low: N
    close: N
    volume: N
    end_ms: int
    turnover: N
    trades: int = 0
    taker_volume: N | None = None
    taker_turnover: N | None = None
    unused: str = "0"


class PremiumIndex(msgspec.Struct, rename="camel"):
    """Mark price and funding of a contract."""

    symbol: str
    mark_price: Decimal
    index_price: Decimal = _ZERO
    estimated_settle_price: Decimal = _ZERO
    last_funding_rate: str = "0"
    interest_rate: str = "0"
    next_funding_time: int = 0
    time: int = 0


class FundingInfo(msgspec.Struct, rename="camel"):
    """How often funding of a contract is charged; contracts that are not listed have eight hours."""

    symbol: str
    funding_interval_hours: int = 8


class FundingRecord(msgspec.Struct, rename="camel"):
    """A funding rate that was charged."""

    symbol: str
    funding_rate: Decimal
    funding_time: int
    mark_price: str = ""


# ---- orders


class OrderFill(msgspec.Struct, rename="camel"):
    """One execution within the full answer to an order of spot."""

    price: Decimal
    qty: Decimal
    commission: Decimal
    commission_asset: str
    trade_id: int = 0


class SpotOrder(msgspec.Struct, rename="camel", kw_only=True):
    """An order of spot as placing, asking, listing and cancelling answer with it.

    A cancel's answer has the cancel's own id as `client_order_id`, the order's in `orig_client_order_id`. The shortest
    answer to placing (ACK) has ids and `transact_time` only.
    """

    symbol: str
    order_id: int
    order_list_id: int = -1
    client_order_id: str
    orig_client_order_id: str | UnsetType = UNSET
    transact_time: int | UnsetType = UNSET
    price: Decimal | UnsetType = UNSET
    orig_qty: Decimal | UnsetType = UNSET
    executed_qty: Decimal | UnsetType = UNSET
    orig_quote_order_qty: Decimal | UnsetType = UNSET
    cummulative_quote_qty: Decimal | UnsetType = UNSET
    status: str | UnsetType = UNSET
    time_in_force: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    side: str | UnsetType = UNSET
    stop_price: Decimal | UnsetType = UNSET
    iceberg_qty: Decimal | UnsetType = UNSET
    trailing_delta: int | UnsetType = UNSET
    time: int | UnsetType = UNSET
    update_time: int | UnsetType = UNSET
    is_working: bool | UnsetType = UNSET
    working_time: int | UnsetType = UNSET
    self_trade_prevention_mode: str | UnsetType = UNSET
    fills: list[OrderFill] | UnsetType = UNSET


class CancelReplaceReply(msgspec.Struct, rename="camel"):
    """What became of both halves: SUCCESS, FAILURE or NOT_ATTEMPTED, with an order or an error each.

    Where one failed it comes as `data` of an error -2021 or -2022.
    """

    cancel_result: str
    new_order_result: str
    cancel_response: msgspec.Raw | UnsetType = UNSET
    new_order_response: msgspec.Raw | UnsetType = UNSET


class FuturesOrder(msgspec.Struct, rename="camel", kw_only=True):
    """An order of USD-M; `avg_price` is of what was filled, `cum_quote` its worth."""

    order_id: int
    symbol: str
    status: str
    client_order_id: str
    price: Decimal = _ZERO
    avg_price: Decimal = _ZERO
    orig_qty: Decimal = _ZERO
    executed_qty: Decimal = _ZERO
    cum_quote: Decimal = _ZERO
    time_in_force: str = "GTC"
    type: str = "LIMIT"
    reduce_only: bool = False
    close_position: bool = False
    side: str = "BUY"
    position_side: str = "BOTH"
    stop_price: Decimal = _ZERO
    working_type: str = "CONTRACT_PRICE"
    price_protect: bool = False
    orig_type: str = ""
    price_match: str = "NONE"
    self_trade_prevention_mode: str = "NONE"
    good_till_date: int = 0
    time: int | UnsetType = UNSET
    update_time: int = 0


class AlgoOrder(msgspec.Struct, rename="camel", kw_only=True):
    """A conditional order of USD-M (since December 2025 these are no ordinary orders until they trigger)."""

    algo_id: int
    client_algo_id: str
    algo_type: str = "CONDITIONAL"
    order_type: str = ""
    type: str | UnsetType = UNSET
    symbol: str
    side: str
    position_side: str = "BOTH"
    time_in_force: str = "GTC"
    quantity: Decimal = _ZERO
    algo_status: str = "NEW"
    trigger_price: Decimal = _ZERO
    price: Decimal = _ZERO
    working_type: str = "CONTRACT_PRICE"
    reduce_only: bool = False
    close_position: bool = False
    price_protect: bool = False
    activate_price: Decimal | UnsetType = UNSET
    callback_rate: Decimal | UnsetType = UNSET
    actual_order_id: str | UnsetType = UNSET
    good_till_date: int = 0
    create_time: int = 0
    update_time: int = 0
