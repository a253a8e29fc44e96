"""Terms of an account: leverage, margin mode, money of isolated positions, net or long-short mode."""

from collections.abc import Callable

import msgspec

from anyvenue.model.commands import MoveMargin, SetLeverage, SetMarginMode
from anyvenue.model.enums import MarginMode
from anyvenue.model.errors import InvalidOrder, VenueRefused
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.venues.okx.api import OkxRest
from anyvenue.venues.okx.instruments import Listing
from anyvenue.venues.okx.margins import LEVERAGED, Margins
from anyvenue.venues.okx.wire_account import LeverageRow, PositionRow
from anyvenue.venues.tracking.terms import AccountCommands as Base

__all__ = ["AccountCommands"]


class AccountCommands(Base):
    """Sends such commands; what becomes of them is posted."""

    title = "OKX"

    def __init__(
        self,
        account: AccountId,
        rest: OkxRest,
        listing: Listing,
        margins: Margins,
        post: Callable[[Event], None],
        now: Callable[[], int],
    ) -> None:
        """Send for `account`."""
        super().__init__(account, post, now)
        self._rest, self._listing, self._margins = rest, listing, margins

    def check(self, command: SetLeverage | SetMarginMode | MoveMargin) -> None:
        """Raise UnknownInstrument, or InvalidOrder for spot, which has no such terms."""
        if self._listing.type_of(command.instrument) not in LEVERAGED:
            raise InvalidOrder("spot has no leverage and no margin", field="instrument")

    async def do(self, command: SetLeverage | SetMarginMode | MoveMargin) -> None:
        """Have the venue do it, and tell of it; raise VenueError."""
        instrument = self._listing.get(command.instrument)
        self._margins.play(instrument)
        if isinstance(command, SetLeverage):
            await self._set_leverage(instrument, plain(command.leverage))
        elif isinstance(command, SetMarginMode):
            await self._set_mode(instrument, command)
        else:
            await self._move(instrument, command)

    async def _set_leverage(self, instrument: Instrument, leverage: str) -> None:
        mode = self._margins.mode_of(instrument)
        wanted = {"instId": instrument.venue_symbol, "lever": leverage, "mgnMode": mode.value}
        kind = self._listing.type_of(instrument.id)
        # Both sides of a hedged isolated position have a leverage of their own.
        two = self._margins.hedged and mode is MarginMode.ISOLATED and kind in ("SWAP", "FUTURES")
        for side in ({"posSide": "long"}, {"posSide": "short"}) if two else ({},):
            path = "/api/v5/account/set-leverage"
            rows = await self._rest.rows(path, LeverageRow, wanted | side, method="POST")
            for row in rows:
                self._margins.told(instrument, mode, row.lever)

    async def _set_mode(self, instrument: Instrument, command: SetMarginMode) -> None:
        """Choose the mode that later orders are sent with: the venue keeps none for an instrument."""
        if await self._held(instrument):
            name, other = instrument.venue_symbol, self._margins.mode_of(instrument)
            if other is not command.mode:
                raise VenueRefused(
                    f"{name} is held in {other} margin; close it before the mode is changed",
                    venue_code="held",
                    venue_text=name,
                )
        self._margins.choose(instrument.id, command.mode)
        self.changed(command)

    async def _move(self, instrument: Instrument, command: MoveMargin) -> None:
        rows = [each for each in await self._held(instrument) if each.mgn_mode == "isolated"]
        if len(rows) != 1:
            raise VenueRefused(
                f"{instrument.venue_symbol} has {len(rows)} isolated positions; money is moved where there is one",
                venue_code="which_position",
                venue_text=str(len(rows)),
            )
        wanted = {
            "instId": instrument.venue_symbol,
            "posSide": rows[0].pos_side or "net",
            "type": "add" if command.amount > 0 else "reduce",
            "amt": plain(abs(command.amount)),
        }
        path = "/api/v5/account/position/margin-balance"
        await self._rest.rows(path, msgspec.Raw, wanted, method="POST")
        self.changed(command)

    async def _held(self, instrument: Instrument) -> list[PositionRow]:
        wanted = {"instId": instrument.venue_symbol}
        rows = await self._rest.rows("/api/v5/account/positions", PositionRow, wanted)
        return [each for each in rows if float(each.pos or 0)]

    async def set_hedged(self, hedged: bool) -> None:
        """Choose long-short or net mode for the account; raise VenueError, as while there are positions or orders."""
        wanted = {"posMode": "long_short_mode" if hedged else "net_mode"}
        path = "/api/v5/account/set-position-mode"
        await self._rest.rows(path, msgspec.Raw, wanted, method="POST")
        self._margins.hedged = hedged
