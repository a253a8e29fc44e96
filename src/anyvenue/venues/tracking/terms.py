"""Commands about the terms of an account, such as leverage and margin modes."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from anyvenue.model.commands import AccountCommand, MoveMargin, SetLeverage, SetMarginMode
from anyvenue.model.errors import AnyvenueError, VenueRefused
from anyvenue.model.events import CommandRefused, Event, MarginTermsChanged
from anyvenue.model.ids import AccountId
from anyvenue.venues.transport.tasks import Tasks

__all__ = ["AccountCommands"]


class AccountCommands(ABC):
    """Sends such commands; what becomes of them is posted."""

    title = "the venue"

    def __init__(
        self, account: AccountId, post: Callable[[Event], None], now: Callable[[], int]
    ) -> None:
        """Send for `account`."""
        self._account, self._post, self._now = account, post, now
        self._tasks = Tasks()

    @abstractmethod
    def check(self, command: SetLeverage | SetMarginMode | MoveMargin) -> None:
        """Raise UnknownInstrument, or VenueRefused for what the venue does not have."""

    @abstractmethod
    async def do(self, command: SetLeverage | SetMarginMode | MoveMargin) -> None:
        """Have the venue do it, and tell of it; raise VenueError."""

    def send(self, command: AccountCommand) -> None:
        """Send a command soon; raise UnknownInstrument, or VenueRefused for one that the venue does not have."""
        if not isinstance(command, SetLeverage | SetMarginMode | MoveMargin):
            kind = type(command).__name__
            raise VenueRefused(
                f"{self.title} has no {kind}", venue_code="no_request", venue_text=kind
            )
        self.check(command)
        self._tasks.start(self._send(command))

    async def stop(self) -> None:
        """Give up what is under way."""
        await self._tasks.stop()

    async def _send(self, command: SetLeverage | SetMarginMode | MoveMargin) -> None:
        try:
            await self.do(command)
        except AnyvenueError as error:
            now = self._now()
            self._post(
                CommandRefused(self._account, command.instrument, now, now, error.text, error.code)
            )

    def changed(self, command: SetMarginMode | MoveMargin) -> None:
        """Tell that the venue has done it."""
        now = self._now()
        if isinstance(command, SetMarginMode):
            event = MarginTermsChanged(
                self._account, command.instrument, now, now, mode=command.mode
            )
        else:
            event = MarginTermsChanged(
                self._account, command.instrument, now, now, moved=command.amount
            )
        self._post(event)
