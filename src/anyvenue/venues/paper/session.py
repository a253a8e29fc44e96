"""One client's connection, seen from the server: frames in, answers out, and never an exception beyond it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import msgspec

from anyvenue.model.errors import AnyvenueError, AuthError, UnknownOrder
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.venues.paper.administration import ADMINISTRATION
from anyvenue.venues.paper.answers import answer
from anyvenue.venues.paper.checks import LONGEST_REF, check_number, check_order, check_ref
from anyvenue.venues.paper.framing import FrameError, Frames, framed
from anyvenue.venues.paper.outbox import Outbox
from anyvenue.venues.paper.wire import (
    VERSION,
    Act,
    AdminLogin,
    Answer,
    Ask,
    Cancel,
    ChangePassword,
    ClientMessage,
    Done,
    Fault,
    Hello,
    LoggedIn,
    Login,
    Modify,
    Ping,
    Pong,
    Refused,
    Submit,
    Subscribe,
    Welcome,
    decode_client,
    decode_command,
    encode,
    packed,
)

if TYPE_CHECKING:
    from anyvenue.venues.paper.server import ExchangeServer

__all__ = ["Session"]

_MOST_WAITING = 10_000


class Session(asyncio.Protocol):
    """Answers one client. `account` is set once it is logged in, `admin` once it administers.

    `number` rises from connection to connection.
    """

    def __init__(self, server: "ExchangeServer") -> None:
        """Wait for the connection."""
        self.account = AccountId("")
        self.name = ""
        self.admin = False
        self.place = ""
        self.closed = False
        self.number = 0
        self.server = server
        self._greeted = False
        self._frames = Frames(server.terms.longest_frame)
        self._waiting: deque[bytes] = deque()
        self._busy: asyncio.Future[None] | None = None
        self._impatience: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self.outbox: Outbox

    # ---- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen, for a while, to whoever it is."""
        loop = asyncio.get_running_loop()
        # Said, not checked: another loop's transports are of no class of asyncio's.
        transport = self._transport = cast(asyncio.Transport, transport)
        self.place = str((transport.get_extra_info("peername") or ("local",))[0])
        self.outbox = Outbox(transport, loop, self._too_slow, self.server.terms.longest_wait)
        if self.server.joined(self):
            patience = self.server.terms.patience_s
            self._impatience = loop.call_later(
                patience, self.cut, "session.silent", f"no login within {patience:g} seconds"
            )

    def data_received(self, data: bytes) -> None:
        """Answer what came, in order."""
        if self.closed:
            return
        try:
            frames = self._frames.feed(data)
        except FrameError as error:
            self.cut(error.code, error.text)
            return
        self._waiting.extend(frames)
        if len(self._waiting) > _MOST_WAITING:
            self.cut("session.flood", f"{len(self._waiting)} requests are waiting")
        self._work()

    def pause_writing(self) -> None:
        """Send ticks no more until the client has read."""
        self.outbox.pause()

    def resume_writing(self) -> None:
        """Send again."""
        self.outbox.resume()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._end()

    def cut(self, code: str, text: str) -> None:
        """Say why and end the connection; what was written before still goes out."""
        if self.closed or self._transport is None:
            return
        self.outbox.flush()
        if not self._transport.is_closing():
            self._transport.write(framed(encode(Fault(code, text))))
            self._transport.close()
        self._end()

    def _too_slow(self, why: str) -> None:
        # What waits would keep the connection open for as long as the client likes.
        transport = self._transport
        self._end()
        if transport is not None:
            transport.abort()
        self.server.note(f"{self.account or self.place} was cut: {why}")

    def _end(self) -> None:
        if not self.closed:
            self.closed = True
            self._waiting.clear()
            self.outbox.close()
            if self._impatience is not None:
                self._impatience.cancel()
            self.server.left(self)

    # ---- requests

    def _work(self) -> None:
        """Answer what waits, until something takes time."""
        while self._waiting and self._busy is None and not self.closed:
            frame = self._waiting.popleft()
            try:
                message = decode_client(frame)
            except (
                msgspec.DecodeError,
                UnicodeDecodeError,
                RecursionError,
                ArithmeticError,
            ) as error:
                self.cut("session.malformed", f"a message could not be read: {str(error)[:200]}")
                return
            self._answer(message)

    def _answer(self, message: ClientMessage) -> None:
        if isinstance(message, Hello):
            self._greet(message)
        elif not self._greeted:
            self.cut("session.no_hello", "the first message must be a Hello")
        else:
            self._attempt(message)

    def _attempt(self, message: Any) -> None:
        kind = type(message)
        try:
            if kind in _TRADING:
                if not self.account:
                    raise AuthError("log in to an account first")
                _TRADING[kind](self, message)
            elif kind in ADMINISTRATION:
                if not self.admin:
                    raise AuthError("administration needs an AdminLogin first")
                self._take_time(message, ADMINISTRATION[kind](self, message))
            elif kind is Ping:
                self.outbox.send(Pong(message.id, self.server.keeper.now))
            elif kind is AdminLogin:
                self.server.check_admin(self, message.token)
                self._admitted()
                self.admin = True
                self.outbox.send(Done(message.id))
            else:
                self._take_time(message, self._log_in(message))
        except Exception as error:
            self.refuse(message.id, error)

    def refuse(self, request: int, error: Exception) -> None:
        """Answer a request with what went wrong."""
        if isinstance(error, AnyvenueError):
            known = error.fields.get("order_id", 0)
            order_id = OrderId(known if isinstance(known, int) else 0)
            self.outbox.send(Refused(request, error.code, error.text, order_id))
        else:
            self.server.note(f"a request of {self.account or self.place} failed: {error!r}")
            text = f"the exchange could not do that: {type(error).__name__}"
            self.outbox.send(Refused(request, "error", text))

    def _take_time(self, message: Any, doing: Awaitable[None]) -> None:
        """Let something run beside the loop's other work; the client's next requests wait for it."""

        async def run() -> None:
            try:
                await doing
            except Exception as error:
                if not self.closed:
                    self.refuse(message.id, error)
            finally:
                self._busy = None
                self._work()

        self._busy = asyncio.ensure_future(run())

    # ---- who it is

    def _greet(self, hello: Hello) -> None:
        if hello.version != VERSION:
            text = f"version {hello.version} was spoken; this server speaks {VERSION}"
            self.cut("session.version", text)
            return
        try:
            self.server.check_token(self, hello.token)
        except AnyvenueError as error:
            self.cut(error.code, error.text)
            return
        self._greeted = True
        self.outbox.send(Welcome(VERSION, self.server.terms.name, self.server.keeper.now))

    async def _log_in(self, login: Login) -> None:
        if self.account:
            raise AuthError(f"{self.account} is logged in already; open another connection")
        check_ref(login.session, "session")
        await self.server.check_password(self, login.account, login.password)
        if self.closed:
            return
        self.server.check_newest(self, login.account, login.session)
        self._admitted()
        self.account, self.name = login.account, login.session
        epoch = self.server.seat(self)
        resumed = login.epoch in (0, epoch)
        cursor = (login.day, login.number) if resumed else (0, 0)
        known = self.server.known(self.account, self.name, login.pending)
        self.outbox.send(LoggedIn(login.id, epoch, resumed, known))
        missed = self.server.missed(self.account, cursor)
        last = (missed[-1].day, missed[-1].number) if missed else cursor
        self.outbox.catch_up(missed, last)

    async def _change_password(self, change: ChangePassword) -> None:
        await self.server.check_password(self, self.account, change.old)
        await self.server.set_password(self.account, change.new)
        self.outbox.send(Done(change.id))

    def _admitted(self) -> None:
        if self._impatience is not None:
            self._impatience.cancel()
            self._impatience = None

    # ---- trading

    def _submit(self, submit: Submit) -> None:
        self.server.check_rate(self)
        check_ref(submit.ref)
        check_order(self.account, submit.request)
        order_id = self.server.broker.submit(self.account, submit.request, submit.ref, self.name)
        self.outbox.send(Done(submit.id, order_id))

    def _cancel(self, cancel: Cancel) -> None:
        self.server.check_rate(self, takes_back=True)
        self.server.broker.cancel(self.account, self._order(cancel.order_id, cancel.ref))
        self.outbox.send(Done(cancel.id))

    def _modify(self, change: Modify) -> None:
        self.server.check_rate(self)
        check_number("quantity", change.quantity)
        check_number("price", change.price)
        order_id = self._order(change.order_id, change.ref)
        self.server.broker.modify(self.account, order_id, change.quantity, change.price)
        self.outbox.send(Done(change.id))

    def _act(self, act: Act) -> None:
        command = decode_command(act.kind, act.body)
        if command.account != self.account:
            raise AuthError(
                f"the command is for {command.account!r}; {self.account!r} is logged in"
            )
        for name in ("quantity", "leverage", "amount"):
            check_number(name, getattr(command, name, None))
        self.server.keeper.execute(command)
        self.outbox.send(Done(act.id))

    def _subscribe(self, subscribe: Subscribe) -> None:
        self.server.watch(self, subscribe.instrument)
        self.outbox.send(Done(subscribe.id))
        self.server.show_latest(self, subscribe.instrument)

    def _ask(self, ask: Ask) -> None:
        found = answer(self.server.broker, self.server.keeper, self.account, ask)
        self.outbox.send(Answer(ask.id, packed(found)))

    def _order(self, order_id: OrderId, ref: str) -> OrderId:
        found = order_id or self.server.keeper.order_of(self.account, self.name, ref)
        if not found:
            raise UnknownOrder(f"there is no order {ref[:LONGEST_REF]!r} of this session")
        return found


_TRADING: dict[type, Callable[[Session, Any], None]] = {
    Submit: Session._submit,
    Cancel: Session._cancel,
    Modify: Session._modify,
    Act: Session._act,
    Subscribe: Session._subscribe,
    Ask: Session._ask,
    ChangePassword: lambda self, message: self._take_time(message, self._change_password(message)),
}
