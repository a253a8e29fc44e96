"""Watches an event loop: how late it is, and what it was doing while others waited."""

import asyncio
import sys
import threading
import traceback
from collections.abc import Callable
from time import monotonic_ns

import msgspec

from anyvenue.model.events import LoopLagged
from anyvenue.model.protocols import Clock, Inbox

__all__ = ["LoopWatchdog", "SlowCall"]

_FRAMES = 24


class SlowCall(msgspec.Struct, frozen=True):
    """The loop was held up for `lag_ns`; `stack` is where it was in the meantime, "" if it was over too soon.

    `ts` is when it was noticed, int ns UTC.
    """

    ts: int
    lag_ns: int
    stack: str


class LoopWatchdog:
    """Measures by a timer every `interval_s` how late the loop is; a thread of its own looks at the loop's stack.

    What holds the loop longer than `slow_ns` is posted as LoopLagged and told to `on_slow`, on the loop, afterwards.
    Anything that takes `slow_ns` and one interval is found, nothing shorter than `slow_ns` is. `on_stuck` is told on
    the watchdog's thread, once, while the loop is still held after `stuck_ns`. Code that keeps the interpreter lock, as
    some vendors' libraries do, is seen only when it lets go.
    """

    def __init__(
        self,
        inbox: Inbox,
        clock: Clock,
        *,
        slow_ns: int = 50_000_000,
        stuck_ns: int = 5_000_000_000,
        interval_s: float = 0.01,
        on_slow: Callable[[SlowCall], None] | None = None,
        on_stuck: Callable[[SlowCall], None] | None = None,
    ) -> None:
        """Post to `inbox`, stamped by `clock`; nothing is measured before `start`."""
        self.slow_calls = 0
        self.longest_ns = 0
        self._inbox = inbox
        self._clock = clock
        self._slow = slow_ns
        self._stuck = stuck_ns
        self._interval = interval_s
        self._on_slow = on_slow
        self._on_stuck = on_stuck
        self._due = 0
        self._sample: tuple[int, str] = (0, "")
        self._told_stuck = 0
        self._timer: asyncio.TimerHandle | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Watch the running loop from now on."""
        if self._thread is not None:
            return
        self._ended.clear()
        self._arm(asyncio.get_running_loop())
        watched = threading.get_ident()
        self._thread = threading.Thread(
            target=self._watch, args=(watched,), name="loop-watchdog", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer; repeated calls do nothing."""
        thread, self._thread = self._thread, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._ended.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    @property
    def sampled(self) -> str:
        """The stack of what holds the loop up right now, "" while it is on time; for any thread."""
        due, stack = self._sample
        return stack if due == self._due else ""

    # ---- the loop's side

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = monotonic_ns() + int(self._interval * 1e9)
        self._timer = loop.call_later(self._interval, self._beat, loop)

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        lag = monotonic_ns() - self._due
        stack = self.sampled
        self._arm(loop)
        self.longest_ns = max(self.longest_ns, lag)
        if lag > self._slow:
            self._report(lag, stack)

    def _report(self, lag: int, stack: str) -> None:
        self.slow_calls += 1
        ts = self._clock.now()
        self._inbox.post(LoopLagged(ts, ts, lag, stack))
        if self._on_slow is not None:
            self._on_slow(SlowCall(ts, lag, stack))

    # ---- the watchdog's thread

    def _watch(self, watched: int) -> None:
        while not self._ended.wait(self._interval):
            due = self._due
            lag = monotonic_ns() - due
            # Half the time: what is only just too slow would be over before its stack was seen.
            if lag > self._slow // 2 and self._sample[0] != due:
                self._sample = (due, _stack_of(watched))
            if lag > self._stuck and self._told_stuck != due:
                self._told_stuck = due
                if self._on_stuck is not None:
                    self._on_stuck(SlowCall(self._clock.now(), lag, _stack_of(watched)))


def _stack_of(thread: int) -> str:
    frame = sys._current_frames().get(thread)
    return "" if frame is None else "".join(traceback.format_stack(frame, _FRAMES))
