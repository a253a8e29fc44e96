"""Terms of a USD-M account: leverage, margin mode, money of isolated positions, one-way or hedge mode."""

from collections.abc import Callable

import msgspec

from anyvenue.model.commands import MoveMargin, SetLeverage, SetMarginMode
from anyvenue.model.enums import MarginMode
from anyvenue.model.errors import VenueRefused
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId
from anyvenue.model.numbers import plain
from anyvenue.venues.binance.api import Rest
from anyvenue.venues.binance.instruments import Listing
from anyvenue.venues.binance.user_events import UserEvents
from anyvenue.venues.binance.wire_funds import LeverageReply
from anyvenue.venues.tracking.terms import AccountCommands as Base

__all__ = ["AccountCommands", "PositionMode"]

_NOTHING_TO_CHANGE = frozenset({"-4046", "-4059"})


class PositionMode(msgspec.Struct, rename={"hedged": "dualSidePosition"}):
    """Whether long and short lots stand side by side."""

    hedged: bool


class AccountCommands(Base):
    """Sends such commands; what becomes of them is posted."""

    title = "Binance"

    def __init__(
        self,
        account: AccountId,
        rest: Rest,
        listing: Listing,
        events: UserEvents,
        post: Callable[[Event], None],
        now: Callable[[], int],
    ) -> None:
        """Send for `account`."""
        super().__init__(account, post, now)
        self._rest, self._listing, self._events = rest, listing, events

    def check(self, command: SetLeverage | SetMarginMode | MoveMargin) -> None:
        """Raise UnknownInstrument."""
        self._listing.get(command.instrument)

    async def do(self, command: SetLeverage | SetMarginMode | MoveMargin) -> None:
        """Have the venue do it, and tell of it; raise VenueError."""
        symbol = self._listing.symbol(command.instrument)
        if isinstance(command, SetLeverage):
            wanted = {"symbol": symbol, "leverage": plain(command.leverage)}
            told = await self._rest.get("/fapi/v1/leverage", LeverageReply, wanted, method="POST")
            self._events.leverage(symbol, told.leverage, 0)
        elif isinstance(command, SetMarginMode):
            mode = "ISOLATED" if command.mode is MarginMode.ISOLATED else "CROSSED"
            await self._post_to("/fapi/v1/marginType", {"symbol": symbol, "marginType": mode})
            self.changed(command)
        else:
            way = "1" if command.amount > 0 else "2"
            amount = plain(abs(command.amount))
            wanted = {"symbol": symbol, "amount": amount, "type": way}
            await self._post_to("/fapi/v1/positionMargin", wanted)
            self.changed(command)

    async def set_hedged(self, hedged: bool) -> None:
        """Choose hedge or one-way mode for the account; raise VenueError, as while there are positions or orders."""
        await self._post_to("/fapi/v1/positionSide/dual", {"dualSidePosition": str(hedged).lower()})

    async def _post_to(self, path: str, wanted: dict[str, str]) -> None:
        try:
            await self._rest.get(path, msgspec.Raw, wanted, method="POST")
        except VenueRefused as error:
            if error.fields.get("venue_code") not in _NOTHING_TO_CHANGE:
                raise
