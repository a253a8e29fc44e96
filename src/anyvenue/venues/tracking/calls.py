"""Requests that are numbered, over a line, and their answers."""

import asyncio
from collections.abc import Callable

from anyvenue.model.errors import AnyvenueError, NotSent, OrderError
from anyvenue.venues.tracking.answers import Answer, Answered
from anyvenue.venues.transport.line import Line

__all__ = ["Calls"]


class Calls:
    """Waits for the answer to every request, for so long as `timeout_s`."""

    def __init__(self, line: Line, timeout_s: float) -> None:
        """Send over `line`."""
        self._line = line
        self._timeout_s = timeout_s
        self._last = 0
        self._waiting: dict[int, tuple[Answered, asyncio.TimerHandle]] = {}

    def send(self, frame_of: Callable[[int], bytes], answered: Answered) -> None:
        """Send the frame of the next number; raise NotSent where nothing was sent. `answered` is called once, later."""
        self._last = number = self._last + 1
        self._line.send(frame_of(number), lambda error: self._dropped(number, error))
        timer = asyncio.get_running_loop().call_later(self._timeout_s, self._late, number)
        self._waiting[number] = answered, timer

    async def wait(self, frame_of: Callable[[int], bytes]) -> Answer:
        """Send a request and return what became of it; raise NotSent where nothing was sent."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def answered(each: Answer) -> None:
            if not future.done():
                future.set_result(each)

        self.send(frame_of, answered)
        return await future

    def awaits(self, number: int) -> bool:
        """Tell whether an answer to this request is still waited for."""
        return number in self._waiting

    def take(self, number: int, answer: Answer) -> None:
        """Hand on the answer to a request; one that is not waited for is passed over."""
        found = self._waiting.pop(number, None)
        if found is not None:
            answered, timer = found
            timer.cancel()
            answered(answer)

    def lost(self, error: AnyvenueError) -> None:
        """Say of everything that is not answered yet that no answer will come."""
        for number in list(self._waiting):
            self.take(number, Answer(0, lost=error))

    def _dropped(self, number: int, error: AnyvenueError) -> None:
        self.take(number, Answer(0, lost=error, sent=not isinstance(error, NotSent)))

    def _late(self, number: int) -> None:
        error = OrderError(f"no answer came within {self._timeout_s:g} s")
        self.take(number, Answer(0, lost=error))
