"""Orders in the venue's words and in ours."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import MarginMode, Offset, OrderState, OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.okx.server.asking import Asked
from anyvenue.venues.okx.server.refusals import Refused, bad, missing
from anyvenue.venues.serving.records import Record

__all__ = [
    "MODES",
    "SIDES",
    "Words",
    "leg_word",
    "mode_of",
    "offset_of",
    "order_type",
    "read_request",
    "read_side",
    "state_of",
]

SIDES = {"buy": Side.BUY, "sell": Side.SELL}
MODES = {"cross": MarginMode.CROSS, "isolated": MarginMode.ISOLATED}

_GTC, _IOC, _FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
_TYPES = {
    "market": (OrderType.MARKET, _IOC),
    "limit": (OrderType.LIMIT, _GTC),
    "post_only": (OrderType.LIMIT, _GTC),
    "ioc": (OrderType.LIMIT, _IOC),
    "fok": (OrderType.LIMIT, _FOK),
    "optimal_limit_ioc": (OrderType.MARKET, _IOC),
}
_STATES = {
    OrderState.SENT: "live",
    OrderState.OPEN: "live",
    OrderState.PARTIAL: "partially_filled",
    OrderState.FILLED: "filled",
    OrderState.CANCELLED: "canceled",
    OrderState.REJECTED: "canceled",
    OrderState.EXPIRED: "canceled",
}


class Words(msgspec.Struct, frozen=True):
    """What the venue's order says besides ours; it is kept in the order's tag, so that it outlives the server."""

    mode: str = ""
    kind: str = ""
    unit: str = ""
    tag: str = ""
    algo: str = ""
    algo_name: str = ""

    @classmethod
    def of(cls, request: OrderRequest) -> "Words":
        """Read those of an order, none of one that came by another way."""
        parts = request.tag.split("|")
        return cls(*parts) if len(parts) == len(cls.__struct_fields__) else cls()

    def note(self) -> str:
        """Return the tag."""
        return "|".join((self.mode, self.kind, self.unit, self.tag, self.algo, self.algo_name))


def read_side(asked: Asked) -> Side:
    """Return the side; raise Refused."""
    side = SIDES.get(asked.text("side"))
    if side is None:
        raise bad("side")
    return side


def mode_of(asked: Asked, kind: str) -> str:
    """Return how an order is backed; raise Refused for what its market does not have here."""
    mode = asked.choice("tdMode", ("cash", "cross", "isolated"))
    if (mode == "cash") is not (kind == "SPOT"):
        raise Refused("51010", "Operation is not supported under the current account mode")
    return mode


def leg_word(asked: Asked, kind: str, *, hedged: bool) -> str:
    """Return which lots an order is for: long or short of a hedged account, else empty; raise Refused."""
    if kind == "SPOT":
        return ""
    word = asked.text("posSide", "net")
    if word not in (("long", "short") if hedged else ("net",)):
        raise bad("posSide")
    return word if hedged else ""


def offset_of(side: Side, leg: str) -> Offset:
    """Return what an order for a leg does: it opens or closes; without a leg what can be closed is closed."""
    if not leg:
        return Offset.AUTO
    return Offset.OPEN if (side is Side.BUY) is (leg == "long") else Offset.CLOSE


def read_request(
    asked: Asked,
    instrument: Instrument,
    kind: str,
    account: AccountId,
    quantity: Decimal,
    words: Words,
    leg: str,
) -> OrderRequest:
    """Return the order that is asked for, of a quantity that was worked out before; raise Refused."""
    found = _TYPES.get(words.kind)
    if found is None:
        raise bad("ordType")
    if kind == "SPOT" and words.kind == "optimal_limit_ioc":
        raise bad("ordType")
    type_, time = found
    price = asked.number("px") if type_ is OrderType.LIMIT else None
    if type_ is OrderType.LIMIT:
        if price is None:
            raise missing("px")
        if price <= 0:
            raise bad("px")
    # The leg says it already.
    reduce_only = kind != "SPOT" and asked.flag("reduceOnly") and not leg
    side = read_side(asked)
    return OrderRequest(
        account,
        instrument.id,
        side,
        quantity,
        price,
        type_,
        time,
        offset_of(side, leg),
        reduce_only=reduce_only,
        post_only=words.kind == "post_only",
        tag=words.note(),
    )


def state_of(record: Record) -> str:
    """Return the venue's word of an order's state."""
    return _STATES[record.state]


def order_type(request: OrderRequest, words: Words) -> str:
    """Return the venue's word of an order's kind, also of one that came by another way."""
    if words.kind:
        return words.kind
    if request.type is not OrderType.LIMIT:
        return "market" if request.type is OrderType.MARKET else "trigger"
    if request.post_only:
        return "post_only"
    return {_IOC: "ioc", _FOK: "fok"}.get(request.time_in_force, "limit")
