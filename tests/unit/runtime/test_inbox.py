"""The inbox: order of posting, wake-ups from any thread, bounded slices, failures that are not swallowed."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest

from anyvenue.model.events import TimePassed
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Quote
from anyvenue.runtime.inbox import LoopInbox
from anyvenue.runtime.loop import new_event_loop

LOOPS = {"uvloop, where there is one": new_event_loop, "asyncio": asyncio.new_event_loop}
Runs = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Runs:
    """Return what runs a coroutine on each kind of loop."""

    def go(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            runner.run(main)

    return go


def event(number: int, source: int = 0) -> TimePassed:
    return TimePassed(number, source)


def inbox_to(handle: Callable[[Any], None], slice_size: int = 256) -> LoopInbox:
    return LoopInbox(asyncio.get_running_loop(), handle, slice_size)


def test_events_are_handled_later_and_in_the_order_of_posting(run: Runs) -> None:
    async def main() -> None:
        seen: list[TimePassed] = []
        inbox = inbox_to(seen.append)
        posted = [event(number) for number in range(1000)]
        for each in posted:
            inbox.post(each)
        assert seen == []
        await inbox.drained()
        assert seen == posted

    run(main())


def test_nothing_posted_is_drained_at_once(run: Runs) -> None:
    async def main() -> None:
        inbox = inbox_to(lambda _: None)
        await asyncio.wait_for(inbox.drained(), 60)

    run(main())


def test_a_hundred_thousand_posts_of_many_threads_arrive_each_once_and_in_each_thread_s_order(
    run: Runs,
) -> None:
    threads, each = 8, 12_500

    async def main() -> None:
        seen: list[TimePassed] = []
        everything = asyncio.Event()

        def handle(one: TimePassed) -> None:
            seen.append(one)
            if len(seen) == threads * each:
                everything.set()

        inbox = inbox_to(handle)
        start = threading.Barrier(threads)

        def post(source: int) -> None:
            start.wait()
            for number in range(each):
                inbox.post(event(number, source))

        workers = [threading.Thread(target=post, args=(source,)) for source in range(threads)]
        for worker in workers:
            worker.start()
        await asyncio.wait_for(everything.wait(), 30)
        for worker in workers:
            worker.join()
        await inbox.drained()
        assert len(seen) == threads * each
        for source in range(threads):
            numbers = [one.ts_event for one in seen if one.ts_recv == source]
            assert numbers == list(range(each))

    run(main())


def test_a_post_from_a_thread_wakes_a_sleeping_loop(run: Runs) -> None:
    async def main() -> None:
        handled = asyncio.Event()
        inbox = inbox_to(lambda _: handled.set())
        for _ in range(50):
            handled.clear()
            thread = threading.Thread(target=inbox.post, args=(event(1),))
            thread.start()
            await asyncio.wait_for(handled.wait(), 60)
            thread.join()

    run(main())


def test_one_wake_up_serves_many_posts() -> None:
    class Counting(asyncio.SelectorEventLoop):
        wakes = 0

        def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> Any:
            self.wakes += 1
            return super().call_soon_threadsafe(callback, *args, context=context)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Counting)
        inbox = inbox_to(lambda _: None)
        before = loop.wakes
        for number in range(500):
            inbox.post(event(number))
        assert loop.wakes == before + 1
        await inbox.drained()

    with asyncio.Runner(loop_factory=Counting) as runner:
        runner.run(main())


def test_others_have_their_turn_between_slices(run: Runs) -> None:
    async def main() -> None:
        seen: list[TimePassed] = []
        turns: list[int] = []
        inbox = inbox_to(seen.append, slice_size=10)
        for number in range(100):
            inbox.post(event(number))

        def another() -> None:
            turns.append(len(seen))
            if len(seen) < 100:
                asyncio.get_running_loop().call_soon(another)

        asyncio.get_running_loop().call_soon(another)
        await inbox.drained()
        assert {later - earlier for earlier, later in pairwise(turns)} <= {
            0,
            10,
        }
        assert len(seen) == 100

    run(main())


def test_what_is_posted_while_handling_is_handled_before_drained_returns(run: Runs) -> None:
    async def main() -> None:
        seen: list[int] = []

        def handle(one: TimePassed) -> None:
            seen.append(one.ts_event)
            if one.ts_event < 20:
                inbox.post(event(one.ts_event + 1))

        inbox = inbox_to(handle, slice_size=4)
        inbox.post(event(0))
        await inbox.drained()
        assert seen == list(range(21))

    run(main())


def test_several_may_wait_until_it_is_drained(run: Runs) -> None:
    async def main() -> None:
        inbox = inbox_to(lambda _: None)
        inbox.post(event(1))
        await asyncio.gather(*(inbox.drained() for _ in range(5)))

    run(main())


def test_a_waiter_that_gives_up_does_not_disturb_the_inbox(run: Runs) -> None:
    async def main() -> None:
        seen: list[TimePassed] = []
        inbox = inbox_to(seen.append, slice_size=1)
        for number in range(10):
            inbox.post(event(number))
        waiting = asyncio.ensure_future(inbox.drained())
        asyncio.get_running_loop().call_soon(waiting.cancel)
        with pytest.raises(asyncio.CancelledError):
            await waiting
        inbox.post(event(10))
        await inbox.drained()
        assert seen == [event(number) for number in range(11)]

    run(main())


def test_what_a_handler_raises_reaches_whoever_drains_and_the_inbox_goes_on(run: Runs) -> None:
    async def main() -> None:
        seen: list[int] = []

        def handle(one: TimePassed) -> None:
            if one.ts_event == 3:
                raise ArithmeticError("three")
            seen.append(one.ts_event)

        inbox = inbox_to(handle)
        for number in range(6):
            inbox.post(event(number))
        with pytest.raises(ArithmeticError, match="three"):
            await inbox.drained()
        assert seen == [0, 1, 2, 4, 5]
        inbox.post(event(6))
        await inbox.drained()
        assert seen[-1] == 6

    run(main())


def test_the_first_failure_is_the_one_told(run: Runs) -> None:
    async def main() -> None:
        def handle(one: TimePassed) -> None:
            raise ValueError(("nought", "one", "two")[one.ts_event])

        inbox = inbox_to(handle)
        for number in range(3):
            inbox.post(event(number))
        with pytest.raises(ValueError, match="nought"):
            await inbox.drained()

    run(main())


def quote(number: int) -> Quote:
    return Quote(InstrumentId("a.X"), number, number, 1.0, 2.0, 1.0, 1.0)


def test_a_flood_of_quotes_conflates_and_everything_else_is_handled(run: Runs) -> None:
    async def main() -> None:
        seen: list[Any] = []
        inbox = LoopInbox(asyncio.get_running_loop(), seen.append, limit=100)
        for number in range(1000):
            inbox.post(quote(number))
            if number % 100 == 0:
                inbox.post(event(number))
        assert inbox.depth <= 111
        await inbox.drained()
        assert [one.ts_event for one in seen if isinstance(one, TimePassed)] == [
            *range(0, 1000, 100)
        ]
        assert seen[-1] == quote(999)
        assert inbox.posted == 1010
        assert inbox.conflated == inbox.posted - len(seen) > 800
        assert inbox.depth == 0

    run(main())


def test_flush_handles_what_waits_and_leaves_nothing_for_later(run: Runs) -> None:
    async def main() -> None:
        seen: list[Any] = []
        inbox = inbox_to(seen.append, slice_size=3)
        for number in range(10):
            inbox.post(event(number))
        inbox.flush()
        assert seen == [event(number) for number in range(10)]
        await inbox.drained()
        assert len(seen) == 10

    run(main())


def test_a_post_after_the_loop_has_gone_is_nobody_s_concern(run: Runs) -> None:
    inboxes: list[LoopInbox] = []

    async def main() -> None:
        inboxes.append(inbox_to(lambda _: None))

    run(main())
    inboxes[0].post(event(1))
    assert inboxes[0].depth == 1
