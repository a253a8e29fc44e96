"""Commands about accounts: leverage, margin mode, the money of isolated positions."""

from collections.abc import Callable

from anyvenue.model.commands import AccountCommand
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import CommandRefused
from anyvenue.venues.okx.server.refusals import Refused, no_answer
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.members import Times

__all__ = ["Commands", "Execute"]

Execute = Callable[[AccountCommand], None]


class Commands:
    """Gives commands to the exchange and waits for what comes of them."""

    def __init__(self, execute: Execute | None, times: Times, answer_s: float) -> None:
        """Give them to `execute`; without it they are refused."""
        self._execute, self._times, self._answer_s = execute, times, answer_s

    def now(self) -> int:
        """Return the time of a command that is given now, int ns."""
        return self._times.wall()

    async def give(self, member: Member, command: AccountCommand, code: str) -> None:
        """Give a command; raise Refused with this code where it was refused."""
        execute = self._execute
        if execute is None:
            raise Refused(code, "Operation is not supported here")
        try:
            answer = await member.answers.ask(execute, command, self._answer_s)
        except AnyvenueError as error:
            raise Refused(code, error.text) from None
        if answer is None:
            raise no_answer()
        if isinstance(answer, CommandRefused):
            raise Refused(code, answer.reason)
