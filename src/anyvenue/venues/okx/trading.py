"""Orders on their way to OKX: sent, changed and cancelled in its words.

The venue acknowledges that it has taken a request up; what came of it is told by the stream. Where that says nothing
for a while the order is asked for.
"""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from anyvenue.model.enums import OrderState, OrderType
from anyvenue.model.errors import InvalidOrder, NotSent, RateLimited
from anyvenue.model.events import Event, ModifyRejected
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.okx.api import Arguments
from anyvenue.venues.okx.entry import ACTS, Entry
from anyvenue.venues.okx.errors import refused
from anyvenue.venues.okx.instruments import Listing
from anyvenue.venues.okx.margins import Margins
from anyvenue.venues.okx.requests import (
    CONDITIONAL,
    algo_order_args,
    amend_algo_args,
    amend_args,
    cancel_algo_args,
    cancel_args,
    client_id,
    order_args,
)
from anyvenue.venues.okx.wire import Acknowledged
from anyvenue.venues.okx.wire_account import OrderRow
from anyvenue.venues.tracking.answers import Answer, Answered
from anyvenue.venues.tracking.ordering import Ordering, Step
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told

__all__ = ["Trading"]

_PATIENCE_S = 1.0
"""How long the stream may take to tell what came of an acknowledged request."""
_FAILED = "-1"
_ENCODER = msgspec.json.Encoder()


class _Rows(msgspec.Struct):
    data: list[Acknowledged] = []


_ROWS = msgspec.json.Decoder(_Rows)


class Trading(Ordering):
    """Sends orders by an `Entry`."""

    title = "OKX"
    largest_batch = 20

    def __init__(
        self,
        reports: Reports,
        listing: Listing,
        margins: Margins,
        post: Callable[[Event], None],
        now: Callable[[], int],
        ask: Callable[[OrderRecord], None],
        synchronise: Callable[[Callable[[], None]], None],
    ) -> None:
        """Back orders as `margins` says."""
        super().__init__(reports, post, now, ask, synchronise)
        self._listing, self._margins = listing, margins
        self.entry: Entry | None = None
        self._changes: dict[str, tuple[OrderRecord, OrderRequest]] = {}
        self._last = 0

    def symbol(self, instrument: InstrumentId) -> str:
        """Return what orders of an instrument are kept under; raise UnknownInstrument."""
        return self._listing.symbol(instrument)

    def _sending(self, act: str, arguments: Arguments, of: str) -> Callable[[Answered], None]:
        def send(answered: Answered) -> None:
            if self.entry is None:
                raise NotSent("there is no session with OKX; nothing was sent")
            self.entry.send(ACTS[act], [arguments], of, answered)

        return send

    def _by_number(self) -> bool:
        return self.entry is not None and self.entry.by_number

    # ---- placing and cancelling

    def placing(self, record: OrderRecord) -> Step:
        """Return the request that places an order; raise InvalidOrder."""
        instrument = self._instrument(record)
        self._margins.play(instrument)
        act, wanted = self._words(record, instrument)

        def done(answer: Answer) -> None:
            self._reports.hear(_acknowledged(record, _rows_of(answer)[0]), self._now())

        return Step(self._sending(act, wanted, instrument.venue_symbol), done)

    def _words(self, record: OrderRecord, instrument: Instrument) -> tuple[str, Arguments]:
        request, name = record.request, client_id(record.order_id)
        if request.type in CONDITIONAL:
            terms = self._margins.terms_for(instrument, by_number=False)
            return "place_algo", algo_order_args(request, instrument, terms, name)
        terms = self._margins.terms_for(instrument, by_number=self._by_number())
        return "place", order_args(request, instrument, terms, name)

    def alone(self, record: OrderRecord) -> bool:
        """Tell whether an order goes in a request of its own: conditional ones are others."""
        return record.request.type in CONDITIONAL

    def send_batch(self, records: Sequence[OrderRecord], answered: Answered) -> None:
        """Send orders in one request; raise NotSent or RateLimited where nothing was sent."""
        if self.entry is None:
            raise NotSent("there is no session with OKX; nothing was sent")
        rows = [self._words(each, self._instrument(each))[1] for each in records]
        self.entry.send(ACTS["place_many"], rows, "", answered)

    def singles(self, answer: Answer, count: int) -> list[Answer]:
        """Return the answers to the orders of a batch, in their order; raise where it cannot be read."""
        rows = _rows_of(answer)
        if len(rows) != count:
            raise ValueError(f"a batch of {count} orders was answered for {len(rows)}")
        return [_single(answer, row) for row in rows]

    def cancelling(self, record: OrderRecord) -> Step:
        """Return the request that cancels an order."""
        instrument, name = self._instrument(record), client_id(record.order_id)
        if self._waits(record):
            wanted = cancel_algo_args(instrument, name, record.algo_id)
            return self._watched("cancel_algo", wanted, instrument, record)
        terms = self._margins.terms_for(instrument, by_number=self._by_number())
        wanted = cancel_args(instrument, terms, name, record.venue_id)
        return self._watched("cancel", wanted, instrument, record)

    def _watched(
        self, act: str, wanted: Arguments, instrument: Instrument, record: OrderRecord
    ) -> Step:
        def look() -> None:
            if not record.ended:
                record.doubt = record.doubt or "cancel"
                self._ask(record)

        def done(_: Answer) -> None:
            asyncio.get_running_loop().call_later(_PATIENCE_S, look)

        return Step(self._sending(act, wanted, instrument.venue_symbol), done)

    def _instrument(self, record: OrderRecord) -> Instrument:
        return self._listing.get(record.request.instrument)

    # ---- changing

    def change(self, record: OrderRecord, quantity: Decimal, price: Decimal | None) -> None:
        """Ask for another quantity or price; raise OrderError or RateLimited where nothing was sent."""
        request = record.request
        if self._waits(record) and request.type is OrderType.TRAILING_STOP:
            raise InvalidOrder(
                "OKX changes no trailing stops: cancel it and send another", field="type"
            )
        instrument = self._instrument(record)
        self._last += 1
        number = f"{client_id(record.order_id)}x{self._last}"
        same = (quantity, price) == (request.quantity, request.price)
        # The venue wants to be told of something, be it the quantity as it is.
        size = quantity if same or quantity != request.quantity else None
        limit = price if price != request.price else None
        act, wanted = self._change_words(record, instrument, size, limit, number)
        send = self._sending(act, wanted, instrument.venue_symbol)
        self._changes[number] = record, request
        try:
            send(lambda answer: self._changed(number, record, answer, same=same))
        except (NotSent, RateLimited):
            del self._changes[number]
            raise

    def _waits(self, record: OrderRecord) -> bool:
        """Tell whether an order is a conditional one that was not touched yet."""
        conditional = record.algo_id != "" or record.request.type in CONDITIONAL
        return conditional and not record.triggered

    def _change_words(
        self,
        record: OrderRecord,
        instrument: Instrument,
        quantity: Decimal | None,
        price: Decimal | None,
        number: str,
    ) -> tuple[str, Arguments]:
        name = client_id(record.order_id)
        if self._waits(record):
            return "amend_algo", amend_algo_args(
                instrument,
                name,
                quantity=quantity,
                price=price,
                request_id=number,
                algo_id=record.algo_id,
            )
        return "amend", amend_args(
            instrument,
            self._margins.terms_for(instrument, by_number=self._by_number()),
            name,
            quantity=quantity,
            price=price,
            request_id=number,
            venue_id=record.venue_id,
        )

    def _changed(self, number: str, record: OrderRecord, answer: Answer, *, same: bool) -> None:
        if not answer.done:
            self._changes.pop(number, None)
            self.modified(record, answer, lambda _: None)
        elif same:
            self._changes.pop(number, None)
            request = record.request
            self._reports.modified(record, request.quantity, request.price, 0, self._now())
        else:
            asyncio.get_running_loop().call_later(_PATIENCE_S, self._look, number)

    def _look(self, number: str) -> None:
        """Ask for an order whose change was acknowledged and not told of since."""
        record, before = self._changes.pop(number, (None, None))
        if record is not None and not record.ended and record.request is before:
            record.doubt = record.doubt or "modify"
            self._ask(record)

    def heard(self, row: OrderRow) -> None:
        """Take what a stream says of a change that was acknowledged: it may still have failed."""
        record, _ = self._changes.pop(row.req_id, (None, None))
        if record is None or row.amend_result != _FAILED or record.ended:
            return
        no = Answer(200, refused=refused(row.code or _FAILED, row.msg or "the change failed"))
        self._no(ModifyRejected, record, no)


def _rows_of(answer: Answer) -> list[Acknowledged]:
    return _ROWS.decode(answer.result).data


def _single(answer: Answer, row: Acknowledged) -> Answer:
    """Return the answer to one of the orders that went together."""
    if row.s_code == "0":
        return Answer(answer.status, _ENCODER.encode(_Rows([row])))
    return Answer(answer.status, refused=refused(row.s_code, row.s_msg, answer.status))


def _acknowledged(record: OrderRecord, row: Acknowledged) -> Told:
    """Return what the acknowledgement of an order says."""
    return Told(
        symbol=record.symbol,
        venue_id=row.algo_id or row.ord_id,
        order_id=record.order_id,
        state=OrderState.OPEN,
        ts=int(row.ts) * 1_000_000 if row.ts else 0,
        side=record.request.side,
        full=False,
        conditional=bool(row.algo_id),
    )
