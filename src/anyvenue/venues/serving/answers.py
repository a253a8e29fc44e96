"""Commands about an account that wait for what comes of them."""

import asyncio
from collections.abc import Callable

from anyvenue.model.commands import AccountCommand, MoveMargin, SetLeverage, SetMarginMode
from anyvenue.model.events import CommandRefused, MarginTermsChanged

__all__ = ["Answer", "Answers"]

Answer = MarginTermsChanged | CommandRefused


class Answers:
    """Gives each command the answer that is its own, however many are under way.

    The exchange answers every command once and says of which instrument. Those about one instrument are answered in
    the order in which they were given.
    """

    def __init__(self) -> None:
        """Begin with nothing under way."""
        self._waiting: list[_Waiting] = []

    async def ask(
        self, give: Callable[[AccountCommand], None], command: AccountCommand, seconds: float
    ) -> Answer | None:
        """Give a command and return what came of it, None when nothing was told in time; raise what `give` raises."""
        waiting = _Waiting(command)
        self._waiting.append(waiting)
        try:
            give(command)
        except BaseException:
            self._waiting.remove(waiting)
            raise
        try:
            async with asyncio.timeout(seconds):
                return await waiting.answer
        except TimeoutError:
            # It stays in line: what is told of it later is no answer to the next command.
            return None

    def hear(self, event: Answer) -> None:
        """Take an answer; one to a command that was given by another way is nobody's."""
        found = next((each for each in self._waiting if each.is_answered_by(event)), None)
        if found is not None:
            self._waiting.remove(found)
            if not found.answer.done():
                found.answer.set_result(event)


class _Waiting:
    """A command and what will come of it."""

    def __init__(self, command: AccountCommand) -> None:
        self.command = command
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def is_answered_by(self, event: Answer) -> bool:
        if event.instrument != self.command.instrument:
            return False
        return isinstance(event, CommandRefused) or _is_done_by(self.command, event)


def _is_done_by(command: AccountCommand, event: MarginTermsChanged) -> bool:
    if isinstance(command, SetLeverage):
        return event.leverage == command.leverage
    if isinstance(command, SetMarginMode):
        return event.mode is command.mode
    # The exchange rounds the amount.
    return isinstance(command, MoveMargin) and event.moved * command.amount > 0
