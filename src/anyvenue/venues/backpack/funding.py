"""Funding that the account has paid or received: Backpack pushes none, so its history is asked for."""

from collections.abc import Callable

from anyvenue.model.enums import PostingKind
from anyvenue.model.events import CashMoved, Event
from anyvenue.model.ids import AccountId
from anyvenue.venues.backpack.listing import Listing
from anyvenue.venues.backpack.parse import ns_of_text
from anyvenue.venues.backpack.wire_rest import FundingRow
from anyvenue.venues.tracking.rest import Rest

__all__ = ["FundingPayments"]

_PAGE = 100


class FundingPayments:
    """Tells of every payment once; those from before it was first asked are in the balance already."""

    def __init__(
        self,
        account: AccountId,
        rest: Rest,
        listing: Listing,
        post: Callable[[Event], None],
        now: Callable[[], int],
    ) -> None:
        """Tell of `account`, the node's name of it."""
        self._account, self._rest, self._listing = account, rest, listing
        self._post, self._now = post, now
        self._told: set[tuple[str, str]] | None = None

    async def history(self, symbol: str = "", limit: int = _PAGE) -> list[FundingRow]:
        """Return the latest payments, oldest first; raise VenueError."""
        wanted: dict[str, str | int] = {"limit": limit, "sortDirection": "Desc"}
        if symbol:
            wanted["symbol"] = symbol
        rows = await self._rest.get("/wapi/v1/history/funding", list[FundingRow], wanted)
        return sorted(rows, key=lambda each: ns_of_text(each.interval_end_timestamp))

    async def bring(self) -> int:
        """Ask for payments, tell of those that are new and return how many; raise VenueError."""
        rows = await self.history()
        known, self._told = self._told, {_name(each) for each in rows}
        if known is None:
            return 0
        fresh = [each for each in rows if _name(each) not in known]
        for each in fresh:
            self._tell(each)
        return len(fresh)

    def _tell(self, row: FundingRow) -> None:
        instrument = self._listing.by_symbol.get(row.symbol)
        if instrument is None or not row.quantity:
            return
        ts = ns_of_text(row.interval_end_timestamp)
        kind, money = PostingKind.FUNDING, instrument.currency
        self._post(
            CashMoved(self._account, money, row.quantity, kind, ts, self._now(), instrument.id)
        )


def _name(row: FundingRow) -> tuple[str, str]:
    return row.symbol, row.interval_end_timestamp
