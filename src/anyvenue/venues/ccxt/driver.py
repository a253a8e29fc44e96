"""The driver of any exchange that ccxt knows: one account. It belongs into a process of its own.

ccxt takes three seconds and 120 MB to import, pins what it needs, and changes the rounding of decimals for everybody.
"""

import asyncio
from contextlib import suppress
from typing import Protocol, cast

from anyvenue.model.enums import DriverState, OrderState
from anyvenue.model.errors import AnyvenueError, ConfigError, VenueRefused
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar
from anyvenue.model.protocols import Capabilities, Clock
from anyvenue.venues.ccxt.abilities import Abilities
from anyvenue.venues.ccxt.calls import CallFailed
from anyvenue.venues.ccxt.config import CcxtConfig
from anyvenue.venues.ccxt.ears import Ears
from anyvenue.venues.ccxt.feed import Feed, interval_ms
from anyvenue.venues.ccxt.inquiries import CcxtInquiries
from anyvenue.venues.ccxt.library import Maker, Row, make_exchange
from anyvenue.venues.ccxt.listing import Listing
from anyvenue.venues.ccxt.naming import NAMELESS, PUSHED_FILLS
from anyvenue.venues.ccxt.parse import bar_of, fill_of, order_of
from anyvenue.venues.ccxt.sessions import Sessions
from anyvenue.venues.ccxt.snapshot import CcxtSnapshots
from anyvenue.venues.ccxt.terms import Terms
from anyvenue.venues.ccxt.trading import Trading
from anyvenue.venues.tracking.driver import AccountDriver
from anyvenue.venues.tracking.records import OrderRecord, Records
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told
from anyvenue.venues.transport.http import Http
from anyvenue.venues.transport.line import Line

__all__ = ["CcxtDriver"]

_MS = 1_000_000
_PAGE = 500
_AGAIN_S = 0.1
_NEEDED = ("createOrder", "cancelOrder", "fetchBalance", "fetchOpenOrders")


class CcxtDriver(AccountDriver):
    """Implements `Driver` for one account of an exchange.

    Orders are called by our ids where the exchange takes such names, so that one that was sent is found again whoever
    asks. A trade's id is ``SYMBOL-<id>``.
    """

    _listing: Listing
    _trading: Trading

    def __init__(
        self,
        config: CcxtConfig,
        *,
        venue: str = "",
        account: str = "",
        clock: Clock | None = None,
        make: Maker = make_exchange,
    ) -> None:
        """Serve one account; `venue` and `account` are what the node calls them. Raise ConfigError.

        `make` makes the exchange objects.
        """
        self._config = config
        self._sessions = Sessions(config, make)
        self.title = f"ccxt:{config.exchange}"
        trades = bool(config.credentials)
        if trades:
            _check_trading(self._sessions.abilities)
        super().__init__(
            venue or self.title,
            account or config.exchange,
            clock,
            cast(Http, self._sessions),
            trades=trades,
        )

    def build(self) -> None:
        """Make the parts: nothing is connected yet."""
        config, now, post = self._config, self._now, self._post
        sessions = self._sessions
        self._listing = listing = Listing(config.exchange)
        self._records = Records(self.account)
        self._reports = Reports(self._records, listing.by_symbol.get, post, self._lacks)
        self._trading = Trading(
            sessions, listing, self._reports, post, now, self._ask, self._synchronise_then
        )
        self._inquiries = self._questions = CcxtInquiries(
            sessions, self._reports, self._trading.settle, now, config.settle_s
        )
        self._snapshots = CcxtSnapshots(
            self.account,
            sessions,
            listing,
            self._reports,
            self._inquiries,
            now,
            self._trading.may_be_ours,
            config.more_symbols,
        )
        self._commands = Terms(self.account, sessions, listing, post, now)
        self._feed = Feed(  # type: ignore[assignment]  # of the same shape
            sessions, listing, post, now, poll_s=config.poll_s, backoff_s=config.backoff_s
        )
        for part in (self._trading, self._inquiries, self._commands):
            cast(_Titled, part).title = self.title

    @property
    def capabilities(self) -> Capabilities:
        """What the exchange can do, by ccxt's own account of it."""
        return self._sessions.abilities.capabilities()

    # ---- the session

    async def synchronise(self) -> None:
        """Learn how far the exchange's clock is from ours, where it tells; raise VenueError."""
        await self._sessions.trading.synchronise()

    async def meet(self) -> None:
        """See that the credentials are good, and positions kept as ours are; raise AuthError or another VenueError."""
        await self._sessions.money()
        can, row = self._sessions.abilities, None
        if can.contracts and "fetchPositionMode" in can.has:
            with suppress(VenueRefused):  # some tell it of single contracts only
                row = await self._sessions.trading.row("fetch_position_mode")
        if row is not None and row.get("hedged") is True:
            raise ConfigError(
                f"the account at {self.title} is in hedge mode, in which it is not traded through ccxt: "
                "choose one-way mode there",
                code="config.ccxt_hedged",
                venue=self.title,
            )

    async def list_instruments(self) -> list[Instrument]:
        """Return what the exchange lists; raise VenueError."""
        calls = self._sessions.trading
        await calls.ask("load_markets", bool(self._listing.by_id))
        markets = calls.exchange.markets.values()
        return self._listing.take(markets, calls.exchange.precisionMode, self._sessions.kind)

    async def open_lines(self) -> None:
        """Listen for the account; raise VenueError."""
        config = self._config
        ears = Ears(
            self._sessions,
            self._heard,
            self._snapshots.catch_up,
            self._came_up,
            self._lost,
            poll_s=config.poll_s,
            timeout_s=config.timeout_s,
            backoff_s=config.backoff_s,
        )
        self._lines.append(cast(Line, ears))
        await ears.open()

    async def close_entry(self) -> None:
        """Give up requests that are not answered."""
        await self._trading.stop()

    def _heard(self, topic: str, row: Row) -> None:
        if topic == "orders":
            told = order_of(row, self._config.exchange)
            if told is not None:
                self._heard_order(told)
            return
        found = fill_of(row, costless=False)
        record = self._records.by_venue.get((found[0], found[1].order)) if found else None
        if found is None or record is None:
            return
        if found[1].fee is None or self._config.exchange not in PUSHED_FILLS:
            self._ask(record)
        elif self._reports.fill(record, found[1], self._now()):
            self._lacks(record)

    def _heard_order(self, told: Told, waited_s: float = 0.0) -> None:
        held = self._trading.may_be_ours(told)
        if held and waited_s < self._config.settle_s:
            # Not every push repeats our name: the answer to the order itself will tell.
            wait = max(_AGAIN_S, waited_s)
            loop = asyncio.get_running_loop()
            loop.call_later(wait, self._heard_later, told, waited_s + wait)
            return
        if held or (self._config.exchange in NAMELESS and self._records.find(told) is None):
            self._tasks.start(self._look_up(told))
            return
        record = self._reports.hear(told, self._now())
        if record is not None and told.state is OrderState.UNKNOWN:
            self._ask(record)

    async def _look_up(self, told: Told) -> None:
        """Ask whose order it is that a push tells of."""
        try:
            found = await self._inquiries.order(told.symbol, told.venue_id)
        except AnyvenueError:
            return  # a break: all is asked for after it
        if found is not None and not self._trading.may_be_ours(found):
            self._reports.hear(found, self._now())

    def _heard_later(self, told: Told, waited_s: float) -> None:
        if self.state is not DriverState.CLOSED:
            self._heard_order(told, waited_s)

    def _lacks(self, record: OrderRecord) -> None:
        self._inquiries.lacking(record)

    # ---- history

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return closed bars with start in [start, end), int ns UTC, oldest first; raise VenueError."""
        symbol, length = self._listing.symbol(instrument), interval_ms(interval)
        since, last = -(-start // _MS), -(-end // _MS) - 1
        found: dict[int, Bar] = {}
        while since <= last:
            try:
                asked = ("fetch_ohlcv", symbol, interval, since, _PAGE)
                rows = cast(list[list[object]], await self._sessions.market.call(*asked))
            except CallFailed as error:
                raise error.failure.error() from None
            now = self._now()
            now_ms = now // _MS - self._sessions.behind_ms
            bars = [bar_of(each, instrument, interval, length, now, now_ms) for each in rows]
            fresh = {each.ts_start: each for each in bars if start <= each.ts_start < end}
            if not fresh.keys() - found.keys():
                break
            found |= fresh
            since = max(fresh) // _MS + length
        return sorted((each for each in found.values() if each.closed), key=lambda b: b.ts_start)

    async def cancel_all(self, instrument: InstrumentId) -> None:
        """Cancel all orders of an instrument, those of others among them; raise VenueError."""
        self._in_session(OrderId(0))
        symbol, calls = self._listing.symbol(instrument), self._sessions.trading
        if "cancelAllOrders" in self._sessions.abilities.has:
            await calls.ask("cancel_all_orders", symbol)
            return
        for row in await calls.rows("fetch_open_orders", symbol):
            await calls.ask("cancel_order", row["id"], symbol)


class _Titled(Protocol):
    title: str


def _check_trading(can: Abilities) -> None:
    """Raise ConfigError where ccxt cannot tell of orders and fills: then there are market data only."""
    lacking = [each for each in _NEEDED if each not in can.has]
    if can.ways["fills"] == "no":
        lacking.append("fetchMyTrades")
    if lacking:
        raise ConfigError(
            f"ccxt cannot trade at {can.exchange}: it has no {' and no '.join(lacking)} there; "
            "leave the keys out to have market data only",
            code="config.ccxt_no_trading",
            venue=f"ccxt:{can.exchange}",
            lacking=tuple(lacking),
        )
