"""Orders on their way: sent, changed and cancelled, and what becomes of those that nobody answered for."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.errors import (
    AnyvenueError,
    ConnectivityError,
    DuplicateClientRef,
    InvalidOrder,
    NotSent,
    RateLimited,
    UnknownOrder,
)
from anyvenue.model.events import CancelRejected, Event, ModifyRejected, OrderOutcomeLost
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.venues.tracking.answers import Answer, Answered
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.reports import Reports

__all__ = ["UNREADABLE", "Ordering", "Placement", "Step"]


class Step(msgspec.Struct, frozen=True):
    """A request: `send` sends it, and raises NotSent or RateLimited where nothing was sent.

    `done` hears the answer where the venue said yes. `send` may be called once more where the first was not taken.
    """

    send: Callable[[Answered], None]
    done: Callable[[Answer], None]


UNREADABLE = (msgspec.MsgspecError, ArithmeticError, LookupError, ValueError)
"""What reading an answer raises that is not what it should be."""

Placement = tuple[OrderRecord, Step]
"""An order and the request that places it."""


class Ordering(ABC):
    """Sends orders; answers and reports become events through `Reports`.

    `ask` is called with orders about which the venue must be asked, `synchronise` when our clock is wrong: it is to
    call what it is given once the clock is right again.
    """

    title = "the venue"
    largest_batch = 1
    """How many orders the venue takes in one request."""

    def __init__(
        self,
        reports: Reports,
        post: Callable[[Event], None],
        now: Callable[[], int],
        ask: Callable[[OrderRecord], None],
        synchronise: Callable[[Callable[[], None]], None],
    ) -> None:
        """Tell through `reports`."""
        self._reports, self._records = reports, reports.records
        self._post, self._now = post, now
        self._ask, self._synchronise = ask, synchronise

    # ---- the venue's words

    @abstractmethod
    def symbol(self, instrument: InstrumentId) -> str:
        """Return what orders of an instrument are kept under; raise UnknownInstrument."""

    @abstractmethod
    def placing(self, record: OrderRecord) -> Step:
        """Return the request that places an order; raise InvalidOrder."""

    @abstractmethod
    def cancelling(self, record: OrderRecord) -> Step:
        """Return the request that cancels an order."""

    @abstractmethod
    def change(self, record: OrderRecord, quantity: Decimal, price: Decimal | None) -> None:
        """Ask for another quantity or price; raise OrderError or RateLimited where nothing was sent."""

    # ---- placing

    def submit(self, command: SubmitOrder) -> None:
        """Send an order; raise OrderError or RateLimited where nothing was sent."""
        record, step = self._begin(command)
        try:
            step.send(lambda answer: self._placed(record, answer, step))
        except (NotSent, RateLimited):
            del self._records.by_id[record.order_id]
            raise

    def submit_many(self, commands: Sequence[SubmitOrder]) -> dict[OrderId, AnyvenueError]:
        """Send orders, as many in a request as the venue takes; return those that were not sent, and why.

        Each is answered on its own.
        """
        failed: dict[OrderId, AnyvenueError] = {}
        begun: list[Placement] = []
        for command in commands:
            try:
                begun.append(self._begin(command))
            except AnyvenueError as error:
                failed[command.order_id] = error
        for group in self.groups(begun):
            try:
                self.send_group(group)
            except (NotSent, RateLimited) as error:
                for record, _ in group:
                    del self._records.by_id[record.order_id]
                    failed[record.order_id] = error
        return failed

    def _begin(self, command: SubmitOrder) -> Placement:
        order_id, request = command.order_id, command.request
        if order_id in self._records.by_id:
            raise DuplicateClientRef(f"order {order_id} was sent before", order_id=order_id)
        symbol = self.symbol(request.instrument)
        record = OrderRecord(order_id, symbol, request, sent_at=self._now())
        step = self.placing(record)
        self._records.by_id[order_id] = record
        return record, step

    def alone(self, record: OrderRecord) -> bool:
        """Tell whether an order goes in a request of its own."""
        return False

    def groups(self, begun: Sequence[Placement]) -> list[Sequence[Placement]]:
        """Return which orders go together in one request."""
        together = [each for each in begun if not self.alone(each[0])]
        single = [[each] for each in begun if self.alone(each[0])]
        most = self.largest_batch
        return [*(together[at : at + most] for at in range(0, len(together), most)), *single]

    def send_group(self, group: Sequence[Placement]) -> None:
        """Send the orders of a group in one request; raise NotSent or RateLimited where nothing was sent."""
        if len(group) == 1:
            ((record, step),) = group
            step.send(lambda answer: self._placed(record, answer, step))
            return

        def answered(answer: Answer) -> None:
            for (record, step), single in zip(
                group, self._singles(answer, len(group)), strict=True
            ):
                self._placed(record, single, step)

        self.send_batch([record for record, _ in group], answered)

    def send_batch(self, records: Sequence[OrderRecord], answered: Answered) -> None:
        """Send several orders in one request; raise NotSent or RateLimited where nothing was sent."""
        raise NotImplementedError(f"{self.title} takes orders one by one")

    def singles(self, answer: Answer, count: int) -> list[Answer]:
        """Return the answers to the `count` orders of one request, in their order; raise where it cannot be read."""
        return [answer] * count

    def _singles(self, answer: Answer, count: int) -> list[Answer]:
        try:
            return self.singles(answer, count)
        except UNREADABLE as error:
            return [_lost(answer, error) if answer.done else answer] * count

    def _placed(self, record: OrderRecord, answer: Answer, step: Step) -> None:
        refused = answer.refused
        if refused is not None and refused.clock:
            self._again(
                step,
                lambda each: self._placed(record, each, step),
                lambda each: self._refuse(record, each),
            )
        elif answer.may_be_done:
            self._lose(record, answer.said)
        elif answer.lost is not None:
            self._reports.reject(record, answer.lost.text, answer.lost.code, "", self._now())
        elif refused is not None and refused.duplicate:
            self._ask(record)  # the first one of that name has arrived
        elif refused is not None:
            self._refuse(record, answer)
        else:
            unread = _read(answer, step.done)
            if unread is not None:
                self._lose(record, unread.said)

    def _again(
        self,
        step: Step,
        answered: Callable[[Answer], None],
        refused: Callable[[Answer], None],
    ) -> None:
        """Send once more what was refused for its time, when our clock is right: it was provably not taken."""

        def heard(answer: Answer) -> None:
            late = answer.refused is not None and answer.refused.clock
            (refused if late else answered)(answer)

        def resend() -> None:
            try:
                step.send(heard)
            except (NotSent, RateLimited) as error:
                answered(Answer(0, lost=error, sent=False))

        self._synchronise(resend)

    def _refuse(self, record: OrderRecord, answer: Answer) -> None:
        refused = answer.refused
        assert refused is not None
        # A limit is known by our word for it: the venue has several.
        code = "" if refused.kind == RateLimited.code else refused.code
        self._reports.reject(record, answer.said, refused.kind, code, self._now())

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
        step = self.cancelling(record)
        step.send(lambda answer: self._cancelled(record, answer, step))

    def _known(self, order_id: OrderId) -> OrderRecord:
        record = self._records.by_id.get(order_id)
        if record is None:
            raise UnknownOrder(f"{self.title} was sent no order {order_id}", order_id=order_id)
        return record

    def _cancelled(self, record: OrderRecord, answer: Answer, step: Step) -> None:
        if answer.done:
            unread = _read(answer, step.done)
            if unread is not None:
                self._not_cancelled(record, unread)
            return
        if answer.refused is not None and answer.refused.clock:
            self._again(
                step,
                lambda each: self._cancelled(record, each, step),
                lambda each: self._not_cancelled(record, each),
            )
            return
        self._not_cancelled(record, answer)

    def _not_cancelled(self, record: OrderRecord, answer: Answer) -> None:
        if answer.may_be_done:
            record.doubt = "cancel"
        else:
            self._no(CancelRejected, record, answer)
        self._ask(record)

    def _no(
        self,
        kind: type[CancelRejected] | type[ModifyRejected],
        record: OrderRecord,
        answer: Answer,
    ) -> None:
        now, account, refused = self._now(), self._records.account, answer.refused
        lost = NotSent.code if answer.lost is None else answer.lost.code
        code = refused.kind if refused is not None else lost
        venue_code = refused.code if refused is not None else ""
        self._post(kind(account, record.order_id, now, now, answer.said, code, venue_code))

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
        self.change(record, quantity, price)

    def modified(self, record: OrderRecord, answer: Answer, done: Callable[[Answer], None]) -> None:
        """Take the answer to a change that leaves the order where it is."""
        unread = _read(answer, done) if answer.done else answer
        if unread is None:
            return
        if unread.may_be_done:
            record.doubt = "modify"
        else:
            self._no(ModifyRejected, record, answer)
        self._ask(record)


def _read(answer: Answer, done: Callable[[Answer], None]) -> Answer | None:
    """Let `done` take an answer; return it as a lost one where it cannot be read."""
    try:
        done(answer)
    except UNREADABLE as error:
        return _lost(answer, error)
    return None


def _lost(answer: Answer, error: Exception) -> Answer:
    text = f"the answer cannot be read: {error}"
    return Answer(answer.status, answer.result, lost=ConnectivityError(text))
