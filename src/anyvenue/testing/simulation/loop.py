"""An event loop whose time is made up: it never waits, it jumps to what is due next.

It is asyncio's own loop with another selector under it, so everything that runs on asyncio runs on it unchanged, in an
order that depends on nothing but the program: run it again and it does the same.
"""

import asyncio
from collections.abc import Callable
from contextvars import Context
from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anyvenue.testing.simulation.network import Network
    from anyvenue.testing.simulation.processes import Process

__all__ = ["SimulationStuck", "SteeredLoop"]

# Less than the nanosecond in which time moves: a timer that is due in one must not fire before.
_RESOLUTION_S = 1e-10
_MOST_TURNS = 100_000


class SimulationStuck(RuntimeError):
    """Everybody waits for something that will never happen."""


class SteeredLoop(asyncio.BaseEventLoop):
    """The loop; `ns` is how far its time came (int ns from 0). Set `network` before anybody connects.

    `run_in_executor` does the work at once. TLS is taken for granted; unix sockets, pipes and child processes are not
    there.
    """

    network: "Network"

    def __init__(self) -> None:
        """Begin at time 0."""
        super().__init__()
        self.ns = 0
        self._turns = 0
        self._selector = self
        self._clock_resolution = _RESOLUTION_S
        self.set_task_factory(_make_task)

    def time(self) -> float:
        """Return the seconds since the simulation began."""
        return self.ns / 1e9

    # ---- what asyncio's loop asks of a selector and of its heirs

    def select(self, timeout: float | None) -> list[object]:
        """Jump over `timeout` seconds; raise SimulationStuck where a real loop would sleep or spin for ever."""
        if timeout is None:
            raise SimulationStuck("nothing is due: everybody waits for something that never comes")
        if timeout > 0:
            self.ns += ceil(timeout * 1e9)
            self._turns = 0
        self._turns += 1
        if self._turns > _MOST_TURNS:
            raise SimulationStuck(f"{_MOST_TURNS} turns of the loop, and no time has passed")
        return []

    def _process_events(self, event_list: list[object]) -> None:
        """Do nothing: there is nothing outside."""

    def _write_to_self(self) -> None:
        """Do nothing: the loop never sleeps."""

    # ---- the world outside

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: str | None = None,
        port: int | None = None,
        **_options: Any,
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Connect over the simulated network; raise OSError."""
        return await self.network.connect(protocol_factory, host or "", port or 0)

    async def create_server(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: str | None = None,
        port: int | None = None,
        **_options: Any,
    ) -> Any:
        """Listen on the simulated network; raise OSError."""
        return self.network.listen(protocol_factory, host or "", port or 0)

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        """Do the work now: a simulation has one thread."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    # ---- processes

    def forget(self, process: "Process") -> None:
        """Run nothing any more of what a process has planned."""
        for handle in [*self._ready, *self._scheduled]:  # type: ignore[attr-defined]
            if not handle.cancelled() and owner_of(handle._context) is process:
                handle.cancel()


def owner_of(context: Context) -> "Process | None":
    """Return the process that a context belongs to."""
    from anyvenue.testing.simulation.processes import OWNER

    return context.get(OWNER)


def _make_task(
    loop: asyncio.AbstractEventLoop, coro: Any, context: Context | None = None
) -> "asyncio.Task[Any]":
    from anyvenue.testing.simulation.processes import OWNER

    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, context=context)
    owner = OWNER.get() if context is None else context.get(OWNER)
    if owner is not None:
        owner.adopt(task)
    return task
