"""Queries about the statement: its text in pieces, and whether it was confirmed today."""

from anyvenue.model.errors import VenueRefused
from anyvenue.model.statements import Statement
from anyvenue.venues.ctp.counter.context import Asking, Context, Query, Row
from anyvenue.venues.ctp.counter.figures.statement_text import statement_text
from anyvenue.venues.ctp.counter.queries.filters import asks_for_other, text
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.times import day_text
from anyvenue.venues.ctp.description import encode_text

__all__ = ["SETTLEMENT"]

_PIECE = 500
_NO_LIMIT = 1 << 30
_MONTH, _DAYS = 6, range(1, 32)


def _statements(context: Context, asking: Asking, asked: str) -> list[Statement]:
    """Return the statements of a day (yyyymmdd), of a month (yyyymm), of the latest day for neither."""
    if asked and not asked.isdigit():
        return []
    try:
        if len(asked) == _MONTH:
            days = [int(asked) * 100 + day for day in _DAYS]
            return [each for day in days for each in context.broker.statements(asking.account, day)]
        return context.broker.statements(asking.account, int(asked or 0))
    except VenueRefused:
        return []


def _statement(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return the text in pieces of at most 500 bytes of GBK, cut anywhere, also within a character."""
    if asks_for_other(context, asking, fields):
        return []
    currency = text(fields, "CurrencyID")
    rows: list[Row] = []
    for statement in _statements(context, asking, text(fields, "TradingDay")):
        if currency in ("", statement.currency, statement.currency[:3]):
            whole = encode_text(statement_text(context, asking.account, statement), _NO_LIMIT)
            rows += _pieces(context, asking, statement, whole, len(rows))
    return rows


def _pieces(
    context: Context, asking: Asking, statement: Statement, whole: bytes, before: int
) -> list[Row]:
    return [
        {
            "TradingDay": day_text(statement.trading_day),
            "SettlementID": 1,
            "BrokerID": context.profile.broker_id,
            "InvestorID": asking.account,
            "SequenceNo": number,
            "Content": whole[start : start + _PIECE],
            "AccountID": asking.account,
            "CurrencyID": statement.currency,
        }
        for number, start in enumerate(range(0, len(whole), _PIECE), before + 1)
    ]


def _confirmation(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return today's confirmation, nothing while there is none."""
    member = context.members.get(asking.account)
    if asks_for_other(context, asking, fields) or member.confirmed_day != context.trading_day:
        return []
    return [
        {
            "BrokerID": context.profile.broker_id,
            "InvestorID": asking.account,
            "ConfirmDate": member.confirmed_date,
            "ConfirmTime": member.confirmed_time,
            "SettlementID": 1,
            "AccountID": asking.account,
            "CurrencyID": context.profile.currency,
        }
    ]


SETTLEMENT: dict[str, Query] = {
    "ReqQrySettlementInfo": _statement,
    "ReqQrySettlementInfoConfirm": _confirmation,
}
"""The answers by request."""
