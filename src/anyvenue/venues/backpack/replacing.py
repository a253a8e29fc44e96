"""Orders that take another's place: Backpack changes none, so one is taken back first, and the rest placed anew.

There are never two: the new one is sent only after the venue has said that the old one is gone, and how far it was
filled. Where that is not heard nothing is placed, and the order is what the venue says it is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Protocol

import msgspec
from msgspec.structs import replace

from anyvenue.model.errors import AnyvenueError, InvalidOrder
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.backpack.naming import Names
from anyvenue.venues.backpack.reports import BackpackReports
from anyvenue.venues.backpack.wire_rest import OrderRow
from anyvenue.venues.tracking.answers import Answer
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.told import Told

__all__ = ["Asking", "Change", "Desk", "Replacing", "row_of"]

_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
_ZERO = Decimal(0)

Body = Mapping[str, str | int | bool]


class Change(msgspec.Struct, frozen=True):
    """What an order is to be: its whole quantity, and its price."""

    quantity: Decimal
    price: Decimal | None


class Asking(Protocol):
    """Finds orders and fills at the venue."""

    async def order(self, symbol: str, number: str) -> OrderRow | None:
        """Return one of the venue's orders by its number; raise VenueError."""
        ...

    async def bring_fills(self, record: OrderRecord, venue_id: str) -> None:
        """Ask for the fills of one of the venue's orders and tell of those that are new; raise VenueError."""
        ...


class Desk(Protocol):
    """What sends the requests, and tells of what was not done."""

    async def request(self, method: str, body: Body) -> Answer:
        """Make a request about one order and return what became of it; a late one is sent again, once."""
        ...

    def body_of(self, record: OrderRecord, request: OrderRequest, name: int) -> Body:
        """Return the body of an order."""
        ...

    def taken_over(self, record: OrderRecord, row: OrderRow) -> None:
        """Take the answer over of an order that is placed."""
        ...

    def not_changed(self, record: OrderRecord, answer: Answer) -> None:
        """Tell that an order was not changed."""
        ...


class Replacing:
    """Changes orders, one step after the other; `ask` is called with orders about which the venue must be asked."""

    def __init__(
        self,
        desk: Desk,
        asking: Callable[[], Asking],
        reports: BackpackReports,
        names: Names,
        now: Callable[[], int],
        ask: Callable[[OrderRecord], None],
    ) -> None:
        """Send by `desk`."""
        self._desk, self._asking, self._reports = desk, asking, reports
        self._names, self._now, self._ask = names, now, ask

    async def change(
        self, record: OrderRecord, change: Change, unwanted: Callable[[], bool]
    ) -> None:
        """Let a new order take the place of `record`, unless that is `unwanted` by then."""
        placing = False
        record.replacing = True
        try:
            gone = await self._take_back(record)
            if gone is None:
                return
            if unwanted() or change.quantity <= record.filled:
                self._end(record, gone, change, unwanted())
                return
            placing = True
            await self._place(record, gone, change)
        except asyncio.CancelledError:
            # Found out at the next opening: by the name of the new one if it may be there, else by the old one.
            record.doubt, record.replacing = "modify", placing
            raise

    # ---- the old one

    async def _take_back(self, record: OrderRecord) -> Told | None:
        """Return what became of the old order, with all its fills told; None where it may be there still."""
        number = record.venue_id
        answer = await self._desk.request("DELETE", {"orderId": number, "symbol": record.symbol})
        gone = None
        if answer.done:
            gone = await self._gone(record, number, row_of(answer))
        elif not answer.may_be_done:
            self._desk.not_changed(record, answer)
        if gone is None:
            record.replacing = False
            if answer.may_be_done or answer.done:
                record.doubt = "modify"
            self._ask(record)
        return gone

    async def _gone(self, record: OrderRecord, number: str, row: OrderRow | None) -> Told | None:
        for pause in _PAUSES_S:
            told = None if row is None else self._reports.told_of(row)
            if told is not None and told.done and await self._all_told(record, told):
                return told
            await asyncio.sleep(pause)
            row = await _or_none(self._asking().order(record.symbol, number))
        return None

    async def _all_told(self, record: OrderRecord, told: Told) -> bool:
        """Tell whether all fills of the old order were heard, after asking for those that were not."""
        heard = record.heard_filled
        if told.filled > heard.get(told.venue_id, _ZERO):
            await _or_none(self._asking().bring_fills(record, told.venue_id))
        return told.filled <= heard.get(told.venue_id, _ZERO)

    def _end(self, record: OrderRecord, gone: Told, change: Change, unwanted: bool) -> None:
        """Leave the order taken back."""
        record.replacing = False
        if not unwanted:
            filled, wanted = plain(record.filled), plain(change.quantity)
            text = f"{filled} were filled meanwhile, and {wanted} is not more"
            error = InvalidOrder(text, field="quantity", value=plain(change.quantity))
            self._desk.not_changed(record, Answer(0, lost=error, sent=False))
        self._reports.hear(gone, self._now())

    # ---- the new one

    async def _place(self, record: OrderRecord, gone: Told, change: Change) -> None:
        now = self._now()
        request = replace(
            record.request, quantity=change.quantity - record.filled, price=change.price
        )
        record.part += 1
        record.sent_at = now
        name = self._names.give(record.symbol, (record.order_id, record.part), now)
        body = self._desk.body_of(record, request, name)
        answer = await self._desk.request("POST", body)
        row = row_of(answer) if answer.done else None
        if row is not None:
            new = self._reports.told_of(row)
            wanted = change.quantity, change.price
            over = self._reports.take_over(record, new, *wanted, self._now())
            self._desk.taken_over(record, row)
            if over:
                self._ask(record)
        elif answer.done or answer.may_be_done or _is_there(answer):
            record.doubt = "modify"
            self._ask(record)
        else:
            record.part -= 1
            record.replacing = False
            self._desk.not_changed(record, answer)
            self._reports.hear(gone, self._now())


def _is_there(answer: Answer) -> bool:
    """Tell whether an order of that name is there already: it was sent twice, after a refusal for its time."""
    return answer.refused is not None and answer.refused.duplicate


def row_of(answer: Answer) -> OrderRow | None:
    """Return the order of an answer, None where it tells none: the request is only queued, or cannot be read."""
    try:
        return msgspec.json.decode(answer.result, type=OrderRow, strict=False)
    except msgspec.MsgspecError:
        return None


async def _or_none(asked: Awaitable[OrderRow | None]) -> OrderRow | None:
    try:
        return await asked
    except AnyvenueError:
        return None
