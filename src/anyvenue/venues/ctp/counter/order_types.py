"""From CTP's combinations of price type, time and volume condition to an order of ours."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import InstrumentKind, OrderType, Side, TimeInForce
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Quote
from anyvenue.model.numbers import ABSENT_ABOVE, to_decimal
from anyvenue.venues.ctp.counter.codes import (
    ANY_PRICE,
    BEST_PRICE,
    COMPLETE_VOLUME,
    FIVE_LEVEL_PRICE,
    IOC,
    LIMIT_PRICE,
    MIN_VOLUME,
)
from anyvenue.venues.ctp.counter.errors import Refused
from anyvenue.venues.ctp.counter.seam import Fields

__all__ = ["Terms", "exact_price", "terms_of"]

_DAY, _IOC, _FOK = TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK
_LIMIT, _MARKET = OrderType.LIMIT, OrderType.MARKET

_LIMIT_ONLY = frozenset({"SHFE", "INE"})
_LEVELLED = frozenset({"CFFEX"})
_FIVE = 5


class Terms(msgspec.Struct, frozen=True, gc=False):
    """How an order is priced and how long it lives. `hopeless` says that it cannot trade at all and ends at once."""

    type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce
    hopeless: bool = False


def terms_of(
    instrument: Instrument, fields: Fields, side: Side, quote: Quote | Depth | None
) -> Terms:
    """Return the terms of an order with sound codes; raise Refused for a price or price type that cannot be.

    `quote` is what the price of a best or five-level order, and the least volume of a FAK, are worked out from.
    """
    kind, at_once = fields["OrderPriceType"], fields["TimeCondition"] == IOC
    whole = fields["VolumeCondition"] == COMPLETE_VOLUME
    if kind == LIMIT_PRICE:
        price = exact_price(instrument, fields.get("LimitPrice", 0.0))
        if not at_once:
            return Terms(_LIMIT, price, _DAY)
        hopeless = _is_short(fields, side, price, quote)
        return Terms(_LIMIT, price, _FOK if whole else _IOC, hopeless)
    _check_supported(instrument, str(kind))
    if kind == ANY_PRICE and at_once:
        return Terms(_MARKET, None, _FOK if whole else _IOC)
    worst = _level(instrument, quote, side, _FIVE if kind == FIVE_LEVEL_PRICE else 1)
    until = (_FOK if whole else _IOC) if at_once else _DAY
    return Terms(_LIMIT, worst, until, hopeless=worst is None)


def exact_price(instrument: Instrument, value: object) -> Decimal:
    """Return a price on its tick; raise Refused BAD_PRICE_VALUE for any other, or one that is not a number."""
    if not isinstance(value, int | float) or not -ABSENT_ABOVE < value < ABSENT_ABOVE:
        raise Refused("BAD_PRICE_VALUE")
    try:
        return instrument.price(to_decimal(value, "price"))
    except AnyvenueError:
        raise Refused("BAD_PRICE_VALUE") from None


def _check_supported(instrument: Instrument, kind: str) -> None:
    """Raise Refused unless the exchange knows this price type: Shanghai knows limit orders only."""
    exchange = instrument.exchange
    known = kind == ANY_PRICE and exchange not in _LIMIT_ONLY
    levelled = kind in (BEST_PRICE, FIVE_LEVEL_PRICE) and exchange in _LEVELLED
    if not (known or levelled) or instrument.kind is InstrumentKind.SPREAD:
        raise Refused("PRICETYPE_NOTSUPPORT_BYEXCHANGE")


def _is_short(fields: Fields, side: Side, price: Decimal, quote: Quote | Depth | None) -> bool:
    """Tell whether a FAK with a least volume finds less than that on the other side of the book."""
    least = fields.get("MinVolume", 0)
    if fields["VolumeCondition"] != MIN_VOLUME or not isinstance(least, int) or least <= 1:
        return False
    limit = float(price)
    crossing = sum(
        size
        for level, size in _levels(quote, side)
        if (level <= limit if side is Side.BUY else level >= limit)
    )
    return crossing < least


def _level(
    instrument: Instrument, quote: Quote | Depth | None, side: Side, count: int
) -> Decimal | None:
    prices = [price for price, _ in _levels(quote, side)[:count]]
    return exact_price(instrument, prices[-1]) if prices else None


def _levels(quote: Quote | Depth | None, side: Side) -> list[tuple[float, float]]:
    """Return the levels of the other side, best first, absent ones left out."""
    if quote is None:
        return []
    if isinstance(quote, Depth):
        buying = side is Side.BUY
        prices = quote.ask_prices if buying else quote.bid_prices
        sizes = quote.ask_sizes if buying else quote.bid_sizes
        levels = list(zip(prices, sizes, strict=False))
    elif side is Side.BUY:
        levels = [(quote.ask, quote.ask_size)]
    else:
        levels = [(quote.bid, quote.bid_size)]
    return [(price, size) for price, size in levels if 0 < price < ABSENT_ABOVE and size > 0]
