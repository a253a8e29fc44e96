"""What a venue says is so: open orders, fills, positions and money, of one moment."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from decimal import Decimal

import msgspec

from anyvenue.model.accounts import Account
from anyvenue.model.errors import ConnectivityError
from anyvenue.model.ids import AccountId
from anyvenue.model.positions import Position, PositionTerms
from anyvenue.model.protocols import Cursor, Snapshot
from anyvenue.venues.tracking.fill_places import later_fills
from anyvenue.venues.tracking.inquiries import Inquiries
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told

__all__ = ["Holdings", "Snapshots"]

_TRIES = 6
_DAY_MS = 86_400_000


class Holdings(msgspec.Struct, frozen=True):
    """What an account has."""

    balances: list[Account]
    positions: list[Position] = []
    terms: list[PositionTerms] = []


class Snapshots(ABC):
    """Asks until nothing has happened in between; what it hears of orders is told through `Reports` first."""

    def __init__(
        self,
        account: AccountId,
        reports: Reports,
        inquiries: Inquiries,
        now: Callable[[], int],
        venue_ms: Callable[[], int],
    ) -> None:
        """Show `account`, the node's name of it; `venue_ms` is the venue's time at least."""
        self._account = account
        self._reports, self._records = reports, reports.records
        self._inquiries, self._now, self._venue_ms = inquiries, now, venue_ms

    @abstractmethod
    async def holdings(self) -> Holdings:
        """Ask for money and positions; raise VenueError."""

    @abstractmethod
    async def open_orders(self) -> list[Told]:
        """Ask for the orders that may still do something; raise VenueError."""

    @abstractmethod
    async def bring_trades(self, since: Cursor, positions: list[Position]) -> None:
        """Hear of the trades since the cursor, those of orders that this process has never seen among them."""

    async def catch_up(self) -> None:
        """Hear of every open order, and of what became of those that we believed open; raise VenueError."""
        self._records.forget((self._venue_ms() - 2 * _DAY_MS) * 1_000_000)
        found = await self.open_orders()
        named = set()
        for told in found:
            record = self._reports.hear(told, self._now())
            if record is not None:
                named.add(record.order_id)
                lacks = told.filled > record.heard_filled.get(told.venue_id, Decimal(0))
                if lacks or record.doubt:
                    await self._inquiries.inquire(record)
        for record in self._records.working():
            if record.order_id in named or not (record.accepted or record.unsure):
                continue
            if await self._inquiries.inquire(record):
                self._inquiries.ask(record)

    async def take(self, since: Cursor) -> Snapshot:
        """Return a snapshot with fills after `since`; raise ConnectivityError or another VenueError."""
        for _ in range(_TRIES):
            before = self._records.revision
            started = self._venue_ms()
            holdings = await self.holdings()
            await self.catch_up()
            if since > (0, 0):
                await self.bring_trades(since, holdings.positions)
            if self._records.revision == before:
                return self._made(since, started, holdings)
        raise ConnectivityError(
            f"the account was traded in each of the {_TRIES} times that it was asked for; ask again when it is calmer"
        )

    def _made(self, since: Cursor, started_ms: int, holdings: Holdings) -> Snapshot:
        fills, cursor = later_fills(self._records.fills, since, started_ms)
        return Snapshot(
            account=self._account,
            ts_as_of=self._now(),
            trading_day=0,
            # What nobody knows of is not named: it is for the node to doubt.
            orders=tuple(e.as_order() for e in self._records.by_id.values() if not e.unsure),
            fills=tuple(fills),
            positions=tuple(holdings.positions),
            balances=tuple(holdings.balances),
            terms=tuple(holdings.terms),
            cursor=cursor,
            all_money=True,
        )
