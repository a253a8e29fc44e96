"""From our orders and cancels to CTP's: InputOrder, InputOrderAction, and what cannot be said in them."""

from collections.abc import Mapping
from decimal import Decimal

from anyvenue.model.enums import Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import NotSent
from anyvenue.model.ids import OrderId, split_instrument_id
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.driver.config import CtpConfig
from anyvenue.venues.ctp.driver.identity import Key

__all__ = ["EXPLICIT", "cancel_fields", "input_order", "offset_of"]

EXPLICIT = frozenset({"SHFE", "INE"})
"""Exchanges where closing says whether today's lots or older ones are meant."""

_FLAGS = {Offset.OPEN: "0", Offset.CLOSE: "1", Offset.CLOSE_TODAY: "3", Offset.CLOSE_OLD: "4"}
_STOPS = {Side.BUY: "6", Side.SELL: "8"}  # last price at or above, at or below the stop price
_ANY_PRICE, _LIMIT_PRICE = "1", "2"
_GFD, _IOC = "3", "1"
_ANY, _ALL = "1", "3"
_SPECULATION, _COVERED = "1", "4"
_AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)


def input_order(
    order_id: OrderId, request: OrderRequest, config: CtpConfig, code: str = ""
) -> dict[str, Value]:
    """Return the InputOrder of a request; raise NotSent for what CTP has no words for.

    `code` is the instrument's at the venue where it is not our symbol. GTC is sent as an order for the day, which is
    the longest that any of these exchanges keeps one.
    """
    symbol, exchange = split_instrument_id(request.instrument)
    _check(order_id, request)
    flag = _offset_flag(order_id, request, exchange)
    legs = 2 if "&" in symbol else 1
    return {
        "BrokerID": config.broker,
        "InvestorID": config.user,
        "UserID": config.user,
        "InstrumentID": code or symbol,
        "ExchangeID": exchange_id(exchange),
        "OrderRef": str(order_id),
        "Direction": "0" if request.side is Side.BUY else "1",
        "CombOffsetFlag": flag * legs,
        "CombHedgeFlag": (_COVERED if request.covered else _SPECULATION) * legs,
        "VolumeTotalOriginal": _volume(order_id, request.quantity),
        "MinVolume": 1,
        "ForceCloseReason": "0",
        "IsAutoSuspend": 0,
        "UserForceClose": 0,
        **_terms(request),
    }


def cancel_fields(
    row: Mapping[str, Value] | None, key: Key, sent: Mapping[str, Value], config: CtpConfig
) -> dict[str, Value]:
    """Return the InputOrderAction that takes an order back.

    By ExchangeID and OrderSysID where the exchange has numbered it, else by `key`, which holds before any answer.
    `row` is the latest Order, None before the first; `sent` what was sent for it.
    """
    said: Mapping[str, Value] = row if row is not None else sent
    fields: dict[str, Value] = {
        "BrokerID": config.broker,
        "InvestorID": config.user,
        "UserID": config.user,
        "InstrumentID": said.get("InstrumentID", ""),
        "ExchangeID": said.get("ExchangeID", ""),
        "ActionFlag": "0",
    }
    system_id = str(said.get("OrderSysID", ""))
    if system_id.strip() and not system_id.startswith("TJBD"):
        return fields | {"OrderSysID": system_id}
    front, session, ref = key
    # Padded as the counter wrote it, where it has.
    ref_text = str(said.get("OrderRef", ref))
    return fields | {"FrontID": front, "SessionID": session, "OrderRef": ref_text}


def offset_of(flag: str, exchange: str) -> Offset:
    """Return what an offset flag means on an exchange: Shanghai's close is of older lots, others' of any."""
    if flag == "0":
        return Offset.OPEN
    if exchange not in EXPLICIT:
        return Offset.CLOSE
    return Offset.CLOSE_TODAY if flag == "3" else Offset.CLOSE_OLD


def _check(order_id: OrderId, request: OrderRequest) -> None:
    wrong = ""
    if request.post_only:
        wrong = "post-only orders"
    elif request.display is not None:
        wrong = "iceberg orders"
    elif request.time_in_force is TimeInForce.GTD:
        wrong = "orders until a date: use DAY"
    elif request.type is OrderType.TRAILING_STOP:
        wrong = "trailing stops: let the strategy trail a stop of its own"
    elif request.reduce_only and request.offset is Offset.OPEN:
        wrong = "orders that open and may only reduce"
    elif not 0 < order_id < 10**12:
        wrong = f"order ids of more than 12 digits ({order_id})"
    if wrong:
        raise NotSent(f"CTP has no {wrong}; nothing was sent", order_id=order_id, field="request")


def _offset_flag(order_id: OrderId, request: OrderRequest, exchange: str) -> str:
    if request.offset is not Offset.AUTO:
        flag = _FLAGS[request.offset]
        # Elsewhere the three mean the same, and not every exchange takes the two others.
        return flag if flag == "0" or exchange in EXPLICIT else "1" if flag == "4" else flag
    if exchange in _NETTED:
        return "0" if request.side is Side.BUY else "1"
    raise NotSent(
        f"an order of {request.instrument} says whether it opens or closes: its offset was auto",
        order_id=order_id,
        field="offset",
    )


_NETTED = frozenset({"SSE", "SZSE", "BSE", "HK", "US"})


def _volume(order_id: OrderId, quantity: Decimal) -> int:
    volume = int(quantity)
    if volume != quantity or volume <= 0:
        raise NotSent(
            f"CTP counts whole lots, the quantity was {quantity}",
            order_id=order_id,
            field="quantity",
        )
    return volume


def _terms(request: OrderRequest) -> dict[str, Value]:
    """Return price, life and condition of an order."""
    is_stop = request.type in (OrderType.STOP, OrderType.STOP_LIMIT)
    priced = request.type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    at_once = request.time_in_force in _AT_ONCE or not priced
    price, stop = request.price, request.stop_price
    return {
        "OrderPriceType": _LIMIT_PRICE if priced else _ANY_PRICE,
        "LimitPrice": float(price) if priced and price is not None else 0.0,
        "TimeCondition": _IOC if at_once else _GFD,
        "VolumeCondition": _ALL if request.time_in_force is TimeInForce.FOK else _ANY,
        "ContingentCondition": _STOPS[request.side] if is_stop else "1",
        "StopPrice": float(stop) if is_stop and stop is not None else 0.0,
    }
