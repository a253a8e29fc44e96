"""Who hears which market stream."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.binance.server.topics import Topic, day_ticker, make_topic, mark_update
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.numbers import encode

__all__ = ["Hearer", "Streams"]

_ALL = {
    "!ticker@arr": 1000,
    "!miniTicker@arr": 1000,
    "!bookTicker": 0,
    "!markPrice@arr": 3000,
    "!markPrice@arr@1s": 1000,
}


class Hearer(Protocol):
    """A client's socket."""

    def hear(self, stream: str, payload: bytes) -> None:
        """Take what a stream sent."""
        ...


class _Stream:
    """A stream with those who hear it; `topics` are several for ``!bookTicker`` alone."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.hearers: dict[Hearer, None] = {}
        self.topics: list[Topic] = []
        self.period_ms = self.due_ms = 0

    def send(self, payload: bytes) -> None:
        for each in list(self.hearers):
            each.hear(self.name, payload)


class Streams:
    """The streams of one market; `now_ms` is the clients' time."""

    def __init__(
        self, market: Market, boards: Mapping[str, Board], now_ms: Callable[[], int]
    ) -> None:
        """Serve the boards, which go by symbol."""
        self._market, self._boards, self._now_ms = market, boards, now_ms
        self._streams: dict[str, _Stream] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self, every_s: float) -> None:
        """Send what is not sent at once, every so many seconds."""
        self._task = asyncio.create_task(self._run(every_s))

    async def close(self) -> None:
        """Send no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def hear(self, hearer: Hearer, name: str) -> bool:
        """Let `hearer` hear a stream and tell whether there is such a stream; of an unknown symbol nothing comes."""
        stream = self._streams.get(name)
        if stream is None:
            stream = self._make(name)
            if stream is None:
                return False
            self._streams[name] = stream
        stream.hearers[hearer] = None
        return True

    def leave(self, hearer: Hearer, name: str) -> None:
        """Let `hearer` hear a stream no more; a stream that nobody hears ends."""
        stream = self._streams.get(name)
        if stream is None:
            return
        stream.hearers.pop(hearer, None)
        if not stream.hearers:
            for topic in stream.topics:
                topic.close()
            del self._streams[name]

    def poll(self) -> None:
        """Send what is due."""
        now_ms = self._now_ms()
        for stream in list(self._streams.values()):
            for topic in stream.topics:
                if topic.period_ms and topic.due_ms <= now_ms:
                    topic.due_ms = now_ms - now_ms % topic.period_ms + topic.period_ms
                    payload = topic.poll(now_ms)
                    if payload is not None:
                        stream.send(payload)
            if stream.period_ms and stream.due_ms <= now_ms:
                stream.due_ms = now_ms - now_ms % stream.period_ms + stream.period_ms
                stream.send(self._everything(stream.name, now_ms))

    async def _run(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            self.poll()

    def _make(self, name: str) -> _Stream | None:
        stream = _Stream(name)
        if name in _ALL and (self._market is Market.USDM or "mark" not in name):
            stream.period_ms = _ALL[name]
            if name == "!bookTicker":
                stream.topics = [
                    topic
                    for board in self._boards.values()
                    if (topic := make_topic(self._market, board, "bookTicker", stream.send))
                ]
            return stream
        symbol, _, kind = name.partition("@")
        board = self._boards.get(symbol.upper())
        if board is None or symbol != symbol.lower():
            return stream if kind else None
        topic = make_topic(self._market, board, kind, stream.send)
        if topic is None:
            return None
        stream.topics = [topic]
        return stream

    def _everything(self, name: str, now_ms: int) -> bytes:
        boards = [each for each in self._boards.values() if each.mark]
        if "mark" in name:
            return encode([mark_update(each, now_ms) for each in boards])
        short = "mini" in name
        return encode([day_ticker(self._market, each, now_ms, short) for each in boards])
