"""The watchdog: a loop that is held up is told of, with what held it up."""

import asyncio
import threading
from collections.abc import Iterator
from itertools import count

from anyvenue.model.events import LoopLagged
from anyvenue.runtime.loop import run
from anyvenue.runtime.watchdog import LoopWatchdog, SlowCall


class Kept:
    """An inbox that keeps what it is given."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def post(self, event: object) -> None:
        self.events.append(event)


class Counts:
    """A clock that goes on by one with every look at it."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count(1)

    def now(self) -> int:
        return next(self._numbers)


def hold_up_until_seen(watchdog: LoopWatchdog) -> None:
    while not watchdog.sampled:
        pass


def hold_up_too_long(watchdog: LoopWatchdog) -> None:
    hold_up_until_seen(watchdog)
    threading.Event().wait(0.06)


def test_what_holds_the_loop_is_reported_with_its_stack() -> None:
    async def main() -> None:
        inbox, told = Kept(), asyncio.Event()
        slow: list[SlowCall] = []
        watchdog = LoopWatchdog(
            inbox, Counts(), on_slow=lambda call: (slow.append(call), told.set())
        )
        watchdog.start()
        asyncio.get_running_loop().call_soon(hold_up_too_long, watchdog)
        async with asyncio.timeout(60):
            await told.wait()
        watchdog.stop()
        assert "hold_up_too_long" in slow[0].stack
        assert slow[0].lag_ns >= 50_000_000
        lagged = inbox.events[0]
        assert isinstance(lagged, LoopLagged)
        assert (lagged.lag_ns, lagged.ts_recv) == (slow[0].lag_ns, slow[0].ts)
        assert watchdog.slow_calls == len(slow)
        assert watchdog.longest_ns >= slow[0].lag_ns

    run(main())


def test_a_loop_that_does_not_come_back_is_told_of_while_it_is_away() -> None:
    async def main() -> None:
        stuck: list[SlowCall] = []
        seen = threading.Event()
        watchdog = LoopWatchdog(
            Kept(),
            Counts(),
            stuck_ns=30_000_000,
            on_stuck=lambda call: (stuck.append(call), seen.set()),
        )
        watchdog.start()
        assert seen.wait(60)  # on the loop: nothing turns until it is told
        watchdog.stop()
        assert len(stuck) == 1
        assert "test_watchdog.py" in stuck[0].stack

    run(main())


def test_a_loop_that_turns_is_not_told_of() -> None:
    async def main() -> None:
        inbox = Kept()
        watchdog = LoopWatchdog(inbox, Counts(), slow_ns=5_000_000_000)
        watchdog.start()
        watchdog.start()
        for _ in range(100):
            await asyncio.sleep(0)
        assert watchdog.sampled == ""
        watchdog.stop()
        watchdog.stop()
        assert inbox.events == []
        assert watchdog.slow_calls == 0

    run(main())


def test_it_leaves_no_thread_behind_and_can_be_started_again() -> None:
    async def main() -> None:
        before = threading.active_count()
        watchdog = LoopWatchdog(Kept(), Counts())
        for _ in range(3):
            watchdog.start()
            assert threading.active_count() == before + 1
            watchdog.stop()
            assert threading.active_count() == before

    run(main())
