"""What Binance sends over the stream of a USD-M account, at ``/private/ws?listenKey=``."""

from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

__all__ = [
    "AccountConfigUpdate",
    "AccountUpdate",
    "AlgoUpdate",
    "FuturesEvent",
    "ListenKeyExpired",
    "OrderTradeUpdate",
    "UserAlgo",
    "UserFigures",
    "UserLeverage",
    "UserOrder",
    "UserPosition",
    "UserWallet",
]

_ZERO = Decimal(0)


class UserOrder(
    msgspec.Struct,
    rename={
        "symbol": "s",
        "client_id": "c",
        "side": "S",
        "type": "o",
        "time_in_force": "f",
        "quantity": "q",
        "price": "p",
        "average": "ap",
        "stop_price": "sp",
        "what": "x",
        "status": "X",
        "venue_id": "i",
        "last_quantity": "l",
        "filled": "z",
        "last_price": "L",
        "fee_currency": "N",
        "fee": "n",
        "ts_ms": "T",
        "trade_id": "t",
        "maker": "m",
        "reduce_only": "R",
        "working_type": "wt",
        "original_type": "ot",
        "position_side": "ps",
        "close_position": "cp",
        "realised": "rp",
        "good_till_ms": "gtd",
    },
    kw_only=True,
):
    """The order within an `OrderTradeUpdate`; `what` is NEW, CANCELED, CALCULATED, EXPIRED, TRADE or AMENDMENT."""

    symbol: str
    client_id: str
    side: str
    type: str
    time_in_force: str
    quantity: Decimal
    price: Decimal
    average: Decimal = _ZERO
    stop_price: Decimal | None = _ZERO
    what: str
    status: str
    venue_id: int
    last_quantity: Decimal = _ZERO
    filled: Decimal = _ZERO
    last_price: Decimal = _ZERO
    fee_currency: str | None = None
    fee: Decimal | None = None
    ts_ms: int = 0
    trade_id: int = 0
    maker: bool = False
    reduce_only: bool = False
    working_type: str | None = "CONTRACT_PRICE"
    original_type: str = ""
    position_side: str = "BOTH"
    close_position: bool = False
    realised: Decimal | None = _ZERO
    good_till_ms: int = 0


class OrderTradeUpdate(
    msgspec.Struct,
    tag_field="e",
    tag="ORDER_TRADE_UPDATE",
    rename={"event_ms": "E", "ts_ms": "T", "order": "o"},
):
    """Something happened to an order of USD-M."""

    event_ms: int
    ts_ms: int
    order: UserOrder


class UserAlgo(
    msgspec.Struct,
    rename={
        "client_id": "caid",
        "algo_id": "aid",
        "kind": "at",
        "type": "o",
        "symbol": "s",
        "side": "S",
        "position_side": "ps",
        "time_in_force": "f",
        "quantity": "q",
        "status": "X",
        "order_id": "ai",
        "average": "ap",
        "filled": "aq",
        "order_type": "act",
        "stop_price": "tp",
        "price": "p",
        "working_type": "wt",
        "close_position": "cp",
        "price_protect": "pP",
        "reduce_only": "R",
        "triggered_ms": "tt",
        "good_till_ms": "gtd",
        "refusal": "rm",
    },
    kw_only=True,
):
    """The conditional order within an `AlgoUpdate`.

    `status` is NEW, CANCELED, TRIGGERING, TRIGGERED, FINISHED, REJECTED or EXPIRED; `order_id` is the order it became.
    """

    client_id: str
    algo_id: int
    kind: str = "CONDITIONAL"
    type: str
    symbol: str
    side: str
    position_side: str = "BOTH"
    time_in_force: str = "GTC"
    quantity: Decimal = _ZERO
    status: str
    order_id: str = ""
    average: str = "0"
    filled: str = "0"
    order_type: str = ""
    stop_price: Decimal = _ZERO
    price: Decimal = _ZERO
    working_type: str = "CONTRACT_PRICE"
    close_position: bool = False
    price_protect: bool = False
    reduce_only: bool = False
    triggered_ms: int = 0
    good_till_ms: int = 0
    refusal: str | UnsetType = UNSET


class AlgoUpdate(
    msgspec.Struct,
    tag_field="e",
    tag="ALGO_UPDATE",
    rename={"event_ms": "E", "ts_ms": "T", "order": "o"},
):
    """Something happened to a conditional order of USD-M."""

    event_ms: int
    ts_ms: int
    order: UserAlgo


class UserWallet(
    msgspec.Struct, rename={"asset": "a", "balance": "wb", "cross": "cw", "change": "bc"}
):
    """Money of one currency in a USD-M account; `change` is what moved it besides profit and fees."""

    asset: str
    balance: Decimal
    cross: Decimal
    change: Decimal = _ZERO


class UserPosition(
    msgspec.Struct,
    rename={
        "symbol": "s",
        "quantity": "pa",
        "entry": "ep",
        "break_even": "bep",
        "realised": "cr",
        "profit": "up",
        "margin_type": "mt",
        "isolated": "iw",
        "position_side": "ps",
    },
):
    """A position of USD-M; `quantity` is below zero for a short one."""

    symbol: str
    quantity: Decimal
    entry: Decimal
    break_even: Decimal = _ZERO
    realised: Decimal = _ZERO
    profit: Decimal = _ZERO
    margin_type: str = "cross"
    isolated: Decimal = _ZERO
    position_side: str = "BOTH"


class UserFigures(msgspec.Struct, rename={"reason": "m", "balances": "B", "positions": "P"}):
    """What changed of a USD-M account and why: ORDER, FUNDING_FEE, DEPOSIT, WITHDRAW, MARGIN_TRANSFER and others."""

    reason: str
    balances: list[UserWallet] = []
    positions: list[UserPosition] = []


class AccountUpdate(
    msgspec.Struct,
    tag_field="e",
    tag="ACCOUNT_UPDATE",
    rename={"event_ms": "E", "ts_ms": "T", "figures": "a"},
):
    """Money or positions of USD-M changed."""

    event_ms: int
    ts_ms: int
    figures: UserFigures


class UserLeverage(msgspec.Struct, rename={"symbol": "s", "leverage": "l"}):
    """The leverage that was chosen for a symbol."""

    symbol: str
    leverage: int


class AccountConfigUpdate(
    msgspec.Struct,
    tag_field="e",
    tag="ACCOUNT_CONFIG_UPDATE",
    rename={"event_ms": "E", "ts_ms": "T", "leverage": "ac"},
):
    """Leverage of a symbol changed; other settings of the account are not read."""

    event_ms: int
    ts_ms: int
    leverage: UserLeverage | UnsetType = UNSET


class ListenKeyExpired(
    msgspec.Struct,
    tag_field="e",
    tag="listenKeyExpired",
    rename={"event_ms": "E", "listen_key": "listenKey"},
):
    """The key of a USD-M account's stream is over: ask for another."""

    event_ms: int = 0
    listen_key: str = ""


FuturesEvent = (
    OrderTradeUpdate | AlgoUpdate | AccountUpdate | AccountConfigUpdate | ListenKeyExpired
)
