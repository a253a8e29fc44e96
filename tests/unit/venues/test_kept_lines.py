"""Lines that are kept: a peer that has fallen silent is asked whether it is still there."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

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


def reported() -> list[str]:
    """Return what the loop is told of unexpected errors, from now on."""
    found: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: found.append(context["message"]))
    return found


def test_a_frame_that_cannot_be_taken_breaks_the_connection_and_not_the_line() -> None:
    async def step() -> None:
        peers, reasons, told = list[Peer](), list[str](), reported()

        async def connect() -> Peer:
            peers.append(Peer(answers=False))
            return peers[-1]

        async def began() -> None:
            """Nothing is said at the beginning."""

        def heard(frame: bytes) -> None:
            raise KeyError(frame.decode())

        line = Line(
            connect, heard, began, lambda error: reasons.append(error.text), backoff_s=0.001
        )
        await line.open()
        peers[0]._frames.put_nowait(b"strange")
        await until(lambda: len(peers) == 2 and line.is_up)
        await line.close()
        assert len(reasons) == len(told) == 1
        assert "KeyError: 'strange'" in reasons[0]

    asyncio.run(step())


def test_a_beginning_that_fails_unexpectedly_is_told_to_whoever_opens() -> None:
    async def step() -> None:
        told = reported()

        async def connect() -> Peer:
            return Peer(answers=False)

        async def began() -> None:
            raise KeyError("login")

        line = Line(connect, lambda _: None, began, lambda _: None)
        with pytest.raises(ConnectivityError, match="KeyError: 'login'"):
            await asyncio.wait_for(line.open(), 30)
        await line.close()
        assert len(told) == 1

    asyncio.run(step())
