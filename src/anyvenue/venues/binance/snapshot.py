"""What the venue says is so: open orders, fills, positions and money, of one moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from anyvenue.model.accounts import Account
from anyvenue.model.enums import MarginMode
from anyvenue.model.errors import ConnectivityError, VenueRefused
from anyvenue.model.ids import AccountId
from anyvenue.model.orders import Fill
from anyvenue.model.positions import EMPTY_LEG, Leg, Position, PositionTerms
from anyvenue.model.protocols import Cursor, Snapshot
from anyvenue.venues.binance.api import Rest
from anyvenue.venues.binance.inquiries import Inquiries
from anyvenue.venues.binance.instruments import Listing
from anyvenue.venues.binance.told import of_algo_order, of_futures_order, of_spot_order, of_trade
from anyvenue.venues.binance.wire_funds import (
    FuturesAccount,
    FuturesPosition,
    SpotAccount,
    SymbolConfig,
)
from anyvenue.venues.binance.wire_rest import AlgoOrder, FuturesOrder, SpotOrder
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told

__all__ = ["Snapshots", "cursor_of"]

_ZERO = Decimal(0)
_TRIES = 6
_PAGE = 1000
_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_MODES = {"ISOLATED": MarginMode.ISOLATED, "CROSSED": MarginMode.CROSS}


class Snapshots:
    """Asks until nothing has happened in between; what it hears of orders is told through `Reports` first."""

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
        self._spot = market == "spot"
        self._account, self._rest, self._listing = account, rest, listing
        self._reports, self._records = reports, reports.records
        self._inquiries, self._now = inquiries, now
        self._more_symbols = more_symbols

    async def catch_up(self) -> None:
        """Hear of every open order, and of what became of those that we believed open; raise VenueError."""
        self._records.forget((self._rest.offset.now_ms() - 2 * _DAY_MS) * 1_000_000)
        found = await self._open_orders()
        named = set()
        for told in found:
            record = self._reports.hear(told, self._now())
            if record is not None:
                named.add(record.order_id)
                lacks = told.filled > record.heard_filled.get(told.venue_id, 0)
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
            started = self._rest.offset.now_ms()
            positions: list[Position] = []
            terms: list[PositionTerms] = []
            if self._spot:
                balances = await self._spot_money()
            else:
                positions, terms = await self._positions()
                balances = await self._futures_money()
            await self.catch_up()
            await self._bring_trades(since, positions)
            if self._records.revision == before:
                return self._made(since, started, positions, terms, balances)
        raise ConnectivityError(
            f"the account was traded in each of the {_TRIES} times that it was asked for; ask again when it is calmer"
        )

    def _made(
        self,
        since: Cursor,
        started_ms: int,
        positions: list[Position],
        terms: list[PositionTerms],
        balances: list[Account],
    ) -> Snapshot:
        numbered = _numbered(self._records.fills)
        later = [(cursor, fill) for cursor, fill in numbered if cursor > since]
        cursor = later[-1][0] if later else max(since, cursor_of(started_ms - _MINUTE_MS, 0))
        if numbered and not later:
            cursor = max(since, numbered[-1][0])
        return Snapshot(
            account=self._account,
            ts_as_of=self._now(),
            trading_day=0,
            # What nobody knows of is not named: it is for the node to doubt.
            orders=tuple(e.as_order() for e in self._records.by_id.values() if not e.unsure),
            fills=tuple(fill for _, fill in later),
            positions=tuple(positions),
            balances=tuple(balances),
            terms=tuple(terms),
            cursor=cursor,
        )

    # ---- orders and trades

    async def _open_orders(self) -> list[Told]:
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

    async def _bring_trades(self, since: Cursor, positions: list[Position]) -> None:
        """Hear of the trades since the cursor, those of orders that this process has never seen among them."""
        if since <= (0, 0):
            return
        symbols = {each.symbol: None for each in self._records.by_id.values()}
        symbols |= dict.fromkeys(self._more_symbols)
        symbols |= {self._listing.symbol(each.instrument): None for each in positions}
        for symbol in symbols:
            await self._bring_trades_of(symbol, _ms_of(since))

    async def _bring_trades_of(self, symbol: str, from_ms: int) -> None:
        while True:
            wanted = {"symbol": symbol, "startTime": str(from_ms), "limit": str(_PAGE)}
            trades = [of_trade(each) for each in await self._inquiries.trades(wanted)]
            for trade in trades:
                record = self._records.by_venue.get((symbol, trade.order))
                if record is None:
                    told = await self._inquiries.order(symbol, trade.order)
                    record = self._reports.hear(told, self._now())
                if record is not None and self._reports.fill(record, trade, self._now()):
                    self._inquiries.ask(record)
            if len(trades) < _PAGE or trades[-1].ts // 1_000_000 == from_ms:
                return
            from_ms = trades[-1].ts // 1_000_000

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


def cursor_of(ts_ms: int, place: int) -> Cursor:
    """Return the cursor of a fill: its day, its ms within it, and which of that ms it was."""
    day = datetime.fromtimestamp(ts_ms // 1000, UTC)
    return day.year * 10_000 + day.month * 100 + day.day, ts_ms % _DAY_MS * 1000 + place


def _ms_of(cursor: Cursor) -> int:
    day, number = cursor
    start = datetime(day // 10_000, day // 100 % 100, day % 100, tzinfo=UTC)
    return int(start.timestamp()) * 1000 + number // 1000


def _numbered(fills: list[Fill]) -> list[tuple[Cursor, Fill]]:
    found: list[tuple[Cursor, Fill]] = []
    last_ms, place = -1, 0
    for fill in sorted(fills, key=lambda each: (each.ts_event, each.trade_id)):
        ms = fill.ts_event // 1_000_000
        place = place + 1 if ms == last_ms else 1
        last_ms = ms
        found.append((cursor_of(ms, place), fill))
    return found
