"""Something between a client and a venue's port that understands HTTP and WebSockets, and on demand does them wrong."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import msgspec
from aiohttp import WSMsgType, web
from yarl import URL

__all__ = ["Bend", "FaultyWire", "Trouble", "each_twice", "losing", "swapped"]

Bend = Callable[[str, str], list[str]]
"""Takes the path of a socket and a text of the venue's, and returns what is passed on in its place."""

_DROPPED = frozenset({"host", "content-length", "transfer-encoding", "content-encoding", "date"})


class Trouble(msgspec.Struct):
    """What becomes of the next requests whose method and path hold `part`: an answer of our own, none with `status` 0.

    With `done` the venue does what it was asked all the same.
    """

    part: str
    status: int = 0
    body: str = ""
    headers: dict[str, str] = {}
    done: bool = False
    times: int = 1
    met: int = 0


class FaultyWire:
    """Listens at `port`. `troubles` befall requests; `bend` and `dress` change what the venue tells.

    `asked` are the requests that came, as ``POST /path``; `texts` are what the venue's sockets told, and `bent` counts
    those that were not passed on as they were.
    """

    def __init__(self) -> None:
        self.port = 0
        self.troubles: list[Trouble] = []
        self.bend: Bend | None = None
        self.dress: Callable[[str, bytes], bytes] | None = None
        self.asked: list[str] = []
        self.texts: list[str] = []
        self.bent = 0
        self._target = 0
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._clients: dict[web.WebSocketResponse, str] = {}

    async def start(self, target: int) -> None:
        """Pass on to a port of this machine."""
        self._target = target
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._session = aiohttp.ClientSession(auto_decompress=False)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """End everything."""
        await self.cut()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    # ---- faults

    async def cut(self) -> None:
        """End all sockets without a word."""
        for client in list(self._clients):
            if client._req is not None and client._req.transport is not None:
                client._req.transport.abort()
        while self._clients:
            await asyncio.sleep(0.005)

    async def tell(self, part: str, text: str) -> int:
        """Say something in the venue's place on the sockets whose path holds `part`; return on how many."""
        found = [each for each, path in self._clients.items() if part in path]
        for client in found:
            await client.send_str(text)
        return len(found)

    def befall(self, part: str, status: int = 0, body: str = "", **fields: Any) -> Trouble:
        """Let something befall the next request of a kind."""
        trouble = Trouble(part, status, body, **fields)
        self.troubles.append(trouble)
        return trouble

    def _trouble(self, asked: str) -> Trouble | None:
        for each in self.troubles:
            if each.part in asked and each.met < each.times:
                each.met += 1
                return each
        return None

    # ---- passing on

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request)
        asked = f"{request.method} {request.path}"
        self.asked.append(asked)
        trouble = self._trouble(asked)
        if trouble is None:
            return await self._forward(request)
        if trouble.done:
            await self._forward(request)
        if trouble.status:
            return web.Response(
                status=trouble.status,
                text=trouble.body,
                headers=trouble.headers,
                content_type="application/json",
            )
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _forward(self, request: web.Request) -> web.Response:
        assert self._session is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        async with self._session.request(
            request.method, self._url("http", request), headers=headers, data=await request.read()
        ) as answer:
            body = await answer.read()
            if self.dress is not None and answer.status == 200:
                body = self.dress(request.path, body)
            kept = {
                name: value
                for name, value in answer.headers.items()
                if name.lower() not in _DROPPED
            }
            return web.Response(status=answer.status, body=body, headers=kept)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        assert self._session is not None
        client = web.WebSocketResponse(max_msg_size=1 << 24)
        await client.prepare(request)
        self._clients[client] = request.path
        try:
            async with self._session.ws_connect(
                self._url("ws", request), max_msg_size=1 << 24
            ) as venue:
                down = asyncio.create_task(self._pass_down(request.path, venue, client))
                with suppress(ConnectionError):
                    async for message in client:
                        if message.type is WSMsgType.TEXT:
                            await venue.send_str(message.data)
                        elif message.type is WSMsgType.BINARY:
                            await venue.send_bytes(message.data)
                down.cancel()
                await asyncio.gather(down, return_exceptions=True)
        finally:
            self._clients.pop(client, None)
        return client

    async def _pass_down(
        self, path: str, venue: aiohttp.ClientWebSocketResponse, client: web.WebSocketResponse
    ) -> None:
        with suppress(ConnectionError):
            async for message in venue:
                text = message.data if isinstance(message.data, str) else message.data.decode()
                self.texts.append(text)
                passed = [text] if self.bend is None else self.bend(path, text)
                self.bent += passed != [text]
                for each in passed:
                    await client.send_str(each)
            await client.close(code=venue.close_code or 1000)

    def _url(self, scheme: str, request: web.Request) -> URL:
        return URL(f"{scheme}://127.0.0.1:{self._target}{request.raw_path}", encoded=True)


def losing(*words: str, times: int = 1) -> Bend:
    """Lose the first texts that hold all words."""
    left = times

    def bend(_path: str, text: str) -> list[str]:
        nonlocal left
        if left and all(each in text for each in words):
            left -= 1
            return []
        return [text]

    return bend


def each_twice(*words: str) -> Bend:
    """Say every text that holds all words twice."""
    return lambda _path, text: [text, text] if all(each in text for each in words) else [text]


def swapped(*words: str, times: int = 1) -> Bend:
    """Say texts that hold all words after those that follow them."""
    left, held = times, ""

    def bend(_path: str, text: str) -> list[str]:
        nonlocal left, held
        if not all(each in text for each in words):
            return [text]
        if held:
            held, first = "", held
            return [text, first]
        if left:
            left, held = left - 1, text
            return []
        return [text]

    return bend
