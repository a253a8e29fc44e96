"""What Backpack says is so: open orders, fills, positions and money."""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.accounts import Account
from anyvenue.model.enums import MarginMode
from anyvenue.model.errors import VenueRefused
from anyvenue.model.ids import AccountId
from anyvenue.model.positions import Position, PositionTerms
from anyvenue.model.protocols import Cursor
from anyvenue.venues.backpack.errors import NOT_FOUND
from anyvenue.venues.backpack.funding import FundingPayments
from anyvenue.venues.backpack.holdings import balance_of, margin_of, position_of
from anyvenue.venues.backpack.inquiries import BackpackInquiries
from anyvenue.venues.backpack.listing import Listing, leverage_of
from anyvenue.venues.backpack.reports import BackpackReports
from anyvenue.venues.backpack.told import of_fill
from anyvenue.venues.backpack.wire_rest import (
    AccountReply,
    CapitalRow,
    CollateralReply,
    FillRow,
    LendRow,
    OrderRow,
    PositionRow,
)
from anyvenue.venues.tracking.fill_places import ms_of
from anyvenue.venues.tracking.rest import Rest
from anyvenue.venues.tracking.snapshots import Holdings, Snapshots
from anyvenue.venues.tracking.told import Told

__all__ = ["BackpackSnapshots"]

_ZERO = Decimal(0)
_NOTHING = CapitalRow(_ZERO)


class BackpackSnapshots(Snapshots):
    """What it hears of orders is told through `reports` first, funding payments through `funding`."""

    def __init__(
        self,
        account: AccountId,
        rest: Rest,
        listing: Listing,
        reports: BackpackReports,
        inquiries: BackpackInquiries,
        funding: FundingPayments,
        now: Callable[[], int],
    ) -> None:
        """Show `account`, the node's name of it."""
        super().__init__(account, reports, inquiries, now, rest.offset.earliest_ms)
        self._rest, self._listing, self._words = rest, listing, reports
        self._asked, self._funding = inquiries, funding

    # ---- orders and fills

    async def open_orders(self) -> list[Told]:
        """Ask for the orders that may still do something; raise VenueError."""
        rows = await self._rest.get("/api/v1/orders", list[OrderRow])
        for each in rows:
            await self._asked.meet(each)
        return [self._words.told_of(each) for each in rows]

    async def bring_trades(self, since: Cursor, positions: list[Position]) -> None:
        """Hear of the fills since the cursor, those of orders that this process has never seen among them."""
        for row in await self._asked.fills({"from": ms_of(since)}):
            await self._bring(row)

    async def _bring(self, row: FillRow) -> None:
        record = self._records.by_venue.get((row.symbol, row.order_id))
        if record is None:
            order = await self._asked.order(row.symbol, row.order_id)
            record = None if order is None else await self._asked.meet(order)
        if record is not None and self._reports.fill(record, of_fill(row), self._now()):
            self._asked.ask(record)

    # ---- money and positions

    async def holdings(self) -> Holdings:
        """Ask for money and positions; raise VenueError."""
        rows = [each for each in await self._positions() if each.symbol in self._listing.by_symbol]
        balances = await self._balances(rows)
        # Payments that are in the balance are told before it; where there were any, all is asked again.
        self._records.revision += await self._funding.bring()
        account = await self._rest.get("/api/v1/account", AccountReply)
        found = [
            position_of(self._account, self._listing.by_symbol[each.symbol], each)
            for each in sorted(rows, key=lambda each: each.symbol)
            if each.net_quantity
        ]
        return Holdings(balances, found, self._terms(account.leverage_limit))

    def _terms(self, leverage: Decimal) -> list[PositionTerms]:
        cross = MarginMode.CROSS
        return [
            PositionTerms(self._account, each.id, leverage_of(each, leverage), cross)
            for each in self._listing.perpetuals
        ]

    async def _positions(self) -> list[PositionRow]:
        try:
            return await self._rest.get("/api/v1/position", list[PositionRow])
        except VenueRefused as error:
            if error.fields.get("venue_code") == NOT_FOUND:
                return []
            raise

    async def _balances(self, rows: list[PositionRow]) -> list[Account]:
        capital = await self._rest.get("/api/v1/capital", dict[str, CapitalRow])
        whole = await self._rest.get("/api/v1/capital/collateral", CollateralReply)
        lends = await self._rest.get("/api/v1/borrowLend/positions", list[LendRow])
        lent = {each.symbol: each.net_quantity for each in lends}
        profit, margin = dict[str, Decimal](), dict[str, Decimal]()
        for row in rows:
            money = self._listing.by_symbol[row.symbol].currency
            profit[money] = profit.get(money, _ZERO) + (row.pnl_unrealized or _ZERO)
            margin[money] = margin.get(money, _ZERO) + margin_of(row)
        settled = {each.currency for each in self._listing.perpetuals}
        return [
            balance_of(
                self._account,
                name,
                capital.get(name, _NOTHING),
                self._now(),
                lent=lent.get(name, _ZERO),
                profit=profit.get(name, _ZERO),
                margin=margin.get(name, _ZERO),
                free=whole.net_equity_available if name in settled else None,
            )
            for name in sorted({*capital, *lent, *profit})
            if name in lent or name in profit or _is_held(capital[name])
        ]


def _is_held(row: CapitalRow) -> bool:
    return bool(row.available or row.locked or row.staked)
