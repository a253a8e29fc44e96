"""From a broker's events to what CTP tells: OnRtnOrder, OnRtnTrade, and the errors of orders and cancels."""

from collections.abc import Callable

from anyvenue.model.events import (
    CancelRejected,
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
    OrderSubmitted,
    OrderVanished,
)
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.model.protocols import Cursor
from anyvenue.venues.ctp.counter.book import AccountBook, OrderRecord, Telling
from anyvenue.venues.ctp.counter.codes import (
    ACCEPTED,
    ALL_TRADED,
    CANCEL_REJECTED,
    CANCELED,
    INSERT_REJECTED,
    NO_TRADE_QUEUEING,
    PART_TRADED,
    UNKNOWN,
)
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.daylog import Message, as_plain
from anyvenue.venues.ctp.counter.errors import error_of
from anyvenue.venues.ctp.counter.identity import Identities, system_id
from anyvenue.venues.ctp.counter.refusals import counter_error, exchange_text
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.times import time_text
from anyvenue.venues.ctp.counter.trades import lots, trade_rows
from anyvenue.venues.ctp.description import Value

__all__ = ["Placing", "Reports", "action_fields"]


_OF_ACTION = (
    "BrokerID",
    "InvestorID",
    "OrderRef",
    "FrontID",
    "SessionID",
    "ExchangeID",
    "OrderSysID",
    "TraderID",
    "InstallID",
    "OrderLocalID",
    "ParticipantID",
    "ClientID",
    "BusinessUnit",
    "UserID",
    "InvestUnitID",
    "InstrumentID",
)


_STANDING = frozenset({NO_TRADE_QUEUEING, PART_TRADED, ALL_TRADED, CANCELED})
_TradeKey = tuple[Value, ...]


class Placing:
    """An order on its way to the broker, whose answer may come before its id; `refusal` is the counter's own no."""

    __slots__ = ("record", "refusal", "request")

    def __init__(self, record: OrderRecord, request: OrderRequest) -> None:
        """Begin without an answer."""
        self.record = record
        self.request = request
        self.refusal = ""

    def awaits(self, book: AccountBook, event: OrderEvent) -> bool:
        """Tell whether a new order id is its own, and not one of the exchange's, such as a liquidation."""
        if self.record.order_id or self.record.fields["InvestorID"] != book.account:
            return False
        return type(event) is not OrderSubmitted or event.client_ref == self.record.key


class Reports:
    """Hears a broker's events of an account and publishes what they are in CTP."""

    def __init__(self, context: Context, identities: Identities) -> None:
        """Make what is told from `context`."""
        self.context = context
        self.identities = identities
        self.placing: Placing | None = None
        self.cancel_now: Callable[[AccountBook, OrderRecord], None] = _nothing
        self._sequence = 0
        self._found: dict[AccountId, dict[OrderId, Order]] = {}
        self._told_trades: dict[AccountId, set[_TradeKey]] = {}
        self._makers: dict[type, Callable[..., list[Telling]]] = {
            OrderSubmitted: self._submitted,
            OrderAccepted: self._accepted,
            OrderFilled: self._filled,
            OrderCancelled: self._ended,
            OrderExpired: self._ended,
            OrderRejected: self._rejected,
            OrderModified: self._modified,
            CancelRejected: self._cancel_rejected,
            OrderOutcomeLost: self._lost,
            OrderVanished: self._lost,
        }

    def hear(self, book: AccountBook, cursor: Cursor, event: Event) -> None:
        """Take one event about an order; others are passed over."""
        make = self._makers.get(type(event))
        book.cursor = cursor
        if make is None:
            return
        order_id = event.order_id  # type: ignore[union-attr]
        record = book.by_id.get(order_id) or self._record(book, event)  # type: ignore[arg-type]
        if record is not None:
            book.publish(make(book, record, event))
            if record.cancel_later and type(event) is OrderAccepted:
                self.cancel_now(book, record)

    def report_new(self, book: AccountBook, record: OrderRecord) -> None:
        """Tell that an order was taken, unless that was told before."""
        if not record.told:
            book.publish([record.report()])

    # ---- whose event it is

    def _record(self, book: AccountBook, event: OrderEvent) -> OrderRecord | None:
        """Return the record of an order id that is new: the one being placed, or one found at the broker."""
        placing = self.placing
        if placing is not None and placing.awaits(book, event):
            book.bind(placing.record, event.order_id)
            return placing.record
        order = self._at_broker(book, event)
        if order is None:
            return None
        record = book.by_key.get(order.client_ref)
        if record is None:
            instrument = self.context.names.get(order.instrument)
            if instrument is None:
                return None
            record = self.identities.adopted(order, instrument)
            book.add(record)
        record.instrument = record.instrument or self.context.names.get(order.instrument)
        book.bind(record, event.order_id)
        return record

    def _at_broker(self, book: AccountBook, event: OrderEvent) -> Order | None:
        if type(event) is OrderSubmitted:
            return Order(
                event.order_id,
                event.request,
                client_ref=event.client_ref,
                ts_created=event.ts_event,
            )
        if book.caught_up:
            # New ones are at the end.
            orders = self.context.broker.orders(book.account)
            return next(
                (each for each in reversed(orders) if each.order_id == event.order_id), None
            )
        if book.account not in self._found:
            orders = self.context.broker.orders(book.account)
            self._found[book.account] = {each.order_id: each for each in orders}
        return self._found[book.account].get(event.order_id)

    def bind_known(self, book: AccountBook) -> None:
        """Find the broker's orders whose records came back from the day's file."""
        unbound = [each for each in book.by_key.values() if not each.order_id]
        if not unbound:
            return
        for order in self.context.broker.orders(book.account):
            record = book.by_key.get(order.client_ref) or book.by_key.get(f"x.{order.order_id}")
            if record is not None and not record.order_id:
                record.instrument = self.context.names.get(order.instrument)
                book.bind(record, order.order_id)
        for record in unbound:
            if record.instrument is None:
                fields = record.fields
                record.instrument = self.context.names.find(
                    str(fields["InstrumentID"]), str(fields["ExchangeID"])
                )

    def caught_up(self, book: AccountBook) -> None:
        """Let go of what was looked up to catch up."""
        book.caught_up = True
        self._found.pop(book.account, None)
        self._told_trades.pop(book.account, None)

    def _is_told(self, book: AccountBook, rows: list[Row]) -> bool:
        """Tell whether a trade was told before: a broker that lost its latest records hears of it again."""
        if book.caught_up:
            return False
        told = self._told_trades.get(book.account)
        if told is None:
            told = self._told_trades[book.account] = {_trade_key(row) for row in book.trades()}
        return _trade_key(rows[0]) in told

    # ---- what is told

    def _new(self, record: OrderRecord) -> list[Telling]:
        return [] if record.told else [record.report()]

    def _submitted(
        self, book: AccountBook, record: OrderRecord, event: OrderSubmitted
    ) -> list[Telling]:
        return self._new(record)

    def _accepted(
        self, book: AccountBook, record: OrderRecord, event: OrderAccepted
    ) -> list[Telling]:
        if record.fields["OrderStatus"] in _STANDING:
            return []  # it was heard before
        told = self._new(record)
        self._sequence += 1
        exchange = str(record.fields["ExchangeID"])
        told.append(
            record.report(
                OrderStatus=NO_TRADE_QUEUEING,
                OrderSubmitStatus=ACCEPTED,
                OrderSysID=system_id(exchange, event.venue_order_id),
                StatusMsg="未成交",
                SequenceNo=self._sequence,
            )
        )
        book.name(record, event.venue_order_id)
        return told

    def _filled(self, book: AccountBook, record: OrderRecord, event: OrderFilled) -> list[Telling]:
        fill, fields = event.fill, record.fields
        rows = trade_rows(self.context, record, fill, self._sequence + 1)
        if self._is_told(book, rows):
            return []
        told = self._new(record)
        traded = int(fields.get("VolumeTraded", 0)) + lots(record.instrument, fill.quantity)
        left = int(fields["VolumeTotalOriginal"]) - traded
        self._sequence += 1
        done = fields["OrderStatus"] == CANCELED  # a fill that comes late is one all the same
        told.append(
            record.report(
                OrderStatus=CANCELED if done else PART_TRADED if left else ALL_TRADED,
                OrderSubmitStatus=ACCEPTED,
                VolumeTraded=traded,
                VolumeTotal=left,
                StatusMsg="部分成交" if left else "全部成交",
                UpdateTime=time_text(event.ts_event),
                SequenceNo=self._sequence,
            )
        )
        for row in rows:
            told.append((Message("OnRtnTrade", "", as_plain(row)), row))
        self._sequence += max(len(fill.legs), 1)
        return told

    def _ended(
        self, book: AccountBook, record: OrderRecord, event: OrderCancelled | OrderExpired
    ) -> list[Telling]:
        if record.fields["OrderStatus"] == CANCELED:
            return []  # it was heard before
        self._sequence += 1
        record.asked_back = None
        told = self._new(record)
        told.append(
            record.report(
                OrderStatus=CANCELED,
                OrderSubmitStatus=ACCEPTED,
                CancelTime=time_text(event.ts_event),
                StatusMsg="已撤单",
                SequenceNo=self._sequence,
            )
        )
        return told

    def _rejected(
        self, book: AccountBook, record: OrderRecord, event: OrderRejected
    ) -> list[Telling]:
        placing = self.placing
        if placing is not None and placing.record is record and not record.told:
            assert record.instrument is not None
            placing.refusal = counter_error(event.code, record.instrument, placing.request)
            if placing.refusal:
                return []
        reason = event.reason
        if not event.venue_code:
            reason = self.exchange_words(record, event.code, reason)
        return self.exchange_refused(record, reason, event.ts_event)

    def exchange_words(self, record: OrderRecord, code: str, reason: str) -> str:
        """Return why the exchange refused an order, as it would say it."""
        volume = int(record.fields["VolumeTotalOriginal"])
        return exchange_text(code, reason, record.instrument, volume)

    def exchange_refused(self, record: OrderRecord, reason: str, ts: int) -> list[Telling]:
        """Return what is told of an order that the counter took and the exchange did not."""
        told = self._new(record)
        exchange = str(record.fields["ExchangeID"])
        told.append(
            record.report(
                OrderStatus=CANCELED,
                OrderSubmitStatus=INSERT_REJECTED,
                CancelTime=time_text(ts),
                StatusMsg=f"已撤单报单被拒绝{exchange}:{reason}"[:80],
            )
        )
        return told

    def _modified(
        self, book: AccountBook, record: OrderRecord, event: OrderModified
    ) -> list[Telling]:
        volume = lots(record.instrument, event.quantity)
        traded = int(record.fields.get("VolumeTraded", 0))
        changes: Row = {"VolumeTotalOriginal": volume, "VolumeTotal": volume - traded}
        if event.price is not None:
            changes["LimitPrice"] = float(event.price)
        return [*self._new(record), record.report(**as_plain(changes))]

    def _cancel_rejected(
        self, book: AccountBook, record: OrderRecord, event: CancelRejected
    ) -> list[Telling]:
        asked, record.asked_back = record.asked_back, None
        reason = event.reason if event.venue_code else exchange_text(event.code, event.reason)
        row: Row = {**action_fields(record), **(asked or {}), "StatusMsg": reason[:80]}
        error = error_of("INSUITABLE_ORDER_STATUS" if record.done else "EXCHANGE_RTNERROR")
        if event.code != "order.unknown" or not record.done:
            error = (error[0], f"{error[1]}:{reason}")
        told: list[Telling] = [
            (Message("OnErrRtnOrderAction", "", as_plain(row), True, error), row)
        ]
        if not record.done:
            told.append(record.report(OrderSubmitStatus=CANCEL_REJECTED, StatusMsg=reason[:80]))
        return told

    def _lost(
        self, book: AccountBook, record: OrderRecord, event: OrderOutcomeLost | OrderVanished
    ) -> list[Telling]:
        if not record.told:
            return self._new(record)
        return [record.report(OrderStatus=UNKNOWN, StatusMsg=f"未知:{event.reason}"[:80])]


def _trade_key(row: Fields) -> _TradeKey:
    return row.get("OrderSysID", ""), row["TradeID"], row["InstrumentID"], row["Direction"]


def action_fields(record: OrderRecord) -> Row:
    """Return what an ``OrderAction`` takes from its order."""
    return {name: record.fields[name] for name in _OF_ACTION if name in record.fields}


def _nothing(_book: AccountBook, _record: OrderRecord) -> None:
    """Do nothing."""
