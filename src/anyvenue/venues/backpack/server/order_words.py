"""Orders in the venue's words and in ours."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import OrderState, OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.backpack.server.refusals import Refused, malformed
from anyvenue.venues.serving.records import Record

__all__ = [
    "STOPS",
    "OrderBody",
    "client_number",
    "ended_by",
    "kind_of",
    "make_request",
    "status_of",
    "waits",
]

STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)
_HIGHEST_ID = 1 << 32
_SIDES = {"Bid": Side.BUY, "Ask": Side.SELL}
_TIMES = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
_TYPES = {
    ("Limit", False): OrderType.LIMIT,
    ("Market", False): OrderType.MARKET,
    ("Limit", True): OrderType.STOP_LIMIT,
    ("Market", True): OrderType.STOP,
}
_STATES = {
    OrderState.SENT: "New",
    OrderState.OPEN: "New",
    OrderState.PARTIAL: "PartiallyFilled",
    OrderState.FILLED: "Filled",
    OrderState.CANCELLED: "Cancelled",
    OrderState.EXPIRED: "Expired",
    OrderState.REJECTED: "Expired",
}


class OrderBody(msgspec.Struct, rename="camel", kw_only=True):
    """An order that is asked for."""

    symbol: str
    side: str
    order_type: str
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_quantity: str | None = None
    time_in_force: str = "GTC"
    post_only: bool = False
    reduce_only: bool = False
    client_id: int | None = None
    take_profit_trigger_price: Decimal | None = None
    stop_loss_trigger_price: Decimal | None = None

    @property
    def client(self) -> str:
        """The client's own id as text, empty where there is none; raise Refused for one that is none."""
        if self.client_id is None:
            return ""
        if not 0 <= self.client_id < _HIGHEST_ID:
            raise malformed("Invalid client id: it must fit into 32 bits")
        return str(self.client_id)


def make_request(
    body: OrderBody, instrument: Instrument, account: AccountId, quantity: Decimal
) -> OrderRequest:
    """Return the order that is asked for, of a quantity that was worked out before; raise Refused or AnyvenueError."""
    side, kind = (
        _SIDES.get(body.side),
        _TYPES.get((body.order_type, body.trigger_price is not None)),
    )
    time = _TIMES.get(body.time_in_force)
    if side is None or kind is None or time is None:
        raise malformed('Parse error: no such "side", "orderType" or "timeInForce"')
    if body.take_profit_trigger_price is not None or body.stop_loss_trigger_price is not None:
        raise Refused(
            "NOT_IMPLEMENTED", "Take profit and stop loss of an order are not offered here"
        )
    limit = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    if limit and body.price is None:
        raise malformed("Must specify `price` for limit orders")
    if body.post_only and (not limit or time is not TimeInForce.GTC):
        raise Refused("INVALID_ORDER", "Post only needs a limit order that is good till cancelled")
    if kind is OrderType.MARKET:
        time = TimeInForce.IOC
    return OrderRequest(
        account,
        instrument.id,
        side,
        instrument.quantity(quantity),
        instrument.price(body.price) if limit and body.price is not None else None,
        kind,
        time,
        stop_price=_stop(body, instrument),
        reduce_only=body.reduce_only and instrument.position_rule.margined,
        post_only=body.post_only,
    )


def _stop(body: OrderBody, instrument: Instrument) -> Decimal | None:
    if body.trigger_price is None:
        return None
    return instrument.price(body.trigger_price)


def status_of(record: Record) -> str:
    """Return the venue's word of an order's state."""
    return "TriggerPending" if waits(record) else _STATES[record.state]


def waits(record: Record) -> bool:
    """Tell whether an order waits for its trigger."""
    return record.request.type in STOPS and not record.triggered and not record.done


def kind_of(record: Record) -> str:
    """Return Limit or Market."""
    limit = record.request.type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    return "Limit" if limit else "Market"


def client_number(record: Record) -> int | None:
    """Return the client's own id, None where it gave none."""
    return int(record.client_id) if record.client_id.isdecimal() else None


def ended_by(record: Record) -> str | None:
    """Return why an order expired, None for one that has not."""
    if record.state is not OrderState.EXPIRED:
        return None
    request = record.request
    if request.post_only:
        return "PostOnlyTaker"
    if request.time_in_force is TimeInForce.FOK:
        return "FillOrKill"
    if request.type in (OrderType.MARKET, OrderType.STOP):
        return "InsufficientLiquidity"
    return "ImmediateOrCancel" if request.time_in_force is TimeInForce.IOC else "Unknown"
