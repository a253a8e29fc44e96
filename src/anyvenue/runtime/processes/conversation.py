"""Questions to a child and their answers, with what came after an answer held back until it was dealt with."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import msgspec

from anyvenue.model.errors import AnyvenueError, ConnectivityError
from anyvenue.runtime.processes.messages import Ask, Failed, Said, error_of, packed
from anyvenue.runtime.processes.spawning import DriverLink

__all__ = ["Conversation"]

_Answer = TypeVar("_Answer")


class Conversation:
    """Matches answers with questions, and keeps the order of everything that comes from one child."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self._last = 0
        self._asked: dict[int, asyncio.Future[msgspec.Raw]] = {}
        self._held: list[Callable[[], None]] | None = None

    async def ask(
        self,
        link: DriverLink | None,
        what: str,
        arguments: object,
        kind: type[_Answer],
        timeout: float,
    ) -> _Answer:
        """Return the child's answer; raise what its driver raised, or ConnectivityError.

        What the child sends after its answer is handed out when the caller has given the loop its turn.
        """
        loop = asyncio.get_running_loop()
        self._last = number = self._last + 1
        waiter: asyncio.Future[msgspec.Raw] = loop.create_future()
        self._asked[number] = waiter
        try:
            if link is None or not link.write(Ask(number, what, packed(arguments))):
                raise ConnectivityError("the driver's process is not there to be asked")
            async with asyncio.timeout(timeout):
                body = await waiter
            return msgspec.msgpack.decode(body, type=kind)
        except TimeoutError:
            raise ConnectivityError(
                f"the driver has not answered {what} for {timeout:g} seconds"
            ) from None
        finally:
            del self._asked[number]
            loop.call_soon(self._go_on)

    def answer(self, message: Said | Failed) -> None:
        """Give an answer to who asked; one that nobody waits for any more is dropped."""
        waiter = self._asked.get(message.id)
        if waiter is None or waiter.done():
            return
        if isinstance(message, Failed):
            waiter.set_exception(error_of(message.error, message.text, message.code, message.words))
        else:
            waiter.set_result(message.body)
        self._held = []

    def in_order(self, action: Callable[[], None]) -> bool:
        """Hold `action` back while an answer is being dealt with; return False when there is none and it may go on."""
        if self._held is None:
            return False
        self._held.append(action)
        return True

    def fail(self, error: AnyvenueError) -> None:
        """Tell everybody who waits that there will be no answer."""
        for waiter in self._asked.values():
            if not waiter.done():
                waiter.set_exception(error)

    def _go_on(self) -> None:
        held, self._held = self._held, None
        for place, action in enumerate(held or ()):
            if self._held is not None:  # one of them was an answer, too
                self._held += (held or [])[place:]
                return
            action()
