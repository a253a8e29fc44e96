"""The driver of OKX: one account of spot, margin, perpetuals and dated futures."""

from anyvenue.model.enums import OrderType, TimeInForce
from anyvenue.model.errors import SubscriptionError, UnknownOrder
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.market import Bar, FundingRate, Trade
from anyvenue.model.protocols import Capabilities, RequestLimit
from anyvenue.venues.okx.feed import CHANNELS, LEVELS
from anyvenue.venues.okx.parse import INTERVALS
from anyvenue.venues.okx.past import past_bars, past_funding, past_trades
from anyvenue.venues.okx.snapshot import ALGO_KINDS
from anyvenue.venues.okx.upkeep import Upkeep

__all__ = ["OkxDriver"]

_TIMES = frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK})
_ORDERS_TOGETHER, _ALGOS_TOGETHER = 20, 10


class OkxDriver(Upkeep):
    """Implements `Driver` for one account.

    Orders are called ``av<order id>`` at the venue, so that one that was sent is found again whoever asks. A trade's id
    is ``BTC-USDT-<number>``: the venue numbers the trades of every instrument on their own.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What the account can do."""
        contracts = bool({"SWAP", "FUTURES"} & set(self._types))
        return Capabilities(
            order_types=frozenset(OrderType),
            times_in_force=_TIMES,
            # Bars are subscribed one by one; a node, which asks for all, builds its own.
            channels=CHANNELS - {"bars"},
            depth_levels=LEVELS,
            modify=True,
            post_only=True,
            reduce_only=any(each != "SPOT" for each in self._types),
            client_ids=True,
            history=True,
            hedged=self._margins.hedged if contracts and self._trades else None,
            # Besides these of the account there are 60 in two seconds for each instrument.
            requests=(RequestLimit(name="ORDERS", count=1000, seconds=2.0, cancel=0.0),),
        )

    async def cancel_all(self, instrument: InstrumentId) -> None:
        """Cancel all orders of an instrument, those of others among them; raise VenueError."""
        self._in_session(OrderId(0))
        name, kind = self._listing.get(instrument).venue_symbol, self._listing.type_of(instrument)
        of = {"instType": kind, "instId": name}
        orders = [
            {"instId": name, "ordId": each.ord_id} for each in await self._snapshots.pending(**of)
        ]
        for start in range(0, len(orders), _ORDERS_TOGETHER):
            part = orders[start : start + _ORDERS_TOGETHER]
            await self._post_list("/api/v5/trade/cancel-batch-orders", part)
        for algo_kind in ALGO_KINDS:
            waiting = await self._snapshots.pending_algos(algo_kind, **of)
            algos = [{"instId": name, "algoId": each.algo_id} for each in waiting]
            for start in range(0, len(algos), _ALGOS_TOGETHER):
                part = algos[start : start + _ALGOS_TOGETHER]
                await self._post_list("/api/v5/trade/cancel-algos", part)

    async def _post_list(self, path: str, rows: list[dict[str, str]]) -> None:
        answer = await self._rest.ask("POST", path, rows, urgent=True)
        if answer.lost is not None:
            raise answer.lost
        if answer.refused is not None and answer.refused.kind != UnknownOrder.code:
            raise self._rest.refusal(path, answer)

    async def set_hedged(self, hedged: bool) -> None:
        """Choose long-short or net mode for the account; raise VenueError while it has positions or orders.

        Instruments must be listed anew afterwards: their rule of positions is another.
        """
        self._in_session(OrderId(0))
        await self._commands.set_hedged(hedged)

    # ---- the past

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return closed bars with start in [start, end), int ns UTC, oldest first; raise VenueError."""
        if interval not in INTERVALS:
            raise SubscriptionError(
                f"OKX has no bars of {interval!r} in UTC",
                available=tuple(INTERVALS),
                instrument=instrument,
            )
        found = self._listing.get(instrument)
        return await past_bars(self._rest, found, interval, start, end, self._now())

    async def past_trades(self, instrument: InstrumentId, start: int, end: int) -> list[Trade]:
        """Return public trades with start <= time < end, int ns UTC, oldest first; raise VenueError."""
        return await past_trades(self._rest, self._listing.get(instrument), start, end)

    async def past_funding(
        self, instrument: InstrumentId, start: int, end: int
    ) -> list[FundingRate]:
        """Return the rates that were charged with start <= ts_due < end, oldest first; raise VenueError."""
        found = self._listing.get(instrument)
        if self._listing.type_of(instrument) != "SWAP":
            raise SubscriptionError(
                f"{instrument} has no funding: only perpetuals have",
                available=(),
                instrument=instrument,
            )
        return await past_funding(self._rest, found, start, end, self._now())
