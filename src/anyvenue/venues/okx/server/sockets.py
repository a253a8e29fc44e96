"""The WebSocket clients: logging in, streams, and requests about orders."""

import asyncio
from collections.abc import Mapping
from enum import Enum
from secrets import token_hex

import msgspec
from aiohttp import WSMessage, WSMsgType, web

from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.okx.server.asking import Asked, Endpoint, texts_of
from anyvenue.venues.okx.server.done import Done
from anyvenue.venues.okx.server.gate import Gate
from anyvenue.venues.okx.server.house import House
from anyvenue.venues.okx.server.refusals import Refused, refusal_of
from anyvenue.venues.okx.server.topics import BUSINESS, is_public, stream_name
from anyvenue.venues.okx.server.users import ALGO_CHANNELS, CHANNELS, Users
from anyvenue.venues.okx.wire import Argument, Event, LoginArgument
from anyvenue.venues.serving.keys import Key
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.numbers import Row, encode
from anyvenue.venues.serving.outlet import Outlet
from anyvenue.venues.serving.streams import Streams
from anyvenue.venues.serving.windows import Window

__all__ = ["Path", "Socket"]

_HOUR_S = 3600
_QUIET = ("liquidation-warning", "account-greeks", "status")
"""Streams that are there and never send anything here."""

_SILENT = 4004
_UPGRADE = "64008"
_UPGRADE_TEXT = "The connection will soon be closed for a service upgrade. Please reconnect."


class Path(Enum):
    """The three addresses, each with streams of its own."""

    PUBLIC = "public"
    PRIVATE = "private"
    BUSINESS = "business"


class _Request(msgspec.Struct, rename="camel"):
    op: str
    args: list[dict[str, object]] = []
    id: str | int = ""
    exp_time: str | int = ""


class Socket:
    """One client."""

    def __init__(
        self,
        house: House,
        gate: Gate,
        streams: Streams,
        users: Users,
        operations: Mapping[str, Endpoint],
        socket: web.WebSocketResponse,
        path: Path,
    ) -> None:
        """Serve a socket that is open."""
        self._house, self._gate, self._streams, self._users = house, gate, streams, users
        self._operations, self._socket, self._path = operations, socket, path
        self._outlet = Outlet(socket, house.terms.longest_queue)
        self._id = token_hex(4)
        self._key: Key | None = None
        self._member: Member | None = None
        self._heard: dict[str, None] = {}
        self._frames = Window()
        self._tasks: set[asyncio.Task[None]] = set()
        self._spoken = False

    # ---- heard

    def hear(self, stream: str, payload: bytes) -> None:
        """Pass on what a market's stream sent."""
        self._push(payload)

    def hear_account(self, payload: bytes) -> None:
        """Pass on what an account's stream sent."""
        self._push(payload)

    def announce_upgrade(self) -> None:
        """Tell the client that it will be cut soon, and shall connect anew before."""
        self._tell(Event("notice", code=_UPGRADE, msg=_UPGRADE_TEXT, conn_id=self._id))

    # ---- its life

    async def serve(self) -> None:
        """Answer until the client leaves or falls silent."""
        try:
            while True:
                message = await self._next()
                if message is None:
                    await self._socket.close(code=_SILENT, message=b"No data received in 30s.")
                    return
                if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    return
                self._take(message.data)
        except ConnectionError:
            pass
        finally:
            await self._leave()

    async def _next(self) -> WSMessage | None:
        """Return what the client says next, None where both sides have been silent for too long."""
        receiving = asyncio.ensure_future(self._socket.receive())
        try:
            while True:
                self._spoken = False
                done, _ = await asyncio.wait({receiving}, timeout=self._house.terms.silence_s)
                if done:
                    return receiving.result()
                if not self._spoken:
                    return None
        finally:
            if not receiving.done():
                receiving.cancel()
                await asyncio.gather(receiving, return_exceptions=True)

    async def _leave(self) -> None:
        for name in list(self._heard):
            self._streams.leave(self, name)
        self._users.leave(self)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._outlet.close()

    # ---- asked

    def _take(self, data: str | bytes) -> None:
        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        if text == "ping":
            self._push(b"pong")
            return
        try:
            request = msgspec.json.decode(text, type=_Request)
        except msgspec.MsgspecError:
            self._fail(Refused("60012", f"Illegal request: {text[:1000]}"))
            return
        try:
            self._do(request)
        except Refused as refused:
            self._fail(refused, str(request.id))

    def _do(self, request: _Request) -> None:
        if request.op in self._operations:
            self._trade(request)
            return
        if request.op not in ("login", "subscribe", "unsubscribe") or not request.args:
            text = msgspec.json.encode(request).decode()
            raise Refused("60012", f"Illegal request: {text[:1000]}")
        self._count_frame()
        if request.op == "login":
            self._login(request)
            return
        for each in request.args:
            argument = _argument(each)
            try:
                if request.op == "subscribe":
                    self._subscribe(argument, str(request.id))
                else:
                    self._unsubscribe(argument, str(request.id))
            except Refused as refused:
                self._fail(refused, str(request.id))

    def _count_frame(self) -> None:
        most = self._house.terms.frames_an_hour
        used = self._frames.take(int(self._house.times.now_s()), _HOUR_S, 1)
        if most and used > most:
            raise Refused("60014", "Requests too frequent")

    def _login(self, request: _Request) -> None:
        if self._path is Path.PUBLIC:
            raise Refused("60018", "Login is not needed at this address")
        try:
            argument = msgspec.convert(texts_of(request.args[0]), LoginArgument)
        except msgspec.ValidationError:
            raise Refused("60013", "Invalid args") from None
        self._key = self._gate.login(argument)
        self._member = self._gate.member(self._key)
        self._push(
            msgspec.json.encode({"event": "login", "code": "0", "msg": "", "connId": self._id})
        )

    # ---- streams

    def _subscribe(self, argument: Argument, number: str) -> None:
        channel = argument.channel
        private = self._check(argument)
        self._tell(Event("subscribe", number, argument, conn_id=self._id))
        if private:
            assert self._member is not None
            self._users.join(self._member, self, argument)
        elif channel not in _QUIET:
            name = stream_name(argument)
            self._heard[name] = None
            self._streams.hear(self, name)

    def _check(self, argument: Argument) -> bool:
        """Check that there is such a stream here, and return whether it is one of the account's; raise Refused."""
        channel = argument.channel
        private = channel in CHANNELS or channel in ALGO_CHANNELS
        if channel in CHANNELS:
            right = self._path is Path.PRIVATE
        elif channel in ALGO_CHANNELS or channel in BUSINESS:
            right = self._path is Path.BUSINESS
        else:
            right = self._path is Path.PUBLIC or channel in _QUIET
        if private and right:
            self._check_account(argument)
            return True
        known = channel in _QUIET or self._is_market(argument)
        if not right or not known:
            raise _no_stream(argument)
        return False

    def _is_market(self, argument: Argument) -> bool:
        if not is_public(argument.channel):
            return False
        if argument.channel == "instruments":
            return bool(argument.inst_type)
        kind = self._house.listing.types.get(argument.inst_id)
        only = {"funding-rate": "SWAP", "index-tickers": "SPOT"}.get(argument.channel, kind)
        return kind is not None and kind == only

    def _check_account(self, argument: Argument) -> None:
        if self._member is None:
            raise Refused("60011", "Please log in")
        if argument.channel not in ("account", "balance_and_position") and not argument.inst_type:
            raise Refused("60013", "Invalid args: instType")

    def _unsubscribe(self, argument: Argument, number: str) -> None:
        if argument.channel in CHANNELS or argument.channel in ALGO_CHANNELS:
            self._users.leave(self, argument)
        else:
            name = stream_name(argument)
            self._heard.pop(name, None)
            self._streams.leave(self, name)
        self._tell(Event("unsubscribe", number, argument, conn_id=self._id))

    # ---- orders

    def _trade(self, request: _Request) -> None:
        if self._path is not Path.PRIVATE:
            raise Refused("60018", "Orders are taken at the address private")
        if self._member is None or self._key is None:
            raise Refused("60011", "Please log in")
        task = asyncio.create_task(self._answer(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, request: _Request) -> None:
        began_us = self._house.times.wall() // 1000
        reply: Row = {"id": str(request.id), "op": request.op}
        try:
            done = await self._perform(request)
            reply.update(code=done.code, msg="", data=done.data)
        except Refused as refused:
            reply.update(code=refused.code, msg=refused.text, data=[])
        except AnyvenueError as error:
            meant = refusal_of(error)
            reply.update(code=meant.code, msg=meant.text, data=[])
        reply.update(inTime=str(began_us), outTime=str(self._house.times.wall() // 1000))
        self._push(encode(reply))

    async def _perform(self, request: _Request) -> Done:
        endpoint = self._operations[request.op]
        assert self._member is not None
        assert self._key is not None
        self._gate.check_trading(self._key)
        self._gate.check_expiry(str(request.exp_time))
        if not request.args:
            raise Refused("60013", "Invalid args")
        asked = Asked(request.args[0], list(request.args))
        asked.member, asked.key, asked.socket = self._member, self._key, True
        self._house.limits.use(self._member.account, request.op, endpoint, asked)
        found = await endpoint.handler(asked)  # type: ignore[misc]
        assert isinstance(found, Done)
        return found

    # ---- told

    def _fail(self, refused: Refused, number: str = "") -> None:
        event = Event("error", number, code=refused.code, msg=refused.text, conn_id=self._id)
        self._tell(event)

    def _tell(self, event: Event) -> None:
        self._push(msgspec.json.encode(event))

    def _push(self, payload: bytes) -> None:
        self._spoken = True
        self._outlet.push(payload)


def _argument(parameters: dict[str, object]) -> Argument:
    try:
        return msgspec.convert(texts_of(parameters), Argument)
    except msgspec.ValidationError:
        raise Refused("60013", "Invalid args") from None


def _no_stream(argument: Argument) -> Refused:
    named = ",".join(
        f"{name}:{value}"
        for name, value in msgspec.to_builtins(argument).items()
        if name != "extraParams"
    )
    return Refused(
        "60018",
        f"Wrong URL or {named} doesn't exist. Please use the correct URL, channel and parameters "
        "referring to API document.",
    )
