"""The session of a driver: its lines are opened, kept, and what was missed is found out after every break."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

from anyvenue.model.enums import DriverState
from anyvenue.model.errors import AnyvenueError, AuthError, ConnectivityError, SubscriptionError
from anyvenue.model.events import Event, VenueStateChanged
from anyvenue.model.ids import AccountId, InstrumentId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Clock, Inbox
from anyvenue.runtime.clock import LiveClock
from anyvenue.venues.tracking.calls import Calls
from anyvenue.venues.tracking.feed import Feed
from anyvenue.venues.tracking.questions import Questions
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.snapshots import Snapshots
from anyvenue.venues.tracking.terms import AccountCommands
from anyvenue.venues.transport.http import Http
from anyvenue.venues.transport.line import Line
from anyvenue.venues.transport.tasks import Tasks

__all__ = ["Listing", "Upkeep"]

_KEEP_S = 30 * 60.0
_RETRY_S = 1.0


class Listing(Protocol):
    """The instruments of a venue."""

    @property
    def by_id(self) -> Mapping[InstrumentId, Instrument]:
        """Those that are known, by our names."""
        ...


class Upkeep(ABC):
    """Everything of a driver but what a node calls to trade. A subclass makes the parts in `build`.

    `trades` is whether there is a key: without one there are market data and no trading.
    """

    title = "the venue"
    _questions: Questions
    _snapshots: Snapshots
    _feed: Feed  # type: ignore[type-arg]
    _commands: AccountCommands
    _listing: Listing

    def __init__(
        self, venue: str, account: str, clock: Clock | None, http: Http, *, trades: bool
    ) -> None:
        """Serve one account; `venue` and `account` are what the node calls them. `http` makes the connections."""
        self.venue = VenueId(venue)
        self.account = AccountId(account)
        self.state = DriverState.CLOSED
        self.reconnects = 0
        self._trades = trades
        self._clock = clock or LiveClock()
        self._http = http
        self._inbox: Inbox | None = None
        self._lines: list[Line] = []
        self._tasks = Tasks()
        self._calls: Calls | None = None
        self._recovering: asyncio.Task[None] | None = None
        self._early: dict[tuple[InstrumentId, str], None] = {}
        self.build()

    # ---- the venue's own

    @abstractmethod
    def build(self) -> None:
        """Make the parts: nothing is connected yet."""

    @abstractmethod
    async def synchronise(self) -> None:
        """Learn how far the venue's clock is from ours; raise VenueError."""

    @abstractmethod
    async def meet(self) -> None:
        """See that the credentials are good, and learn how the account is set; raise VenueError."""

    @abstractmethod
    async def list_instruments(self) -> list[Instrument]:
        """Return what the venue lists; raise VenueError."""

    @abstractmethod
    async def open_lines(self) -> None:
        """Open the lines of the account, and begin to take orders; raise VenueError."""

    @abstractmethod
    async def close_entry(self) -> None:
        """Take no more orders, and give up what is on its way besides lines."""

    async def learn_more(self) -> None:  # noqa: B027 - most venues have no such thing
        """Learn what else market data need; raise VenueError."""

    async def learn_missed(self) -> None:  # noqa: B027 - most venues tell by orders what was missed
        """Find out what else than orders was missed by a break; raise VenueError."""

    async def keep(self) -> None:
        """Do what is due every half hour; raise VenueError."""
        await self.synchronise()

    # ---- opening and closing

    async def open(self, inbox: Inbox) -> None:
        """Connect and log in; raise ConfigError, AuthError or another VenueError. Breaks mend themselves later.

        Without a key there are market data and no trading.
        """
        if self.state is not DriverState.CLOSED:
            raise ConnectivityError("the driver is open already; close it first")
        self._inbox = inbox
        self._enter(DriverState.CONNECTING)
        try:
            await self.synchronise()
            if self._trades:
                await self.meet()
            await self.list_instruments()
            if self._trades:
                await self.open_lines()
                self._enter(DriverState.AUTHENTICATED)
            self._enter(DriverState.RECONCILING)
            self._questions.open = True
            if self._trades:
                await self._snapshots.catch_up()
            await self.learn_more()
            self._subscribe_early()
            self._feed.start()
            self._tasks.start(self._keep())
        except BaseException as error:
            await self._drop()
            self._enter(DriverState.CLOSED, getattr(error, "text", str(error)))
            raise
        self._enter(DriverState.READY)

    def _subscribe_early(self) -> None:
        early, self._early = self._early, {}
        for name, channel in early:
            found = self._listing.by_id.get(name)
            if found is not None:
                with suppress(SubscriptionError):
                    self._feed.want(found, channel)

    async def close(self) -> None:
        """Leave the venue; orders stay as they are. Repeated calls do nothing."""
        if self.state is DriverState.CLOSED and self._inbox is None:
            return
        await self._drop()
        if self.state is not DriverState.CLOSED:
            self._enter(DriverState.CLOSED)
        self._inbox = None

    async def _drop(self) -> None:
        await self._questions.stop()
        await self._commands.stop()
        await self.close_entry()
        await self._tasks.stop()
        lines, self._lines = self._lines, []
        for line in lines:
            await line.close()
        if self._calls is not None:
            self._calls.lost(ConnectivityError("the driver was closed"))
        await self._feed.stop()
        await self._http.close()

    # ---- lines

    @property
    def sockets(self) -> int:
        """How many connections are up."""
        return sum(each.is_up for each in self._lines) + self._feed.sockets

    def _lost(self, error: AnyvenueError) -> None:
        if self.state is DriverState.CLOSED:
            return
        if self._calls is not None and not self._lines[0].is_up:
            self._calls.lost(error)
        self._questions.open = False
        if self._recovering is not None:
            self._recovering.cancel()
        if isinstance(error, AuthError):
            self._enter(DriverState.CLOSED, error.text)
            self._tasks.start(self._drop())
        else:
            self._enter(DriverState.DEGRADED, error.text)

    def _came_up(self) -> None:
        if self.state is DriverState.DEGRADED:
            asyncio.get_running_loop().call_soon(self._recover_when_up)

    def _recover_when_up(self) -> None:
        if all(each.is_up for each in self._lines) and self.state is DriverState.DEGRADED:
            self._recovering = self._tasks.start(self._recover())

    async def _recover(self) -> None:
        """Find out what was missed; then all is as it was before the break."""
        self._enter(DriverState.RECONCILING)
        self._questions.open = True
        while True:
            try:
                await self.synchronise()
                await self._snapshots.catch_up()
                await self.learn_missed()
                break
            except AnyvenueError:
                await asyncio.sleep(_RETRY_S)
        self.reconnects += 1
        self._enter(DriverState.READY)

    def _restart_stream(self) -> None:
        """Connect anew: the venue has ended the account's stream."""
        if self._lines:
            self._lines[-1].restart()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_S)
            with suppress(AnyvenueError):
                await self.keep()

    # ---- for the parts

    def _ask(self, record: OrderRecord) -> None:
        self._questions.ask(record)

    def _synchronise_then(self, go_on: Callable[[], None]) -> None:
        async def step() -> None:
            with suppress(AnyvenueError):
                await self.synchronise()
            go_on()

        self._tasks.start(step())

    def _now(self) -> int:
        return self._clock.now()

    def _enter(self, state: DriverState, reason: str = "") -> None:
        self.state = state
        now = self._now()
        self._post(VenueStateChanged(self.venue, state, now, now, reason))

    def _post(self, event: Event) -> None:
        if self._inbox is not None:
            self._inbox.post(event)
