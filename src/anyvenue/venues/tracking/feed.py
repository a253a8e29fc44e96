"""Subscriptions to market data over lines that are opened when they are needed."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from anyvenue.model.errors import AnyvenueError
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Transport
from anyvenue.venues.transport.line import Line
from anyvenue.venues.transport.tasks import Tasks

__all__ = ["Feed"]

_RETRY_S = 1.0
_K = TypeVar("_K", bound=Hashable)


class Feed(ABC, Generic[_K]):
    """What is wanted, by lines (`path`); subscriptions outlive connections.

    What cannot be read is counted in `malformed`.
    """

    ping = b""
    """What the venue wants to hear of a client that hears nothing, "" for nothing."""

    def __init__(self, connect: Callable[[str], Transport], backoff_s: float) -> None:
        """Connect by `connect`, which gets a path."""
        self._connect = connect
        self._backoff_s = backoff_s
        self._wanted: dict[str, dict[_K, None]] = {}
        self._lines: dict[str, Line] = {}
        self._opening = Tasks()
        self._stopped = True
        self.malformed = 0

    @abstractmethod
    def want(self, instrument: Instrument, channel: str) -> None:
        """Subscribe once; raise SubscriptionError for a channel that the market does not have."""

    @abstractmethod
    def heard(self, frame: bytes) -> None:
        """Take one frame."""

    @abstractmethod
    def subscribe(self, line: Line, names: list[_K]) -> None:
        """Ask for streams over a line."""

    @abstractmethod
    def lost(self, path: str) -> None:
        """Give up what was known by a line that broke."""

    # ---- asking

    def ask(self, path: str, name: _K) -> bool:
        """Want a stream of a line; return whether it was not wanted before."""
        wanted = self._wanted.setdefault(path, {})
        if name in wanted:
            return False
        wanted[name] = None
        if not self._stopped:
            self._ask(path, [name])
        return True

    def _ask(self, path: str, names: list[_K]) -> None:
        line = self._lines.get(path)
        if line is None:
            self._lines[path] = line = self._make_line(path)
            self._opening.start(self._open(line))
        elif line.is_up:
            self.subscribe(line, names)

    def _make_line(self, path: str) -> Line:
        async def connect() -> Transport:
            return self._connect(path)

        async def began() -> None:
            self.subscribe(line, list(self._wanted.get(path, ())))

        def lost(_: AnyvenueError) -> None:
            self.lost(path)

        line = Line(connect, self.heard, began, lost, backoff_s=self._backoff_s, ping=self.ping)
        return line

    async def _open(self, line: Line) -> None:
        while not self._stopped:
            try:
                await line.open()
                return
            except AnyvenueError:
                await asyncio.sleep(_RETRY_S)

    # ---- coming and going

    def start(self) -> None:
        """Open the lines that subscriptions need."""
        self._stopped = False
        for path, names in self._wanted.items():
            self._ask(path, list(names))

    async def stop(self) -> None:
        """Close the lines; subscriptions stay."""
        self._stopped = True
        await self._opening.stop()
        lines, self._lines = self._lines, {}
        for path, line in lines.items():
            await line.close()
            self.lost(path)

    @property
    def sockets(self) -> int:
        """How many connections are up."""
        return sum(each.is_up for each in self._lines.values())
