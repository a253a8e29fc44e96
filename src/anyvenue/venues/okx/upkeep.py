"""The session with OKX: its parts and its lines."""

from contextlib import suppress

from anyvenue.model.errors import AnyvenueError
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Clock
from anyvenue.venues.okx.account_commands import AccountCommands
from anyvenue.venues.okx.account_events import BUSINESS, PRIVATE, AccountEvents
from anyvenue.venues.okx.account_line import AccountLine
from anyvenue.venues.okx.api import OkxCalls, OkxRest
from anyvenue.venues.okx.bills import Bills
from anyvenue.venues.okx.config import OkxConfig
from anyvenue.venues.okx.entry import RestEntry, SocketEntry
from anyvenue.venues.okx.feed import BUSINESS_PATH, PRIVATE_PATH, Feed
from anyvenue.venues.okx.inquiries import Inquiries
from anyvenue.venues.okx.instruments import Listing
from anyvenue.venues.okx.margins import Margins
from anyvenue.venues.okx.snapshot import Snapshots
from anyvenue.venues.okx.trading import Trading
from anyvenue.venues.okx.wire import Argument
from anyvenue.venues.okx.wire_account import AccountConfig
from anyvenue.venues.okx.wire_rest import InstrumentRow
from anyvenue.venues.tracking.driver import AccountDriver
from anyvenue.venues.tracking.records import Records
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.transport.http import Http, WebClient

__all__ = ["Upkeep"]


class Upkeep(AccountDriver):
    """Base of the driver: what it is made of, and how it meets the venue."""

    title = "OKX"
    _trading: Trading
    _commands: AccountCommands
    _snapshots: Snapshots
    _listing: Listing

    def __init__(
        self,
        config: OkxConfig,
        *,
        venue: str = "okx",
        account: str = "",
        clock: Clock | None = None,
        http: Http | None = None,
    ) -> None:
        """Serve one account; `venue` and `account` are what the node calls them. `http` makes the connections."""
        self._config = config
        self._types = config.types
        super().__init__(
            venue,
            account or "main",
            clock,
            http or WebClient(timeout_s=config.timeout_s, proxy=config.proxy),
            trades=bool(config.api_key),
        )

    def build(self) -> None:
        """Make the parts: nothing is connected yet."""
        config, now, post = self._config, self._now, self._post
        self._rest = rest = OkxRest(config, self._http, now)
        self._listing = listing = Listing()
        self._margins = margins = Margins(self.account, config, listing, post, now)
        self._records = Records(self.account)
        reports = Reports(self._records, listing.by_symbol.get, post, self._ask)
        streams = config.places.stream
        self._feed = Feed(
            listing,
            post,
            now,
            lambda path: self._http.socket(streams + path),
            margins.play,
            backoff_s=config.backoff_s,
        )
        self._trading = trading = Trading(
            reports, listing, margins, post, now, self._ask, self._synchronise_then
        )
        self._questions = inquiries = Inquiries(
            rest, listing, reports, trading.settle, now, config.order_window_ms
        )
        self._snapshots = Snapshots(
            self.account, rest, listing, margins, reports, inquiries, now, self._types
        )
        self._bills = Bills(self.account, rest, listing, post, now)
        self._account_events = AccountEvents(
            reports, trading, margins, listing, now, self._money_moved
        )
        self._commands = AccountCommands(self.account, rest, listing, margins, post, now)
        self._rest_entry = RestEntry(rest)

    # ---- meeting the venue

    async def synchronise(self) -> None:
        """Learn how far the venue's clock is from ours; raise VenueError."""
        await self._rest.synchronise()

    async def meet(self) -> None:
        """See that the credentials are good, and learn how the account is set; raise VenueError."""
        rows = await self._rest.rows("/api/v5/account/config", AccountConfig)
        for row in rows[:1]:
            self._margins.learn(row)
        await self._bills.begin()

    async def list_instruments(self) -> list[Instrument]:
        """Return what the venue lists; raise VenueError."""
        found: list[Instrument] = []
        for kind in self._types:
            path, wanted = "/api/v5/public/instruments", {"instType": kind}
            rows = await self._rest.rows(path, InstrumentRow, wanted, signed=False)
            found += self._listing.take(rows, hedged=self._margins.hedged)
        return found

    async def learn_missed(self) -> None:
        """Tell of money that moved meanwhile; raise VenueError."""
        await self._bills.bring()

    async def keep(self) -> None:
        """Keep the clock, and learn what is listed anew; raise VenueError."""
        await self.synchronise()
        await self.list_instruments()

    # ---- lines

    async def open_lines(self) -> None:
        """Open the lines of the account, and begin to take orders; raise VenueError."""
        private = self._account_line(PRIVATE_PATH, PRIVATE)
        calls = self._calls = OkxCalls(self._rest, private.line, self._config.timeout_s)
        business = self._account_line(BUSINESS_PATH, BUSINESS)
        for each in (private.line, business.line):
            self._lines.append(each)
            await each.open()
        if self._config.order_entry == "websocket":
            self._trading.entry = SocketEntry(self._rest, calls, self._rest_entry)
        else:
            self._trading.entry = self._rest_entry

    def _account_line(self, path: str, channels: list[Argument]) -> AccountLine:
        config = self._config
        url = config.places.stream + path
        return AccountLine(
            lambda: self._http.socket(url),
            self._rest,
            channels,
            self._account_events.take,
            self._answer,
            self._came_up,
            self._lost,
            timeout_s=config.timeout_s,
            backoff_s=config.backoff_s,
        )

    def _answer(self, frame: bytes) -> None:
        if isinstance(self._calls, OkxCalls):
            self._calls.heard(frame)

    async def close_entry(self) -> None:
        """Take no more orders, and give up those that are on their way by REST."""
        self._trading.entry = None
        await self._rest_entry.close()

    # ---- money

    def _money_moved(self) -> None:
        self._tasks.start(self._bring_bills())

    async def _bring_bills(self) -> None:
        with suppress(AnyvenueError):
            await self._bills.bring()
