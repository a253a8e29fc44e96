"""The driver of Binance: one account of spot or of USD-M futures."""

from collections.abc import Sequence

import msgspec

from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, OrderType, TimeInForce
from anyvenue.model.errors import (
    AccountError,
    ConnectivityError,
    InvalidOrder,
    NotSent,
    SubscriptionError,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar
from anyvenue.model.protocols import Capabilities, Cursor, RequestLimit, Snapshot
from anyvenue.venues.binance.feed import CHANNELS, LEVELS
from anyvenue.venues.binance.parse import bar_of_row
from anyvenue.venues.binance.upkeep import Upkeep
from anyvenue.venues.binance.wire_rest import KlineRow

__all__ = ["BinanceDriver"]

_IN_SESSION = (DriverState.READY, DriverState.RECONCILING)
_TIMES = frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK})
_MS = 1_000_000


class BinanceDriver(Upkeep):
    """Implements `Driver` for one account.

    Orders are called ``av-<order id>`` at the venue, so that one that was sent is found again whoever asks. A trade's
    id is ``SYMBOL-<number>``: the venue numbers the trades of every symbol on their own.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What the market can do."""
        spot = self._config.market == "spot"
        orders = ("ORDERS", 100, 10.0) if spot else ("ORDERS", 300, 10.0)
        name, count, seconds = orders
        return Capabilities(
            order_types=frozenset(OrderType),
            times_in_force=_TIMES if spot else _TIMES | {TimeInForce.GTD},
            # Bars are subscribed one by one; a node, which asks for all, builds its own.
            channels=CHANNELS - ({"funding", "bars"} if spot else {"bars"}),
            depth_levels=LEVELS,
            modify=True,
            post_only=True,
            reduce_only=not spot,
            client_ids=True,
            history=True,
            hedged=self._trading.hedged,
            requests=(RequestLimit(name=name, count=count, seconds=seconds, cancel=0.0),),
        )

    def resume(
        self, account: AccountId, epoch: int, cursor: Cursor, unanswered: Sequence[OrderId] = ()
    ) -> None:
        """Do nothing but check the account: the venue has no place to resume at, a snapshot's cursor serves."""
        self._check(account)

    # ---- commands

    def submit(self, command: SubmitOrder) -> None:
        """Send an order; raise NotSent without a session, OrderError or RateLimited where nothing was sent."""
        self._check(command.request.account)
        self._in_session(command.order_id)
        self._trading.submit(command)

    def cancel(self, command: CancelOrder) -> None:
        """Send a cancel; raise NotSent, UnknownOrder or RateLimited."""
        self._check(command.account)
        self._in_session(command.order_id)
        self._trading.cancel(command)

    def modify(self, command: ModifyOrder) -> None:
        """Send a change; raise NotSent, OrderError or RateLimited."""
        self._check(command.account)
        self._in_session(command.order_id)
        self._trading.modify(command)

    def send(self, command: Command) -> None:
        """Send a command of any kind; raise VenueRefused for one that the venue does not know."""
        if isinstance(command, SubmitOrder):
            self.submit(command)
        elif isinstance(command, CancelOrder):
            self.cancel(command)
        elif isinstance(command, ModifyOrder):
            self.modify(command)
        else:
            self._check(command.account)
            self._in_session(OrderId(0))
            if self._config.market == "spot":
                raise InvalidOrder("spot has no leverage and no margin", field="instrument")
            self._commands.send(command)

    async def cancel_all(self, instrument: InstrumentId) -> None:
        """Cancel all orders of an instrument, those of others among them; raise VenueError."""
        self._in_session(OrderId(0))
        wanted = {"symbol": self._listing.symbol(instrument)}
        if self._config.market == "spot":
            await self._rest.get("/api/v3/openOrders", msgspec.Raw, wanted, method="DELETE")
            return
        for path in ("/fapi/v1/allOpenOrders", "/fapi/v1/algoOpenOrders"):
            await self._rest.get(path, msgspec.Raw, wanted, method="DELETE")

    async def set_hedged(self, hedged: bool) -> None:
        """Choose hedge mode or one-way mode for a USD-M account; raise VenueError while it has positions or orders.

        Instruments must be listed anew afterwards: their rule of positions is another.
        """
        self._in_session(OrderId(0))
        await self._commands.set_hedged(hedged)
        self._trading.hedged = hedged

    # ---- market data

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Ask for market data; raise SubscriptionError for an instrument or channel that the market does not have.

        Channels are ``quotes``, ``trades``, ``depth``, ``bars`` (``bars:5m``), ``funding`` of USD-M, and ``all``.
        What is asked for before the driver was opened is subscribed then, where there is such an instrument.
        """
        if not self._listing.by_id:
            self._early[instrument, channel] = None
            return
        found = self._listing.by_id.get(instrument)
        if found is None:
            raise SubscriptionError(
                f"Binance lists no {instrument} in this market", available=(), instrument=instrument
            )
        self._feed.want(found, channel)

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return closed bars with start in [start, end), int ns UTC, oldest first; raise VenueError."""
        spot = self._config.market == "spot"
        path, page = ("/api/v3/klines", 1000) if spot else ("/fapi/v1/klines", 1500)
        symbol, found = self._listing.symbol(instrument), list[Bar]()
        from_ms, last_ms = -(-start // _MS), -(-end // _MS) - 1
        while from_ms <= last_ms:
            wanted = {
                "symbol": symbol,
                "interval": interval,
                "startTime": str(from_ms),
                "endTime": str(last_ms),
                "limit": str(page),
            }
            rows = await self._rest.get(path, list[KlineRow[float]], wanted, weight=5, signed=False)
            now, now_ms = self._now(), self._rest.offset.now_ms()
            bars = [bar_of_row(each, instrument, interval, now, now_ms) for each in rows]
            found += [each for each in bars if each.closed]
            if len(rows) < page:
                break
            from_ms = rows[-1].start_ms + 1
        return sorted(found, key=lambda each: each.ts_start)

    # ---- questions

    async def instruments(self) -> list[Instrument]:
        """Return what the venue lists; raise VenueError."""
        return await self.list_instruments()

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        """Return what the venue says is so; raise AccountError, ConnectivityError or another VenueError."""
        self._check(account)
        if self.state not in _IN_SESSION:
            raise ConnectivityError(f"there is no session with Binance ({self.state})")
        return await self._snapshots.take(since)

    # ---- small things

    def _in_session(self, order_id: OrderId) -> None:
        if self.state not in _IN_SESSION or not self._config.api_key:
            raise NotSent(
                f"there is no session with Binance ({self.state}); nothing was sent",
                order_id=order_id,
            )

    def _check(self, account: AccountId) -> None:
        if account != self.account:
            raise AccountError(
                f"this driver trades {self.account!r}, not {account!r}", account=account
            )
