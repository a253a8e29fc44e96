"""What the venue tells of orders, made into events: each fact once, however often and from wherever it comes."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from anyvenue.model.enums import Offset, OrderState
from anyvenue.model.events import (
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderModified,
    OrderRejected,
    OrderTriggered,
)
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.venues.tracking.records import OrderRecord, Records
from anyvenue.venues.tracking.told import Told, ToldFill

__all__ = ["Reports"]

_WAIT_S = 1.0


class Reports:
    """Keeps the records and posts what is new.

    `lacking` is called with an order that was filled further than its fills tell: they must be asked for.
    """

    def __init__(
        self,
        records: Records,
        find: Callable[[str], Instrument | None],
        post: Callable[[Event], None],
        lacking: Callable[[OrderRecord], None],
    ) -> None:
        """Post to `post`; `find` knows instruments by the venue's symbol."""
        self.records = records
        self._find = find
        self._tell = post
        self._lacking = lacking
        self._held: dict[tuple[str, str], list[Told]] = {}

    def _post(self, event: Event) -> None:
        self.records.revision += 1
        self._tell(event)

    def hear(self, told: Told, now: int, *, waited: bool = False) -> OrderRecord | None:
        """Take what the venue says of an order at `now`; return its record, None for an unknown symbol.

        An order that may be what a conditional one has become is taken when that is known, or after having `waited`.
        """
        records = self.records
        record = records.find(told)
        if record is None:
            if not told.full or (not waited and self._may_be_ours(told)):
                return None
            instrument = self._find(told.symbol)
            if instrument is None:
                return None
            record = records.adopt(told, instrument.id)
        if not told.conditional:
            records.by_venue[told.symbol, told.venue_id] = record
        else:
            records.by_algo[told.symbol, told.venue_id] = record
            record.algo_id = record.algo_id or told.venue_id
        record.unsure = 0
        record.created = record.created or told.created or told.ts
        record.changed = max(record.changed, told.ts)
        if told.conditional:
            self._on_conditional(record, told, now)
        else:
            self._on_order(record, told, now)
        return record

    def _may_be_ours(self, told: Told) -> bool:
        """Hold an order of unknown origin back for a moment where one of ours may just have been touched."""
        suspects = [
            each
            for each in self.records.working()
            if each.algo_id and not each.triggered and each.symbol == told.symbol
        ]
        if told.conditional or not any(each.request.side is told.side for each in suspects):
            return False
        key = told.symbol, told.venue_id
        held = self._held.setdefault(key, [])
        held.append(told)
        if len(held) == 1:
            asyncio.get_running_loop().call_later(_WAIT_S, self._let_go, key)
        return True

    def _let_go(self, key: tuple[str, str]) -> None:
        for told in self._held.pop(key, ()):
            self.hear(told, told.ts, waited=True)

    def _on_order(self, record: OrderRecord, told: Told, now: int) -> None:
        if told.state is OrderState.REJECTED:
            self.reject(record, told.why or "the venue refused the order", "", "", now)
            return
        if record.algo_id and not record.triggered:
            self._trigger(record, told.ts, now)
        if not record.venue_id or (record.replacing and _is_later(told.venue_id, record.venue_id)):
            record.venue_id = told.venue_id
        self._accept(record, told.venue_id, told.ts, now)
        if told.fill is not None and told.fill.fee is not None:
            self.fill(record, told.fill, now)
        if told.venue_id != record.venue_id:
            return  # an order that has been replaced
        if told.full and not record.replacing:
            self._on_terms(record, told, now)
        if told.filled > record.heard_filled.get(told.venue_id, 0):
            self._lacking(record)
        elif told.done and not record.replacing:
            self._end(record, told, now)

    def _on_conditional(self, record: OrderRecord, told: Told, now: int) -> None:
        if told.state is OrderState.REJECTED:
            self.reject(record, told.why or "the venue refused the order", "", "", now)
            return
        self._accept(record, told.venue_id, told.ts, now)
        if told.became and told.triggered:
            self.records.by_venue[told.symbol, told.became] = record
            self._trigger(record, told.ts, now)
            record.venue_id = record.venue_id or told.became
            self._let_go((told.symbol, told.became))
        elif told.state in (OrderState.CANCELLED, OrderState.EXPIRED):
            self._end(record, told, now)
        elif told.full and not (told.triggered or record.triggered):
            self._on_terms(record, told, now)

    def _accept(self, record: OrderRecord, venue_id: str, ts: int, now: int) -> None:
        if not record.accepted and not record.ended:
            record.accepted = True
            record.state = OrderState.OPEN
            account = self.records.account
            self._post(OrderAccepted(account, record.order_id, ts or now, now, venue_id))

    def _trigger(self, record: OrderRecord, ts: int, now: int) -> None:
        if not record.triggered and not record.ended:
            record.triggered = True
            account = self.records.account
            self._post(OrderTriggered(account, record.order_id, ts or now, now))

    def _on_terms(self, record: OrderRecord, told: Told, now: int) -> None:
        """Tell that quantity or price are others than they were; those of its first parts count."""
        if record.ended or not told.quantity:
            return
        earlier = record.filled - record.heard_filled.get(told.venue_id, Decimal(0))
        quantity = told.quantity + earlier
        price = told.price if record.request.price is not None else None
        request = record.request
        if (quantity, price) != (request.quantity, request.price):
            self.modified(record, quantity, price, told.ts, now)

    def modified(
        self, record: OrderRecord, quantity: Decimal, price: Decimal | None, ts: int, now: int
    ) -> None:
        """Tell that an order has another quantity or price now."""
        record.request = replace(record.request, quantity=quantity, price=price)
        account = self.records.account
        self._post(OrderModified(account, record.order_id, ts or now, now, quantity, price))

    def _end(self, record: OrderRecord, told: Told, now: int) -> None:
        if record.ended:
            return
        record.ended = True
        record.reason = told.why
        record.state = told.state
        ts, account, order_id = told.ts or now, self.records.account, record.order_id
        if told.state is OrderState.CANCELLED:
            self._post(OrderCancelled(account, order_id, ts, now, told.why))
        elif told.state is OrderState.EXPIRED:
            self._post(OrderExpired(account, order_id, ts, now, told.why or "expired"))

    def cancelled(self, record: OrderRecord, reason: str, now: int) -> None:
        """Tell that an order is gone that the venue has taken back without giving its successor."""
        if not record.ended:
            record.ended, record.state, record.reason = True, OrderState.CANCELLED, reason
            account = self.records.account
            self._post(OrderCancelled(account, record.order_id, now, now, reason))

    def reject(
        self, record: OrderRecord, reason: str, code: str, venue_code: str, now: int
    ) -> None:
        """Tell that an order was refused."""
        if record.ended:
            return
        record.ended, record.state, record.reason = True, OrderState.REJECTED, reason
        record.unsure = 0
        account = self.records.account
        self._post(OrderRejected(account, record.order_id, now, now, reason, code, venue_code))

    def fill(self, record: OrderRecord, told: ToldFill, now: int) -> bool:
        """Tell of a fill that was not told of; return whether that was so."""
        trade_id = told.trade_id
        if trade_id in record.trades:
            return False
        record.trades.add(trade_id)
        fill = self._fill(record, told, now)
        heard = record.heard_filled
        heard[told.order] = heard.get(told.order, Decimal(0)) + told.quantity
        record.filled += told.quantity
        record.filled_value += told.price * told.quantity
        record.fees += fill.fee
        if not record.ended:
            record.state = OrderState.PARTIAL
        self.records.fills.append(fill)
        self._post(OrderFilled(fill.account, record.order_id, fill.ts_event, now, fill))
        return True

    def _fill(self, record: OrderRecord, told: ToldFill, now: int) -> Fill:
        request, currency = record.request, told.fee_currency
        if not currency:
            instrument = self._find(record.symbol)
            currency = instrument.currency if instrument is not None else ""
        return Fill(
            record.order_id,
            self.records.account,
            request.instrument,
            told.trade_id,
            told.side,
            _offset(request),
            told.price,
            told.quantity,
            told.fee or Decimal(0),
            currency,
            told.ts,
            now,
            maker=told.maker,
            strategy=request.strategy,
        )


def _offset(request: OrderRequest) -> Offset:
    if request.offset is not Offset.AUTO:
        return request.offset
    return Offset.CLOSE if request.reduce_only else Offset.OPEN


def _is_later(number: str, other: str) -> bool:
    """Tell whether the venue's number of an order is above another; numbers are compared as such."""
    return (len(number), number) > (len(other), other)
