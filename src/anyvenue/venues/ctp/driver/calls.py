"""From the vendor's thread to the loop's: callbacks in a queue, with one wake-up for as many as there are."""

import asyncio
from collections import deque
from collections.abc import Callable

from anyvenue.venues.ctp.native.seam import Called

__all__ = ["CallQueue"]

_SLICE = 512


class CallQueue:
    """Hands what is posted to `handle` on the loop's thread, in order, so many at a time.

    A posting that finds a wake-up pending is an append and nothing else: vendors' threads are soon back.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, handle: Callable[[Called], None]) -> None:
        """Handle calls on `loop`."""
        self._loop = loop
        self._handle = handle
        self._queue: deque[Called] = deque()
        self._armed = False
        self._closed = self._held = False

    def post(self, called: Called) -> None:
        """Queue one callback; never waits. Safe from any thread."""
        self._queue.append(called)
        if not self._armed:
            self._armed = True
            try:
                self._loop.call_soon_threadsafe(self._drain)
            except RuntimeError:
                # A vendor's thread outlives the loop by a moment; there is nobody left to tell.
                if not self._loop.is_closed():
                    raise

    def hold(self) -> None:
        """Hand over nothing more until `go_on`; what is posted waits."""
        self._held = True

    def go_on(self) -> None:
        """Hand over what has waited."""
        if self._held:
            self._held = False
            if self._queue and not self._armed:
                self._armed = True
                self._loop.call_soon(self._drain)

    def close(self) -> None:
        """Hand over nothing any more."""
        self._closed = True
        self._queue.clear()

    def _drain(self) -> None:
        # Disarmed first: a post from another thread after this line makes a wake-up of its own.
        self._armed = False
        queue, handle = self._queue, self._handle
        for _ in range(min(_SLICE, len(queue))):
            if self._closed or self._held:
                return
            handle(queue.popleft())
        if queue and not (self._armed or self._held):
            self._armed = True
            self._loop.call_soon(self._drain)
