"""Orders on their way to Backpack: sent and cancelled in its words, by REST."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import partial

import msgspec
from msgspec.structs import replace

from anyvenue.model.commands import CancelOrder
from anyvenue.model.enums import OrderState, OrderType
from anyvenue.model.errors import AnyvenueError, InvalidOrder, NotSent, RateLimited
from anyvenue.model.events import CancelRejected, Event, ModifyRejected
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.backpack.errors import refused
from anyvenue.venues.backpack.listing import Listing
from anyvenue.venues.backpack.naming import Names
from anyvenue.venues.backpack.replacing import Asking, Change, Replacing, row_of
from anyvenue.venues.backpack.reports import BackpackReports
from anyvenue.venues.backpack.requests import MOST_PARTS, order_body
from anyvenue.venues.backpack.wire_rest import BatchRow, ErrorBody, OrderRow
from anyvenue.venues.tracking.answers import Answer, Answered
from anyvenue.venues.tracking.ordering import Ordering, Step
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.rest import Rest
from anyvenue.venues.tracking.sending import Sending
from anyvenue.venues.transport.tasks import Tasks

__all__ = ["Trading"]

_GRACE_S = 1.0
"""For so long the stream may still tell of fills that an answer speaks of."""
_ACCEPTED = 202
_ORDER = "/api/v1/order"

Body = Mapping[str, str | int | bool]


class Trading(Ordering):
    """Sends orders by `rest`. What an answer says was filled is taken from the stream, which tells fills one by one."""

    title = "Backpack"
    largest_batch = 50

    def __init__(
        self,
        rest: Rest,
        reports: BackpackReports,
        listing: Listing,
        names: Names,
        post: Callable[[Event], None],
        now: Callable[[], int],
        ask: Callable[[OrderRecord], None],
        synchronise: Callable[[Callable[[], None]], None],
        asking: Callable[[], Asking],
    ) -> None:
        """Begin closed; `asking` returns what finds orders at the venue."""
        super().__init__(reports, post, now, ask, synchronise)
        self._rest, self._words, self._listing, self._names = rest, reports, listing, names
        self._sending = Sending()
        self._tasks = Tasks()
        self._replacing = Replacing(self, asking, reports, names, now, ask)
        self._unwanted: dict[OrderId, CancelOrder] = {}
        self.open = False

    async def close(self) -> None:
        """Take no more orders; what became of those under way is found out at the next opening."""
        self.open = False
        await self._tasks.stop()
        for record in self._records.working():
            if record.replacing and not record.doubt:  # a change that had not begun
                record.doubt, record.replacing = "modify", False
        self._unwanted.clear()
        await self._sending.close()

    def symbol(self, instrument: InstrumentId) -> str:
        """Return the venue's symbol; raise UnknownInstrument."""
        return self._listing.symbol(instrument)

    def _send(
        self, method: str, path: str, body: Body | Sequence[Body], answered: Answered
    ) -> None:
        if not self.open:
            raise NotSent("there is no session with Backpack; nothing was sent")
        urgent = method == "DELETE"
        self._sending.start(partial(self._rest.ask, method, path, body, urgent=urgent), answered)

    # ---- placing

    def placing(self, record: OrderRecord) -> Step:
        """Return the request that places an order; raise InvalidOrder."""
        body = self._body(record)
        send = partial(self._send, "POST", _ORDER, body)
        return Step(send, lambda answer: self._taken(record, answer))

    def _body(self, record: OrderRecord) -> Body:
        name = self._names.give(record.symbol, (record.order_id, 0))
        return self.body_of(record, record.request, name)

    def body_of(self, record: OrderRecord, request: OrderRequest, name: int) -> Body:
        """Return the body of an order; raise InvalidOrder for what the venue does not have."""
        return order_body(request, self._listing.get(request.instrument), name)

    def _taken(self, record: OrderRecord, answer: Answer) -> None:
        row = row_of(answer)
        if row is None:
            record.sent_at = self._now()
            self._lose(record, f"[{answer.status}] the order is not executed yet")
            return
        self._hear(record, row)

    def _hear(self, record: OrderRecord, row: OrderRow) -> None:
        """Take an answer over, but for fills that the stream is to tell."""
        told, now = self._words.told_of(row), self._now()
        heard = record.heard_filled.get(told.venue_id, Decimal(0))
        if told.filled <= heard:
            self._words.hear(told, now)
            return
        if not told.conditional:
            self._words.hear(replace(told, filled=heard, state=OrderState.OPEN), now)
        loop = asyncio.get_running_loop()
        loop.call_later(_GRACE_S, self._ask_unless_ended, record)

    def send_batch(self, records: Sequence[OrderRecord], answered: Answered) -> None:
        """Send orders in one request; raise NotSent where nothing was sent."""
        self._send("POST", "/api/v1/orders", [self._body(each) for each in records], answered)

    def singles(self, answer: Answer, count: int) -> list[Answer]:
        """Return the answers to the orders of a batch; ones that nobody knows where it cannot be read."""
        return _single(answer, count) if answer.done else [answer] * count

    # ---- cancelling

    def cancelling(self, record: OrderRecord) -> Step:
        """Return the request that cancels an order."""
        number = record.venue_id or record.algo_id
        name: Body = {"orderId": number}
        if record.replacing or not number:
            name = {"clientId": self._names.of(record.order_id, record.part)}
        send = partial(self._send, "DELETE", _ORDER, {"symbol": record.symbol, **name})

        def done(answer: Answer) -> None:
            row = row_of(answer)
            if row is not None:
                self._hear(record, row)
            self._ask_unless_ended(record)

        return Step(send, done)

    def _ask_unless_ended(self, record: OrderRecord) -> None:
        if not record.ended:
            self._ask(record)

    # ---- changing

    def change(self, record: OrderRecord, quantity: Decimal, price: Decimal | None) -> None:
        """Take an order back and place another; raise InvalidOrder, or NotSent, where nothing was sent."""
        request = record.request
        often = record.part >= MOST_PARTS - 1
        if request.type is not OrderType.LIMIT or not record.venue_id or often:
            raise InvalidOrder(
                f"order {record.order_id} cannot be changed: only a limit order in the book can, "
                f"and {MOST_PARTS - 1} times at most; cancel it and send another",
                field="order_id",
                value=str(record.order_id),
            )
        if quantity <= record.filled:
            raise InvalidOrder(
                f"{plain(record.filled)} are filled already; {plain(quantity)} is not more",
                field="quantity",
                value=plain(quantity),
            )
        self.body_of(record, replace(request, quantity=quantity, price=price), 0)
        if not self.open:
            raise NotSent("there is no session with Backpack; nothing was sent")
        record.replacing = True
        self._tasks.start(self._change(record, Change(quantity, price)))

    async def _change(self, record: OrderRecord, change: Change) -> None:
        order_id = record.order_id
        await self._replacing.change(record, change, lambda: order_id in self._unwanted)
        command = self._unwanted.pop(order_id, None)
        if command is not None and not record.ended:
            try:
                super().cancel(command)
            except (NotSent, RateLimited) as error:
                self._no(CancelRejected, record, Answer(0, lost=error, sent=False))

    def cancel(self, command: CancelOrder) -> None:
        """Ask for a cancel, after its change where an order is being changed; raise UnknownOrder or NotSent."""
        record = self._known(command.order_id)
        if record.replacing and not record.doubt:
            self._unwanted[command.order_id] = command
        else:
            super().cancel(command)

    async def request(self, method: str, body: Body) -> Answer:
        """Make a request about one order and return what became of it; a late one is sent again, once."""
        urgent = method == "DELETE"
        for again in (False, True):
            answer = await self._rest.ask(method, _ORDER, body, urgent=urgent)
            if again or answer.refused is None or not answer.refused.clock:
                break
            await self._tuned()
        return answer

    async def _tuned(self) -> None:
        with suppress(AnyvenueError):
            await self._rest.synchronise()

    def taken_over(self, record: OrderRecord, row: OrderRow) -> None:
        """Take the answer over of an order that is placed."""
        self._hear(record, row)

    def not_changed(self, record: OrderRecord, answer: Answer) -> None:
        """Tell that an order was not changed."""
        self._no(ModifyRejected, record, answer)


def _single(answer: Answer, count: int) -> list[Answer]:
    """Return the answers to the single orders of a batch; ones that nobody knows where it cannot be read."""
    try:
        rows = msgspec.json.decode(answer.result, type=list[BatchRow], strict=False)
    except msgspec.MsgspecError:
        rows = []
    if len(rows) != count:
        return [Answer(_ACCEPTED)] * count
    return [
        Answer(result=msgspec.json.encode(row))
        if row.id
        else Answer(400, refused=refused(ErrorBody(row.code, row.message), 400))
        for row in rows
    ]
