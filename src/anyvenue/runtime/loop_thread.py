"""An event loop on a thread of its own, for code that blocks: scripts and notebooks."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import wait
from typing import Any, TypeVar

from anyvenue.runtime.loop import new_event_loop

__all__ = ["LoopThread"]

_Result = TypeVar("_Result")
_PATIENCE_S = 0.25


class LoopThread:
    """Runs coroutines for callers that wait for them; it is running once it is made."""

    def __init__(self) -> None:
        """Start the thread, which does not keep the process alive."""
        self.loop = new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="anyvenue", daemon=True)
        self._thread.start()

    def call(self, coroutine: Coroutine[Any, Any, _Result]) -> _Result:
        """Return what a coroutine does; raise what it raises. Ctrl-C cancels it."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        try:
            # Windows sees Ctrl-C only between waits, so there is an end to each.
            while not wait({future}, _PATIENCE_S).done:
                pass
        except BaseException:
            future.cancel()
            raise
        return future.result()

    def end(self) -> None:
        """End what still runs, a call that Ctrl-C left among it, then loop and thread."""
        asyncio.run_coroutine_threadsafe(_end_tasks(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


async def _end_tasks() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        # One that was cancelled already may be tidying up; a second cancel would keep it from that.
        if not task.cancelling():
            task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
