"""Orders on their way: sent, changed and cancelled, and what becomes of those that nobody answered for."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.errors import (
    DuplicateClientRef,
    InvalidOrder,
    NotSent,
    RateLimited,
    UnknownOrder,
)
from anyvenue.model.events import CancelRejected, Event, ModifyRejected, OrderOutcomeLost
from anyvenue.model.ids import OrderId
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.binance.api import Answer
from anyvenue.venues.binance.entry import Entry, acts_of
from anyvenue.venues.binance.errors import CLOCK_WRONG, DUPLICATE, is_unsure, kind_of
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
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told

__all__ = ["Trading"]

_SUCCESS = "SUCCESS"


class _ReplaceError(msgspec.Struct):
    code: int
    msg: str
    data: CancelReplaceReply | None = None


class Trading:
    """Sends orders by an `Entry`; answers and reports become events through `Reports`.

    `ask` is called with orders about which the venue must be asked, `synchronise` when our clock is wrong: it is to
    call what it is given once the clock is right again.
    """

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
        self._spot = market == "spot"
        self._acts = acts_of(market)
        self._reports, self._records = reports, reports.records
        self._listing, self._post, self._now = listing, post, now
        self._ask, self._synchronise, self._price_of = ask, synchronise, price_of
        self.entry: Entry | None = None
        self.hedged = False

    # ---- placing

    def submit(self, command: SubmitOrder) -> None:
        """Send an order; raise OrderError or RateLimited where nothing was sent."""
        order_id, request = command.order_id, command.request
        if order_id in self._records.by_id:
            raise DuplicateClientRef(f"order {order_id} was sent before", order_id=order_id)
        symbol = self._listing.symbol(request.instrument)
        act, parameters = self._placing(request, symbol, client_id(order_id))
        record = OrderRecord(order_id, symbol, request, sent_at=self._now())
        self._records.by_id[order_id] = record
        try:
            self._send(
                act, parameters, lambda answer: self._placed(record, answer, act, parameters)
            )
        except (NotSent, RateLimited):
            del self._records.by_id[order_id]
            raise

    def _placing(self, request: OrderRequest, symbol: str, name: str) -> tuple[str, dict[str, str]]:
        price = self._price_of(symbol)
        if self._spot:
            wanted = spot_order(request, symbol, name, price)
            return "place", wanted | {"newOrderRespType": "ACK"}
        wanted = usdm_order(request, symbol, name, price, self.hedged)
        return "place_algo" if request.type in CONDITIONAL else "place", wanted

    def _send(
        self, act: str, parameters: dict[str, str], answered: Callable[[Answer], None]
    ) -> None:
        if self.entry is None:
            raise NotSent("there is no session with Binance; nothing was sent")
        self.entry.send(self._acts[act], parameters, answered)

    def _placed(
        self, record: OrderRecord, answer: Answer, act: str, parameters: dict[str, str]
    ) -> None:
        now, error = self._now(), answer.error
        if error is not None and error.code == CLOCK_WRONG:
            self._again(record, act, parameters)
        elif self._may_be_done(answer):
            self._lose(record, _said(answer))
        elif answer.lost is not None:
            self._reports.reject(record, answer.lost.text, answer.lost.code, "", now)
        elif error is not None and error.code == DUPLICATE:
            self._ask(record)  # the first one of that name has arrived
        elif error is not None:
            self._refuse(record, error, answer.status)
        else:
            self._reports.hear(self.told_of(answer.result, act == "place_algo"), now)

    def _again(self, record: OrderRecord, act: str, parameters: dict[str, str]) -> None:
        """Send once more what was refused for its time, when our clock is right."""

        def resend() -> None:
            def answered(answer: Answer) -> None:
                if answer.error is not None and answer.error.code == CLOCK_WRONG:
                    self._refuse(record, answer.error, answer.status)
                else:
                    self._placed(record, answer, act, parameters)

            try:
                self._send(act, parameters, answered)
            except (NotSent, RateLimited) as error:
                self._reports.reject(record, error.text, error.code, "", self._now())

        self._synchronise(resend)

    def _refuse(self, record: OrderRecord, error: ApiError, status: int) -> None:
        kind = kind_of(error, status)
        # A limit is known by our word for it: the venue has several.
        code = "" if kind == RateLimited.code else str(error.code)
        reason = f"[{error.code}] {error.msg}"
        self._reports.reject(record, reason, kind, code, self._now())

    def _may_be_done(self, answer: Answer) -> bool:
        if answer.lost is not None:
            return answer.sent
        return answer.error is not None and is_unsure(answer.status, answer.error)

    def _lose(self, record: OrderRecord, reason: str) -> None:
        if record.accepted or record.ended:
            return  # the stream has told of it
        now = self._now()
        record.unsure = now
        account = self._records.account
        self._post(OrderOutcomeLost(account, record.order_id, now, now, reason))
        self._ask(record)

    # ---- cancelling

    def cancel(self, command: CancelOrder) -> None:
        """Ask for a cancel; raise UnknownOrder, NotSent or RateLimited."""
        record = self._known(command.order_id)
        if record.algo_id and not record.triggered:
            act, parameters = "cancel_algo", {"algoId": record.algo_id}
        else:
            act, parameters = "cancel", {"symbol": record.symbol} | _name_of(record)
            if not self._spot and record.request.type in CONDITIONAL and not record.triggered:
                act, parameters = "cancel_algo", {"clientAlgoId": _called(record)}
        self._send(act, parameters, lambda answer: self._cancelled(record, answer, act))

    def _known(self, order_id: OrderId) -> OrderRecord:
        record = self._records.by_id.get(order_id)
        if record is None:
            raise UnknownOrder(f"Binance was sent no order {order_id}", order_id=order_id)
        return record

    def _cancelled(self, record: OrderRecord, answer: Answer, act: str) -> None:
        if answer.lost is None and answer.error is None:
            if act == "cancel":
                told = self.told_of(answer.result)
                if record.filled >= told.filled or not told.full:
                    self._reports.hear(told, self._now())
            self._ask_unless_ended(record)
            return
        if self._may_be_done(answer):
            record.doubt = "cancel"
        else:
            self._no(CancelRejected, record, answer)
        self._ask(record)

    def _ask_unless_ended(self, record: OrderRecord) -> None:
        if not record.ended:
            self._ask(record)

    def _no(
        self,
        kind: type[CancelRejected] | type[ModifyRejected],
        record: OrderRecord,
        answer: Answer,
    ) -> None:
        now, account, error = self._now(), self._records.account, answer.error
        code = kind_of(error, answer.status) if error else NotSent.code
        venue_code = str(error.code) if error else ""
        self._post(kind(account, record.order_id, now, now, _said(answer), code, venue_code))

    def settle(self, record: OrderRecord, unchanged: bool = True) -> None:
        """Tell of a cancel or a change that nobody answered for that it was not done, where the order shows that."""
        doubt, record.doubt = record.doubt, ""
        if not doubt or record.ended or not unchanged:
            return
        kind = CancelRejected if doubt == "cancel" else ModifyRejected
        now, account = self._now(), self._records.account
        said = "no answer came, and the order goes on as it was; ask again if it still matters"
        self._post(kind(account, record.order_id, now, now, said, "order.lost"))

    # ---- changing

    def modify(self, command: ModifyOrder) -> None:
        """Ask for a change; raise OrderError or RateLimited where nothing was sent."""
        record = self._known(command.order_id)
        request = record.request
        quantity = command.quantity if command.quantity is not None else request.quantity
        price = command.price if command.price is not None else request.price
        if record.replacing:
            raise InvalidOrder("the order is being changed; wait for the answer", field="order_id")
        if not self._spot:
            self._modify_usdm(record, quantity, price)
        elif price == request.price and quantity < request.quantity:
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
        self._send("modify", wanted, lambda answer: self._modified(record, answer))

    def _modified(self, record: OrderRecord, answer: Answer) -> None:
        if answer.lost is None and answer.error is None:
            self._reports.hear(self.told_of(answer.result), self._now())
            return
        if self._may_be_done(answer):
            record.doubt = "modify"
        else:
            self._no(ModifyRejected, record, answer)
        self._ask(record)

    def _amend(self, record: OrderRecord, quantity: Decimal) -> None:
        """Make a spot order smaller; it keeps its place in the queue."""
        rest = quantity - record.filled + record.heard_filled.get(record.venue_id, Decimal(0))
        wanted = {"symbol": record.symbol, "newQty": plain(rest), **_name_of(record)}
        wanted["newClientOrderId"] = _called(record)

        def answered(answer: Answer) -> None:
            if answer.lost is not None or answer.error is not None:
                self._modified(record, answer)
            else:
                price = record.request.price
                self._reports.modified(record, quantity, price, 0, self._now())

        self._send("amend", wanted, answered)

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
        now = self._now()
        if self._may_be_done(answer):
            record.doubt = "modify"
            self._ask(record)
            return
        if answer.lost is None and answer.error is None:
            reply = msgspec.json.decode(answer.result, type=CancelReplaceReply)
            old, new = reply.cancel_response, reply.new_order_response
            if isinstance(old, msgspec.Raw) and isinstance(new, msgspec.Raw):
                gone = self.told_of(bytes(old))
                self.take_over(record, gone, self.told_of(bytes(new)), now)
                self._reports.modified(record, quantity, price, 0, now)
                self._shrink(record, quantity, gone.filled - known)
                return
        self._give_up(record)
        self._no(ModifyRejected, record, answer)
        both = msgspec.json.decode(answer.result, type=_ReplaceError).data if answer.error else None
        if both is not None and both.cancel_result == _SUCCESS:
            # The old one is gone, the new one was refused.
            self._reports.cancelled(record, _said(answer), now)
        else:
            self._ask(record)

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


def _called(record: OrderRecord) -> str:
    return client_id(record.order_id, record.part)


def _name_of(record: OrderRecord) -> dict[str, str]:
    if record.venue_id:
        return {"orderId": record.venue_id}
    return {"origClientOrderId": _called(record)}


def _said(answer: Answer) -> str:
    if answer.lost is not None:
        return answer.lost.text
    error = answer.error
    return f"[{error.code}] {error.msg}" if error is not None else ""
