"""A client's connection to the server: messages out, answers to whom they belong, everything else to its owner."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import msgspec

from anyvenue.model.errors import AnyvenueError, ConnectivityError, VenueRefused
from anyvenue.venues.paper.framing import FrameError, Frames, framed
from anyvenue.venues.paper.wire import (
    VERSION,
    Answer,
    ClientMessage,
    Done,
    Fault,
    Hello,
    LoggedIn,
    Pong,
    Refused,
    ServerMessage,
    Welcome,
    decode_server,
    encode,
)

if TYPE_CHECKING:
    import ssl

__all__ = ["Connection", "connect", "refusal"]

_LONGEST_FRAME = 64 << 20

Reply = Done | LoggedIn | Answer | Pong


class Connection(asyncio.Protocol):
    """Made by `connect`. `fault` is what the server said when it ended the connection, None before."""

    def __init__(
        self, on_message: Callable[[ServerMessage], None], on_lost: Callable[["Connection"], None]
    ) -> None:
        """Give what nobody has asked for to `on_message`; call `on_lost` when the connection has ended."""
        self.fault: AnyvenueError | None = None
        self.heard = True
        self.welcome: asyncio.Future[Welcome] = asyncio.get_running_loop().create_future()
        self._on_message = on_message
        self._on_lost = on_lost
        self._frames = Frames(_LONGEST_FRAME)
        self._asked: dict[int, asyncio.Future[Reply]] = {}
        self._holding: set[int] = set()
        self._held: list[ServerMessage] | None = None
        self._last_id = 0
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        """Whether what is sent now may still leave this machine."""
        return self._transport is not None and not self._transport.is_closing()

    def next_id(self) -> int:
        """Return the id for the next request."""
        self._last_id += 1
        return self._last_id

    def send(self, message: ClientMessage) -> None:
        """Send a message; raise ConnectivityError, with nothing sent, when the connection has ended."""
        transport = self._transport
        if transport is None or transport.is_closing():
            raise ConnectivityError("the connection to the exchange has ended; nothing was sent")
        transport.write(framed(encode(message)))

    async def ask(
        self, request: int, message: ClientMessage, timeout: float, *, hold: bool = False
    ) -> Reply:
        """Send a request and return its answer; raise what the exchange refused it with, or ConnectivityError.

        With `hold` nothing that comes after the answer is handed out before the caller gives the loop its turn.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Reply] = loop.create_future()
        self._asked[request] = waiter
        if hold:
            self._holding.add(request)
        try:
            self.send(message)
            async with asyncio.timeout(timeout):
                return await waiter
        except TimeoutError:
            raise ConnectivityError(
                f"the exchange has not answered for {timeout:g} seconds"
            ) from None
        finally:
            self._asked.pop(request, None)
            if hold:
                self._holding.discard(request)
                loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Hand out what came after an answer that somebody has dealt with by now."""
        held, self._held = self._held, None
        for message in held or ():
            self._take(message)

    def close(self) -> None:
        """End the connection; what was sent still goes out."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    # ---- the loop's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand out what came."""
        self.heard = True
        try:
            for frame in self._frames.feed(data):
                self._take(decode_server(frame))
        except (FrameError, msgspec.DecodeError) as error:
            self.fault = VenueRefused(
                f"what the exchange sent could not be read ({error}); are both of one version?",
                venue_code="malformed",
                venue_text=str(error),
            )
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever still waits."""
        self._transport = None
        error = self.fault or ConnectivityError(
            f"the exchange has ended the connection{f' ({exc})' if exc else ''}"
        )
        for waiter in self._asked.values():
            if not waiter.done():
                waiter.set_exception(error)
        if not self.welcome.done():
            self.welcome.set_exception(error)
            self.welcome.exception()  # seen, whether somebody waits for it or not
        self._on_lost(self)

    def _take(self, message: ServerMessage) -> None:
        if self._held is not None:
            self._held.append(message)
        elif isinstance(message, Welcome):
            if not self.welcome.done():
                self.welcome.set_result(message)
        elif isinstance(message, Fault):
            self.fault = refusal(message.code, message.text)
        else:
            waiter = self._asked.get(getattr(message, "id", 0))
            if waiter is None:
                self._on_message(message)
            elif not waiter.done():
                self._settle(waiter, message)
                if getattr(message, "id", 0) in self._holding:
                    self._held = []

    def _settle(self, waiter: "asyncio.Future[Reply]", message: ServerMessage) -> None:
        if isinstance(message, Refused):
            waiter.set_exception(refusal(message.code, message.text, message.order_id))
        elif isinstance(message, Reply):
            waiter.set_result(message)


async def connect(
    host: str,
    port: int,
    token: str,
    client: str,
    timeout: float,
    on_message: Callable[[ServerMessage], None],
    on_lost: Callable[["Connection"], None],
    tls: "ssl.SSLContext | None" = None,
) -> tuple[Connection, Welcome]:
    """Connect, encrypted by `tls`, and be greeted.

    Raise ConnectivityError, AuthError for a wrong token, or VenueRefused.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            _, made = await loop.create_connection(
                lambda: Connection(on_message, on_lost), host, port, ssl=tls
            )
            made.send(Hello(VERSION, token, client))
            return made, await made.welcome
    except TimeoutError:
        raise ConnectivityError(
            f"no answer from {host}:{port} within {timeout:g} seconds", host=host, port=port
        ) from None
    except OSError as error:
        untrusted = getattr(error, "verify_message", "")
        if untrusted:
            raise ConnectivityError(
                f"the certificate of {host}:{port} is not believed ({untrusted}); give its authority as ca_file",
                code="venue.certificate",
                host=host,
                port=port,
                detail=untrusted,
            ) from None
        raise ConnectivityError(
            f"no exchange at {host}:{port} ({error.strerror or error}); is it started?",
            host=host,
            port=port,
        ) from None


def refusal(code: str, text: str, order_id: int = 0) -> AnyvenueError:
    """Return the error that a code of the exchange stands for; VenueRefused for those only venues have."""
    kind = _kinds().get(code) or _kinds().get(code.rpartition(".")[0])
    if kind is not None:
        return kind(text, code=code, order_id=order_id)
    return VenueRefused(text, venue_code=code, venue_text=text, order_id=order_id)


def _kinds() -> dict[str, type[AnyvenueError]]:
    if not _KINDS:
        pending: list[type[AnyvenueError]] = [AnyvenueError]
        while pending:
            kind = pending.pop()
            _KINDS.setdefault(kind.code, kind)
            pending += kind.__subclasses__()
    return _KINDS


_KINDS: dict[str, type[AnyvenueError]] = {}
