"""The way from a node to the process of a strategy: what must arrive, and what may be replaced while it is behind."""

import asyncio
from collections.abc import Callable

import msgspec

from anyvenue.engine.strategy_process.messages import Credit, FromStrategy, Made, Told
from anyvenue.engine.strategy_process.pace import Pace
from anyvenue.engine.strategy_process.waiting import Waiting
from anyvenue.model.events import TimerFired
from anyvenue.model.market import MarketEvent
from anyvenue.runtime.journal.codec import encode_value, kind_of
from anyvenue.runtime.processes.messages import framed
from anyvenue.runtime.processes.spawning import ChildLink

__all__ = ["Feed", "StrategyLink"]

StrategyLink = ChildLink[FromStrategy, Made]


class Feed:
    """Writes to one child. Market events and timers wait while the child has not granted more; all else goes at once.

    What is written during one turn of the loop goes out in one piece.
    """

    def __init__(self, link: StrategyLink, on_full: Callable[[], None]) -> None:
        """Write to `link`; `on_full` is told when the child leaves so much unread that reports would be lost."""
        self.processed = 0
        self._waiting = Waiting()
        self._link = link
        self._on_full = on_full
        self._loop = asyncio.get_running_loop()
        self._sent = 0
        self._credit = Pace.FIRST
        self._frames: list[bytes] = []

    @property
    def backlog(self) -> int:
        """How many market events and timers the strategy has not dealt with."""
        return len(self._waiting) + self._sent - self.processed

    @property
    def conflated(self) -> int:
        """How many quotes, depth snapshots and timers a later one has replaced."""
        return self._waiting.conflated

    @property
    def dropped(self) -> int:
        """How many trades and bars were too many."""
        return self._waiting.dropped

    def event(self, now: int, event: MarketEvent | TimerFired, latest: bool = False) -> None:
        """Tell of a market event or a timer when the child can take it."""
        if self._sent < self._credit and not self._waiting:
            self._give(now, event, latest)
        else:
            self._waiting.put(now, event, latest)

    def report(self, now: int, value: msgspec.Struct) -> None:
        """Tell of an order, a fill or the account: it goes before what waits, and is never dropped."""
        self.send(Told(kind_of(value), now, msgspec.Raw(encode_value(value))))

    def granted(self, credit: Credit) -> None:
        """Send more of what waits."""
        self.processed, self._credit = credit.processed, credit.total
        while self._waiting and self._sent < self._credit:
            self._give(*self._waiting.pop())

    def send(self, message: msgspec.Struct) -> None:
        """Write a message at the end of this turn of the loop."""
        if not self._frames:
            self._loop.call_soon(self.flush)
        self._frames.append(framed(message))

    def flush(self) -> None:
        """Write now what is to be written."""
        frames, self._frames = self._frames, []
        if frames and not self._link.write_frames(b"".join(frames)) and self._link.attached:
            self._on_full()

    def _give(self, now: int, event: MarketEvent | TimerFired, latest: bool) -> None:
        self._sent += 1
        self.send(Told(kind_of(event), now, msgspec.Raw(encode_value(event)), latest))
