"""What OKX says is so: open orders, fills, positions and money."""

from collections.abc import Callable

from anyvenue.model.errors import VenueRefused
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.positions import Position, PositionTerms
from anyvenue.model.protocols import Cursor
from anyvenue.venues.okx.api import OkxRest
from anyvenue.venues.okx.holdings import balance_of, position_of, terms_of
from anyvenue.venues.okx.inquiries import Inquiries
from anyvenue.venues.okx.instruments import Listing, symbol_of
from anyvenue.venues.okx.margins import Margins
from anyvenue.venues.okx.told import of_algo_order, of_fill, of_order
from anyvenue.venues.okx.wire_account import (
    AlgoOrderRow,
    BalanceRow,
    FillRow,
    LeverageRow,
    OrderRow,
    PositionRow,
)
from anyvenue.venues.tracking.fill_places import ms_of
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.snapshots import Holdings
from anyvenue.venues.tracking.snapshots import Snapshots as Base
from anyvenue.venues.tracking.told import Told

__all__ = ["ALGO_KINDS", "Snapshots"]

ALGO_KINDS = ("trigger", "move_order_stop", "conditional,oco")
"""The kinds of conditional orders, as they are asked for."""

_PAGE = 100
_TOGETHER = 20  # as many instruments may be asked about at once
_RECENT_MS = 3 * 86_400_000 - 3_600_000


class Snapshots(Base):
    """What it hears of orders is told through `Reports` first."""

    def __init__(
        self,
        account: AccountId,
        rest: OkxRest,
        listing: Listing,
        margins: Margins,
        reports: Reports,
        inquiries: Inquiries,
        now: Callable[[], int],
        types: list[str],
    ) -> None:
        """Show `account`, the node's name of it."""
        super().__init__(account, reports, inquiries, now, rest.offset.earliest_ms)
        self._rest, self._listing, self._margins = rest, listing, margins
        self._asked, self._types = inquiries, types

    # ---- orders and trades

    async def open_orders(self) -> list[Told]:
        """Ask for the orders that may still do something; raise VenueError."""
        found = [of_order(each) for each in await self.pending()]
        for kind in ALGO_KINDS:
            found += [of_algo_order(each) for each in await self.pending_algos(kind)]
        return found

    async def pending(self, **of: str) -> list[OrderRow]:
        """Return working ordinary orders; raise VenueError."""
        found: list[OrderRow] = []
        wanted = {"limit": str(_PAGE), **of}
        while True:
            rows = await self._rest.rows("/api/v5/trade/orders-pending", OrderRow, wanted)
            found += rows
            if len(rows) < _PAGE:
                return found
            wanted["after"] = rows[-1].ord_id

    async def pending_algos(self, kind: str, **of: str) -> list[AlgoOrderRow]:
        """Return waiting conditional orders of a kind; raise VenueError."""
        found: list[AlgoOrderRow] = []
        wanted = {"ordType": kind, "limit": str(_PAGE), **of}
        while True:
            rows = await self._rest.rows("/api/v5/trade/orders-algo-pending", AlgoOrderRow, wanted)
            found += rows
            if len(rows) < _PAGE:
                return found
            wanted["after"] = rows[-1].algo_id

    async def bring_trades(self, since: Cursor, positions: list[Position]) -> None:
        """Hear of the trades since the cursor, those of orders that this process has never seen among them."""
        from_ms = ms_of(since)
        for row in await self._fills_since(from_ms):
            symbol = symbol_of(row.inst_type, row.inst_id)
            record = self._records.by_venue.get((symbol, row.ord_id))
            if record is None:
                told = await self._asked.order(symbol, row.ord_id)
                if told is not None:
                    record = self._reports.hear(told, self._now())
            if record is not None and self._reports.fill(record, of_fill(row), self._now()):
                self._inquiries.ask(record)

    async def _fills_since(self, from_ms: int) -> list[FillRow]:
        begin = {"begin": str(from_ms)}
        if from_ms > self._venue_ms() - _RECENT_MS:
            return await self._asked.fills("/api/v5/trade/fills", begin)
        found: list[FillRow] = []
        for kind in self._types:
            wanted = {"instType": kind, **begin}
            found += await self._asked.fills("/api/v5/trade/fills-history", wanted)
        return sorted(found, key=lambda each: int(each.ts))

    # ---- money and positions

    async def holdings(self) -> Holdings:
        """Ask for money and positions; raise VenueError."""
        rows = await self._rest.rows("/api/v5/account/positions", PositionRow)
        balances = await self._rest.rows("/api/v5/account/balance", BalanceRow)
        now = self._now()
        held: dict[InstrumentId, list[PositionRow]] = {}
        for row in rows:
            instrument = self._listing.find(row.inst_type, row.inst_id)
            if instrument is not None and float(row.pos or 0):
                self._margins.play(instrument)
                held.setdefault(instrument.id, []).append(row)
        return Holdings(
            [balance_of(self._account, each, now) for row in balances for each in row.details],
            [
                position_of(self._account, self._listing.get(name), found)
                for name, found in sorted(held.items())
            ],
            await self._terms(held),
        )

    async def _terms(self, held: dict[InstrumentId, list[PositionRow]]) -> list[PositionTerms]:
        """Return the terms of what is held, and of what else is traded or looked at."""
        account, found = self._account, dict[InstrumentId, PositionTerms]()
        for name, rows in held.items():
            found[name] = terms_of(account, self._listing.get(name), rows[0])
        others = [self._listing.get(name) for name in self._margins.in_play if name not in held]
        await self.learn_leverage(others)
        for each in others:
            mode = self._margins.mode_of(each)
            found[each.id] = PositionTerms(account, each.id, self._margins.known(each), mode, None)
        return [each for each in found.values() if each.leverage is not None]

    async def learn_leverage(self, instruments: list[Instrument]) -> None:
        """Ask for the leverage of instruments in the modes that their orders have; raise VenueError."""
        for mode in dict.fromkeys(self._margins.mode_of(each) for each in instruments):
            group = [each for each in instruments if self._margins.mode_of(each) is mode]
            for start in range(0, len(group), _TOGETHER):
                part = {each.venue_symbol: each for each in group[start : start + _TOGETHER]}
                wanted = {"instId": ",".join(part), "mgnMode": mode.value}
                try:
                    rows = await self._rest.rows(
                        "/api/v5/account/leverage-info", LeverageRow, wanted
                    )
                except VenueRefused:
                    continue  # an account that has no such thing
                for row in rows:
                    if row.inst_id in part and row.lever:
                        self._margins.told(part[row.inst_id], mode, row.lever)
