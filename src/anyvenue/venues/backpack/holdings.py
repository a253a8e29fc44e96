"""What a Backpack account holds, in our words: positions and money."""

from decimal import Decimal

from anyvenue.model.accounts import Account
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.positions import EMPTY_LEG, Leg, Position
from anyvenue.venues.backpack.wire import PositionUpdate
from anyvenue.venues.backpack.wire_rest import CapitalRow, PositionRow

__all__ = ["balance_of", "margin_of", "position_of"]

_ZERO = Decimal(0)


def position_of(
    account: AccountId, instrument: Instrument, told: PositionRow | PositionUpdate
) -> Position:
    """Return the net position, of an answer or of the stream."""
    quantity = told.net_quantity if isinstance(told, PositionRow) else told.quantity
    price = told.entry_price or _ZERO
    value = abs(quantity) * price
    leg = Leg(abs(quantity), open_value=value, mark_value=value) if quantity else EMPTY_LEG
    if quantity < 0:
        return Position(account, instrument.id, short_today=leg)
    return Position(account, instrument.id, long_today=leg)


def margin_of(row: PositionRow) -> Decimal:
    """Return the initial margin of a position."""
    return abs(row.net_quantity) * (row.mark_price or row.entry_price) * (row.imf or _ZERO)


def balance_of(
    account: AccountId,
    currency: str,
    row: CapitalRow,
    ts_as_of: int,
    *,
    lent: Decimal = _ZERO,
    profit: Decimal = _ZERO,
    margin: Decimal = _ZERO,
    free: Decimal | None = None,
) -> Account:
    """Return the money of one currency; what is `lent` (below zero: borrowed) belongs to it and is not available.

    `profit` of positions belongs to it, too. No more than `free` is available, what the account may use as a whole.
    """
    own = row.available + row.locked + row.staked + lent
    return Account(
        account,
        currency,
        ts_as_of,
        0,
        pre_balance=own,
        balance=own + profit,
        position_profit=profit,
        margin=margin,
        frozen_cash=own - row.available,
        available=row.available if free is None else min(row.available, free),
    )
