"""What a well-formed id stands for: each exchange has its rules."""

from typing import TYPE_CHECKING

from anyvenue.model.instruments import Instrument
from anyvenue.reference.bonds import bond_instrument
from anyvenue.reference.codes import contract_month, product_code, split_code
from anyvenue.reference.crypto import CRYPTO_EXCHANGES, crypto_instrument
from anyvenue.reference.currencies import FX_EXCHANGE, currency_instrument
from anyvenue.reference.futures import continuous_instrument, future_instrument
from anyvenue.reference.indices import index_instrument
from anyvenue.reference.products import FUTURES_EXCHANGES
from anyvenue.reference.shares import SHARE_EXCHANGES, share_instrument

if TYPE_CHECKING:
    from anyvenue.reference.catalog import Catalog

__all__ = ["instrument_by_rule"]


def instrument_by_rule(catalog: "Catalog", symbol: str, exchange: str) -> Instrument | None:
    """Return what `symbol` on `exchange` stands for by the tables and rules of the catalog's day, None for nothing."""
    if exchange in SHARE_EXCHANGES:
        return _security(catalog, symbol, exchange)
    if exchange == "HOT":
        return _hot(catalog, symbol)
    if exchange in CRYPTO_EXCHANGES:
        return crypto_instrument(symbol, exchange)
    if exchange == FX_EXCHANGE:
        return currency_instrument(symbol)
    if " " in symbol:
        return _spread(catalog, symbol, exchange)
    return _future(catalog, symbol, exchange) or _option(catalog, symbol, exchange)


def _security(catalog: "Catalog", symbol: str, exchange: str) -> Instrument | None:
    found = share_instrument(symbol, exchange, catalog.date)
    if found is None and exchange in ("SSE", "SZSE"):
        bond = bond_instrument(symbol, exchange, catalog.date)
        found = bond or index_instrument(symbol, exchange)
    if found is not None or len(symbol) < 16:  # all option codes are as long or longer
        return found
    from anyvenue.reference.share_options import fund_option, us_option  # most starts need none

    if exchange == "US":
        return us_option(symbol, catalog.date)
    return fund_option(symbol, exchange, catalog.date, catalog.calendar("CN"))


def _hot(catalog: "Catalog", code: str) -> Instrument | None:
    for exchange in FUTURES_EXCHANGES:
        product = catalog.find_product(f"{code}.{exchange}")
        if product is not None:
            return continuous_instrument(product)
    return None


def _future(catalog: "Catalog", symbol: str, exchange: str) -> Instrument | None:
    product = catalog.find_product(f"{symbol}.{exchange}")
    if product is not None:
        return continuous_instrument(product)
    letters, digits, suffix = split_code(symbol)
    product = catalog.find_product(f"{product_code(letters, suffix)}.{exchange}")
    if product is None:
        return None
    month = contract_month(digits, exchange, catalog.date)
    if not month:
        return None
    return future_instrument(product, month, catalog.date, catalog.calendar("CN"))


def _option(catalog: "Catalog", symbol: str, exchange: str) -> Instrument | None:
    if exchange not in FUTURES_EXCHANGES or len(symbol) < 8:
        return None
    from anyvenue.reference.options import future_option, index_option  # most starts need none

    calendar = catalog.calendar("CN")
    if exchange == "CFFEX":
        return index_option(symbol, exchange, catalog.date, calendar)
    return future_option(symbol, exchange, catalog.date, calendar, catalog.find_on)


def _spread(catalog: "Catalog", symbol: str, exchange: str) -> Instrument | None:
    from anyvenue.reference.spreads import spread_instrument  # most starts need none

    return spread_instrument(symbol, exchange, catalog.find_on)
