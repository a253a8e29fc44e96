"""The sockets of the streams, of the market and of accounts."""

import msgspec
from aiohttp import WSMsgType, web

from anyvenue.venues.backpack.server.gate import Gate, Shown
from anyvenue.venues.backpack.server.house import House
from anyvenue.venues.backpack.server.refusals import Refused
from anyvenue.venues.backpack.wire import StreamError
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.outlet import Outlet

__all__ = ["StreamSocket"]

_PRIVATE = "account."
_NO_STREAM = StreamError(4006, "Invalid stream")
# The venue's own numbers of these are not documented.
_UNREADABLE, _UNSIGNED = 4000, 4001


class _Request(msgspec.Struct):
    method: str
    params: list[str] = []
    signature: tuple[str, str, str, str] | None = None
    id: int | str | None = None


class StreamSocket:
    """One client."""

    def __init__(self, house: House, gate: Gate, socket: web.WebSocketResponse) -> None:
        """Serve a socket that is open."""
        self._house, self._gate, self._socket = house, gate, socket
        self._outlet = Outlet(socket, house.terms.longest_queue)
        self._heard: dict[str, Member | None] = {}

    def hear(self, stream: str, payload: bytes) -> None:
        """Pass on what a stream sent."""
        self._outlet.push(b'{"data":%s,"stream":"%s"}' % (payload, stream.encode()))

    async def serve(self) -> None:
        """Do what the client asks until it leaves."""
        try:
            async for message in self._socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    self._ask(message.data)
        except ConnectionError:
            pass
        finally:
            for name in list(self._heard):
                self._leave(name)
            await self._outlet.close()

    def _ask(self, data: str | bytes) -> None:
        try:
            request = msgspec.json.decode(data, type=_Request)
        except msgspec.MsgspecError as error:
            self._refuse(None, StreamError(_UNREADABLE, f"Invalid message: {error}"))
            return
        if request.method == "SUBSCRIBE":
            self._subscribe(request)
        elif request.method == "UNSUBSCRIBE":
            for name in request.params:
                self._leave(name)
        else:
            self._refuse(request.id, StreamError(_UNREADABLE, "Invalid method"))

    def _subscribe(self, request: _Request) -> None:
        member: Member | None = None
        if any(each.startswith(_PRIVATE) for each in request.params):
            try:
                member = self._enter(request)
            except Refused as refused:
                self._refuse(request.id, StreamError(_UNSIGNED, refused.text))
                return
        for name in request.params:
            if name not in self._heard and not self._hear(name, member):
                self._refuse(request.id, _NO_STREAM)

    def _enter(self, request: _Request) -> Member:
        """Return the account of who signed; raise Refused."""
        if request.signature is None:
            raise Refused("INVALID_SIGNATURE", "Missing signature")
        return self._gate.admit(Shown(*request.signature), "subscribe", {})

    def _hear(self, name: str, member: Member | None) -> bool:
        if name.startswith(_PRIVATE):
            assert member is not None
            there = self._house.users.hear(self, member, name)
        else:
            member = None
            there = self._house.streams.hear(self, name)
        if there:
            self._heard[name] = member
        return there

    def _leave(self, name: str) -> None:
        if name not in self._heard:
            return
        member = self._heard.pop(name)
        if member is not None:
            self._house.users.leave(self, member, name)
        else:
            self._house.streams.leave(self, name)

    def _refuse(self, number: int | str | None, error: StreamError) -> None:
        self._outlet.push(msgspec.json.encode({"id": number, "error": error}))
