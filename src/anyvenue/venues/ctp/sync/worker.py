"""One thread that makes every call of the library and hears every callback of it."""

import heapq
import logging
import queue
import threading
from collections.abc import Callable
from time import monotonic

__all__ = ["Worker"]

_log = logging.getLogger("anyvenue.ctp.sync")
Job = Callable[[], None]


class Worker:
    """Runs jobs in order on a thread of its own, some of them later. Safe to post to from any thread."""

    def __init__(self, name: str) -> None:
        """Start the thread."""
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._later: list[tuple[float, int, Job]] = []
        self._number = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def here(self) -> bool:
        """Tell whether the caller is the worker's own thread."""
        return threading.current_thread() is self._thread

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return self._jobs.qsize()

    def post(self, job: Job) -> None:
        """Run a job soon."""
        self._jobs.put(job)

    def later(self, seconds: float, job: Job) -> None:
        """Run a job after some time; call it on the worker's thread."""
        self._number += 1
        heapq.heappush(self._later, (monotonic() + seconds, self._number, job))

    def end(self, timeout_s: float) -> bool:
        """Run what waits and end; tell whether it did within so many seconds."""
        self._jobs.put(None)
        if not self.here:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=self._pause())
            except queue.Empty:
                job = _nothing
            if job is None:
                return
            _do(job)
            while self._later and self._later[0][0] <= monotonic():
                _do(heapq.heappop(self._later)[2])

    def _pause(self) -> float | None:
        return max(0.0, self._later[0][0] - monotonic()) if self._later else None


def _do(job: Job) -> None:
    try:
        job()
    except Exception:
        _log.exception("a message could not be handled")


def _nothing() -> None:
    pass
