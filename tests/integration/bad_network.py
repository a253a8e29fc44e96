"""A network for tests: it passes bytes between clients and one port, and on demand is as bad as networks are."""

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from random import Random

from anyvenue.venues.paper.framing import Frames, framed
from anyvenue.venues.paper.wire import Done, Refused, decode_server

__all__ = ["DOWN", "UP", "BadNetwork"]

UP, DOWN = "to the venue", "to the client"
_LONGEST = 64 << 20


class _Link:
    """One connection: a side to the client, a side to the venue."""

    def __init__(self, client: StreamWriter, venue: StreamWriter) -> None:
        self.sides = (client, venue)
        self.passing = asyncio.Event()
        self.passing.set()
        self.frames = Frames(_LONGEST)
        self.replies: list[bytes] = []

    def end(self) -> None:
        self.passing.set()
        for side in self.sides:
            side.transport.abort()


class BadNetwork:
    """Listens on `port`. Faults hit the connections that are open at the time; new ones are good ones.

    While `slow`, bytes take up to so many seconds; while `late_replies`, answers come after the facts that follow them.
    """

    def __init__(self, seed: int) -> None:
        self.port = 0
        self.slow = 0.0
        self.late_replies = False
        self._draw = Random(seed)
        self._doomed: dict[str, str] = {}
        self._links: list[_Link] = []
        self._pumps: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._target = 0

    async def start(self, target: int) -> None:
        """Begin to pass bytes on to a port of this machine."""
        self._target = target
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End everything."""
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    # ---- faults

    def cut(self) -> None:
        """End all connections."""
        links, self._links = self._links, []
        for link in links:
            link.end()

    def drop_next(self, way: str) -> None:
        """Lose the next bytes that go this way, and the connections with them."""
        self._doomed[way] = "drop"

    def cut_in_frame(self, way: str) -> None:
        """Pass on part of the next bytes that go this way, and end the connections there."""
        self._doomed[way] = "part"

    def stall(self) -> None:
        """Pass nothing on any more and say nothing: neither side sees an end."""
        for link in self._links:
            link.passing.clear()

    def release(self) -> None:
        """Deliver late what was held up."""
        for link in self._links:
            link.passing.set()

    # ---- the way of the bytes

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            inner, out = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, out)
        self._links.append(link)
        for source, sink, way in ((reader, out, UP), (inner, writer, DOWN)):
            pump = asyncio.ensure_future(self._pump(link, source, sink, way))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, link: _Link, source: StreamReader, sink: StreamWriter, way: str) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                if self.slow:
                    await asyncio.sleep(self._draw.uniform(0, self.slow))
                await link.passing.wait()
                fate = self._doomed.pop(way, "")
                if fate:
                    if fate == "part" and len(data) > 1:
                        sink.write(data[: self._draw.randrange(1, len(data))])
                        await asyncio.sleep(0.002)
                    link.end()
                    return
                sink.write(self._reordered(link, data) if way == DOWN else data)
                await sink.drain()
        sink.close()

    def _reordered(self, link: _Link, data: bytes) -> bytes:
        """Return whole frames, the answers among them one batch late and in any order while that is wanted."""
        facts: list[bytes] = []
        replies: list[bytes] = []
        for frame in link.frames.feed(data):
            late = self.late_replies and isinstance(decode_server(frame), Done | Refused)
            (replies if late else facts).append(framed(frame))
        self._draw.shuffle(replies)
        held, link.replies = link.replies, replies
        return b"".join(facts + held)
