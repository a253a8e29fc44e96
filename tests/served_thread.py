"""A served venue on a thread of its own, for tests of the command line, which brings its own loop."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from typing import Generic, TypeVar

from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar
from anyvenue.runtime.loop_thread import LoopThread
from wire_served import Stall

__all__ = ["Threaded", "threaded"]

_Stall = TypeVar("_Stall", bound=Stall)
_Result = TypeVar("_Result")


class Threaded(Generic[_Stall]):
    """A stall in a thread; `bars` are its past, of which `fails` makes the server break down. `asked` is what was."""

    def __init__(self, thread: LoopThread, stall: _Stall, scheme: str) -> None:
        self._thread, self.stall = thread, stall
        root = f"127.0.0.1:{stall.port}"
        self.rest_url = f"http{scheme}://{root}"
        self.stream_url = f"ws{scheme}://{root}"
        self.bars: Sequence[Bar] = ()
        self.asked: list[tuple[int, int]] = []
        self.fails: Callable[[int, int], bool] = lambda _start, _end: False
        stall.exchange.history = self._history  # type: ignore[method-assign]

    def do(self, step: Callable[[_Stall], _Result]) -> _Result:
        """Do something on the exchange's thread."""

        async def act() -> _Result:
            return step(self.stall)

        return self._thread.call(act())

    @property
    def settings(self) -> list[str]:
        """The options that lead a command to this exchange."""
        addresses = {"rest_url": self.rest_url, "stream_url": self.stream_url}
        return [word for key, each in addresses.items() for word in ("--set", f"{key}={each}")]

    async def _history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        self.asked.append((start, end))
        if self.fails(start, end):
            raise RuntimeError("the past is out of order")
        return [
            each
            for each in self.bars
            if each.instrument == instrument
            and each.interval == interval
            and start <= each.ts_start < end
        ]


@contextmanager
def threaded(
    stall: AbstractAsyncContextManager[_Stall], *, tls: bool = False
) -> Iterator[Threaded[_Stall]]:
    """Serve a stall until the end of the block."""
    thread, stack = LoopThread(), AsyncExitStack()
    try:
        found = thread.call(stack.enter_async_context(stall))
        try:
            yield Threaded(thread, found, "s" if tls else "")
        finally:
            thread.call(stack.aclose())
    finally:
        thread.end()
