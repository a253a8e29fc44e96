"""Is a request well-formed for its instrument? The same checks before sending and at the exchange."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain, to_decimal
from anyvenue.model.orders import OrderRequest

__all__ = ["validate"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_CLOSE_OLD = Offset.CLOSE_OLD
_CLOSE_TODAY = Offset.CLOSE_TODAY
_FOK = TimeInForce.FOK
_GTD = TimeInForce.GTD
_IOC = TimeInForce.IOC
_MARKET = OrderType.MARKET
_SELL = Side.SELL
_STOP = OrderType.STOP

_PRICED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
_STOPS = frozenset({_STOP, OrderType.STOP_LIMIT})


def validate(instrument: Instrument, request: OrderRequest) -> OrderRequest:
    """Return the request with exact price and quantity; raise InvalidOrder, OffTick or OffLot."""
    quantity = _quantity(instrument, request)
    price = _price(instrument, request)
    stop = _stop_price(instrument, request)
    _check_combination(instrument, request)
    if price is request.price and stop is request.stop_price and quantity is request.quantity:
        return request
    return msgspec.structs.replace(request, quantity=quantity, price=price, stop_price=stop)


def _quantity(instrument: Instrument, request: OrderRequest) -> Decimal:
    lot = instrument.lot
    quantity = to_decimal(request.quantity, "quantity")
    if not (lot.odd_close and request.side is _SELL and quantity > 0 and not quantity % 1):
        # Else a rest smaller than a lot may be sold whole (A-shares): checked against the position.
        quantity = instrument.quantity(quantity)
        if quantity < lot.minimum:
            raise _wrong(instrument, "quantity", plain(quantity), f"at least {plain(lot.minimum)}")
    maximum = lot.maximum
    if request.type in (_MARKET, _STOP) and lot.market_maximum is not None:
        maximum = lot.market_maximum
    if maximum is not None and quantity > maximum:
        raise _wrong(
            instrument,
            "quantity",
            plain(quantity),
            f"at most {plain(maximum)} in one {request.type} order",
        )
    return quantity


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
    if request.stop_price is not None:
        raise _wrong(
            instrument,
            "stop_price",
            plain(request.stop_price),
            f"no trigger price for a {request.type} order; use type stop or stop_limit",
        )
    return None


def _check_combination(instrument: Instrument, request: OrderRequest) -> None:
    immediate = request.time_in_force in (_IOC, _FOK)
    if request.post_only and (request.type not in _PRICED or immediate):
        raise _wrong(instrument, "post_only", "true", "a resting limit order for post-only")
    if request.type in _STOPS and immediate:
        raise _wrong(
            instrument, "time_in_force", request.time_in_force, "day, gtc or gtd for a stop"
        )
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
