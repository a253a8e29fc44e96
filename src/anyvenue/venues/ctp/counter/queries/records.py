"""Queries about what was asked for today: orders, trades, parked ones, exercises, quotes, transfers."""

from collections.abc import Sequence

from anyvenue.venues.ctp.counter.context import Asking, Context, DayRecords, Query, Row
from anyvenue.venues.ctp.counter.queries.filters import asks_for_other, keep, text
from anyvenue.venues.ctp.counter.seam import Fields

__all__ = ["RECORDS"]


def _between(rows: list[Row], fields: Fields, asked: str, told: str) -> list[Row]:
    """Return the rows whose time is within the two that a query gives, hh:mm:ss."""
    start, end = text(fields, f"{asked}Start"), text(fields, f"{asked}End")
    return [
        row
        for row in rows
        if (not start or str(row.get(told, "")) >= start)
        and (not end or str(row.get(told, "")) <= end)
    ]


def _orders(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    if asks_for_other(context, asking, fields):
        return []
    rows = keep(
        context.book_of(asking.account).orders(), fields, "InstrumentID", "ExchangeID", "OrderSysID"
    )
    return _between(rows, fields, "InsertTime", "InsertTime")


def _trades(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    if asks_for_other(context, asking, fields):
        return []
    rows = keep(
        context.book_of(asking.account).trades(), fields, "InstrumentID", "ExchangeID", "TradeID"
    )
    return _between(rows, fields, "TradeTime", "TradeTime")


def _records(struct: str, *names: str) -> Query:
    """Return a query that answers with the records of a kind that agree in these fields."""

    def answer(context: Context, asking: Asking, fields: Fields) -> list[Row]:
        if asks_for_other(context, asking, fields):
            return []
        book: DayRecords = context.book_of(asking.account)
        found: Sequence[Fields] = book.records(struct)
        return keep(found, fields, *names)

    return answer


_PLACE = ("InstrumentID", "ExchangeID")

RECORDS: dict[str, Query] = {
    "ReqQryCombAction": _records("CombAction", *_PLACE),
    "ReqQryExecOrder": _records("ExecOrder", *_PLACE, "ExecOrderSysID"),
    "ReqQryForQuote": _records("ForQuote", *_PLACE),
    "ReqQryOptionSelfClose": _records("OptionSelfClose", *_PLACE, "OptionSelfCloseSysID"),
    "ReqQryOrder": _orders,
    "ReqQryParkedOrder": _records("ParkedOrder", *_PLACE),
    "ReqQryParkedOrderAction": _records("ParkedOrderAction", *_PLACE),
    "ReqQryQuote": _records("Quote", *_PLACE, "QuoteSysID"),
    "ReqQryTrade": _trades,
    "ReqQryTransferSerial": _records("TransferSerial", "BankID", "CurrencyID"),
}
"""The answers by request."""
