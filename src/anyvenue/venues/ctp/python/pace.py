"""Queries as CTP's client library paces them: so many in flight, so many a second; everything else passes."""

from collections import deque
from collections.abc import Callable
from threading import Lock

__all__ = ["IN_FLIGHT", "PER_SECOND", "Pace"]

IN_FLIGHT = -2
"""What a query returns while as many as may be are unanswered."""

PER_SECOND = -3
"""What a query returns when as many as may be were asked within the last second."""


class Pace:
    """Counts the queries of one connection; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Pace as CTP does before it has heard otherwise: one a second, one in flight."""
        self.per_second = 1
        self._most = 1
        self._clock = clock
        self._lock = Lock()
        self._asked: deque[float] = deque()
        self._flying: deque[int] = deque()

    def set(self, per_second: int, in_flight: int) -> None:
        """Begin anew for a connection; 0 is no limit."""
        with self._lock:
            self.per_second, self._most = per_second, in_flight
            self._asked.clear()
            self._flying.clear()

    def ask(self, request_id: int) -> int:
        """Return 0 and take note of the query, or the code that refuses it."""
        with self._lock:
            if self._most and len(self._flying) >= self._most:
                return IN_FLIGHT
            now = self._clock()
            while self._asked and now - self._asked[0] >= 1:
                self._asked.popleft()
            if self.per_second and len(self._asked) >= self.per_second:
                return PER_SECOND
            if self._most:
                self._flying.append(request_id)
            if self.per_second:
                self._asked.append(now)
            return 0

    def answered(self, request_id: int, surely: bool) -> None:
        """Take note of a query's last answer; what was answered as an error only may have been one."""
        with self._lock:
            if request_id in self._flying:
                self._flying.remove(request_id)
            elif surely and self._flying:
                self._flying.popleft()
