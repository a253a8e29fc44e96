"""What people type for currency pairs and crypto contracts.

Spot and currency pairs: ``BTCUSDT``, ``BTC/USDT``, ``BTC-USDT``, ``BTC_USDT``, ``EUR.USD``. Perpetual contracts carry a
mark: ``BTC-USDT-PERP``, ``BTCUSDT.P``, ``BTC/USDT:USDT`` (the settlement currency after a colon), ``BTC-USDT-SWAP``
(OKX), ``BTC_USDC_PERP`` (Backpack), ``BTCUSD_PERP`` (Binance), ``tBTCF0:USTF0`` (Bitfinex). Dated ones end with the
day: ``BTCUSDT_260925``, ``BTC-USDT-20260925``, ``BTC/USDT:USDT-260925``.

A contract in a venue's own spelling is that venue's, in whatever case it is typed; all else is looked for on every
exchange. HTX writes its contracts as we and everybody write spot pairs: ``HTX:BTC-USDT`` is spot. A coin alone
(``btc``) is its spot pair and its perpetual in the exchange's usual quote currency.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from anyvenue.model.instruments import Instrument
from anyvenue.reference.crypto import CRYPTO_EXCHANGES, crypto_pairs, crypto_symbols
from anyvenue.reference.currencies import FX_EXCHANGE, currency_symbols

if TYPE_CHECKING:
    from anyvenue.reference.catalog import Catalog

__all__ = ["all_pairs", "coin_readings", "near_pairs", "pair_readings", "pair_symbol"]

_DAY = re.compile(r"[-_](?:20)?(\d{6})$")
_PERPETUAL = re.compile(r"(?:[-_]?(?:PERP|SWAP)|\.P|:[A-Z]+)$")
_PERP = "-PERP"
_USUAL_QUOTES = ("USDT", "USDC", "USD")
_BITFINEX = re.compile(r"t[A-Z0-9]{3,}(?::[A-Z0-9]+)?$")
_BETWEEN = re.compile(r"[-/_.]")


def pair_readings(catalog: "Catalog", text: str, exchange: str = "") -> list[Instrument]:
    """Return the pairs and contracts that `text` may mean, on `exchange` alone when it is given."""
    pair, ending = _parsed(text)
    found: list[Instrument | None] = []
    if exchange in ("", FX_EXCHANGE) and not ending:
        found.append(catalog.find(f"{pair}.{FX_EXCHANGE}"))
    for where in (exchange,) if exchange else CRYPTO_EXCHANGES:
        known = crypto_pairs(where).get(pair)
        if known is not None:
            found.append(catalog.find(f"{known}{ending}.{where}"))
    there_are = [each for each in found if each is not None]
    own = [each for each in there_are if ending and each.venue_symbol.upper() == text.upper()]
    return own or there_are or _in_own_spelling(catalog, text, exchange)


def coin_readings(catalog: "Catalog", coin: str, exchange: str = "") -> list[Instrument]:
    """Return spot and perpetual of a coin in the usual quote of each exchange, or of the one that is given."""
    base, found = coin.upper(), []
    for where in (exchange,) if exchange in CRYPTO_EXCHANGES else CRYPTO_EXCHANGES:
        pairs = crypto_pairs(where)
        quote = next((each for each in _USUAL_QUOTES if base + each in pairs), "")
        for ending in ("", _PERP) if quote else ():
            listed = catalog.find(f"{base}-{quote}{ending}.{where}")
            if listed is not None:
                found.append(listed)
    return found


def near_pairs(catalog: "Catalog", text: str, exchange: str = "") -> list[str]:
    """Return the ids of pairs and contracts that are written much like `text`, those of `exchange` first."""
    pair, ending = _parsed(text)
    by_name = {symbol: [f"{symbol}.{FX_EXCHANGE}"] for symbol in currency_symbols()}
    for where in CRYPTO_EXCHANGES:
        for symbol in crypto_symbols(where, catalog.date):
            by_name.setdefault(_bare(symbol), []).append(f"{symbol}.{where}")
    near = get_close_matches(pair + _bare(ending), by_name, 3, 0.75)
    found = [each for name in near for each in by_name[name]]
    return sorted(found, key=lambda each: not each.endswith(f".{exchange}"))[:5]


def all_pairs(catalog: "Catalog") -> Iterator[Instrument]:
    """Yield every currency pair and every crypto pair and contract listed on the catalog's date."""
    for symbol in currency_symbols():
        yield catalog.get(f"{symbol}.{FX_EXCHANGE}")
    for exchange in CRYPTO_EXCHANGES:
        for symbol in crypto_symbols(exchange, catalog.date):
            yield catalog.get(f"{symbol}.{exchange}")


def _in_own_spelling(catalog: "Catalog", text: str, exchange: str) -> list[Instrument]:
    """Return what the named exchange writes as `text` in a way of its own, such as Bitfinex's tBTCUST."""
    if not exchange and _BITFINEX.match(text):
        exchange = "BITFINEX"  # nobody else puts a t before a pair
    if exchange not in CRYPTO_EXCHANGES:
        return []
    listed = (catalog.get(f"{each}.{exchange}") for each in crypto_symbols(exchange, catalog.date))
    return [each for each in listed if each.venue_symbol in (text, f"t{text}")]


def pair_symbol(text: str) -> str:
    """Return the symbol that we would give a pair or contract that is written `text`, without what stands between."""
    pair, ending = _parsed(text)
    return pair + _bare(ending)


def _parsed(text: str) -> tuple[str, str]:
    """Return the pair without anything between its two names, and how the symbols of such a contract end."""
    rest, ending = text.upper(), ""
    day = _DAY.search(rest)
    if day:
        rest, ending = rest[: day.start()], f"-20{day[1]}"
    mark = _PERPETUAL.search(rest)
    if mark:
        rest, ending = rest[: mark.start()], ending or _PERP
    return _bare(rest), ending


def _bare(text: str) -> str:
    return _BETWEEN.sub("", text)
