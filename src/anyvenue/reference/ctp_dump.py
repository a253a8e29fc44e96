"""Read a dump of CTP's instrument query.

Two header styles are known: CTP's own names (``InstrumentID``, ``VolumeMultiple``) and snake case
(``instrument_id``, ``volume_multiple``). The file may be gzipped, in UTF-8 or GBK. CTP writes DBL_MAX
(1.79769e+308) where a number is not set.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from anyvenue.model.enums import InstrumentKind, OptionRight
from anyvenue.model.ids import InstrumentId, make_instrument_id
from anyvenue.model.instruments import (
    FUTURE_AUTO_DATED,
    FUTURE_EXPLICIT_DATED,
    FeeSchedule,
    Instrument,
    MarginSchedule,
    OptionTerms,
)
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.ctp_rows import DumpRow, read_dump
from anyvenue.reference.options import index_of, option_fees, option_product, option_terms
from anyvenue.reference.products import Product, get_products
from anyvenue.reference.spreads import spread_legs

__all__ = ["load_ctp_instruments"]

_KINDS = {
    "1": InstrumentKind.FUTURE,
    "2": InstrumentKind.OPTION,
    "3": InstrumentKind.SPREAD,
    "6": InstrumentKind.OPTION,
}
_RIGHTS = {"1": OptionRight.CALL, "2": OptionRight.PUT}


def load_ctp_instruments(
    path: str | Path,
    *,
    products: Mapping[str, Product] | None = None,
    default_sessions: str = "",
) -> list[Instrument]:
    """Return the futures, options and spreads of a dump, in its order; raise DataError with file, line and column.

    Sessions, fees and missing margin rates come from `products` (by default the packaged ones). Instruments of an
    unknown product get `default_sessions`; without it they raise DataError. Rows of other classes are left out.
    """
    known = get_products() if products is None else products
    return [
        _instrument(row, known, default_sessions)
        for row in read_dump(Path(path))
        if row.text("productclass") in _KINDS
    ]


def _instrument(row: DumpRow, products: Mapping[str, Product], default_sessions: str) -> Instrument:
    symbol, exchange = row.text("instrumentid"), row.text("exchangeid")
    if not symbol or not exchange:
        raise row.error("exchangeid" if symbol else "instrumentid", "a name")
    kind = _KINDS[row.text("productclass")]
    product = _product(row, products)
    sessions = product.sessions if product else _sessions(row, default_sessions)
    future, option = kind is InstrumentKind.FUTURE, kind is InstrumentKind.OPTION
    label = f"{row.whole('deliveryyear') % 100:02}{row.whole('deliverymonth'):02}"
    name_zh = row.text("instrumentname")
    if product and future and name_zh in ("", symbol):
        name_zh = product.name_zh + label
    return Instrument(
        id=make_instrument_id(symbol, exchange),
        kind=kind,
        currency="CNY",
        price_step=FixedStep(row.positive("pricetick")),
        lot=_lot(row),
        position_rule=FUTURE_EXPLICIT_DATED if _is_dated(row, product) else FUTURE_AUTO_DATED,
        sessions=sessions,
        multiplier=row.positive("volumemultiple"),
        product=option_product(_root(row), exchange) if option else row.text("productid"),
        name=f"{product.name} {label}" if product and future else symbol,
        name_zh=name_zh or symbol,
        fees=option_fees(_root(row), exchange) if option else _future_fees(product, future),
        margin=_margin(row, product if future else None),
        margin_group=_group(row, product),
        price_limit=product.price_limit if product and future else Decimal(0),
        listed=row.day("opendate"),
        expiry=row.day("expiredate"),
        venue_symbol=symbol,
        underlying=_underlying(row, kind),
        strike=row.number("strikeprice") if option else None,
        right=_RIGHTS.get(row.text("optionstype")) if option else None,
        option=_option(row) if option else None,
        legs=spread_legs(symbol, exchange) if kind is InstrumentKind.SPREAD else (),
    )


def _product(row: DumpRow, products: Mapping[str, Product]) -> Product | None:
    """Return the product of the row or, of an option, that of what it is on."""
    exchange = row.text("exchangeid")
    underlying = row.text("underlyinginstrid").rstrip("0123456789")
    for code in (row.text("productid"), row.text("productid").removesuffix("_o"), underlying):
        found = products.get(f"{code}.{exchange}")
        if found is not None:
            return found
    # Index options are traded in the hours of the index futures and have no future of their own letters.
    return (
        products.get("IF.CFFEX")
        if exchange == "CFFEX" and row.text("productclass") != "1"
        else None
    )


def _sessions(row: DumpRow, default_sessions: str) -> str:
    if not default_sessions:
        raise row.error(
            "productid", "a product of the tables (or an override of it, or default_sessions)"
        )
    return default_sessions


def _lot(row: DumpRow) -> LotRule:
    minimum, maximum = row.whole("minlimitordervolume"), row.whole("maxlimitordervolume")
    market = row.whole("maxmarketordervolume")
    return LotRule(
        minimum=Decimal(minimum or 1),
        maximum=Decimal(maximum) if maximum else None,
        market_maximum=Decimal(market) if market else None,
    )


def _is_dated(row: DumpRow, product: Product | None) -> bool:
    dating = row.text("positiondatetype")
    if dating:
        return dating == "1"
    return (
        row.text("exchangeid") in ("SHFE", "INE")
        if product is None
        else product.dating == "explicit"
    )


def _margin(row: DumpRow, product: Product | None) -> MarginSchedule | None:
    long, short = row.number("longmarginratio"), row.number("shortmarginratio")
    if long is None or short is None:
        return product.margin if product else None
    return MarginSchedule(long, short, source=f"{row.file}, line {row.line}")


def _group(row: DumpRow, product: Product | None) -> str:
    algorithm = row.text("maxmarginsidealgorithm")
    larger = algorithm == "1" if algorithm else product is not None and product.larger_side
    return f"{row.text('productid')}.{row.text('exchangeid')}" if larger else ""


def _option(row: DumpRow) -> OptionTerms | None:
    month = row.whole("deliveryyear") * 100 + row.whole("deliverymonth")
    return option_terms(_root(row), row.text("exchangeid"), month)


def _root(row: DumpRow) -> str:
    """Return the letters of what an option is on: m of m_o, SR of SRC and SRP, IO of IO."""
    root = row.text("productid").removesuffix("_o")
    is_pair = row.text("exchangeid") == "CZCE" and root[-1:] in ("C", "P") and len(root) > 2
    return root[:-1] if is_pair else root


def _future_fees(product: Product | None, future: bool) -> FeeSchedule | None:
    return product.fees if product is not None and future else None


def _underlying(row: DumpRow, kind: InstrumentKind) -> InstrumentId | None:
    # The query names a month of the index option there, which nothing is quoted for.
    index = index_of(row.text("productid")) if row.text("exchangeid") == "CFFEX" else None
    if index is not None and kind is InstrumentKind.OPTION:
        return index
    name = row.text("underlyinginstrid")
    if kind is not InstrumentKind.OPTION or not name:
        return None
    return make_instrument_id(name, row.text("exchangeid"))
