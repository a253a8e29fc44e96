"""A venue that does what a test says, request by request: an `Http` for a driver, without sockets."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import msgspec

from anyvenue.model.enums import DriverState
from anyvenue.model.errors import ConnectivityError, NotSent
from anyvenue.model.events import Event
from anyvenue.venues.tracking.driver import AccountDriver
from anyvenue.venues.transport.http import HttpReply

__all__ = ["NOW", "DriverScript", "Inbox", "ScriptedSocket"]

NOW = 1_760_000_000_000_000_000
Reply = tuple[int, Any]
Answer = Callable[[dict[str, str]], Reply | Exception]


class Inbox:
    """Keeps what is posted."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def post(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Any]:
        """Return the events of a kind, in order."""
        return [each for each in self.events if isinstance(each, kind)]


class ScriptedSocket:
    """A WebSocket of the driver's: the test reads what was sent and says what comes."""

    def __init__(self, script: "DriverScript", url: str) -> None:
        self.url = url
        self.sent: list[dict[str, Any]] = []
        self.is_open = False
        self._script = script
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def connect(self) -> None:
        if self._script.unreachable:
            raise ConnectivityError("nobody listens")
        self.is_open = True
        self._script.sockets.append(self)

    async def send(self, frame: bytes) -> None:
        if not self.is_open:
            raise NotSent("the connection is closed")
        if frame == b"ping":
            self.say(b"pong")
            return
        request = msgspec.json.decode(frame)
        self.sent.append(request)
        self._script.requested(self, request)

    async def frames(self) -> AsyncIterator[bytes]:
        while (frame := await self._frames.get()) is not None:
            yield frame
        raise ConnectivityError("the connection was cut")

    async def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self._frames.put_nowait(None)

    def say(self, message: object) -> None:
        """Let a message come, a dictionary or raw bytes."""
        raw = message if isinstance(message, bytes) else msgspec.json.encode(message)
        self._frames.put_nowait(raw)

    def cut(self) -> None:
        """Break the connection."""
        self.is_open = False
        self._frames.put_nowait(None)


class DriverScript(ABC):
    """Answers by (method and path) of REST, or by what a request over a socket is called.

    An answer is a status and a body, an exception, or a function of the parameters that returns one; of several in a
    list each serves once, the last for ever. `asked` has all that was asked, in order. Sockets say nothing of a request
    that has no answer.
    """

    driver: AccountDriver

    def __init__(self) -> None:
        self.now_ns = NOW
        self.unreachable = False
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sockets: list[ScriptedSocket] = []
        self.answers: dict[str, deque[Any]] = {}
        self.inbox = Inbox()

    @abstractmethod
    def requested(self, socket: ScriptedSocket, request: dict[str, Any]) -> None:
        """Answer a request over a socket, where there is an answer."""

    def now(self) -> int:
        """Return the time, which goes on by a microsecond with every look."""
        self.now_ns += 1000
        return self.now_ns

    def answer(self, what: str, *answers: Any) -> None:
        """Say what is answered: a status and a body, or several answers one after another."""
        if len(answers) == 2 and isinstance(answers[0], int):
            answers = (answers,)
        self.answers[what] = deque(answers)

    def count(self, what: str) -> int:
        """Return how often something was asked."""
        return sum(name == what for name, _ in self.asked)

    def last(self, what: str) -> dict[str, str]:
        """Return the parameters of the latest such request."""
        return next(each for name, each in reversed(self.asked) if name == what)

    def latest(self, part: str) -> ScriptedSocket:
        """Return the latest connection to an address with this part."""
        return next(each for each in reversed(self.sockets) if part in each.url)

    async def __aenter__(self) -> Self:
        await self.driver.open(self.inbox)
        assert self.driver.state is DriverState.READY
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.driver.close()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is so, for a minute at most."""
        async with asyncio.timeout(60):
            while not true():
                await asyncio.sleep(0.002)

    # ---- Http

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpReply:
        parts = urlsplit(url)
        parameters = msgspec.json.decode(body) if body else dict(parse_qsl(parts.query))
        found = self.found(f"{method} {parts.path}", parameters)
        if isinstance(found, Exception):
            raise found
        status, content, *more = found
        data = content if isinstance(content, bytes) else msgspec.json.encode(content)
        return HttpReply(status, data, more[0] if more else {})

    def socket(self, url: str) -> ScriptedSocket:
        return ScriptedSocket(self, url)

    async def close(self) -> None:
        """Close nothing: nothing is open."""
        return

    def found(self, what: str, parameters: Any) -> Any:
        """Return the next answer to something; raise AssertionError where nobody said one."""
        self.asked.append((what, parameters))
        if what not in self.answers:
            raise AssertionError(f"nobody said what is answered to {what}")
        waiting = self.answers[what]
        answer = waiting.popleft() if len(waiting) > 1 else waiting[0]
        return answer(parameters) if callable(answer) else answer
