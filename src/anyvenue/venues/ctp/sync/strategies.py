"""Strategy functions on threads of their own."""

import logging
import threading
from collections.abc import Callable
from time import monotonic

__all__ = ["Stopped", "StrategyThreads"]

_log = logging.getLogger("anyvenue.ctp.sync")


class Stopped(RuntimeError):
    """The API was stopped while a strategy waited."""


class StrategyThreads:
    """Runs so many at a time. What one raises is logged and ends that one alone."""

    def __init__(self, most: int) -> None:
        """Run `most` at a time."""
        self._most = most
        self._lock = threading.Lock()
        self._running: dict[str, threading.Thread] = {}

    def run(self, act: Callable[[], object], name: str) -> threading.Thread:
        """Start a thread that is called `name`, with a number where there is one of that name."""
        with self._lock:
            alive = {key: each for key, each in self._running.items() if each.is_alive()}
            if len(alive) >= self._most:
                raise RuntimeError(f"{self._most} strategies are running, which is the most")
            key, number = name, 1
            while key in alive:
                number += 1
                key = f"{name}-{number}"
            thread = threading.Thread(target=_run, args=(act, key), name=key, daemon=True)
            self._running = {**alive, key: thread}
            thread.start()
        return thread

    def running(self) -> dict[str, threading.Thread]:
        """Return those that run, by name."""
        with self._lock:
            return {key: each for key, each in self._running.items() if each.is_alive()}

    def join(self, timeout_s: float) -> list[str]:
        """Wait for all of them within so many seconds; return the names of those that did not end."""
        until = monotonic() + timeout_s
        for thread in self.running().values():
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - monotonic()))
        here = threading.current_thread()
        return [key for key, each in self.running().items() if each is not here]


def _run(act: Callable[[], object], name: str) -> None:
    try:
        act()
    except Stopped:
        _log.info("strategy %s was stopped", name)
    except Exception:
        _log.exception("strategy %s has failed", name)
