"""Terms of a USD-M account: leverage, margin mode, money of isolated positions, one-way or hedge mode."""

import asyncio
from collections.abc import Callable

import msgspec

from anyvenue.model.commands import AccountCommand, MoveMargin, SetLeverage, SetMarginMode
from anyvenue.model.enums import MarginMode
from anyvenue.model.errors import AnyvenueError, VenueRefused
from anyvenue.model.events import CommandRefused, Event, MarginTermsChanged
from anyvenue.model.ids import AccountId
from anyvenue.model.numbers import plain
from anyvenue.venues.binance.api import Rest
from anyvenue.venues.binance.instruments import Listing
from anyvenue.venues.binance.user_events import UserEvents
from anyvenue.venues.binance.wire_funds import LeverageReply

__all__ = ["AccountCommands", "PositionMode"]

_NOTHING_TO_CHANGE = frozenset({"-4046", "-4059"})


class PositionMode(msgspec.Struct, rename={"hedged": "dualSidePosition"}):
    """Whether long and short lots stand side by side."""

    hedged: bool


class AccountCommands:
    """Sends such commands; what becomes of them is posted."""

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
        self._account, self._rest, self._listing = account, rest, listing
        self._events, self._post, self._now = events, post, now
        self._under_way: set[asyncio.Task[None]] = set()

    def send(self, command: AccountCommand) -> None:
        """Send a command soon; raise UnknownInstrument, or VenueRefused for one that Binance does not have."""
        if not isinstance(command, SetLeverage | SetMarginMode | MoveMargin):
            kind = type(command).__name__
            raise VenueRefused(f"Binance has no {kind}", venue_code="no_request", venue_text=kind)
        symbol = self._listing.symbol(command.instrument)
        task = asyncio.ensure_future(self._send(command, symbol))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def stop(self) -> None:
        """Give up what is under way."""
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, command: AccountCommand, symbol: str) -> None:
        try:
            await self._do(command, symbol)
        except AnyvenueError as error:
            now = self._now()
            self._post(
                CommandRefused(self._account, command.instrument, now, now, error.text, error.code)
            )

    async def _do(self, command: AccountCommand, symbol: str) -> None:
        if isinstance(command, SetLeverage):
            wanted = {"symbol": symbol, "leverage": plain(command.leverage)}
            told = await self._rest.get("/fapi/v1/leverage", LeverageReply, wanted, method="POST")
            self._events.leverage(symbol, told.leverage, 0)
        elif isinstance(command, SetMarginMode):
            mode = "ISOLATED" if command.mode is MarginMode.ISOLATED else "CROSSED"
            await self._post_to("/fapi/v1/marginType", {"symbol": symbol, "marginType": mode})
            self._changed(command)
        elif isinstance(command, MoveMargin):
            way = "1" if command.amount > 0 else "2"
            amount = plain(abs(command.amount))
            wanted = {"symbol": symbol, "amount": amount, "type": way}
            await self._post_to("/fapi/v1/positionMargin", wanted)
            self._changed(command)

    def _changed(self, command: SetMarginMode | MoveMargin) -> None:
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

    async def set_hedged(self, hedged: bool) -> None:
        """Choose hedge or one-way mode for the account; raise VenueError, as while there are positions or orders."""
        await self._post_to("/fapi/v1/positionSide/dual", {"dualSidePosition": str(hedged).lower()})

    async def _post_to(self, path: str, wanted: dict[str, str]) -> None:
        try:
            await self._rest.get(path, msgspec.Raw, wanted, method="POST")
        except VenueRefused as error:
            if error.fields.get("venue_code") not in _NOTHING_TO_CHANGE:
                raise
