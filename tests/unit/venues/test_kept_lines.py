"""Lines that are kept: a peer that has fallen silent is asked whether it is still there."""

import asyncio
from collections.abc import AsyncIterator, Callable

from anyvenue.model.errors import AnyvenueError, ConnectivityError
from anyvenue.venues.transport.line import Line


class Peer:
    """The other end of a connection: it hears pings, and answers them or not."""

    def __init__(self, *, answers: bool) -> None:
        self.heard: list[bytes] = []
        self._answers = answers
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()

    async def connect(self) -> None:
        """Be there."""

    async def send(self, frame: bytes) -> None:
        self.heard.append(frame)
        if self._answers:
            self._frames.put_nowait(b"pong")

    async def frames(self) -> AsyncIterator[bytes]:
        while True:
            yield await self._frames.get()

    async def close(self) -> None:
        """Leave nothing open."""


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.002)


async def kept(peers: list[Peer], *, answers: bool, ping_s: float) -> tuple[Line, list[str]]:
    """Return a line that is up, and why it went down."""
    reasons: list[str] = []

    async def connect() -> Peer:
        peers.append(Peer(answers=answers))
        return peers[-1]

    async def began() -> None:
        """Nothing is said at the beginning."""

    def lost(error: AnyvenueError) -> None:
        assert isinstance(error, ConnectivityError)
        reasons.append(error.text)

    line = Line(connect, lambda _: None, began, lost, backoff_s=0.001, ping=b"ping", ping_s=ping_s)
    await line.open()
    return line, reasons


def test_a_peer_that_answers_no_ping_is_given_up() -> None:
    async def step() -> None:
        peers: list[Peer] = []
        line, reasons = await kept(peers, answers=False, ping_s=0.01)
        await until(lambda: len(peers) > 1 and line.is_up)
        await line.close()
        assert peers[0].heard == [b"ping"]
        assert "nothing was heard" in reasons[0]

    asyncio.run(step())


def test_a_peer_that_answers_is_asked_again_and_again() -> None:
    async def step() -> None:
        peers: list[Peer] = []
        line, reasons = await kept(peers, answers=True, ping_s=0.1)
        await until(lambda: len(peers[0].heard) == 2)
        await line.close()
        assert (len(peers), reasons) == (1, [])

    asyncio.run(step())
