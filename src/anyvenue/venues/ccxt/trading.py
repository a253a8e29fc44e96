"""Orders in ccxt's words, and what becomes of them."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import cast

from anyvenue.model.enums import OrderState, OrderType, Side, TimeInForce
from anyvenue.model.errors import ConnectivityError, InvalidOrder, NotSent
from anyvenue.model.events import Event
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.ccxt.abilities import Abilities
from anyvenue.venues.ccxt.calls import CallFailed
from anyvenue.venues.ccxt.errors import Failure
from anyvenue.venues.ccxt.library import Row
from anyvenue.venues.ccxt.listing import Listing
from anyvenue.venues.ccxt.naming import client_name
from anyvenue.venues.ccxt.parse import order_of
from anyvenue.venues.ccxt.sessions import Sessions
from anyvenue.venues.tracking.answers import Answer, Answered, Refused
from anyvenue.venues.tracking.ordering import Ordering, Step
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.refusing import cannot_take
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told
from anyvenue.venues.transport.tasks import Tasks

__all__ = ["Trading", "order_words"]

_TIMES = {TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK"}
_UNNAMED = "the exchange's answer does not name the order"


class Trading(Ordering):
    """Sends orders through ccxt."""

    def __init__(
        self,
        sessions: Sessions,
        listing: Listing,
        reports: Reports,
        post: Callable[[Event], None],
        now: Callable[[], int],
        ask: Callable[[OrderRecord], None],
        synchronise: Callable[[Callable[[], None]], None],
    ) -> None:
        """Trade what is listed."""
        super().__init__(reports, post, now, ask, synchronise)
        self._sessions, self._listing = sessions, listing
        self._tasks = Tasks()
        self._placing: dict[OrderId, asyncio.Task[None]] = {}

    def symbol(self, instrument: InstrumentId) -> str:
        """Return ccxt's symbol; raise UnknownInstrument."""
        return self._listing.symbol(instrument)

    async def stop(self) -> None:
        """Give up what is not answered; what became of it is found out at the next opening."""
        await self._tasks.stop()
        for record in self._records.working():
            if not record.accepted and not record.unsure:
                record.unsure = self._now()

    def may_be_ours(self, told: Told) -> bool:
        """Tell whether an order that nobody knows may be one of ours of which nothing but the sending is known."""
        if told.client_id or self._records.find(told) is not None:
            return False  # it has a name: ours, which is known, or somebody else's
        return any(
            each.symbol == told.symbol and each.sent_at and not each.venue_id
            for each in self._records.working()
        )

    # ---- placing

    def placing(self, record: OrderRecord) -> Step:
        """Return the request that places an order; raise InvalidOrder, OffTick or OffLot."""
        instrument = self._listing.by_symbol[record.symbol]
        words = order_words(record.request, instrument, record.order_id, self._sessions.abilities)
        found: list[Row] = []

        def send(answered: Answered) -> None:
            step = self._call("create_order", (record.symbol, *words), found, answered)
            task = self._placing[record.order_id] = self._tasks.start(step)
            task.add_done_callback(lambda _: self._placing.pop(record.order_id, None))

        return Step(send, lambda _: self._placed_as(record, found[-1]))

    def _placed_as(self, record: OrderRecord, row: Row) -> None:
        told = order_of(row, self._sessions.abilities.exchange, record.symbol)
        if told is None:
            self._lose(record, _UNNAMED)
            return
        # An acknowledgement need not repeat our name; it is the answer to this order.
        self._records.by_venue[told.symbol, told.venue_id] = record
        self._reports.hear(told, self._now())
        if (not told.full or told.state is OrderState.UNKNOWN) and not record.ended:
            self._ask(record)

    async def _call(
        self, method: str, words: tuple[object, ...], found: list[Row], answered: Answered
    ) -> None:
        try:
            found.append(cast(Row, await self._sessions.trading.call(method, *words)))
        except CallFailed as error:
            answered(_answer_of(error.failure))
        else:
            answered(Answer())

    # ---- cancelling and changing

    def cancelling(self, record: OrderRecord) -> Step:
        """Return the request that cancels an order, which waits for the answer to the order itself."""
        found: list[Row] = []

        def send(answered: Answered) -> None:
            self._tasks.start(self._then("cancel_order", record, (), found, answered))

        return Step(send, lambda _: self._cancelled_as(record, found[-1]))

    def _cancelled_as(self, record: OrderRecord, row: Row) -> None:
        told = order_of(row, self._sessions.abilities.exchange, record.symbol)
        filled = record.heard_filled.get(record.venue_id, Decimal(0))
        if told is None or told.venue_id != record.venue_id or not told.full:
            self._ask(record)
        elif told.done and filled >= told.filled:
            self._reports.hear(told, self._now())
        if not record.ended:
            self._ask(record)

    def change(self, record: OrderRecord, quantity: Decimal, price: Decimal | None) -> None:
        """Ask for another quantity or price soon; raise OrderError where nothing is sent."""
        request, can = record.request, self._sessions.abilities
        if not can.amends or price is None:
            raise InvalidOrder(
                f"ccxt:{can.exchange} changes no such order in place: cancel it and send another",
                field="order_id",
                value=str(record.order_id),
                instrument=request.instrument,
            )
        instrument = self._listing.by_symbol[record.symbol]
        size, at = plain(instrument.quantity(quantity)), plain(instrument.price(price))
        words = ("limit", request.side.value, size, at)
        found: list[Row] = []

        def answered(answer: Answer) -> None:
            self.modified(record, answer, lambda _: self._changed_as(record, found[-1]))

        self._tasks.start(self._then("edit_order", record, words, found, answered))

    def _changed_as(self, record: OrderRecord, row: Row) -> None:
        told = order_of(row, self._sessions.abilities.exchange, record.symbol)
        if told is not None and told.full and told.venue_id == record.venue_id:
            self._reports.hear(told, self._now())
        else:
            self._ask(record)

    async def _then(
        self,
        method: str,
        record: OrderRecord,
        words: tuple[object, ...],
        found: list[Row],
        answered: Answered,
    ) -> None:
        """Ask something about an order when it is known that it arrived, and by which number."""
        placing = self._placing.get(record.order_id)
        if placing is not None and not record.venue_id:
            await asyncio.wait([placing])
        if record.venue_id:
            await self._call(method, (record.venue_id, record.symbol, *words), found, answered)
            return
        lost = NotSent("nobody knows yet whether the order arrived; ask again when that is known")
        answered(Answer(lost=lost, sent=False))


def _answer_of(failure: Failure) -> Answer:
    if failure.unsure:
        return Answer(lost=ConnectivityError(failure.text))
    refused = Refused(
        failure.venue_code,
        failure.text,
        failure.kind,
        clock=failure.clock,
        duplicate=failure.duplicate,
    )
    return Answer(refused=refused)


def order_words(
    request: OrderRequest, instrument: Instrument, order_id: OrderId, can: Abilities
) -> tuple[object, ...]:
    """Return type, side, amount, price and parameters as ccxt takes them; raise OrderError for what it cannot express.

    Amounts and prices are texts on the exchange's steps: ccxt cuts off what is not, and would send another order than
    the one that was wanted.
    """
    _check(request, can)
    market = request.type is OrderType.MARKET
    params: dict[str, object] = {}
    name = client_name(can.exchange, order_id)
    if name:
        params["clientOrderId"] = name
    if request.time_in_force in _TIMES and not market:
        params["timeInForce"] = _TIMES[request.time_in_force]
    if request.post_only:
        params["postOnly"] = True
    if request.reduce_only:
        params["reduceOnly"] = True
    amount = plain(instrument.quantity(request.quantity))
    price = None if market else plain(instrument.price(_priced(request)))
    return request.type.value, request.side.value, amount, price, params


def _check(request: OrderRequest, can: Abilities) -> None:
    if request.type not in (OrderType.LIMIT, OrderType.MARKET):
        raise cannot_take(request, "type", "limit and market orders are sent through ccxt")
    if request.time_in_force is TimeInForce.GTD:
        raise cannot_take(request, "time_in_force", "no two exchanges of ccxt mean the same by it")
    if _TIMES.get(request.time_in_force, "GTC") not in can.times | {"GTC"}:
        raise cannot_take(request, "time_in_force", "the exchange has no such order")
    if request.post_only and "PO" not in can.times:
        raise cannot_take(request, "post_only", "the exchange has no such order")
    if request.display is not None:
        raise cannot_take(request, "display", "icebergs are not sent through ccxt")
    if request.reduce_only and not can.contracts:
        raise cannot_take(request, "reduce_only", "spot has no positions to reduce")
    buys = request.type is OrderType.MARKET and request.side is Side.BUY
    if buys and can.buys_by_money:
        raise cannot_take(request, "type", "it is bought by money only at market here; send ioc")


def _priced(request: OrderRequest) -> Decimal:
    if request.price is None:
        raise cannot_take(request, "price", "a limit order needs one")
    return request.price
