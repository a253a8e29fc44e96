"""What became of orders at Backpack that nobody answered for, and which fills are missing.

An order that is open is asked for by its number or by its client id. What is done is told by histories only, which know
no client ids: those of the market are looked through for it.
"""

from collections.abc import Callable

from anyvenue.model.errors import AnyvenueError, VenueRefused
from anyvenue.venues.backpack.errors import NOT_FOUND
from anyvenue.venues.backpack.reports import BackpackReports
from anyvenue.venues.backpack.requests import client_id
from anyvenue.venues.backpack.told import of_fill
from anyvenue.venues.backpack.wire_rest import FillRow, OrderRow
from anyvenue.venues.tracking.inquiries import Inquiries
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.rest import Parameters, Rest
from anyvenue.venues.tracking.told import Told
from anyvenue.venues.transport.tasks import Tasks

__all__ = ["BackpackInquiries"]

_PAGE = 1000
_LATE_S = 2.0
"""After how long a history is asked again that does not have an order yet."""


class BackpackInquiries(Inquiries):
    """Asks about each order once at a time, until that is answered."""

    title = "Backpack"
    no_such_order = NOT_FOUND

    def __init__(
        self,
        rest: Rest,
        reports: BackpackReports,
        settle: Callable[[OrderRecord, bool], None],
        now: Callable[[], int],
        window_ms: int,
    ) -> None:
        """Ask by `rest`; a request is taken within `window_ms` or never."""
        super().__init__(reports, settle, now, window_ms)
        self._rest, self._words = rest, reports
        self._learning = Tasks()
        self._missing: set[tuple[str, str]] = set()

    async def find(self, record: OrderRecord) -> Told | None:
        """Return an order as the venue has it, None where it does not know it; raise VenueError."""
        number = record.venue_id or record.algo_id
        if number:
            row = await self.order(record.symbol, number)
        else:
            row = await self._by_name(record)
        return None if row is None else self._words.told_of(row)

    async def order(self, symbol: str, number: str) -> OrderRow | None:
        """Return one of the venue's orders by its number; raise VenueError."""
        row = await self._open({"symbol": symbol, "orderId": number})
        if row is not None:
            return row
        rows = await self._done({"symbol": symbol, "orderId": number})
        return next((each for each in rows if each.id == number), None)

    async def _by_name(self, record: OrderRecord) -> OrderRow | None:
        name = client_id(record.order_id)
        row = await self._open({"symbol": record.symbol, "clientId": name})
        if row is not None:
            return row
        latest: Parameters = {"symbol": record.symbol, "limit": _PAGE, "sortDirection": "Desc"}
        for each in await self._done(latest):
            if each.client_id == name and self._words.told_of(each).order_id == record.order_id:
                return each
        return None

    async def _open(self, wanted: Parameters) -> OrderRow | None:
        try:
            return await self._rest.get("/api/v1/order", OrderRow, wanted)
        except VenueRefused as error:
            if error.fields.get("venue_code") == NOT_FOUND:
                return None
            raise

    async def _done(self, wanted: Parameters) -> list[OrderRow]:
        return await self._rest.get("/wapi/v1/history/orders", list[OrderRow], wanted)

    async def bring_fills(self, record: OrderRecord, venue_id: str) -> None:
        """Ask for the fills of one of the venue's orders and tell of those that are new."""
        wanted = {"symbol": record.symbol, "orderId": venue_id}
        for row in await self.fills(wanted):
            if row.order_id == venue_id:
                self._reports.fill(record, of_fill(row), self._now())

    async def fills(self, wanted: Parameters) -> list[FillRow]:
        """Return own fills, oldest first; raise VenueError."""
        found = list[FillRow]()
        while True:
            page = {**wanted, "limit": _PAGE, "offset": len(found), "sortDirection": "Asc"}
            rows = await self._rest.get("/wapi/v1/history/fills", list[FillRow], page)
            found += rows
            if len(rows) < _PAGE:
                return sorted(found, key=lambda each: each.timestamp)

    def _not_there(self, record: OrderRecord) -> float:
        """An order that is open no more comes into the histories a little later."""
        if record.accepted and not record.ended and not record.replacing:
            return _LATE_S
        return super()._not_there(record)

    # ---- orders of others

    def learn(self, symbol: str, number: str) -> None:
        """Find out soon about an order whose beginning was not heard."""
        if (symbol, number) not in self._missing:
            self._missing.add((symbol, number))
            self._learning.start(self._learn(symbol, number))

    async def _learn(self, symbol: str, number: str) -> None:
        try:
            row = await self.order(symbol, number)
            if row is not None:
                self._words.hear_row(row, self._now())
        except AnyvenueError:
            pass  # the next snapshot tells of it
        finally:
            self._missing.discard((symbol, number))

    async def stop(self) -> None:
        """Give up all questions."""
        await self._learning.stop()
        await super().stop()
