"""Books that lack something, mended by snapshots that are asked for."""

import asyncio
from collections.abc import Awaitable, Callable

from anyvenue.model.errors import AnyvenueError

__all__ = ["Mending"]

_RETRY_S = 1.0
_AGAIN_S = 0.25


class Mending:
    """Asks for snapshots of each symbol's book, one at a time, until one joins what has come since.

    `mend` asks for one, and returns whether the book is whole now; `mended` is called then.
    """

    def __init__(
        self, mend: Callable[[str], Awaitable[bool]], mended: Callable[[str], None]
    ) -> None:
        """Begin with nothing to mend."""
        self._mend, self._mended = mend, mended
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.open = False

    def begin(self, symbol: str) -> None:
        """Mend a book soon; nothing happens where that is under way, or while this is not `open`."""
        if self.open and symbol not in self._tasks:
            self._tasks[symbol] = asyncio.ensure_future(self._persist(symbol))

    async def stop(self) -> None:
        """Give up what is under way."""
        self.open = False
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _persist(self, symbol: str) -> None:
        try:
            while not await self._try(symbol):
                await asyncio.sleep(_AGAIN_S)
        finally:
            self._tasks.pop(symbol, None)
        self._mended(symbol)

    async def _try(self, symbol: str) -> bool:
        try:
            return await self._mend(symbol)
        except AnyvenueError:
            await asyncio.sleep(_RETRY_S - _AGAIN_S)
            return False
