"""Whether an account keeps long and short positions side by side."""

from typing import Protocol

from anyvenue.model.errors import VenueRefused
from anyvenue.model.ids import AccountId

__all__ = ["Modes", "OneWay"]


class Modes(Protocol):
    """Tells and changes the position mode of accounts; the simulated exchange is one."""

    def hedged(self, account: AccountId) -> bool:
        """Return whether long and short positions stand side by side."""
        ...

    def set_hedged(self, account: AccountId, hedged: bool) -> None:
        """Choose it; raise InvalidOrder while a contract is held or ordered, or another AnyvenueError."""
        ...


class OneWay:
    """Implements `Modes` for a broker whose accounts net what they hold."""

    def hedged(self, account: AccountId) -> bool:
        """Return False."""
        return False

    def set_hedged(self, account: AccountId, hedged: bool) -> None:
        """Raise VenueRefused for hedge mode."""
        if hedged:
            raise VenueRefused(
                f"account {account} nets its positions: hedge mode is not offered here",
                venue_code="",
                venue_text="",
            )
