"""Requests about orders that go by REST and are under way."""

from collections.abc import Callable, Coroutine

from anyvenue.model.errors import ConnectivityError
from anyvenue.venues.tracking.answers import Answer, Answered
from anyvenue.venues.transport.tasks import Tasks

__all__ = ["Sending"]

Asking = Callable[[], Coroutine[None, None, Answer]]


class Sending:
    """Every request is answered once: by the venue, or on closing, with what nobody knows."""

    def __init__(self) -> None:
        """Begin with nothing under way."""
        self._tasks = Tasks()
        self._waiting: dict[int, Answered] = {}
        self._last = 0

    def start(self, ask: Asking, answered: Answered) -> None:
        """Ask soon; `answered` is called later."""
        self._last += 1
        self._waiting[self._last] = answered
        self._tasks.start(self._send(self._last, ask))

    async def _send(self, number: int, ask: Asking) -> None:
        answer = await ask()
        self._take(number, answer)

    def _take(self, number: int, answer: Answer) -> None:
        answered = self._waiting.pop(number, None)
        if answered is not None:
            answered(answer)

    async def close(self) -> None:
        """Wait for no more answers; what became of those requests is to be found out at the next opening."""
        await self._tasks.stop()
        lost = Answer(0, lost=ConnectivityError("the driver was closed before the answer came"))
        for number in list(self._waiting):
            self._take(number, lost)
