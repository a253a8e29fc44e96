"""Queries about rates: margins, fees and what options cost.

Rule: without an InstrumentID the rates of what is held are told; fees are told for the product where there is one
(CTP counter, rate queries).
"""

from decimal import Decimal

from anyvenue.model.instruments import FeeSchedule, Instrument, MarginSchedule
from anyvenue.model.market import Depth
from anyvenue.venues.ctp.counter.context import Asking, Context, Query, Row
from anyvenue.venues.ctp.counter.figures.common import rates_of, settled_price
from anyvenue.venues.ctp.counter.figures.numbers import money
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.queries.filters import (
    asked_code,
    asks_for_other,
    listed,
    named,
    text,
)
from anyvenue.venues.ctp.counter.seam import Fields

__all__ = ["RATES"]

_EVERYBODY = "1"
_ZERO = Decimal(0)


def _asked(context: Context, asking: Asking, fields: Fields) -> list[Instrument]:
    if asks_for_other(context, asking, fields):
        return []
    if asked_code(fields):
        found = named(context, fields)
        return [found] if found else []
    held = [context.names.get(each.instrument) for each in context.broker.positions(asking.account)]
    exchange = text(fields, "ExchangeID")
    return [
        each
        for each in held
        if each is not None and (not exchange or exchange_id(each.exchange) == exchange)
    ]


def _head(context: Context, asking: Asking, instrument: Instrument, code: str = "") -> Row:
    return {
        "InstrumentID": code or instrument.symbol,
        "ExchangeID": exchange_id(instrument.exchange),
        "InvestorRange": _EVERYBODY,
        "BrokerID": context.profile.broker_id,
        "InvestorID": asking.account,
        "InvestUnitID": "",
    }


def _margins(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    rows = []
    for each in _asked(context, asking, fields):
        schedule = rates_of(context, asking.account, each).margin
        if schedule is not None and each.option is None:
            head = _head(context, asking, each) | {"HedgeFlag": _hedge(fields), "IsRelative": 0}
            rows.append(head | _margin_ratios(schedule))
    return rows


def _margin_ratios(schedule: MarginSchedule) -> Row:
    return {
        "LongMarginRatioByMoney": money(schedule.long_by_money),
        "LongMarginRatioByVolume": money(schedule.long_by_lot),
        "ShortMarginRatioByMoney": money(schedule.short_by_money),
        "ShortMarginRatioByVolume": money(schedule.short_by_lot),
    }


def _exchange_margins(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return the rates of the exchange's own tables, which an account's may exceed."""
    found = listed(context, fields) if asked_code(fields) else _asked(context, asking, fields)
    return [
        {
            "InstrumentID": each.symbol,
            "ExchangeID": exchange_id(each.exchange),
            "BrokerID": context.profile.broker_id,
            "HedgeFlag": _hedge(fields),
        }
        | _margin_ratios(each.margin)
        for each in found
        if each.margin is not None
    ]


def _fees(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    rows = []
    for each in _asked(context, asking, fields):
        schedule = rates_of(context, asking.account, each).fees
        if schedule is not None and each.option is None:
            head = _head(context, asking, each, each.product) | {"BizType": ""}
            rows.append(head | _fee_ratios(schedule))
    return rows


def _fee_ratios(schedule: FeeSchedule) -> Row:
    parts = (
        ("Open", schedule.open),
        ("Close", schedule.close),
        ("CloseToday", schedule.close_today),
    )
    row: Row = {}
    for name, rate in parts:
        row[f"{name}RatioByMoney"] = money(rate.by_money)
        row[f"{name}RatioByVolume"] = money(rate.by_lot)
    return row


def _option_fees(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    rows = []
    for each in _asked(context, asking, fields):
        schedule = rates_of(context, asking.account, each).fees
        if schedule is not None and each.option is not None:
            strike: Row = {"StrikeRatioByMoney": 0.0, "StrikeRatioByVolume": 0.0}
            head = _head(context, asking, each, each.product)
            rows.append(head | _fee_ratios(schedule) | strike)
    return rows


def _share_option_fees(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return what buying and selling options on shares costs; both ways cost the same here."""
    rows = []
    for row in _option_fees(context, asking, fields):
        row.pop("InvestUnitID")
        rows += [row | {"HedgeFlag": _hedge(fields), "Direction": each} for each in ("0", "1")]
    return rows


def _order_fees(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return what orders and cancels cost by themselves: nothing here."""
    nothing: Row = dict.fromkeys(
        (
            *("OrderCommByVolume", "OrderActionCommByVolume"),
            *("OrderCommByTrade", "OrderActionCommByTrade"),
        ),
        0.0,
    )
    return [
        _head(context, asking, each) | {"HedgeFlag": "1"} | nothing
        for each in _asked(context, asking, fields)
    ]


def _option_costs(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return what one lot of an option costs: its seller's margin is the royalty and the larger of the other two.

    Margins are those at the underlying's current price; InputPrice 0 asks for the royalty at the latest price.
    """
    rows = []
    for each in _asked(context, asking, fields):
        rates = rates_of(context, asking.account, each)
        if each.option is None:
            continue
        risk, least = money(rates.seller_risk or _ZERO), money(rates.seller_least or _ZERO)
        row: Row = {
            "BrokerID": context.profile.broker_id,
            "InvestorID": asking.account,
            "InstrumentID": each.symbol,
            "ExchangeID": exchange_id(each.exchange),
            "HedgeFlag": _hedge(fields),
            "InvestUnitID": "",
            "FixedMargin": risk,
            "ExchFixedMargin": risk,
            "MiniMargin": least,
            "ExchMiniMargin": least,
            "Royalty": _royalty(context, each, fields),
        }
        rows.append(row)
    return rows


def _royalty(context: Context, instrument: Instrument, fields: Fields) -> float:
    given = fields.get("InputPrice", 0.0)
    at = float(given) if isinstance(given, int | float) else 0.0
    if not 0 < at < 1e15:
        quote = context.broker.quote(instrument.id)
        last = quote.last if isinstance(quote, Depth) else 0.0
        at = last if 0 < last < 1e15 else settled_price(context, instrument, None)
    return at * float(instrument.multiplier)


def _hedge(fields: Fields) -> str:
    return text(fields, "HedgeFlag") or "1"


RATES: dict[str, Query] = {
    "ReqQryETFOptionInstrCommRate": _share_option_fees,
    "ReqQryExchangeMarginRate": _exchange_margins,
    "ReqQryInstrumentCommissionRate": _fees,
    "ReqQryInstrumentMarginRate": _margins,
    "ReqQryInstrumentOrderCommRate": _order_fees,
    "ReqQryOptionInstrCommRate": _option_fees,
    "ReqQryOptionInstrTradeCost": _option_costs,
}
"""The answers by request."""
