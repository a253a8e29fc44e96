"""TradingAccount: the 49 fields of money, one row a currency.

``Balance = PreBalance - PreCredit - PreMortgage + Mortgage - Withdraw + Deposit + CloseProfit + PositionProfit + CashIn
- Commission`` holds in every row: what a futures account does not know, such as funding, is part of CashIn.
"""

from anyvenue.model.ids import AccountId
from anyvenue.model.statements import Funds
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.figures.numbers import money
from anyvenue.venues.ctp.counter.times import day_text

__all__ = ["account_row"]

_NOTHING: Row = dict.fromkeys(
    (
        *("PreMortgage", "PreCredit", "InterestBase", "Interest", "Reserve", "Credit", "Mortgage"),
        *("DeliveryMargin", "ExchangeDeliveryMargin", "ReserveBalance", "PreFundMortgageIn"),
        *("PreFundMortgageOut", "FundMortgageIn", "FundMortgageOut", "FundMortgageAvailable"),
        *("SpecProductMargin", "SpecProductFrozenMargin", "SpecProductCommission"),
        *("SpecProductFrozenCommission", "SpecProductPositionProfit", "SpecProductCloseProfit"),
        *(
            "SpecProductPositionProfitByAlg",
            "SpecProductExchangeMargin",
            "FrozenSwap",
            "RemainSwap",
        ),
    ),
    0.0,
)


def account_row(context: Context, account: AccountId, funds: Funds) -> Row:
    """Return the row of one currency of an account."""
    figures = funds.figures
    return _NOTHING | {
        "BrokerID": context.profile.broker_id,
        "AccountID": account,
        "TradingDay": day_text(figures.trading_day or context.trading_day),
        "SettlementID": 1,
        "CurrencyID": figures.currency,
        "BizType": "",
        "PreDeposit": money(figures.pre_balance),
        "PreBalance": money(figures.pre_balance),
        "PreMargin": money(funds.previous_margin),
        "Deposit": money(figures.deposits),
        "Withdraw": money(figures.withdrawals),
        "FrozenMargin": money(figures.frozen_margin),
        "FrozenCash": money(figures.frozen_cash),
        "FrozenCommission": money(figures.frozen_fees),
        "CurrMargin": money(figures.margin),
        "ExchangeMargin": money(figures.margin),
        "CashIn": money(figures.cash_flow + figures.other),
        "Commission": money(figures.fees),
        "CloseProfit": money(figures.close_profit),
        "PositionProfit": money(figures.position_profit),
        "Balance": money(figures.balance),
        "Available": money(figures.available),
        "WithdrawQuota": max(money(funds.withdrawable), 0.0),
        "MortgageableFund": max(money(figures.available), 0.0),
        "OptionValue": money(funds.long_value - funds.short_value),
    }
