"""Orders on their way to Binance: sent, changed and cancelled in its words."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

import msgspec
from msgspec.structs import replace

from anyvenue.model.errors import ConnectivityError, InvalidOrder, NotSent, RateLimited
from anyvenue.model.events import Event, ModifyRejected
from anyvenue.model.ids import InstrumentId
from anyvenue.model.numbers import plain
from anyvenue.venues.binance.entry import Entry, acts_of
from anyvenue.venues.binance.errors import refused
from anyvenue.venues.binance.instruments import Listing
from anyvenue.venues.binance.requests import CONDITIONAL, client_id, spot_order, usdm_order
from anyvenue.venues.binance.told import of_algo_order, of_futures_order, of_spot_order
from anyvenue.venues.binance.wire import ApiError
from anyvenue.venues.binance.wire_rest import (
    AlgoOrder,
    CancelReplaceReply,
    FuturesOrder,
    SpotOrder,
)
from anyvenue.venues.tracking.answers import Answer, Answered
from anyvenue.venues.tracking.ordering import UNREADABLE, Ordering, Step
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told

__all__ = ["Trading"]

_SUCCESS = "SUCCESS"
_BATCH = 5  # spot has none


class _ReplaceError(msgspec.Struct):
    code: int
    msg: str
    data: CancelReplaceReply | None = None


class _RowError(msgspec.Struct):
    code: int = 0
    msg: str = ""


class Trading(Ordering):
    """Sends orders by an `Entry`, in a market, spot or usdm; trailing stops are turned into fractions of `price_of`.

    `hedged` is the account's mode, once it is `known`.
    """

    title = "Binance"

    def __init__(
        self,
        market: str,
        reports: Reports,
        listing: Listing,
        post: Callable[[Event], None],
        now: Callable[[], int],
        ask: Callable[[OrderRecord], None],
        synchronise: Callable[[Callable[[], None]], None],
        price_of: Callable[[str], float],
    ) -> None:
        """Trade in a market, spot or usdm."""
        super().__init__(reports, post, now, ask, synchronise)
        self._spot = market == "spot"
        self._acts = acts_of(market)
        self._listing, self._price_of = listing, price_of
        self.entry: Entry | None = None
        self.batches: Entry | None = None
        self.hedged = False
        self.known = False
        self.largest_batch = 1 if self._spot else _BATCH

    def symbol(self, instrument: InstrumentId) -> str:
        """Return the venue's symbol; raise UnknownInstrument."""
        return self._listing.symbol(instrument)

    def _send(
        self, act: str, parameters: dict[str, str], answered: Callable[[Answer], None]
    ) -> None:
        if self.entry is None:
            raise NotSent("there is no session with Binance; nothing was sent")
        self.entry.send(self._acts[act], parameters, answered)

    # ---- placing and cancelling

    def placing(self, record: OrderRecord) -> Step:
        """Return the request that places an order; raise InvalidOrder."""
        act, wanted = self._words(record)

        def done(answer: Answer) -> None:
            self._reports.hear(self.told_of(answer.result, act == "place_algo"), self._now())

        return Step(partial(self._send, act, wanted), done)

    def _words(self, record: OrderRecord) -> tuple[str, dict[str, str]]:
        request, name = record.request, client_id(record.order_id)
        price = self._price_of(record.symbol)
        if self._spot:
            wanted = spot_order(request, record.symbol, name, price)
            return "place", wanted | {"newOrderRespType": "ACK"}
        wanted = usdm_order(request, record.symbol, name, price, self.hedged)
        return "place_algo" if request.type in CONDITIONAL else "place", wanted

    def alone(self, record: OrderRecord) -> bool:
        """Tell whether an order goes in a request of its own: conditional ones are others."""
        return record.request.type in CONDITIONAL

    def send_batch(self, records: Sequence[OrderRecord], answered: Answered) -> None:
        """Send orders of USD-M in one request; raise NotSent where nothing was sent."""
        if self.batches is None:
            raise NotSent("there is no session with Binance; nothing was sent")
        rows = msgspec.json.encode([self._words(each)[1] for each in records]).decode()
        act = replace(self._acts["place_many"], orders=len(records))
        self.batches.send(act, {"batchOrders": rows}, answered)

    def singles(self, answer: Answer, count: int) -> list[Answer]:
        """Return the answers to the orders of a batch; lost ones where it cannot be read."""
        return _single(answer, count)

    def cancelling(self, record: OrderRecord) -> Step:
        """Return the request that cancels an order."""
        if record.algo_id and not record.triggered:
            return self._algo_cancel(record, {"algoId": record.algo_id})
        if not self._spot and record.request.type in CONDITIONAL and not record.triggered:
            return self._algo_cancel(record, {"clientAlgoId": _called(record)})

        def done(answer: Answer) -> None:
            told = self.told_of(answer.result)
            if record.filled >= told.filled or not told.full:
                self._reports.hear(told, self._now())
            self._ask_unless_ended(record)

        wanted = {"symbol": record.symbol} | _name_of(record)
        return Step(partial(self._send, "cancel", wanted), done)

    def _algo_cancel(self, record: OrderRecord, wanted: dict[str, str]) -> Step:
        send = partial(self._send, "cancel_algo", wanted)
        return Step(send, lambda _: self._ask_unless_ended(record))

    def _ask_unless_ended(self, record: OrderRecord) -> None:
        if not record.ended:
            self._ask(record)

    # ---- changing

    def change(self, record: OrderRecord, quantity: Decimal, price: Decimal | None) -> None:
        """Ask for another quantity or price; raise OrderError or RateLimited where nothing was sent."""
        if not self._spot:
            self._modify_usdm(record, quantity, price)
        elif price == record.request.price and quantity < record.request.quantity:
            self._amend(record, quantity)
        else:
            self._replace(record, quantity, price)

    def _modify_usdm(self, record: OrderRecord, quantity: Decimal, price: Decimal | None) -> None:
        if record.request.type in CONDITIONAL:
            raise InvalidOrder(
                "Binance changes no conditional orders: cancel it and send another", field="type"
            )
        wanted = {
            "symbol": record.symbol,
            "side": record.request.side.upper(),
            "quantity": plain(quantity),
            **_name_of(record),
        }
        if price is not None:
            wanted["price"] = plain(price)
        self._send("modify", wanted, lambda answer: self.modified(record, answer, self._hear))

    def _hear(self, answer: Answer) -> None:
        self._reports.hear(self.told_of(answer.result), self._now())

    def _amend(self, record: OrderRecord, quantity: Decimal) -> None:
        """Make a spot order smaller; it keeps its place in the queue."""
        rest = quantity - record.filled + record.heard_filled.get(record.venue_id, Decimal(0))
        wanted = {"symbol": record.symbol, "newQty": plain(rest), **_name_of(record)}
        wanted["newClientOrderId"] = _called(record)

        def done(_: Answer) -> None:
            self._reports.modified(record, quantity, record.request.price, 0, self._now())

        self._send("amend", wanted, lambda answer: self.modified(record, answer, done))

    def _replace(self, record: OrderRecord, quantity: Decimal, price: Decimal | None) -> None:
        """Let a new order take the place of a spot order, in one request of the venue's.

        The new one is placed only if the old one could be cancelled, and that only as filled as we know it.
        """
        rest = quantity - record.filled
        if rest <= 0:
            raise InvalidOrder(
                f"{plain(record.filled)} are filled already; {plain(quantity)} is not more",
                field="quantity",
                value=plain(quantity),
            )
        request = replace(record.request, quantity=rest, price=price)
        record.part += 1
        wanted = spot_order(request, record.symbol, _called(record), self._price_of(record.symbol))
        part = record.heard_filled.get(record.venue_id)
        wanted |= {
            "cancelReplaceMode": "STOP_ON_FAILURE",
            "cancelOrderId": record.venue_id,
            "cancelRestrictions": "ONLY_PARTIALLY_FILLED" if part else "ONLY_NEW",
            "newOrderRespType": "ACK",
        }
        record.replacing = True
        known = part or Decimal(0)

        def answered(answer: Answer) -> None:
            self._replaced(record, answer, quantity, price, known)

        try:
            self._send("replace", wanted, answered)
        except (NotSent, RateLimited):
            self._give_up(record)
            raise

    def _give_up(self, record: OrderRecord) -> None:
        record.replacing = False
        record.part -= 1

    def _shrink(self, record: OrderRecord, quantity: Decimal, excess: Decimal) -> None:
        """Make a new order smaller by what the old one was filled further than we knew when it was replaced."""
        if excess <= 0:
            return
        rest = quantity - record.filled - excess
        act, wanted = "cancel", {"symbol": record.symbol, "orderId": record.venue_id}
        if rest > 0:
            act = "amend"
            wanted |= {"newQty": plain(rest), "newClientOrderId": _called(record)}
        try:
            self._send(act, wanted, lambda _: self._ask(record))
        except (NotSent, RateLimited):
            self._ask(record)

    def _replaced(
        self,
        record: OrderRecord,
        answer: Answer,
        quantity: Decimal,
        price: Decimal | None,
        known: Decimal,
    ) -> None:
        now, halves = self._now(), self._halves(answer)
        if answer.may_be_done or (answer.done and halves is None):
            record.doubt = "modify"
            self._ask(record)
            return
        if answer.done and halves is not None:
            gone, new = halves
            self.take_over(record, gone, new, now)
            self._reports.modified(record, quantity, price, 0, now)
            self._shrink(record, quantity, gone.filled - known)
            return
        self._give_up(record)
        self._no(ModifyRejected, record, answer)
        if _cancelled_only(answer):
            # The old one is gone, the new one was refused.
            self._reports.cancelled(record, answer.said, now)
        else:
            self._ask(record)

    def _halves(self, answer: Answer) -> tuple[Told, Told] | None:
        """Return what an answer says of the old order and of the new one, None where it does not say it of both."""
        try:
            reply = msgspec.json.decode(answer.result, type=CancelReplaceReply)
            old, new = reply.cancel_response, reply.new_order_response
            if isinstance(old, msgspec.Raw) and isinstance(new, msgspec.Raw):
                return self.told_of(bytes(old)), self.told_of(bytes(new))
        except UNREADABLE:
            pass
        return None

    def take_over(self, record: OrderRecord, old: Told, new: Told, now: int) -> None:
        """Let an order go on as the one that has taken its place."""
        records = self._records
        records.by_venue[new.symbol, new.venue_id] = record
        record.venue_id = new.venue_id
        record.replacing = False
        if old.filled > record.heard_filled.get(old.venue_id, Decimal(0)):
            self._ask(record)
        self._reports.hear(new, now)

    # ---- answers

    def told_of(self, body: bytes, algo: bool = False) -> Told:
        """Return what an answer says of an order; raise msgspec.MsgspecError."""
        if self._spot:
            return of_spot_order(msgspec.json.decode(body, type=SpotOrder, strict=False))
        if algo:
            return of_algo_order(msgspec.json.decode(body, type=AlgoOrder, strict=False))
        return of_futures_order(msgspec.json.decode(body, type=FuturesOrder, strict=False))


def _single(answer: Answer, count: int) -> list[Answer]:
    """Return the answers to the single orders of a batch; lost ones where it cannot be read."""
    if not answer.done:
        return [answer] * count
    try:
        rows = msgspec.json.decode(answer.result, type=list[msgspec.Raw])
    except msgspec.MsgspecError:
        rows = []
    if len(rows) != count:
        lost = ConnectivityError(f"a batch of {count} orders was answered for {len(rows)}")
        return [Answer(answer.status, lost=lost)] * count
    return [_of_row(bytes(row), answer.status) for row in rows]


def _cancelled_only(answer: Answer) -> bool:
    """Tell whether a refusal says that the old order was cancelled all the same."""
    try:
        both = msgspec.json.decode(answer.result, type=_ReplaceError).data
    except msgspec.MsgspecError:
        return False
    return answer.refused is not None and both is not None and both.cancel_result == _SUCCESS


def _of_row(row: bytes, status: int) -> Answer:
    error = msgspec.json.decode(row, type=_RowError)
    if not error.code:
        return Answer(status, row)
    return Answer(400, row, refused(ApiError(error.code, error.msg), 400))


def _called(record: OrderRecord) -> str:
    return client_id(record.order_id, record.part)


def _name_of(record: OrderRecord) -> dict[str, str]:
    if record.venue_id:
        return {"orderId": record.venue_id}
    return {"origClientOrderId": _called(record)}
