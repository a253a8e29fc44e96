"""The session of a driver: its lines are opened, kept, and what was missed is found out after every break."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress

import msgspec

from anyvenue.model.enums import DriverState
from anyvenue.model.errors import (
    AnyvenueError,
    AuthError,
    ConnectivityError,
    SubscriptionError,
    VenueRefused,
)
from anyvenue.model.events import Event, VenueStateChanged
from anyvenue.model.ids import AccountId, InstrumentId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Clock, Inbox, Transport
from anyvenue.runtime.clock import LiveClock
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
from anyvenue.venues.binance.wire_funds import SpotAccount
from anyvenue.venues.binance.wire_rest import DepthReply, ExchangeInfo, FundingInfo, ListenKey
from anyvenue.venues.tracking.records import OrderRecord, Records
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.transport.http import Http, WebClient
from anyvenue.venues.transport.line import Line

__all__ = ["Upkeep"]

_KEEP_S = 30 * 60.0  # a listen key lives for an hour
_RETRY_S = 1.0
_HOUR_NS = 3_600_000_000_000
_DEPTH_WEIGHT = {"spot": 50, "usdm": 20}


class Upkeep:
    """Base of the driver: everything but what a node calls to trade."""

    venue: VenueId

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
        self.venue = VenueId(venue)
        self.account = AccountId(account or config.market)
        self.state = DriverState.CLOSED
        self.reconnects = 0
        self._clock = clock or LiveClock()
        self._http = http or WebClient(timeout_s=config.timeout_s, proxy=config.proxy)
        self._inbox: Inbox | None = None
        self._lines: list[Line] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._recovering: asyncio.Task[None] | None = None
        self._calls: ApiCalls | None = None
        self._rest_entry: RestEntry | None = None
        self._listen_key = ""
        self._early: dict[tuple[InstrumentId, str], None] = {}
        self._build()

    def _build(self) -> None:
        config, market, now, post = self._config, self._config.market, self._now, self._post
        self._rest = Rest(config, self._http, now)
        self._listing = Listing()
        self._records = Records(self.account)
        self._reports = Reports(self._records, self._listing.by_symbol.get, post, self._ask)
        self._feed = Feed(
            self._listing,
            post,
            now,
            lambda path: self._http.socket(config.places.stream + path),
            self._depth_snapshot,
            futures=market == "usdm",
            backoff_s=config.backoff_s,
        )
        self._trading = Trading(
            market,
            self._reports,
            self._listing,
            post,
            now,
            self._ask,
            self._synchronise_then,
            self._feed.price_of,
        )
        self._inquiries = Inquiries(
            market, self._rest, self._reports, lambda: self._trading, now, config.receive_window_ms
        )
        self._snapshots = Snapshots(
            market,
            self.account,
            self._rest,
            self._listing,
            self._reports,
            self._inquiries,
            now,
            config.more_symbols,
        )
        self._user_events = UserEvents(
            self.account, self._reports, self._listing, post, now, self._stream_ended
        )
        self._commands = AccountCommands(
            self.account, self._rest, self._listing, self._user_events, post, now
        )

    @property
    def sockets(self) -> int:
        """How many connections are up."""
        return sum(each.is_up for each in self._lines) + self._feed.sockets

    # ---- opening and closing

    async def open(self, inbox: Inbox) -> None:
        """Connect and log in; raise ConfigError, AuthError or another VenueError. Breaks mend themselves later.

        Without a key there are market data and no trading.
        """
        if self.state is not DriverState.CLOSED:
            raise ConnectivityError("the driver is open already; close it first")
        self._inbox = inbox
        self._enter(DriverState.CONNECTING)
        try:
            await self._rest.synchronise()
            await self._learn_account()
            await self.list_instruments()
            if self._config.api_key:
                await self._open_lines()
            self._enter(DriverState.RECONCILING)
            self._inquiries.open = True
            if self._config.api_key:
                await self._snapshots.catch_up()
            await self._learn_funding()
            self._subscribe_early()
            self._feed.start()
            self._start(self._keep())
        except BaseException as error:
            await self._drop()
            self._enter(DriverState.CLOSED, getattr(error, "text", str(error)))
            raise
        self._enter(DriverState.READY)

    async def _learn_funding(self) -> None:
        """Learn which contracts are not charged every eight hours."""
        if self._config.market == "usdm":
            with suppress(VenueRefused):
                rows = await self._rest.get("/fapi/v1/fundingInfo", list[FundingInfo], signed=False)
                hours = {each.symbol: each.funding_interval_hours for each in rows}
                self._feed.intervals = {name: each * _HOUR_NS for name, each in hours.items()}

    def _subscribe_early(self) -> None:
        early, self._early = self._early, {}
        for name, channel in early:
            found = self._listing.by_id.get(name)
            if found is not None:
                with suppress(SubscriptionError):
                    self._feed.want(found, channel)

    async def close(self) -> None:
        """Leave the venue; orders stay as they are. Repeated calls do nothing."""
        if self.state is DriverState.CLOSED and self._inbox is None:
            return
        await self._drop()
        if self.state is not DriverState.CLOSED:
            self._enter(DriverState.CLOSED)
        self._inbox = None

    async def _drop(self) -> None:
        await self._inquiries.stop()
        await self._commands.stop()
        if self._rest_entry is not None:
            await self._rest_entry.close()
        tasks = [each for each in self._tasks if each is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._trading.entry = None
        lines, self._lines = self._lines, []
        for line in lines:
            await line.close()
        if self._calls is not None:
            self._calls.lost(ConnectivityError("the driver was closed"))
        await self._feed.stop()
        await self._http.close()

    async def _learn_account(self) -> None:
        """See that the credentials are good, and in which mode a USD-M account is; raise VenueError."""
        if not self._config.api_key:
            return
        if self._config.market == "spot":
            path, what = "/api/v3/account", {"omitZeroBalances": "true"}
            await self._rest.get(path, SpotAccount, what, weight=20)
            return
        path = "/fapi/v1/positionSide/dual"
        mode = await self._rest.get(path, PositionMode, weight=30)
        self._trading.hedged = mode.hedged

    async def list_instruments(self) -> list[Instrument]:
        """Return what the venue lists, and take over its limits; raise VenueError."""
        spot = self._config.market == "spot"
        path = "/api/v3/exchangeInfo" if spot else "/fapi/v1/exchangeInfo"
        info = await self._rest.get(path, ExchangeInfo, weight=20 if spot else 1, signed=False)
        if not self._rest.limits.windows:
            self._rest.learn_limits(info)
        return self._listing.take(info, hedged=self._trading.hedged)

    # ---- lines

    async def _open_lines(self) -> None:
        config = self._config
        by_socket = config.order_entry == "websocket"
        if config.market == "spot" or by_socket:
            await self._open_api_line()
        if config.market == "usdm":
            await self._open_private_line()
        if by_socket:
            assert self._calls is not None
            self._trading.entry = SocketEntry(self._rest, self._calls)
        else:
            self._trading.entry = self._rest_entry = RestEntry(self._rest)
        self._enter(DriverState.AUTHENTICATED)

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
        if self._calls is not None:
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

    def _lost(self, error: AnyvenueError) -> None:
        if self.state is DriverState.CLOSED:
            return
        if self._calls is not None and not self._lines[0].is_up:
            self._calls.lost(error)
        self._inquiries.open = False
        if self._recovering is not None:
            self._recovering.cancel()
        if isinstance(error, AuthError):
            self._enter(DriverState.CLOSED, error.text)
            self._start(self._drop())
        else:
            self._enter(DriverState.DEGRADED, error.text)

    def _came_up(self) -> None:
        if self.state is DriverState.DEGRADED:
            asyncio.get_running_loop().call_soon(self._recover_when_up)

    def _recover_when_up(self) -> None:
        if all(each.is_up for each in self._lines) and self.state is DriverState.DEGRADED:
            self._recovering = self._start(self._recover())

    async def _recover(self) -> None:
        """Find out what was missed; then all is as it was before the break."""
        self._enter(DriverState.RECONCILING)
        self._inquiries.open = True
        while True:
            try:
                await self._rest.synchronise()
                await self._snapshots.catch_up()
                break
            except AnyvenueError:
                await asyncio.sleep(_RETRY_S)
        self.reconnects += 1
        self._enter(DriverState.READY)

    def _stream_ended(self) -> None:
        """Connect anew: the venue has ended the account's stream."""
        if self._lines:
            self._lines[-1].restart()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_S)
            with suppress(AnyvenueError):
                await self._rest.synchronise()
                if self._listen_key:
                    await self._rest.get(
                        "/fapi/v1/listenKey", msgspec.Raw, signed=False, method="PUT"
                    )

    # ---- for the parts

    def _ask(self, record: OrderRecord) -> None:
        self._inquiries.ask(record)

    def _synchronise_then(self, go_on: Callable[[], None]) -> None:
        async def step() -> None:
            with suppress(AnyvenueError):
                await self._rest.synchronise()
            go_on()

        self._start(step())

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

    def _start(self, step: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(step)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _now(self) -> int:
        return self._clock.now()

    def _enter(self, state: DriverState, reason: str = "") -> None:
        self.state = state
        now = self._now()
        self._post(VenueStateChanged(self.venue, state, now, now, reason))

    def _post(self, event: Event) -> None:
        if self._inbox is not None:
            self._inbox.post(event)
