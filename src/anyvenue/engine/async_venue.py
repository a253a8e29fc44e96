"""The simulated venue on the running event loop: `connect_async` opens it."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import TracebackType
from typing import Any, Unpack

from anyvenue.engine.paper import PaperNode
from anyvenue.engine.synthetic import DEMO_INSTRUMENTS, SyntheticFeed, synthetic_feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.accounts import Account
from anyvenue.model.enums import Side
from anyvenue.model.errors import ConnectivityError
from anyvenue.model.events import CommandRefused
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, FundingRate, Quote
from anyvenue.model.numbers import Number, to_decimal
from anyvenue.model.orders import Fill, Order
from anyvenue.model.positions import Position
from anyvenue.model.sizing import HeldSide, Outcome, closing_orders, missing_to, working_quantity
from anyvenue.oms.account_state import AccountState
from anyvenue.reference.catalog import DEFAULT_DATE, Catalog
from anyvenue.strategy.handles import OrderHandle
from anyvenue.strategy.options import OrderOptions, make_request, size_of
from anyvenue.strategy.wishes import AccountWishes, Make

__all__ = ["AsyncOrder", "AsyncVenue"]

_ACCOUNT = AccountId("sim")
_BY_HAND = StrategyId("manual")
_MONEY = {"CNY": 1_000_000, "USD": 100_000, "HKD": 1_000_000, "USDT": 100_000, "BTC": 1}


class AsyncOrder(OrderHandle):
    """An order handle that can be awaited."""

    __slots__ = ("_venue",)

    def __init__(
        self,
        venue: "AsyncVenue",
        ids: Sequence[OrderId],
        instrument: InstrumentId,
        quantity: Decimal,
    ) -> None:
        desk = venue.node.node.desk
        super().__init__(ids, instrument, quantity, desk.order, venue.cancel_order)
        self._venue = venue

    async def wait(self, timeout: float | None = None) -> "AsyncOrder":
        """Return once the order is done; raise TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while not self.done:
                await self._venue.changed()
        return self


class AsyncVenue(AccountWishes):
    """The simulated venue on the running event loop. Open it with ``async with``."""

    def __init__(
        self,
        *,
        date: int = DEFAULT_DATE,
        seed: int = 1,
        speed: float = 1.0,
        cash: Mapping[str, Number] | None = None,
        options: VenueOptions | None = None,
        catalog: Catalog | None = None,
    ) -> None:
        """Choose the day (yyyymmdd), the seed of the synthetic market, its speed and the money by currency."""
        self.catalog = catalog or Catalog(date)
        self._feed: SyntheticFeed = synthetic_feed(
            self.catalog, date=date, seed=seed, instruments=DEMO_INSTRUMENTS
        )
        options = options or VenueOptions(hours="always", latency_ms=1.0, seed=seed)
        self.node = PaperNode(self._feed, self.catalog, options, speed=speed)
        money = cash or _MONEY
        self._cash = {currency: to_decimal(amount, "cash") for currency, amount in money.items()}
        self._task: asyncio.Task[None] | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._refusals: list[CommandRefused] = []

    async def __aenter__(self) -> "AsyncVenue":
        self.node.add_account(_ACCOUNT, self._cash)
        self.node.node.desk.listeners.append(self._on_order)
        self.node.node.kernel.on(CommandRefused, self._refusals.append)
        self._task = asyncio.create_task(self.node.run())
        try:
            await self._unless_ended(asyncio.ensure_future(self.node.started.wait()))
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Cancel what works and end; repeated calls do nothing."""
        task, self._task = self._task, None
        if task is not None:
            self.node.request_stop()
            await task

    # ---- market

    async def subscribe(self, instrument: str) -> Instrument:
        """Make sure there is a market in an instrument and return its record; raise UnknownInstrument."""
        self._check_open()
        found = self.catalog.resolve(instrument)
        if found.id not in self.node.node.kernel.latest:
            first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.node.broker.subscribe(found.id, lambda _: _fulfil(first))
            if all(found.id != source.instrument.id for source in self._feed.sources):
                for source in self._feed.join(found):
                    self.node.add_source(source)
                self.node.poke()
            await self._unless_ended(first)
        return found

    async def quote(self, instrument: str) -> Quote | Depth:
        """Return the latest snapshot, waiting for the first one."""
        found = await self.subscribe(instrument)
        latest = self.node.broker.quote(found.id)
        if latest is None:
            raise ConnectivityError(f"there is no quote of {found.id}", instrument=found.id)
        return latest

    def find(self, instrument: str) -> Instrument:
        """Return the instrument that a text names; raise UnknownInstrument or AmbiguousInstrument."""
        return self.catalog.resolve(instrument)

    def instruments(self, text: str = "", limit: int = 50) -> list[Instrument]:
        """Return at most `limit` listed instruments whose id or name fits `text`, best first."""
        return self.catalog.search(text, limit)

    def funding(self, instrument: str) -> FundingRate | None:
        """Return the next funding rate that is known of a perpetual, else the last told; None when nobody told one."""
        kernel, found = self.node.node.kernel, self.catalog.resolve(instrument).id
        told, now = kernel.funding.get(found), kernel.now
        if told is not None and told.ts_due >= now:
            return told
        known = (each for each in self.node.options.funding if each.instrument == found)
        coming = (each for each in known if each.ts_due >= now)
        return min(coming, key=lambda each: each.ts_due, default=told)

    # ---- orders

    async def buy(
        self,
        instrument: str,
        quantity: Number | None = None,
        price: Number | None = None,
        **options: Unpack[OrderOptions],
    ) -> AsyncOrder:
        """Send a buy of a quantity or an ``amount=``: limit at `price`, market without; raise OrderError."""
        return await self._order(Side.BUY, instrument, quantity, price, options)

    async def sell(
        self,
        instrument: str,
        quantity: Number | None = None,
        price: Number | None = None,
        **options: Unpack[OrderOptions],
    ) -> AsyncOrder:
        """Send a sell of a quantity or an ``amount=``: limit at `price`, market without; raise OrderError."""
        return await self._order(Side.SELL, instrument, quantity, price, options)

    async def _order(
        self,
        side: Side,
        instrument: str,
        quantity: Number | None,
        price: Number | None,
        options: OrderOptions,
    ) -> AsyncOrder:
        self._check_open()
        found = await self.subscribe(instrument)
        size = size_of(found, side, quantity, price, options, lambda: self._latest(found))
        request = make_request(_ACCOUNT, _BY_HAND, found.id, side, size, price, options)
        ids = self.node.node.desk.submit(request)
        self.node.poke()
        return AsyncOrder(self, ids, found.id, request.quantity)

    async def target(
        self, instrument: str, quantity: Number | None = None, *, amount: Number | None = None
    ) -> AsyncOrder | None:
        """Send the market order that brings the net position to `quantity`, or to be worth ``amount=``.

        Working orders count as filled. None when nothing is missing; see `model.sizing.missing_to`.
        """
        found = await self.subscribe(instrument)
        held = self.position(found.id).net + working_quantity(self.open_orders(), found.id)
        missing = missing_to(found, held, quantity, amount, self._latest(found))
        return (
            None
            if missing is None
            else await self._order(missing[0], found.id, missing[1], None, {})
        )

    async def close_all(
        self,
        instrument: str | None = None,
        *,
        side: HeldSide | None = None,
        outcome: Outcome | None = None,
        away: Number | None = None,
    ) -> list[AsyncOrder]:
        """Close what is held (of one instrument, side or outcome) by reduce-only orders, at market unless `away`.

        See `model.sizing.closing_orders`.
        """
        named = None if instrument is None else self.find(instrument).id
        sent = []
        for position in self.positions():
            if named not in (None, position.instrument):
                continue
            found = await self.subscribe(position.instrument)
            latest = self._latest(found)
            for each in closing_orders(
                found, position, latest, side=side, outcome=outcome, away=away
            ):
                terms: OrderOptions = {"reduce_only": True, "offset": each.offset}
                sent.append(
                    await self._order(each.side, found.id, each.quantity, each.price, terms)
                )
        return sent

    def modify(
        self, order_id: OrderId, *, quantity: Number | None = None, price: Number | None = None
    ) -> None:
        """Ask for another quantity or price of one venue order; raise UnknownOrder, OffTick, OffLot or InvalidOrder."""
        self._check_open()
        self.node.node.desk.modify(
            _ACCOUNT,
            order_id,
            None if quantity is None else to_decimal(quantity, "quantity"),
            None if price is None else to_decimal(price, "price"),
        )
        self.node.poke()

    def cancel(self, order: OrderHandle) -> None:
        """Ask to take back what is still working of an order."""
        order.cancel()

    def cancel_order(self, order_id: OrderId) -> None:
        """Ask to take one venue order back; raise UnknownOrder."""
        self._check_open()
        self.node.node.desk.cancel_order(order_id)
        self.node.poke()

    def cancel_all(self) -> None:
        """Ask to take back everything that works."""
        self._check_open()
        self.node.node.desk.cancel_all()
        self.node.poke()

    # ---- state

    def orders(self) -> list[Order]:
        """Return all orders, oldest first."""
        return list(self._state().orders)

    def open_orders(self) -> list[Order]:
        """Return the orders that may still change."""
        return self._state().orders.open_orders()

    def fills(self) -> list[Fill]:
        """Return all fills, oldest first."""
        return list(self.node.recorder.fills)

    def refusals(self) -> list[CommandRefused]:
        """Return what was refused of the wishes that are no orders, such as a leverage, oldest first."""
        return list(self._refusals)

    def positions(self) -> list[Position]:
        """Return the positions that are not flat."""
        return self._state().positions()

    def position(self, instrument: str) -> Position:
        """Return the position in one instrument."""
        return self._state().position(self.catalog.resolve(instrument).id)

    def account(self, currency: str = "CNY") -> Account:
        """Return the account's figures in a currency."""
        return self._state().figures(currency, self.node.node.kernel.now)

    async def changed(self) -> None:
        """Return at the next change of any order; raise ConnectivityError when the venue has ended."""
        self._check_open()
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await self._unless_ended(waiter)

    # ---- inside

    def _latest(self, instrument: Instrument) -> Quote | Depth | None:
        return self.node.broker.quote(instrument.id)

    def _wish(self, instrument: str, make: Make) -> None:
        self._check_open()
        found = self.catalog.resolve(instrument)
        self.node.node.desk.command(make(_ACCOUNT, found.id, self.node.node.kernel.now))
        self.node.poke()

    async def _unless_ended(self, waiter: "asyncio.Future[Any]") -> None:
        """Wait for `waiter`; raise what ended the venue, or ConnectivityError, when that comes first."""
        task = self._task
        try:
            if task is not None:
                await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
            if not waiter.done():
                self._check_open()
        finally:
            waiter.cancel()

    def _state(self) -> AccountState:
        return self.node.node.desk.account(_ACCOUNT)

    def _on_order(self, _order: Order, _fill: Fill | None) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            _fulfil(waiter)

    def _check_open(self) -> None:
        if self._task is None:
            raise ConnectivityError("the venue is closed; open it with `with connect(...)`")
        if self._task.done():
            self._task.result()
            raise ConnectivityError("the venue's market has ended")


def _fulfil(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
