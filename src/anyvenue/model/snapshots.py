"""What a venue says is so."""

import msgspec

from anyvenue.model.accounts import Account
from anyvenue.model.ids import AccountId
from anyvenue.model.orders import Fill, Order
from anyvenue.model.positions import Position, PositionTerms

__all__ = ["Cursor", "Snapshot"]

Cursor = tuple[int, int]
"""Trading day (yyyymmdd) and the number of the event within it."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What a venue says is so: open orders, fills since a cursor, positions and balances of one account.

    All of it as of one instant. `orders` may hold done ones, too. An order that is not the caller's own has an id that
    no node gives, such as that of `external_order_id`, or 0; `filled`, `filled_value` and `fees` are totals.
    `trading_day` is the latest that is open. Combined legs are `positions` of their spread; `terms` are those the venue
    tells. `all_money`: a currency that `balances` does not name is one of which the account has nothing; else nothing
    is said of it.
    """

    account: AccountId
    ts_as_of: int
    trading_day: int
    orders: tuple[Order, ...] = ()
    fills: tuple[Fill, ...] = ()
    positions: tuple[Position, ...] = ()
    balances: tuple[Account, ...] = ()
    terms: tuple[PositionTerms, ...] = ()
    cursor: Cursor = (0, 0)
    all_money: bool = False
