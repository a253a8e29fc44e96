"""What drivers of one account do alike when a node calls them."""

from collections.abc import Sequence

from anyvenue.model.commands import AccountCommand, CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState
from anyvenue.model.errors import (
    AccountError,
    AnyvenueError,
    ConnectivityError,
    NotSent,
    SubscriptionError,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Cursor, Snapshot
from anyvenue.venues.tracking.ordering import Ordering
from anyvenue.venues.tracking.upkeep import Upkeep

__all__ = ["AccountDriver"]

_IN_SESSION = (DriverState.READY, DriverState.RECONCILING)


class AccountDriver(Upkeep):
    """Implements `Driver` but for its capabilities and its history."""

    _trading: Ordering

    def resume(
        self, account: AccountId, epoch: int, cursor: Cursor, unanswered: Sequence[OrderId] = ()
    ) -> None:
        """Do nothing but check the account: the venue has no place to resume at, a snapshot's cursor serves."""
        self._check(account)

    # ---- commands

    def submit(self, command: SubmitOrder) -> None:
        """Send an order; raise NotSent without a session, OrderError or RateLimited where nothing was sent."""
        self._check(command.request.account)
        self._in_session(command.order_id)
        self._trading.submit(command)

    def submit_many(self, commands: Sequence[SubmitOrder]) -> dict[OrderId, AnyvenueError]:
        """Send orders, as many in a request as the venue takes; return those that were not sent, and why.

        Each is answered on its own. Raise AccountError for another account's and NotSent without a session: then
        nothing was sent.
        """
        for command in commands:
            self._check(command.request.account)
            self._in_session(command.order_id)
        return self._trading.submit_many(commands)

    def cancel(self, command: CancelOrder) -> None:
        """Send a cancel; raise NotSent, UnknownOrder or RateLimited."""
        self._check(command.account)
        self._in_session(command.order_id)
        self._trading.cancel(command)

    def modify(self, command: ModifyOrder) -> None:
        """Send a change; raise NotSent, OrderError or RateLimited."""
        self._check(command.account)
        self._in_session(command.order_id)
        self._trading.modify(command)

    def send(self, command: Command) -> None:
        """Send a command of any kind; raise VenueRefused for one that the venue does not know."""
        if isinstance(command, SubmitOrder):
            self.submit(command)
        elif isinstance(command, CancelOrder):
            self.cancel(command)
        elif isinstance(command, ModifyOrder):
            self.modify(command)
        else:
            self._check(command.account)
            self._in_session(OrderId(0))
            self.send_terms(command)

    def send_terms(self, command: AccountCommand) -> None:
        """Send a command about the account's terms; raise VenueRefused for one that the venue does not know."""
        self._commands.send(command)

    # ---- market data

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Ask for market data; raise SubscriptionError for an instrument or channel that the venue does not have.

        Channels are ``quotes``, ``trades``, ``depth``, ``bars`` (``bars:5m``), ``funding`` of perpetuals, and ``all``.
        What is asked for before the driver was opened is subscribed then, where there is such an instrument.
        """
        if not self._listing.by_id:
            self._early[instrument, channel] = None
            return
        found = self._listing.by_id.get(instrument)
        if found is None:
            raise SubscriptionError(
                f"{self.title} lists no {instrument} here", available=(), instrument=instrument
            )
        self._feed.want(found, channel)

    # ---- questions

    async def instruments(self) -> list[Instrument]:
        """Return what the venue lists; raise VenueError."""
        return await self.list_instruments()

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        """Return what the venue says is so; raise AccountError, ConnectivityError or another VenueError."""
        self._check(account)
        if self.state not in _IN_SESSION:
            raise ConnectivityError(f"there is no session with {self.title} ({self.state})")
        return await self._snapshots.take(since)

    # ---- small things

    def _in_session(self, order_id: OrderId) -> None:
        if self.state not in _IN_SESSION or not self._trades:
            raise NotSent(
                f"there is no session with {self.title} ({self.state}); nothing was sent",
                order_id=order_id,
            )

    def _check(self, account: AccountId) -> None:
        if account != self.account:
            raise AccountError(
                f"this driver trades {self.account!r}, not {account!r}", account=account
            )
