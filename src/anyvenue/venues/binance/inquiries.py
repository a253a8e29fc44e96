"""Questions to Binance about single orders: what became of those that nobody answered for, which fills are missing."""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.errors import VenueRefused
from anyvenue.venues.binance.api import Rest
from anyvenue.venues.binance.errors import NO_SUCH_ORDER
from anyvenue.venues.binance.requests import CONDITIONAL, client_id
from anyvenue.venues.binance.told import of_algo_order, of_futures_order, of_spot_order, of_trade
from anyvenue.venues.binance.trading import Trading
from anyvenue.venues.binance.wire_funds import FuturesTrade, SpotTrade
from anyvenue.venues.binance.wire_rest import AlgoOrder, FuturesOrder, SpotOrder
from anyvenue.venues.tracking.inquiries import Inquiries as Base
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told

__all__ = ["Inquiries"]

_GONE = frozenset({str(NO_SUCH_ORDER), "-2026", "-4118"})


class Inquiries(Base):
    """Asks about each order once at a time, until that is answered."""

    title = "Binance"
    no_such_order = str(NO_SUCH_ORDER)

    def __init__(
        self,
        market: str,
        rest: Rest,
        reports: Reports,
        trading: Trading,
        now: Callable[[], int],
        window_ms: int,
    ) -> None:
        """Ask by `rest`; a request is taken within `window_ms` or never."""
        super().__init__(reports, trading.settle, now, window_ms)
        self._spot = market == "spot"
        self._rest, self._trading = rest, trading

    async def give_way(self, record: OrderRecord, new: Told) -> None:
        """Take over the order that has replaced another, now that its answer was lost."""
        name = client_id(record.order_id, record.part - 1)
        old = await self._by_client_id(record.symbol, name)
        if old is None:
            old = new
        await self.bring_fills(record, old.venue_id)
        now = self._now()
        self._trading.take_over(record, old, new, now)
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

    async def find(self, record: OrderRecord) -> Told | None:
        """Return an order as the venue has it, None where it does not know it; raise VenueError."""
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
