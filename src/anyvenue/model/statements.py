"""What a broker says in detail: rates, legs and lots with the day's movements, and the statement of a day.

Amounts are in the instrument's currency and exact: price x quantity x multiplier. `by day` measures profit from the
previous settlement price for lots held overnight, `by trade` from their opening price.
"""

from decimal import Decimal
from typing import Literal

import msgspec

from anyvenue.model.accounts import Account
from anyvenue.model.enums import PostingKind, Side
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import FeeSchedule, MarginSchedule
from anyvenue.model.orders import Fill

__all__ = ["ClosedLot", "Funds", "LegDetail", "LotDetail", "Rates", "Statement", "Transfer"]

_ZERO = Decimal(0)


class Rates(msgspec.Struct, frozen=True, gc=False):
    """What an account pays and puts up for an instrument; None where nobody knows, or where there is no such thing.

    Selling an option lot costs its price x multiplier and the larger of `seller_risk` and `seller_least`, both at the
    underlying's current price.
    """

    account: AccountId
    instrument: InstrumentId
    ts_as_of: int
    fees: FeeSchedule | None = None
    margin: MarginSchedule | None = None
    seller_risk: Decimal | None = None
    seller_least: Decimal | None = None


class Funds(msgspec.Struct, frozen=True, gc=False):
    """The figures of one currency, and what else is asked about money.

    `withdrawable` may be paid out now; `previous_margin` is the margin that the trading day began with; `long_value`
    and `short_value` are what held and sold options are worth, both at least 0. `larger_side` tells whether only the
    larger side of a margin group is margined, None where nobody knows, and `unrealised` which unrealised profit counts
    as available.
    """

    figures: Account
    withdrawable: Decimal = _ZERO
    previous_margin: Decimal = _ZERO
    long_value: Decimal = _ZERO
    short_value: Decimal = _ZERO
    larger_side: bool | None = None
    unrealised: Literal["both", "loss", "gain", "none"] = "both"


class LegDetail(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One leg of a position: today's lots or the older ones, long (`side` BUY) or short.

    `previous` is the quantity that the trading day began with. `opening` and `closing` are what working orders would
    add to the leg and have claimed of it, and the amounts at their prices. `opened` and `closed` count the day's fills.
    `cost` is at opening prices, `mark_cost` at the marks (`Lot.mark`). `price` is what `profit_by_day`,
    `profit_by_trade` and `market_value` are worked out at, `settled` the previous settlement price; None while there is
    none.
    """

    account: AccountId
    instrument: InstrumentId
    side: Side
    today: bool
    ts_as_of: int
    quantity: Decimal = _ZERO
    previous: Decimal = _ZERO
    opening: Decimal = _ZERO
    opening_amount: Decimal = _ZERO
    closing: Decimal = _ZERO
    closing_amount: Decimal = _ZERO
    opened: Decimal = _ZERO
    opened_amount: Decimal = _ZERO
    closed: Decimal = _ZERO
    closed_amount: Decimal = _ZERO
    cost: Decimal = _ZERO
    mark_cost: Decimal = _ZERO
    margin: Decimal = _ZERO
    previous_margin: Decimal = _ZERO
    frozen_margin: Decimal = _ZERO
    frozen_fees: Decimal = _ZERO
    frozen_cash: Decimal = _ZERO
    fees: Decimal = _ZERO
    cash_flow: Decimal = _ZERO
    close_profit_by_day: Decimal = _ZERO
    close_profit_by_trade: Decimal = _ZERO
    profit_by_day: Decimal = _ZERO
    profit_by_trade: Decimal = _ZERO
    market_value: Decimal = _ZERO
    settled: Decimal | None = None
    price: Decimal | None = None


class LotDetail(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What one fill opened: still held, or closed on this trading day.

    `trading_day` and `trade_id` are the opening fill's; `quantity` is still held, `closed` was closed today.
    """

    account: AccountId
    instrument: InstrumentId
    side: Side
    trading_day: int
    trade_id: str
    price: Decimal
    quantity: Decimal
    ts_as_of: int
    today: bool = False
    margin: Decimal = _ZERO
    closed: Decimal = _ZERO
    closed_amount: Decimal = _ZERO
    close_profit_by_day: Decimal = _ZERO
    close_profit_by_trade: Decimal = _ZERO
    profit_by_day: Decimal = _ZERO
    profit_by_trade: Decimal = _ZERO
    market_value: Decimal = _ZERO
    settled: Decimal | None = None
    mark: Decimal | None = None


class ClosedLot(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Lots of one opening fill that one closing fill closed; `side` is what was held, `fill` the closing trade's id."""

    instrument: InstrumentId
    side: Side
    opened_on: int
    open_price: Decimal
    quantity: Decimal
    price: Decimal
    profit_by_day: Decimal
    profit_by_trade: Decimal
    cash_flow: Decimal = _ZERO
    settled: Decimal | None = None
    fill: str = ""
    opened_by: str = ""


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """Money that came (above zero) or went other than by a fill."""

    amount: Decimal
    kind: PostingKind
    ts_event: int
    reference: str = ""


class Statement(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One currency of an account at the end of a trading day, settled.

    `figures` are those after the settlement and before the next day: `position_profit` is what was marked to market,
    that of lots delivered among it, which are `closed`.
    `lots` and `legs` are what is held into the next day, valued at the settlement prices; legs that only moved are
    among them.
    """

    account: AccountId
    currency: str
    trading_day: int
    ts_as_of: int
    figures: Account
    transfers: tuple[Transfer, ...] = ()
    fills: tuple[Fill, ...] = ()
    closed: tuple[ClosedLot, ...] = ()
    lots: tuple[LotDetail, ...] = ()
    legs: tuple[LegDetail, ...] = ()
