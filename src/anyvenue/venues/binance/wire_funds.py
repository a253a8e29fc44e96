"""Bodies of Binance's REST answers about an account: money, positions, trades and terms."""

from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

__all__ = [
    "AssetMode",
    "Bracket",
    "FuturesAccount",
    "FuturesAsset",
    "FuturesPosition",
    "FuturesTrade",
    "LeverageReply",
    "SpotAccount",
    "SpotBalance",
    "SpotTrade",
    "SymbolBrackets",
    "SymbolConfig",
]

_ZERO = Decimal(0)


class SpotBalance(msgspec.Struct):
    """Money of one currency in a spot account."""

    asset: str
    free: Decimal
    locked: Decimal


class SpotAccount(msgspec.Struct, rename="camel"):
    """A spot account."""

    balances: list[SpotBalance]
    update_time: int = 0
    can_trade: bool = True
    can_withdraw: bool = True
    can_deposit: bool = True
    account_type: str = "SPOT"
    maker_commission: int = 0
    taker_commission: int = 0
    buyer_commission: int = 0
    seller_commission: int = 0
    permissions: list[str] = []
    uid: int = 0


class SpotTrade(msgspec.Struct, rename="camel"):
    """One of the account's own trades of spot."""

    symbol: str
    id: int
    order_id: int
    price: Decimal
    qty: Decimal
    quote_qty: Decimal
    commission: Decimal
    commission_asset: str
    time: int
    is_buyer: bool
    is_maker: bool
    is_best_match: bool = True
    order_list_id: int = -1


class FuturesTrade(msgspec.Struct, rename="camel"):
    """One of the account's own trades of USD-M."""

    symbol: str
    id: int
    order_id: int
    side: str
    price: Decimal
    qty: Decimal
    quote_qty: Decimal
    commission: Decimal
    commission_asset: str
    time: int
    buyer: bool
    maker: bool
    position_side: str = "BOTH"
    realized_pnl: Decimal = _ZERO
    margin_asset: str = ""


class FuturesAsset(msgspec.Struct, rename="camel"):
    """Money of one currency in a USD-M account."""

    asset: str
    wallet_balance: Decimal
    unrealized_profit: Decimal = _ZERO
    margin_balance: Decimal = _ZERO
    maint_margin: Decimal = _ZERO
    initial_margin: Decimal = _ZERO
    position_initial_margin: Decimal = _ZERO
    open_order_initial_margin: Decimal = _ZERO
    cross_wallet_balance: Decimal = _ZERO
    cross_un_pnl: Decimal = _ZERO
    available_balance: Decimal = _ZERO
    max_withdraw_amount: Decimal = _ZERO
    update_time: int = 0


class FuturesAccount(msgspec.Struct, rename="camel"):
    """A USD-M account; positions are asked for on their own."""

    assets: list[FuturesAsset]
    total_wallet_balance: Decimal = _ZERO
    total_unrealized_profit: Decimal = _ZERO
    total_margin_balance: Decimal = _ZERO
    total_initial_margin: Decimal = _ZERO
    total_maint_margin: Decimal = _ZERO
    available_balance: Decimal = _ZERO
    can_trade: bool | UnsetType = UNSET


class FuturesPosition(msgspec.Struct, rename="camel", kw_only=True):
    """A position of USD-M; version 3 of the request leaves leverage and margin type to `SymbolConfig`."""

    symbol: str
    position_side: str = "BOTH"
    position_amt: Decimal
    entry_price: Decimal
    break_even_price: Decimal = _ZERO
    mark_price: Decimal = _ZERO
    un_realized_profit: Decimal = _ZERO
    liquidation_price: Decimal = _ZERO
    isolated_margin: Decimal = _ZERO
    isolated_wallet: Decimal = _ZERO
    notional: Decimal = _ZERO
    margin_asset: str | UnsetType = UNSET
    initial_margin: Decimal | UnsetType = UNSET
    maint_margin: Decimal | UnsetType = UNSET
    leverage: Decimal | UnsetType = UNSET
    margin_type: str | UnsetType = UNSET
    update_time: int = 0


class SymbolConfig(msgspec.Struct, rename="camel"):
    """The terms chosen for a symbol: CROSSED or ISOLATED, and the leverage."""

    symbol: str
    margin_type: str
    is_auto_add_margin: bool = False
    leverage: int = 20
    max_notional_value: str = "0"


class LeverageReply(msgspec.Struct, rename="camel"):
    """The leverage that was set."""

    symbol: str
    leverage: int
    max_notional_value: str = "0"


class AssetMode(msgspec.Struct, rename={"joint": "multiAssetsMargin"}):
    """Whether every currency of the account margins every contract."""

    joint: bool


class Bracket(msgspec.Struct, rename="camel"):
    """One row of a leverage table: holds for positions worth up to `notional_cap`."""

    bracket: int
    initial_leverage: Decimal
    notional_cap: Decimal
    notional_floor: Decimal
    maint_margin_ratio: Decimal
    cum: Decimal = _ZERO


class SymbolBrackets(msgspec.Struct):
    """The leverage table of a symbol."""

    symbol: str
    brackets: list[Bracket]
