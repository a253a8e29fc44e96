"""A real CTP front in the place of a counter: requests to a library, its callbacks as answers.

The library's threads only put a callback into a queue and wake the loop; structs are parsed on the loop's thread.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import count

from anyvenue.model.errors import VenueRefused
from anyvenue.venues.ctp.counter.seam import Answer, Door, Fields, Reason, Resume, Topic
from anyvenue.venues.ctp.description import Layout
from anyvenue.venues.ctp.native.seam import Called, LibrarySession, OnCalled

__all__ = ["FrontDoors", "OpenSession"]

OpenSession = Callable[[OnCalled, str], LibrarySession]
"""Makes a library's API object that posts its callbacks; the text names the folder of its flow files."""

_MOST_WAITING = 1_000
_NOT_CONNECTED, _TOO_MANY = -1, -2


class FrontDoors:
    """Implements `seam.CounterDoors` over a library; call it on the loop's thread."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        trader: tuple[OpenSession, Sequence[str]],
        md: tuple[OpenSession, Sequence[str]],
    ) -> None:
        """Open sessions with the first of each pair, at the fronts of the second."""
        self._loop = loop
        self._trader = trader
        self._md = md
        self._day = 0
        self._flows: set[str] = set()
        self._closing: dict[str, asyncio.Future[None]] = {}

    @property
    def trading_day(self) -> int:
        """The trading day of the last login, 0 before."""
        return self._day

    def trader(self, door: Door, address: str) -> "FrontSession":
        """Begin a trader session; it connects with the first request."""
        return FrontSession(self, self._loop, self._trader, door)

    def md(self, door: Door, address: str) -> "FrontMdSession":
        """Begin a market data session."""
        return FrontMdSession(self, self._loop, self._md, door)

    # ---- for sessions

    def learn_day(self, day: str) -> None:
        """Hear of a login's trading day."""
        if day.isdecimal():
            self._day = int(day)

    def take_flow(self, kind: str, user: str, begin: Callable[[str], None]) -> None:
        """Call `begin` with a name for a session's flow files: the user's, and no other open session's.

        Where the session that had it is being released, `begin` is called when that is done.
        """
        bare = kind + "".join(each if each.isalnum() else "_" for each in user[:40])
        names = (bare if number == 1 else f"{bare}-{number}" for number in count(1))
        name = next(each for each in names if each not in self._flows)
        self._flows.add(name)
        closing = self._closing.get(name)
        if closing is None:
            begin(name)
        else:
            closing.add_done_callback(lambda _done: begin(name))

    def free_flow(self, name: str) -> None:
        """Hear that nobody opened a session with these files."""
        self._flows.discard(name)

    def release(self, name: str, session: LibrarySession) -> None:
        """Release a library's object, which may wait for its threads: not on this one."""
        self._flows.discard(name)
        closing = self._loop.run_in_executor(None, session.close)
        self._closing[name] = closing
        closing.add_done_callback(lambda done: self._released(name, done))

    def _released(self, name: str, done: "asyncio.Future[None]") -> None:
        if self._closing.get(name) is done:
            del self._closing[name]


class FrontSession:
    """Implements `seam.TraderSession`. What is asked before the front answers waits for it.

    A lost front ends the session (`Door.cut`), though the library would reconnect: who uses it begins another, and so
    there is one way back only. The streams go on where the library's flow files say that they ended.
    """

    kind = "td"

    def __init__(
        self,
        doors: FrontDoors,
        loop: asyncio.AbstractEventLoop,
        front: tuple[OpenSession, Sequence[str]],
        door: Door,
    ) -> None:
        """Answer at `door`."""
        self._doors = doors
        self._loop = loop
        self._front = front
        self._door = door
        self._flow = ""
        self._wanted = {Topic.PRIVATE: Resume.NONE, Topic.PUBLIC: Resume.NONE}
        self._session: LibrarySession | None = None
        self._begun = self._connected = self._closed = False
        self._waiting: deque[Callable[[], int]] = deque()
        self._inbox: deque[Called] = deque()
        self._woken = False
        self._callbacks: dict[str, Layout | None] = {}

    # ---- seam.TraderSession

    def subscribe(self, topic: Topic, resume: Resume, after: int = 0, trading_day: int = 0) -> None:
        """Ask for a stream; the library itself knows where it ended."""
        self._wanted[topic] = resume

    def request(self, name: str, fields: Fields, request_id: int) -> int:
        """Call the library; return its code."""
        self._begin(str(fields.get("UserID", "")))
        return self._call(partial(self._request, name, fields, request_id))

    def close(self) -> None:
        """Release the library's object; nothing is answered any more."""
        if not self._closed:
            self._closed = True
            session, self._session = self._session, None
            self._waiting.clear()
            if session is not None:
                self._doors.release(self._flow, session)

    # ---- inside

    def _request(self, name: str, fields: Fields, number: int) -> int:
        assert self._session is not None
        try:
            return self._session.request(name, fields, number)
        except VenueRefused as refused:
            error = (_NOT_CONNECTED, refused.text)
            self._loop.call_soon(self._door.answer, Answer("OnRspError", None, error, number))
            return 0

    def _begin(self, user: str = "") -> None:
        if not self._begun:
            self._begun = True
            self._doors.take_flow(self.kind, user, self._open)

    def _open(self, flow: str) -> None:
        if self._closed:
            self._doors.free_flow(flow)
            return
        opened, fronts = self._front
        self._flow = flow
        session = self._session = opened(self._post, flow)
        wanted = [int(each) for each in self._wanted.values()]
        session.start(list(fronts), *wanted)

    def _call(self, call: Callable[[], int]) -> int:
        if self._closed:
            return _NOT_CONNECTED
        if self._connected:
            return call()
        if len(self._waiting) >= _MOST_WAITING:
            return _TOO_MANY
        self._waiting.append(call)
        return 0

    def _post(self, called: Called) -> None:
        """Take a callback on the library's thread."""
        self._inbox.append(called)
        if not self._woken:
            self._woken = True
            # Where the loop has ended nobody listens.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._woken = False
        inbox = self._inbox
        while inbox:
            called = inbox.popleft()
            if not self._closed:
                self._take(called)

    def _take(self, called: Called) -> None:
        if called.callback == "OnFrontConnected":
            self._connected = True
            waiting, self._waiting = self._waiting, deque()
            for call in waiting:
                call()
        elif called.callback == "OnFrontDisconnected":
            self._lose(called.number)
        elif called.callback != "OnHeartBeatWarning":
            self._door.answer(self._answer(called))

    def _lose(self, reason: int) -> None:
        self.close()
        known = reason in Reason._value2member_map_
        self._door.cut(Reason(reason) if known else Reason.READ)

    def _answer(self, called: Called) -> Answer:
        callback = called.callback
        layout = self._known(callback)
        fields = (
            layout.unpack(called.data) if layout is not None and called.data is not None else None
        )
        error = None
        if called.error is not None:
            assert self._session is not None
            info = self._session.description.layout("RspInfo").unpack(called.error)
            error = (int(info["ErrorID"]), str(info["ErrorMsg"]))
        if callback == "OnRspUserLogin" and fields is not None:
            self._doors.learn_day(str(fields.get("TradingDay", "")))
        dialog = callback.startswith("OnRsp")
        topic = Topic.DIALOG if dialog else Topic.PRIVATE
        return Answer(
            callback, fields, error, called.number if dialog else 0, called.is_last, topic
        )

    def _known(self, callback: str) -> Layout | None:
        """Return the struct that a callback carries."""
        if callback not in self._callbacks:
            assert self._session is not None
            description = self._session.description
            methods = description.md_callbacks if self.kind == "md" else description.callbacks
            struct = methods[callback].struct
            self._callbacks[callback] = description.layout(struct) if struct else None
        return self._callbacks[callback]


class FrontMdSession(FrontSession):
    """Implements `seam.MdSession`."""

    kind = "md"

    def subscribe(self, instruments: Sequence[str]) -> int:  # type: ignore[override]
        """Begin the quotes of instruments."""
        return self._list("SubscribeMarketData", instruments)

    def unsubscribe(self, instruments: Sequence[str]) -> int:
        """End them."""
        return self._list("UnSubscribeMarketData", instruments)

    def subscribe_for_quote(self, instruments: Sequence[str]) -> int:
        """Begin the for-quote notices."""
        return self._list("SubscribeForQuoteRsp", instruments)

    def unsubscribe_for_quote(self, instruments: Sequence[str]) -> int:
        """End them."""
        return self._list("UnSubscribeForQuoteRsp", instruments)

    def _list(self, method: str, instruments: Sequence[str]) -> int:
        self._begin()
        return self._call(partial(self._subscribe, method, instruments))

    def _subscribe(self, method: str, instruments: Sequence[str]) -> int:
        assert self._session is not None
        return self._session.subscribe(method, instruments)
