"""The sessions of a driver: opened, logged in to again after every break, and closed."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress

from anyvenue.model.enums import DriverState
from anyvenue.model.errors import (
    AnyvenueError,
    AuthError,
    ConnectivityError,
    VenueError,
)
from anyvenue.model.events import Event, VenueStateChanged
from anyvenue.model.ids import AccountId, InstrumentId, VenueId
from anyvenue.model.protocols import Clock, Inbox
from anyvenue.runtime.clock import LiveClock
from anyvenue.venues.ctp.driver.book import DayBook
from anyvenue.venues.ctp.driver.config import CtpConfig
from anyvenue.venues.ctp.driver.identity import Identities
from anyvenue.venues.ctp.driver.instruments import Instruments
from anyvenue.venues.ctp.driver.link import Link
from anyvenue.venues.ctp.driver.login import LoggedIn, confirm_settlement, log_in, log_in_md
from anyvenue.venues.ctp.driver.market_data import Feed
from anyvenue.venues.ctp.driver.opening import NativeLibraries, Sessions, is_listening
from anyvenue.venues.ctp.driver.pacing import Pacer
from anyvenue.venues.ctp.driver.rates import AccountRates
from anyvenue.venues.ctp.driver.reports import Reports
from anyvenue.venues.ctp.driver.transfers import Transfers
from anyvenue.venues.ctp.native.seam import Called

__all__ = ["Upkeep"]

_RESTART = 0
Step = Callable[[Link], Coroutine[None, None, None]]
_RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_CONNECTED, _DISCONNECTED = "OnFrontConnected", "OnFrontDisconnected"


class Upkeep:
    """Base of the driver: everything but what is sent and what comes.

    A vendor's library reconnects by itself; each time the driver logs in anew. `connection` counts those logins.
    """

    venue: VenueId

    def __init__(
        self,
        config: CtpConfig,
        *,
        venue: str = "ctp",
        account: str = "",
        clock: Clock | None = None,
        sessions: Callable[[CtpConfig], Sessions] | None = None,
    ) -> None:
        """Serve the account that `config` names; `account` is what the node calls it, by default the user id.

        Raises ConfigError for an account without a front. `sessions` makes the API objects, by default of vendors'
        libraries.
        """
        self._config = config.resolved()
        self.venue = VenueId(venue)
        self.account = AccountId(account or config.user)
        self.state = DriverState.CLOSED
        self.connection = 0
        self._clock = clock or LiveClock()
        self._make_sessions = sessions or (lambda each: NativeLibraries(each, self._now))
        self._sessions: Sessions | None = None
        self._inbox: Inbox | None = None
        self._trader: Link | None = None
        self._md: Link | None = None
        self._md_ready = False
        self._bringing_up: dict[str, asyncio.Task[None]] = {}
        self._opened: asyncio.Future[None] | None = None
        self.instruments_known = Instruments()
        self._book = DayBook()
        self._identities = Identities()
        self._rates = AccountRates(self.account, self._config, self.instruments_known)
        self._reports = Reports(
            self.account,
            self._book,
            self._identities,
            self.instruments_known.of_code,
            self._rates.fee_of,
            self._post,
        )
        self._feed = Feed(self.instruments_known, self._post)
        self._transfers = Transfers(self.account, self._post)
        self._session = (0, 0)
        self._last_ref = 0
        self._commands: dict[int, InstrumentId] = {}
        self._leaving: asyncio.Task[None] | None = None

    @property
    def sockets(self) -> int:
        """How many fronts are connected, as far as the libraries have told."""
        return int(self.state not in _APART) + int(self._md_ready)

    # ---- opening and closing

    async def open(self, inbox: Inbox) -> None:
        """Load the libraries, connect and log in; raise ConfigError, AuthError or another VenueError.

        Breaks of the connection mend themselves afterwards.
        """
        if self._trader is not None:
            raise ConnectivityError("the driver is open already; close it first")
        self._inbox = inbox
        self._opened = opened = asyncio.get_running_loop().create_future()
        self._enter(DriverState.CONNECTING)
        try:
            self._start()
            async with asyncio.timeout(self._config.timeout_s):
                await opened
        except BaseException as error:
            reason = await self._silent() if isinstance(error, TimeoutError) else error
            await self._drop()
            self._enter(DriverState.CLOSED, getattr(reason, "text", str(reason)))
            if reason is not error:
                raise reason from None
            raise
        finally:
            self._opened = None

    def _start(self) -> None:
        config = self._config
        loop = asyncio.get_running_loop()
        self._sessions = sessions = self._make_sessions(config)
        pacer = Pacer(config.queries_per_second, loop.time)
        self._trader = Link(sessions.trader, self._on_trader, pacer)
        if config.market_front:
            self._md = Link(sessions.md, self._on_md, Pacer(0, loop.time), trader=False)
        self._trader.session.start(_fronts(config.trade_front), _RESTART, _RESTART)
        if self._md is not None:
            self._md.session.start(_fronts(config.market_front))

    async def close(self) -> None:
        """Leave the counter; orders stay as they are. Repeated calls do nothing."""
        await self._drop()
        if self.state is not DriverState.CLOSED:
            self._enter(DriverState.CLOSED)
        self._inbox = None

    async def _drop(self) -> None:
        tasks, self._bringing_up = list(self._bringing_up.values()), {}
        for task in tasks:
            if task is not asyncio.current_task():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._rates.stop()
        self._lose("the driver was closed")
        trader, md, self._trader, self._md = self._trader, self._md, None, None
        self._md_ready = False
        for link in (trader, md):
            if link is not None:
                await link.close()
        sessions, self._sessions = self._sessions, None
        if sessions is not None:
            sessions.close()

    async def _silent(self) -> ConnectivityError:
        """Return why nothing came of opening: a library says nothing of a front that it cannot reach."""
        config = self._config
        front = config.market_front if self.state is DriverState.READY else config.trade_front
        if not await is_listening(front):
            return ConnectivityError(
                f"nobody listens at {front}: is the address right, is the counter open at this hour?",
                code="venue.ctp_nobody",
                front=front,
            )
        return ConnectivityError(
            f"{front} did not let us in within {config.timeout_s:g} s: is the address right, is the counter open, does "
            "the library's version suit it?",
            code="venue.ctp_silent",
            front=front,
            seconds=f"{config.timeout_s:g}",
        )

    # ---- connections

    def _on_trader(self, called: Called) -> None:
        if called.callback == _CONNECTED:
            self._bring_up("trader", self._log_in)
        elif called.callback == _DISCONNECTED:
            self._on_disconnected(called)
        else:
            self._on_report(called)

    def _on_md(self, called: Called) -> None:
        if called.callback == "OnRtnDepthMarketData":
            self._feed.on_depth(called, self._book.trading_day)
        elif called.callback == _CONNECTED:
            self._bring_up("md", self._log_in_md)
        elif called.callback == _DISCONNECTED:
            self._on_quotes_lost(_lost(called))

    def _on_quotes_lost(self, error: ConnectivityError) -> None:
        """Say that there are no quotes; trading goes on."""
        was_ready, self._md_ready = self._md_ready, False
        self._stop("md")
        assert self._md is not None
        self._md.fail(error)
        if was_ready and self.state is DriverState.READY and self._opened is None:
            self._enter(DriverState.READY, f"no quotes: {error.text}; trading goes on")

    def _on_disconnected(self, called: Called) -> None:
        error = _lost(called)
        self._stop("trader")
        assert self._trader is not None
        self._trader.fail(error)
        if self._opened is None and self.state is not DriverState.CLOSED:
            self._enter(DriverState.DEGRADED, error.text)
        self._lose(error.text)

    def _lose(self, reason: str) -> None:
        self._reports.lose(self.connection, self._now(), reason)

    def _bring_up(self, what: str, step: Step) -> None:
        self._stop(what)
        link = self._trader if what == "trader" else self._md
        if link is not None:
            task = asyncio.ensure_future(self._persist(what, link, step))
            self._bringing_up[what] = task

    def _stop(self, what: str) -> None:
        task = self._bringing_up.pop(what, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    async def _persist(self, what: str, link: Link, step: Step) -> None:
        """Log in, again after a pause where that may help; give up where it may lock the user."""
        tries = 0
        while True:
            try:
                await step(link)
                self._came_up()
                return
            except AnyvenueError as error:
                if self._opened is not None:
                    if not self._opened.done():
                        self._opened.set_exception(error)
                    return
                if isinstance(error, AuthError) or not isinstance(error, VenueError):
                    self._enter(DriverState.CLOSED, error.text)
                    asyncio.get_running_loop().call_soon(self._leave)
                    return
                if what == "trader":
                    self._enter(DriverState.DEGRADED, error.text)
            await asyncio.sleep(_RETRY_S[min(tries, len(_RETRY_S) - 1)])
            tries += 1

    def _leave(self) -> None:
        """Release the libraries: they would connect again and again."""
        self._leaving = asyncio.ensure_future(self._drop())

    def _came_up(self) -> None:
        quotes = self._md is None or self._md_ready
        opened = self._opened
        if self.state is DriverState.READY and quotes and opened is not None and not opened.done():
            opened.set_result(None)

    async def _log_in(self, link: Link) -> None:
        if self.state is not DriverState.CONNECTING:
            self._enter(DriverState.CONNECTING)
        try:
            welcome = await log_in(link, self._config)
            self.connection += 1
            self._begin(welcome)
        finally:
            link.go_on()
        self._enter(DriverState.AUTHENTICATED)
        self._enter(DriverState.RECONCILING)
        await confirm_settlement(link, self._config)
        self._enter(DriverState.READY)

    def _begin(self, welcome: LoggedIn) -> None:
        self._session, self._last_ref = (welcome.front_id, welcome.session_id), 0
        self._identities.add_session(*self._session)
        if welcome.trading_day != self._book.trading_day:
            self.instruments_known.begin_day(welcome.trading_day)
            self._rates.forget()
            self._transfers.begin_day()
            self._reports.begin_day(welcome.trading_day, self._now())

    async def _log_in_md(self, link: Link) -> None:
        await log_in_md(link, self._config)
        self._feed.begin(link)
        self._md_ready = True
        if self.state is DriverState.READY and self._opened is None:
            self._enter(DriverState.READY, "the quotes have come back")

    # ---- for the driver

    def _on_report(self, called: Called) -> None:
        """Take what the trader API calls beside the answers of what was asked."""
        raise NotImplementedError

    def _now(self) -> int:
        return self._clock.now()

    def _enter(self, state: DriverState, reason: str = "") -> None:
        self.state = state
        now = self._now()
        self._post(VenueStateChanged(self.venue, state, now, now, reason))

    def _post(self, event: Event) -> None:
        if self._inbox is not None:
            self._inbox.post(event)


_APART = (DriverState.CLOSED, DriverState.CONNECTING, DriverState.DEGRADED)


def _fronts(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


_REASONS = {
    0x1001: "reading failed",
    0x1002: "writing failed",
    0x2001: "no heartbeat came",
    0x2002: "a heartbeat could not be sent",
    0x2003: "a bad packet came",
}


def _lost(called: Called) -> ConnectivityError:
    reason = called.number
    text = _REASONS.get(reason, "no reason known")
    return ConnectivityError(f"the front's connection is lost ({reason}: {text})", reason=reason)
