"""Questions about single orders: what became of those that nobody answered for, and which fills are missing."""

import asyncio
from collections.abc import Callable

from anyvenue.model.errors import VenueRefused
from anyvenue.venues.ccxt.library import Row
from anyvenue.venues.ccxt.naming import LOOKUPS, client_name
from anyvenue.venues.ccxt.parse import fill_of, order_of
from anyvenue.venues.ccxt.sessions import Sessions
from anyvenue.venues.tracking.inquiries import Inquiries
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told

__all__ = ["CcxtInquiries"]

_ROOM_MS = 15 * 60_000
_SHORT = 20  # no exchange's list is cut off sooner
_LISTS = {
    "fetchOrders": "fetch_orders",
    "fetchClosedOrders": "fetch_closed_orders",
    "fetchCanceledOrders": "fetch_canceled_orders",
    "fetchCanceledAndClosedOrders": "fetch_canceled_and_closed_orders",
}
_PUSH_S = 0.3
_LONGEST_S = 2.0


class CcxtInquiries(Inquiries):
    """Finds orders by the exchange's number, by our name where that can be, else in lists of open and done orders."""

    no_such_order = "OrderNotFound"

    def __init__(
        self,
        sessions: Sessions,
        reports: Reports,
        settle: Callable[[OrderRecord, bool], None],
        now: Callable[[], int],
        settle_s: float,
    ) -> None:
        """An order that the exchange does not know for `settle_s` after it was sent has never arrived."""
        super().__init__(reports, settle, now, int(settle_s * 1000))
        self._sessions = sessions
        self._silence_tells: dict[int, bool] = {}

    def lacking(self, record: OrderRecord) -> None:
        """Ask for fills; where they are pushed, only if they have not come by themselves in a moment."""
        if self._sessions.abilities.ways["fills"] == "push":
            asyncio.get_running_loop().call_later(_PUSH_S, self._ask_unless_ended, record)
        else:
            self.ask(record)

    def _ask_unless_ended(self, record: OrderRecord) -> None:
        if not record.ended:
            self.ask(record)

    def _not_there(self, record: OrderRecord) -> float:
        if not self._silence_tells.pop(record.order_id, False):
            return 0.0  # UNKNOWN it stays: nobody can tell
        return min(super()._not_there(record), _LONGEST_S)

    # ---- orders

    async def find(self, record: OrderRecord) -> Told | None:
        """Return an order as the exchange has it, None where it tells of none; raise VenueError."""
        exchange = self._sessions.abilities.exchange
        if record.venue_id:
            row = await self._by_number(record)
        else:
            row, tells = await self._by_name(record, client_name(exchange, record.order_id))
            self._silence_tells[record.order_id] = tells
        return None if row is None else order_of(row, exchange, record.symbol)

    async def _by_name(self, record: OrderRecord, name: str) -> tuple[Row | None, bool]:
        """Return an order by our name, and whether silence means that there is none."""
        if not name:
            return None, False
        if self._sessions.abilities.exchange in LOOKUPS:
            return await self._single(name, record.symbol, {"clientOrderId": name}), True
        return await self._in_lists(record, "clientOrderId", name)

    async def _by_number(self, record: OrderRecord) -> Row | None:
        if "fetchOrder" in self._sessions.abilities.has:
            row = await self._single(record.venue_id, record.symbol)
            # Bitfinex has an empty one of what is done.
            if row is not None and row.get("id"):
                return row
        return (await self._in_lists(record, "id", record.venue_id))[0]

    async def _single(self, name: str, symbol: str, *params: object) -> Row | None:
        try:
            return await self._sessions.trading.row("fetch_order", name, symbol, *params)
        except VenueRefused as error:
            if error.text.startswith(self.no_such_order):
                return None
            raise

    async def _in_lists(
        self, record: OrderRecord, field: str, value: str
    ) -> tuple[Row | None, bool]:
        """Look among those that work, then among those that are done, in this order: one may end meanwhile.

        Return also whether the lists would name it: not where they are cut off before the time it was sent at.
        """
        rows = await self._sessions.trading.rows("fetch_open_orders", record.symbol)
        found = next((each for each in rows if str(each.get(field)) == value), None)
        if found is not None:
            return found, True
        done = await self._done(record.symbol, self._since_ms(record))
        found = next((each for each in done if str(each.get(field)) == value), None)
        lists = not self._sessions.abilities.has.isdisjoint(_LISTS)
        sent_ms = record.sent_at // 1_000_000 - self._sessions.behind_ms
        return found, lists and _covers(rows, sent_ms) and _covers(done, sent_ms)

    async def _done(self, symbol: str, since_ms: int | None) -> list[Row]:
        """Return what is done, from one list of everything, else from all lists of parts."""
        there = [each for each in _LISTS if each in self._sessions.abilities.has]
        found: list[Row] = []
        for name in ["fetchOrders"] if "fetchOrders" in there else there:
            found += await self._sessions.trading.rows(_LISTS[name], symbol, since_ms)
        return found

    def _since_ms(self, record: OrderRecord) -> int | None:
        """Return from when on an order is looked for, by the exchange's clock, with room for what that is wrong."""
        if record.created:
            return record.created // 1_000_000 - _ROOM_MS
        return record.sent_at // 1_000_000 - self._sessions.behind_ms - _ROOM_MS

    # ---- fills

    async def bring_fills(self, record: OrderRecord, venue_id: str) -> None:
        """Ask for the fills of an order and tell of those that are new; raise VenueError."""
        for row in await self._trades_of(record, venue_id):
            found = fill_of(row, costless=True)
            if found is not None and found[1].order == venue_id:
                self._reports.fill(record, found[1], self._now())

    async def _trades_of(self, record: OrderRecord, venue_id: str) -> list[Row]:
        if "fetchMyTrades" not in self._sessions.abilities.has:
            return await self._sessions.trading.rows("fetch_order_trades", venue_id, record.symbol)
        return await self.trades(record.symbol, self._since_ms(record))

    async def trades(self, symbol: str, since_ms: int | None) -> list[Row]:
        """Return own trades of a symbol from a time on, oldest first; raise VenueError."""
        page = self._sessions.abilities.page
        words = (symbol, since_ms) if page is None else (symbol, since_ms, page)
        rows = await self._sessions.trading.rows("fetch_my_trades", *words)
        return sorted(rows, key=_ms)

    async def order(self, symbol: str, venue_id: str) -> Told | None:
        """Return one of the exchange's orders by its number, None where it tells of none; raise VenueError."""
        row = await self._single(venue_id, symbol)
        if row is None or not row.get("id"):
            found = await self._done(symbol, None)
            row = next((each for each in found if str(each.get("id")) == venue_id), None)
        return None if row is None else order_of(row, self._sessions.abilities.exchange, symbol)


def _ms(row: Row) -> float:
    return float(str(row.get("timestamp") or 0))


def _covers(rows: list[Row], ts_ms: int) -> bool:
    """Tell whether a list would name what was sent at a time: it is short, or reaches to both sides of it."""
    times = [_ms(each) for each in rows]
    return len(times) < _SHORT or min(times) <= ts_ms <= max(times)
