"""Queries about what is traded: instruments, products, exchanges, combinations and their quotes."""

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Quote
from anyvenue.venues.ctp.counter.context import Asking, Context, Query, Row
from anyvenue.venues.ctp.counter.figures.instruments import (
    instrument_row,
    product_class,
    product_id,
    product_row,
)
from anyvenue.venues.ctp.counter.figures.reads import margins_larger_side
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.queries.filters import keep, listed, text
from anyvenue.venues.ctp.counter.quotes import Snapshots
from anyvenue.venues.ctp.counter.seam import Fields

__all__ = ["LISTINGS"]

_NAMES = {
    "SHFE": "上海期货交易所",
    "DCE": "大连商品交易所",
    "CZCE": "郑州商品交易所",
    "CFFEX": "中国金融期货交易所",
    "INE": "上海国际能源交易中心股份有限公司",
    "GFEX": "广州期货交易所",
    "SSE": "上海证券交易所",
    "SZSE": "深圳证券交易所",
    "BSE": "北京证券交易所",
    "HKEX": "香港交易所",
    "NASD": "纳斯达克",
}
_CLASSES = {"1": "14", "2": "26", "3": "3"}


def _instruments(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    larger = margins_larger_side(context, asking.account)
    return [instrument_row(context, each, larger) for each in listed(context, fields)]


def _classified(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return the instruments of a class, or those that are traded."""
    classes = _CLASSES.get(text(fields, "ClassType"), "")
    larger = margins_larger_side(context, asking.account)
    rows = [
        instrument_row(context, each, larger)
        for each in listed(context, fields)
        if not classes or product_class(context, each) in classes
    ]
    trading = {"1": 1, "2": 0}.get(text(fields, "TradingType"))
    return [row for row in rows if trading is None or row["IsTrading"] == trading]


def _products(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return one row a product; its terms are those of the instrument listed last."""
    latest: dict[tuple[str, str, str], Instrument] = {}
    for each in context.names.all():
        latest[each.exchange, product_id(each), product_class(context, each)] = each
    rows = [product_row(context, each) for each in latest.values()]
    product = text(fields, "ProductID") or text(fields, "reserve1")
    rows = [row for row in rows if not product or row["ProductID"] == product]
    return keep(rows, fields, "ExchangeID", "ProductClass")


def _product_groups(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    rows = [
        {
            "ProductID": row["ProductID"],
            "ExchangeID": row["ExchangeID"],
            "ProductGroupID": row["ProductID"],
        }
        for row in _products(context, asking, {})
    ]
    product = text(fields, "ProductID") or text(fields, "reserve1")
    rows = [row for row in rows if not product or row["ProductID"] == product]
    return keep(rows, fields, "ExchangeID")


def _product_rates(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return the currency that a product is quoted in; it is settled in the same."""
    rows = [
        {
            "ProductID": row["ProductID"],
            "ExchangeID": row["ExchangeID"],
            "QuoteCurrencyID": row["TradeCurrencyID"],
            "ExchangeRate": 1.0,
        }
        for row in _products(context, asking, {})
    ]
    product = text(fields, "ProductID") or text(fields, "reserve1")
    return [row for row in rows if not product or row["ProductID"] == product]


def _exchanges(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    names = dict.fromkeys(exchange_id(each.exchange) for each in context.names.all())
    rows: list[Row] = [
        {
            "ExchangeID": name,
            "ExchangeName": _NAMES.get(name, name),
            "ExchangeProperty": "1" if name == "DCE" else "0",
        }
        for name in names
    ]
    return keep(rows, fields, "ExchangeID")


def _quotes(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return the latest snapshot of each instrument; one without a quote yet has no prices in it."""
    classes = text(fields, "ProductClass")
    return [
        _snapshot(context, each)
        for each in listed(context, fields)
        if classes in ("", product_class(context, each))
    ]


def _snapshot(context: Context, instrument: Instrument) -> Row:
    quote, snapshots = context.broker.quote(instrument.id), Snapshots(context, instrument)
    if isinstance(quote, Quote):
        return snapshots.of_quote(quote)
    now = context.now()
    return snapshots.of_depth(quote or Depth(instrument.id, now, now, (), (), (), ()))


def _legs(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    """Return the legs of combinations, of all or of those that have this leg."""
    rows: list[Row] = []
    for each in context.names.all():
        if each.kind is not InstrumentKind.SPREAD:
            continue
        rows += [
            {
                "CombInstrumentID": each.symbol,
                "LegID": number,
                "LegInstrumentID": leg.instrument.rpartition(".")[0],
                "Direction": "0" if leg.ratio > 0 else "1",
                "LegMultiple": abs(leg.ratio),
                "ImplyLevel": 0,
            }
            for number, leg in enumerate(each.legs, 1)
        ]
    return keep(rows, fields, "LegInstrumentID")


LISTINGS: dict[str, Query] = {
    "ReqQryClassifiedInstrument": _classified,
    "ReqQryCombLeg": _legs,
    "ReqQryDepthMarketData": _quotes,
    "ReqQryExchange": _exchanges,
    "ReqQryInstrument": _instruments,
    "ReqQryProduct": _products,
    "ReqQryProductExchRate": _product_rates,
    "ReqQryProductGroup": _product_groups,
}
"""The answers by request."""
