"""What an exchange says is so: open orders, fills, positions and money, of one moment."""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.errors import VenueRefused
from anyvenue.model.ids import AccountId
from anyvenue.model.positions import Position, PositionTerms
from anyvenue.model.protocols import Cursor
from anyvenue.venues.ccxt.inquiries import CcxtInquiries
from anyvenue.venues.ccxt.library import Row
from anyvenue.venues.ccxt.listing import Listing
from anyvenue.venues.ccxt.parse import balances_of, fill_of, leverage_of, order_of, positions_of
from anyvenue.venues.ccxt.sessions import Sessions
from anyvenue.venues.tracking.fill_places import ms_of
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.snapshots import Holdings, Snapshots
from anyvenue.venues.tracking.told import Told

__all__ = ["CcxtSnapshots"]

_MS = 1_000_000


class CcxtSnapshots(Snapshots):
    """Asks by ccxt's unified calls."""

    def __init__(
        self,
        account: AccountId,
        sessions: Sessions,
        listing: Listing,
        reports: Reports,
        inquiries: CcxtInquiries,
        now: Callable[[], int],
        may_be_ours: Callable[[Told], bool],
        more_symbols: list[str],
    ) -> None:
        """Show `account`, the node's name of it; what `may_be_ours` waits until that is known."""
        self._may_be_ours = may_be_ours
        self._by_symbol = sessions.abilities.symbol_needed
        super().__init__(
            account, reports, inquiries, now, lambda: now() // _MS - sessions.behind_ms
        )
        self._sessions, self._listing = sessions, listing
        self._questions = inquiries
        self._more_symbols = more_symbols

    async def holdings(self) -> Holdings:
        """Ask for money and positions; raise VenueError."""
        positions: list[Position] = []
        terms: list[PositionTerms] = []
        profits: dict[str, Decimal] = {}
        can, calls = self._sessions.abilities, self._sessions.trading
        if can.contracts and "fetchPositions" in can.has:
            rows = await calls.rows("fetch_positions")
            known = self._listing.by_symbol
            positions, terms, profits = positions_of(rows, self._account, known)
        if can.contracts and "fetchLeverages" in can.has:
            terms = await self._terms(terms)
        row = await self._sessions.money()
        money = balances_of(row, self._account, self._now(), profits, contracts=can.contracts)
        return Holdings(money, positions, terms)

    async def _terms(self, held: list[PositionTerms]) -> list[PositionTerms]:
        """Return the terms of everything that the exchange tells them of, not only of what is held."""
        found = await self._sessions.trading.row("fetch_leverages")
        known = {each.instrument: each for each in held}
        for symbol, row in found.items():
            instrument = self._listing.by_symbol.get(symbol)
            if instrument is None or not isinstance(row, dict):
                continue
            made = leverage_of(row, self._account, instrument.id)
            before = known.get(instrument.id)
            if before is not None:
                made = PositionTerms(
                    self._account, instrument.id, made.leverage, made.mode, before.isolated
                )
            known[instrument.id] = made
        return list(known.values())

    async def open_orders(self) -> list[Told]:
        """Ask for the orders that may still do something; raise VenueError."""
        calls, exchange = self._sessions.trading, self._sessions.abilities.exchange
        rows: list[Row] = []
        if not self._by_symbol:
            try:
                rows = await calls.rows("fetch_open_orders")
            except VenueRefused as error:
                if not error.text.startswith("ArgumentsRequired"):
                    raise
                self._by_symbol = True
        if self._by_symbol:
            for symbol in self._symbols():
                rows += await calls.rows("fetch_open_orders", symbol)
        found = (order_of(each, exchange) for each in rows)
        return [each for each in found if each is not None and not self._may_be_ours(each)]

    def _symbols(self) -> dict[str, None]:
        """Return the symbols of working orders and those that were named."""
        symbols = {each.symbol: None for each in self._records.working()}
        return symbols | dict.fromkeys(self._more_symbols)

    async def bring_trades(self, since: Cursor, positions: list[Position]) -> None:
        """Hear of the trades since the cursor, those of orders that this process has never seen among them."""
        if "fetchMyTrades" not in self._sessions.abilities.has:
            return
        symbols = {each.symbol: None for each in self._records.by_id.values()}
        symbols |= dict.fromkeys(self._more_symbols)
        symbols |= {self._listing.symbol(each.instrument): None for each in positions}
        for symbol in symbols:
            if symbol in self._listing.by_symbol:
                await self._bring_trades_of(symbol, ms_of(since))

    async def _bring_trades_of(self, symbol: str, since_ms: int) -> None:
        page = self._sessions.abilities.page
        while True:
            rows = await self._questions.trades(symbol, since_ms)
            for row in rows:
                await self._bring(symbol, row)
            last = int(float(str(rows[-1].get("timestamp") or 0))) if rows else 0
            if page is None or len(rows) < page or last <= since_ms:
                return
            since_ms = last

    async def _bring(self, symbol: str, row: Row) -> None:
        found = fill_of(row, costless=True)
        if found is None:
            return
        fill = found[1]
        record = self._records.by_venue.get((symbol, fill.order))
        if record is None:
            told = await self._questions.order(symbol, fill.order)
            record = self._reports.hear(told, self._now()) if told is not None else None
        if record is not None and self._reports.fill(record, fill, self._now()):
            self._questions.ask(record)
