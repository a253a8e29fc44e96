"""Orders and cancels from words that a person types."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

import msgspec

from anyvenue.model.errors import InvalidOrder
from anyvenue.venues.ctp.description import Value

__all__ = ["ALIVE", "OrderWords", "action_fields", "order_fields", "parse_order"]

ALIVE = frozenset("13ab")
"""OrderStatus of orders that can be cancelled."""

_OFFSETS = {"open": "0", "close": "1", "today": "3", "yesterday": "4"}
_OFFSETS |= {"开": "0", "平": "1", "平今": "3", "平昨": "4"}
_KINDS = {"fak", "fok"}
_MARKET = {"market", "市价"}
_HEDGES = {
    "speculation": "1",
    "arbitrage": "2",
    "hedge": "3",
    "投机": "1",
    "套利": "2",
    "套保": "3",
}
_LIMIT, _ANY_PRICE = "2", "1"


class OrderWords(msgspec.Struct, frozen=True):
    """What somebody wants to order; `price` None is a market order. Codes are CTP's."""

    direction: str
    instrument: str
    volume: int
    price: Decimal | None
    offset: str = "0"
    kind: str = "gfd"
    hedge: str = "1"


def parse_order(direction: str, words: Sequence[str]) -> OrderWords:
    """Read ``rb2610 2 3500 [open|close|today|yesterday] [fak|fok] [hedge]``; ``market`` for the price.

    Raise InvalidOrder that says which word was not understood.
    """
    if len(words) < 3:
        raise InvalidOrder(
            "an order is: buy INSTRUMENT LOTS PRICE [open|close|today|yesterday] [fak|fok]",
            code="order.ctp_usage",
        )
    instrument, volume, price, *more = words
    order = OrderWords(direction, instrument, _volume(volume), _price(price))
    for word in more:
        low = word.lower()
        if low in _OFFSETS:
            order = msgspec.structs.replace(order, offset=_OFFSETS[low])
        elif low in _KINDS:
            order = msgspec.structs.replace(order, kind=low)
        elif low in _HEDGES:
            order = msgspec.structs.replace(order, hedge=_HEDGES[low])
        else:
            raise _not_understood(word)
    return order


def order_fields(
    order: OrderWords, broker: str, user: str, exchange: str, order_ref: int
) -> dict[str, Value]:
    """Return the fields of ReqOrderInsert."""
    at_once = order.kind in _KINDS or order.price is None
    return {
        "BrokerID": broker,
        "InvestorID": user,
        "UserID": user,
        "InstrumentID": order.instrument,
        "ExchangeID": exchange,
        "OrderRef": f"{order_ref:012d}",
        "Direction": order.direction,
        "CombOffsetFlag": order.offset,
        "CombHedgeFlag": order.hedge,
        "OrderPriceType": _LIMIT if order.price is not None else _ANY_PRICE,
        "LimitPrice": float(order.price or 0),
        "VolumeTotalOriginal": order.volume,
        "TimeCondition": "1" if at_once else "3",
        "VolumeCondition": "3" if order.kind == "fok" else "1",
        "MinVolume": 1,
        "ContingentCondition": "1",
        "ForceCloseReason": "0",
    }


def action_fields(order: Mapping[str, Value], broker: str, user: str, ref: int) -> dict[str, Value]:
    """Return the fields of ReqOrderAction that cancel an order as a query or a report tells it."""
    same = ("InstrumentID", "ExchangeID", "OrderSysID", "FrontID", "SessionID", "OrderRef")
    return {
        "BrokerID": broker,
        "InvestorID": user,
        "UserID": user,
        "OrderActionRef": ref,
        "ActionFlag": "0",
        **{name: order[name] for name in same if name in order},
    }


def _volume(word: str) -> int:
    if not word.isdigit() or not int(word):
        raise _not_understood(word)
    return int(word)


def _price(word: str) -> Decimal | None:
    if word.lower() in _MARKET:
        return None
    try:
        price = Decimal(word.removeprefix("@"))
    except InvalidOperation:
        raise _not_understood(word) from None
    if not price.is_finite():
        raise _not_understood(word)
    return price


def _not_understood(word: str) -> InvalidOrder:
    return InvalidOrder(
        f"{word!r} was not understood; an order is: buy INSTRUMENT LOTS PRICE "
        "[open|close|today|yesterday] [fak|fok]",
        code="order.ctp_word",
        word=word,
    )
