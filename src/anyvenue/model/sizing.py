"""From wishes about money and positions to orders: what an amount buys, what a target lacks, what closes what is held.

Pure arithmetic on records, the same for strategies, scripts and every venue. Amounts are in the currency of the price
(USD for an inverse contract), fees not counted. Nothing here ever rounds a size up.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from math import isfinite
from typing import Literal

import msgspec

from anyvenue.model.enums import Dating, Offset, Side
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketEvent, Quote, Trade
from anyvenue.model.numbers import Number, plain, to_decimal
from anyvenue.model.orders import Order
from anyvenue.model.positions import Leg, Position
from anyvenue.model.steps import floor_to

__all__ = [
    "Closing",
    "HeldSide",
    "Outcome",
    "closing_orders",
    "missing_to",
    "order_quantity",
    "price_met",
    "working_quantity",
]

HeldSide = Literal["long", "short"]
Outcome = Literal["winners", "losers"]

_ZERO = Decimal(0)
_BUY, _SELL = Side.BUY, Side.SELL


class Closing(msgspec.Struct, frozen=True):
    """One reduce-only order that closes something: at `price`, or at market when that is None."""

    instrument: InstrumentId
    side: Side
    quantity: Decimal
    offset: Offset
    price: Decimal | None = None


def price_met(instrument: Instrument, side: Side, latest: MarketEvent | None) -> Decimal:
    """Return what an order of `side` would meet: the other side's best price, else the last one.

    Raise InvalidOrder (code ``order.no_price``) when `latest` tells none.
    """
    for price in _prices(side, latest):
        if isfinite(price) and price > 0:
            return to_decimal(price, "price")
    raise InvalidOrder(
        f"there is no price of {instrument.id} yet to measure an amount by: subscribe to it first, "
        "or give price=",
        code="order.no_price",
        field="price",
        instrument=instrument.id,
    )


def _prices(side: Side, latest: MarketEvent | None) -> Iterator[float]:
    if isinstance(latest, Quote | Depth):
        yield latest.ask if side is _BUY else latest.bid
    if isinstance(latest, Depth):
        yield latest.last
    if isinstance(latest, Trade):
        yield latest.price
    if isinstance(latest, Bar):
        yield latest.close


def order_quantity(
    instrument: Instrument,
    side: Side,
    quantity: Number | None,
    amount: Number | None,
    price: Number | None,
    latest: MarketEvent | None,
) -> Decimal:
    """Return the quantity of an order given by quantity or by money: exactly one of the two.

    An amount is measured at `price`, without one at what the order would meet, and floored to the lot. Raise
    InvalidOrder, which names the minimum when the amount is too small.
    """
    if (quantity is None) is (amount is None):
        raise InvalidOrder(
            f"an order for {instrument.id} needs quantity or amount=, and not both",
            field="quantity",
            value=repr(quantity),
            instrument=instrument.id,
        )
    if amount is None:
        return to_decimal(quantity or 0, "quantity")
    measure = price_met(instrument, side, latest) if price is None else price
    return instrument.quantity_for(amount, measure)


def working_quantity(orders: Iterable[Order], instrument: InstrumentId) -> Decimal:
    """Return what working orders would still add (below zero: take) when filled; untouched stops do not count."""
    total = _ZERO
    for order in orders:
        wish = order.request
        stop = wish.stop_price is not None or wish.trail is not None
        waiting = stop and not order.triggered
        if order.instrument == instrument and not order.done and not waiting:
            total += order.remaining if order.side is _BUY else -order.remaining
    return total


def missing_to(
    instrument: Instrument,
    held: Decimal,
    quantity: Number | None,
    amount: Number | None,
    latest: MarketEvent | None,
) -> tuple[Side, Decimal] | None:
    """Return side and quantity that bring `held` (net, below zero: short) to a target; None when nothing is missing.

    The target is a net quantity, or money: then what is held is worth at most that and lacks less than a lot or the
    smallest order. Raise InvalidOrder for a target below the smallest order other than 0.
    """
    if (quantity is None) is (amount is None):
        raise InvalidOrder(
            f"a target for {instrument.id} is a quantity or amount=, and not both",
            field="quantity",
            value=repr(quantity),
            instrument=instrument.id,
        )
    if amount is None:
        missing = to_decimal(quantity or 0, "quantity") - held
    else:
        missing = _lacking(instrument, held, to_decimal(amount, "amount"), latest)
    if not missing:
        return None
    return (_BUY if missing > 0 else _SELL), abs(missing)


def _lacking(
    instrument: Instrument, held: Decimal, amount: Decimal, latest: MarketEvent | None
) -> Decimal:
    if not amount:
        return -held
    price = price_met(instrument, _BUY if amount > 0 else _SELL, latest)
    wanted = instrument.quantity_for(abs(amount), price)
    missing = (wanted if amount > 0 else -wanted) - held
    # A rest below one lot is not the target's: it stays. What is too small to be ordered is not missing.
    floored = floor_to(abs(missing), instrument.lot.step)
    if floored < instrument.smallest_at(price):
        return _ZERO
    return floored.copy_sign(missing)


def closing_orders(
    instrument: Instrument,
    position: Position,
    latest: MarketEvent | None,
    *,
    side: HeldSide | None = None,
    outcome: Outcome | None = None,
    away: Number | None = None,
) -> list[Closing]:
    """Return the orders that close what is held and free, of one `side` or one `outcome` alone where given.

    What working orders close already is left to them, what the venue does not take (less than its minimum, shares
    bought today) stays. ``winners`` would gain if they were closed at what they meet now, against their average opening
    price; fees are not counted. `away` makes limit orders, that fraction better than the price they meet.
    """
    _check_word("side", side, ("long", "short"))
    _check_word("outcome", outcome, ("winners", "losers"))
    distance = None if away is None else to_decimal(away, "away")
    if distance is not None and not 0 <= distance < 1:
        raise InvalidOrder(
            f"away was {plain(distance)}; expected a fraction from 0 to 1 such as 0.0005",
            field="away",
            value=plain(distance),
        )
    found: list[Closing] = []
    for held, closes, today, old in (
        ("long", _SELL, position.long_today, position.long_old),
        ("short", _BUY, position.short_today, position.short_old),
    ):
        if side not in (None, held) or not today.quantity + old.quantity:
            continue
        if outcome is None or outcome == _outcome(instrument, closes, (today, old), latest):
            price = None if distance is None else _away(instrument, closes, latest, distance)
            found += _closings(instrument, closes, today, old, price)
    return found


def _check_word(field: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise InvalidOrder(
            f"{field} was {value!r}; expected one of {', '.join(known)}", field=field, value=value
        )


def _outcome(
    instrument: Instrument, closes: Side, legs: tuple[Leg, Leg], latest: MarketEvent | None
) -> Outcome | None:
    quantity = sum((leg.quantity for leg in legs), _ZERO)
    opened = sum((leg.open_value for leg in legs), _ZERO)
    gain = price_met(instrument, closes, latest) * quantity - opened
    if closes is _BUY:
        gain = -gain
    return None if not gain else "winners" if gain > 0 else "losers"


def _away(
    instrument: Instrument, closes: Side, latest: MarketEvent | None, distance: Decimal
) -> Decimal:
    factor = 1 + distance if closes is _SELL else 1 - distance
    return instrument.snap(price_met(instrument, closes, latest) * factor, closes)


def _closings(
    instrument: Instrument, closes: Side, today: Leg, old: Leg, price: Decimal | None
) -> Iterator[Closing]:
    rule = instrument.position_rule
    if rule.dated is Dating.EXPLICIT:
        parts = [(Offset.CLOSE_OLD, old.closable), (Offset.CLOSE_TODAY, today.closable)]
    elif closes is _SELL and not rule.sell_today:
        parts = [(Offset.CLOSE, old.closable)]
    else:
        parts = [(Offset.CLOSE, old.closable + today.closable)]
    for offset, quantity in parts:
        for piece in _pieces(instrument, closes, quantity, at_market=price is None):
            yield Closing(instrument.id, closes, piece, offset, price)


def _pieces(
    instrument: Instrument, closes: Side, quantity: Decimal, *, at_market: bool
) -> Iterator[Decimal]:
    """Yield what the venue takes of `quantity` in one order each."""
    lot = instrument.lot
    most = lot.market_maximum if at_market and lot.market_maximum is not None else lot.maximum
    odd_allowed = lot.odd_close and closes is _SELL
    while quantity > 0:
        whole = quantity if odd_allowed else floor_to(quantity, lot.step)
        piece = whole if most is None else min(whole, floor_to(most, lot.step))
        if piece <= 0 or (piece < lot.minimum and not odd_allowed):
            return
        yield piece
        quantity -= piece
