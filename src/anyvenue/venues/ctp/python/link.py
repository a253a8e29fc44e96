"""What CTP's client library does beside its API: one connection and one thread of callbacks for one API object."""

import atexit
import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.ctp.counter.seam import Reason, Resume
from anyvenue.venues.ctp.description import Description
from anyvenue.venues.ctp.door.framing import (
    Flag,
    FrameError,
    Frames,
    Head,
    Kind,
    frame,
    write_names,
)
from anyvenue.venues.ctp.door.greeting import (
    Hello,
    Side,
    fingerprint,
    parse_welcome,
    write_hello,
)
from anyvenue.venues.ctp.python.calling import Caller, Deliver
from anyvenue.venues.ctp.python.dialling import Dial, dial, split_address
from anyvenue.venues.ctp.python.flow import Flow
from anyvenue.venues.ctp.python.pace import Pace
from anyvenue.venues.ctp.python.settings import Speaker, read_link_settings
from anyvenue.venues.ctp.python.table import Table, table_of
from anyvenue.venues.ctp.python.wire import Cut, Wire

__all__ = ["NOT_CONNECTED", "Link", "leave_all"]

NOT_CONNECTED = -1
"""What a request returns without a connection, and after Release."""

PRIVATE, PUBLIC = 0, 1
_NO_DAY = "19800100"
_FLOW_FILES = ("Private.con", "Public.con")
_GREETING_S = 10.0
_SLICE_S = 0.5
_NAMES_ROOM = 32 << 10
_MOST_NAMES = 4_096


class _TurnedAway(Exception):
    """The front would not have us."""


class Link:
    """One API object's way to a front; calls may come from any thread and none of them waits for the network.

    The environment variables are the native libraries': ``ANYVENUE_CTP_PACE`` (queries a second instead of what the
    front says, 0 for no limit), ``ANYVENUE_CTP_RECONNECT_MS`` and ``ANYVENUE_CTP_QUIET``.
    """

    def __init__(
        self,
        description: Description,
        side: Side,
        deliver: Deliver,
        flow: str = "",
        *,
        environ: Mapping[str, str] = os.environ,
        way: Dial = dial,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare a link; `flow` is put in front of the names of its files, as CTP does."""
        self.table: Table = table_of(description, side)
        self.front = ""
        self._hello = (side, description.dialect, description.version)
        self._fingerprint = fingerprint(description, side)
        self._caller = Caller(deliver)
        self._flow = flow
        self._way = way
        self._clock = clock
        self._pid = os.getpid()
        self._pace = Pace(clock)
        self._settings = read_link_settings(environ)
        self._speaker = Speaker(self._settings.quiet)
        self._fronts: list[str] = []
        self._flows = (Flow(PRIVATE), Flow(PUBLIC))
        self._state = threading.Condition()
        self._sending = threading.Condition()
        self._wire: Wire | None = None
        self._started = self._stop = self._connected = False
        self._heartbeat_s = 10.0
        self._day = 0
        self._trading_day = _NO_DAY
        _links.add(self)

    # ---- before and after the connection

    def register_front(self, address: str) -> None:
        """Add a front; raise ConfigError for an address that cannot be one."""
        split_address(address)
        with self._state:
            self._fronts.append(address)

    def subscribe_topic(self, topic: int, resume: Resume) -> None:
        """Ask for a stream, before `init`: 0 the private one, 1 the public one."""
        with self._state:
            if not self._started:
                self._flows[topic].open(self._flow + _FLOW_FILES[topic], resume)

    def init(self) -> None:
        """Begin to connect; callbacks come from now on, on a thread of their own."""
        with self._state:
            if self._started or self._stop or self._foreign():
                return
            self._started = True
        for name, work in (("callbacks", self._run), ("sending", self._keep)):
            threading.Thread(target=work, name=f"ctp-{name}", daemon=True).start()

    def join(self) -> int:
        """Return 0 once the link was released; Ctrl-C interrupts it."""
        if self._foreign():
            return 0
        with self._state:
            while not self._stop:
                # Windows sees Ctrl-C only between waits, so there is an end to each.
                self._state.wait(_SLICE_S)
        return 0

    def release(self) -> None:
        """End it: no callback begins after this, and one that runs on another thread is waited for, 2 s at most."""
        if self._foreign():
            # The parent goes on with this connection: it is closed here, not ended.
            if self._wire is not None:
                self._wire.close(end=False)
            self._connected = False
            return
        with self._state:
            self._stop = True
            self._connected = False
            self._state.notify_all()
            with self._sending:
                if self._wire is not None:
                    self._wire.shut()
                self._sending.notify_all()
        self._caller.end()
        if not self._started:
            self._shut_flows()

    def trading_day(self) -> str:
        """Return the day of the login, yyyymmdd; before it what CTP's own library says."""
        return self._trading_day

    @property
    def queries_per_second(self) -> int:
        """How many queries the front lets through; 0 is no limit."""
        return self._pace.per_second

    @property
    def is_connected(self) -> bool:
        """Whether a request would be sent now."""
        return self._connected and not self._foreign()

    # ---- what the program sends

    def request(self, index: int, data: bytes | None, request_id: int) -> int:
        """Send method `index` with a struct; return 0, -1 not connected, -2 or -3 for a query that comes too early."""
        if not self.is_connected:
            return NOT_CONNECTED
        if self.table.requests[index].is_query:
            code = self._pace.ask(request_id)
            if code:
                return code
        flags = Flag.DATA if data is not None else 0
        made = frame(Kind.REQUEST, data or b"", flags=flags, index=index, number=request_id)
        return self._send(made)

    def names(self, index: int, codes: Sequence[str], letter: str = "") -> int:
        """Send method `index` with a list of codes, in as many frames as they take; return 0 or -1."""
        if not self.is_connected:
            return NOT_CONNECTED
        room = 0
        some: list[str] = []
        for code in codes:
            size = len(code.encode("gb18030")) + 1
            if room + size > _NAMES_ROOM or len(some) == _MOST_NAMES:
                if self._send(write_names(index, some, letter)):
                    return NOT_CONNECTED
                room, some = 0, []
            some.append(code)
            room += size
        return self._send(write_names(index, some, letter))

    def _send(self, made: bytes) -> int:
        wire = self._wire
        return 0 if wire is not None and wire.send(made) else NOT_CONNECTED

    def _foreign(self) -> bool:
        """Tell whether this process was forked off the one that made the link: threads stay with the parent."""
        return os.getpid() != self._pid

    # ---- the second thread: heartbeats, and what did not go at once; callbacks may block meanwhile

    def _keep(self) -> None:
        beat = self._clock()
        with self._sending:
            while not self._stop:
                every = self._heartbeat_s / 3
                wire = self._wire
                self._sending.wait(0.002 if wire is not None and wire.pending else every)
                wire = self._wire
                if wire is None:
                    continue
                wire.flush()
                if self._clock() - beat < every:
                    continue
                beat = self._clock()
                if self._connected and not wire.sent and not wire.pending:
                    wire.send(frame(Kind.HEARTBEAT))
                wire.sent = False

    # ---- the thread of the connection and of all callbacks

    def _run(self) -> None:
        turn = 0
        while not self._stop:
            fronts = list(self._fronts)
            for _ in fronts:
                if self._stop or self._meet(fronts[turn % len(fronts)]):
                    # After a conversation the same front is tried first.
                    break
                turn += 1
            with self._state:
                self._state.wait_for(lambda: self._stop, self._settings.reconnect_s)
        self._shut_flows()

    def _meet(self, address: str) -> bool:
        """Connect and talk until the connection ends; return False when there was nobody."""
        try:
            made = self._way(address, self._hello[1])
        except OSError:
            return False
        except AnyvenueError as error:
            self._speaker.say(error.text)
            return False
        self.front = address
        wire = Wire(made, self._sending)
        with self._sending:
            self._wire = wire
        try:
            reason = self._converse(wire)
        except _TurnedAway:
            return False
        finally:
            was_connected, self._connected = self._connected, False
            with self._sending:
                self._wire = None
            wire.close()
        if was_connected:
            self._caller.call(self.table.disconnected, number=reason)
        return was_connected

    def _converse(self, wire: Wire) -> int:
        """Deliver what comes until the connection ends; return why."""
        wishes = tuple(wish for flow in self._flows if (wish := flow.wish()) is not None)
        side, dialect, version = self._hello
        wire.send(write_hello(Hello(side, dialect, version, self._fingerprint, wishes)))
        frames = Frames()
        heard = self._clock()
        while not self._stop:
            try:
                data = wire.read(_SLICE_S)
                now = self._clock()
                if data:
                    heard = now
                    for head in frames.feed(data):
                        reason = self._take(head)
                        if reason:
                            return reason
                elif now - heard > (3 * self._heartbeat_s if self._connected else _GREETING_S):
                    return Reason.HEARTBEAT_RECEIVE
            except FrameError:
                return Reason.BAD_PACKET
            except Cut:
                return Reason.WRITE if wire.write_failed else Reason.READ
        return Reason.READ

    def _take(self, head: Head) -> int:
        """Deal with one frame; return the reason to end, 0 to go on."""
        if head.kind == Kind.ANSWER:
            self._answer(head)
        elif head.kind == Kind.WELCOME:
            self._welcome(head)
        elif head.kind == Kind.REFUSED:
            why = head.body.partition(b"\0")[0].decode("utf-8", "replace")
            self._speaker.say(f"the front {self.front} turned this program away: {why}")
            raise _TurnedAway
        elif head.kind == Kind.BYE:
            return head.number or Reason.READ
        return Reason.READ if self._stop else 0

    def _welcome(self, head: Head) -> None:
        welcome = parse_welcome(head)
        self._day = welcome.trading_day
        wanted = self._settings.pace
        if wanted >= 0:
            self._pace.set(wanted, welcome.queries_in_flight if wanted else 0)
        else:
            self._pace.set(welcome.queries_per_second, welcome.queries_in_flight)
        with self._sending:
            self._heartbeat_s = max(0.03, welcome.heartbeat_ms / 1_000)
            self._connected = not self._stop
            self._sending.notify_all()
        self._caller.call(self.table.connected)

    def _answer(self, head: Head) -> None:
        callbacks = self.table.callbacks
        if not self._connected or not 0 <= head.index < len(callbacks):
            raise FrameError(f"callback {head.index} of {len(callbacks)} was called")
        callback = callbacks[head.index]
        data, info = callback.parts(head)
        last = bool(head.flags & Flag.LAST)
        if last and (callback.is_query or callback.is_error):
            self._pace.answered(head.number, callback.is_query)
        logged_in = callback.is_login and not (info and int.from_bytes(info[:4], "little"))
        another_day = head.day != self._day and self._trading_day != _NO_DAY
        if logged_in or another_day:
            self._day = head.day or self._day
            self._trading_day = f"{self._day:08d}"
        # Counted only afterwards: a program that dies in its callback is told again.
        told = partial(self._count, head)
        self._caller.call(callback, data, info, head.number, last, told)

    def _count(self, head: Head) -> None:
        if head.flags & (Flag.PRIVATE | Flag.PUBLIC):
            topic = PRIVATE if head.flags & Flag.PRIVATE else PUBLIC
            self._flows[topic].received(head.day, head.count)

    def _shut_flows(self) -> None:
        for flow in self._flows:
            flow.shut()


_links: weakref.WeakSet[Link] = weakref.WeakSet()


@atexit.register
def leave_all() -> None:
    """Call nobody back any more: the program ends."""
    for link in list(_links):
        link._caller.silence()
