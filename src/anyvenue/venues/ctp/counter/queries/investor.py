"""Queries about who the investor is: person, trading codes, bank, sessions, and by which rules figures are made."""

from anyvenue.venues.ctp.counter.context import Asking, Context, Query, Row
from anyvenue.venues.ctp.counter.figures.reads import funds_of
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.queries.filters import asks_for_other, keep
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.times import date_text, day_text, time_text
from anyvenue.venues.ctp.counter.transfers import BANK_ID

__all__ = ["INVESTOR"]

_BRANCH = "0000"
_BANK_NAME = "模拟银行"
_USABLE = {"both": "1", "loss": "2", "gain": "3", "none": "4"}  # what unrealised profit
_ALGORITHMS = {"DCE": "2", "CZCE": "3"}  # that of the exchange, else the common one


def _investor(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    if asks_for_other(context, asking, fields):
        return []
    return [
        {
            "InvestorID": asking.account,
            "BrokerID": context.profile.broker_id,
            "InvestorGroupID": "",
            "InvestorName": _name(context, asking),
            "IdentifiedCardType": "1",
            "IdentifiedCardNo": "",
            "IsActive": 1,
            "Telephone": "",
            "Address": "",
            "OpenDate": "",
            "Mobile": "",
            "CommModelID": "",
            "MarginModelID": "",
            "IsOrderFreq": "0",
            "IsOpenVolLimit": "0",
        }
    ]


def _name(context: Context, asking: Asking) -> str:
    return context.members.get(asking.account).name or asking.account


def _codes(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return the trading code of every exchange."""
    if asks_for_other(context, asking, fields):
        return []
    member = context.members.get(asking.account)
    rows: list[Row] = [
        {
            "InvestorID": asking.account,
            "BrokerID": context.profile.broker_id,
            "ExchangeID": exchange,
            "ClientID": member.trading_code(exchange),
            "IsActive": 1,
            "ClientIDType": "1",
            "BranchID": "",
            "BizType": "1",
            "InvestUnitID": "",
        }
        for exchange in context.names.exchanges()
    ]
    return keep(rows, fields, "ExchangeID", "ClientIDType")


def _has_bank(context: Context) -> bool:
    return hasattr(context.broker, "deposit")


def _banks(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    bank: Row = {
        "BankID": BANK_ID,
        "BankBrchID": _BRANCH,
        "BankName": _BANK_NAME,
        "IsActive": 1,
    }
    return keep([bank] if _has_bank(context) else [], fields, "BankID", "BankBrchID")


def _contract_banks(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    bank: Row = {
        "BrokerID": context.profile.broker_id,
        "BankID": BANK_ID,
        "BankBrchID": _BRANCH,
        "BankName": _BANK_NAME,
    }
    return keep([bank] if _has_bank(context) else [], fields, "BankID", "BankBrchID")


def _bindings(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return the bank account that transfers go to and come from."""
    name = _name(context, asking)
    row: Row = {
        "TradeDay": day_text(context.trading_day),
        "BankID": BANK_ID,
        "BankBranchID": _BRANCH,
        "BankAccount": "6222" + "0" * 15,
        "BrokerID": context.profile.broker_id,
        "BrokerBranchID": _BRANCH,
        "AccountID": asking.account,
        "IdCardType": "1",
        "IdentifiedCardNo": "",
        "CustomerName": name,
        "CurrencyID": context.profile.currency,
        "OpenOrDestroy": "1",
        "RegDate": "",
        "OutDate": "",
        "TID": 0,
        "CustType": "0",
        "BankAccType": "1",
        "LongCustomerName": name,
    }
    return keep([row] if _has_bank(context) else [], fields, "AccountID", "BankID", "CurrencyID")


def _trading_params(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return by which rules the money is reckoned: margin at opening prices, and the profit that may be used."""
    if asks_for_other(context, asking, fields):
        return []
    rows: list[Row] = [
        {
            "BrokerID": context.profile.broker_id,
            "InvestorID": asking.account,
            "AccountID": asking.account,
            "CurrencyID": each.figures.currency,
            "MarginPriceType": "4",
            "Algorithm": _USABLE[each.unrealised],
            "AvailIncludeCloseProfit": "0",
            "OptionRoyaltyPriceType": "5",
        }
        for each in funds_of(context, asking.account)
    ]
    return keep(rows, fields, "CurrencyID")


def _algorithms(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return by which rules positions are kept, exchange by exchange."""
    rows: list[Row] = []
    for exchange in dict.fromkeys(each.exchange for each in context.names.all()):
        rule = _ALGORITHMS.get(exchange, "1")
        rows.append(
            {
                "BrokerID": context.profile.broker_id,
                "ExchangeID": exchange_id(exchange),
                "InstrumentID": "",
                "HandlePositionAlgoID": rule,
                "FindMarginRateAlgoID": rule,
                "HandleTradingAccountAlgoID": rule,
            }
        )
    return keep(rows, fields, "ExchangeID")


def _sessions(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return the session that asks."""
    now = context.now()
    row: Row = {
        "FrontID": context.profile.front_id,
        "SessionID": asking.session_id,
        "BrokerID": context.profile.broker_id,
        "UserID": asking.user_id,
        "LoginDate": date_text(now),
        "LoginTime": time_text(now),
    }
    return keep([row], {name: value for name, value in fields.items() if value}, "UserID")


INVESTOR: dict[str, Query] = {
    "ReqQryAccountregister": _bindings,
    "ReqQryBrokerTradingAlgos": _algorithms,
    "ReqQryBrokerTradingParams": _trading_params,
    "ReqQryContractBank": _contract_banks,
    "ReqQryInvestor": _investor,
    "ReqQryTradingCode": _codes,
    "ReqQryTransferBank": _banks,
    "ReqQryUserSession": _sessions,
}
"""The answers by request."""
