"""Queries as CTP wants them: one in flight, so many a second, orders' business before what can wait."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import IntEnum

__all__ = ["Pacer", "Urgency"]


class Urgency(IntEnum):
    """Who goes first."""

    NOW = 0
    SOON = 1
    SOMETIME = 2


class Pacer:
    """Lets one query at a time go, `per_second` of them at most; 0 sets no limit."""

    def __init__(self, per_second: float, now: Callable[[], float]) -> None:
        """Measure by `now` in seconds, such as a loop's time."""
        self._gap = 1.0 / per_second if per_second else 0.0
        self._now = now
        self._free_at = 0.0
        self._busy = False
        self._count = 0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @property
    def again_in(self) -> float:
        """How long to wait before a query is tried again that the library or the counter found too early, seconds."""
        return max(self._gap, 0.05)

    @asynccontextmanager
    async def turn(self, urgency: Urgency) -> AsyncIterator[None]:
        """Wait for one's turn and keep it while the query is answered."""
        await self._acquire(urgency)
        try:
            await self.wait()
            yield
        finally:
            self._release()

    async def wait(self) -> None:
        """Let the time between two queries pass; the next one counts from here."""
        pause = self._free_at - self._now()
        if pause > 0:
            await asyncio.sleep(pause)
        self._free_at = self._now() + self._gap

    def retry_later(self) -> None:
        """Have the next query wait a whole gap from now."""
        self._free_at = self._now() + self.again_in

    async def _acquire(self, urgency: Urgency) -> None:
        if not self._busy:
            self._busy = True
            return
        turn = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._waiting, (urgency, self._count, turn))
        try:
            await turn
        except asyncio.CancelledError:
            # It may have been given the turn in the same moment.
            if turn.done() and not turn.cancelled():
                self._release()
            raise

    def _release(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._busy = False
