"""Steps that are under way, and given up together."""

import asyncio
from collections.abc import Coroutine

__all__ = ["Tasks"]


class Tasks:
    """Keeps its tasks from being collected while they run."""

    def __init__(self) -> None:
        """Begin with none."""
        self._running: set[asyncio.Task[None]] = set()

    def start(self, step: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Begin a step and return its task."""
        task: asyncio.Task[None] = asyncio.ensure_future(step)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def stop(self) -> None:
        """Give up all of them but the one this is called from."""
        tasks = [each for each in self._running if each is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
