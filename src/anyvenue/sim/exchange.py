"""The simulated exchange: accounts, orders, matching and settlement, moved only by what it is given.

`apply` takes a command or a market event at a time and returns what followed from it, as events in order; `advance`
lets time pass (orders expire, days are settled). Latency and faults are not here but on the way to it (`sim.link`).
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from heapq import heappop, heappush
from itertools import count

from msgspec.structs import replace

from anyvenue.model.accounts import Posting
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import Dating, InstrumentKind, Offset
from anyvenue.model.errors import (
    AccountError,
    AnyvenueError,
    InsufficientFunds,
    InvalidOrder,
    OrderError,
)
from anyvenue.model.events import (
    CancelRejected,
    Deposited,
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
    Withdrawn,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketEvent, Quote, Trade
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.account_state import AccountSettings, AccountState
from anyvenue.oms.marks import Marks
from anyvenue.oms.rates import RateBook
from anyvenue.oms.validation import validate
from anyvenue.reference.sessions import SessionCalendar
from anyvenue.sim.admission import check_amount, check_life, check_offset
from anyvenue.sim.book import InstrumentBook, WorkingOrder
from anyvenue.sim.closing import ClosingPrices, settle_day
from anyvenue.sim.days import FAR, MarketDays
from anyvenue.sim.limits import PriceLimits
from anyvenue.sim.rolls import SeriesRolls
from anyvenue.sim.touch import match_arrival, match_bar, match_snapshot, match_trade

__all__ = ["Exchange"]


class Exchange:
    """A simulated exchange with many accounts and `touch` matching.

    `match_on_arrival`: an order meets the standing snapshot when it arrives, unless that is from before a break or a
    night; otherwise it waits for the next event of its instrument. `when_closed` is ``queue`` (an order outside trading
    hours waits for the next session) or ``reject``. Nothing is executed while the market is closed. Order ids rise
    within an account, so that a repeated submit is known even when done orders are forgotten (`keep_done` false).
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
    ) -> None:
        """Look instruments and their hours up with the two functions."""
        self.accounts: dict[AccountId, AccountState] = {}
        self.latest: dict[InstrumentId, MarketEvent] = {}
        self.days = MarketDays(sessions_of)
        self.match_on_arrival = match_on_arrival
        self.when_closed = when_closed
        self.marks = Marks(self.latest, instruments)
        self.closing = ClosingPrices(instruments)
        self._lookup = instruments
        self._keep_done = keep_done
        self._books: dict[InstrumentId, InstrumentBook] = {}
        self._where: dict[OrderId, InstrumentBook] = {}
        self._expiries: list[tuple[int, OrderId]] = []
        self._limits = PriceLimits()
        self._rolls = SeriesRolls(rolls or {})
        self._numbers = count(1)
        self._trades = count(1)
        self._last_ids: dict[AccountId, OrderId] = {}
        self._out: list[Event] = []

    def share_latest(self, latest: dict[InstrumentId, MarketEvent]) -> None:
        """Use somebody's table of latest events instead of an own one, so that both are kept by one of them."""
        self.latest = latest
        self.marks.read(latest)

    def open_markets(self, instruments: Sequence[Instrument], now: int) -> dict[str, int]:
        """Begin the trading days of these instruments' markets; return the day (yyyymmdd) by currency."""
        for instrument in instruments:
            self._book(instrument, now)
        return {each.currency: self.days.trading_day(each.currency) for each in instruments}

    # ---- accounts

    def create_account(
        self,
        account: AccountId,
        rates: RateBook | None = None,
        settings: AccountSettings | None = None,
        sink: Callable[[Posting], None] | None = None,
    ) -> AccountState:
        """Open an empty account; raise AccountError when there is one of that name."""
        if account in self.accounts:
            raise AccountError(f"account {account} exists already", account=account)
        state = AccountState(
            account, self._lookup, self.marks, rates, settings, sink, self._keep_done
        )
        self.accounts[account] = state
        return state

    def account(self, account: AccountId) -> AccountState:
        """Return the books of an account; raise AccountError, never another account's."""
        state = self.accounts.get(account)
        if state is None:
            known = ", ".join(sorted(self.accounts)) or "none"
            raise AccountError(
                f"there is no account {account!r}; accounts: {known}", account=account
            )
        return state

    def deposit(self, account: AccountId, currency: str, amount: Decimal, now: int) -> Deposited:
        """Pay money in; raise InvalidOrder unless the amount is above zero."""
        state = self.account(account)
        check_amount(amount)
        event = Deposited(account, currency, amount, now, now)
        state.deposit(event)
        return event

    def withdraw(self, account: AccountId, currency: str, amount: Decimal, now: int) -> Withdrawn:
        """Pay money out; raise InsufficientFunds.

        Unrealised gains cannot be taken out (CTP counter, WithdrawQuota).
        """
        state = self.account(account)
        check_amount(amount)
        available = state.withdrawable(currency)
        if amount > available:
            raise InsufficientFunds(
                f"withdrawal of {plain(amount)} {currency} from {account}: {plain(available)} can be withdrawn",
                account=account,
                needed=amount,
                available=available,
                currency=currency,
            )
        event = Withdrawn(account, currency, amount, now, now)
        state.withdraw(event)
        return event

    # ---- the one way in

    def apply(self, what: Command | MarketEvent, now: int) -> list[Event]:
        """Apply a command or a market event at `now` and return what followed, in order.

        A bad command never raises: it is refused by an event, as a venue does. Raise AccountError for an account
        that does not exist.
        """
        self._out = []
        if isinstance(what, SubmitOrder):
            self._submit(what, now)
        elif isinstance(what, CancelOrder):
            self._cancel(what, now)
        elif isinstance(what, ModifyOrder):
            self._modify(what, now)
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
        if book.instrument.kind is InstrumentKind.CONTINUOUS:
            self._roll_series(book.instrument, event)
        self.latest[instrument] = event
        if isinstance(event, Depth):
            self._limits.learn(event)
            self.closing.learn_snapshot(event)
        elif isinstance(event, Bar):
            self.closing.learn_bar(event)
        if not book.idle:
            self._match(book, event)
        return self._out

    def watches(self, instrument: InstrumentId) -> bool:
        """Tell whether market events of the instrument matter: orders work, or displayed volume was taken."""
        book = self._books.get(instrument)
        return book is not None and not book.idle

    # ---- time

    @property
    def due(self) -> int:
        """When something happens by itself next (int ns UTC), FAR for never."""
        due, expiries = self.days.due, self._expiries
        return expiries[0][0] if expiries and expiries[0][0] < due else due

    def advance(self, now: int) -> list[Event]:
        """Let time pass to `now`: expire orders and settle days due by then; return the events."""
        self._out = []
        while (due := self.due) <= now:
            if self._expiries and self._expiries[0][0] == due:
                at, order_id = heappop(self._expiries)
                self._end(order_id, OrderExpired, "the order's time in force ended", at)
            else:
                at, currency, day, next_day = self.days.roll()
                self._end_day(currency, day, at)
                self._out += settle_day(
                    self.accounts.values(), self.marks, self.closing, currency, day, next_day, at
                )
        return self._out

    def cancel_all(self, now: int, account: AccountId | None = None) -> list[Event]:
        """Cancel every working order (of one account) and return the events."""
        self._out = []
        for order_id, book in list(self._where.items()):
            if account in (None, book.orders[order_id].account):
                self._end(order_id, OrderCancelled, "cancelled by the exchange", now)
        return self._out

    # ---- commands

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
            instrument = self._lookup(request.instrument)
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
            heappush(self._expiries, (expires, order_id))
        self._apply(state, OrderAccepted(request.account, order_id, now, now, str(number)))
        if self.match_on_arrival and active <= now:
            self._meet_standing(book, order, now)

    def _meet_standing(self, book: InstrumentBook, order: WorkingOrder, now: int) -> None:
        instrument = book.instrument
        standing = self.latest.get(instrument.id)
        if isinstance(standing, Quote | Depth) and self.days.same_stretch(
            instrument, standing.ts_recv, now
        ):  # a snapshot from before a break or a night stands no longer
            match_arrival(book, order, standing, now, self)

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
        self._end(command.order_id, OrderCancelled, "", now)

    def _modify(self, command: ModifyOrder, now: int) -> None:
        state = self.account(command.account)
        book = self._where.get(command.order_id)
        try:
            if book is None or book.orders[command.order_id].account != command.account:
                raise OrderError(
                    "no such working order: it may be done already", code="order.unknown"
                )
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
        if self.match_on_arrival and changed.fresh and changed.active_from <= now:
            self._meet_standing(book, changed, now)

    def _changed(
        self, state: AccountState, instrument: Instrument, command: ModifyOrder
    ) -> OrderRequest:
        order = state.orders.get(command.order_id)
        request = replace(
            order.request,
            quantity=order.quantity if command.quantity is None else command.quantity,
            price=order.price if command.price is None else command.price,
        )
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
        book = self._where[order.order_id]
        instrument = book.instrument
        state = self.accounts[order.account]
        request = order.request
        order.remaining -= quantity
        fee = state.charge(
            order.order_id, instrument, request.side, request.offset, price, quantity
        )
        day = self.days.trading_day(instrument.currency)
        fill = Fill(
            order.order_id,
            order.account,
            instrument.id,
            str(next(self._trades)),
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
        )
        self.marks.remember(instrument.id, price)
        self._apply(state, OrderFilled(order.account, order.order_id, ts, ts, fill))
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

    def _match(self, book: InstrumentBook, event: MarketEvent) -> None:
        if isinstance(event, Bar):
            if event.closed:
                match_bar(book, event, self)
        elif not self._is_trading(book, event.ts_recv):
            return  # an order that rests overnight does not trade on what a feed sends while the market is closed
        elif isinstance(event, Quote | Depth):
            match_snapshot(book, event, self)
        elif isinstance(event, Trade):
            match_trade(book, event, self)

    def _is_trading(self, book: InstrumentBook, ts: int) -> bool:
        if not book.phase[0] <= ts < book.phase[1]:
            book.phase = self.days.phase(book.instrument, ts)
        return book.phase[2]

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
        if order is not None:
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
            book = self._books[instrument.id] = InstrumentBook(instrument)
            self.days.open_market(instrument, now)
        return book

    def _roll_series(self, instrument: Instrument, event: MarketEvent) -> None:
        sessions = self.days.open_market(instrument, event.ts_recv)
        before = self.marks(instrument.id)
        self._out += self._rolls.check(instrument, sessions, event, before, self.accounts.values())
