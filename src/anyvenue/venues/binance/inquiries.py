"""Questions about single orders: what became of those that nobody answered for, and which fills are missing."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.errors import AnyvenueError, VenueRefused
from anyvenue.venues.binance.api import Rest
from anyvenue.venues.binance.errors import NO_SUCH_ORDER
from anyvenue.venues.binance.requests import CONDITIONAL, client_id
from anyvenue.venues.binance.told import of_algo_order, of_futures_order, of_spot_order, of_trade
from anyvenue.venues.binance.trading import Trading
from anyvenue.venues.binance.wire_funds import FuturesTrade, SpotTrade
from anyvenue.venues.binance.wire_rest import AlgoOrder, FuturesOrder, SpotOrder
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told

__all__ = ["Inquiries"]

_SETTLED_NS = 1_000_000_000
"""How long after its window an order that the venue does not know is taken for one that never arrived."""
_RETRY_S = 0.5
_GONE = frozenset({str(NO_SUCH_ORDER), "-2026", "-4118"})


class Inquiries:
    """Asks about each order once at a time, until that is answered."""

    def __init__(
        self,
        market: str,
        rest: Rest,
        reports: Reports,
        trading: Callable[[], Trading],
        now: Callable[[], int],
        window_ms: int,
    ) -> None:
        """Ask by `rest`; a request is taken within `window_ms` or never."""
        self._spot = market == "spot"
        self._rest, self._reports, self._now = rest, reports, now
        self._trading = trading
        self._window_ns = window_ms * 1_000_000 + _SETTLED_NS
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self.open = False

    def ask(self, record: OrderRecord) -> None:
        """Ask about an order soon; nothing happens without a session: all are asked about after the next login."""
        if not self.open:
            return
        if record.order_id in self._tasks:
            self._again.add(record.order_id)
            return
        self._tasks[record.order_id] = asyncio.ensure_future(self._persist(record))

    async def stop(self) -> None:
        """Give up all questions."""
        self.open = False
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _persist(self, record: OrderRecord) -> None:
        try:
            while self.open:
                self._again.discard(record.order_id)
                try:
                    wait = await self.inquire(record)
                except AnyvenueError:
                    wait = _RETRY_S
                if not wait and record.order_id not in self._again:
                    return
                await asyncio.sleep(wait)
        finally:
            self._tasks.pop(record.order_id, None)

    async def inquire(self, record: OrderRecord) -> float:
        """Ask about an order once; return after how many seconds to ask again, 0 when all is known."""
        if record.replacing and not record.doubt:
            return 0.0  # its answer is on the way
        told = await self._find(record)
        if told is None:
            return self._not_there(record)
        before = record.request
        if record.replacing:
            await self._give_way(record, told)
        now = self._now()
        lacks = told.filled > record.heard_filled.get(told.venue_id, 0)
        if lacks:
            self._reports.records.by_venue[told.symbol, told.venue_id] = record
            await self.bring_fills(record, told.venue_id)
        self._reports.hear(told, now)
        self._trading().settle(record, record.request is before)
        return _RETRY_S if told.filled > record.heard_filled.get(told.venue_id, 0) else 0.0

    def _not_there(self, record: OrderRecord) -> float:
        if record.replacing:
            record.replacing = False
            record.part -= 1
            return 0.001  # now for the old one
        if record.accepted or record.ended:
            return 0.0
        rest = record.sent_at + self._window_ns - self._now()
        if record.sent_at and rest > 0:
            return rest / 1e9
        if record.sent_at:
            said = f"[{NO_SUCH_ORDER}] the order never arrived: Binance does not know it, and its time is over"
            self._reports.reject(
                record, said, "order.not_received", str(NO_SUCH_ORDER), self._now()
            )
        return 0.0

    async def _give_way(self, record: OrderRecord, new: Told) -> None:
        """Take over the order that has replaced another, now that its answer was lost."""
        name = client_id(record.order_id, record.part - 1)
        old = await self._by_client_id(record.symbol, name)
        if old is None:
            old = new
        await self.bring_fills(record, old.venue_id)
        trading, now = self._trading(), self._now()
        trading.take_over(record, old, new, now)
        price = new.price if record.request.price is not None else None
        earlier = record.filled - record.heard_filled.get(new.venue_id, Decimal(0))
        quantity = (new.quantity or Decimal(0)) + earlier
        self._reports.modified(record, quantity, price, new.ts, now)

    async def bring_fills(self, record: OrderRecord, venue_id: str) -> None:
        """Ask for the fills of one of the venue's orders and tell of those that are new."""
        wanted = {"symbol": record.symbol, "orderId": venue_id}
        for trade in await self.trades(wanted):
            if str(trade.order_id) == venue_id:
                self._reports.fill(record, of_trade(trade), self._now())

    async def trades(self, wanted: dict[str, str]) -> list[SpotTrade] | list[FuturesTrade]:
        """Return own trades, oldest first; raise VenueError."""
        if self._spot:
            return await self._rest.get("/api/v3/myTrades", list[SpotTrade], wanted, weight=20)
        return await self._rest.get("/fapi/v1/userTrades", list[FuturesTrade], wanted, weight=5)

    async def order(self, symbol: str, venue_id: str) -> Told:
        """Return one of the venue's orders by its number; raise VenueError."""
        return await self._asked({"symbol": symbol, "orderId": venue_id})

    async def _find(self, record: OrderRecord) -> Told | None:
        conditional = not self._spot and record.request.type in CONDITIONAL
        if conditional and not record.triggered:
            told = await self._algo(record)
            if told is None or not told.became:
                return told
            self._reports.hear(told, self._now())
            return await self.order(record.symbol, told.became)
        if record.venue_id and not record.replacing:
            return await self.order(record.symbol, record.venue_id)
        return await self._by_client_id(record.symbol, client_id(record.order_id, record.part))

    async def _by_client_id(self, symbol: str, name: str) -> Told | None:
        try:
            return await self._asked({"symbol": symbol, "origClientOrderId": name})
        except VenueRefused as error:
            if error.fields.get("venue_code") in _GONE:
                return None
            raise

    async def _algo(self, record: OrderRecord) -> Told | None:
        name = (
            {"algoId": record.algo_id}
            if record.algo_id
            else {"clientAlgoId": client_id(record.order_id, record.part)}
        )
        try:
            found = await self._rest.get("/fapi/v1/algoOrder", AlgoOrder, name)
        except VenueRefused as error:
            if error.fields.get("venue_code") in _GONE:
                return None
            raise
        return of_algo_order(found)

    async def _asked(self, wanted: dict[str, str]) -> Told:
        if self._spot:
            spot = await self._rest.get("/api/v3/order", SpotOrder, wanted, weight=4)
            return of_spot_order(spot)
        return of_futures_order(await self._rest.get("/fapi/v1/order", FuturesOrder, wanted))
