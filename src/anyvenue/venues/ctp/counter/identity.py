"""What an order is called: its keys, its numbers, and the fields that stay the same all its life."""

from collections.abc import Iterable

import msgspec

from anyvenue.model.enums import Offset, OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.venues.ctp.counter.book import OrderRecord
from anyvenue.venues.ctp.counter.codes import INSERT_SUBMITTED, UNKNOWN
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.dates import trade_date
from anyvenue.venues.ctp.counter.figures.numbers import volume
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.times import day_text, time_text
from anyvenue.venues.ctp.description import Value

__all__ = ["SUBMITTED_TEXT", "Identities", "Origin", "key_of", "ref_text", "system_id", "tag_of"]

SUBMITTED_TEXT = "报单已提交"

_COPIED = (
    "OrderPriceType",
    "Direction",
    "CombOffsetFlag",
    "CombHedgeFlag",
    "LimitPrice",
    "VolumeTotalOriginal",
    "TimeCondition",
    "GTDDate",
    "VolumeCondition",
    "MinVolume",
    "ContingentCondition",
    "StopPrice",
    "ForceCloseReason",
    "IsAutoSuspend",
    "BusinessUnit",
    "RequestID",
    "UserForceClose",
    "IsSwapOrder",
    "InvestUnitID",
    "IPAddress",
    "MacAddress",
    "OrderMemo",
    "SessionReqSeq",
    "RelativeOrderSysID",
)
_RIGHT_ALIGNED = frozenset({"SHFE", "INE", "CFFEX", "DCE", "GFEX"})
_WIDTH = 12
_FLAGS = {Offset.OPEN: "0", Offset.CLOSE: "1", Offset.CLOSE_TODAY: "3", Offset.CLOSE_OLD: "4"}
_LIVES = {TimeInForce.IOC: "1", TimeInForce.FOK: "1", TimeInForce.GTC: "5", TimeInForce.GTD: "4"}
_TAG = 9
_CONDITIONS = ("OrderPriceType", "TimeCondition", "VolumeCondition")


class Origin(msgspec.Struct, frozen=True):
    """Who gave an order: a session's numbers and its user. Session 0 is the counter itself."""

    account: AccountId
    user_id: str
    front_id: int
    session_id: int
    product_info: str = ""


def key_of(origin: Origin, ref: str) -> str:
    """Return what the broker calls an order: Front, Session and OrderRef."""
    return f"{origin.front_id}.{origin.session_id}.{ref.strip()}"


def ref_text(ref: int | str) -> str:
    """Return an OrderRef as it is told, right-aligned to twelve characters."""
    return str(ref).rjust(_WIDTH)


def system_id(exchange: str, number: str) -> str:
    """Return OrderSysID or TradeID: right-aligned where the exchange writes it so."""
    return number.rjust(_WIDTH) if exchange in _RIGHT_ALIGNED else number


def tag_of(fields: Fields, user_id: str) -> str:
    """Return what the broker keeps for us of an order that our own model has no word for."""
    get = fields.get
    parts = (
        user_id.replace("|", "/"),
        str(get("OrderRef", "")).replace("|", "/"),
        get("CombHedgeFlag", ""),
        "".join(str(get(name, "")) for name in _CONDITIONS),
        get("CombOffsetFlag", ""),
        get("MinVolume", 0),
        get("RequestID", 0),
        get("LimitPrice", 0.0),
        get("OrderMemo", ""),
    )
    return "|".join(map(str, parts))


class Identities:
    """Makes the records of new orders and numbers them."""

    def __init__(self, context: Context) -> None:
        """Begin at number 1."""
        self.context = context
        self.last = 0
        self._templates: dict[tuple[Origin, str], tuple[int, Row]] = {}

    def go_on(self, orders: Iterable[Fields]) -> None:
        """Number after these orders, which were made before a restart."""
        for each in orders:
            number = each.get("BrokerOrderSeq", 0)
            assert isinstance(number, int)
            self.last = max(self.last, number)

    def record(
        self, origin: Origin, instrument: Instrument, fields: Fields, ref: str
    ) -> OrderRecord:
        """Return the record of an InputOrder, submitted and unknown."""
        now = self.context.now()
        self.last += 1
        get = fields.get
        row = self._template(origin, instrument).copy()
        for name in _COPIED:
            value = get(name)
            if value:
                row[name] = value
        row["OrderRef"] = ref
        row["OrderLocalID"] = f"{self.last:>12}"
        row["BrokerOrderSeq"] = self.last
        row["VolumeTotal"] = fields["VolumeTotalOriginal"]
        row["InsertDate"] = trade_date(self.context, instrument, now)
        row["InsertTime"] = time_text(now)
        return OrderRecord(key_of(origin, ref), row, instrument)

    def adopted(self, order: Order, instrument: Instrument) -> OrderRecord:
        """Return the record of an order that the broker knows and we do not: after a crash, or another door's."""
        request = order.request
        front, session, ref = _key_parts(order)
        parts = request.tag.split("|", _TAG - 1) if front is not None else []
        fields = _fields_of(request, instrument)
        user: str = request.account
        if len(parts) == _TAG:
            user = parts[0] or user
            ref = parts[1] or ref_text(ref)
            fields |= _tagged(parts)
        profile = self.context.profile
        origin = Origin(
            request.account, user, profile.front_id if front is None else front, session
        )
        record = self.record(origin, instrument, fields, ref)
        record.key = order.client_ref if front is not None else f"x.{order.order_id}"
        record.fields["InsertTime"] = time_text(order.ts_created or self.context.now())
        return record

    def _template(self, origin: Origin, instrument: Instrument) -> Row:
        day = self.context.trading_day
        known = self._templates.get((origin, instrument.id))
        if known is None or known[0] != day:
            known = (day, self._make(origin, instrument, day))
            self._templates[origin, instrument.id] = known
        return known[1]

    def _make(self, origin: Origin, instrument: Instrument, day: int) -> Row:
        profile, exchange = self.context.profile, exchange_id(instrument.exchange)
        member = self.context.members.find(origin.account)
        return {
            "BrokerID": profile.broker_id,
            "InvestorID": origin.account,
            "UserID": origin.user_id,
            "OrderRef": "",
            "InstrumentID": instrument.symbol,
            "ExchangeInstID": instrument.symbol,
            "ExchangeID": exchange,
            "ParticipantID": profile.participant_id,
            "ClearingPartID": profile.participant_id,
            "ClientID": member.trading_code(exchange) if member else "",
            "TraderID": f"{profile.participant_id}{exchange}"[:20],
            "InstallID": 1,
            "AccountID": origin.account,
            "CurrencyID": instrument.currency[:3],
            "FrontID": origin.front_id,
            "SessionID": origin.session_id,
            "UserProductInfo": origin.product_info,
            "TradingDay": day_text(day),
            "SettlementID": 1,
            "OrderSource": "0",
            "OrderType": "0",
            "ForceCloseReason": "0",
            "OrderSubmitStatus": INSERT_SUBMITTED,
            "OrderStatus": UNKNOWN,
            "StatusMsg": SUBMITTED_TEXT,
            "VolumeTraded": 0,
        }


def _key_parts(order: Order) -> tuple[int | None, int, str]:
    parts = order.client_ref.split(".", 2)
    if len(parts) == 3 and parts[0].isdigit() and parts[1].isdigit():
        return int(parts[0]), int(parts[1]), parts[2]
    return None, 0, str(order.order_id)


def _fields_of(request: OrderRequest, instrument: Instrument) -> dict[str, Value]:
    price = request.price
    return {
        "OrderPriceType": "1" if request.type is OrderType.MARKET else "2",
        "Direction": "0" if request.side is Side.BUY else "1",
        "CombOffsetFlag": _FLAGS.get(request.offset, "1"),
        "CombHedgeFlag": "1",
        "LimitPrice": float(price) if price is not None else 0.0,
        "VolumeTotalOriginal": volume(instrument, request.quantity),
        "TimeCondition": _LIVES.get(request.time_in_force, "3"),
        "VolumeCondition": "3" if request.time_in_force is TimeInForce.FOK else "1",
        "MinVolume": 1,
        "ContingentCondition": "1",
        "StopPrice": float(request.stop_price) if request.stop_price is not None else 0.0,
    }


def _tagged(parts: list[str]) -> dict[str, Value]:
    _user, _ref, hedge, conditions, offsets, least, request_id, price, memo = parts
    return {
        "CombHedgeFlag": hedge,
        "OrderPriceType": conditions[:1],
        "TimeCondition": conditions[1:2],
        "VolumeCondition": conditions[2:3],
        "CombOffsetFlag": offsets,
        "MinVolume": int(least),
        "RequestID": int(request_id),
        "LimitPrice": float(price),
        "OrderMemo": memo,
    }
