"""The session with Binance: its parts and its lines."""

from contextlib import suppress

import msgspec

from anyvenue.model.errors import ConfigError, VenueRefused
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Clock, Transport
from anyvenue.venues.binance.account_commands import AccountCommands, PositionMode
from anyvenue.venues.binance.api import ApiCalls, Rest
from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.entry import RestEntry, SocketEntry
from anyvenue.venues.binance.feed import Feed
from anyvenue.venues.binance.inquiries import Inquiries
from anyvenue.venues.binance.instruments import Listing
from anyvenue.venues.binance.snapshot import Snapshots
from anyvenue.venues.binance.trading import Trading
from anyvenue.venues.binance.user_events import UserEvents
from anyvenue.venues.binance.wire_funds import AssetMode, SpotAccount, SymbolBrackets
from anyvenue.venues.binance.wire_rest import DepthReply, ExchangeInfo, FundingInfo, ListenKey
from anyvenue.venues.tracking.driver import AccountDriver
from anyvenue.venues.tracking.records import Records
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.transport.http import Http, WebClient
from anyvenue.venues.transport.line import Line

__all__ = ["Upkeep"]

_HOUR_NS = 3_600_000_000_000
_DEPTH_WEIGHT = {"spot": 50, "usdm": 20}


class Upkeep(AccountDriver):
    """Base of the driver: what it is made of, and how it meets the venue."""

    title = "Binance"
    _trading: Trading
    _commands: AccountCommands
    _listing: Listing

    def __init__(
        self,
        config: BinanceConfig,
        *,
        venue: str = "binance",
        account: str = "",
        clock: Clock | None = None,
        http: Http | None = None,
    ) -> None:
        """Serve one account; `venue` and `account` are what the node calls them. `http` makes the connections."""
        self._config = config
        self._rest_entry: RestEntry | None = None
        self._listen_key = ""
        super().__init__(
            venue,
            account or config.market,
            clock,
            http or WebClient(timeout_s=config.timeout_s, proxy=config.proxy),
            trades=bool(config.api_key),
        )

    def build(self) -> None:
        """Make the parts: nothing is connected yet."""
        config, market, now, post = self._config, self._config.market, self._now, self._post
        self._rest = Rest(config, self._http, now)
        self._listing = Listing()
        self._records = Records(self.account)
        reports = Reports(self._records, self._listing.by_symbol.get, post, self._ask)
        self._feed = feed = Feed(
            self._listing,
            post,
            now,
            lambda path: self._http.socket(config.places.stream + path),
            self._depth_snapshot,
            futures=market == "usdm",
            backoff_s=config.backoff_s,
        )
        self._intervals = feed.intervals
        self._trading = Trading(
            market,
            reports,
            self._listing,
            post,
            now,
            self._ask,
            self._synchronise_then,
            feed.price_of,
        )
        self._questions = inquiries = Inquiries(
            market, self._rest, reports, self._trading, now, config.receive_window_ms
        )
        self._snapshots = Snapshots(
            market,
            self.account,
            self._rest,
            self._listing,
            reports,
            inquiries,
            now,
            config.more_symbols,
        )
        self._user_events = UserEvents(
            self.account, reports, self._listing, post, now, self._restart_stream
        )
        self._commands = AccountCommands(
            self.account, self._rest, self._listing, self._user_events, post, now
        )

    # ---- meeting the venue

    async def synchronise(self) -> None:
        """Learn how far the venue's clock is from ours; raise VenueError."""
        await self._rest.synchronise()

    async def meet(self) -> None:
        """See that the credentials are good, and in which mode a USD-M account is; raise VenueError."""
        if self._config.market == "spot":
            path, what = "/api/v3/account", {"omitZeroBalances": "true"}
            await self._rest.get(path, SpotAccount, what, weight=20)
            return
        path = "/fapi/v1/positionSide/dual"
        mode = await self._rest.get(path, PositionMode, weight=30)
        self._trading.hedged, self._trading.known = mode.hedged, True
        assets = await self._rest.get("/fapi/v1/multiAssetsMargin", AssetMode, weight=30)
        if assets.joint:
            raise ConfigError(
                "this Binance account is in multi-assets mode, where every currency margins every contract, and "
                "anyvenue reckons the margin of each currency by itself: choose single-asset mode in the preferences "
                "of USD-M futures",
                code="config.asset_mode",
            )

    async def learn_more(self) -> None:
        """Learn which contracts are not charged every eight hours."""
        if self._config.market == "usdm":
            with suppress(VenueRefused):
                rows = await self._rest.get("/fapi/v1/fundingInfo", list[FundingInfo], signed=False)
                hours = {each.symbol: each.funding_interval_hours for each in rows}
                self._intervals.update({name: each * _HOUR_NS for name, each in hours.items()})

    async def list_instruments(self) -> list[Instrument]:
        """Return what the venue lists, and take over its limits; raise VenueError."""
        spot = self._config.market == "spot"
        path = "/api/v3/exchangeInfo" if spot else "/fapi/v1/exchangeInfo"
        info = await self._rest.get(path, ExchangeInfo, weight=20 if spot else 1, signed=False)
        if not self._rest.limits.windows:
            self._rest.learn_limits(info)
        found = self._listing.take(info, hedged=self._trading.hedged)
        if spot or not self._trades:
            return found
        with suppress(VenueRefused):  # then those of the reference tables
            rows = await self._rest.get("/fapi/v1/leverageBracket", list[SymbolBrackets])
            self._listing.take_brackets(rows)
        return [self._listing.by_id[each.id] for each in found]

    # ---- lines

    async def open_lines(self) -> None:
        """Open the lines of the account, and begin to take orders; raise VenueError."""
        config = self._config
        by_socket = config.order_entry == "websocket"
        self._rest_entry = RestEntry(self._rest)
        if config.market == "spot" or by_socket:
            await self._open_api_line()
        if config.market == "usdm":
            await self._open_private_line()
        if by_socket:
            assert isinstance(self._calls, ApiCalls)
            self._trading.entry = SocketEntry(self._rest, self._calls)
        else:
            self._trading.entry = self._rest_entry
        self._trading.batches = self._rest_entry

    async def close_entry(self) -> None:
        """Take no more orders, and give up those that are on their way by REST."""
        self._trading.entry = self._trading.batches = None
        if self._rest_entry is not None:
            await self._rest_entry.close()

    async def _open_api_line(self) -> None:
        spot = self._config.market == "spot"

        async def connect() -> Transport:
            return self._http.socket(self._config.places.api)

        async def began() -> None:
            if spot:
                await calls.ask("userDataStream.subscribe.signature", {})
            self._came_up()

        line = Line(connect, self._heard_api, began, self._lost, backoff_s=self._config.backoff_s)
        events = self._user_events.heard_spot
        self._calls = calls = ApiCalls(self._rest, line, self._config.timeout_s, events)
        self._lines.append(line)
        await line.open()

    def _heard_api(self, frame: bytes) -> None:
        if isinstance(self._calls, ApiCalls):
            self._calls.heard(frame)

    async def _open_private_line(self) -> None:
        async def connect() -> Transport:
            key = await self._rest.get("/fapi/v1/listenKey", ListenKey, signed=False, method="POST")
            self._listen_key = key.listen_key
            url = f"{self._config.places.stream}/private/ws?listenKey={key.listen_key}"
            return self._http.socket(url)

        async def began() -> None:
            self._came_up()

        heard = self._user_events.heard_futures
        line = Line(connect, heard, began, self._lost, backoff_s=self._config.backoff_s)
        self._lines.append(line)
        await line.open()

    async def keep(self) -> None:
        """Keep the clock and the listen key, which lives for an hour; raise VenueError."""
        await self.synchronise()
        if self._listen_key:
            await self._rest.get("/fapi/v1/listenKey", msgspec.Raw, signed=False, method="PUT")

    async def _depth_snapshot(self, symbol: str) -> DepthReply[float]:
        spot = self._config.market == "spot"
        wanted = {"symbol": symbol, "limit": "1000"}
        return await self._rest.get(
            "/api/v3/depth" if spot else "/fapi/v1/depth",
            DepthReply[float],
            wanted,
            weight=_DEPTH_WEIGHT[self._config.market],
            signed=False,
        )
