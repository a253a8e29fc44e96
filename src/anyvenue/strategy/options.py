"""The keywords of an order, the same for strategies and for connections."""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import TypedDict, TypeVar

from anyvenue.model.enums import Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.ids import AccountId, InstrumentId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketEvent
from anyvenue.model.numbers import Number, to_decimal
from anyvenue.model.orders import OrderRequest
from anyvenue.model.sizing import order_quantity

__all__ = ["OrderOptions", "make_request", "size_of"]

_LIMIT, _MARKET = OrderType.LIMIT, OrderType.MARKET
_Member = TypeVar("_Member", bound=StrEnum)


class OrderOptions(TypedDict, total=False):
    """What else an order may say.

    `stop` makes it a stop (market when touched) or, with a price, a stop-limit order. `trail` makes it a trailing
    stop: a market order once the price has come back from its best by that distance; `stop` is then its first trigger,
    by default `trail` away from the first price. `display` makes a limit order an iceberg that shows so much at a time.
    `offset` defaults to auto, which closes what can be closed and opens the rest. `time_in_force` defaults to day;
    `expires` (int ns UTC) goes with gtd. `covered` sells calls against units of the underlying instead of a margin.
    `account` defaults to one's own. `tag` comes back on the order record. `amount` gives the size as money instead of a
    quantity, floored to the lot; it is measured at the price, at the trigger of a stop, else at what is met now.
    """

    amount: Number | None
    stop: Number | None
    trail: Number | None
    display: Number | None
    offset: Offset | str
    time_in_force: TimeInForce | str
    reduce_only: bool
    post_only: bool
    expires: int
    tag: str
    covered: bool
    account: str


def size_of(
    instrument: Instrument,
    side: Side,
    quantity: Number | None,
    price: Number | None,
    options: OrderOptions,
    latest: Callable[[], MarketEvent | None],
) -> Number:
    """Return the quantity of an order that gives it or an amount; raise InvalidOrder. `latest` tells the market."""
    amount = options.get("amount")
    if amount is None and quantity is not None:
        return quantity
    measure = price if price is not None else options.get("stop")
    seen = latest() if amount is not None and measure is None else None
    return order_quantity(instrument, side, quantity, amount, measure, seen)


def make_request(
    account: AccountId,
    strategy: StrategyId,
    instrument: InstrumentId,
    side: Side,
    quantity: Number,
    price: Number | None,
    options: OrderOptions,
) -> OrderRequest:
    """Return the request record; raise InvalidOrder for a number or a word that is none."""
    amount = to_decimal(quantity, "quantity")
    limit = _number(price, "price")
    if not options:
        kind = _LIMIT if price is not None else _MARKET
        return OrderRequest(account, instrument, side, amount, limit, kind, strategy=strategy)
    stop, trail, display = options.get("stop"), options.get("trail"), options.get("display")
    return OrderRequest(
        AccountId(options.get("account") or account),
        instrument,
        side,
        amount,
        limit,
        _order_type(price, stop, trail),
        _member(TimeInForce, options.get("time_in_force", TimeInForce.DAY), "time_in_force"),
        _member(Offset, options.get("offset", Offset.AUTO), "offset"),
        _number(stop, "stop"),
        options.get("reduce_only", False),
        options.get("post_only", False),
        options.get("expires", 0),
        strategy,
        options.get("tag", ""),
        _number(trail, "trail"),
        _number(display, "display"),
        options.get("covered", False),
    )


def _number(value: Number | None, name: str) -> Decimal | None:
    return None if value is None else to_decimal(value, name)


def _order_type(price: Number | None, stop: Number | None, trail: Number | None) -> OrderType:
    if trail is not None:
        return OrderType.TRAILING_STOP
    if stop is None:
        return OrderType.MARKET if price is None else OrderType.LIMIT
    return OrderType.STOP if price is None else OrderType.STOP_LIMIT


def _member(kind: type[_Member], value: str, field: str) -> _Member:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(kind)
        raise InvalidOrder(
            f"{field} was {value!r}; expected one of {known}", field=field, value=value
        ) from None
