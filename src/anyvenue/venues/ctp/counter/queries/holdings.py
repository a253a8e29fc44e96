"""Queries about what an account has: money, positions, lots, combinations, and how much more it could trade."""

from anyvenue.model.enums import Side
from anyvenue.venues.ctp.counter.context import Asking, Context, Query, Row
from anyvenue.venues.ctp.counter.figures.account import account_row
from anyvenue.venues.ctp.counter.figures.combined import combined_rows
from anyvenue.venues.ctp.counter.figures.details import detail_rows
from anyvenue.venues.ctp.counter.figures.groups import group_rows
from anyvenue.venues.ctp.counter.figures.largest import largest_volume
from anyvenue.venues.ctp.counter.figures.positions import position_rows
from anyvenue.venues.ctp.counter.figures.reads import funds_of, legs_of, lots_of
from anyvenue.venues.ctp.counter.queries.filters import asks_for_other, keep, named, text
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.validation import offset_of

__all__ = ["HOLDINGS"]


def _accounts(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    if asks_for_other(context, asking, fields):
        return []
    if text(fields, "BizType") == "2":  # that of a securities account, which has its own counter
        return []
    rows = [
        account_row(context, asking.account, funds) for funds in funds_of(context, asking.account)
    ]
    account = text(fields, "AccountID")
    return keep(rows, fields, "CurrencyID") if account in ("", asking.account) else []


def _positions(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    if asks_for_other(context, asking, fields):
        return []
    rows = position_rows(context, asking.account, legs_of(context, asking.account))
    return keep(rows, fields, "InstrumentID", "ExchangeID")


def _details(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    if asks_for_other(context, asking, fields):
        return []
    rows = detail_rows(context, lots_of(context, asking.account))
    return keep(rows, fields, "InstrumentID", "ExchangeID")


def _combined(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    if asks_for_other(context, asking, fields):
        return []
    rows = combined_rows(context, asking.account)
    combination = text(fields, "CombInstrumentID") or text(fields, "reserve1")
    rows = [row for row in rows if not combination or row["CombInstrumentID"] == combination]
    return keep(rows, fields, "ExchangeID")


def _groups(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    if asks_for_other(context, asking, fields):
        return []
    rows = group_rows(context, asking.account)
    group = text(fields, "ProductGroupID") or text(fields, "reserve1")
    rows = [row for row in rows if not group or row["ProductGroupID"] == group]
    return keep(rows, fields, "ExchangeID")


def _largest(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return the request with MaxVolume: what the money or the lots suffice for."""
    instrument = named(context, fields)
    if instrument is None or asks_for_other(context, asking, fields):
        return []
    side = Side.SELL if text(fields, "Direction") == "1" else Side.BUY
    offset = offset_of(instrument, text(fields, "OffsetFlag") or "0")
    most = largest_volume(context, asking.account, instrument, side, offset)
    return [dict(fields) | {"MaxVolume": most}]


HOLDINGS: dict[str, Query] = {
    "ReqQryInvestorPosition": _positions,
    "ReqQryInvestorPositionCombineDetail": _combined,
    "ReqQryInvestorPositionDetail": _details,
    "ReqQryInvestorProductGroupMargin": _groups,
    "ReqQryMaxOrderVolume": _largest,
    "ReqQryTradingAccount": _accounts,
    "ReqQueryMaxOrderVolume": _largest,
}
"""The answers by request."""
