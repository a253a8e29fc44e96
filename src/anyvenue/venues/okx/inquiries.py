"""Questions to OKX about single orders: what became of those that nobody answered for, which fills are missing."""

from collections.abc import Callable
from typing import TypeVar

from anyvenue.model.errors import VenueRefused
from anyvenue.venues.okx.api import ORDER, OkxRest
from anyvenue.venues.okx.instruments import Listing
from anyvenue.venues.okx.requests import CONDITIONAL, client_id
from anyvenue.venues.okx.told import of_algo_order, of_fill, of_order
from anyvenue.venues.okx.wire_account import AlgoOrderRow, FillRow, OrderRow
from anyvenue.venues.tracking.inquiries import Inquiries as Base
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told

__all__ = ["Inquiries"]

_T = TypeVar("_T")
_GONE = frozenset({"51603", "51001", "51620"})
_PAGE = 100
_REQUEST_NS = 31_000_000_000
_KEPT_NS = 2 * 3_600_000_000_000
"""How long the venue knows an order that was cancelled without a fill."""


class Inquiries(Base):
    """Asks about each order once at a time, until that is answered."""

    title = "OKX"
    no_such_order = "51603"

    def __init__(
        self,
        rest: OkxRest,
        listing: Listing,
        reports: Reports,
        settle: Callable[[OrderRecord, bool], None],
        now: Callable[[], int],
        window_ms: int,
    ) -> None:
        """Ask by `rest`; a request is taken within `window_ms` or never."""
        super().__init__(reports, settle, now, window_ms)
        self._rest, self._listing = rest, listing

    def window_of(self, record: OrderRecord) -> int:
        """Return after how many ns an order has never arrived; a conditional one's request is taken for 30 s."""
        conditional = record.request.type in CONDITIONAL
        return _REQUEST_NS if conditional else super().window_of(record)

    async def find(self, record: OrderRecord) -> Told | None:
        """Return an order as the venue has it, None where it does not know it; raise VenueError."""
        if record.request.type in CONDITIONAL and not record.triggered:
            told = await self._algo(record)
            if told is None or not told.became:
                return told
            self._reports.hear(told, self._now())
            return await self.order(record.symbol, told.became)
        name = self._listing.get(record.request.instrument).venue_symbol
        wanted = {"ordId": record.venue_id}
        if not record.venue_id:
            wanted = {"clOrdId": client_id(record.order_id)}
        found = await self._one(ORDER, OrderRow, {"instId": name, **wanted})
        if found is None:
            self._forgotten(record)
        return None if found is None else of_order(found)

    def _forgotten(self, record: OrderRecord) -> None:
        now = self._now()
        if record.accepted and now - max(record.changed, record.sent_at) > _KEPT_NS:
            self._reports.cancelled(record, "OKX knows the order no more", now)

    async def order(self, symbol: str, venue_id: str) -> Told | None:
        """Return one of the venue's orders by its number, None for one that it knows no more; raise VenueError."""
        name = symbol.partition(":")[0]
        found = await self._one(ORDER, OrderRow, {"instId": name, "ordId": venue_id})
        return None if found is None else of_order(found)

    async def _algo(self, record: OrderRecord) -> Told | None:
        wanted = {"algoId": record.algo_id}
        if not record.algo_id:
            wanted = {"algoClOrdId": client_id(record.order_id)}
        found = await self._one("/api/v5/trade/order-algo", AlgoOrderRow, wanted)
        return None if found is None else of_algo_order(found)

    async def _one(self, path: str, kind: type[_T], wanted: dict[str, str]) -> _T | None:
        try:
            rows = await self._rest.rows(path, kind, wanted)
        except VenueRefused as error:
            if error.fields.get("venue_code") in _GONE:
                return None
            raise
        return rows[0] if rows else None

    async def bring_fills(self, record: OrderRecord, venue_id: str) -> None:
        """Ask for the fills of one of the venue's orders and tell of those that are new."""
        # The first path knows three days, the second one three months. A pair that is bought with borrowed money may be
        # told as another type than it was ordered as.
        rows = await self.fills("/api/v5/trade/fills", {"ordId": venue_id})
        if not rows:
            kind = self._listing.type_of(record.request.instrument)
            wanted = {"instType": kind, "ordId": venue_id}
            rows = await self.fills("/api/v5/trade/fills-history", wanted)
        for row in rows:
            if row.ord_id == venue_id:
                self._reports.fill(record, of_fill(row), self._now())

    async def fills(self, path: str, wanted: dict[str, str]) -> list[FillRow]:
        """Return own executions, oldest first; raise VenueError."""
        found: dict[str, FillRow] = {}
        asked = wanted | {"limit": str(_PAGE)}
        while True:
            rows = await self._rest.rows(path, FillRow, asked)
            found |= {each.bill_id: each for each in rows}
            if len(rows) < _PAGE:
                return list(reversed(found.values()))
            asked = asked | {"after": rows[-1].bill_id}
