"""Money that came or went for another reason than trading: each movement of the venue's account told once."""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.enums import PostingKind
from anyvenue.model.events import CashMoved, Deposited, Event, Withdrawn
from anyvenue.model.ids import AccountId
from anyvenue.venues.okx.api import OkxRest
from anyvenue.venues.okx.instruments import Listing
from anyvenue.venues.okx.wire_account import BillRow

__all__ = ["Bills"]

_PATH = "/api/v5/account/bills"
_PAGE = 100
_TRANSFER = "1"
_KINDS = {
    "7": PostingKind.INTEREST,
    "8": PostingKind.FUNDING,
    "10": PostingKind.INSURANCE,
}


class Bills:
    """Asks for the movements since the last one that was heard of."""

    def __init__(
        self,
        account: AccountId,
        rest: OkxRest,
        listing: Listing,
        post: Callable[[Event], None],
        now: Callable[[], int],
    ) -> None:
        """Post for `account`."""
        self._account, self._rest, self._listing = account, rest, listing
        self._post, self._now = post, now
        self._last: int | None = None

    async def begin(self) -> None:
        """Take what happened before as known; raise VenueError."""
        if self._last is None:
            rows = await self._rest.rows(_PATH, BillRow, {"limit": "1"})
            self._last = int(rows[0].bill_id) if rows else 0

    async def bring(self) -> None:
        """Tell of what is new; raise VenueError."""
        if self._last is None:
            await self.begin()
            return
        for row in await self._later(self._last):
            if int(row.bill_id) > self._last:
                self._last = int(row.bill_id)
                self._tell(row)

    async def _later(self, last: int) -> list[BillRow]:
        found: dict[int, BillRow] = {}
        wanted = {"limit": str(_PAGE), "before": str(last)}
        while True:
            # The newest come first; what lies between a full page and the last known one is asked for as well.
            rows = await self._rest.rows(_PATH, BillRow, wanted)
            found |= {int(each.bill_id): each for each in rows}
            if len(rows) < _PAGE:
                return [found[number] for number in sorted(found) if number > last]
            wanted = wanted | {"after": rows[-1].bill_id}

    def _tell(self, row: BillRow) -> None:
        amount, ts, now = Decimal(row.bal_chg or "0"), int(row.ts) * 1_000_000, self._now()
        if not amount:
            return
        if row.type == _TRANSFER:
            kind = Deposited if amount > 0 else Withdrawn
            self._post(kind(self._account, row.ccy, abs(amount), ts, now))
        elif row.type in _KINDS:
            found = self._listing.find(row.inst_type, row.inst_id) if row.inst_id else None
            name = None if found is None else found.id
            self._post(
                CashMoved(
                    self._account, row.ccy, amount, _KINDS[row.type], ts, now, name, row.bill_id
                )
            )
