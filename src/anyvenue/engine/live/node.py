"""The live node: accounts at venues, books that survive the process, and strategies on top.

A start is a recovery: the journal is replayed into the books, then every venue's snapshot is compared with them, and
only then may orders open positions. A journal that cannot be written halts the node.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from anyvenue.engine.host import StrategyHost
from anyvenue.engine.live import tape_entries as told
from anyvenue.engine.live.alarm import Alarm
from anyvenue.engine.live.behind import Behind
from anyvenue.engine.live.chronicle import Chronicle
from anyvenue.engine.live.ending import nothing_works
from anyvenue.engine.live.guard import Guard
from anyvenue.engine.live.recovery import Recovery
from anyvenue.engine.live.remembering import Remembering
from anyvenue.engine.live.requests import RequestTerms
from anyvenue.engine.live.risk_notes import RiskNotes
from anyvenue.engine.live.session import Session
from anyvenue.engine.live.sources import Sources
from anyvenue.engine.live.taping import Beginning, heard, taped
from anyvenue.engine.live.trails import Trails
from anyvenue.engine.node import Node
from anyvenue.model.errors import AnyvenueError, ConfigError, JournalError, VenueError
from anyvenue.model.events import (
    CursorMoved,
    DaySettled,
    Event,
    TimePassed,
    VenueStateChanged,
)
from anyvenue.model.ids import AccountId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, BookDelta, Depth, FundingRate, Quote, Status, Trade
from anyvenue.model.orders import Order
from anyvenue.model.protocols import Clock, Driver, FileStore, Snapshot
from anyvenue.oms.account_state import AccountSettings
from anyvenue.oms.rates import RateBook
from anyvenue.oms.risk import NODE, RiskGate, RiskLimits
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import SessionCalendar
from anyvenue.runtime.clock import LiveClock
from anyvenue.runtime.inbox import LoopInbox
from anyvenue.runtime.journal import NodeStopped, open_journal
from anyvenue.runtime.journal.writing import SNAPSHOT_EVERY, Sync
from anyvenue.strategy.base import Strategy

if TYPE_CHECKING:
    from anyvenue.engine.live.tape import Tape

__all__ = ["LiveNode"]

_MARKET = frozenset({Quote, Depth, Bar, Trade, BookDelta, FundingRate, Status})


class LiveNode:
    """A node over real drivers. Venues and accounts are added before `start`, strategies at any time.

    `before` and `after` are called with every event that comes in, around what the node does with it, `on_snapshot`
    with every snapshot of a venue; fill them before the start.
    """

    def __init__(
        self,
        catalog: Catalog,
        *,
        name: str = "node",
        clock: Clock | None = None,
        sessions_of: Callable[[Instrument], SessionCalendar] | None = None,
        risk: RiskGate | RiskLimits | None = None,
        logger: Callable[[str, str], None] | None = None,
    ) -> None:
        """Take instruments from `catalog` and the time from `clock`, by default the machine's."""
        self.name = name
        self.chronicle = Chronicle(self._on_journal_failure)
        self.node = Node(
            catalog,
            sessions_of=sessions_of or (lambda each: catalog.sessions(each.sessions)),
            risk=risk,
            audit=self.chronicle,
            logger=logger,
        )
        self.trails = Trails(self.node.desk.accounts)
        self.node.desk.followers.append(self.trails.take)
        self.sessions: dict[VenueId, Session] = {}
        self.recovered = 0
        self.stopping = False
        self._clock = clock or LiveClock()
        self._inbox: LoopInbox | None = None
        self.before: list[Callable[[Event], None]] = []
        self.on_snapshot: list[Callable[[Snapshot], None]] = []
        self.after: list[Callable[[Event], None]] = []
        self._where: dict[AccountId, Session] = {}
        self.behind = Behind(
            self.node.desk,
            self.chronicle,
            lambda account: self._where[account].look_again(),
            lambda event: self.node.kernel.deliver((event,)),
        )
        self.sources = Sources(self.node)
        self.alarm = Alarm(lambda: self.node.kernel.due, self.now, self._wake)
        self.guard = Guard(self)
        self.tape: Tape | None = None
        self.beginning: Beginning | None = None
        self.last_end = ""
        self.risk_notes = RiskNotes(self.node.kernel, self.node.desk, self.note)
        self.remembering = Remembering(self)
        self._failed = asyncio.Event()
        self.node.kernel.on(VenueStateChanged, self._on_venue)

    # ---- before the start

    def add_venue(self, driver: Driver, requests: RequestTerms | None = None) -> Session:
        """Trade at a venue by `driver`, within `requests`; raise ConfigError for a second one of its name."""
        if driver.venue in self.sessions:
            raise ConfigError(f"venue {driver.venue} is configured twice", venue=driver.venue)
        session = self.sessions[driver.venue] = Session(self, driver, requests)
        return session

    def add_account(
        self,
        account: AccountId,
        venue: VenueId,
        rates: RateBook | None = None,
        settings: AccountSettings | None = None,
    ) -> None:
        """Keep the books of an account at a venue; raise ConfigError for a venue that was not added."""
        session = self.sessions.get(venue)
        if session is None:
            known = ", ".join(self.sessions) or "none"
            raise ConfigError(
                f"account {account} is at {venue}, which is not configured; venues: {known}",
                venue=venue,
                account=account,
            )
        route = taped(self, session.add_account(account))
        self.node.desk.add_account(account, route, rates, settings)
        self.node.desk.risk.venues[account] = venue
        self._where[account] = session

    def add_strategy(
        self,
        strategy: Strategy | type[Strategy],
        account: AccountId,
        instruments: Sequence[Instrument],
        parameters: Mapping[str, object] | None = None,
        name: str = "",
    ) -> StrategyHost:
        """Host a strategy; it starts once the books of its account are in line with the venue's."""
        session = self._where[account]
        for instrument in instruments:
            self.sources.add(instrument, session)
        return self.node.add_strategy(strategy, account, instruments, parameters, name)

    def open_journal(
        self,
        folder: str | Path | FileStore,
        *,
        sync: Sync = "group",
        config_hash: str = "",
        version: str = "",
        snapshot_every: int = SNAPSHOT_EVERY,
    ) -> None:
        """Recover the books from the journal in `folder` and write to it from now on.

        Call it when all accounts were added. Raise JournalError, and AccountError for accounts the journal has and the
        node has not.
        """
        machine_run = self.chronicle.machine_run
        recovery = Recovery(self.node.desk, self.node.instrument, machine_run, self.trails)
        # A venue that has a time of its own has not told it yet.
        opened_at = self.now() or LiveClock().now()
        beginning = self.beginning = Beginning(opened_at, recovery.restore)
        journal = open_journal(
            folder,
            node=self.name,
            ts=beginning.now,
            config_hash=config_hash,
            version=version,
            sync=sync,
            restore=beginning.restore,
            replay=recovery.take,
            snapshot_every=snapshot_every,
            on_failure=self._on_journal_failure_elsewhere,
        )
        self.chronicle.journal = journal
        self.trails.starts += 1
        beginning.opened(journal)
        try:
            recovery.finish(beginning.now)
            recovery.reserve_ids(journal, beginning.now)
            self.last_end = recovery.last_end(journal)
            recovery.halt_again(journal, beginning.now)
        except AnyvenueError:
            self.chronicle.journal = None
            journal.close()
            raise
        self.recovered = recovery.records
        for text in recovery.remarks(self.last_end):
            self.log("journal", text)
        self.chronicle.written.update(recovery.noted)
        for account, session in self._where.items():
            epoch, cursor = recovery.cursors.get(account, (0, (0, 0)))
            session.cursors[account] = cursor
            session.driver.resume(account, epoch, cursor, recovery.unanswered.get(account, ()))

    # ---- life

    async def start(self, timeout: float = 30.0) -> None:
        """Open every venue and bring the books in line; raise VenueError, or TimeoutError after `timeout` seconds.

        Raise ConfigError where an account's books would be kept in another position mode than the venue's, or by other
        multipliers or currencies.
        """
        watched = self.before or self.after
        handle = self._handle_watched if watched else self._handle
        self._inbox = LoopInbox(asyncio.get_running_loop(), self.guard.guarded(handle))
        now = self.node.kernel.now = max(self.node.kernel.now, self._clock.now())
        self.put(told.Started(now))
        for session in self.sessions.values():
            await session.driver.open(self._inbox)
            session.check_modes()
            await self.sources.check(session, self.node.log)
        async with asyncio.timeout(timeout):
            for session in self.sessions.values():
                await session.ready()
        self._wake()
        self.put(told.StrategiesStarted())
        self.node.start()
        self.poke()

    async def run(self, stop: asyncio.Event) -> None:
        """Trade until `stop` is set or the journal has failed."""
        waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(self._failed.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def stop(self, timeout: float = 10.0, *, cancel: bool = True) -> list[Order]:
        """Stop strategies, cancel all orders, wait until the venues say that none works, and leave.

        Return the orders that still work after `timeout` seconds; with `cancel` false they are left working on purpose.
        """
        self.stopping = True
        self.put(told.Stopped(cancel))
        self.node.stop(cancel=cancel)
        for host in list(self.node.hosts.values()):
            await host.ended()
        if cancel:
            self._cancel_all()
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await nothing_works(self.node.desk, self.sessions.values(), self._cancel_all)
        left = self.node.desk.open_orders()
        await self._leave("stopped")
        return left

    def _cancel_all(self) -> None:
        self.put(told.CancelledAll())
        self.node.desk.cancel_all()

    async def _leave(self, reason: str) -> None:
        self.alarm.cancel()
        for session in self.sessions.values():
            await session.close()
        if self._inbox is not None:
            self._inbox.flush()
        journal = self.chronicle.journal
        if self.tape is not None:
            self.tape.end(reason)
        if journal is not None:
            self.chronicle.note(NodeStopped(self.now(), reason), self.now())
            self.chronicle.journal = None
            journal.close()

    # ---- time and events

    def now(self) -> int:
        """Return the time (int ns UTC); it never goes back."""
        return max(self._clock.now(), self.node.kernel.now)

    @property
    def started(self) -> bool:
        """Whether `start` was called: drivers have where to post."""
        return self._inbox is not None

    @property
    def inbox(self) -> LoopInbox:
        """Where drivers post; raise VenueError before the start."""
        if self._inbox is None:
            raise VenueError("the node has not started")
        return self._inbox

    def _handle(self, event: Event) -> None:
        kernel = self.node.kernel
        if isinstance(event, CursorMoved):
            self.chronicle.at_cursor(event, self.now())
            return
        tape = self.tape
        if type(event) in _MARKET:
            if tape is not None:
                tape.seen(event)
            kernel.process(event)
        else:
            now = self._clock.now()
            if tape is not None:
                tape.put(heard(event, now))
            kernel.now = max(kernel.now, now)
            if self.behind.keeps(event):
                return
            kernel.deliver((event,))
            if self.chronicle.snapshot_due or type(event) is DaySettled:
                self.remembering.keep()
        self.poke()

    def _handle_watched(self, event: Event) -> None:
        for look in self.before:
            look(event)
        self._handle(event)
        for look in self.after:
            look(event)

    def poke(self) -> None:
        """Look when to wake up next; also for whoever does things from outside the strategies."""
        if self.stopping:
            self.alarm.cancel()
        else:
            self.alarm.set()

    def _wake(self) -> None:
        now = self.now()
        self.put(told.Woke(now))
        self.node.kernel.process(TimePassed(now, now))
        self.poke()

    def _on_venue(self, event: VenueStateChanged) -> None:
        session = self.sessions.get(event.venue)
        if session is not None:
            session.on_state(event)
            self.log(event.venue, f"{event.state}{': ' + event.reason if event.reason else ''}")

    def on_ready(self, session: Session) -> None:
        """The books of a venue's accounts are in line (called by the session)."""
        self.chronicle.flush_cursors()
        self.log(session.venue, "in line with the venue")

    # ---- notes

    def put(self, entry: Struct) -> None:
        """Have it on the tape, if there is one, what the node is told from outside."""
        if self.tape is not None:
            self.tape.put(entry)

    def session_of(self, account: AccountId) -> Session:
        """Return the session of the venue that an account of the node is at."""
        return self._where[account]

    def venue_of(self, account: AccountId) -> VenueId:
        """Return at which venue an account of the node is."""
        return self._where[account].venue

    def log(self, source: str, text: str) -> None:
        """Write a line to the node's log."""
        self.node.log(source, text)

    def note(self, record: Any) -> None:
        """Write a note to the journal."""
        self.chronicle.note(record, self.now())

    def _on_journal_failure(self, error: JournalError) -> None:
        """Halt: nothing goes out any more that could not be remembered."""
        self.log("journal", error.text)
        self.put(told.JournalFailed(error.text))
        self.node.desk.watch.halt(NODE, error.text, rule="journal")
        self._failed.set()

    def _on_journal_failure_elsewhere(self, error: JournalError) -> None:
        """A sync failed on the journal's own thread: the next write says so, too."""
        if self._inbox is not None:
            now = self._clock.now()
            self._inbox.post(TimePassed(now, now))
