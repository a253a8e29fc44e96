"""The simulated exchange as a broker: accounts, an event log to replay from, and a clock that the market moves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from anyvenue.engine.single_order import single_order
from anyvenue.engine.venue import (
    Lookup,
    SessionsOf,
    VenueOptions,
    make_exchange,
    make_latency,
    make_rates,
)
from anyvenue.model.accounts import Account
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import InstrumentStatus, OrderState
from anyvenue.model.errors import DuplicateClientRef, VenueError, VenueRefused
from anyvenue.model.events import DaySettled, Event
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, next_order_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketEvent, Quote
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.model.positions import Position, PositionTerms
from anyvenue.model.protocols import Cursor
from anyvenue.model.statements import Funds, LegDetail, LotDetail, Rates, Statement
from anyvenue.oms.days.diary import Diary
from anyvenue.sim.days import FAR
from anyvenue.sim.exchange import Exchange
from anyvenue.sim.link import Link

__all__ = ["SimBroker"]

AccountListener = Callable[[Cursor, Event], None]
MarketListener = Callable[[Event], None]


class SimBroker:
    """Exchange, link and log. Time stands still between the calls of `on_market` and `run_due`.

    Implements `Broker` and `Admin`. Everything happens on the caller's thread.
    """

    def __init__(self, instruments: Lookup, sessions_of: SessionsOf, options: VenueOptions) -> None:
        """Begin with no account, at time 0."""
        self.now = 0
        self.exchange: Exchange = make_exchange(options, instruments, sessions_of, keep_done=True)
        self.on_wake: Callable[[], None] = _nothing
        self._options = options
        self._lookup = instruments
        self._link = Link(
            self.exchange,
            self._publish,
            self._woken,
            make_latency(options),
            options.faults,
            self._show,
        )
        self._log: dict[AccountId, list[tuple[Cursor, Event]]] = {}
        self._diaries: dict[AccountId, Diary] = {}
        self._days: dict[AccountId, int] = {}
        self._numbers: dict[AccountId, int] = {}
        self._listeners: dict[AccountId, list[AccountListener]] = {}
        self._market: dict[InstrumentId, list[MarketListener]] = {}
        self._refs: dict[tuple[AccountId, str, str], OrderId] = {}
        self._ref_of: dict[OrderId, tuple[str, str]] = {}
        self._known: dict[InstrumentId, Instrument] = {}
        self._last_id = 0
        self._depths: dict[InstrumentId, Depth] = {}

    # ---- time and market

    @property
    def due(self) -> int:
        """When something happens by itself next."""
        return self._link.due

    @property
    def flight_due(self) -> int:
        """When the next message in flight arrives."""
        return self._link.flight_due

    def run_due(self) -> None:
        """Do the one thing that is due at `due`."""
        self.now = max(self.now, self._link.due)
        self._link.run()

    def on_market(self, event: MarketEvent) -> None:
        """Let the market move: reports come first, then the event itself to its subscribers."""
        self.now = max(self.now, event.ts_recv)
        if event.instrument not in self._known:
            self._known[event.instrument] = self._lookup(event.instrument)
        self._link.on_market(event)
        for listener in self._market.get(event.instrument, ()):
            listener(event)

    def execute(self, command: Command) -> None:
        """Take a command whose order id the caller made; raise NotSent while the link is down."""
        self._link.send(command)

    def cancel_everything(self, now: int = 0) -> None:
        """Cancel all working orders at `now`, or later where time is, and report it at once, whatever the link does."""
        self.now = max(self.now, now)
        self._publish(self.exchange.cancel_all(self.now))
        self._show(self.exchange.market_events())

    # ---- Broker

    def submit(
        self, account: AccountId, request: OrderRequest, client_ref: str = "", session: str = ""
    ) -> OrderId:
        """Take an order and return its id at once; raise DuplicateClientRef for a repeated reference.

        Raise OrderError for a malformed request, and InvalidOrder for an offset auto that would need several orders.
        """
        state = self.exchange.account(account)
        key = (account, session, client_ref)
        if client_ref and key in self._refs:
            raise DuplicateClientRef(
                f"client reference {client_ref!r} of {account} is taken by order {self._refs[key]}",
                client_ref=client_ref,
                order_id=self._refs[key],
            )
        request = single_order(state, request)
        order_id = self._last_id = next_order_id(self._last_id, self.now)
        self._link.send(SubmitOrder(order_id, request, self.now, client_ref))
        # Only what was sent takes its reference: after NotSent the caller may repeat.
        if client_ref:
            self._refs[key] = order_id
            self._ref_of[order_id] = (session, client_ref)
        return order_id

    def order_of(self, account: AccountId, session: str, client_ref: str) -> OrderId:
        """Return the order that a client reference made, 0 for none; it may still be on its way to the exchange."""
        return self._refs.get((account, session, client_ref), OrderId(0))

    def ref_of(self, order_id: OrderId) -> tuple[str, str]:
        """Return the session and the client reference that made an order, empty for one without."""
        return self._ref_of.get(order_id, ("", ""))

    def cancel(self, account: AccountId, order_id: OrderId) -> None:
        """Ask for a cancel; raise UnknownOrder."""
        self.exchange.account(account).orders.get(order_id)
        self._link.send(CancelOrder(order_id, account, self.now))

    def modify(
        self,
        account: AccountId,
        order_id: OrderId,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
    ) -> None:
        """Ask for a change; raise UnknownOrder."""
        self.exchange.account(account).orders.get(order_id)
        self._link.send(ModifyOrder(order_id, account, self.now, quantity, price))

    def events(self, account: AccountId, after: Cursor = (0, 0)) -> Iterator[tuple[Cursor, Event]]:
        """Yield the account's events after a cursor, in order."""
        self.exchange.account(account)
        return (entry for entry in list(self._log.get(account, ())) if entry[0] > after)

    def listen(self, account: AccountId, callback: AccountListener) -> None:
        """Call `callback` for every later event of the account."""
        self.exchange.account(account)
        self._listeners.setdefault(account, []).append(callback)

    def accounts(self) -> list[AccountId]:
        """Return the accounts, sorted."""
        return sorted(self.exchange.accounts)

    def account(self, account: AccountId) -> list[Account]:
        """Return the figures per currency; raise AccountError."""
        state = self.exchange.account(account)
        return [state.figures(currency, self.now) for currency in state.currencies()]

    def orders(self, account: AccountId) -> list[Order]:
        """Return the orders of the account, oldest first."""
        return list(self.exchange.account(account).orders)

    def under_way(self, account: AccountId) -> list[Order]:
        """Return the orders that were sent and have not reached the exchange yet, as SENT."""
        return [
            Order(each.order_id, each.request, OrderState.SENT, ts_created=each.ts_event)
            for each in self._link.under_way.values()
            if each.request.account == account
        ]

    def fills(self, account: AccountId) -> list[Fill]:
        """Return the fills in the account's log, oldest first."""
        events = (event for _, event in self.events(account))
        return [event.fill for event in events if hasattr(event, "fill")]

    def positions(self, account: AccountId) -> list[Position]:
        """Return positions that are not flat, by instrument."""
        return self.exchange.account(account).positions()

    def funds(self, account: AccountId) -> list[Funds]:
        """Return the figures per currency with what else is known of the money; raise AccountError."""
        return self._diary(account).funds(self.now)

    def legs(self, account: AccountId) -> list[LegDetail]:
        """Return the legs in detail; raise AccountError."""
        return self._diary(account).legs(self.now)

    def lots(self, account: AccountId) -> list[LotDetail]:
        """Return the lots in detail; raise AccountError."""
        return self._diary(account).lots(self.now)

    def rates(self, account: AccountId, instrument: InstrumentId) -> Rates:
        """Return the account's fees and margin rates; raise AccountError or UnknownInstrument."""
        return self._diary(account).rates(instrument, self.now)

    def statements(self, account: AccountId, day: int = 0) -> list[Statement]:
        """Return the statements of a settled day, of the latest for 0; raise AccountError."""
        return self._diary(account).statements(day)

    def _diary(self, account: AccountId) -> Diary:
        state = self.exchange.account(account)
        diary = self._diaries.get(account)
        if diary is None:
            log = self._log.setdefault(account, [])
            diary = self._diaries[account] = Diary(state, log)
        return diary

    def terms(self, account: AccountId) -> list[PositionTerms]:
        """Return the terms of what is held on any, by instrument."""
        return self.exchange.account(account).terms()

    def instruments(self) -> list[Instrument]:
        """Return the instruments that have a market, by id."""
        return [self._known[each] for each in sorted(self._known)]

    def quote(self, instrument: InstrumentId) -> Quote | Depth | None:
        """Return the latest snapshot, None before the first; in ``book`` matching that of the exchange's own book."""
        latest = self._depths.get(instrument) or self.exchange.latest.get(instrument)
        return latest if isinstance(latest, Quote | Depth) else None

    def status(self, instrument: InstrumentId) -> InstrumentStatus:
        """Return the phase of trading; raise UnknownInstrument."""
        return self.exchange.status(instrument, self.now)

    def subscribe(self, instrument: InstrumentId, callback: MarketListener) -> None:
        """Call `callback` for every market event of the instrument."""
        self._market.setdefault(instrument, []).append(callback)

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return an empty list: this exchange keeps no history."""
        return []

    def native(self, account: AccountId, request: object) -> object:
        """Raise VenueRefused: there is no venue of another family behind the simulated exchange."""
        raise VenueRefused(
            f"the simulated exchange has no native request {type(request).__name__}",
            venue_code="",
            venue_text="",
        )

    # ---- Admin

    def create_account(self, account: AccountId, deposits: Mapping[str, Decimal]) -> None:
        """Open an account with money in it; raise AccountError when it exists."""
        self.exchange.create_account(account, make_rates(self._options), self._options.settings)
        for currency, amount in deposits.items():
            self.deposit(account, currency, amount)

    def deposit(self, account: AccountId, currency: str, amount: Decimal) -> None:
        """Pay money in."""
        self._publish([self.exchange.deposit(account, currency, amount, self.now)])

    def withdraw(self, account: AccountId, currency: str, amount: Decimal) -> None:
        """Pay money out; raise InsufficientFunds."""
        self._publish([self.exchange.withdraw(account, currency, amount, self.now)])

    def reset_account(self, account: AccountId, deposits: Mapping[str, Decimal]) -> None:
        """End the orders of an account and begin its books anew with this money; raise AccountError.

        Its events begin anew as well, their numbers go on. Who traded with it keeps what was traded.
        """
        self._publish(self.exchange.cancel_all(self.now, account))
        self._show(self.exchange.market_events())
        self.exchange.forget(account)
        for service in self.exchange.services:
            service.forget(account)
        self._log.pop(account, None)
        self._diaries.pop(account, None)
        self.create_account(account, deposits)

    def settle(self) -> None:
        """Let time pass to the next settlement, which begins the next day; raise VenueError before any market."""
        if self.exchange.days.due >= FAR:
            raise VenueError("no market has opened yet, so there is no trading day to settle")
        self.now = max(self.now, self.exchange.days.due)
        self._publish(self.exchange.advance(self.now))
        self._show(self.exchange.market_events())

    # ---- inside

    def _show(self, events: Sequence[MarketEvent]) -> None:
        """Tell subscribers what came of users' orders in the exchange's own books."""
        for event in events:
            if event.instrument not in self._known:
                self._known[event.instrument] = self._lookup(event.instrument)
            if isinstance(event, Depth):
                self._depths[event.instrument] = event
            for listener in self._market.get(event.instrument, ()):
                listener(event)

    def _woken(self, _ts: int) -> None:
        self.on_wake()

    def _publish(self, events: list[Event]) -> None:
        for event in events:
            account: AccountId | None = getattr(event, "account", None)
            for each in [account] if account is not None else self.accounts():
                self._log_event(each, event)

    def _log_event(self, account: AccountId, event: Event) -> None:
        day = self._days.get(account, 0)
        number = self._numbers.get(account, 0) + 1
        self._numbers[account] = number
        cursor = (day, number)
        self._log.setdefault(account, []).append((cursor, event))
        for listener in self._listeners.get(account, ()):
            listener(cursor, event)
        if isinstance(event, DaySettled):
            self._diary(account).end_day(event)
            if event.next_day > day:
                self._days[account] = event.next_day
                self._numbers[account] = 0


def _nothing() -> None:
    """Do nothing."""
