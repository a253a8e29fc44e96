"""Terms of an account at Backpack: its leverage, which is one for all perpetuals. Margin is always crossed."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from anyvenue.model.commands import MoveMargin, SetLeverage, SetMarginMode
from anyvenue.model.errors import VenueRefused
from anyvenue.model.events import Event, MarginTermsChanged
from anyvenue.model.ids import AccountId
from anyvenue.model.numbers import plain
from anyvenue.venues.backpack.listing import Listing, leverage_of
from anyvenue.venues.backpack.wire_rest import AccountReply
from anyvenue.venues.tracking.rest import Rest
from anyvenue.venues.tracking.terms import AccountCommands as Base

__all__ = ["AccountCommands"]


class AccountCommands(Base):
    """Sends such commands; what becomes of them is posted."""

    title = "Backpack"

    def __init__(
        self,
        account: AccountId,
        rest: Rest,
        listing: Listing,
        post: Callable[[Event], None],
        now: Callable[[], int],
    ) -> None:
        """Send for `account`."""
        super().__init__(account, post, now)
        self._rest, self._listing = rest, listing

    def check(self, command: SetLeverage | SetMarginMode | MoveMargin) -> None:
        """Raise UnknownInstrument, or VenueRefused for what the venue does not have."""
        instrument = self._listing.get(command.instrument)
        kind = type(command).__name__
        if not isinstance(command, SetLeverage):
            raise VenueRefused(
                f"Backpack has no {kind}: all perpetuals share the account's margin",
                venue_code="no_request",
                venue_text=kind,
            )
        if not instrument.position_rule.margined:
            raise VenueRefused(
                f"{instrument.id} is spot and has no leverage", venue_code="spot", venue_text=kind
            )

    async def do(self, command: SetLeverage | SetMarginMode | MoveMargin) -> None:
        """Choose the leverage of all perpetuals, and tell it of each; raise VenueError."""
        if not isinstance(command, SetLeverage):
            return
        path = "/api/v1/account"
        wanted = {"leverageLimit": plain(command.leverage)}
        await self._rest.get(path, msgspec.Raw, wanted, method="PATCH")
        told = await self._rest.get(path, AccountReply)
        self._tell(told.leverage_limit)

    def _tell(self, leverage: Decimal) -> None:
        now = self._now()
        for each in self._listing.perpetuals:
            chosen = leverage_of(each, leverage)
            self._post(MarginTermsChanged(self._account, each.id, now, now, chosen))
