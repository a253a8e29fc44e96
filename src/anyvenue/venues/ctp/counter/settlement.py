"""Confirming the statement, once a day, before the first order."""

from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.members import Member
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.times import date_text, time_text
from anyvenue.venues.ctp.counter.validation import check_investor

__all__ = ["confirm_settlement"]


def confirm_settlement(context: Context, member: Member, fields: Fields) -> Row:
    """Take the confirmation down; return ``SettlementInfoConfirm``; raise Refused."""
    check_investor(context, member, fields)
    now = context.now()
    if member.confirmed_day != context.trading_day:
        member.confirmed_day = context.trading_day
        member.confirmed_date, member.confirmed_time = date_text(now), time_text(now)
        context.members.save()
    return {
        "BrokerID": context.profile.broker_id,
        "InvestorID": member.account,
        "ConfirmDate": member.confirmed_date,
        "ConfirmTime": member.confirmed_time,
        "SettlementID": 1,
        "AccountID": member.account,
        "CurrencyID": context.profile.currency,
    }
