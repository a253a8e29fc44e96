"""The simulated exchange as something to be served: a broker and its administration that outlive their process.

Every input is written down before it is done, and nothing is told before what it follows from is written. After a
crash the inputs are played again, or those since the last snapshot: books, orders and event numbers come back to the
last digit.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial

from anyvenue.engine.hosting.administration import Administration
from anyvenue.engine.hosting.history import SNAPSHOT_EVERY, History
from anyvenue.engine.hosting.inputs import (
    CancelAsked,
    ChangeAsked,
    Input,
    OrderAsked,
    Reached,
    given,
)
from anyvenue.engine.hosting.log import InputLog
from anyvenue.engine.hosting.machine import Machine
from anyvenue.engine.hosting.market import HostedMarket
from anyvenue.engine.sim_broker import SimBroker
from anyvenue.engine.venue import VenueOptions, hours_of
from anyvenue.model.accounts import Account
from anyvenue.model.commands import AccountCommand
from anyvenue.model.enums import InstrumentStatus
from anyvenue.model.errors import JournalError, UnknownInstrument
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, Quote
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.model.positions import Position, PositionTerms
from anyvenue.model.protocols import Cursor
from anyvenue.model.statements import Funds, LegDetail, LotDetail, Rates, Statement
from anyvenue.reference.catalog import Catalog
from anyvenue.sim.days import FAR

__all__ = ["HostedExchange"]

_NOTE_S = 1.0
_LONGEST_WAIT_S = 60.0
_SLICE = 256

AccountListener = Callable[[Cursor, Event], None]
MarketListener = Callable[[Event], None]


class HostedExchange(Administration):
    """Implements `Broker` and the keeper that a server needs. All calls on the loop's thread.

    With a `log` it is persistent: what the log holds is played first. `terms` describe market and venue; a log of other
    terms is refused.
    """

    def __init__(
        self,
        market: HostedMarket,
        catalog: Catalog,
        options: VenueOptions,
        *,
        log: InputLog | None = None,
        terms: Mapping[str, str] | None = None,
        snapshot_every: int = SNAPSHOT_EVERY,
    ) -> None:
        """Come back to where the log ends; raise JournalError or ConfigError."""
        self.market = market
        self.failure: JournalError | None = None
        self._listed = {each.id: each for each in market.instruments}
        self._listeners: dict[AccountId, list[AccountListener]] = {}
        self._audience: dict[InstrumentId, list[MarketListener]] = {}
        self._poke = asyncio.Event()
        self._stopping = False
        self._noted = (0.0, 0)
        lookup = partial(_listed_or, self._listed, catalog)
        hours = self.hours = hours_of(options, catalog)
        self._history = History(
            log, terms or {}, {"lookup": lookup, "hours": hours}, snapshot_every
        )
        self._machine = self._history.recover(
            market, lambda began: Machine(lookup, hours, options, market.instruments, began)
        )

    @property
    def broker(self) -> SimBroker:
        """The broker underneath, to be looked at only."""
        return self._machine.broker

    @property
    def replayed(self) -> int:
        """How many inputs of the log were played to come back."""
        return self._history.replayed

    @property
    def unkept(self) -> str:
        """Why there could be no snapshot, empty when there was one."""
        return self._history.unkept

    @property
    def now(self) -> int:
        """The exchange's time, int ns UTC."""
        return self.broker.now

    # ---- its life

    async def run(self) -> None:
        """Let the market run until `request_stop`; raise JournalError when the log can no longer be written."""
        loop = asyncio.get_running_loop()
        while not self._stopping and self.failure is None:
            for _ in range(_SLICE):
                wait = self._wait()
                if wait > 0 or self._stopping or self.failure is not None:
                    break
                self._step()
            self._note_progress(loop.time())
            await self._sleep(wait)
        if self.failure is not None:
            raise self.failure

    def wake(self) -> None:
        """Let `run` look again what is due."""
        self._poke.set()

    def request_stop(self) -> None:
        """End `run` at the next chance."""
        self._stopping = True
        self._poke.set()

    def close(self) -> None:
        """Write down where it stands and let go of the log; orders stay as they are."""
        self._history.close(self._machine, self.failure is None)

    def _wait(self) -> float:
        due = min(self.market.due, self.broker.due)
        if due >= FAR:
            return _LONGEST_WAIT_S
        return min(self.market.wait_for(due), _LONGEST_WAIT_S)

    def _note_progress(self, wall: float) -> None:
        """Write down now and then how far the market came: after a crash it goes on from there."""
        if self._noted[0] + _NOTE_S <= wall and self._noted[1] != self.market.passed:
            self._write(self.broker.now, Reached())
            self._noted = (wall, self.market.passed)

    async def _sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        try:
            await asyncio.wait_for(self._poke.wait(), seconds)
        except TimeoutError:
            return
        self._poke.clear()

    def _step(self) -> None:
        """Do the one thing that is due first."""
        machine, due = self._machine, self.broker.due
        if due <= self.market.due:
            machine.bring(due)
        else:
            event = self.market.take()
            if event is not None:
                machine.on_market(event)
        self._tell(written=False)

    # ---- inputs

    def _do(self, what: Input) -> OrderId:
        """Write an input down, do it, and tell what followed."""
        if self.failure is not None:
            raise self.failure
        now = self.market.now(self.broker.now)
        self._write(now, what)
        try:
            return self._machine.act(what, now)
        finally:
            self._tell(written=True)
            self._keep_snapshot()
            self._poke.set()

    def _write(self, now: int, what: Input) -> None:
        try:
            self._history.write(self._machine, now, what)
        except JournalError as error:
            self._fail(error)
            raise

    def _keep_snapshot(self) -> None:
        # What was asked is done and written: only what comes next finds the exchange stopped.
        try:
            self._history.keep_snapshot_when_due(self._machine)
        except JournalError as error:
            self._fail(error)

    def _fail(self, error: JournalError) -> None:
        self.failure = error
        self._poke.set()

    def _tell(self, written: bool) -> None:
        """Tell the listeners what followed; what came by itself is written down before."""
        machine = self._machine
        heard = machine.take_heard()
        if heard:
            if not written:
                self._write(self.broker.now, Reached())
            for account, cursor, event in heard:
                for listener in self._listeners.get(account, ()):
                    listener(cursor, event)
        for seen in machine.take_seen():
            for show in self._audience.get(seen.instrument, ()):
                show(seen)

    # ---- Broker

    def submit(
        self, account: AccountId, request: OrderRequest, client_ref: str = "", session: str = ""
    ) -> OrderId:
        """Take an order, as `Broker.submit`; raise UnknownInstrument for what is not listed here."""
        self._check_listed(request.instrument)
        return self._do(OrderAsked(account, request, client_ref, session))

    def cancel(self, account: AccountId, order_id: OrderId) -> None:
        """Ask for a cancel; raise UnknownOrder."""
        self._do(CancelAsked(account, order_id))

    def modify(
        self,
        account: AccountId,
        order_id: OrderId,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
    ) -> None:
        """Ask for a change; raise UnknownOrder."""
        self._do(ChangeAsked(account, order_id, quantity, price))

    def execute(self, command: AccountCommand) -> None:
        """Give a command about an account; raise UnknownInstrument."""
        self._check_listed(command.instrument)
        self._do(given(command))

    def events(self, account: AccountId, after: Cursor = (0, 0)) -> Iterator[tuple[Cursor, Event]]:
        """Yield the account's events after a cursor, in order."""
        return self.broker.events(account, after)

    def listen(self, account: AccountId, callback: AccountListener) -> None:
        """Call `callback` for every later event of the account."""
        self.broker.exchange.account(account)
        self._listeners.setdefault(account, []).append(callback)

    def accounts(self) -> list[AccountId]:
        """Return the accounts, sorted."""
        return self.broker.accounts()

    def account(self, account: AccountId) -> list[Account]:
        """Return the figures per currency; raise AccountError."""
        return self.broker.account(account)

    def orders(self, account: AccountId) -> list[Order]:
        """Return the orders of the account, oldest first."""
        return self.broker.orders(account)

    def fills(self, account: AccountId) -> list[Fill]:
        """Return the fills of the account, oldest first."""
        return self.broker.fills(account)

    def positions(self, account: AccountId) -> list[Position]:
        """Return positions that are not flat, by instrument."""
        return self.broker.positions(account)

    def funds(self, account: AccountId) -> list[Funds]:
        """Return the figures per currency with what else is known of the money."""
        return self.broker.funds(account)

    def legs(self, account: AccountId) -> list[LegDetail]:
        """Return the legs in detail."""
        return self.broker.legs(account)

    def lots(self, account: AccountId) -> list[LotDetail]:
        """Return the lots in detail."""
        return self.broker.lots(account)

    def rates(self, account: AccountId, instrument: InstrumentId) -> Rates:
        """Return the account's fees and margin rates; raise UnknownInstrument."""
        return self.broker.rates(account, instrument)

    def statements(self, account: AccountId, day: int = 0) -> list[Statement]:
        """Return the statements of a settled day, of the latest for 0."""
        return self.broker.statements(account, day)

    def under_way(self, account: AccountId) -> list[Order]:
        """Return the orders that were taken and have not reached the market yet."""
        return self.broker.under_way(account)

    def terms(self, account: AccountId) -> list[PositionTerms]:
        """Return the terms of what is held on any, by instrument."""
        return self.broker.terms(account)

    def instruments(self) -> list[Instrument]:
        """Return what is listed here."""
        return list(self._listed.values())

    def quote(self, instrument: InstrumentId) -> Quote | Depth | None:
        """Return the latest snapshot, None before the first."""
        return self.broker.quote(instrument)

    def status(self, instrument: InstrumentId) -> InstrumentStatus:
        """Return the phase of trading; raise UnknownInstrument."""
        self._check_listed(instrument)
        return self.broker.status(instrument)

    def subscribe(self, instrument: InstrumentId, callback: MarketListener) -> None:
        """Call `callback` for every market event of the instrument; raise UnknownInstrument."""
        self._check_listed(instrument)
        self._audience.setdefault(instrument, []).append(callback)

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return an empty list: this exchange keeps no history."""
        return []

    def native(self, account: AccountId, request: object) -> object:
        """Raise VenueRefused: there is no venue of another family behind it."""
        return self.broker.native(account, request)

    # ---- references

    def order_of(self, account: AccountId, session: str, client_ref: str) -> OrderId:
        """Return the order that a client reference made, 0 for none."""
        return self.broker.order_of(account, session, client_ref)

    def ref_of(self, order_id: OrderId) -> tuple[str, str]:
        """Return the session and the client reference that made an order, empty for one without."""
        return self.broker.ref_of(order_id)

    def _check_listed(self, instrument: InstrumentId) -> None:
        if instrument not in self._listed:
            names = ", ".join(list(self._listed)[:20])
            raise UnknownInstrument(
                f"{instrument} is not listed here; there is: {names}",
                instrument=instrument,
                suggestions=tuple(self._listed),
            )


def _listed_or(
    listed: Mapping[InstrumentId, Instrument], catalog: Catalog, instrument: InstrumentId
) -> Instrument:
    return listed.get(instrument) or catalog.get(instrument)
