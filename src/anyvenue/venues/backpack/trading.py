"""Orders on their way to Backpack: sent and cancelled in its words, by REST."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial

import msgspec
from msgspec.structs import replace

from anyvenue.model.enums import OrderState
from anyvenue.model.errors import InvalidOrder, NotSent
from anyvenue.model.events import Event
from anyvenue.model.ids import InstrumentId
from anyvenue.venues.backpack.errors import refused
from anyvenue.venues.backpack.listing import Listing
from anyvenue.venues.backpack.naming import Names
from anyvenue.venues.backpack.reports import BackpackReports
from anyvenue.venues.backpack.requests import client_id, order_body
from anyvenue.venues.backpack.wire_rest import BatchRow, ErrorBody, OrderRow
from anyvenue.venues.tracking.answers import Answer, Answered
from anyvenue.venues.tracking.ordering import Ordering, Placement, Step
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.rest import Rest
from anyvenue.venues.tracking.sending import Sending

__all__ = ["Trading"]

_GRACE_S = 1.0
"""For so long the stream may still tell of fills that an answer speaks of."""
_ACCEPTED = 202

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
    ) -> None:
        """Begin closed."""
        super().__init__(reports, post, now, ask, synchronise)
        self._rest, self._words, self._listing, self._names = rest, reports, listing, names
        self._sending = Sending()
        self.open = False

    async def close(self) -> None:
        """Take no more orders; what became of those under way is found out at the next opening."""
        self.open = False
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
        send = partial(self._send, "POST", "/api/v1/order", body)
        return Step(send, lambda answer: self._taken(record, answer))

    def _body(self, record: OrderRecord) -> Body:
        instrument = self._listing.get(record.request.instrument)
        body = order_body(record.request, instrument, client_id(record.order_id))
        self._names.give(record.symbol, record.order_id)
        return body

    def _taken(self, record: OrderRecord, answer: Answer) -> None:
        row = _row(answer)
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

    def send_group(self, group: Sequence[Placement]) -> None:
        """Send the orders of a group in one request; raise NotSent where nothing was sent."""
        if len(group) == 1:
            super().send_group(group)
            return
        bodies = [self._body(record) for record, _ in group]

        def answered(answer: Answer) -> None:
            self.placed(
                group, _single(answer, len(group)) if answer.done else [answer] * len(group)
            )

        self._send("POST", "/api/v1/orders", bodies, answered)

    # ---- cancelling

    def cancelling(self, record: OrderRecord) -> Step:
        """Return the request that cancels an order."""
        number = record.venue_id or record.algo_id
        name: Body = {"orderId": number} if number else {"clientId": client_id(record.order_id)}
        send = partial(self._send, "DELETE", "/api/v1/order", {"symbol": record.symbol, **name})

        def done(answer: Answer) -> None:
            row = _row(answer)
            if row is not None:
                self._hear(record, row)
            self._ask_unless_ended(record)

        return Step(send, done)

    def _ask_unless_ended(self, record: OrderRecord) -> None:
        if not record.ended:
            self._ask(record)

    # ---- changing

    def change(self, record: OrderRecord, quantity: Decimal, price: Decimal | None) -> None:
        """Refuse: the venue changes no orders; raise InvalidOrder."""
        raise InvalidOrder(
            "Backpack changes no orders: cancel it and send another", field="order_id"
        )


def _row(answer: Answer) -> OrderRow | None:
    """Return the order of an answer, None where it tells none: the request is only queued, or cannot be read."""
    try:
        return msgspec.json.decode(answer.result, type=OrderRow, strict=False)
    except msgspec.MsgspecError:
        return None


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
