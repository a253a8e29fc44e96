"""Bodies of Backpack's answers: markets, books, bars, orders, money.

Names, numbers and times are as in `wire`; a reader must not be strict.
"""

from decimal import Decimal

import msgspec

__all__ = [
    "AccountReply",
    "BatchRow",
    "CapitalRow",
    "CollateralReply",
    "CollateralRow",
    "DepthReply",
    "ErrorBody",
    "FillRow",
    "Filters",
    "FundingRow",
    "KlineRow",
    "LendRow",
    "MarginFunction",
    "MarkPriceRow",
    "MarketRow",
    "OrderRow",
    "PositionRow",
    "PriceFilter",
    "PublicTradeRow",
    "QuantityFilter",
]

Level = tuple[float, float]


class ErrorBody(msgspec.Struct):
    """A refusal: the venue's word for it and a text."""

    code: str
    message: str = ""


class PriceFilter(msgspec.Struct, rename="camel"):
    """Which prices are taken."""

    tick_size: Decimal
    min_price: Decimal | None = None
    max_price: Decimal | None = None


class QuantityFilter(msgspec.Struct, rename="camel"):
    """Which quantities are taken."""

    step_size: Decimal
    min_quantity: Decimal
    max_quantity: Decimal | None = None


class Filters(msgspec.Struct):
    """The rules of a market."""

    price: PriceFilter
    quantity: QuantityFilter


class MarginFunction(msgspec.Struct):
    """Margin as a share of a position's value: `base`, more for large ones."""

    base: Decimal


class MarketRow(msgspec.Struct, rename="camel", kw_only=True):
    """What is traded; `market_type` is SPOT, PERP and others, `funding_interval` in ms.

    Margin functions are of perpetuals: the initial one, and what must be kept.
    """

    symbol: str
    base_symbol: str
    quote_symbol: str
    filters: Filters | None = None
    market_type: str = "SPOT"
    order_book_state: str = "Open"
    funding_interval: int | None = None
    visible: bool = True
    created_at: str = ""
    imf_function: MarginFunction | None = None
    mmf_function: MarginFunction | None = None


class DepthReply(msgspec.Struct, rename="camel"):
    """The book as of update `last_update_id`; `timestamp` is in microseconds. Bids begin with the lowest."""

    last_update_id: int
    bids: list[Level]
    asks: list[Level]
    timestamp: int = 0


class KlineRow(msgspec.Struct, rename="camel", gc=False):
    """A bar of an answer; times are texts in UTC. A bar without trades has no prices."""

    start: str
    end: str
    open: float | None = None
    high: float | None = None
    low: float | None = None
    close: float | None = None
    volume: float = 0.0
    quote_volume: float = 0.0
    trades: int = 0


class PublicTradeRow(msgspec.Struct, rename="camel", gc=False):
    """A public trade of an answer; its time is in ms."""

    id: int
    price: float
    quantity: float
    timestamp: int
    is_buyer_maker: bool


class MarkPriceRow(msgspec.Struct, rename="camel"):
    """Mark price and funding of a perpetual; the time is in ms."""

    funding_rate: Decimal
    index_price: Decimal
    mark_price: Decimal
    next_funding_timestamp: int
    symbol: str = ""


class FundingRow(msgspec.Struct, rename="camel", kw_only=True):
    """A funding rate that was charged; of the account's own history `quantity` is what was paid."""

    symbol: str
    funding_rate: Decimal
    interval_end_timestamp: str
    quantity: Decimal | None = None


class OrderRow(msgspec.Struct, rename="camel", kw_only=True):
    """An order as answers tell it; `created_at` is ms, or a text in histories."""

    id: str
    status: str
    created_at: int | str = 0
    symbol: str = ""
    side: str = ""
    order_type: str = ""
    client_id: int | None = None
    time_in_force: str = "GTC"
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    executed_quantity: Decimal | None = None
    executed_quote_quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_quantity: str | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    related_order_id: str | None = None
    expiry_reason: str | None = None
    triggered_at: int | None = None


class BatchRow(OrderRow, rename="camel", kw_only=True):
    """The answer to one order of a batch: an order (`operation` is Ok), or a refusal (Err)."""

    id: str = ""
    status: str = ""
    operation: str = ""
    code: str = ""
    message: str = ""


class AccountReply(msgspec.Struct, rename="camel", kw_only=True):
    """How an account is set; fees are in hundredths of a percent, leverage is for all perpetuals."""

    leverage_limit: Decimal
    futures_maker_fee: Decimal | None = None
    futures_taker_fee: Decimal | None = None
    spot_maker_fee: Decimal | None = None
    spot_taker_fee: Decimal | None = None
    liquidating: bool = False


class FillRow(msgspec.Struct, rename="camel", kw_only=True):
    """One execution of the account's own orders; `timestamp` is a text in UTC."""

    order_id: str
    trade_id: int | None = None
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_symbol: str
    timestamp: str
    symbol: str = ""
    side: str = ""
    is_maker: bool = False
    client_id: int | str | None = None


class CapitalRow(msgspec.Struct):
    """Money of one currency."""

    available: Decimal
    locked: Decimal = Decimal(0)
    staked: Decimal = Decimal(0)


class CollateralRow(msgspec.Struct, rename="camel", kw_only=True):
    """What an account has of one currency that backs its positions."""

    symbol: str
    total_quantity: Decimal
    available_quantity: Decimal
    lend_quantity: Decimal = Decimal(0)
    open_order_quantity: Decimal = Decimal(0)
    collateral_value: Decimal | None = None
    collateral_weight: Decimal | None = None


class CollateralReply(msgspec.Struct, rename="camel", kw_only=True):
    """The account as a whole, in USD, and what backs it."""

    collateral: list[CollateralRow]
    net_equity: Decimal
    net_equity_available: Decimal
    assets_value: Decimal | None = None
    liabilities_value: Decimal | None = None
    pnl_unrealized: Decimal | None = None
    margin_fraction: Decimal | None = None


class LendRow(msgspec.Struct, rename="camel"):
    """What is lent of one currency, below zero what is borrowed; lent money is not among the available."""

    symbol: str
    net_quantity: Decimal


class PositionRow(msgspec.Struct, rename="camel", kw_only=True):
    """A position; `net_quantity` is below zero when it is short."""

    symbol: str
    net_quantity: Decimal
    entry_price: Decimal
    position_id: str = ""
    mark_price: Decimal | None = None
    break_even_price: Decimal | None = None
    est_liquidation_price: Decimal | None = None
    pnl_realized: Decimal | None = None
    pnl_unrealized: Decimal | None = None
    net_cost: Decimal | None = None
    net_exposure_quantity: Decimal | None = None
    net_exposure_notional: Decimal | None = None
    cumulative_funding_payment: Decimal | None = None
    imf: Decimal | None = None
    mmf: Decimal | None = None
