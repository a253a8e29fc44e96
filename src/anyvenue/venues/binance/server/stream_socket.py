"""The sockets of the market streams, and of USD-M accounts' streams by listen key."""

from collections.abc import Iterable

import msgspec
from aiohttp import WSMsgType, web

from anyvenue.venues.binance.server.house import House
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.binance.server.topics import category_of
from anyvenue.venues.binance.wire import StreamRequest
from anyvenue.venues.serving.outlet import Outlet

__all__ = ["StreamSocket"]

_MOST_STREAMS = 1024


class StreamSocket:
    """One client. `category` is of USD-M's paths: ``public``, ``market`` or ``private``, empty for all."""

    def __init__(
        self, house: House, socket: web.WebSocketResponse, *, combined: bool, category: str = ""
    ) -> None:
        """Serve a socket that is open."""
        self._house, self._socket = house, socket
        self._outlet = Outlet(socket, house.terms.longest_queue)
        self._combined, self._category = combined, category
        self._names: dict[str, None] = {}
        self._key = ""
        self._second, self._heard = 0, 0

    # ---- heard

    def hear(self, stream: str, payload: bytes) -> None:
        """Pass on what a stream sent."""
        if self._combined:
            payload = b'{"stream":"%s","data":%s}' % (stream.encode(), payload)
        self._outlet.push(payload)

    def hear_account(self, payload: bytes) -> None:
        """Pass on what the account's stream sent."""
        self.hear(self._key, payload)

    # ---- its life

    async def serve(self, names: Iterable[str]) -> None:
        """Let the client hear `names`, and what it asks for, until it leaves."""
        try:
            for name in names:
                # Clients number their connections in the path; the venue, too, takes a name that means nothing.
                if not self._refusal(name):
                    self._subscribe(name)
            async for message in self._socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY) and not await self._ask(
                    message.data
                ):
                    return
        except ConnectionError:
            pass
        finally:
            for name in list(self._names):
                self._unsubscribe(name)
            await self._outlet.close()

    async def _ask(self, data: str | bytes) -> bool:
        """Do what the client asks; False where it asks too often."""
        most = self._house.terms.messages(self._house.market)
        second = int(self._house.times.now_s())
        self._heard = self._heard + 1 if second == self._second else 1
        self._second = second
        if most and self._heard > most:
            await self._socket.close(code=1008, message=b"Too many requests")
            return False
        try:
            request = msgspec.json.decode(data, type=StreamRequest)
        except msgspec.MsgspecError as error:
            self._tell({"error": {"code": 3, "msg": f"Invalid JSON: {error}"}, "id": None})
            return True
        self._tell({**self._done(request), "id": request.id})
        return True

    def _done(self, request: StreamRequest) -> dict[str, object]:
        if request.method == "LIST_SUBSCRIPTIONS":
            return {"result": list(self._names)}
        if request.method == "SUBSCRIBE":
            for name in request.params:
                refusal = self._refusal(name)
                if refusal:
                    return {"error": {"code": 2, "msg": refusal}}
            for name in request.params:
                self._subscribe(name)
            return {"result": None}
        if request.method == "UNSUBSCRIBE":
            for name in request.params:
                self._unsubscribe(name)
            return {"result": None}
        return {"error": {"code": 2, "msg": f"Invalid request: unknown variant {request.method}"}}

    def _refusal(self, name: str) -> str:
        """Return why a stream cannot be heard, empty where it can."""
        if len(self._names) >= _MOST_STREAMS:
            return f"Invalid request: more than {_MOST_STREAMS} streams"
        if self._is_key(name):
            return "" if self._house.listen_keys.find(name) else "Invalid listenKey"
        if self._category and self._category not in category_of(name):
            return f"Invalid request: {name} is served at /{category_of(name)}"
        if not self._house.streams.hear(self, name):
            return f"Invalid request: there is no stream {name}"
        self._names[name] = None
        return ""

    def _subscribe(self, name: str) -> None:
        if not self._is_key(name):
            return
        member = self._house.listen_keys.find(name)
        if member is not None:
            self._key = name
            self._names[name] = None
            self._house.usdm_users.join(member, self)
            self._house.listen_keys.join(name, self)

    def _unsubscribe(self, name: str) -> None:
        self._names.pop(name, None)
        if not self._is_key(name):
            self._house.streams.leave(self, name)
            return
        self._house.usdm_users.drop(self)
        self._house.listen_keys.leave(name, self)

    def _is_key(self, name: str) -> bool:
        return self._house.market is Market.USDM and "@" not in name and not name.startswith("!")

    def _tell(self, row: dict[str, object]) -> None:
        self._outlet.push(msgspec.json.encode(row))
