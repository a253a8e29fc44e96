"""The driver of Backpack: one account, spot and perpetuals."""

import msgspec

from anyvenue.model.enums import OrderType, TimeInForce
from anyvenue.model.errors import InvalidOrder, SubscriptionError
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.market import Bar, FundingRate, Trade
from anyvenue.model.protocols import Capabilities, RequestLimit
from anyvenue.venues.backpack.feed import CHANNELS, LEVELS
from anyvenue.venues.backpack.parse import INTERVALS
from anyvenue.venues.backpack.past import past_bars, past_funding, past_trades
from anyvenue.venues.backpack.upkeep import Upkeep

__all__ = ["BackpackDriver"]

_TYPES = frozenset({OrderType.LIMIT, OrderType.MARKET, OrderType.STOP, OrderType.STOP_LIMIT})
_TIMES = frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK})


class BackpackDriver(Upkeep):
    """Implements `Driver` for one account.

    A client id at the venue is the order's id modulo 2**32, so that one that was sent is found again whoever asks. A
    trade's id is ``SYMBOL-<number>``: the venue numbers the trades of every market on their own.
    """

    past_trades_page_ns = 86_400_000_000_000
    """Trades of the past are told from the newest back: every question begins there, so few are better."""

    @property
    def capabilities(self) -> Capabilities:
        """What the venue can do."""
        a_minute = self._config.requests_a_minute
        return Capabilities(
            order_types=_TYPES,
            times_in_force=_TIMES,
            # Bars are subscribed one by one; a node, which asks for all, builds its own.
            channels=CHANNELS - {"bars"},
            depth_levels=LEVELS,
            modify=True,
            post_only=True,
            reduce_only=True,
            client_ids=True,
            history=True,
            hedged=False if self._trades else None,
            requests=(RequestLimit(name="REQUESTS", count=a_minute, seconds=60.0, cancel=0.0),),
        )

    async def cancel_all(self, instrument: InstrumentId) -> None:
        """Cancel all orders of an instrument, those of others among them; raise VenueError."""
        self._in_session(OrderId(0))
        wanted = {"symbol": self._listing.symbol(instrument)}
        await self._rest.get("/api/v1/orders", msgspec.Raw, wanted, method="DELETE", urgent=True)

    # ---- the past

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return closed bars with start in [start, end), int ns UTC, oldest first; raise VenueError.

        Bars in which nothing was traded are left out. Raises SubscriptionError for an interval that there is not.
        """
        symbol = self._listing.symbol(instrument)
        if interval not in INTERVALS:
            raise SubscriptionError(
                f"Backpack has no bars of {interval!r}; it has {', '.join(INTERVALS)}",
                available=tuple(INTERVALS),
                instrument=instrument,
            )
        begin = max(start, self._listing.began.get(symbol, 0))
        return await past_bars(self._rest, symbol, instrument, interval, begin, end)

    async def past_trades(self, instrument: InstrumentId, start: int, end: int) -> list[Trade]:
        """Return public trades with start <= time < end, int ns UTC, oldest first; raise VenueError."""
        symbol = self._listing.symbol(instrument)
        return await past_trades(self._rest, symbol, instrument, start, end)

    async def past_funding(
        self, instrument: InstrumentId, start: int, end: int
    ) -> list[FundingRate]:
        """Return the funding rates due in [start, end), int ns UTC, oldest first; raise VenueError.

        Raise InvalidOrder for spot, which has none.
        """
        found = self._listing.get(instrument)
        if not found.position_rule.margined:
            raise InvalidOrder("spot has no funding", field="instrument", value=instrument)
        symbol = found.venue_symbol
        interval = self._listing.intervals[symbol]
        return await past_funding(self._rest, symbol, instrument, start, end, interval)
