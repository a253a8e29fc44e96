"""What became of orders at Backpack that nobody answered for, and which fills are missing.

An order that is open is asked for by its number or by its client id. What is done is told by histories only, which know
no client ids: those of the market are looked through for it.
"""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.errors import AnyvenueError, VenueRefused
from anyvenue.model.ids import OrderId
from anyvenue.venues.backpack.errors import NOT_FOUND
from anyvenue.venues.backpack.naming import Names
from anyvenue.venues.backpack.reports import BackpackReports
from anyvenue.venues.backpack.requests import mark_of, part_of
from anyvenue.venues.backpack.told import created_ns, of_fill
from anyvenue.venues.backpack.wire_rest import FillRow, OrderRow
from anyvenue.venues.tracking.inquiries import Inquiries
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.rest import Parameters, Rest
from anyvenue.venues.tracking.told import Told
from anyvenue.venues.transport.tasks import Tasks

__all__ = ["BackpackInquiries"]

_PAGE = 1000
_MOST_PAGES = 10
_ZERO = Decimal(0)
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
        names: Names,
        settle: Callable[[OrderRecord, bool], None],
        now: Callable[[], int],
        window_ms: int,
    ) -> None:
        """Ask by `rest`; a request is taken within `window_ms` or never."""
        super().__init__(reports, settle, now, window_ms)
        self._rest, self._words, self._names = rest, reports, names
        self._learning = Tasks()
        self._missing: set[tuple[str, str]] = set()

    async def find(self, record: OrderRecord) -> Told | None:
        """Return an order as the venue has it, None where it does not know it; raise VenueError."""
        number = record.venue_id or record.algo_id
        if number and not record.replacing:
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
        name = self._names.of(record.order_id, record.part)
        row = await self._open({"symbol": record.symbol, "clientId": name})
        if row is not None:
            return row
        for each in await self._latest(record.symbol):
            if each.client_id == name and self._words.told_of(each).order_id == record.order_id:
                return each
        return None

    async def _latest(self, symbol: str, offset: int = 0) -> list[OrderRow]:
        page: Parameters = {"limit": _PAGE, "offset": offset, "sortDirection": "Desc"}
        return await self._done({"symbol": symbol, **page})

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
        if record.replacing:
            rest = record.sent_at + self._window_ns - self._now()
            return rest / 1e9 if rest > 0 else super()._not_there(record)
        return _LATE_S if record.accepted and not record.ended else super()._not_there(record)

    async def give_way(self, record: OrderRecord, new: Told) -> None:
        """Take over the order that has replaced another, now that its answer was lost."""
        price = new.price if record.request.price is not None else None
        earlier = record.filled - record.heard_filled.get(new.venue_id, _ZERO)
        quantity = (new.quantity or _ZERO) + earlier
        self._words.take_over(record, new, quantity, price, self._now())

    # ---- orders that this process has not sent

    def learn(self, symbol: str, number: str) -> None:
        """Find out soon about an order whose beginning was not heard."""
        if (symbol, number) not in self._missing:
            self._missing.add((symbol, number))
            self._learning.start(self._learn(symbol, number))

    async def _learn(self, symbol: str, number: str) -> None:
        try:
            row = await self.order(symbol, number)
            if row is not None:
                await self.meet(row)
        except AnyvenueError:
            pass  # the next snapshot tells of it
        finally:
            self._missing.discard((symbol, number))

    async def meet(self, row: OrderRow) -> OrderRecord | None:
        """Hear of an order; one that took an earlier process's order's place is that order. Raise VenueError."""
        known = (row.symbol, row.id) in self._reports.records.by_venue
        earlier = [] if known else await self._earlier(row)
        record = self._words.hear_row(row, self._now())
        if record is not None and earlier:
            for each in earlier:
                self._reports.records.by_venue[each.symbol, each.id] = record
                await self.bring_fills(record, each.id)
            self._words.hear_row(row, self._now())  # its quantity is that of all its parts
        return record

    async def _earlier(self, row: OrderRow) -> list[OrderRow]:
        """Learn whose part an order is, and return the parts before it, the first one among them."""
        mark = self._mark(row)
        if mark is None or row.client_id is None:
            return []
        rows = list[OrderRow]()
        for _ in range(_MOST_PAGES):
            page = await self._latest(row.symbol, len(rows))
            rows += [each for each in page if each.id != row.id and each.side == row.side]
            order_id = self._whose(mark, rows)
            if order_id:
                self._names.learn(row.symbol, row.client_id, (order_id, part_of(mark, order_id)))
                return [each for each in rows if self._is_part(each, order_id)]
            if len(page) < _PAGE:
                break
        return []

    def _mark(self, row: OrderRow) -> int | None:
        """Return the mark of an order that is a part of another, None of any other."""
        if row.client_id is None or self._words.told_of(row).order_id:
            return None
        return mark_of(row.client_id, created_ns(row))

    def _whose(self, mark: int, rows: list[OrderRow]) -> OrderId:
        """Return the order that has a part of this mark, and the part before it; 0 for none."""
        marks = {self._mark(each) for each in rows}
        for each in rows:
            order_id = self._words.told_of(each).order_id
            part = part_of(mark, order_id) if order_id else 0
            if part == 1 or (part and mark - 1 in marks):
                return order_id
        return OrderId(0)

    def _is_part(self, row: OrderRow, order_id: OrderId) -> bool:
        mark = self._mark(row)
        if mark is None or row.client_id is None:
            return self._words.told_of(row).order_id == order_id
        part = part_of(mark, order_id)
        if part:
            self._names.learn(row.symbol, row.client_id, (order_id, part))
        return bool(part)

    async def stop(self) -> None:
        """Give up all questions."""
        await self._learning.stop()
        await super().stop()
