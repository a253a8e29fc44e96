"""The floor of the exchange: working orders, where each of them is, and what becomes of it.

`sim.exchange` brings orders in and lets time and prices move; the matching reports to the methods here.
"""

from collections.abc import Callable
from decimal import Decimal
from heapq import heappush
from itertools import count

from msgspec.structs import replace

from anyvenue.model.enums import Dating, InstrumentStatus, Offset
from anyvenue.model.errors import ConfigError
from anyvenue.model.events import (
    Event,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderModified,
    OrderTriggered,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, MarketEvent, Status, Trade
from anyvenue.model.orders import Fill, LegFill
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.marks import Marks
from anyvenue.reference.sessions import SessionCalendar
from anyvenue.sim.book import InstrumentBook, WorkingOrder
from anyvenue.sim.book_matching import BookMatching
from anyvenue.sim.combinations import leg_fills
from anyvenue.sim.days import FAR, MarketDays
from anyvenue.sim.halts import VolatilityHalt
from anyvenue.sim.limits import PriceLimits
from anyvenue.sim.matching import Matching
from anyvenue.sim.matchings import make_matching
from anyvenue.sim.members import Members
from anyvenue.sim.orderbook import Prevention
from anyvenue.sim.services import Service

__all__ = ["EXPIRY", "Floor"]

EXPIRY = 0
"""The rank of a timer that ends an order; those that wake one have ranks below."""

_ZERO = Decimal(0)


class Floor(Members):
    """Working orders by instrument and by id, and what the matching does to them; `_out` collects the events."""

    def __init__(
        self,
        instruments: Callable[[InstrumentId], Instrument],
        sessions_of: Callable[[Instrument], SessionCalendar],
        *,
        keep_done: bool,
        matching: str,
        match_on_arrival: bool,
        queue_model: str,
    ) -> None:
        """Begin without an order; raise ConfigError for an unknown way of matching."""
        self.latest: dict[InstrumentId, MarketEvent] = {}
        super().__init__(instruments, Marks(self.latest, instruments), keep_done)
        self._before_gap: list[Callable[[InstrumentId], object]] = [self.marks]
        self.days = MarketDays(sessions_of, auctions=matching == "book")
        self._books: dict[InstrumentId, InstrumentBook] = {}
        self._where: dict[OrderId, InstrumentBook] = {}
        self._timers: list[tuple[int, int, OrderId]] = []
        self._limits = PriceLimits()
        self._services: tuple[Service, ...] = ()
        self._services_of: dict[InstrumentId, tuple[Service, ...]] = {}
        self._trades = count(1)
        self._out: list[Event] = []
        self._now = 0
        self._own = (
            BookMatching(self.days, self.latest, self.marks, self) if matching == "book" else None
        )
        self._matching: Matching = self._own or make_matching(
            matching, self.days, self.latest, match_on_arrival, self, queue_model
        )

    def share_latest(
        self,
        latest: dict[InstrumentId, MarketEvent],
        before_gap: list[Callable[[InstrumentId], object]],
    ) -> None:
        """Use somebody's table of latest events instead of an own one; `before_gap` as the kernel has it."""
        self.latest = self._matching.latest = latest
        self.marks.read(latest)
        self._before_gap = before_gap
        before_gap.append(self.marks)

    @property
    def meets_users(self) -> bool:
        """Tell whether users' orders make the prices here, not market data from outside."""
        return self._own is not None

    @property
    def services(self) -> tuple[Service, ...]:
        """The clearing services, in the order they are asked."""
        return self._services

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

    def status(self, instrument: InstrumentId, now: int) -> InstrumentStatus:
        """Return the phase of trading of an instrument; raise UnknownInstrument for one that is not known."""
        book = self._book(self._lookup(instrument), now)
        if self._own is not None:
            return self._own.status(instrument)
        phase = self.days.phase_at(book.instrument, now)
        return InstrumentStatus.HALTED if book.halted else phase.status

    def market_events(self) -> list[Trade | Depth | Status]:
        """Return what the latest `apply`, `advance` or `cancel_all` changed in the exchange's own books.

        Trades in order, then five levels of each changed instrument, then new phases of trading; nothing unless
        matching is ``book``.
        """
        return self._own.market_events(self._now) if self._own else []

    def tells_more(self, event: Depth) -> bool:
        """Tell whether a snapshot has more to say than prices: a settlement price, or new price limits."""
        return event.settlement == event.settlement or self._limits.news(event)

    def watches(self, instrument: InstrumentId) -> bool:
        """Tell whether market events of the instrument matter.

        They do while orders work, displayed volume was taken, a service waits for its prices, or it is halted.
        """
        book = self._books.get(instrument)
        if book is None:
            return False
        return (
            not book.idle
            or book.halted
            or any(service.watches(book.instrument) for service in self._services_of[instrument])
        )

    # ---- what the matching reports

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
        event = OrderFilled(order.account, order.order_id, ts, ts, fill)
        state.apply(event)
        self._out.append(event)
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

    # ---- the end of orders

    def cancel_all(self, now: int, account: AccountId | None = None) -> list[Event]:
        """Cancel every working order (of one account) and return the events."""
        self._start(now)
        for order_id, book in list(self._where.items()):
            if account in (None, book.orders[order_id].account):
                self._end(order_id, OrderCancelled, "cancelled by the exchange", now)
        return self._out

    def end_orders(
        self, state: AccountState, wanted: Callable[[Instrument], bool], reason: str, ts: int
    ) -> None:
        """Cancel an account's working orders for the instruments that are `wanted` (called by services)."""
        for order in state.orders.open_orders():
            book = self._where.get(order.order_id)
            if book is not None and wanted(book.instrument):
                self._end(order.order_id, OrderCancelled, reason, ts)

    def _ring(self, at: int, rank: int, order_id: OrderId) -> None:
        """An order's time in force has ended, or the one it waited for has begun: those have ranks below 0."""
        if rank == EXPIRY:
            self._end(order_id, OrderExpired, "the order's time in force ended", at)
            return
        book = self._where.get(order_id)
        if book is not None and book.orders[order_id].number == rank + FAR:
            self._matching.begin(book.orders[order_id], at)

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

    def _apply(self, state: AccountState, event: OrderEvent) -> None:
        state.apply(event)
        self._out.append(event)

    # ---- small things

    def _start(self, now: int) -> None:
        self._out = []
        if self._own is not None:
            self._now = now
            self._own.forget()

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
