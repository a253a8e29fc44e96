"""Identifiers: plain text and integers with names of their own.

An instrument id is interned ``symbol.EXCHANGE``, split at the last dot (``rb2701.SHFE``,
``BTC-USDT-PERP.BINANCE``, ``BRK.B.US``). It names the listing, never the route to it. Exchange codes are open
text: a venue may bring exchanges nobody listed.
"""

from hashlib import blake2b
from sys import intern
from typing import NewType

from anyvenue.model.errors import UnknownInstrument

__all__ = [
    "AccountId",
    "InstrumentId",
    "OrderId",
    "StrategyId",
    "VenueId",
    "exchange_of",
    "external_order_id",
    "make_instrument_id",
    "next_order_id",
    "split_instrument_id",
    "symbol_of",
]

InstrumentId = NewType("InstrumentId", str)
AccountId = NewType("AccountId", str)
OrderId = NewType("OrderId", int)
StrategyId = NewType("StrategyId", str)
VenueId = NewType("VenueId", str)

_NS_PER_MS = 1_000_000
_NS_PER_DAY = 86_400_000_000_000
_DAYS_TO_2020 = 18_262  # 1970-01-01 to 2020-01-01
_EXTERNAL = 1 << 56  # far above every id of a node's own


def make_instrument_id(symbol: str, exchange: str) -> InstrumentId:
    """Return the interned id of `symbol` on `exchange`."""
    return InstrumentId(intern(f"{symbol}.{exchange}"))


def split_instrument_id(instrument: str) -> tuple[str, str]:
    """Return (symbol, exchange); raise UnknownInstrument when there is no dot to split at."""
    symbol, dot, exchange = instrument.rpartition(".")
    if not dot or not symbol or not exchange:
        raise UnknownInstrument(
            f"instrument {instrument!r} is not of the form symbol.EXCHANGE, such as rb2701.SHFE",
            instrument=instrument,
        )
    return symbol, exchange


def symbol_of(instrument: str) -> str:
    """Return the symbol part of an instrument id."""
    return split_instrument_id(instrument)[0]


def exchange_of(instrument: str) -> str:
    """Return the exchange part of an instrument id."""
    return split_instrument_id(instrument)[1]


def next_order_id(last: int, now_ns: int) -> OrderId:
    """Return the id that follows `last` at `now_ns` (int ns UTC).

    ``max(last + 1, days since 2020-01-01 x 10^8 + millisecond of the UTC day)``: rising, below 10^12 until
    2047 so that it also serves as a CTP OrderRef, and unique after a lost journal.
    """
    day, ns = divmod(now_ns, _NS_PER_DAY)
    by_clock = (day - _DAYS_TO_2020) * 100_000_000 + ns // _NS_PER_MS
    # A new type's call costs more than the sum.
    return last + 1 if last >= by_clock else by_clock  # type: ignore[return-value]


def external_order_id(venue_order_id: str) -> OrderId:
    """Return the id of an order that somebody else placed: from 2**56 to 2**57, where no node's own ids are.

    It is made of the venue's own id, so that everybody who hears of the order calls it the same.
    """
    digest = blake2b(venue_order_id.encode(), digest_size=7).digest()
    return OrderId(_EXTERNAL + int.from_bytes(digest))
