"""One seed's world: a loop, a network, machines and their processes.

    world = World(seed=7)
    server = world.process("venue")
    client = world.process("node")
    server.start(serve())
    world.run(client.start(trade()))

Whatever talks through `loop.create_connection`, `loop.create_server` or asyncio's streams can live in it: any driver
whose venue can be played by a server in another process of the same world.
"""

import asyncio
from collections.abc import Awaitable
from contextvars import copy_context
from random import Random
from typing import Any, TypeVar

from anyvenue.testing.simulation.disks import Disk, MachineClock
from anyvenue.testing.simulation.loop import SteeredLoop
from anyvenue.testing.simulation.network import Network
from anyvenue.testing.simulation.processes import Process

__all__ = ["START", "World"]

_Result = TypeVar("_Result")

START = 1_789_437_600 * 1_000_000_000
"""When every simulation begins: 2026-09-15 02:00 UTC."""


class World:
    """Everything that happens in it follows from `seed` and the program.

    `failures` are exceptions that nobody caught.
    """

    def __init__(self, seed: int = 0) -> None:
        """Begin at time 0 with no process."""
        self.draw = Random(seed)
        self.loop = SteeredLoop()
        self.network = Network(self.loop, Random(self.draw.random()))
        self.loop.network = self.network
        self.loop.set_exception_handler(self._failed)
        self.processes: list[Process] = []
        self.failures: list[str] = []
        self.outside = copy_context()

    def process(self, name: str) -> Process:
        """Return a new process; connections go by its name."""
        process = Process(self.loop, name)
        self.processes.append(process)
        return process

    def clock(self) -> MachineClock:
        """Return a clock for a machine."""
        return MachineClock(self.loop, START)

    def disk(self) -> Disk:
        """Return an empty disk for a machine."""
        return Disk(self.loop)

    def run(self, main: Awaitable[_Result]) -> _Result:
        """Let time pass until `main` is done and return its result; raise SimulationStuck if it never is."""
        return self.loop.run_until_complete(main)

    def close(self) -> None:
        """End all processes."""
        for process in self.processes:
            if process.alive:
                process.kill()
        for task in asyncio.all_tasks(self.loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        self.loop.close()

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.failures.append(f"{context.get('message')}: {error!r}")
