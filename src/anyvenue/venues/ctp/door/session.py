"""One client's connection, seen from the server: frames in, answers out, and never an exception beyond it."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.ctp.counter.seam import Answer, MdSession, Reason, Topic, TraderSession
from anyvenue.venues.ctp.description import Layout, Value
from anyvenue.venues.ctp.dialects.serving import Speaker
from anyvenue.venues.ctp.dialects.words import OwnAnswer
from anyvenue.venues.ctp.door.framing import (
    Flag,
    FrameError,
    Frames,
    Head,
    Kind,
    frame,
    parse_names,
)
from anyvenue.venues.ctp.door.greeting import (
    Hello,
    Side,
    Welcome,
    parse_hello,
    write_welcome,
)
from anyvenue.venues.ctp.door.outbox import Outbox
from anyvenue.venues.ctp.door.waiting import Waiting

if TYPE_CHECKING:
    from anyvenue.venues.ctp.door.packing import Packer
    from anyvenue.venues.ctp.door.server import NativeDoor

__all__ = ["Connection"]

_TOPICS = (Topic.PRIVATE, Topic.PUBLIC)
_QUOTE = "OnRtnDepthMarketData"
_TURN = 64
_FAILED = (5002, "CTP:系统忙")

_LISTS = {
    "SubscribeMarketData": "subscribe",
    "SubMarketData": "subscribe",
    "UnSubscribeMarketData": "unsubscribe",
    "UnSubMarketData": "unsubscribe",
    "SubscribeForQuoteRsp": "subscribe_for_quote",
    "UnSubscribeForQuoteRsp": "unsubscribe_for_quote",
}
"""What a method with a list of codes asks of a market data session; others are passed over."""

Requests = Sequence[tuple[str, Layout | None]]


class Connection(asyncio.Protocol):
    """Answers one client; it is the counter's `Door`."""

    def __init__(self, server: "NativeDoor") -> None:
        """Wait for the connection."""
        self.closed = False
        self.place = ""
        self.heard = True
        self.hello: Hello | None = None
        self.outbox: Outbox
        self._server = server
        self._frames = Frames()
        self._transport: asyncio.Transport
        self._loop = asyncio.get_running_loop()
        self._patience: asyncio.TimerHandle | None = None
        self._session: TraderSession | MdSession | None = None
        self._packer: Packer
        self._requests: Requests = ()
        self._confirms = True
        self._speaker: Speaker | None = None
        self._waiting: Waiting | None = None
        self._backlog: deque[Head] = deque()
        self._busy = False

    # ---- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen, for a while, to whoever it is."""
        # Said, not checked: another loop's transports are of no class of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername") or ("local", 0)
        self.place = f"{peer[0]}:{peer[1]}"
        terms = self._server.terms
        self.outbox = Outbox(
            self._transport, self._loop, self._too_slow, terms.longest_wait, terms.stalled_s
        )
        if self._server.joined(self):
            self._patience = self._loop.call_later(
                terms.patience_s, self._refuse, "no greeting arrived in time"
            )

    def data_received(self, data: bytes) -> None:
        """Deal with what came, in order."""
        if self.closed:
            return
        self.heard = True
        try:
            self._backlog.extend(self._frames.feed(data))
        except FrameError as error:
            self._bad(error.text)
            return
        if not self._busy:
            self._work()

    def pause_writing(self) -> None:
        """Keep quotes until the client has read."""
        self.outbox.pause()

    def resume_writing(self) -> None:
        """Send the quotes that were kept."""
        self.outbox.resume()
        for quote in self.outbox.kept():
            self.answer(quote)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._end()

    # ---- the counter's door

    def answer(self, answer: Answer) -> None:
        """Send one callback."""
        if self.closed:
            return
        if answer.callback == _QUOTE and self.outbox.paused and answer.fields is not None:
            self.outbox.keep(str(answer.fields.get("InstrumentID", "")), answer)
            return
        if answer.callback == "OnRspUserLogin" and not self._confirms:
            self._loop.call_soon(self._confirm, answer)
        if self._speaker is not None and type(answer) is not OwnAnswer:
            before = self._speaker.went_well(answer)
            if before is not None:
                self.answer(before)
        try:
            made = self._packer.frame(answer, self._server.trading_day)
        except (TypeError, ValueError, OverflowError) as error:
            self._server.note(f"{answer.callback} could not be written: {error}")
            return
        if made:
            self.outbox.put(made)

    def cut(self, reason: Reason) -> None:
        """Tell the client why and end the connection, once what was answered has been written."""
        self._finish(frame(Kind.BYE, number=int(reason)))

    # ---- its end

    def beat(self) -> None:
        """Send a heartbeat if nothing else was sent; cut a client that was not heard since the last call."""
        if not self.heard:
            self.cut(Reason.HEARTBEAT_RECEIVE)
            return
        self.heard = False
        if self.outbox.quiet and not self.outbox.paused:
            self.outbox.put(frame(Kind.HEARTBEAT))
        self.outbox.quiet = True

    def _refuse(self, why: str) -> None:
        self._server.note(f"{self.place} was refused: {why}")
        self._finish(frame(Kind.REFUSED, why.encode()[:1_000]))

    def _bad(self, why: str) -> None:
        if self.hello is None:
            self._refuse(why)
        else:
            self._server.note(f"{self.place} was cut: {why}")
            self.cut(Reason.BAD_PACKET)

    def _finish(self, last: bytes) -> None:
        if self.closed:
            return
        self.outbox.put(last)
        self.outbox.flush()
        self._transport.close()
        # A client that reads nothing would keep what waits for it for ever.
        self._loop.call_later(self._server.terms.patience_s, self._transport.abort)
        self._end()

    def _too_slow(self, why: str) -> None:
        self._end()
        self._transport.abort()
        self._server.note(f"{self.place} was cut: {why}")

    def _end(self) -> None:
        if self.closed:
            return
        self.closed = True
        if self._patience is not None:
            self._patience.cancel()
        self._backlog.clear()
        if self._waiting is not None:
            self._waiting.close()
        self.outbox.close()
        self._server.left(self)
        if self._session is not None:
            self._session.close()

    # ---- requests

    def _work(self) -> None:
        """Take some frames, then let the others have their turn."""
        self._busy = False
        for _ in range(_TURN):
            if not self._backlog or self.closed:
                return
            self._guarded(self._take, self._backlog.popleft())
        self._busy = True
        self._loop.call_soon(self._work)

    def _guarded(self, act: Callable[[Head], None], head: Head) -> None:
        try:
            act(head)
        except FrameError as error:
            self._bad(error.text)
        except Exception as error:
            # One client's request must not end the service of the others, and a query that is never answered would
            # keep its library from asking another one.
            said = error.text if isinstance(error, AnyvenueError) else repr(error)
            self._server.note(f"a request of {self.place} failed: {said}")
            if head.kind == Kind.REQUEST:
                self.answer(Answer("OnRspError", None, _FAILED, head.number))

    def _take(self, head: Head) -> None:
        if self.hello is None:
            self._greet(parse_hello(head))
        elif head.kind == Kind.REQUEST:
            self._request(head)
        elif head.kind == Kind.NAMES:
            self._names(head)
        elif head.kind != Kind.HEARTBEAT:
            raise FrameError(f"a frame of kind {head.kind} came from a client")

    def _greet(self, hello: Hello) -> None:
        face = self._server.face(hello)
        self.hello, self._packer, self._requests = hello, face.packer, face.requests
        self._confirms = face.confirms
        self._speaker = Speaker(face.dialect) if face.dialect is not None else None
        if self._patience is not None:
            self._patience.cancel()
        counter, terms = self._server.counter, self._server.terms
        is_trader = hello.side is Side.TRADER
        self.outbox.put(
            write_welcome(
                Welcome(
                    self._server.trading_day,
                    int(terms.heartbeat_s * 1_000),
                    terms.queries_per_second if is_trader else 0,
                    terms.queries_in_flight if is_trader else 0,
                    terms.name,
                )
            )
        )
        if is_trader:
            session = self._session = counter.trader(self, self.place)
            for wish in hello.wishes:
                if wish.topic < len(_TOPICS):
                    session.subscribe(_TOPICS[wish.topic], wish.resume, wish.after, wish.day)
        else:
            self._session = counter.md(self, self.place)
        self._waiting = Waiting(self._session, self._loop)

    def _confirm(self, login: Answer) -> None:
        """Confirm the statement for a user whose API has no word for it; the answer finds no callback there."""
        if self.closed or self._session is None or not login.fields or (login.error or (0,))[0]:
            return
        fields = {
            "BrokerID": login.fields.get("BrokerID", ""),
            "InvestorID": login.fields.get("UserID", ""),
        }
        self._session.request("ReqSettlementInfoConfirm", fields, 0)

    def _request(self, head: Head) -> None:
        if not 0 <= head.index < len(self._requests):
            raise FrameError(f"method {head.index} was called; there are {len(self._requests)}")
        name, layout = self._requests[head.index]
        if not name.startswith("Req"):
            raise FrameError(f"{name} was called as a request")
        fields: dict[str, Value] = {}
        if layout is not None and head.flags & Flag.DATA:
            if head.length != layout.size or len(head.body) < layout.size:
                raise FrameError(f"{name} came with {head.length} bytes, has {layout.size}")
            fields = layout.unpack(head.body[: head.length])
        assert self._waiting is not None
        if self._speaker is not None:
            asked = self._speaker.request(name, fields, head.number)
            if asked is None:
                self.answer(self._speaker.face.refused(name, fields, head.number))
                return
            name, fields = asked
        self._waiting.ask((name, fields, head.number))

    def _names(self, head: Head) -> None:
        names = parse_names(head)
        if not 0 <= head.index < len(self._requests):
            raise FrameError(f"method {head.index} was called; there are {len(self._requests)}")
        method = self._requests[head.index][0]
        if self.hello is not None and self.hello.side is Side.MD:
            session = cast(MdSession, self._session)
            act = _LISTS.get(self._speaker.listed(method) if self._speaker else method)
            if act is not None:
                getattr(session, act)(names)
            elif self._speaker is not None:
                for each in self._speaker.face.not_subscribed(method, names, chr(head.flags)):
                    self.answer(each)
