"""Orders and cancels as a counter takes them: checks, the broker, and the errors that go back."""

from collections.abc import Callable
from contextlib import suppress

from anyvenue.model.errors import AnyvenueError, DuplicateClientRef, UnknownOrder
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.ctp.counter.book import AccountBook, OrderRecord
from anyvenue.venues.ctp.counter.codes import (
    ACCEPTED,
    CANCEL_SUBMITTED,
    CANCELED,
    NOT_TOUCHED,
    UNKNOWN,
)
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.errors import Refused
from anyvenue.venues.ctp.counter.identity import Identities, Origin, key_of
from anyvenue.venues.ctp.counter.members import Member
from anyvenue.venues.ctp.counter.refusals import counter_error
from anyvenue.venues.ctp.counter.reports import Placing, Reports, action_fields
from anyvenue.venues.ctp.counter.seam import ANY_SESSION, Fields
from anyvenue.venues.ctp.counter.times import date_text, time_text
from anyvenue.venues.ctp.counter.validation import Draft, check_investor

__all__ = ["OrderDesk", "action_row"]

_DELETE, _MODIFY = "0", "3"
_OF_ACTION = (
    "OrderActionRef",
    "RequestID",
    "ActionFlag",
    "LimitPrice",
    "VolumeChange",
    "UserID",
    "IPAddress",
    "MacAddress",
    "OrderMemo",
)
_LOST = "未知"


class OrderDesk:
    """Places and cancels the orders of all accounts."""

    def __init__(self, context: Context, identities: Identities, reports: Reports) -> None:
        """Tell through `reports`; `cancel_waiting` takes back orders that wait in the counter itself."""
        self.context = context
        self.identities = identities
        self.reports = reports
        self.cancel_waiting: Callable[[AccountBook, OrderRecord, str], None] = _cannot
        self.when_free: Callable[[], None] = _nothing
        reports.cancel_now = self._cancel_now

    @property
    def is_free(self) -> bool:
        """Tell whether no order is just being handed over."""
        return self.reports.placing is None

    # ---- orders

    def place(
        self, book: AccountBook, draft: Draft, origin: Origin, fields: Fields, ref: str
    ) -> OrderRecord:
        """Hand a sound order to the broker and tell what came of it; raise Refused for the counter's own no."""
        record = self.identities.record(origin, draft.instrument, fields, ref)
        if record.key in book.by_key:
            raise Refused("DUPLICATE_ORDER_REF")
        self._count(book)
        book.add(record)
        if draft.hopeless:
            self._end_at_once(book, record)
            return record
        placing = self.reports.placing = Placing(record, draft.request)
        try:
            order_id = self.context.broker.submit(book.account, draft.request, record.key)
            if not record.order_id:
                book.bind(record, order_id)
        except AnyvenueError as error:
            self._refused(book, record, error, draft.request)
        finally:
            self.reports.placing = None
        if placing.refusal:
            book.drop(record)
            self.when_free()
            raise Refused(placing.refusal)
        self.reports.report_new(book, record)
        self.when_free()
        return record

    def _refused(
        self, book: AccountBook, record: OrderRecord, error: AnyvenueError, request: OrderRequest
    ) -> None:
        """Tell of what the broker would not take: raise Refused, or publish the exchange's no."""
        if isinstance(error, DuplicateClientRef):
            book.drop(record)
            raise Refused("DUPLICATE_ORDER_REF") from None
        assert record.instrument is not None
        name = counter_error(error.code, record.instrument, request)
        if name and not record.told:
            book.drop(record)
            raise Refused(name) from None
        text = self.reports.exchange_words(record, error.code, error.text)
        book.publish(self.reports.exchange_refused(record, text, self.context.now()))

    def _end_at_once(self, book: AccountBook, record: OrderRecord) -> None:
        self.reports.report_new(book, record)
        cancelled = record.report(
            OrderStatus=CANCELED,
            OrderSubmitStatus=ACCEPTED,
            CancelTime=time_text(self.context.now()),
            StatusMsg="已撤单",
        )
        book.publish([cancelled])

    def _count(self, book: AccountBook) -> None:
        limit = self.context.profile.information_limit
        book.messages_sent += 1
        if limit and book.messages_sent > limit:
            raise Refused("OVER_INFO_CNT_LIMIT")

    # ---- cancels

    def cancel(self, book: AccountBook, member: Member, origin: Origin, fields: Fields) -> None:
        """Ask for a cancel; raise Refused."""
        check_investor(self.context, member, fields)
        flag = fields.get("ActionFlag", "")
        if flag == _MODIFY:
            raise Refused("UNSUPPORTED_FUNCTION")
        if flag != _DELETE:
            raise Refused("BAD_ORDER_ACTION_FIELD")
        record = self._find(book, origin, fields)
        if record is None:
            raise Refused("ORDER_NOT_FOUND")
        self.take_back(book, record, action_row(fields, self.context.now()), origin.user_id)

    def take_back(self, book: AccountBook, record: OrderRecord, action: Row, user_id: str) -> None:
        """Ask for a cancel of an order; raise Refused."""
        if record.done:
            raise Refused("INSUITABLE_ORDER_STATUS")
        if record.asked_back is not None:
            raise Refused("DUPLICATE_ORDER_ACTION_REF")
        self._count(book)
        if record.fields["OrderStatus"] == NOT_TOUCHED:
            self.cancel_waiting(book, record, user_id)
            return
        if not record.order_id or _is_lost(record):
            raise Refused("CANCEL_UNKNOWN_ORDER_UNSUPPORTED")
        record.asked_back = action
        book.publish([record.report(OrderSubmitStatus=CANCEL_SUBMITTED, ActiveUserID=user_id)])
        try:
            self.context.broker.cancel(book.account, record.order_id)
        except UnknownOrder:
            if record.fields["OrderStatus"] == UNKNOWN:
                record.cancel_later = True  # it is on its way: the cancel goes after it
                return
            record.asked_back = None
            raise Refused("ORDER_NOT_FOUND") from None
        except AnyvenueError:
            record.asked_back = None
            raise Refused("SEND_EXCHANGEORDERACTION_FAILED") from None

    def _cancel_now(self, book: AccountBook, record: OrderRecord) -> None:
        """Send the cancel of an order that had not arrived when it was asked back."""
        record.cancel_later = False
        with suppress(AnyvenueError):
            self.context.broker.cancel(book.account, record.order_id)

    def cancel_all(self, book: AccountBook, member: Member, origin: Origin, fields: Fields) -> None:
        """Ask for a cancel of every order of a session, on one exchange or all; raise Refused."""
        check_investor(self.context, member, fields)
        front = fields.get("FrontID", 0) or origin.front_id
        session = fields.get("SessionID", 0) or origin.session_id
        exchange = fields.get("ExchangeID", "")
        action = action_row({**fields, "ActionFlag": _DELETE}, self.context.now())
        for record in list(book.by_key.values()):
            row = record.fields
            if (
                (row["FrontID"], row["SessionID"]) == (front, session)
                and exchange in ("", row["ExchangeID"])
                and not record.done
                and record.asked_back is None
            ):
                self.take_back(book, record, action, origin.user_id)

    def _find(self, book: AccountBook, origin: Origin, fields: Fields) -> OrderRecord | None:
        """Return the order by OrderSysID or by Front, Session and OrderRef; raise Refused for neither."""
        system_id = str(fields.get("OrderSysID", "")).strip()
        ref = str(fields.get("OrderRef", "")).strip()
        if system_id:
            exchange = str(fields.get("ExchangeID", ""))
            if not exchange:
                raise Refused("EXCHANGE_ID_IS_MISSING")
            return book.of_system_id(exchange, system_id)
        if not ref:
            raise Refused("BAD_ORDER_ACTION_FIELD")
        front, session = fields.get("FrontID", 0), fields.get("SessionID", 0)
        if session == ANY_SESSION:
            return book.by_key.get(key_of(origin, ref)) or book.of_ref(ref)
        if front or session:
            origin = Origin(origin.account, origin.user_id, int(front), int(session))
        return book.by_key.get(key_of(origin, ref))


def action_row(fields: Fields, now: int, record: OrderRecord | None = None) -> Row:
    """Return an ``OrderAction`` of an InputOrderAction at `now`, with what its order adds."""
    row: Row = action_fields(record) if record else {}
    row |= {name: fields[name] for name in _OF_ACTION if fields.get(name)}
    row["ActionDate"], row["ActionTime"] = date_text(now), time_text(now)
    return row


def _is_lost(record: OrderRecord) -> bool:
    fields = record.fields
    return fields["OrderStatus"] == UNKNOWN and str(fields["StatusMsg"]).startswith(_LOST)


def _cannot(_book: AccountBook, _record: OrderRecord, _user: str) -> None:
    raise Refused("ORDER_NOT_FOUND")


def _nothing() -> None:
    """Do nothing."""
