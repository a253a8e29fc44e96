"""What an OKX account holds, in our words: positions, their terms, money."""

from collections.abc import Iterable
from decimal import Decimal

from anyvenue.model.accounts import Account
from anyvenue.model.enums import MarginMode
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.positions import EMPTY_LEG, Leg, Position, PositionTerms
from anyvenue.venues.okx.wire_account import BalanceDetail, PositionRow

__all__ = ["balance_of", "position_of", "signed_quantity", "terms_of"]

_ZERO = Decimal(0)
_MODES = {"cross": MarginMode.CROSS, "isolated": MarginMode.ISOLATED}


def signed_quantity(row: PositionRow, instrument: Instrument) -> Decimal:
    """Return the quantity held, below zero when it is short: contracts, or the base of a margin position."""
    held = _number(row.pos)
    if row.pos_side == "long":
        return abs(held)
    if row.pos_side == "short":
        return -abs(held)
    if row.inst_type == "MARGIN" and row.pos_ccy and row.pos_ccy != instrument.base:
        # Short: `pos` is what the sale brought, the base that is owed is the liability.
        return -abs(_number(row.liab))
    return held


def position_of(
    account: AccountId, instrument: Instrument, rows: Iterable[PositionRow]
) -> Position:
    """Return the position of one instrument: one row in net mode, up to two in long_short_mode, cross and isolated."""
    long = short = EMPTY_LEG
    for row in rows:
        quantity = signed_quantity(row, instrument)
        value = abs(quantity) * _number(row.avg_px)
        frozen = _frozen(row, quantity)
        if quantity > 0:
            long = _more(long, quantity, frozen, value)
        elif quantity < 0:
            short = _more(short, -quantity, frozen, value)
    return Position(account, instrument.id, long_today=long, short_today=short)


def _more(leg: Leg, quantity: Decimal, frozen: Decimal, value: Decimal) -> Leg:
    return Leg(
        leg.quantity + quantity,
        leg.frozen + frozen,
        leg.open_value + value,
        leg.mark_value + value,
    )


def _frozen(row: PositionRow, quantity: Decimal) -> Decimal:
    """Return what working orders have claimed; the venue tells it in long_short_mode only."""
    if row.pos_side not in ("long", "short") or not row.avail_pos:
        return _ZERO
    return max(abs(quantity) - abs(_number(row.avail_pos)), _ZERO)


def terms_of(account: AccountId, instrument: Instrument, row: PositionRow) -> PositionTerms:
    """Return leverage, margin mode and the money set aside, as far as the row tells them."""
    mode = _MODES.get(row.mgn_mode)
    isolated = mode is MarginMode.ISOLATED and bool(row.margin)
    return PositionTerms(
        account,
        instrument.id,
        leverage=_number(row.lever) if row.lever else None,
        mode=mode,
        isolated=_number(row.margin) if isolated else None,
    )


def balance_of(
    account: AccountId, detail: BalanceDetail, ts_as_of: int, trading_day: int = 0
) -> Account:
    """Return the money of one currency.

    `balance` is the venue's equity: cash less what was borrowed, with the profit of open positions. Margin is what
    cross positions need and isolated ones were given; what else is frozen, orders hold. `available` is the venue's.
    """
    equity = _number(detail.eq) if detail.eq else _number(detail.cash_bal)
    profit = _number(detail.upl)
    margin = _number(detail.imr) + _number(detail.iso_eq)
    frozen = max(_number(detail.frozen_bal) - margin, _ZERO)
    available = detail.avail_eq or detail.avail_bal
    return Account(
        account,
        detail.ccy,
        ts_as_of,
        trading_day,
        pre_balance=equity - profit,
        position_profit=profit,
        balance=equity,
        margin=margin,
        frozen_cash=frozen,
        available=_number(available),
    )


def _number(text: str) -> Decimal:
    return Decimal(text) if text else _ZERO
