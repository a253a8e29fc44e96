"""Leverage, margin mode and the money of isolated positions, where ccxt has calls for them."""

from collections.abc import Callable

from anyvenue.model.commands import MoveMargin, SetLeverage, SetMarginMode
from anyvenue.model.errors import VenueRefused
from anyvenue.model.events import Event, MarginTermsChanged
from anyvenue.model.ids import AccountId
from anyvenue.model.numbers import plain
from anyvenue.venues.ccxt.listing import Listing
from anyvenue.venues.ccxt.sessions import Sessions
from anyvenue.venues.tracking.terms import AccountCommands

__all__ = ["Terms"]

_NEEDED = {SetLeverage: "setLeverage", SetMarginMode: "setMarginMode"}


class Terms(AccountCommands):
    """Sends such commands through ccxt."""

    def __init__(
        self,
        account: AccountId,
        sessions: Sessions,
        listing: Listing,
        post: Callable[[Event], None],
        now: Callable[[], int],
    ) -> None:
        """Send for `account`."""
        super().__init__(account, post, now)
        self._sessions, self._listing = sessions, listing

    def check(self, command: SetLeverage | SetMarginMode | MoveMargin) -> None:
        """Raise UnknownInstrument, or VenueRefused for what the exchange does not have by ccxt."""
        self._listing.symbol(command.instrument)
        needed = _NEEDED.get(type(command), "addMargin")
        if needed not in self._sessions.abilities.has:
            exchange = self._sessions.abilities.exchange
            raise VenueRefused(
                f"ccxt:{exchange} has no {needed}", venue_code="no_request", venue_text=needed
            )

    async def do(self, command: SetLeverage | SetMarginMode | MoveMargin) -> None:
        """Have the exchange do it, and tell of it; raise VenueError."""
        symbol, calls = self._listing.symbol(command.instrument), self._sessions.trading
        if isinstance(command, SetLeverage):
            whole = command.leverage == command.leverage.to_integral_value()
            leverage = int(command.leverage) if whole else float(command.leverage)
            await calls.ask("set_leverage", leverage, symbol)
            now = self._now()
            self._post(
                MarginTermsChanged(
                    self._account, command.instrument, now, now, leverage=command.leverage
                )
            )
        elif isinstance(command, SetMarginMode):
            await calls.ask("set_margin_mode", command.mode.value, symbol)
            self.changed(command)
        else:
            method = "add_margin" if command.amount > 0 else "reduce_margin"
            await calls.ask(method, symbol, plain(abs(command.amount)))
            self.changed(command)
