"""One account as the venue sees it: its orders, trades and income, kept up by the broker's events."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Protocol

from anyvenue.model.enums import OrderState, OrderType, PostingKind, TimeInForce
from anyvenue.model.events import (
    CancelRejected,
    CashMoved,
    Deposited,
    Event,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderModified,
    OrderRejected,
    OrderTriggered,
    Withdrawn,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.model.protocols import Broker, Cursor
from anyvenue.venues.serving.answers import Answer, Answers
from anyvenue.venues.serving.numbers import ms_of
from anyvenue.venues.serving.records import (
    Income,
    Lots,
    OrderChange,
    Place,
    Record,
    TradeRow,
    leg_of,
)

__all__ = ["Member", "MemberListener", "PlaceOf"]

PlaceOf = Callable[[InstrumentId], Place | None]


class MemberListener(Protocol):
    """What is told of an account."""

    def order_changed(
        self, member: "Member", record: Record, what: OrderChange, ts_ms: int
    ) -> None:
        """Hear of an order."""
        ...

    def money_moved(self, member: "Member", event: Event, ts_ms: int) -> None:
        """Hear of money paid in or out, of funding, and of other terms."""
        ...


class Member:
    """The books of one account; all markets share it. `shown` turns the broker's time into the clients'.

    `hedged` tells whether the account keeps long and short lots side by side. `realised` is by symbol and leg.
    `answers` are those to commands about the account.
    """

    def __init__(
        self,
        broker: Broker,
        account: AccountId,
        place_of: PlaceOf,
        shown: Callable[[int], int],
        hedged: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take in what has happened, and what will."""
        self.account = account
        self.records: dict[OrderId, Record] = {}
        self.trades: list[TradeRow] = []
        self.income: list[Income] = []
        self.working: dict[OrderId, Record] = {}
        self.realised: dict[tuple[str, str], Decimal] = {}
        self.listeners: list[MemberListener] = []
        self.answers = Answers()
        self._broker, self._place_of, self._shown = broker, place_of, shown
        self._hedged = hedged
        self._by_client: dict[tuple[str, str], Record] = {}
        self._lots = Lots()
        self._held_back: list[Event] | None = None
        self._waiting: dict[OrderId, list[asyncio.Event]] = {}
        self._known_orders: Mapping[OrderId, Order] = {}
        broker.listen(account, self._hear)
        self._known_orders = {each.order_id: each for each in broker.orders(account)}
        for _, event in broker.events(account):
            self._take(event)
        self._known_orders = {}

    # ---- reading

    def find(self, market: str, order_id: int, client_id: str) -> Record | None:
        """Return an order by its id, or by the client's own id where that is 0; the newest of that name."""
        if order_id:
            found = self.records.get(OrderId(order_id))
            return found if found is not None and found.market == market else None
        return self._by_client.get((market, client_id))

    def of(self, market: str, symbol: str = "") -> list[Record]:
        """Return the orders of a market, oldest first, or of one symbol; refused ones never were."""
        return [
            each
            for each in self.records.values()
            if each.market == market
            and (not symbol or each.symbol == symbol)
            and each.state not in (OrderState.REJECTED, OrderState.SENT)
        ]

    def open(self, market: str, symbol: str = "") -> list[Record]:
        """Return the working orders, oldest first."""
        return [
            each
            for each in self.working.values()
            if each.market == market and (not symbol or each.symbol == symbol)
        ]

    def rename(self, record: Record, client_id: str) -> None:
        """Give an order another of the client's own ids."""
        self._by_client.pop((record.market, record.client_id), None)
        record.client_id = client_id
        self._by_client[record.market, client_id] = record

    # ---- asking

    def submit(self, record_of: Callable[[OrderId], Record], send: Callable[[], OrderId]) -> Record:
        """Send an order and return its record; what is told while it is sent is taken after the record is there."""
        with self._hold_back():
            record = record_of(send())
            self._add(record)
        return record

    @contextmanager
    def _hold_back(self) -> Iterator[None]:
        self._held_back = []
        try:
            yield
        finally:
            held, self._held_back = self._held_back, None
            for event in held:
                self._take(event)

    async def settled(self, record: Record, seconds: float, ready: Callable[[], bool]) -> bool:
        """Wait until `ready` holds, looking again whenever something happens to the order; False after `seconds`."""
        if ready():
            return True
        changed = asyncio.Event()
        waiting = self._waiting.setdefault(record.order_id, [])
        waiting.append(changed)
        try:
            async with asyncio.timeout(seconds):
                while not ready():
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            return ready()
        finally:
            waiting.remove(changed)
        return True

    # ---- events

    def _hear(self, _cursor: Cursor, event: Event) -> None:
        if self._held_back is not None:
            self._held_back.append(event)
        else:
            self._take(event)

    def _take(self, event: Event) -> None:
        ts_ms = ms_of(self._shown(event.ts_event))
        if isinstance(event, OrderEvent):
            record = self._record(event.order_id)
            if record is not None:
                self._take_order(record, event, ts_ms)
                for changed in self._waiting.get(record.order_id, ()):
                    changed.set()
            return
        if isinstance(event, Deposited | Withdrawn):
            sign = 1 if isinstance(event, Deposited) else -1
            self._earn("", "TRANSFER", event.amount * sign, event.currency, ts_ms)
        elif isinstance(event, CashMoved):
            self._take_cash(event, ts_ms)
        elif isinstance(event, Answer):
            self.answers.hear(event)
        else:
            return
        for listener in self.listeners:
            listener.money_moved(self, event, ts_ms)

    def _take_cash(self, event: CashMoved, ts_ms: int) -> None:
        found = self._place_of(event.instrument) if event.instrument is not None else None
        kind = "FUNDING_FEE" if event.kind is PostingKind.FUNDING else event.kind.value.upper()
        self._earn(found.symbol if found else "", kind, event.amount, event.currency, ts_ms)

    def _take_order(self, record: Record, event: OrderEvent, ts_ms: int) -> None:
        what = self._apply(record, event, ts_ms)
        if what is None:
            return
        record.updated_ms = ts_ms
        if record.done:
            self.working.pop(record.order_id, None)
        elif record.state in (OrderState.OPEN, OrderState.PARTIAL):
            self.working[record.order_id] = record
        for listener in self.listeners:
            listener.order_changed(self, record, what, ts_ms)

    def _apply(self, record: Record, event: OrderEvent, ts_ms: int) -> OrderChange | None:
        """Change the record and return what happened, None for what clients are not told."""
        if isinstance(event, OrderFilled):
            return self._fill(record, event, ts_ms)
        if record.done:
            return None
        if isinstance(event, OrderAccepted):
            if record.state is not OrderState.SENT:
                return None
            record.state, record.created_ms = OrderState.OPEN, ts_ms
            return OrderChange.ACCEPTED
        if isinstance(event, OrderRejected):
            record.state, record.reason, record.code = OrderState.REJECTED, event.reason, event.code
            return None
        if isinstance(event, OrderCancelled | OrderExpired):
            record.reason = event.reason
            by_itself = isinstance(event, OrderExpired) or _ends_by_itself(record.request)
            expired = by_itself or bool(event.reason)
            record.state = OrderState.EXPIRED if expired else OrderState.CANCELLED
            return OrderChange.ENDED
        if isinstance(event, OrderModified):
            request = record.request
            record.request = _changed_request(request, event.quantity, event.price)
            return OrderChange.MODIFIED
        if isinstance(event, OrderTriggered):
            record.triggered = True
            return OrderChange.TRIGGERED
        if isinstance(event, CancelRejected | ModifyRejected):
            record.reason, record.code = event.reason, event.code
        return None

    def _fill(self, record: Record, event: OrderFilled, ts_ms: int) -> OrderChange:
        fill = event.fill
        realised = Decimal(0)
        if record.place.margined:
            place = record.place
            realised = self._lots.take(
                fill, place.multiplier, inverse=place.inverse, leg=record.leg
            )
        row = TradeRow(len(self.trades) + 1, fill, ts_ms, realised)
        self.trades.append(row)
        record.trades = [*record.trades, row]
        record.filled += fill.quantity
        record.value += row.value
        if not record.done:
            whole = record.filled >= record.request.quantity
            record.state = OrderState.FILLED if whole else OrderState.PARTIAL
        if record.place.margined:
            if realised:
                key = record.symbol, record.leg
                self.realised[key] = self.realised.get(key, Decimal(0)) + realised
                self._earn(
                    *(record.symbol, "REALIZED_PNL", realised, fill.fee_currency, ts_ms),
                    str(row.number),
                )
            self._earn(
                *(record.symbol, "COMMISSION", -fill.fee, fill.fee_currency, ts_ms),
                str(row.number),
            )
        return OrderChange.TRADED

    def _earn(
        self, symbol: str, kind: str, amount: Decimal, asset: str, ts_ms: int, trade: str = ""
    ) -> None:
        number = len(self.income) + 1
        self.income.append(Income(number, symbol, kind, amount, asset, ts_ms, trade))

    # ---- records

    def _record(self, order_id: OrderId) -> Record | None:
        """Return an order's record; one that came by another way is looked up at the broker."""
        known = self.records.get(order_id)
        if known is not None:
            return known
        order = self._known_orders.get(order_id)
        if order is None:
            orders = self._broker.orders(self.account)
            order = next((each for each in reversed(orders) if each.order_id == order_id), None)
        found = self._place_of(order.instrument) if order is not None else None
        if order is None or found is None:
            return None
        created = ms_of(self._shown(order.ts_created))
        record = Record(
            *(order_id, found, order.request),
            *(order.client_ref or f"anyvenue-{order_id}", created, created),
        )
        self._add(record)
        return record

    def _add(self, record: Record) -> None:
        if record.place.margined and self._hedged():
            record.leg = leg_of(record.request)
        self.records[record.order_id] = record
        self._by_client[record.market, record.client_id] = record


def _ends_by_itself(request: OrderRequest) -> bool:
    immediate = request.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
    return immediate or request.type is OrderType.MARKET


def _changed_request(
    request: OrderRequest, quantity: Decimal, price: Decimal | None
) -> OrderRequest:
    from msgspec.structs import replace

    return replace(request, quantity=quantity, price=price)
