"""A thread that syncs what was written, once for everything that came within an interval."""

import threading
from collections.abc import Callable

__all__ = ["Flusher"]


class Flusher:
    """Calls `flush` on a thread of its own at most `interval_s` after it was asked for.

    `ask` is cheap while one is already pending, which it is most of the time. `flush` must not raise.
    """

    def __init__(self, flush: Callable[[], None], interval_s: float) -> None:
        """Start the thread."""
        self._flush = flush
        self._interval = interval_s
        self._pending = False
        self._wanted = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal-sync", daemon=True)
        self._thread.start()

    def ask(self) -> None:
        """Have what was written so far synced within the interval."""
        if not self._pending:
            self._pending = True
            self._wanted.set()

    def close(self) -> None:
        """Sync what is pending and end the thread; repeated calls do nothing."""
        self._closing.set()
        self._wanted.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wanted.wait()
            self._closing.wait(self._interval)
            # Both before the sync: a write that comes during it asks again.
            self._wanted.clear()
            self._pending = False
            self._flush()
