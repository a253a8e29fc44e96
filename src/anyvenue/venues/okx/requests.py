"""Orders in OKX's words: pure, what is sent is in the values returned.

A venue that never closes has no end of day, so DAY rests like GTC. Client ids are letters and digits only. Orders over
WebSocket name their instrument by its number (since February 2026), those over REST by its name.
"""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import MarginMode, Offset, OrderType, Side, TimeInForce
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.tracking.refusing import cannot_take

__all__ = [
    "CONDITIONAL",
    "Terms",
    "algo_order_args",
    "amend_algo_args",
    "amend_args",
    "cancel_algo_args",
    "cancel_args",
    "client_id",
    "order_args",
    "our_order_id",
    "position_side",
]

Args = dict[str, str | int | bool]

PREFIX = "av"

CONDITIONAL = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
"""Those that are conditional orders (order-algo, REST only)."""

_KINDS = {
    TimeInForce.DAY: "limit",
    TimeInForce.GTC: "limit",
    TimeInForce.IOC: "ioc",
    TimeInForce.FOK: "fok",
}


class Terms(msgspec.Struct, frozen=True):
    """What an order needs besides its request.

    `inst_type` is the venue's, `code` its number of the instrument. `mode` backs leveraged positions, `hedged` is an
    account in long_short_mode. `spot_mode` is cross where the account counts all its money as one (multi-currency and
    portfolio margin). `margin_currency` is what cross margin of a pair is paid in, where the account holds
    money by currency (futures mode).
    """

    inst_type: str
    code: int | None = None
    mode: MarginMode = MarginMode.CROSS
    hedged: bool = False
    margin_currency: str = ""
    spot_mode: str = "cash"


def client_id(order_id: OrderId) -> str:
    """Return what an order is called at the venue: letters and digits, up to 32."""
    return f"{PREFIX}{order_id}"


def our_order_id(name: str) -> OrderId:
    """Return the order that goes by this client id, 0 for somebody else's."""
    number = name.removeprefix(PREFIX)
    ours = number != name and number.isascii() and number.isdigit()
    return OrderId(int(number)) if ours else OrderId(0)


def position_side(request: OrderRequest, terms: Terms) -> str:
    """Return whose lots an order is for: net, or by what it opens or closes in long_short_mode."""
    if not terms.hedged or terms.inst_type not in ("SWAP", "FUTURES"):
        return "net"
    opens = request.offset in (Offset.OPEN, Offset.AUTO) and not request.reduce_only
    return "long" if (request.side is Side.BUY) == opens else "short"


def order_args(request: OrderRequest, instrument: Instrument, terms: Terms, name: str) -> Args:
    """Return the arguments of an ordinary order; raise InvalidOrder for what the venue does not have."""
    if request.display is not None:
        raise cannot_take(request, "display", "OKX has no iceberg among its ordinary orders")
    if request.type in CONDITIONAL:
        raise cannot_take(request, "type", "at OKX it is a conditional order, placed by order-algo")
    wanted: Args = {"clOrdId": name, **_common(request, instrument, terms)}
    if request.type is OrderType.MARKET:
        wanted["ordType"] = "market"
        _say_unit(wanted, request, terms)
        return wanted
    wanted["ordType"] = _kind(request)
    wanted["px"] = _price(request)
    return wanted


def algo_order_args(request: OrderRequest, instrument: Instrument, terms: Terms, name: str) -> Args:
    """Return the arguments of a conditional order for REST; raise InvalidOrder for what the venue does not have."""
    wanted: Args = {"algoClOrdId": name, **_common(request, instrument, terms)}
    wanted["instId"] = instrument.venue_symbol
    wanted.pop("instIdCode", None)
    if request.post_only or request.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        field = "post_only" if request.post_only else "time_in_force"
        raise cannot_take(
            request, field, "OKX's conditional orders become plain limit or market ones"
        )
    if request.type is not OrderType.STOP_LIMIT:
        _say_unit(wanted, request, terms)
    if request.type is OrderType.TRAILING_STOP:
        if request.trail is None:
            raise cannot_take(request, "trail", "a trailing stop needs a distance in price")
        wanted["ordType"] = "move_order_stop"
        wanted["callbackSpread"] = plain(request.trail)
        if request.stop_price is not None:
            wanted["activePx"] = plain(request.stop_price)
        return wanted
    if request.stop_price is None:
        raise cannot_take(request, "stop_price", "a stop needs the price that sets it off")
    wanted["ordType"] = "trigger"
    wanted["triggerPx"] = plain(request.stop_price)
    wanted["triggerPxType"] = "last"
    wanted["orderPx"] = _price(request) if request.type is OrderType.STOP_LIMIT else "-1"
    return wanted


def amend_args(
    instrument: Instrument,
    terms: Terms,
    name: str,
    *,
    quantity: Decimal | None = None,
    price: Decimal | None = None,
    request_id: str = "",
    venue_id: str = "",
) -> Args:
    """Return the arguments of a change; `quantity` is the whole, with what is filled, as ours is.

    A change that fails leaves the order as it was.
    """
    wanted: Args = {**_instrument(instrument, terms), **_order(name, venue_id), "cxlOnFail": False}
    if quantity is not None:
        wanted["newSz"] = plain(quantity)
    if price is not None:
        wanted["newPx"] = plain(price)
    if request_id:
        wanted["reqId"] = request_id
    return wanted


def amend_algo_args(
    instrument: Instrument,
    name: str,
    *,
    quantity: Decimal | None = None,
    price: Decimal | None = None,
    request_id: str = "",
    algo_id: str = "",
) -> Args:
    """Return the arguments of a change of a conditional order that waits, for REST."""
    wanted: Args = {**cancel_algo_args(instrument, name, algo_id), "cxlOnFail": False}
    if quantity is not None:
        wanted["newSz"] = plain(quantity)
    if price is not None:
        wanted["newOrdPx"] = plain(price)
    if request_id:
        wanted["reqId"] = request_id
    return wanted


def cancel_args(instrument: Instrument, terms: Terms, name: str, venue_id: str = "") -> Args:
    """Return the arguments of a cancel by the venue's number, or by our client id while that is not known."""
    return {**_instrument(instrument, terms), **_order(name, venue_id)}


def cancel_algo_args(instrument: Instrument, name: str, algo_id: str = "") -> Args:
    """Return the arguments of a conditional order's cancel, for REST."""
    named: Args = {"algoId": algo_id} if algo_id else {"algoClOrdId": name}
    return {"instId": instrument.venue_symbol, **named}


def _order(name: str, venue_id: str) -> Args:
    return {"ordId": venue_id} if venue_id else {"clOrdId": name}


def _common(request: OrderRequest, instrument: Instrument, terms: Terms) -> Args:
    if request.time_in_force is TimeInForce.GTD:
        raise cannot_take(request, "time_in_force", "OKX takes gtc, ioc and fok")
    wanted: Args = {
        **_instrument(instrument, terms),
        "tdMode": terms.spot_mode if terms.inst_type == "SPOT" else terms.mode.value,
        "side": request.side.value,
        "sz": plain(request.quantity),
    }
    if terms.inst_type in ("SWAP", "FUTURES"):
        wanted["posSide"] = position_side(request, terms)
    if request.reduce_only:
        if terms.inst_type == "SPOT":
            raise cannot_take(request, "reduce_only", "spot has no positions to reduce")
        # In long_short_mode the side says it already, and the venue takes no such word.
        if not terms.hedged:
            wanted["reduceOnly"] = True
    if terms.margin_currency and terms.inst_type == "MARGIN" and terms.mode is MarginMode.CROSS:
        wanted["ccy"] = terms.margin_currency
    return wanted


def _instrument(instrument: Instrument, terms: Terms) -> Args:
    if terms.code is not None:
        return {"instIdCode": terms.code}
    return {"instId": instrument.venue_symbol}


def _say_unit(wanted: Args, request: OrderRequest, terms: Terms) -> None:
    """Have the venue take the size of a market order as a quantity: of one to buy it thinks in money."""
    if terms.inst_type == "SPOT":
        wanted["tgtCcy"] = "base_ccy"
    elif terms.inst_type == "MARGIN" and request.side is Side.BUY:
        why = "OKX takes the size of such an order on margin in money; use a limit order with ioc"
        raise cannot_take(request, "type", why)


def _kind(request: OrderRequest) -> str:
    kind = _KINDS[request.time_in_force]
    if not request.post_only:
        return kind
    if kind != "limit":
        raise cannot_take(
            request, "post_only", "an order that waits in the book cannot be ioc or fok"
        )
    return "post_only"


def _price(request: OrderRequest) -> str:
    if request.price is None:
        raise cannot_take(request, "price", "a limit order needs one")
    return plain(request.price)
