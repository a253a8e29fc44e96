"""The session of a driver with the exchange: it is opened, kept alive, and opened again when it breaks."""

import asyncio
from contextlib import suppress

from anyvenue.model.enums import DriverState
from anyvenue.model.errors import AnyvenueError, AuthError, ConnectivityError, VenueRefused
from anyvenue.model.events import Event, VenueStateChanged
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, VenueId
from anyvenue.model.protocols import Clock, Cursor, Inbox
from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.paper.connection import Connection, connect
from anyvenue.venues.paper.encryption import client_tls
from anyvenue.venues.paper.numbering import Numbering, received
from anyvenue.venues.paper.outstanding import Outstanding
from anyvenue.venues.paper.wire import LoggedIn, Login, Ping, ServerMessage, Subscribe

__all__ = ["Upkeep"]

_FINAL = ("session.replaced", "session.version")


class Upkeep:
    """Base of the driver: everything but what is sent and what comes.

    `cursor` and `epoch` say which facts have come; `reconnects` counts the breaks that were mended.
    """

    venue: VenueId

    def __init__(
        self,
        config: PaperConfig,
        *,
        clock: Clock | None = None,
        since: Cursor = (0, 0),
        epoch: int = 0,
        venue: str = "paper",
        account: str = "",
    ) -> None:
        """Serve the account that `config` names; `venue` tells several exchanges or accounts apart.

        `account` is what the node calls the account, by default the same.
        """
        self.venue = VenueId(venue)
        self.state = DriverState.CLOSED
        self.account = AccountId(account or config.account)
        self._there = AccountId(config.account)
        self.cursor = since
        self.epoch = epoch
        self.reconnects = 0
        self._config = config
        self._clock = clock
        self._inbox: Inbox | None = None
        self._link: Connection | None = None
        self._numbering = Numbering(config.session)
        self._outstanding = Outstanding()
        self._subscribed: dict[InstrumentId, None] = {}
        self._keeping: asyncio.Task[None] | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._lost = asyncio.Event()
        self._ready: asyncio.Future[None] | None = None
        self._last_ts = 0

    @property
    def sockets(self) -> int:
        """How many connections are open."""
        return int(self._link is not None and self._link.is_open)

    async def open(self, inbox: Inbox) -> None:
        """Connect, log in and catch up; raise AuthError or ConnectivityError. Later breaks mend themselves."""
        if self._keeping is not None:
            raise ConnectivityError("the driver is open already; close it first")
        self._inbox = inbox
        try:
            await self._connect()
        except AnyvenueError as error:
            self._drop()
            self._enter(DriverState.CLOSED, error.text)
            raise
        self._keeping = asyncio.ensure_future(self._keep_up())

    async def close(self) -> None:
        """Leave the exchange; orders stay as they are. Repeated calls do nothing."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
        self._drop()
        if self.state is not DriverState.CLOSED:
            self._enter(DriverState.CLOSED)

    async def _connect(self) -> None:
        config = self._config
        self._enter(DriverState.CONNECTING)
        self._lost.clear()
        self._ready = asyncio.get_running_loop().create_future()
        link, welcome = await connect(
            config.host,
            config.port,
            config.token,
            "anyvenue",
            config.timeout_s,
            self._on_message,
            self._on_lost,
            client_tls(config.ca_file) if config.tls else None,
        )
        self._link = link
        self._note_time(welcome.now)
        await self._log_in(link)
        self._enter(DriverState.RECONCILING)
        for instrument in self._subscribed:
            link.send(Subscribe(link.next_id(), instrument))
        await asyncio.wait({self._ready}, timeout=config.timeout_s)
        if not self._ready.done() or self._ready.cancelled():
            raise link.fault or ConnectivityError("the exchange has not told what was missed")
        self._keep_alive(link)
        self._enter(DriverState.READY)

    async def _log_in(self, link: Connection) -> None:
        config, request = self._config, link.next_id()
        login = Login(
            request,
            self._there,
            config.password,
            config.session,
            self.epoch,
            *self.cursor,
            self._outstanding.refs(),
        )
        answer = await link.ask(request, login, config.timeout_s)
        if not isinstance(answer, LoggedIn):
            raise VenueRefused("the login was answered by something else", venue_code="malformed")
        self._enter(DriverState.AUTHENTICATED)
        if not answer.resumed:
            self.cursor = (0, 0)
        self.epoch = answer.epoch
        for ref, theirs in answer.known:
            self._numbering.learn(OrderId(int(ref)), theirs)
        self._post_all(self._outstanding.found({ref for ref, _ in answer.known}, self._now()))

    async def _keep_up(self) -> None:
        """Connect again, with growing pauses, whenever the connection is lost."""
        wait = self._config.backoff_s
        while True:
            await self._lost.wait()
            fault = self._link.fault if self._link is not None else None
            if fault is not None and (
                isinstance(fault, AuthError) or fault.fields.get("venue_code") in _FINAL
            ):
                self._enter(DriverState.CLOSED, fault.text)
                return
            await asyncio.sleep(wait)
            try:
                await self._connect()
                self.reconnects += 1
                wait = self._config.backoff_s
            except AuthError as error:
                self._drop()
                self._enter(DriverState.CLOSED, error.text)
                return
            except AnyvenueError as error:
                wait = min(wait * 2, self._config.longest_backoff_s)
                self._drop()
                self._enter(DriverState.DEGRADED, error.text)
                self._lost.set()

    def _on_lost(self, link: Connection) -> None:
        """Nobody can say what became of what was not answered."""
        if link is not self._link:
            return
        self._drop_beat()
        self._post_all(self._outstanding.lost(self._now()))
        if self._ready is not None and not self._ready.done():
            self._ready.cancel()
        if self._keeping is not None:
            reason = link.fault.text if link.fault else "connection lost"
            self._enter(DriverState.DEGRADED, reason)
        self._lost.set()

    def _drop(self) -> None:
        self._drop_beat()
        link, self._link = self._link, None
        if link is not None:
            link.close()
            self._post_all(self._outstanding.lost(self._now()))

    def _keep_alive(self, link: Connection) -> None:
        """Ask for a sign of life now and then; a connection that gives none for two beats is dead."""
        loop = asyncio.get_running_loop()
        silent = 0

        def beat() -> None:
            nonlocal silent
            if not link.is_open:
                return
            silent = 0 if link.heard else silent + 1
            link.heard = False
            if silent > 1:
                link.abort()
                return
            link.send(Ping(link.next_id()))
            self._beat = loop.call_later(self._config.heartbeat_s, beat)

        self._beat = loop.call_later(self._config.heartbeat_s, beat)

    def _drop_beat(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def _on_message(self, message: ServerMessage) -> None:
        """Take what comes by itself."""
        raise NotImplementedError

    def _now(self) -> int:
        return self._last_ts if self._clock is None else self._clock.now()

    def _note_time(self, ts: int) -> None:
        self._last_ts = max(self._last_ts, ts)

    def _enter(self, state: DriverState, reason: str = "") -> None:
        self.state = state
        now = self._now()
        self._post(VenueStateChanged(self.venue, state, now, now, reason))

    def _post_all(self, events: list[Event]) -> None:
        for event in events:
            self._post(event)

    def _post(self, event: Event) -> None:
        if self._inbox is not None:
            self._inbox.post(event if self._clock is None else received(event, self._clock.now()))
