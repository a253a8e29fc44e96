"""The simulated exchange: accounts, orders, matching and settlement, moved only by what it is given.

`apply` takes a command or a market event at a time and returns what followed from it, as events in order; `advance`
lets time pass (orders expire, days are settled). Latency and faults are not here but on the way to it (`sim.link`).
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
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
from anyvenue.model.enums import Dating, InstrumentKind, InstrumentStatus, Offset
from anyvenue.model.errors import (
    AnyvenueError,
    ConfigError,
    InvalidOrder,
    OrderError,
)
from anyvenue.model.events import (
    CancelRejected,
    Event,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderModified,
    OrderRejected,
    OrderSubmitted,
    OrderTriggered,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, FundingRate, MarketEvent, Status, Trade
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Fill, LegFill, OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.marks import Marks
from anyvenue.oms.validation import validate
from anyvenue.reference.sessions import SessionCalendar
from anyvenue.sim.admission import check_life, check_offset
from anyvenue.sim.book import InstrumentBook, WorkingOrder
from anyvenue.sim.book_matching import BookMatching
from anyvenue.sim.closing import ClosingPrices, settle_day
from anyvenue.sim.combinations import leg_fills
from anyvenue.sim.days import FAR, MarketDays
from anyvenue.sim.halts import VolatilityHalt
from anyvenue.sim.limits import PriceLimits
from anyvenue.sim.matching import Matching
from anyvenue.sim.matchings import make_matching
from anyvenue.sim.members import Members
from anyvenue.sim.orderbook import Prevention
from anyvenue.sim.rolls import SeriesRolls
from anyvenue.sim.services import Service, make_services, refused

__all__ = ["Exchange"]

_CONTINUOUS = InstrumentKind.CONTINUOUS
_EXPIRY = 0
_ZERO = Decimal(0)
_FIXED = "orders of this auction cannot be changed or taken back any more"


class Exchange(Members):
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
        self.latest: dict[InstrumentId, MarketEvent] = {}
        super().__init__(instruments, Marks(self.latest, instruments), keep_done)
        self.days = MarketDays(sessions_of, auctions=matching == "book")
        self.when_closed = when_closed
        self.closing = ClosingPrices(instruments)
        self._books: dict[InstrumentId, InstrumentBook] = {}
        self._where: dict[OrderId, InstrumentBook] = {}
        self._timers: list[tuple[int, int, OrderId]] = []
        self._limits = PriceLimits()
        self._rolls = SeriesRolls(rolls or {})
        self._services = make_services(self, funding)
        self._services_of: dict[InstrumentId, tuple[Service, ...]] = {}
        self._numbers = count(1)
        self._trades = count(1)
        self._last_ids: dict[AccountId, OrderId] = {}
        self._out: list[Event] = []
        self._now = 0
        self._own = (
            BookMatching(self.days, self.latest, self.marks, self) if matching == "book" else None
        )
        self._matching: Matching = self._own or make_matching(
            matching, self.days, self.latest, match_on_arrival, self, queue_model
        )

    def share_latest(self, latest: dict[InstrumentId, MarketEvent]) -> None:
        """Use somebody's table of latest events instead of an own one, so that both are kept by one of them."""
        self.latest = self._matching.latest = latest
        self.marks.read(latest)

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
        if type(event) is not FundingRate:  # which is no price, and must not hide the latest one
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

    def watches(self, instrument: InstrumentId) -> bool:
        """Tell whether market events of the instrument matter.

        They do while orders work, displayed volume was taken, a service waits for its prices, or it is halted.
        """
        book = self._books.get(instrument)
        if book is None:
            return False
        return not book.idle or book.halted or any(
            service.watches(book.instrument) for service in self._services_of[instrument]
        )

    @property
    def meets_users(self) -> bool:
        """Tell whether users' orders make the prices here, not market data from outside."""
        return self._own is not None

    def end_orders(
        self, state: AccountState, wanted: Callable[[Instrument], bool], reason: str, ts: int
    ) -> None:
        """Cancel an account's working orders for the instruments that are `wanted` (called by services)."""
        for order in state.orders.open_orders():
            book = self._where.get(order.order_id)
            if book is not None and wanted(book.instrument):
                self._end(order.order_id, OrderCancelled, reason, ts)

    def prevent_self_trades(self, account: AccountId, how: Prevention) -> None:
        """Say what happens when orders of an account meet; raise ConfigError unless matching is ``book``."""
        self.account(account)
        if self._own is None:
            raise ConfigError("orders meet each other in book matching only", key="matching")
        self._own.prevention[account] = how

    def halt_on_moves(
        self, rule: VolatilityHalt | None, instrument: InstrumentId | None = None
    ) -> None:
        """Halt an instrument (or all without a rule of their own) by `rule`, None for never.

        Raise ConfigError unless matching is ``book``.
        """
        if self._own is None:
            raise ConfigError("volatility halts are for book matching only", key="matching")
        self._own.watch(rule, instrument)

    def status(self, instrument: InstrumentId) -> InstrumentStatus:
        """Return the phase of trading of an instrument; raise UnknownInstrument for one that is not known."""
        book = self._book(self._lookup(instrument), self._now)
        if self._own is not None:
            return self._own.status(instrument)
        phase = self.days.phase_at(book.instrument, self._now)
        return InstrumentStatus.HALTED if book.halted else phase.status

    @property
    def users_meet(self) -> bool:
        """Tell whether every trade has an account on either side (``book`` matching)."""
        return self._own is not None

    @property
    def services(self) -> tuple[Service, ...]:
        """The clearing services, in the order they are asked."""
        return self._services

    def market_events(self) -> list[Trade | Depth | Status]:
        """Return what the latest `apply`, `advance` or `cancel_all` changed in the exchange's own books.

        Trades in order, then five levels of each changed instrument, then new phases of trading; nothing unless
        matching is ``book``.
        """
        return self._own.market_events(self._now) if self._own else []

    # ---- time

    @property
    def due(self) -> int:
        """When something happens by itself next (int ns UTC), FAR for never."""
        due, timers = self.days.due, self._timers
        if timers and timers[0][0] < due:
            due = timers[0][0]
        if self._own is not None:
            due = min(due, self._own.due)
        for service in self._services:
            due = min(due, service.due)
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

    def cancel_all(self, now: int, account: AccountId | None = None) -> list[Event]:
        """Cancel every working order (of one account) and return the events."""
        self._start(now)
        for order_id, book in list(self._where.items()):
            if account in (None, book.orders[order_id].account):
                self._end(order_id, OrderCancelled, "cancelled by the exchange", now)
        return self._out

    def _start(self, now: int) -> None:
        self._out = []
        self._now = now
        if self._own is not None:
            self._own.forget()

    def _ring(self, at: int, rank: int, order_id: OrderId) -> None:
        """An order's time in force has ended, or the one it waited for has begun: those have ranks below 0."""
        if rank == _EXPIRY:
            self._end(order_id, OrderExpired, "the order's time in force ended", at)
            return
        book = self._where.get(order_id)
        if book is not None and book.orders[order_id].number == rank + FAR:
            self._matching.begin(book.orders[order_id], at)

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
        state = self.account(request.account)
        if command.order_id in state.orders:
            return  # the same request again, such as a duplicate on the wire: one order only
        refusal = self._check_id(command)
        if refusal is not None:
            self._refuse(state, command, refusal, now)
            return
        self._last_ids[request.account] = command.order_id
        try:
            instrument = state.instrument(request.instrument)
            request = validate(instrument, request)
        except AnyvenueError as error:
            refusal = error
        submitted = OrderSubmitted(
            request.account, command.order_id, request, now, now, OrderId(0), command.client_ref
        )
        self._apply(state, submitted, tell=False)
        if refusal is None:
            try:
                self._admit(state, instrument, command.order_id, request, now)
            except AnyvenueError as error:
                refusal = error
        if refusal is not None:
            self._refuse(state, command, refusal, now)

    def _check_id(self, command: SubmitOrder) -> AnyvenueError | None:
        last = self._last_ids.get(command.request.account, 0)
        if command.order_id > last and command.order_id not in self._where:
            return None
        return OrderError(
            f"order id {command.order_id} was used before or is below {last}; order ids rise",
            code="order.duplicate_id",
            order_id=command.order_id,
        )

    def _refuse(
        self, state: AccountState, command: SubmitOrder, error: AnyvenueError, now: int
    ) -> None:
        account, order_id = state.account, command.order_id
        self._report(state, OrderRejected(account, order_id, now, now, error.text, error.code))

    def _admit(
        self,
        state: AccountState,
        instrument: Instrument,
        order_id: OrderId,
        request: OrderRequest,
        now: int,
    ) -> None:
        check_offset(instrument, request)
        active, expires, is_open, day = self.days.life(instrument, request, now)
        check_life(instrument, request, now, expires, day)
        if not is_open and self.when_closed == "reject":
            raise InvalidOrder(
                f"{instrument.id} is not trading now",
                code="order.market_closed",
                instrument=instrument.id,
            )
        self._limits.check(instrument, request)
        state.trading_day.setdefault(
            instrument.currency, self.days.trading_day(instrument.currency)
        )
        state.place(order_id, request)
        book = self._book(instrument, now)
        number = next(self._numbers)
        order = book.make(order_id, request, now, active, number)
        book.add(order)
        self._where[order_id] = book
        if expires < FAR:
            heappush(self._timers, (expires, _EXPIRY, order_id))
        self._apply(state, OrderAccepted(request.account, order_id, now, now, str(number)))
        if not book.halted or self._own is not None:
            self._matching.arrive(book, order, now)

    def _cancel(self, command: CancelOrder, now: int) -> None:
        state = self.account(command.account)
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

    # ---- matching

    def filled(self, order: WorkingOrder, price: Decimal, quantity: Decimal, ts: int) -> None:
        """Book one execution (called by the matching)."""
        self._fill(order, price, quantity, ts, str(next(self._trades)))

    def traded(
        self,
        resting: WorkingOrder,
        incoming: WorkingOrder,
        price: Decimal,
        quantity: Decimal,
        ts: int,
    ) -> str:
        """Book a trade between two users, one fill each with the same number; return it (called by the matching)."""
        number = str(next(self._trades))
        resting.maker, incoming.maker = True, False
        self._fill(resting, price, quantity, ts, number)
        self._fill(incoming, price, quantity, ts, number)
        return number

    def _fill(
        self, order: WorkingOrder, price: Decimal, quantity: Decimal, ts: int, number: str
    ) -> None:
        book = self._where[order.order_id]
        instrument = book.instrument
        state = self.accounts[order.account]
        request = order.request
        order.remaining -= quantity
        legs: tuple[LegFill, ...] = ()
        if instrument.legs:
            legs = leg_fills(state, instrument, order.order_id, request, price, quantity)
            fee = sum((leg.fee for leg in legs), _ZERO)
        else:
            fee = state.charge(
                order.order_id,
                instrument,
                request.side,
                request.offset,
                price,
                quantity,
                order.maker,
            )
        day = self.days.trading_day(instrument.currency)
        fill = Fill(
            order.order_id,
            order.account,
            instrument.id,
            number,
            request.side,
            request.offset,
            price,
            quantity,
            fee,
            instrument.currency,
            ts,
            ts,
            day,
            order.maker,
            request.strategy,
            legs,
            request.covered,
        )
        if not legs:
            self.marks.remember(instrument.id, price)
        self._apply(state, OrderFilled(order.account, order.order_id, ts, ts, fill))
        for service in self._services_of[instrument.id]:
            self._out += service.filled(state, instrument, fill)
        if not order.remaining:
            book.remove(order.order_id)
            del self._where[order.order_id]

    def triggered(self, order: WorkingOrder, ts: int) -> None:
        """A stop was touched (called by the matching)."""
        state = self.accounts[order.account]
        self._apply(state, OrderTriggered(order.account, order.order_id, ts, ts))

    def ended(self, order: WorkingOrder, reason: str, ts: int) -> None:
        """The rest of an order is cancelled (called by the matching)."""
        self._end(order.order_id, OrderCancelled, reason, ts)

    def closable(self, order: WorkingOrder) -> Decimal:
        """Return how much the position has that an order on this side would close (called by the matching)."""
        holding = self.accounts[order.account].holding(order.request.instrument)
        return holding.closed_by(order.request.side).quantity if holding else _ZERO

    def fit(self, order: WorkingOrder, ts: int) -> bool:
        """Cut a reduce-only order to the position; tell whether it still works (called by the matching)."""
        excess = order.remaining - self.closable(order)
        if excess > 0:
            whole = order.remaining if order.all_or_none else min(excess, order.remaining)
            self.reduced(order, whole, ts, "reduce-only: the position is smaller")
        return order.order_id in self._where

    def reduced(
        self,
        order: WorkingOrder,
        quantity: Decimal,
        ts: int,
        reason: str = "self-trade prevention",
    ) -> None:
        """Take some of an order's quantity away (called by the matching)."""
        order.remaining -= quantity
        if not order.remaining:
            self._end(order.order_id, OrderCancelled, reason, ts)
            return
        order.request = replace(order.request, quantity=order.request.quantity - quantity)
        quantity, price = order.request.quantity, order.request.price
        event = OrderModified(order.account, order.order_id, ts, ts, quantity, price)
        self._apply(self.accounts[order.account], event)

    def wake(self, order: WorkingOrder) -> None:
        """Ask to be told when an order becomes active (called by the matching)."""
        heappush(self._timers, (order.active_from, order.number - FAR, order.order_id))

    # ---- small things

    def _end(
        self,
        order_id: OrderId,
        kind: type[OrderCancelled] | type[OrderExpired],
        reason: str,
        ts: int,
    ) -> None:
        book = self._where.pop(order_id, None)
        order = book.remove(order_id) if book else None
        if book is not None and order is not None:
            if self._own is not None:
                self._own.touch(book.instrument.id)
            state = self.accounts[order.account]
            self._apply(state, kind(order.account, order_id, ts, ts, reason))

    def _end_day(self, currency: str, day: int, at: int) -> None:
        """End the orders that must not outlive the day: of expired instruments, and of lots that are not today's."""
        for book in self._books.values():
            instrument = book.instrument
            if instrument.currency != currency:
                continue
            self._limits.forget(instrument.id)
            expired = 0 < instrument.expiry <= day
            dated = instrument.position_rule.dated is Dating.EXPLICIT
            for order in list(book.orders.values()):
                if expired:
                    self._end(order.order_id, OrderExpired, "the instrument has expired", at)
                elif dated and order.request.offset is Offset.CLOSE_TODAY:
                    self._end(order.order_id, OrderExpired, "the day of its lots has ended", at)

    def _report(self, state: AccountState, event: OrderEvent) -> None:
        """Answer a command about an order that the books may not know."""
        if event.order_id in state.orders:
            self._apply(state, event)
        else:
            self._out.append(event)

    def _apply(self, state: AccountState, event: OrderEvent, tell: bool = True) -> None:
        state.apply(event)
        if tell:
            self._out.append(event)

    def _open(self, instrument: InstrumentId, now: int) -> InstrumentBook:
        return self._book(self._lookup(instrument), now)

    def _book(self, instrument: Instrument, now: int) -> InstrumentBook:
        book = self._books.get(instrument.id)
        if book is None:
            # As listed, not as the account that asked first has it.
            instrument = self._lookup(instrument.id)
            book = self._books[instrument.id] = self._matching.open(instrument)
            self._services_of[instrument.id] = tuple(
                service for service in self._services if service.serves(instrument)
            )
            self.days.open_market(instrument, now)
            if self._own is not None:
                self._own.keep_hours(instrument, now)
        return book

    def _roll_series(self, instrument: Instrument, event: MarketEvent) -> None:
        sessions = self.days.open_market(instrument, event.ts_recv)
        before = self.marks(instrument.id)
        self._out += self._rolls.check(instrument, sessions, event, before, self.accounts.values())
