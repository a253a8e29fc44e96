"""Conditional orders: kept in the counter, out of the exchange's sight, until a price touches them."""

from collections.abc import Callable
from math import isfinite

from anyvenue.model.events import Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Depth, Quote, Trade
from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.venues.ctp.counter.book import AccountBook, OrderRecord
from anyvenue.venues.ctp.counter.codes import ACCEPTED, CANCELED, IMMEDIATELY, NOT_TOUCHED, TOUCHED
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.desk import OrderDesk
from anyvenue.venues.ctp.counter.errors import Refused
from anyvenue.venues.ctp.counter.identity import Origin, ref_text
from anyvenue.venues.ctp.counter.members import Member
from anyvenue.venues.ctp.counter.order_types import exact_price
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.times import time_text
from anyvenue.venues.ctp.counter.validation import Draft, draft_of

__all__ = ["CONDITIONS", "Conditionals", "is_conditional"]

_LAST, _ASK, _BID = "last", "ask", "bid"
CONDITIONS = {
    code: (price, sign)
    for price, codes in ((_LAST, "5678"), (_ASK, "9ABC"), (_BID, "DEFH"))
    for code, sign in zip(codes, (">", ">=", "<", "<="), strict=True)
}
"""Which price is compared, and how, by ContingentCondition."""

_STOP, _PROFIT = "2", "3"
_STOPPING = frozenset({"DCE"})
_SESSION = 0
Waiting = tuple[AccountBook, OrderRecord]


def is_conditional(fields: Fields) -> bool:
    """Tell whether an InputOrder waits for something."""
    return fields.get("ContingentCondition", "") not in ("", IMMEDIATELY)


class Conditionals:
    """The conditional orders of all accounts."""

    def __init__(
        self, context: Context, desk: OrderDesk, member_of: Callable[[AccountBook], Member]
    ) -> None:
        """Watch the broker's market and place what is touched at `desk`."""
        self.context = context
        self.desk = desk
        self._member_of = member_of
        self._number = 0
        self._refs = 0
        self._waiting: dict[InstrumentId, dict[str, Waiting]] = {}
        self._watched: set[InstrumentId] = set()
        self._last: dict[InstrumentId, float] = {}
        self._touched: list[Waiting] = []
        desk.cancel_waiting = self.cancel
        desk.when_free = self.place_touched

    # ---- taken on

    def insert(
        self,
        book: AccountBook,
        member: Member,
        draft: Draft,
        origin: Origin,
        fields: Fields,
        ref: str,
    ) -> None:
        """Take a conditional order; raise Refused."""
        self._check(book, member, draft, fields)
        record = self.desk.identities.record(origin, draft.instrument, fields, ref)
        if record.key in book.by_key:
            raise Refused("DUPLICATE_ORDER_REF")
        book.add(record)
        self._number += 1
        system_id = f"TJBD_{self._number}"
        first = record.report()
        waiting = record.report(
            OrderStatus=NOT_TOUCHED,
            OrderSubmitStatus=ACCEPTED,
            OrderSysID=system_id,
            StatusMsg="未触发",
        )
        book.name(record, system_id)
        book.publish([first, waiting])
        self.wait(book, record)

    def wait(self, book: AccountBook, record: OrderRecord) -> None:
        """Watch for an order's condition, also after a restart."""
        assert record.instrument is not None
        instrument = record.instrument.id
        self._waiting.setdefault(instrument, {})[f"{book.account}/{record.key}"] = (book, record)
        self._number = max(self._number, int(str(record.fields["OrderSysID"]).rpartition("_")[2]))
        if instrument not in self._watched:
            self._watched.add(instrument)
            self.context.broker.subscribe(instrument, self._on_market)

    def _check(self, book: AccountBook, member: Member, draft: Draft, fields: Fields) -> None:
        profile, condition = self.context.profile, fields["ContingentCondition"]
        if condition in (_STOP, _PROFIT) and draft.instrument.exchange not in _STOPPING:
            raise Refused("PRICETYPE_NOTSUPPORT_BYEXCHANGE")
        if condition not in CONDITIONS and condition not in (_STOP, _PROFIT):
            raise Refused("BAD_FIELD")
        if not profile.conditional_orders:
            raise Refused("BROKER_NOT_SUPPORT_CONDORDER")
        if not member.conditional_right:
            raise Refused("NO_CONDITIONAL_ORDER_RIGHT")
        everything = [each for waiting in self._waiting.values() for each in waiting.values()]
        if len(everything) >= profile.broker_conditional_orders:
            raise Refused("BROKER_NOT_ENOUGH_CONDORDER")
        if sum(each[0] is book for each in everything) >= profile.conditional_orders:
            raise Refused("INVESTOR_NOT_ENOUGH_CONDORDER")
        exact_price(draft.instrument, fields.get("StopPrice", 0.0))

    # ---- taken back

    def cancel(self, book: AccountBook, record: OrderRecord, user_id: str) -> None:
        """End a waiting order."""
        self._drop(book, record)
        at = time_text(self.context.now())
        book.publish(
            [
                record.report(
                    OrderStatus=CANCELED, CancelTime=at, ActiveUserID=user_id, StatusMsg="已撤单"
                )
            ]
        )

    def end_day(self, book: AccountBook) -> None:
        """End every waiting order of an account: none lives over night."""
        for waiting in list(self._waiting.values()):
            for owner, record in list(waiting.values()):
                if owner is book:
                    self.cancel(book, record, "")

    def _drop(self, book: AccountBook, record: OrderRecord) -> None:
        assert record.instrument is not None
        self._waiting.get(record.instrument.id, {}).pop(f"{book.account}/{record.key}", None)

    # ---- touched

    def _on_market(self, event: Event) -> None:
        if not isinstance(event, Quote | Depth | Trade):
            return
        waiting = self._waiting.get(event.instrument)
        if not waiting:
            return
        prices = self._prices(event)
        for book, record in list(waiting.values()):
            if _is_touched(record.fields, prices):
                self._drop(book, record)
                self._touched.append((book, record))
        if self._touched and self.desk.is_free:
            self.place_touched()

    def _prices(self, event: Quote | Depth | Trade) -> dict[str, float]:
        if isinstance(event, Trade):
            return {_LAST: event.price}
        prices = {_ASK: event.ask, _BID: event.bid}
        if isinstance(event, Depth):
            prices[_LAST] = event.last
        return {name: price for name, price in prices.items() if _is_price(price)}

    def place_touched(self) -> None:
        """Tell of what was touched and send its orders."""
        while self._touched:
            book, record = self._touched.pop(0)
            book.publish([record.report(OrderStatus=TOUCHED, StatusMsg="已触发")])
            self._send(book, record)

    def _send(self, book: AccountBook, record: OrderRecord) -> None:
        fields: Row = {**record.fields, "ContingentCondition": IMMEDIATELY, "StopPrice": 0.0}
        fields["RelativeOrderSysID"] = record.fields["OrderSysID"]
        origin = Origin(
            book.account, str(fields["UserID"]), self.context.profile.front_id, _SESSION
        )
        try:
            draft = draft_of(self.context, self._member_of(book), fields, origin.user_id)
            self.desk.place(book, draft, origin, fields, self.next_ref(book))
        except Refused as refused:
            number, text = refused.error
            row: Row = {**record.fields, "ErrorID": number, "ErrorMsg": text}
            book.tell("OnRtnErrorConditionalOrder", row)

    def next_ref(self, book: AccountBook) -> str:
        """Return the next OrderRef of the counter's own session."""
        while True:
            self._refs += 1
            if f"{self.context.profile.front_id}.{_SESSION}.{self._refs}" not in book.by_key:
                return ref_text(self._refs)


def _is_price(price: float) -> bool:
    return isfinite(price) and 0 < price < ABSENT_ABOVE


def _is_touched(fields: Row, prices: dict[str, float]) -> bool:
    condition, stop = str(fields["ContingentCondition"]), float(fields["StopPrice"])
    if condition in (_STOP, _PROFIT):
        upward = (fields["Direction"] == "0") == (condition == _STOP)
        name, sign = _LAST, ">=" if upward else "<="
    else:
        name, sign = CONDITIONS[condition]
    price = prices.get(name)
    if price is None:
        return False
    if sign == ">":
        return price > stop
    if sign == ">=":
        return price >= stop
    return price < stop if sign == "<" else price <= stop
