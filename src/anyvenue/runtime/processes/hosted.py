"""A driver in a process of its own, seen from the node as if it were here.

Bytes in a pipe are no proof of anything: when the child dies, every order without an answer is UNKNOWN.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import TypeVar, cast, get_args

from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState
from anyvenue.model.errors import AnyvenueError, ConnectivityError, JournalError, NotSent
from anyvenue.model.events import CursorMoved, Event, VenueStateChanged
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, MarketEvent
from anyvenue.model.protocols import Capabilities, Clock, Cursor, Inbox, Snapshot
from anyvenue.runtime.clock import LiveClock
from anyvenue.runtime.journal.codec import decode_value, kind_of
from anyvenue.runtime.processes.conversation import Conversation
from anyvenue.runtime.processes.in_flight import InFlight
from anyvenue.runtime.processes.messages import (
    Alive,
    Failed,
    FromChild,
    Give,
    Hello,
    Listen,
    Resume,
    Said,
    Told,
    Unsent,
    error_of,
    packed,
)
from anyvenue.runtime.processes.pulse import Pulse
from anyvenue.runtime.processes.restarts import Restarts
from anyvenue.runtime.processes.spawning import ENDED, DriverLink, HostOptions, driver_link

__all__ = ["HostedDriver"]

_WITHOUT_SESSION = (DriverState.CLOSED, DriverState.DEGRADED)
_T = TypeVar("_T")
_MARKET = frozenset(get_args(MarketEvent))


class HostedDriver:
    """Implements `Driver` over one in a child process, which is started again when it dies.

    `factory` is "module:callable"; the child calls it with `config`, as keywords or as one argument of bytes. The first
    look at `venue` or `capabilities` starts the child and waits for it.
    """

    def __init__(
        self,
        factory: str,
        config: Mapping[str, object] | bytes = b"",
        *,
        options: HostOptions | None = None,
        clock: Clock | None = None,
        on_output: Callable[[str], None] | None = None,
    ) -> None:
        """Host what `factory` makes; lines that the child prints go to `on_output`."""
        self.restarts = 0
        self.sockets: int | None = None
        self.state = DriverState.CLOSED
        self._reported = DriverState.CLOSED
        self._factory = factory
        self._config = config
        self._options = options or HostOptions()
        self._clock = clock or LiveClock()
        self._on_output = on_output or (lambda _line: None)
        self._hello: Hello | None = None
        self._link: DriverLink | None = None
        self._attached = False
        self._inbox: Inbox | None = None
        self._in_flight = InFlight()
        self._talk = Conversation()
        self._cursors: dict[AccountId, tuple[int, Cursor]] = {}
        self._moved: dict[AccountId, tuple[int, Cursor]] = {}
        self._listening: dict[tuple[InstrumentId, str], None] = {}
        self._restarts = Restarts(self._options)
        self._keeping: asyncio.Task[None] | None = None
        self._ended: asyncio.Queue[str] = asyncio.Queue()
        self._pulse: Pulse | None = None

    # ---- who it is

    @property
    def venue(self) -> VenueId:
        """The venue's name; raise what making the driver raised."""
        return self._introduced().venue

    @property
    def capabilities(self) -> Capabilities:
        """What the venue can do; raise what making the driver raised."""
        return self._introduced().capabilities

    @property
    def pid(self) -> int:
        """The process id of the child, 0 while there is none."""
        return self._link.pid if self._link is not None else 0

    @property
    def in_flight(self) -> int:
        """How many requests have had no answer yet."""
        return len(self._in_flight)

    def _introduced(self) -> Hello:
        if self._hello is None:
            link = self._new_link()
            self._hello = link.start()
            self._link = link
        return self._hello

    def _new_link(self) -> DriverLink:
        return driver_link(self._factory, self._config, self._options)

    # ---- life

    async def open(self, inbox: Inbox) -> None:
        """Start the child and have its driver connect; raise VenueError. Later ends of the child mend themselves."""
        if self._keeping is not None:
            raise ConnectivityError("the driver is open already; close it first")
        self._inbox = inbox
        self._restarts = Restarts(self._options)
        try:
            await self._open_child()
        except BaseException as error:
            how = await self._end_child()
            self._drain_ends()
            self.state = DriverState.CLOSED
            if isinstance(error, ConnectivityError) and error.code == ENDED and how:
                raise ConnectivityError(f"the driver's process ended {how}", code=ENDED) from None
            raise
        self._keeping = asyncio.ensure_future(self._keep_up())

    async def close(self) -> None:
        """Leave the venue and end the child; orders stay as they are. Repeated calls do nothing."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
        if self._attached:
            with suppress(AnyvenueError):
                await self._ask("close", None, type(None), self._options.close_timeout_s)
        await self._end_child()
        if self.state is not DriverState.CLOSED:
            self._enter(DriverState.CLOSED)

    async def _open_child(self) -> None:
        """Have a child with an open driver; what it was told before it is told again."""
        link = self._link
        if link is None:
            self._link = link = self._new_link()
            self._hello = await asyncio.to_thread(link.start)
        self._attached = True
        await link.attach(
            partial(self._on_message, link), partial(self._on_end, link), self._on_output
        )
        self._moved.clear()
        for account, (epoch, cursor) in self._cursors.items():
            link.write(Resume(account, epoch, *cursor, self._in_flight.unsure(account)))
        for instrument, channel in self._listening:
            link.write(Listen(instrument, channel))
        self._pulse = Pulse(link, self._options)
        told = await self._ask("open", None, Capabilities, self._options.call_timeout_s)
        self._hello = Hello(self.venue, told)

    async def _end_child(self, timeout: float = 2.0) -> str:
        """Have no child, and return how the one there was ended."""
        if self._pulse is not None:
            self._pulse.stop()
        link, self._link = self._link, None
        self._attached = False
        if link is None:
            return ""
        link.close()
        try:
            return await asyncio.to_thread(link.reap, timeout)
        except asyncio.CancelledError:
            link.kill()
            raise

    async def _keep_up(self) -> None:
        """Start another child whenever one has ended, until that is hopeless."""
        while True:
            reason = await self._ended.get()
            link = self._link
            lived = monotonic() - link.born if link is not None else 0.0
            how = await self._end_child()
            reason = f"the driver's process ended {how}{f': {reason}' if reason else ''}"
            self._enter(DriverState.DEGRADED, reason)
            self._restarts.ended(lived)
            if not await self._started_again(reason):
                return

    async def _started_again(self, reason: str) -> bool:
        while True:
            if self._restarts.hopeless:
                self._enter(DriverState.CLOSED, f"{self._restarts.verdict}; last, {reason}")
                return False
            await asyncio.sleep(self._restarts.pause())
            self.restarts += 1
            try:
                await self._open_child()
            except AnyvenueError as error:
                reason = await self._failed_again(error)
                continue
            self._say_given_up()
            if self.state is DriverState.DEGRADED and self._reported is DriverState.READY:
                self._enter(DriverState.READY)  # for a driver that does not post its state
            return True

    async def _failed_again(self, error: AnyvenueError) -> str:
        link = self._link
        lived = monotonic() - link.born if link is not None else 0.0
        how = await self._end_child(0.5)
        self._drain_ends()
        if error.code == ENDED:
            self._restarts.ended(lived)
        else:
            self._restarts.failed(error)
        self._say_lost(error.text)
        reason = f"the driver could not be opened again: {error.text} (its process ended {how})"
        self._enter(DriverState.DEGRADED, reason)
        return reason

    def _drain_ends(self) -> None:
        while not self._ended.empty():
            self._ended.get_nowait()

    # ---- what is asked and told

    async def instruments(self) -> list[Instrument]:
        """Return what the venue lists."""
        return await self._ask("instruments", None, list[Instrument])

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return closed bars with start in [start, end), int ns UTC."""
        return await self._ask("history", (instrument, interval, start, end), list[Bar])

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        """Return what the venue says is so, with fills after `since`."""
        found = await self._ask("snapshot", (account, since), Snapshot)
        return self._in_flight.added_to(found)

    async def native(self, name: str, fields: Mapping[str, object]) -> list[dict[str, object]]:
        """Pass a request on in the venue's own words; raise VenueRefused where the driver takes none."""
        return await self._ask("native", (name, fields), list[dict[str, object]])

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Ask for market data, of every child anew; what the driver says against it goes to `on_output`."""
        if (instrument, channel) not in self._listening:
            self._listening[instrument, channel] = None
            if self._attached and self._link is not None:
                self._link.write(Listen(instrument, channel))

    def resume(
        self, account: AccountId, epoch: int, cursor: Cursor, unanswered: Sequence[OrderId] = ()
    ) -> None:
        """Begin an account's events after this place; later children begin where their predecessor was.

        Every child is to find out about `unanswered` orders, and those lost since, until something is heard of them.
        """
        self._cursors[account] = (epoch, cursor)
        self._in_flight.ask_about(account, unanswered)

    def submit(self, command: SubmitOrder) -> None:
        """Give an order to the child; raise NotSent while there is none, or its driver has no session."""
        self.send(command)

    def cancel(self, command: CancelOrder) -> None:
        """Give a cancel to the child; raise NotSent while there is none."""
        self.send(command)

    def modify(self, command: ModifyOrder) -> None:
        """Give a change to the child; raise NotSent while there is none."""
        self.send(command)

    def send(self, command: Command) -> None:
        """Give a command of any kind to the child; raise NotSent while there is none, or it does not read.

        What the driver raises comes as an event: a refusal where that is definite, else the outcome is lost.
        """
        link = self._link
        order_id = getattr(command, "order_id", OrderId(0))
        if link is None or not self._attached or self._keeping is None:
            raise NotSent(
                f"the driver's process is not running ({self.state}); nothing was sent",
                order_id=order_id,
            )
        if isinstance(command, SubmitOrder) and self.state in _WITHOUT_SESSION:
            raise NotSent(
                f"there is no session with the venue ({self.state}); nothing was sent",
                order_id=order_id,
            )
        if not link.write(Give(kind_of(command), packed(command))):
            raise NotSent(
                "the driver's process does not take requests; nothing was sent", order_id=order_id
            )
        self._in_flight.sent(command)
        if isinstance(command, SubmitOrder):
            self._cursors.setdefault(command.request.account, (0, (0, 0)))

    async def _ask(self, what: str, arguments: object, kind: type[_T], timeout: float = 0) -> _T:
        link = self._link if self._attached else None
        wait = timeout or self._options.call_timeout_s
        return await self._talk.ask(link, what, arguments, kind, wait)

    # ---- what comes

    def _on_message(self, link: DriverLink, message: FromChild) -> None:
        if self._talk.in_order(partial(self._on_message, link, message)) or link is not self._link:
            return
        if isinstance(message, Told):
            self._on_told(link, message)
        elif isinstance(message, Alive):
            self._reported, self.sockets = DriverState(message.state), message.sockets
            if self._keeping is None or self.state is not DriverState.DEGRADED:
                self.state = self._reported
        elif isinstance(message, Unsent):
            command = cast(Command, decode_value(message.kind, message.body))
            error = error_of(message.error, message.text, message.code)
            refused = self._in_flight.refused(command, error, self._clock.now())
            if refused is not None:
                self._post(refused)
        elif isinstance(message, Said) or (isinstance(message, Failed) and message.id):
            self._talk.answer(message)
        elif isinstance(message, Failed):
            self._on_output(f"{message.error}: {message.text}")

    def _on_told(self, link: DriverLink, told: Told) -> None:
        try:
            event = cast(Event, decode_value(told.kind, told.body))
        except JournalError as error:
            link.end(f"it sent something that could not be read ({error.text})")
            return
        if type(event) in _MARKET:
            assert self._inbox is not None
            self._inbox.post(event)
            return
        self._post(event)

    def _post(self, event: Event) -> None:
        if isinstance(event, CursorMoved):
            self._moved[event.account] = (event.epoch, (event.day, event.number))
        else:
            # Not before: a child that died between the two would have its successor leave the event out.
            if self._moved:
                self._cursors.update(self._moved)
                self._moved.clear()
            self._in_flight.heard(event)
        if isinstance(event, VenueStateChanged) and event.venue == self.venue:
            if event.state is DriverState.READY:
                self._say_given_up()
            self.state = event.state
        if self._inbox is not None:
            self._inbox.post(event)

    def _enter(self, state: DriverState, reason: str = "") -> None:
        self.state = state
        now = self._clock.now()
        if self._inbox is not None:
            self._inbox.post(VenueStateChanged(self.venue, state, now, now, reason))

    # ---- when it ends

    def _on_end(self, link: DriverLink, reason: str) -> None:
        """What is under way is lost, now; the rest is for `_keep_up`."""
        if self._talk.in_order(partial(self._on_end, link, reason)) or link is not self._link:
            return
        self._attached = False
        self.sockets = None if self.sockets is None else 0
        self.state = DriverState.DEGRADED
        text = f"the driver's process ended{f': {reason}' if reason else ''}"
        self._talk.fail(ConnectivityError(text, code=ENDED))
        self._say_lost(text)
        self._ended.put_nowait(reason)

    def _say_lost(self, reason: str) -> None:
        for event in self._in_flight.lost(self._clock.now(), reason):
            self._post(event)

    def _say_given_up(self) -> None:
        for event in self._in_flight.given_up(self._clock.now()):
            self._post(event)
