"""The session with Backpack: its parts and its lines."""

import asyncio
from contextlib import suppress

from anyvenue.model.enums import DriverState
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Clock, Transport
from anyvenue.venues.backpack.account_commands import AccountCommands
from anyvenue.venues.backpack.account_events import STREAMS, AccountEvents
from anyvenue.venues.backpack.api import BackpackRest
from anyvenue.venues.backpack.config import BackpackConfig
from anyvenue.venues.backpack.feed import Feed
from anyvenue.venues.backpack.funding import FundingPayments
from anyvenue.venues.backpack.inquiries import BackpackInquiries
from anyvenue.venues.backpack.listing import Listing
from anyvenue.venues.backpack.naming import Names
from anyvenue.venues.backpack.reports import BackpackReports
from anyvenue.venues.backpack.snapshot import BackpackSnapshots
from anyvenue.venues.backpack.trading import Trading
from anyvenue.venues.backpack.wire_rest import AccountReply, DepthReply, MarketRow
from anyvenue.venues.tracking.driver import AccountDriver
from anyvenue.venues.tracking.records import Records
from anyvenue.venues.transport.http import Http, WebClient
from anyvenue.venues.transport.line import Line

__all__ = ["Upkeep"]

_WATCH_S = 60.0
_MS = 1_000_000


class Upkeep(AccountDriver):
    """Base of the driver: what it is made of, and how it meets the venue."""

    title = "Backpack"
    _trading: Trading
    _listing: Listing

    def __init__(
        self,
        config: BackpackConfig,
        *,
        venue: str = "backpack",
        account: str = "",
        clock: Clock | None = None,
        http: Http | None = None,
    ) -> None:
        """Serve one account; `venue` and `account` are what the node calls them. `http` makes the connections."""
        self._config = config
        self._settings: AccountReply | None = None
        super().__init__(
            venue,
            account or "backpack",
            clock,
            http or WebClient(timeout_s=config.timeout_s, proxy=config.proxy),
            trades=bool(config.api_key),
        )

    def build(self) -> None:
        """Make the parts: nothing is connected yet."""
        config, now, post = self._config, self._now, self._post
        self._rest = rest = BackpackRest(config, self._http, now)
        self._listing = listing = Listing()
        records = Records(self.account)
        names = Names(records, lambda: rest.offset.ns)
        self._reports = reports = BackpackReports(
            records, names, listing.by_symbol.get, post, self._ask, self._missed
        )
        self._feed = Feed(
            listing,
            post,
            now,
            lambda path: self._http.socket(config.stream + path),
            self._depth,
            config.backoff_s,
        )
        self._trading = trading = Trading(
            rest,
            reports,
            listing,
            names,
            post,
            now,
            self._ask,
            self._synchronise_then,
            lambda: self._inquiries,
        )
        self._inquiries = BackpackInquiries(
            rest, reports, names, trading.settle, now, config.receive_window_ms
        )
        self._questions = self._inquiries
        self._funding = FundingPayments(self.account, rest, listing, post, now)
        self._snapshots = BackpackSnapshots(
            self.account, rest, listing, reports, self._inquiries, self._funding, now
        )
        self._events = AccountEvents(reports, now, self._refused)
        self._commands = AccountCommands(self.account, rest, listing, post, now)

    # ---- meeting the venue

    async def synchronise(self) -> None:
        """Learn how far the venue's clock is from ours; raise VenueError."""
        await self._rest.synchronise()

    async def meet(self) -> None:
        """See that the credentials are good, and learn the account's fees; raise VenueError."""
        self._settings = await self._rest.get("/api/v1/account", AccountReply)

    async def list_instruments(self) -> list[Instrument]:
        """Return what the venue lists; raise VenueError."""
        rows = await self._rest.get("/api/v1/markets", list[MarketRow], signed=False)
        return self._listing.take(rows, self._settings)

    async def learn_more(self) -> None:
        """Learn which funding was paid before; raise VenueError."""
        await self.learn_missed()

    async def learn_missed(self) -> None:
        """Find out which funding was paid while nobody looked; raise VenueError."""
        if self._trades:
            await self._funding.bring()

    # ---- lines

    async def open_lines(self) -> None:
        """Open the line of the account's streams, and begin to take orders; raise VenueError."""

        async def connect() -> Transport:
            await self._rest.synchronise()
            return self._http.socket(self._config.stream)

        async def began() -> None:
            self._events.refused = None
            line.send(self._rest.subscribe(STREAMS))
            # The venue says nothing where it takes a subscription. What it refuses has come by the time of this answer.
            await self.meet()
            if self._events.refused is not None:
                raise self._events.refused
            self._came_up()

        line = Line(
            connect, self._events.heard, began, self._lost, backoff_s=self._config.backoff_s
        )
        self._lines.append(line)
        await line.open()
        self._trading.open = True
        self._tasks.start(self._watch())

    def _refused(self) -> None:
        """Connect anew where a refusal of the streams comes late."""
        if self._lines and self._lines[0].is_up:
            self._restart_stream()

    async def close_entry(self) -> None:
        """Take no more orders, and give up those that are on their way."""
        await self._trading.close()

    # ---- keeping

    async def _watch(self) -> None:
        """See every minute that the stream has left nothing out, and whether funding was paid."""
        while True:
            await asyncio.sleep(_WATCH_S)
            if self.state is not DriverState.READY:
                continue
            with suppress(AnyvenueError):
                await self._snapshots.catch_up()
                if self._events.held:
                    await self._funding.bring()

    def _missed(self, symbol: str, number: str) -> None:
        self._inquiries.learn(symbol, number)

    async def _depth(self, symbol: str) -> DepthReply:
        return await self._rest.get("/api/v1/depth", DepthReply, {"symbol": symbol}, signed=False)
