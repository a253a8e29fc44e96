"""Is a request well-formed for its instrument? The same checks before sending and at the exchange."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import InstrumentKind, Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import InvalidOrder, OffTick
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain, to_decimal
from anyvenue.model.orders import OrderRequest
from anyvenue.model.steps import FixedStep

__all__ = ["validate"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_DAY = TimeInForce.DAY
_CLOSE_OLD = Offset.CLOSE_OLD
_CLOSE_TODAY = Offset.CLOSE_TODAY
_FOK = TimeInForce.FOK
_GTC = TimeInForce.GTC
_GTD = TimeInForce.GTD
_OPTION = InstrumentKind.OPTION
_IOC = TimeInForce.IOC
_MARKET = OrderType.MARKET
_LIMIT = OrderType.LIMIT
_SELL = Side.SELL
_STOP = OrderType.STOP
_TRAILING = OrderType.TRAILING_STOP

_PRICED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
_STOPS = frozenset({_STOP, OrderType.STOP_LIMIT})
_WAITING = _STOPS | {_TRAILING}
_DIGITS = 15  # longer numbers are nobody's price or quantity
_SMALLEST = Decimal("1e-30")
_ZERO = Decimal(0)
_UNDATED = frozenset({Offset.AUTO, Offset.CLOSE, Offset.OPEN})
_UNPRICED = frozenset({_MARKET, _STOP, _TRAILING})


def validate(instrument: Instrument, request: OrderRequest) -> OrderRequest:
    """Return the request with exact price and quantity; raise InvalidOrder, OffTick or OffLot."""
    if _is_plain(instrument, request):
        return request
    quantity = _quantity(instrument, request)
    price = _price(instrument, request)
    stop = _stop_price(instrument, request)
    if instrument.lot.minimum_value and price is not None and not request.reduce_only:
        _check_value(instrument, quantity, price)
    _check_combination(instrument, request)
    if request.trail is not None or request.display is not None or request.type is _TRAILING:
        trail, display = _trail(instrument, request), _display(instrument, request, quantity)
        request = msgspec.structs.replace(request, trail=trail, display=display)
    if price is request.price and stop is request.stop_price and quantity is request.quantity:
        return request
    return msgspec.structs.replace(request, quantity=quantity, price=price, stop_price=stop)


def _is_plain(instrument: Instrument, request: OrderRequest) -> bool:
    """Tell quickly whether this is a sound limit order with exact numbers, as most are that come here."""
    price, quantity, lot = request.price, request.quantity, instrument.lot
    step = instrument.price_step
    return (
        request.type is _LIMIT
        and type(price) is type(quantity) is Decimal
        and type(step) is FixedStep
        and price.is_finite()
        and quantity.is_finite()
        and price.adjusted() < _DIGITS
        and quantity.adjusted() < _DIGITS
        and price > _ZERO
        and not price % step.step
        and quantity >= lot.minimum
        and quantity > _ZERO
        and not quantity % lot.step
        and (lot.maximum is None or quantity <= lot.maximum)
        and (
            not lot.minimum_value
            or request.reduce_only
            or instrument.worth(quantity, price) >= lot.minimum_value
        )
        and request.stop_price is request.trail is request.display is None
        and (request.time_in_force is _GTC or request.time_in_force is _DAY)
        and not request.expires
        and not request.covered
        and (request.offset in _UNDATED or instrument.position_rule.hedged)
    )


def _quantity(instrument: Instrument, request: OrderRequest) -> Decimal:
    lot = instrument.lot
    quantity = to_decimal(request.quantity, "quantity")
    if not (lot.odd_close and request.side is _SELL and quantity > 0 and not quantity % 1):
        # Else a rest smaller than a lot may be sold whole (A-shares): checked against the position.
        quantity = instrument.quantity(quantity)
        if quantity < lot.minimum:
            raise _wrong(instrument, "quantity", plain(quantity), f"at least {plain(lot.minimum)}")
    maximum = lot.maximum
    if request.type in _UNPRICED and lot.market_maximum is not None:
        maximum = lot.market_maximum
    if maximum is not None and quantity > maximum:
        raise _wrong(
            instrument,
            "quantity",
            plain(quantity),
            f"at most {plain(maximum)} in one {request.type} order",
        )
    return quantity


def _check_value(instrument: Instrument, quantity: Decimal, price: Decimal) -> None:
    """Refuse an order worth less than the venue takes. One at market has no value before it is filled."""
    least = instrument.lot.minimum_value
    if instrument.worth(quantity, price) < least:
        smallest = plain(instrument.smallest_at(price))
        expected = (
            f"at least {smallest} at {plain(price)}: an order is worth {plain(least)} or more"
        )
        raise _wrong(instrument, "quantity", plain(quantity), expected)


def _price(instrument: Instrument, request: OrderRequest) -> Decimal | None:
    if request.type in _PRICED:
        if request.price is None:
            raise _wrong(instrument, "price", "missing", f"a price for a {request.type} order")
        return instrument.price(request.price)
    if request.price is not None:
        raise _wrong(
            instrument, "price", plain(request.price), f"no price for a {request.type} order"
        )
    return None


def _stop_price(instrument: Instrument, request: OrderRequest) -> Decimal | None:
    if request.type in _STOPS:
        if request.stop_price is None:
            raise _wrong(instrument, "stop_price", "missing", "a trigger price for a stop")
        return instrument.price(request.stop_price, "stop_price")
    if request.stop_price is not None and request.type is _TRAILING:
        return instrument.price(request.stop_price, "stop_price")
    if request.stop_price is not None:
        raise _wrong(
            instrument,
            "stop_price",
            plain(request.stop_price),
            f"no trigger price for a {request.type} order; use type stop or stop_limit",
        )
    return None


def _trail(instrument: Instrument, request: OrderRequest) -> Decimal | None:
    if request.type is not _TRAILING:
        if request.trail is None:
            return None
        raise _wrong(
            instrument,
            "trail",
            plain(request.trail),
            f"no distance for a {request.type} order; use type trailing_stop",
        )
    if request.trail is None:
        raise _wrong(instrument, "trail", "missing", "a distance in price for a trailing stop")
    trail = to_decimal(request.trail, "trail")
    if trail <= 0:
        raise _wrong(instrument, "trail", plain(trail), "a distance above zero")
    return _whole_steps(instrument, trail)


def _whole_steps(instrument: Instrument, trail: Decimal) -> Decimal:
    """Return the distance without float noise; raise OffTick unless it is a whole number of the smallest steps."""
    steps = FixedStep(instrument.price_step.step_at(_SMALLEST))
    exact = steps.accept(trail)
    if exact is not None:
        return exact
    below, above = steps.neighbours(trail)
    raise OffTick(
        f"trail {plain(trail)} of {instrument.id} is off its tick of {plain(steps.step)}: "
        f"use {plain(below or above)} or {plain(above if below else above + steps.step)}",
        instrument=instrument.id,
        price=trail,
        tick=steps.step,
        below=below,
        above=above,
    )


def _display(instrument: Instrument, request: OrderRequest, quantity: Decimal) -> Decimal | None:
    if request.display is None:
        return None
    if request.type is not _LIMIT or request.time_in_force in (_IOC, _FOK):
        raise _wrong(
            instrument, "display", plain(request.display), "a resting limit order for an iceberg"
        )
    shown = instrument.quantity(request.display, "display")
    minimum = instrument.lot.minimum
    if not minimum <= shown <= quantity:
        raise _wrong(
            instrument,
            "display",
            plain(shown),
            f"{plain(minimum)} to the quantity of {plain(quantity)}",
        )
    return shown


def _check_combination(instrument: Instrument, request: OrderRequest) -> None:
    immediate = request.time_in_force in (_IOC, _FOK)
    if request.post_only and (request.type not in _PRICED or immediate):
        raise _wrong(instrument, "post_only", "true", "a resting limit order for post-only")
    if request.type in _WAITING and immediate:
        raise _wrong(
            instrument, "time_in_force", request.time_in_force, "day, gtc or gtd for a stop"
        )
    if request.covered and instrument.kind is not _OPTION:
        raise _wrong(instrument, "covered", "true", "an option for a covered order")
    if (request.time_in_force is _GTD) != bool(request.expires):
        raise _wrong(
            instrument, "expires", str(request.expires), "a time in ns UTC for gtd, 0 otherwise"
        )
    if request.offset in (_CLOSE_TODAY, _CLOSE_OLD) and (not instrument.position_rule.hedged):
        raise _wrong(instrument, "offset", request.offset, "open, close or auto")


def _wrong(instrument: Instrument, field: str, value: str, expected: str) -> InvalidOrder:
    return InvalidOrder(
        f"{field} of an order for {instrument.id} was {value}; expected {expected}",
        field=field,
        value=value,
        expected=expected,
        instrument=instrument.id,
    )
