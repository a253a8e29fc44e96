"""The driver of Binance: one account of spot or of USD-M futures."""

import msgspec

from anyvenue.model.commands import AccountCommand
from anyvenue.model.enums import DriverState, OrderType, TimeInForce
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.market import Bar, FundingRate, Trade
from anyvenue.model.protocols import Capabilities, RequestLimit
from anyvenue.venues.binance.feed import CHANNELS, LEVELS
from anyvenue.venues.binance.parse import bar_of_row
from anyvenue.venues.binance.past import past_funding, past_trades
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
            hedged=self._trading.hedged if self._trading.known and not spot else None,
            requests=(RequestLimit(name=name, count=count, seconds=seconds, cancel=0.0),),
        )

    def send_terms(self, command: AccountCommand) -> None:
        """Send a command about the account's terms; raise InvalidOrder for spot, which has none."""
        if self._config.market == "spot":
            raise InvalidOrder("spot has no leverage and no margin", field="instrument")
        super().send_terms(command)

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

        Ask for `instruments` again afterwards: their rule of positions is another.
        """
        self._in_session(OrderId(0))
        if self._config.market == "spot":
            raise InvalidOrder("spot has no positions", field="hedged", value=str(hedged))
        await self._commands.set_hedged(hedged)
        self._trading.hedged = hedged
        await self.list_instruments()

    # ---- market data

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

    async def past_funding(
        self, instrument: InstrumentId, start: int, end: int
    ) -> list[FundingRate]:
        """Return the funding rates due in [start, end), int ns UTC, oldest first; raise VenueError.

        Raise InvalidOrder for spot, which has none.
        """
        if self._config.market == "spot":
            raise InvalidOrder("spot has no funding", field="instrument", value=instrument)
        symbol = self._listing.symbol(instrument)
        return await past_funding(
            self._rest, symbol, instrument, start, end, self._intervals.get(symbol)
        )

    async def past_trades(self, instrument: InstrumentId, start: int, end: int) -> list[Trade]:
        """Return public trades with start <= time < end, int ns UTC, oldest first; raise VenueError."""
        path = "/api/v3/aggTrades" if self._config.market == "spot" else "/fapi/v1/aggTrades"
        symbol = self._listing.symbol(instrument)
        return await past_trades(self._rest, path, symbol, instrument, start, end)
