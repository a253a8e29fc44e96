"""From what people type to one instrument."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from anyvenue.model.errors import AmbiguousInstrument, UnknownInstrument
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.reference.codes import contract_month, contract_symbol, split_code
from anyvenue.reference.contract_names import contract_readings
from anyvenue.reference.crypto import CRYPTO_EXCHANGES
from anyvenue.reference.currencies import FX_EXCHANGE
from anyvenue.reference.pair_names import (
    all_pairs,
    coin_readings,
    near_pairs,
    pair_readings,
    pair_symbol,
)
from anyvenue.reference.products import Product
from anyvenue.reference.shares import mainland_exchange

if TYPE_CHECKING:
    from anyvenue.reference.catalog import Catalog

__all__ = ["exchange_named", "resolve", "resolve_listed", "search", "unknown"]

# How vendors and brokers write the exchanges.
_ALIASES = {
    "SH": "SSE", "XSHG": "SSE", "SHSE": "SSE", "SZ": "SZSE", "XSHE": "SZSE", "SEHK": "HK", "XHKG": "HK", "HKEX": "HK",
    "NASDAQ": "US", "NYSE": "US", "AMEX": "US", "ARCA": "US", "XNAS": "US", "XNYS": "US", "SMART": "US",
    "SHF": "SHFE", "XSGE": "SHFE", "XDCE": "DCE", "ZCE": "CZCE", "CZC": "CZCE", "XZCE": "CZCE", "CCFX": "CFFEX",
    "CFE": "CFFEX", "CFX": "CFFEX", "XINE": "INE", "GFE": "GFEX", "XGFE": "GFEX",
    "OKEX": "OKX", "HUOBI": "HTX", "FOREX": "FX", "IDEALPRO": "FX", "OANDA": "FX", "FXCM": "FX",
}  # fmt: skip
_PAIRS = (*CRYPTO_EXCHANGES, FX_EXCHANGE)
_KNOWN = ("SSE", "SZSE", "HK", "US", "CFFEX", "CZCE", "DCE", "GFEX", "INE", "SHFE", *_PAIRS)
_CONTINUOUS_MARKS = ("88", "888", "8888", "9999", "HOT", "hot", "main", "MAIN")


def resolve(catalog: "Catalog", text: str) -> Instrument:
    """Return the instrument `text` means; raise UnknownInstrument or AmbiguousInstrument."""
    asked = text.strip()
    exact = _try(catalog, asked)
    if exact is not None:
        return exact
    found = _among(asked, catalog.added) or _unique(_readings(catalog, asked))
    if not found:
        found = _coins(catalog, asked)
    if not found:
        raise unknown(catalog, asked)
    return _the_one(asked, found)


def resolve_listed(
    catalog: "Catalog", text: str, listed: Mapping[InstrumentId, Instrument]
) -> Instrument | None:
    """Return the one of `listed` that `text` means, None when there is none; raise AmbiguousInstrument."""
    asked = text.strip()
    found = _among(asked, listed.values())
    if not found:
        readings = _unique(_readings(catalog, asked)) + _coins(catalog, asked)
        found = [listed[each.id] for each in readings if each.id in listed]
    return _the_one(asked, found) if found else None


def exchange_named(text: str) -> str:
    """Return the exchange that `text` is a name of, in any case; raise UnknownInstrument. Nothing is guessed."""
    name = text.strip().upper()
    found = name if name in _KNOWN else _ALIASES.get(name, "")
    if not found:
        near = get_close_matches(name, _KNOWN, 3, 0.6)
        raise UnknownInstrument(
            f"there is no exchange {text!r}; there is: {', '.join(_KNOWN)}",
            instrument=text,
            suggestions=near,
        )
    return found


def _the_one(asked: str, found: Sequence[Instrument]) -> Instrument:
    if len(found) > 1:
        names = [instrument.id for instrument in found]
        raise AmbiguousInstrument(
            f"{asked!r} may be {' or '.join(names)}: write the one you mean",
            instrument=asked,
            candidates=names,
        )
    return found[0]


def search(catalog: "Catalog", text: str) -> list[Instrument]:
    """Return what matches `text` among listed contracts, continuous series, pairs and added instruments, best first."""
    wanted = text.strip().casefold()
    scored = []
    for number, instrument in enumerate(_all(catalog)):
        score = _score(wanted, instrument)
        if score is not None:
            scored.append((score, number, instrument))
    scored.sort(key=lambda entry: entry[:2])
    return [instrument for _, _, instrument in scored]


def unknown(catalog: "Catalog", text: str) -> UnknownInstrument:
    """Return the error for `text`, with the nearest ids that exist."""
    near = _suggestions(catalog, text)
    advice = (
        f"did you mean {', '.join(near)}?"
        if near
        else "write it as symbol.EXCHANGE, such as rb2701.SHFE"
    )
    return UnknownInstrument(
        f"there is no instrument {text!r} on {catalog.date}: {advice}",
        instrument=text,
        suggestions=near,
    )


def _readings(catalog: "Catalog", text: str) -> Iterator[Instrument | None]:
    exchange, symbol = _split_exchange(text)
    if exchange:
        yield from _on_exchange(catalog, symbol, exchange)
        return
    pairs = pair_readings(catalog, text)
    if pairs:  # a pair of six or less letters would pass for an American share
        yield from pairs
        return
    yield from contract_readings(catalog, text)
    yield from _futures(catalog, text, None)
    mainland = mainland_exchange(text)
    if mainland:
        yield _try(catalog, f"{text}.{mainland}")
    if len(text) == 5 and text.isdigit():
        yield _try(catalog, f"{text}.HK")
    if text.isupper():
        yield _try(catalog, f"{text}.US")


def _coins(catalog: "Catalog", text: str) -> list[Instrument]:
    """Return readings of a coin alone; without an exchange only in small letters: BTC is an American fund, too."""
    exchange, coin = _split_exchange(text)
    if exchange in CRYPTO_EXCHANGES or (not exchange and coin.islower()):
        return coin_readings(catalog, coin, exchange)
    return []


def _split_exchange(text: str) -> tuple[str, str]:
    """Return (exchange, symbol) of SHFE.rb2701, rb2701.SHFE or SHFE:rb2701, the exchange empty when none is named."""
    for mark in (".", ":"):
        head, found, tail = text.partition(mark)
        if found and _exchange(head):
            return _exchange(head), tail
    head, dot, tail = text.rpartition(".")
    if dot and _exchange(tail):
        return _exchange(tail), head
    if text[:2].upper() in ("SH", "SZ", "HK") and text[2:].isdigit() and len(text) >= 7:
        return _exchange(text[:2]), text[2:]
    if "@" in text:  # KQ.m@SHFE.rb of a vendor's continuous series
        return _split_exchange(text.rpartition("@")[2])
    return "", text


def _exchange(text: str) -> str:
    name = text.upper()
    return name if name in _KNOWN else _ALIASES.get(name, "")


def _on_exchange(catalog: "Catalog", symbol: str, exchange: str) -> Iterator[Instrument | None]:
    if exchange in _PAIRS:
        yield from pair_readings(catalog, symbol, exchange)
        return
    yield from contract_readings(catalog, symbol, exchange)
    if exchange == "HK" and symbol.isdigit():
        yield _try(catalog, f"{symbol.zfill(5)}.HK")
    elif exchange == "US":
        yield _try(catalog, f"{symbol.upper()}.US")
    elif exchange in ("SSE", "SZSE"):
        yield _try(catalog, f"{symbol}.{exchange}")
    else:
        yield from _futures(catalog, symbol, exchange)


def _futures(catalog: "Catalog", text: str, exchange: str | None) -> Iterator[Instrument | None]:
    """Yield readings of `text` as a contract or a continuous series, the exact case before folded ones."""
    products = [p for p in catalog.products() if exchange is None or p.exchange == exchange]
    exact = [_of_product(catalog, p, text) for p in products if text.startswith(p.root)]
    if any(exact):
        yield from exact
        return
    for product in products:
        if text[: len(product.root)].casefold() == product.root.casefold():
            yield _of_product(catalog, product, product.root + text[len(product.root) :])


def _of_product(catalog: "Catalog", product: Product, text: str) -> Instrument | None:
    rest = text.removeprefix(product.code).lstrip(".")
    if text.startswith(product.code) and (not rest or rest in _CONTINUOUS_MARKS):
        return catalog.get(product.id)
    head, digits, suffix = split_code(text.upper())
    if head != product.root.upper() or suffix != product.suffix:
        return None
    if product.exchange == "CZCE" and len(digits) == 4:
        return _four_digit_zhengzhou(catalog, product, digits)
    return _try(catalog, f"{product.root}{digits}{product.suffix}.{product.exchange}")


def _four_digit_zhengzhou(catalog: "Catalog", product: Product, digits: str) -> Instrument | None:
    month = contract_month(digits, "", catalog.date)
    if not month or contract_month(digits[1:], "CZCE", catalog.date) != month:
        return None
    return _try(catalog, f"{contract_symbol(product, month)}.{product.exchange}")


def _among(asked: str, units: Iterable[Instrument]) -> list[Instrument]:
    """Return those of `units` that go by this name: our own first, then the venue's, then any way to write a pair."""
    units = list(units)
    exchange, symbol = _split_listed(asked, {each.exchange for each in units})
    wanted, pair = _squeezed(symbol), pair_symbol(symbol)
    if not wanted:
        return []
    on = [each for each in units if exchange in ("", each.exchange)]
    return (
        [each for each in on if each.symbol.upper() == symbol.upper()]
        or [each for each in on if each.venue_symbol.upper() == symbol.upper()]
        or [each for each in on if wanted in (_squeezed(each.symbol), _squeezed(each.venue_symbol))]
        or [each for each in on if _squeezed(each.symbol) == pair]
    )


def _split_listed(text: str, exchanges: Collection[str]) -> tuple[str, str]:
    """Return (exchange, symbol) as `_split_exchange` does, where the exchange is one of these, whoever knows it."""
    for mark in (".", ":"):
        head, found, tail = text.partition(mark)
        if found and (_exchange(head) or head.upper()) in exchanges:
            return _exchange(head) or head.upper(), tail
    head, dot, tail = text.rpartition(".")
    if dot and (_exchange(tail) or tail.upper()) in exchanges:
        return _exchange(tail) or tail.upper(), head
    return "", text


def _squeezed(text: str) -> str:
    return "".join(letter for letter in text if letter not in "-/_.: ").upper()


def _try(catalog: "Catalog", id_text: str) -> Instrument | None:
    return catalog.find(id_text)


def _unique(found: Iterable[Instrument | None]) -> list[Instrument]:
    return list(
        {instrument.id: instrument for instrument in found if instrument is not None}.values()
    )


def _all(catalog: "Catalog") -> Iterator[Instrument]:
    yield from catalog.added
    for product in catalog.products():
        yield catalog.get(product.id)
        yield from catalog.listed(product.id)
    yield from all_pairs(catalog)


def _score(wanted: str, instrument: Instrument) -> int | None:
    symbol, name, name_zh = (
        instrument.symbol.casefold(),
        instrument.name.casefold(),
        instrument.name_zh.casefold(),
    )
    if wanted in (symbol, instrument.id.casefold(), name, name_zh):
        return 0
    if symbol.startswith(wanted):
        return 1
    if name.startswith(wanted) or name_zh.startswith(wanted):
        return 2
    if wanted in instrument.id.casefold() or wanted in name or wanted in name_zh:
        return 3
    return None


def _suggestions(catalog: "Catalog", text: str) -> list[str]:
    exchange, symbol = _split_exchange(text)
    code, digits, _ = split_code(symbol)
    ids = {product.code: product.id for product in catalog.products()}
    near = [code] if code in ids else get_close_matches(code, ids, 2, 0.5)
    if not near:
        folded = {name.casefold(): name for name in ids}
        near = [folded[name] for name in get_close_matches(code.casefold(), folded, 2, 0.5)]
    found: list[str] = []
    for name in near:
        listed = [instrument.id for instrument in catalog.listed(ids[name])]
        close = get_close_matches(
            f"{name}{digits}", [item.partition(".")[0] for item in listed], 3, 0.6
        )
        found += [item for item in listed if item.partition(".")[0] in close] or [ids[name]]
    added = [instrument.id for instrument in catalog.added]
    found = found[:5] + get_close_matches(text, added, 3, 0.6)
    return found or near_pairs(catalog, symbol, exchange)
