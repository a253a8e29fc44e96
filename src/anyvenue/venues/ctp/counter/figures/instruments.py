"""Instrument and Product: what the broker lists in CTP's words, with openctp's classes for what CTP does not know."""

from decimal import Decimal

from anyvenue.model.enums import Dating, InstrumentKind, OptionRight
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Quote
from anyvenue.reference.codes import contract_month, split_code
from anyvenue.reference.products import get_products
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.figures.numbers import unit_of
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.times import day_text
from anyvenue.venues.ctp.description import ABSENT

__all__ = [
    "instrument_row",
    "product_class",
    "product_id",
    "product_name",
    "product_row",
    "tick_of",
]

_CLASSES = {
    InstrumentKind.FUTURE: "1",
    InstrumentKind.PERPETUAL: "1",
    InstrumentKind.OPTION: "2",
    InstrumentKind.SPREAD: "3",
    InstrumentKind.SPOT: "4",
    InstrumentKind.FX: "4",
    InstrumentKind.STOCK: "E",
    InstrumentKind.BOND: "B",
    InstrumentKind.FUND: "D",
    InstrumentKind.INDEX: "I",
    InstrumentKind.CONTINUOUS: "1",
}
_SPOT_OPTION = (
    "6"  # on what is no future: CFFEX index options (CTP's instrument query), ETF options
)
_ETF_OPTION, _SHARE = "7", "8"  # as the API for options on shares has them
_SPOT_OPTION_EXCHANGES = frozenset({"CFFEX", "SSE", "SZSE"})
_OPTION_TYPES = {OptionRight.CALL: "1", OptionRight.PUT: "2"}
_NO_MAXIMUM = 1_000_000
_ONE = Decimal(1)


def product_class(context: Context, instrument: Instrument) -> str:
    """Return ProductClass in the codes of the API that the counter is for."""
    if context.profile.api == "opt" and instrument.exchange in ("SSE", "SZSE"):
        return _ETF_OPTION if instrument.option is not None else _SHARE
    if instrument.option is not None and instrument.exchange in _SPOT_OPTION_EXCHANGES:
        return _SPOT_OPTION
    return _CLASSES[instrument.kind]


def tick_of(context: Context, instrument: Instrument) -> Decimal:
    """Return PriceTick, where it depends on the price that at the latest one."""
    quote = context.broker.quote(instrument.id)
    last = quote.last if isinstance(quote, Depth) else quote.bid if isinstance(quote, Quote) else 0
    at = Decimal(repr(last)) if 0 < last < ABSENT else _ONE
    return instrument.price_step.step_at(at)


def instrument_row(context: Context, instrument: Instrument, larger: bool = True) -> Row:
    """Return an instrument's row; `larger` as `reads.margins_larger_side` tells it of who asks."""
    year, month = _delivery(context, instrument)
    symbol, underlying = instrument.symbol, instrument.underlying
    expired = 0 < instrument.expiry < context.trading_day
    listed, expiry = day_text(instrument.listed), day_text(instrument.expiry)
    name = instrument.name_zh or instrument.name or symbol
    row: Row = {
        "InstrumentID": symbol,
        "ExchangeID": exchange_id(instrument.exchange),
        "InstrumentName": name,
        "ExchangeInstID": symbol,
        "ProductID": product_id(instrument),
        "ProductClass": product_class(context, instrument),
        "DeliveryYear": year,
        "DeliveryMonth": month,
        "CreateDate": listed,
        "OpenDate": listed,
        "ExpireDate": expiry,
        "StartDelivDate": expiry,
        "EndDelivDate": expiry,
        "InstLifePhase": "3" if expired else "1",
        "IsTrading": 0 if expired or instrument.kind is InstrumentKind.INDEX else 1,
        "UnderlyingInstrID": underlying.rpartition(".")[0]
        if underlying
        else product_id(instrument),
        "UnderlyingMultiple": 1.0,
        "CombinationType": "0",
        "InstrumentCode": instrument.venue_symbol or symbol,
        "OldInstrumentName": name,
    }
    return row | _terms(context, instrument, larger) | _option(instrument) | _margins(instrument)


def product_row(context: Context, instrument: Instrument) -> Row:
    """Return the row of an instrument's product."""
    row: Row = {
        "ProductID": product_id(instrument),
        "ProductName": product_name(instrument),
        "ExchangeID": exchange_id(instrument.exchange),
        "ProductClass": product_class(context, instrument),
        "CloseDealType": "0",
        "TradeCurrencyID": instrument.currency[:3],
        "MortgageFundUseRange": "0",
        "ExchangeProductID": product_id(instrument),
        "UnderlyingMultiple": 1.0,
        "OpenLimitControlLevel": "0",
        "OrderFreqControlLevel": "0",
    }
    terms = _terms(context, instrument, True)
    for name in ("MaxMarginSideAlgorithm", "MinBuyVolume", "MinSellVolume"):
        terms.pop(name)
    return row | terms


def product_id(instrument: Instrument) -> str:
    """Return ProductID; what is its own product, such as a share, has its own code."""
    return instrument.product or instrument.symbol


def product_name(instrument: Instrument) -> str:
    """Return a product's name in Chinese, the code of one that has none."""
    code = instrument.product.removesuffix("_o")
    found = get_products().get(f"{code}.{instrument.exchange}")
    name = found.name_zh if found else instrument.name_zh or instrument.name or instrument.symbol
    return f"{name}期权" if found and code != instrument.product else name


def _terms(context: Context, instrument: Instrument, larger: bool) -> Row:
    lot, rule, unit = instrument.lot, instrument.position_rule, unit_of(instrument)
    least = max(int(lot.minimum / unit), 1)
    most = int(lot.maximum / unit) if lot.maximum else _NO_MAXIMUM
    at_market = int(lot.market_maximum / unit) if lot.market_maximum else most
    return {
        "MaxMarketOrderVolume": at_market,
        "MinMarketOrderVolume": least,
        "MaxLimitOrderVolume": most,
        "MinLimitOrderVolume": least,
        "MinBuyVolume": least,
        "MinSellVolume": 1 if lot.odd_close else least,
        "VolumeMultiple": max(int(instrument.multiplier * unit), 1),
        "PriceTick": float(tick_of(context, instrument)),
        "PositionType": "1" if rule.short_ok and not rule.hedged else "2",
        "PositionDateType": "1" if rule.dated is Dating.EXPLICIT else "2",
        "MaxMarginSideAlgorithm": "1" if larger and instrument.margin_group else "0",
    }


def _option(instrument: Instrument) -> Row:
    strike = instrument.strike
    absent = 0.0 if instrument.legs else ABSENT
    return {
        "StrikePrice": absent if strike is None else float(strike),
        "OptionsType": _OPTION_TYPES[instrument.right] if instrument.right else "",
    }


def _margins(instrument: Instrument) -> Row:
    schedule = instrument.margin
    if schedule is None:
        paid = not instrument.position_rule.margined
        return dict.fromkeys(("LongMarginRatio", "ShortMarginRatio"), 1.0 if paid else ABSENT)
    return {
        "LongMarginRatio": float(schedule.long_by_money),
        "ShortMarginRatio": float(schedule.short_by_money),
    }


def _delivery(context: Context, instrument: Instrument) -> tuple[int, int]:
    """Return delivery year and month: of the code where it has them, else of the last day."""
    underlying = instrument.underlying if instrument.option is not None else None
    symbol, exchange = (underlying or instrument.id).rpartition(".")[::2]
    _, digits, _ = split_code(symbol)
    month = contract_month(digits, exchange, instrument.expiry or context.trading_day)
    return divmod(month or instrument.expiry // 100, 100)
