"""How long a strategy's callbacks take, and what comes of one that holds everybody up."""

from collections import deque
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

import msgspec

from anyvenue.model.errors import StrategyError

__all__ = ["SlowLimit", "SlowWatch"]


class SlowLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A callback over `threshold_ns` is slow; `times` of them within `within_ns` fault the strategy.

    With `fault` false they are only reported.
    """

    threshold_ns: int = 50_000_000
    times: int = 3
    within_ns: int = 60_000_000_000
    fault: bool = True


class SlowWatch:
    """Times the callbacks of one strategy; those that one callback leads to count as part of it.

    `calls` is how many there were; `after` is told after each, `on_fault` before they fault the strategy.
    """

    def __init__(
        self,
        limit: SlowLimit,
        report: Callable[[str], None],
        fail: Callable[[Exception], None],
        clock: Callable[[], int] = perf_counter_ns,
    ) -> None:
        """Tell slow callbacks to `report` and too many of them to `fail`; `clock` is in ns."""
        self.slow_calls = 0
        self.longest_ns = 0
        self.calls = 0
        self.after: Callable[[int], None] | None = None
        self.on_fault: Callable[[int, Exception], None] | None = None
        self._limit = limit
        self._report = report
        self._fail = fail
        self._clock = clock
        self._recent: deque[int] = deque()
        self._running = False
        self._wrapped: dict[str, _Timed] = {}

    def wrap(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Return what calls `callback` and times it; the same for the same method, as subscriptions are compared."""
        return self._wrapped.setdefault(callback.__name__, _Timed(self, callback))

    def call(self, callback: Callable[..., None], *args: Any) -> None:
        """Call and time; what the callback raises goes through."""
        if self._running:
            callback(*args)
            return
        self._running = True
        self.calls += 1
        began = self._clock()
        try:
            callback(*args)
        finally:
            self._running = False
            took = self._clock() - began
            if took > self._limit.threshold_ns:
                self._on_slow(callback.__name__, began + took, took)
            if self.after is not None:
                self.after(self.calls)

    def _on_slow(self, name: str, now: int, took: int) -> None:
        limit, recent = self._limit, self._recent
        self.slow_calls += 1
        self.longest_ns = max(self.longest_ns, took)
        self._report(f"{name} took {took / 1e6:.0f} ms and held everything else up")
        recent.append(now)
        while now - recent[0] > limit.within_ns:
            recent.popleft()
        if limit.fault and len(recent) >= limit.times:
            recent.clear()
            error = self._too_slow(name, took)
            if self.on_fault is not None:
                self.on_fault(self.calls, error)
            self._fail(error)

    def _too_slow(self, name: str, took: int) -> StrategyError:
        limit = self._limit
        return StrategyError(
            f"{name} took {took / 1e6:.0f} ms: {limit.times} callbacks within {limit.within_ns / 1e9:g} s took over "
            f'{limit.threshold_ns / 1e6:g} ms; do less in a callback, or run the strategy with host = "process"',
            code="strategy.slow",
            callback=name,
            took_ns=took,
        )


class _Timed:
    """A callback with a watch on it; `__self__` is whose it is, as with a bound method."""

    def __init__(self, watch: SlowWatch, callback: Callable[..., None]) -> None:
        self.__self__ = getattr(callback, "__self__", callback)
        self._watch = watch
        self._callback = callback

    def __call__(self, event: object) -> None:
        self._watch.call(self._callback, event)
