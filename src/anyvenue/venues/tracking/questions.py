"""Questions about single orders, asked until they are answered."""

import asyncio
from collections.abc import Awaitable, Callable

from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.tracking.records import OrderRecord

__all__ = ["RETRY_S", "Questions"]

RETRY_S = 0.5


class Questions:
    """Asks about each order once at a time; nothing is asked while it is not `open`.

    `inquire` asks once and returns after how many seconds to ask again, 0 when all is known.
    """

    def __init__(self, inquire: Callable[[OrderRecord], Awaitable[float]]) -> None:
        """Begin closed."""
        self._inquire = inquire
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self.open = False

    def ask(self, record: OrderRecord) -> None:
        """Ask about an order soon; nothing happens without a session: all are asked about after the next login."""
        if not self.open:
            return
        if record.order_id in self._tasks:
            self._again.add(record.order_id)
            return
        self._tasks[record.order_id] = asyncio.ensure_future(self._persist(record))

    async def stop(self) -> None:
        """Give up all questions."""
        self.open = False
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _persist(self, record: OrderRecord) -> None:
        try:
            while self.open:
                self._again.discard(record.order_id)
                try:
                    wait = await self._inquire(record)
                except AnyvenueError:
                    wait = RETRY_S
                if not wait and record.order_id not in self._again:
                    return
                await asyncio.sleep(wait)
        finally:
            self._tasks.pop(record.order_id, None)
