"""The money of an account as a TradingAccount, made of the books when it is read."""

from decimal import Decimal

import msgspec

from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.ticks.books import Books
from anyvenue.venues.ctp.ticks.lots import Side
from anyvenue.venues.ctp.ticks.margins import account_margin
from anyvenue.venues.ctp.ticks.numbers import ZERO, rounded
from anyvenue.venues.ctp.ticks.structs import TradingAccount

__all__ = ["Money", "money_of", "profit_of", "trading_account", "value_of"]


class Money(msgspec.Struct, frozen=True):
    """The figures that move in a day, exact."""

    margin: Decimal
    position_profit: Decimal
    close_profit: Decimal
    fees: Decimal
    cash: Decimal
    frozen_margin: Decimal
    frozen_fees: Decimal
    frozen_cash: Decimal
    balance: Decimal
    available: Decimal
    withdrawable: Decimal
    option_value: Decimal


def money_of(books: Books) -> Money:
    """Return the figures of now."""
    rules = books.rules
    sides = books.sides.values()
    profit = rounded(sum((profit_of(books, side) for side in sides), ZERO), rules.quantum)
    static = books.static + books.deposits - books.withdrawals
    margin = account_margin(books, sides)
    balance = static + books.close_profit + profit + books.cash - books.fees
    usable = _usable(profit, rules.algorithm)
    frozen = books.frozen.margin + books.frozen.commission + books.frozen.cash
    available = balance - profit + usable - margin - frozen
    available += books.credit
    return Money(
        margin=margin,
        position_profit=profit,
        close_profit=books.close_profit,
        fees=books.fees,
        cash=books.cash,
        frozen_margin=books.frozen.margin,
        frozen_fees=books.frozen.commission,
        frozen_cash=books.frozen.cash,
        balance=balance,
        available=available,
        withdrawable=available - max(usable, ZERO) - books.reserve,
        option_value=sum((value_of(books, side) for side in sides), ZERO),
    )


def trading_account(books: Books) -> TradingAccount:
    """Return the row; what does not move in a day is as the counter told it."""
    money = money_of(books)
    margin = money.margin
    moved: dict[str, Value] = {
        "Deposit": float(books.deposits),
        "Withdraw": float(books.withdrawals),
        "FrozenMargin": float(money.frozen_margin),
        "FrozenCash": float(money.frozen_cash),
        "FrozenCommission": float(money.frozen_fees),
        "CurrMargin": float(margin),
        "ExchangeMargin": float(margin),
        "CashIn": float(money.cash),
        "Commission": float(money.fees),
        "CloseProfit": float(money.close_profit),
        "PositionProfit": float(money.position_profit),
        "Balance": float(money.balance),
        "Available": float(money.available),
        "WithdrawQuota": float(max(money.withdrawable, ZERO)),
        "MortgageableFund": float(max(money.available, ZERO)),
        "OptionValue": float(money.option_value),
    }
    return TradingAccount({**books.opening_row, **moved})


def profit_of(books: Books, side: Side) -> Decimal:
    """Return what a side has gained since the last settlement, or since it was opened, unrounded."""
    price = books.marks.price(side.contract.code)
    if side.contract.option or price is None or not side.volume:
        return ZERO
    rise = price * side.volume - side.old_mark_value - side.today.value
    return rise * side.contract.multiplier * (1 if side.long else -1)


def value_of(books: Books, side: Side) -> Decimal:
    """Return what option lots are worth now, at cost without a price; below zero for sold ones."""
    if not side.contract.option:
        return ZERO
    price = books.marks.price(side.contract.code)
    points = side.old.value + side.today.value if price is None else price * side.volume
    return points * side.contract.multiplier * (1 if side.long else -1)


def _usable(profit: Decimal, algorithm: str) -> Decimal:
    """Return the part of the unrealised profit that may be used."""
    if algorithm == "2":
        return min(profit, ZERO)
    if algorithm == "3":
        return max(profit, ZERO)
    return ZERO if algorithm == "4" else profit
