"""The figures of an account, computed when read: nothing here is stored."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.accounts import Account
from anyvenue.model.enums import PostingKind, ProfitMethod
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.legs import Holding, SideBook
from anyvenue.oms.money import round_money

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState

__all__ = ["countable", "figures", "market_value", "position_profit", "rough_profit"]

_ZERO = Decimal(0)
Mark = Callable[[InstrumentId], Decimal | None]
Held = Iterable[tuple[Instrument, Holding]]


def position_profit(held: Held, mark: Mark, method: ProfitMethod, currency: str) -> Decimal:
    """Return the unrealised profit of margined holdings; 0 for one without a current price."""
    by_day = method is ProfitMethod.BY_DAY
    total = _ZERO
    for instrument, holding in held:
        if not instrument.position_rule.margined:
            continue
        long, short = holding.long.quantity, holding.short.quantity
        if not long and not short:
            continue
        price = mark(instrument.id)
        if price is None:
            continue
        points = price * (long - short)
        if long:
            points -= _basis(holding.long, by_day)
        if short:
            points += _basis(holding.short, by_day)
        total += points * instrument.multiplier
    return round_money(total, currency) if total else total


def _basis(book: SideBook, by_day: bool) -> Decimal:
    return book.mark_value if by_day else book.open_value


def market_value(held: Held, mark: Mark, currency: str) -> Decimal:
    """Return the worth of fully paid holdings; at cost for one without a current price."""
    total = _ZERO
    for instrument, holding in held:
        book = holding.long
        if instrument.position_rule.margined or not book.quantity:
            continue
        price = mark(instrument.id)
        value = book.open_value if price is None else price * book.quantity
        total += value * instrument.multiplier
    return round_money(total, currency)


def rough_profit(
    held: Held, price_of: Callable[[InstrumentId], float | None], by_day: bool
) -> float:
    """Return unrealised profit plus market value in floats: for curves, where speed counts and digits do not."""
    total = 0.0
    for instrument, holding in held:
        long, short = holding.long, holding.short
        held_long, held_short = long.quantity, short.quantity
        if not held_long and not held_short:
            continue
        price = price_of(instrument.id)
        if instrument.position_rule.margined:
            if price is None:
                continue
            points = price * float(held_long - held_short)
            points -= float(_basis(long, by_day) - _basis(short, by_day))
        else:
            points = float(long.open_value) if price is None else price * float(held_long)
        total += points * float(instrument.multiplier)
    return total


def countable(profit: Decimal, rule: str) -> Decimal:
    """Return the part of the unrealised profit that counts as available: both, loss, gain or none."""
    if rule == "both":
        return profit
    if rule == "loss":
        return min(profit, _ZERO)
    return max(profit, _ZERO) if rule == "gain" else _ZERO


def figures(state: "AccountState", currency: str, ts: int) -> Account:
    """Return the account record of `currency` as of `ts`."""
    ledger, frozen = state.ledger, state.frozen(currency)
    profit = state.position_profit(currency)
    of_day = ledger.of_day
    return Account(
        account=state.account,
        currency=currency,
        ts_as_of=ts,
        trading_day=state.trading_day.get(currency, 0),
        pre_balance=ledger.pre_balance(currency),
        deposits=of_day(currency, PostingKind.DEPOSIT),
        withdrawals=-of_day(currency, PostingKind.WITHDRAWAL),
        # A roll takes the jump of a series out of the profit: position profit holds the other half of it.
        close_profit=of_day(currency, PostingKind.CLOSE_PROFIT)
        + of_day(currency, PostingKind.ROLL),
        position_profit=profit,
        cash_flow=of_day(currency, PostingKind.PURCHASE) + of_day(currency, PostingKind.SALE),
        fees=-of_day(currency, PostingKind.FEE),
        margin=state.margin(currency),
        frozen_margin=frozen.margin,
        frozen_fees=frozen.fees,
        frozen_cash=frozen.cash,
        market_value=state.market_value(currency),
        balance=ledger.balance(currency) + profit,
        available=state.available(currency),
    )
