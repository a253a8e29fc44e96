"""A dry run: market data of a real venue, orders into an exchange of one's own. The venue gets no order."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import get_args

from msgspec.structs import replace

from anyvenue.engine.live.alarm import Alarm
from anyvenue.engine.sim_broker import SimBroker
from anyvenue.engine.sim_driver import SimDriver
from anyvenue.engine.venue import Lookup, SessionsOf, VenueOptions
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState
from anyvenue.model.errors import ConfigError, NotSent
from anyvenue.model.events import Event, VenueStateChanged
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketEvent, Quote, Trade
from anyvenue.model.protocols import Clock, Cursor, Driver, Inbox, Snapshot
from anyvenue.runtime.inbox import LoopInbox

__all__ = ["DryDriver"]

_MATCHED = frozenset({Quote, Depth, Bar, Trade})
_MARKET = frozenset(get_args(MarketEvent))


class DryDriver:
    """Implements `Driver` for one account: what the venue shows is passed on, what is ordered stays here.

    While the venue cannot be reached nothing can be ordered, as it would be in earnest.
    """

    def __init__(
        self,
        driver: Driver,
        account: AccountId,
        lookup: Lookup,
        sessions_of: SessionsOf,
        options: VenueOptions,
        clock: Clock,
        cash: Mapping[str, Decimal] | None = None,
        heard: Callable[[Event], None] | None = None,
    ) -> None:
        """Begin with `cash`, or with what the account has at the venue; without positions.

        What comes from the venue is shown to `heard` first.
        """
        self._heard = heard
        self.venue = driver.venue
        self.state = DriverState.CLOSED
        self.account = account
        self.broker = SimBroker(lookup, sessions_of, options)
        self._sim = SimDriver(self.broker)
        self._driver = driver
        self._lookup = lookup
        self._clock = clock
        self._cash = cash
        self._inbox: Inbox | None = None
        self._alarm = Alarm(lambda: self.broker.due, clock.now, self._wake)
        self._ready = asyncio.Event()
        self._open = False
        self._subscribed: dict[InstrumentId, None] = {}
        seen = driver.capabilities
        self.capabilities = replace(
            self._sim.capabilities,
            channels=seen.channels,
            depth_levels=seen.depth_levels,
            requests=seen.requests,
        )

    @property
    def sockets(self) -> int | None:
        """How many connections the venue's driver has, None where it does not tell."""
        found = getattr(self._driver, "sockets", None)
        return None if found is None else int(found)

    # ---- life

    async def open(self, inbox: Inbox) -> None:
        """Open the venue's driver, find out what money there is, and open the exchange."""
        self._inbox = inbox
        # What the driver posts, from whatever thread, is looked at on the loop's.
        await self._driver.open(LoopInbox(asyncio.get_running_loop(), self._hear))
        await self._ready.wait()
        cash = self._cash or await self._cash_at_venue()
        self.broker.now = self._clock.now() or await self._time_at_venue()
        await self._sim.open(inbox)
        self.broker.create_account(self.account, {})
        self._sim.add_account(self.account)
        self._open_markets([self._lookup(each) for each in self._subscribed])
        for currency, amount in cash.items():
            self.broker.deposit(self.account, currency, amount)
        self._open = True
        self._enter(DriverState.READY, "dry run: orders stay here")

    async def close(self) -> None:
        """End the orders here and leave the venue."""
        self._alarm.cancel()
        if self._open:
            self.broker.cancel_everything(self._clock.now())
        self._open = False
        await self._driver.close()
        await self._sim.close()
        self._enter(DriverState.CLOSED)

    async def _time_at_venue(self) -> int:
        """Return the venue's time, which no event has told yet."""
        return (await self._driver.snapshot(self.account, (0, 0))).ts_as_of

    async def _cash_at_venue(self) -> dict[str, Decimal]:
        snapshot = await self._driver.snapshot(self.account, (0, 0))
        cash = {each.currency: each.equity for each in snapshot.balances if each.equity > 0}
        if not cash:
            raise ConfigError(
                f"{self.account} has no money at {self.venue} to try things out with; give some with --cash",
                code="config.dry_cash",
                account=self.account,
                venue=self.venue,
            )
        return cash

    def _open_markets(self, instruments: Sequence[Instrument]) -> None:
        days = self.broker.exchange.open_markets(instruments, self.broker.now)
        for currency, day in days.items():
            self.broker.exchange.account(self.account).begin_day(currency, day)

    # ---- what the venue shows

    async def instruments(self) -> list[Instrument]:
        """Return what the venue lists."""
        return await self._driver.instruments()

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Ask the venue for market data."""
        self._driver.subscribe(instrument, channel)
        self._sim.subscribe(instrument, channel)
        if instrument not in self._subscribed:
            self._subscribed[instrument] = None
            if self._open:
                self._open_markets([self._lookup(instrument)])

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return what the venue has."""
        return await self._driver.history(instrument, interval, start, end)

    def _hear(self, event: Event) -> None:
        """Let the market move; what the venue tells of the account is nobody's concern here."""
        if self._heard is not None:
            self._heard(event)
        if isinstance(event, VenueStateChanged):
            self._on_state(event)
        elif type(event) in _MATCHED and self._open:
            self._bring(event.ts_recv)
            self.broker.on_market(event)  # type: ignore[arg-type]
            self._alarm.set()
        elif type(event) in _MARKET and self._inbox is not None:
            self._inbox.post(event)

    def _on_state(self, event: VenueStateChanged) -> None:
        if event.state is DriverState.READY:
            self._ready.set()
            if self._open:
                self._enter(DriverState.READY)
        elif self._open or event.state is not DriverState.CLOSED:
            self._enter(event.state, event.reason)

    # ---- what stays here

    def submit(self, command: SubmitOrder) -> None:
        """Send an order to the exchange here; raise NotSent while the venue is not reached."""
        self._execute(self._sim.submit, command)

    def cancel(self, command: CancelOrder) -> None:
        """Send a cancel; raise NotSent while the venue is not reached."""
        self._execute(self._sim.cancel, command)

    def modify(self, command: ModifyOrder) -> None:
        """Send a change; raise NotSent while the venue is not reached."""
        self._execute(self._sim.modify, command)

    def send(self, command: Command) -> None:
        """Send a command of any kind; raise NotSent while the venue is not reached."""
        self._execute(self._sim.send, command)

    def resume(
        self, account: AccountId, epoch: int, cursor: Cursor, unanswered: Sequence[OrderId] = ()
    ) -> None:
        """Do nothing: what was tried before is gone."""

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        """Return what the exchange here says is so."""
        self._bring(self._clock.now())
        return await self._sim.snapshot(account, since)

    def _execute(self, send: Callable[..., None], command: Command) -> None:
        if self.state is not DriverState.READY:
            raise NotSent(f"{self.venue} is {self.state.value}; in earnest nothing could be sent")
        self._bring(self._clock.now())
        send(command)
        self._alarm.set()

    # ---- time

    def _bring(self, now: int) -> None:
        broker = self.broker
        while broker.due <= now:
            broker.run_due()
        broker.now = max(broker.now, now)

    def _wake(self) -> None:
        self._bring(self._clock.now())
        self._alarm.set()

    def _enter(self, state: DriverState, reason: str = "") -> None:
        self.state = state
        if self._inbox is not None:
            now = self._clock.now()
            self._inbox.post(VenueStateChanged(self.venue, state, now, now, reason))
