"""What Binance says is so: open orders, fills, positions and money."""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal

from anyvenue.model.accounts import Account
from anyvenue.model.enums import MarginMode
from anyvenue.model.errors import VenueRefused
from anyvenue.model.ids import AccountId
from anyvenue.model.positions import EMPTY_LEG, Leg, Position, PositionTerms
from anyvenue.model.protocols import Cursor
from anyvenue.venues.binance.api import Rest
from anyvenue.venues.binance.inquiries import Inquiries
from anyvenue.venues.binance.instruments import Listing
from anyvenue.venues.binance.told import of_algo_order, of_futures_order, of_spot_order, of_trade
from anyvenue.venues.binance.wire_funds import (
    FuturesAccount,
    FuturesPosition,
    FuturesTrade,
    SpotAccount,
    SpotTrade,
    SymbolConfig,
)
from anyvenue.venues.binance.wire_rest import AlgoOrder, FuturesOrder, SpotOrder
from anyvenue.venues.tracking.fill_places import ms_of
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.snapshots import Holdings
from anyvenue.venues.tracking.snapshots import Snapshots as Base
from anyvenue.venues.tracking.told import Told, ToldFill

__all__ = ["Snapshots"]

_ZERO = Decimal(0)
_PAGE = 1000
_DAY_MS = 86_400_000
_MODES = {"ISOLATED": MarginMode.ISOLATED, "CROSSED": MarginMode.CROSS}


class Snapshots(Base):
    """What it hears of orders is told through `Reports` first."""

    def __init__(
        self,
        market: str,
        account: AccountId,
        rest: Rest,
        listing: Listing,
        reports: Reports,
        inquiries: Inquiries,
        now: Callable[[], int],
        more_symbols: list[str],
    ) -> None:
        """Show `account`, the node's name of it."""
        super().__init__(account, reports, inquiries, now, rest.offset.earliest_ms)
        self._spot = market == "spot"
        self._rest, self._listing = rest, listing
        self._asked = inquiries
        self._span_ms = (
            _DAY_MS if self._spot else 7 * _DAY_MS
        )  # the longest that may be asked about
        self._more_symbols = more_symbols

    async def holdings(self) -> Holdings:
        """Ask for money and positions; raise VenueError."""
        if self._spot:
            return Holdings(await self._spot_money())
        positions, terms = await self._positions()
        return Holdings(await self._futures_money(), positions, terms)

    # ---- orders and trades

    async def open_orders(self) -> list[Told]:
        """Ask for the orders that may still do something; raise VenueError."""
        get = self._rest.get
        if self._spot:
            spot = await get("/api/v3/openOrders", list[SpotOrder], weight=80)
            return [of_spot_order(each) for each in spot]
        orders = await get("/fapi/v1/openOrders", list[FuturesOrder], weight=40)
        algos = await get("/fapi/v1/openAlgoOrders", list[AlgoOrder], weight=40)
        return [
            *(of_futures_order(each) for each in orders),
            *(of_algo_order(each) for each in algos),
        ]

    async def bring_trades(self, since: Cursor, positions: list[Position]) -> None:
        """Hear of the trades since the cursor, those of orders that this process has never seen among them."""
        symbols = {each.symbol: None for each in self._records.by_id.values()}
        symbols |= dict.fromkeys(self._more_symbols)
        symbols |= {self._listing.symbol(each.instrument): None for each in positions}
        for symbol in symbols:
            await self._bring_trades_of(symbol, ms_of(since))

    async def _bring_trades_of(self, symbol: str, from_ms: int) -> None:
        async for page in self._pages(symbol, from_ms):
            for trade in page:
                record = self._records.by_venue.get((symbol, trade.order))
                if record is None:
                    told = await self._asked.order(symbol, trade.order)
                    record = self._reports.hear(told, self._now())
                if record is not None and self._reports.fill(record, trade, self._now()):
                    self._inquiries.ask(record)

    async def _pages(self, symbol: str, from_ms: int) -> AsyncIterator[list[ToldFill]]:
        """Yield the account's trades since then: found by time, and on from there by their numbers.

        The venue answers for a stretch of time, and several trades may have the same one.
        """
        now_ms, rows = self._rest.offset.now_ms(), list[SpotTrade | FuturesTrade]()
        last = False
        while not rows and not last:
            last = from_ms + self._span_ms > now_ms
            # Without an end where that is now: clocks differ.
            end = {} if last else {"endTime": str(from_ms + self._span_ms - 1)}
            rows = await self._page({"symbol": symbol, "startTime": str(from_ms)} | end)
            from_ms += self._span_ms
        while rows:
            yield [of_trade(each) for each in rows]
            if last and len(rows) < _PAGE:
                return
            last = True  # numbers go on to the end, whatever the time
            rows = await self._page({"symbol": symbol, "fromId": str(rows[-1].id + 1)})

    async def _page(self, wanted: dict[str, str]) -> list[SpotTrade | FuturesTrade]:
        rows = await self._asked.trades(wanted | {"limit": str(_PAGE)})
        return sorted(rows, key=lambda each: each.id)

    # ---- money and positions

    async def _spot_money(self) -> list[Account]:
        found = await self._rest.get(
            "/api/v3/account", SpotAccount, {"omitZeroBalances": "true"}, weight=20
        )
        now = self._now()
        return [
            Account(
                self._account,
                each.asset,
                now,
                0,
                balance=each.free + each.locked,
                available=each.free,
                frozen_cash=each.locked,
            )
            for each in found.balances
            if each.free or each.locked
        ]

    async def _futures_money(self) -> list[Account]:
        found = await self._rest.get("/fapi/v3/account", FuturesAccount, weight=5)
        now = self._now()
        return [
            Account(
                self._account,
                each.asset,
                now,
                0,
                balance=each.wallet_balance + each.unrealized_profit,
                position_profit=each.unrealized_profit,
                available=each.available_balance,
                margin=each.position_initial_margin,
                frozen_margin=each.open_order_initial_margin,
            )
            for each in found.assets
            if each.wallet_balance or each.unrealized_profit
        ]

    async def _positions(self) -> tuple[list[Position], list[PositionTerms]]:
        rows = await self._rest.get("/fapi/v3/positionRisk", list[FuturesPosition], weight=5)
        legs: dict[str, dict[str, Leg]] = {}
        isolated: dict[str, Decimal] = {}
        for row in rows:
            if row.position_amt and row.symbol in self._listing.by_symbol:
                legs.setdefault(row.symbol, {}).update(_leg(row))
                isolated[row.symbol] = isolated.get(row.symbol, _ZERO) + row.isolated_wallet
        positions = [
            Position(
                self._account,
                self._listing.by_symbol[symbol].id,
                long_today=each.get("LONG", EMPTY_LEG),
                short_today=each.get("SHORT", EMPTY_LEG),
            )
            for symbol, each in sorted(legs.items())
        ]
        return positions, await self._terms(isolated)

    async def _terms(self, isolated: dict[str, Decimal]) -> list[PositionTerms]:
        try:
            rows = await self._rest.get("/fapi/v1/symbolConfig", list[SymbolConfig], weight=5)
        except VenueRefused:
            return []
        found = []
        for row in rows:
            instrument = self._listing.by_symbol.get(row.symbol)
            mode = _MODES.get(row.margin_type.upper())
            if instrument is not None:
                money = isolated.get(row.symbol) if mode is MarginMode.ISOLATED else None
                found.append(
                    PositionTerms(self._account, instrument.id, Decimal(row.leverage), mode, money)
                )
        return found


def _leg(row: FuturesPosition) -> dict[str, Leg]:
    side = row.position_side
    if side == "BOTH":
        side = "LONG" if row.position_amt > 0 else "SHORT"
    quantity = abs(row.position_amt)
    value = row.entry_price * quantity
    return {side: Leg(quantity, _ZERO, value, value)}
