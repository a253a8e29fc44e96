"""The ground of a simulation: time that jumps, a network in memory, processes that end all at once."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from anyvenue.model.errors import JournalError
from anyvenue.model.events import CursorMoved, Event, OrderAccepted
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.testing.simulation import Disk, NoisyInbox, SimulationStuck, World

ALICE = AccountId("alice")


def play(main: Coroutine[Any, Any, Any], world: World) -> Any:
    """Run a coroutine in a world and end it."""
    try:
        return world.run(main)
    finally:
        world.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back what comes."""
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


async def serve_echo(port: int = 1) -> None:
    """Listen for ever."""
    server = await asyncio.start_server(echo, "127.0.0.1", port)
    async with server:
        await asyncio.Event().wait()


async def talk(words: int = 20) -> str:
    """Say something word by word and return what came back, up to a break."""
    await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", 1)
    heard = b""
    try:
        for number in range(words):
            writer.write(b"word%02d " % number)
            await asyncio.sleep(0.001)
        while len(heard) < 7 * words and (data := await reader.read(100)):
            heard += data
    except ConnectionError:
        heard += b"!"
    writer.close()
    return heard.decode()


# ---- time


def test_an_hour_passes_at_once() -> None:
    world = World()

    async def main() -> float:
        await asyncio.sleep(3600)
        return world.loop.time()

    assert play(main(), world) == pytest.approx(3600)


def test_what_is_due_first_happens_first() -> None:
    heard: list[str] = []

    async def say(word: str, after: float) -> None:
        await asyncio.sleep(after)
        heard.append(word)

    async def main() -> None:
        await asyncio.gather(say("third", 3), say("first", 1), say("second", 2))

    play(main(), World())
    assert heard == ["first", "second", "third"]


def test_waiting_for_what_never_comes_is_an_error_and_no_hang() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(SimulationStuck, match="nothing is due"):
        play(main(), World())


def test_a_timer_is_never_early_and_spinning_is_an_error() -> None:
    world = World()

    async def main() -> None:
        for _ in range(1000):
            before = world.loop.ns
            await asyncio.sleep(1e-9)
            assert world.loop.ns > before
        while True:
            await asyncio.sleep(0)

    with pytest.raises(SimulationStuck, match="no time has passed"):
        play(main(), world)


def test_work_for_another_thread_is_done_at_once() -> None:
    async def main() -> int:
        return await asyncio.to_thread(lambda: 42)

    assert play(main(), World()) == 42


# ---- the network


def test_streams_of_asyncio_talk_over_the_simulated_network() -> None:
    world = World(seed=3)
    world.process("server").start(serve_echo())
    said = play(world.process("client").start(talk()), world)
    assert said == "".join(f"word{number:02d} " for number in range(20))


def test_where_nobody_listens_connections_are_refused() -> None:
    world = World()
    with pytest.raises(ConnectionRefusedError):
        play(talk(), world)


def test_a_broken_connection_delivers_a_beginning_of_what_was_sent() -> None:
    world = World(seed=5)
    world.process("server").start(serve_echo())

    async def main() -> str:
        talking = world.process("client").start(talk())
        await asyncio.sleep(0.025)
        world.network.open_connections("client")[0].cut(kept=0.5)
        return await talking

    said = play(main(), world)
    assert said.endswith("!")
    assert "".join(f"word{number:02d} " for number in range(20)).startswith(said[:-1])
    assert 0 < len(said) < 140


def test_a_stalled_connection_says_nothing_until_it_goes_on() -> None:
    world = World()
    world.process("server").start(serve_echo())

    async def main() -> float:
        talking = world.process("client").start(talk())
        await asyncio.sleep(0.02)
        world.network.open_connections("client")[0].stall(5.0)
        await talking
        return world.loop.time()

    assert play(main(), world) > 5.0


def test_what_two_worlds_of_one_seed_do_is_the_same() -> None:
    def once(seed: int) -> tuple[int, str]:
        world = World(seed)
        world.process("server").start(serve_echo())
        said = play(world.process("client").start(talk()), world)
        return world.loop.ns, said

    assert once(1) == once(1)
    assert once(1) != once(2)


# ---- processes


def test_a_killed_process_does_nothing_more_and_its_connections_end() -> None:
    world = World()
    server = world.process("server")
    server.start(serve_echo())
    heard: list[str] = []

    async def tick() -> None:
        while True:
            await asyncio.sleep(0.01)
            heard.append("tick")

    async def main() -> str:
        server.start(tick())
        talking = world.process("client").start(talk())
        await asyncio.sleep(0.025)
        server.kill()
        ticks = len(heard)
        said = await talking
        await asyncio.sleep(1)
        assert len(heard) == ticks
        return said

    assert len(play(main(), world)) < 140
    assert heard.count("tick") == 2


def test_exceptions_nobody_caught_are_kept() -> None:
    world = World()

    def fail() -> None:
        raise ValueError("on purpose")

    async def main() -> None:
        asyncio.get_running_loop().call_soon(fail)
        await asyncio.sleep(0.1)

    play(main(), world)
    assert "on purpose" in world.failures[0]


# ---- machines


def test_a_disk_keeps_everything_of_a_killed_process_and_less_after_a_loss_of_power() -> None:
    world = World()
    disks: list[Disk] = []

    async def main() -> None:
        disk = world.disk()
        disk.append("a", b"safe")
        await asyncio.sleep(0.03)
        disk.append("a", b"lost")
        disks.extend((disk.after(), disk.after(kept=0.5)))
        disk.append("a", b"written by the dead")

    play(main(), world)
    assert [disk.read("a") for disk in disks] == [b"safelost", b"safelo"]


def test_a_full_disk_tears_a_write() -> None:
    world = World()

    async def main() -> bytes:
        disk = world.disk()
        disk.room = 2
        with pytest.raises(JournalError):
            disk.append("a", b"four")
        return disk.read("a")

    assert play(main(), world) == b"fo"


def test_a_clock_may_be_set_wrong() -> None:
    world = World()
    clock = world.clock()
    before = clock.now()
    clock.offset -= 5
    assert clock.now() == before - 5
    world.close()


# ---- noise


class Box:
    """An inbox that keeps what it is given."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def post(self, event: Event) -> None:
        self.events.append(event)


def test_noise_repeats_and_swaps_reports_and_no_cursor_runs_ahead() -> None:
    world, box = World(seed=2), Box()

    async def main() -> None:
        noisy = NoisyInbox(box, world.draw)
        noisy.level = 0.5
        for number in range(1, 60):
            noisy.post(CursorMoved(ALICE, 1, 1, number, number, number))
            noisy.post(OrderAccepted(ALICE, OrderId(number), number, number))
            await asyncio.sleep(0)
        noisy.level = 0.0
        await asyncio.sleep(0.1)

    play(main(), world)
    told = [each.order_id for each in box.events if isinstance(each, OrderAccepted)]
    assert set(told) == set(range(1, 60))
    assert len(told) > 59
    assert told != sorted(told)
    heard: set[int] = set()
    for place, event in enumerate(box.events):
        if isinstance(event, OrderAccepted):
            heard.add(event.order_id)
        elif isinstance(event, CursorMoved):
            following = box.events[place + 1]
            assert isinstance(following, OrderAccepted)
            assert set(range(1, event.number + 1)) <= heard | {following.order_id}
