"""A served Binance on a thread of its own, for tests of the command line, which brings its own loop."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Any, TypeVar

from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar
from anyvenue.runtime.loop_thread import LoopThread
from binance_served import Booth, booth

__all__ = ["ThreadedBooth", "threaded_booth"]

_Result = TypeVar("_Result")


class ThreadedBooth:
    """A booth in a thread; `bars` are its past, `broken` stretches of it are answered with an error."""

    def __init__(self, thread: LoopThread, found: Booth) -> None:
        self._thread, self.booth = thread, found
        self.bars: Sequence[Bar] = ()
        self.asked: list[tuple[int, int]] = []
        self.fails: Callable[[int, int], bool] = lambda _start, _end: False
        found.exchange.history = self._history  # type: ignore[method-assign]

    def do(self, step: Callable[[Booth], _Result]) -> _Result:
        """Do something on the exchange's thread."""

        async def act() -> _Result:
            return step(self.booth)

        return self._thread.call(act())

    @property
    def settings(self) -> list[str]:
        """The options that lead a command to this exchange."""
        root = f"127.0.0.1:{self.booth.port}"
        addresses = {"rest_url": f"http://{root}", "stream_url": f"ws://{root}"}
        return [word for key, each in addresses.items() for word in ("--set", f"{key}={each}")]

    def account(self, market: str = "spot", **more: str) -> str:
        """Return an account of the configuration that trades here."""
        root = f"127.0.0.1:{self.booth.port}"
        path = "ws-api/v3" if market == "spot" else "ws-fapi/v1"
        lines = {
            "venue": "binance",
            "market": market,
            "rest_url": f"http://{root}",
            "stream_url": f"ws://{root}",
            "api_url": f"ws://{root}/{path}",
            **more,
        }
        return "\n".join(f'{key} = "{value}"' for key, value in lines.items())

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
def threaded_booth(**options: Any) -> Iterator[ThreadedBooth]:
    """Serve an exchange until the end of the block."""
    thread, stack = LoopThread(), AsyncExitStack()
    try:
        found = thread.call(stack.enter_async_context(booth(**options)))
        try:
            yield ThreadedBooth(thread, found)
        finally:
            thread.call(stack.aclose())
    finally:
        thread.end()
