"""Processes within the process: what one of them has started ends with it, wherever it stands."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from anyvenue.testing.simulation.loop import SteeredLoop

__all__ = ["OWNER", "Process"]

_Result = TypeVar("_Result")
_Arguments = ParamSpec("_Arguments")


class _Socket(Protocol):
    def die(self, *, silently: bool) -> None: ...


class Process:
    """Runs coroutines and callbacks that `kill` ends all at once, as the death of a real process does."""

    def __init__(self, loop: "SteeredLoop", name: str) -> None:
        """Begin with nothing running."""
        self.name = name
        self.alive = True
        self.sockets: dict[_Socket, None] = {}
        self._loop = loop
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._context = copy_context()
        self._context.run(OWNER.set, self)

    def run(
        self,
        call: Callable[_Arguments, _Result],
        *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> _Result:
        """Call something as this process."""
        return self._context.copy().run(call, *args, **kwargs)

    def start(self, main: Coroutine[Any, Any, _Result]) -> "asyncio.Task[_Result]":
        """Run a coroutine as this process."""
        return self.run(self._loop.create_task, main)

    def adopt(self, task: "asyncio.Task[Any]") -> None:
        """Take note of a task of this process."""
        self._tasks[task] = None
        task.add_done_callback(self._done)

    def kill(self, *, silently: bool = False) -> None:
        """End everything here and now; not to be called by the process itself.

        What was written to connections still arrives and they are closed; `silently`, as when the power is lost, it
        may not, and nobody is told.
        """
        self.alive = False
        for socket in list(self.sockets):
            socket.die(silently=silently)
        self._loop.forget(self)
        for task in list(self._tasks):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            # Left to the garbage collector its `finally` blocks would run at a time of nobody's choosing.
            with suppress(BaseException):
                self.run(task.get_coro().close)
        self._tasks.clear()
        self._loop.forget(self)

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.pop(task, None)


OWNER: ContextVar[Process | None] = ContextVar("owner", default=None)
"""The process that is running."""
