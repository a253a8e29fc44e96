"""Clocks that never go back, pace against the wall, and the loop everything runs on."""

import asyncio
import subprocess
import sys
from itertools import pairwise
from time import time_ns

import pytest

from anyvenue.runtime import clock
from anyvenue.runtime.clock import LiveClock, Pace
from anyvenue.runtime.loop import loop_name, new_event_loop, run

SECOND = 1_000_000_000


class Wall:
    """A machine's clock that a test turns."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    """Return the clock that both clocks read now."""
    turned = Wall(1_000 * SECOND)
    monkeypatch.setattr(clock, "monotonic_ns", turned)
    monkeypatch.setattr(clock, "time_ns", turned)
    return turned


def test_the_live_clock_tells_the_machine_s_time() -> None:
    before = time_ns()
    assert before <= LiveClock().now() <= time_ns()


def test_the_live_clock_goes_on_at_half_speed_while_the_machine_s_goes_back() -> None:
    wall, steady = Wall(0), Wall(0)
    live = LiveClock(wall, steady)
    told = []
    # 100 s back after a second; people are 10, 20, 150 and 250 seconds further on when they look again.
    for now, gone in (
        (1_000, 0),
        (1_001, 1),
        (901, 1),
        (911, 11),
        (921, 21),
        (1_051, 151),
        (1_151, 251),
    ):
        wall.now, steady.now = now * SECOND, gone * SECOND
        told.append(live.now() // SECOND)
    assert told == [1_000, 1_001, 1_001, 1_006, 1_011, 1_051, 1_151]


def test_the_live_clock_never_goes_back() -> None:
    live = LiveClock()
    assert all(a <= b for a, b in pairwise(live.now() for _ in range(10_000)))


def test_speed_zero_never_waits() -> None:
    pace = Pace(0)
    assert [pace.wait_for(ts * SECOND) for ts in (0, 1, 10**6)] == [0.0, 0.0, 0.0]


def test_a_speed_is_simulated_seconds_a_wall_second(wall: Wall) -> None:
    pace = Pace(10)
    assert pace.wait_for(50 * SECOND) == 0.0
    assert pace.wait_for(55 * SECOND) == pytest.approx(0.5)
    wall.now += SECOND // 4
    assert pace.wait_for(55 * SECOND) == pytest.approx(0.25)
    wall.now += SECOND
    assert pace.wait_for(55 * SECOND) == 0.0


def test_what_is_late_is_caught_up_with_without_waiting(wall: Wall) -> None:
    pace = Pace(1)
    pace.wait_for(0)
    wall.now += 10 * SECOND
    assert pace.wait_for(3 * SECOND) == 0.0
    assert pace.wait_for(11 * SECOND) == pytest.approx(1.0)


def test_a_stretch_longer_than_anybody_would_sit_through_is_jumped_over(wall: Wall) -> None:
    pace = Pace(1, longest_wait_s=2.0)
    pace.wait_for(0)
    assert pace.wait_for(3600 * SECOND) == 0.0
    assert pace.wait_for(3601 * SECOND) == pytest.approx(1.0)


def test_the_simulated_time_is_held_between_its_bounds(wall: Wall) -> None:
    pace = Pace(10)
    assert pace.now(7, 99) == 7
    pace.wait_for(100 * SECOND)
    wall.now += SECOND
    assert pace.now(0, 10**12) == 110 * SECOND
    assert pace.now(0, 105 * SECOND) == 105 * SECOND
    assert pace.now(120 * SECOND, 10**12) == 120 * SECOND
    assert Pace(0).now(5, 9) == 5


def test_run_gives_the_result_and_what_is_raised() -> None:
    async def answer() -> int:
        return 42

    async def fail() -> None:
        raise LookupError("nothing there")

    assert run(answer()) == 42
    with pytest.raises(LookupError, match="nothing there"):
        run(fail())


def test_the_loop_is_the_one_that_is_named() -> None:
    loop = new_event_loop()
    try:
        assert type(loop).__module__.startswith(loop_name())
    finally:
        loop.close()
    assert loop_name() in ("uvloop", "asyncio")


def test_without_uvloop_there_is_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    loop = new_event_loop()
    try:
        assert isinstance(loop, asyncio.SelectorEventLoop | asyncio.AbstractEventLoop)
        assert type(loop).__module__.startswith("asyncio")
    finally:
        loop.close()
    assert loop_name() == "asyncio"


def test_ctrl_c_ends_a_run() -> None:
    program = (
        "import asyncio, signal\n"
        "from anyvenue.runtime.loop import run\n"
        "async def main():\n"
        "    asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)\n"
        "    try:\n"
        "        await asyncio.Event().wait()\n"
        "    finally:\n"
        "        print('tidied up')\n"
        "try:\n"
        "    run(main())\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=30
    )
    assert done.stdout.split("\n")[:2] == ["tidied up", "interrupted"]
    assert done.stderr == ""
