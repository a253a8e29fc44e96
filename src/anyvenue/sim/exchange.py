"""The simulated exchange: accounts, orders, matching and settlement, moved only by what it is given.

`apply` takes a command or a market event at a time and returns what followed from it, as events in order; `advance`
lets time pass (orders expire, days are settled). Latency and faults are not here but on the way to it (`sim.link`).
"""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import count

from msgspec.structs import replace

from anyvenue.model.commands import (
    AccountCommand,
    CancelOrder,
    Command,
    ModifyOrder,
    SubmitOrder,
)
from anyvenue.model.enums import InstrumentKind, InstrumentStatus, Offset
from anyvenue.model.errors import (
    AnyvenueError,
    InvalidOrder,
    OrderError,
)
from anyvenue.model.events import (
    CancelRejected,
    Event,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderModified,
    OrderRejected,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import (
    Bar,
    BookDelta,
    Depth,
    FundingRate,
    MarketEvent,
    Status,
    surely_priced,
)
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.books import Term
from anyvenue.oms.validation import validate
from anyvenue.reference.sessions import SessionCalendar
from anyvenue.sim.admission import check_life, check_offset
from anyvenue.sim.book import InstrumentBook
from anyvenue.sim.closing import ClosingPrices, settle_day
from anyvenue.sim.days import FAR
from anyvenue.sim.floor import EXPIRY, Floor
from anyvenue.sim.rolls import SeriesRolls
from anyvenue.sim.services import make_services, refused

__all__ = ["Exchange"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_AUTO = Offset.AUTO
_CONTINUOUS = InstrumentKind.CONTINUOUS
_NO_PRICES = (FundingRate, BookDelta)
_FIXED = "orders of this auction cannot be changed or taken back any more"


class Exchange(Floor):
    """A simulated exchange with many accounts.

    `matching` is ``touch`` (orders meet market data, `sim.touch`), ``queue`` (and wait their turn by `queue_model`,
    `sim.queue_matching`), ``maker`` (any quantity at the quote, `sim.maker_matching`) or ``book`` (orders meet each
    other, `sim.book_matching`). `match_on_arrival` is for all but book: an order meets the standing snapshot when it
    arrives, unless that is from before a break or a night; otherwise it waits for the next event of its instrument.
    `when_closed` is ``queue`` (an order outside trading hours waits for the next session) or ``reject``. Nothing is
    executed while the market is closed. Order ids rise within an account, so that a repeated submit is known even when
    done orders are forgotten (`keep_done` false).
    """

    def __init__(
        self,
        instruments: Callable[[InstrumentId], Instrument],
        sessions_of: Callable[[Instrument], SessionCalendar],
        *,
        match_on_arrival: bool = False,
        when_closed: str = "queue",
        keep_done: bool = True,
        rolls: dict[InstrumentId, frozenset[int]] | None = None,
        funding: Sequence[FundingRate] = (),
        matching: str = "touch",
        queue_model: str = "power2",
    ) -> None:
        """Look instruments and hours up with the two functions; raise ConfigError for an unknown way of matching."""
        super().__init__(
            instruments,
            sessions_of,
            keep_done=keep_done,
            matching=matching,
            match_on_arrival=match_on_arrival,
            queue_model=queue_model,
        )
        self.when_closed = when_closed
        self.closing = ClosingPrices(instruments)
        self._rolls = SeriesRolls(rolls or {})
        self._services = make_services(self, funding)
        self._numbers = count(1)
        self._last_ids: dict[AccountId, OrderId] = {}

    def open_markets(self, instruments: Sequence[Instrument], now: int) -> dict[str, int]:
        """Begin the trading days of these instruments' markets; return the day (yyyymmdd) by currency."""
        for instrument in instruments:
            self._book(instrument, now)
        return {each.currency: self.days.trading_day(each.currency) for each in instruments}

    # ---- the one way in

    def apply(self, what: Command | MarketEvent, now: int) -> list[Event]:
        """Apply a command or a market event at `now` and return what followed, in order.

        A bad command never raises: it is refused by an event, as a venue does. In ``book`` matching there are events of
        other accounts among them, too. Raise AccountError for an account that does not exist.
        """
        self._start(now)
        if isinstance(what, SubmitOrder):
            self._submit(what, now)
        elif isinstance(what, CancelOrder):
            self._cancel(what, now)
        elif isinstance(what, ModifyOrder):
            self._modify(what, now)
        elif isinstance(what, AccountCommand):
            self._serve(what, now)
        else:
            self.on_market(what)
        return self._out

    def on_market(self, event: MarketEvent) -> list[Event]:
        """Take one market event; return what followed."""
        self._out = []
        instrument = event.instrument
        if instrument not in self._books:
            self._open(instrument, event.ts_recv)
        book = self._books[instrument]
        if type(event) is Status:
            self._halt(book, event)
            return self._out
        if book.instrument.kind is _CONTINUOUS:
            self._roll_series(book.instrument, event)
        if type(event) not in _NO_PRICES:  # which must not hide the latest one
            if not surely_priced(event):
                for reader in self._before_gap:
                    reader(instrument)
            self.latest[instrument] = event
        if isinstance(event, Depth):
            self._limits.learn(event)
            self.closing.learn_snapshot(event)
        elif isinstance(event, Bar):
            self.closing.learn_bar(event)
        for service in self._services_of[instrument]:
            self._out += service.see(book.instrument, event)
        if not (book.idle or book.halted):
            self._matching.see(book, event)
        return self._out

    # ---- time

    @property
    def due(self) -> int:
        """When something happens by itself next (int ns UTC), FAR for never."""
        due, timers = self.days.due, self._timers
        if timers and timers[0][0] < due:
            due = timers[0][0]
        if self._own is not None and self._own.due < due:
            due = self._own.due
        for service in self._services:
            if service.due < due:
                due = service.due
        return due

    def advance(self, now: int) -> list[Event]:
        """Let time pass to `now`: begin and expire orders and settle days due by then; return the events."""
        self._start(now)
        while (due := self.due) <= now:
            ready = [service for service in self._services if service.due == due]
            if ready:
                self._out += ready[0].ring(due)
            elif self._own is not None and self._own.due == due:
                self._own.ring()  # before the orders that have waited for just that
            elif self._timers and self._timers[0][0] == due:
                self._ring(*heappop(self._timers))
            else:
                at, currency, day, next_day = self.days.roll()
                self._end_day(currency, day, at)
                for service in self._services:
                    self._out += service.end_day(currency, day, next_day, at)
                self._matching.end_day(currency)
                self._out += settle_day(
                    self.accounts.values(), self.marks, self.closing, currency, day, next_day, at
                )
        return self._out

    # ---- commands

    def _serve(self, command: AccountCommand, now: int) -> None:
        """Let a service do what a command about an account asks; what none does is refused."""
        state = self.account(command.account)
        try:
            instrument = state.instrument(command.instrument)
            self._book(instrument, now)
            for service in self._services:
                events = service.command(state, instrument, command, now)
                if events is not None:
                    self._out += events
                    return
            raise InvalidOrder(
                f"{type(command).__name__} does not fit {instrument.id}, a {instrument.kind}",
                field="instrument",
                value=instrument.id,
                instrument=instrument.id,
            )
        except AnyvenueError as error:
            self._out.append(refused(command, error, now))

    def _submit(self, command: SubmitOrder, now: int) -> None:
        request = command.request
        state = self.accounts.get(request.account) or self.account(request.account)
        if command.order_id in state.orders:
            return  # the same request again, such as a duplicate on the wire: one order only
        last = self._last_ids.get(request.account, 0)
        if command.order_id <= last or command.order_id in self._where:
            self._refuse(state, command, _used(command.order_id, last), now)
            return
        self._last_ids[request.account] = command.order_id
        refusal: AnyvenueError | None = None
        try:
            term = state.term(request.instrument)
            request = validate(term[1], request)
        except AnyvenueError as error:
            refusal = error
        if refusal is None:
            try:
                self._admit(state, term, command, request, now)
            except AnyvenueError as error:
                refusal = error
        if refusal is not None:
            state.orders.add(command.order_id, request, now, command.client_ref)
            self._refuse(state, command, refusal, now)

    def _refuse(
        self, state: AccountState, command: SubmitOrder, error: AnyvenueError, now: int
    ) -> None:
        account, order_id = state.account, command.order_id
        self._report(state, OrderRejected(account, order_id, now, now, error.text, error.code))

    def _admit(
        self,
        state: AccountState,
        term: Term,
        command: SubmitOrder,
        request: OrderRequest,
        now: int,
    ) -> None:
        order_id, instrument = command.order_id, term[1]
        if request.offset is _AUTO or request.reduce_only:
            check_offset(instrument, request)
        active, expires, is_open, day = self.days.life(instrument, request, now)
        if expires <= now or instrument.expiry:
            check_life(instrument, request, now, expires, day)
        if not is_open and self.when_closed == "reject":
            raise InvalidOrder(
                f"{instrument.id} is not trading now",
                code="order.market_closed",
                instrument=instrument.id,
            )
        self._limits.check(instrument, request)
        if instrument.currency not in state.trading_day:
            state.begin_day(instrument.currency, self.days.trading_day(instrument.currency))
        state.place(order_id, request, term)
        book = self._books.get(instrument.id) or self._book(instrument, now)
        number = next(self._numbers)
        order = book.make(order_id, request, now, active, number)
        book.add(order)
        self._where[order_id] = book
        if expires < FAR:
            heappush(self._timers, (expires, EXPIRY, order_id))
        name = str(number)
        state.orders.add(order_id, request, now, command.client_ref, accepted_as=name)
        self._out.append(OrderAccepted(request.account, order_id, now, now, name))
        if not book.halted or self._own is not None:
            self._matching.arrive(book, order, now)

    def _cancel(self, command: CancelOrder, now: int) -> None:
        state = self.accounts.get(command.account) or self.account(command.account)
        book = self._where.get(command.order_id)
        if book is None or book.orders[command.order_id].account != command.account:
            event = CancelRejected(
                command.account,
                command.order_id,
                now,
                now,
                "no such working order: it may be done already",
                "order.unknown",
            )
            self._report(state, event)
            return
        if book.fixed <= now:
            event = CancelRejected(
                command.account, command.order_id, now, now, _FIXED, "order.fixed_in_auction"
            )
            self._report(state, event)
            return
        self._end(command.order_id, OrderCancelled, "", now)

    def _modify(self, command: ModifyOrder, now: int) -> None:
        state = self.account(command.account)
        book = self._where.get(command.order_id)
        try:
            if book is None or book.orders[command.order_id].account != command.account:
                raise OrderError(
                    "no such working order: it may be done already", code="order.unknown"
                )
            if book.fixed <= now:
                raise OrderError(_FIXED, code="order.fixed_in_auction")
            working = book.orders[command.order_id]
            request = self._changed(state, book.instrument, command)
        except AnyvenueError as error:
            self._report(
                state,
                ModifyRejected(command.account, command.order_id, now, now, error.text, error.code),
            )
            return
        changed = book.change(working, request, now, next(self._numbers))
        event = OrderModified(
            command.account, command.order_id, now, now, request.quantity, request.price
        )
        self._apply(state, event)
        if changed.fresh:
            if not book.halted or self._own is not None:
                self._matching.arrive(book, changed, now)
        elif self._own is not None:
            self._own.touch(book.instrument.id)

    def _halt(self, book: InstrumentBook, event: Status) -> None:
        """Halt an instrument from outside, or let it go on; other phases follow from its hours."""
        halted = event.status is InstrumentStatus.HALTED
        if self._own is not None:
            self._own.halt(book.instrument.id, halted, event.ts_recv)
        else:
            book.halted = halted

    def _changed(
        self, state: AccountState, instrument: Instrument, command: ModifyOrder
    ) -> OrderRequest:
        order = state.orders.get(command.order_id)
        request = replace(
            order.request,
            quantity=order.quantity if command.quantity is None else command.quantity,
            price=order.price if command.price is None else command.price,
        )
        if request.display is not None and request.display > request.quantity:
            request = replace(request, display=request.quantity)
        request = validate(instrument, request)
        if request.quantity <= order.filled:
            raise InvalidOrder(
                f"quantity {plain(request.quantity)} of order {order.order_id} is not above the "
                f"{plain(order.filled)} already filled; cancel it instead",
                field="quantity",
                value=plain(request.quantity),
                instrument=instrument.id,
            )
        self._limits.check(instrument, request)
        state.change(order.order_id, request)
        return request

    def _roll_series(self, instrument: Instrument, event: MarketEvent) -> None:
        sessions = self.days.open_market(instrument, event.ts_recv)
        before = self.marks(instrument.id)
        self._out += self._rolls.check(instrument, sessions, event, before, self.accounts.values())


def _used(order_id: OrderId, last: int) -> OrderError:
    return OrderError(
        f"order id {order_id} was used before or is below {last}; order ids rise",
        code="order.duplicate_id",
        order_id=order_id,
    )
