"""Money: double-entry postings, and the account figures that are views on them."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import PostingKind
from anyvenue.model.ids import AccountId, InstrumentId, OrderId

__all__ = ["Account", "Posting"]

_ZERO = Decimal(0)


class Posting(msgspec.Struct, frozen=True, gc=False):
    """One movement of `amount` from the account `source` to the account `target`, both in `currency`.

    Every posting has two ends, so the sum over all accounts, the fee account, the house and the clearing account
    stays zero.
    """

    source: str
    target: str
    currency: str
    amount: Decimal
    kind: PostingKind
    ts_event: int
    trading_day: int = 0
    instrument: InstrumentId | None = None
    order_id: OrderId = OrderId(0)
    reference: str = ""


class Account(msgspec.Struct, frozen=True, gc=False):
    """The figures of one account in one currency at `ts_as_of`, in the terms of a futures statement.

    ``balance = pre_balance + deposits - withdrawals + close_profit + position_profit + cash_flow + other - fees`` and
    ``available = balance - margin - frozen_margin - frozen_fees - frozen_cash - unavailable profit + collateral`` (the
    CTP counter's formulas; `cash_flow` is what buying (-) and selling (+) of fully paid instruments and options moved,
    `other` funding, interest, exercise and the like). `market_value` is the worth of holdings that are not part of
    `balance`, below zero for what was sold short; `equity` is balance + market_value. `collateral` is how much of it
    may be used.
    """

    account: AccountId
    currency: str
    ts_as_of: int
    trading_day: int
    pre_balance: Decimal = _ZERO
    deposits: Decimal = _ZERO
    withdrawals: Decimal = _ZERO
    close_profit: Decimal = _ZERO
    position_profit: Decimal = _ZERO
    cash_flow: Decimal = _ZERO
    fees: Decimal = _ZERO
    margin: Decimal = _ZERO
    frozen_margin: Decimal = _ZERO
    frozen_fees: Decimal = _ZERO
    frozen_cash: Decimal = _ZERO
    market_value: Decimal = _ZERO
    balance: Decimal = _ZERO
    available: Decimal = _ZERO
    other: Decimal = _ZERO
    collateral: Decimal = _ZERO

    @property
    def equity(self) -> Decimal:
        """Balance plus the market value of fully paid holdings."""
        return self.balance + self.market_value

    @property
    def risk(self) -> Decimal:
        """Margin as a fraction of balance, for display; 0 for an empty account."""
        return self.margin / self.balance if self.balance else _ZERO
