"""Named streams of market data: what each sends, at once or when its time comes, and who hears it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from anyvenue.venues.serving.board import Board, BoardListener
from anyvenue.venues.serving.book import Changes
from anyvenue.venues.serving.tape import Candle, Printed, span_of

__all__ = [
    "ChangesTopic",
    "Hearer",
    "KlineTopic",
    "Polled",
    "PricedTopic",
    "Send",
    "Streams",
    "Topic",
]

Send = Callable[[bytes], None]


class Hearer(Protocol):
    """A client's socket."""

    def hear(self, stream: str, payload: bytes) -> None:
        """Take what a stream sent."""
        ...


class Polled:
    """A part of a stream that is asked every `period_ms` what is to be sent; with 0 it sends by itself."""

    period_ms = 0
    due_ms = 0

    def first(self, now_ms: int) -> bytes | None:
        """Return what a client is told when it comes, None for nothing; others may be told something before."""
        return None

    def poll(self, now_ms: int) -> bytes | None:
        """Return what is to be sent now, None for nothing."""
        return None

    def close(self) -> None:
        """End."""


class Topic(Polled, BoardListener):
    """What a stream sends of one board: `send` is given what goes out at once."""

    def __init__(self, board: Board, send: Send) -> None:
        """Begin to listen."""
        self.board, self.send = board, send
        board.listeners.append(self)

    def close(self) -> None:
        """Listen no more."""
        self.board.listeners.remove(self)


class PricedTopic(Topic):
    """What is told once a period in which a price has moved."""

    period_ms = 1000
    _moved = True

    def priced(self, board: Board) -> None:
        """Take note that a price has moved."""
        self._moved = True

    def poll(self, now_ms: int) -> bytes | None:
        """Return the message, None where no price has moved."""
        if not self._moved:
            return None
        self._moved = False
        return self.message(now_ms)

    def message(self, now_ms: int) -> bytes | None:
        """Return what is told."""
        raise NotImplementedError


class ChangesTopic(Topic):
    """The changed levels since the last time; every client of a stream is told the same updates."""

    def __init__(self, board: Board, send: Send, period_ms: int) -> None:
        """Collect changes from now on."""
        super().__init__(board, send)
        self.period_ms = max(period_ms, 1)
        self._changes = board.book.collect()

    def poll(self, now_ms: int) -> bytes | None:
        """Return what has changed."""
        changes, book = self._changes, self.board.book
        if changes.last < changes.first:
            return None
        book.drop(changes)
        self._changes = book.collect()
        return self.show(changes, now_ms)

    def close(self) -> None:
        """Collect no more."""
        super().close()
        self.board.book.drop(self._changes)

    def show(self, changes: Changes, now_ms: int) -> bytes:
        """Return the message that tells of changes."""
        raise NotImplementedError


class KlineTopic(Topic):
    """The bar that is being made, a few times a second where it moved, and each bar once more when it is closed."""

    period_ms = 250

    def __init__(self, board: Board, send: Send, interval: str) -> None:
        """Begin with the bar that is being made."""
        super().__init__(board, send)
        self.interval = interval
        self._moved, self._end = True, 0

    def priced(self, board: Board) -> None:
        """Take note that the bar has moved."""
        self._moved = True

    def traded(self, board: Board, trade: Printed) -> None:
        """Close the bar before the trade that begins the next one is in it."""
        if self._end and trade.ts_ms >= self._end:
            self._close_up_to(trade.ts_ms)

    def poll(self, now_ms: int) -> bytes | None:
        """Close what is over, and return the bar that is being made where it moved."""
        self.board.tape.reach(now_ms)
        if self._end and now_ms >= self._end:
            self._close_up_to(now_ms)
        current = self.board.tape.current(self.interval)
        if current is None or not self._moved:
            return None
        self._moved = False
        self._end = span_of(self.interval, current.start_ms)[1]
        return self.show(current, now_ms, closed=False)

    def show(self, each: Candle, now_ms: int, *, closed: bool) -> bytes:
        """Return the message that tells of a bar."""
        raise NotImplementedError

    def _close_up_to(self, now_ms: int) -> None:
        for each in list(self.board.tape.candles(self.interval)):
            end = span_of(self.interval, each.start_ms)[1]
            if self._end <= end <= now_ms:
                self.send(self.show(each, now_ms, closed=True))
        self._end = span_of(self.interval, now_ms)[1]
        self._moved = True


class _Stream:
    def __init__(self, name: str) -> None:
        self.name = name
        self.hearers: dict[Hearer, None] = {}
        self.topics: list[Polled] = []

    def send(self, payload: bytes) -> None:
        for each in list(self.hearers):
            each.hear(self.name, payload)


class Streams:
    """All streams that somebody hears.

    `make` returns the parts of a stream by its name, none for one that will never send, None for no such stream;
    `now_ms` is the clients' time.
    """

    def __init__(
        self, make: Callable[[str, Send], list[Polled] | None], now_ms: Callable[[], int]
    ) -> None:
        """Begin with none."""
        self._make, self._now_ms = make, now_ms
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
        """Let `hearer` hear a stream and tell whether there is such a stream."""
        stream = self._streams.get(name)
        if stream is None:
            stream = _Stream(name)
            topics = self._make(name, stream.send)
            if topics is None:
                return False
            stream.topics = topics
            self._streams[name] = stream
        for topic in stream.topics:
            payload = topic.first(self._now_ms())
            if payload is not None:
                hearer.hear(name, payload)
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

    def names(self) -> list[str]:
        """Return the names of the streams that somebody hears."""
        return list(self._streams)

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

    async def _run(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            self.poll()
