"""A JSON door for tests: a counter over a simulated exchange on a free port, and WebSocket clients."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
from msgspec.structs import replace

from anyvenue.venues.ctp.counter.seam import CounterDoors
from anyvenue.venues.ctp.json.audit import Audit
from anyvenue.venues.ctp.json.service import JsonDoor, JsonTerms
from anyvenue.venues.ctp.json.terms import UpstreamTerms
from anyvenue.venues.ctp.json.tokens import Token, Tokens

sys.path.insert(0, str(Path(__file__).parent / "unit" / "venues" / "ctp"))

from trading_counter import DEMO, ORDER, Desk

PATIENCE_S = 60.0
UPSTREAM = UpstreamTerms(broker_id="9999", first_pause_s=0.01)
QUIET = JsonTerms(upstream=UPSTREAM, heartbeat_s=0)
NAMES = ("rb2701.SHFE", "au2612.SHFE", "ag2612.SHFE")
OPEN_HOUSE = replace(
    DEMO, auto_accounts=True, opening_deposit=Decimal(20_000_000), sessions_per_account=100
)
Message = dict[str, Any]


def order(**more: Any) -> Message:
    """Return an InputOrder to buy a lot of rb2701 at 3500, but for what is said."""
    return {**{name: value for name, value in ORDER.items() if value != ""}, **more}


class Socket:
    """A client's end of a WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self._marks = 0

    async def send(self, name: str, request_id: int | None = None, **body: Any) -> None:
        message = {"MsgType": name, **body}
        if request_id is not None:
            message["RequestID"] = request_id
        await self.raw(json.dumps(message))

    async def raw(self, text: str) -> None:
        await self.socket.send_str(text)

    async def next(self) -> Message:
        """Return the next message; raise EOFError when the connection has ended."""
        received = await self.socket.receive(timeout=PATIENCE_S)
        if received.type is not aiohttp.WSMsgType.TEXT:
            raise EOFError(self.socket.close_code)
        return json.loads(received.data)  # type: ignore[no-any-return]

    async def until(self, *names: str) -> Message:
        """Return the next message of one of these names."""
        while True:
            message = await self.next()
            if message["MsgType"] in names:
                return message

    async def settle(self) -> list[Message]:
        """Return everything that comes before the answer to a question asked now."""
        self._marks += 1
        mark = f"Mark{self._marks}"
        await self.send(mark)
        found = []
        while (message := await self.next())["MsgType"] != mark:
            found.append(message)
        return found

    async def ask(self, name: str, request_id: int | None = None, **body: Any) -> list[Message]:
        """Send a message and return all that comes of it."""
        await self.send(name, request_id, **body)
        return await self.settle()

    async def log_in(self, user: str = "alice", password: str = "secret") -> Message:
        """Log in and return the answer."""
        body = {"UserID": user, "Password": password}
        await self.send("ReqUserLogin", 1, ReqUserLogin=body)
        return await self.until("RspUserLogin")

    async def close(self) -> None:
        await self.socket.close()


class Served:
    """An open door."""

    def __init__(self, door: JsonDoor, port: int, http: aiohttp.ClientSession) -> None:
        self.door = door
        self.port = port
        self.http = http
        self.desk: Desk

    async def connect(self, path: str = "td/", **options: Any) -> Socket:
        """Return a client's socket."""
        url = f"http://127.0.0.1:{self.port}/{path}"
        return Socket(await self.http.ws_connect(url, max_msg_size=0, **options))

    async def logged_in(self, path: str = "td/", user: str = "alice") -> Socket:
        """Return a client that has logged in."""
        socket = await self.connect(path)
        answer = await socket.log_in(user)
        assert answer["RspInfo"]["ErrorID"] == 0, answer
        return socket

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for something to be so."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await asyncio.sleep(0.002)


@asynccontextmanager
async def serving(
    doors: CounterDoors | None = None,
    terms: JsonTerms = QUIET,
    tokens: tuple[Token, ...] = (),
    audit: Audit | None = None,
    desk: Desk | None = None,
) -> AsyncIterator[Served]:
    """Give a served counter, by default one over a market of rb2701 at 3499 and 3501."""
    if doors is None:
        desk = desk or Desk(OPEN_HOUSE, names=NAMES, at_once=True)
        doors = desk.counter
    door = JsonDoor(doors, terms, Tokens(tokens), now=time.time_ns, audit=audit)
    _, port = await door.start()
    async with aiohttp.ClientSession() as http:
        served = Served(door, port, http)
        if desk is not None:
            served.desk = desk
            desk.depth(3499, 3501)
        try:
            yield served
        finally:
            await door.close()
