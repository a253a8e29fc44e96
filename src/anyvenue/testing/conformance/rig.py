"""The node's side of a case: an inbox, the books that a node would keep, and ways to wait for a condition."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import get_args

from msgspec.structs import replace

from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import Offset, Side, TimeInForce
from anyvenue.model.errors import (
    AnyvenueError,
    ConnectivityError,
    NotSent,
    UnknownInstrument,
    UnknownOrder,
)
from anyvenue.model.events import (
    AccountEvent,
    CancelRejected,
    Event,
    ModifyRejected,
    OrderEvent,
    OrderOutcomeLost,
    OrderRejected,
    OrderSubmitted,
)
from anyvenue.model.ids import InstrumentId, OrderId, next_order_id
from anyvenue.model.instruments import FeeRate, FeeSchedule, Instrument, MarginSchedule
from anyvenue.model.market import MarketEvent
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.model.protocols import Cursor, Driver, Snapshot
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.marks import Marks
from anyvenue.oms.rates import RateBook
from anyvenue.oms.reconcile import Correction, reconcile
from anyvenue.testing.conformance.harness import DriverHarness

__all__ = ["Rig"]

_PATIENCE = 60.0  # seconds
_SHOWN = 8
_LOOK_AGAIN = 0.02
_ORDER_EVENTS, _ACCOUNT_EVENTS = get_args(OrderEvent), get_args(AccountEvent)
_MARKET_EVENTS = get_args(MarketEvent)
_REFUSALS = (CancelRejected, ModifyRejected, OrderRejected, OrderOutcomeLost)
_FREE = FeeRate()


class Rig:
    """An `Inbox` with books of the account; events are applied in the order in which they were posted.

    `strays` are about orders that the books do not know: somebody else's, until they are reconciled.
    """

    def __init__(self, harness: DriverHarness) -> None:
        """Begin with empty books."""
        self.harness = harness
        self.driver: Driver = harness.driver()
        self.events: list[Event] = []
        self.strays: list[Event] = []
        self._seen = 0
        self._last = OrderId(0)
        self._loop = asyncio.get_running_loop()
        self._told = asyncio.Event()
        self._latest: dict[InstrumentId, MarketEvent] = {}
        self._known: dict[InstrumentId, Instrument] = {harness.instrument.id: harness.instrument}
        self.books = self.empty_books()

    def empty_books(self) -> AccountState:
        """Return books that know nothing of the account."""
        rates = RateBook(
            default_fee=FeeSchedule(_FREE, _FREE, _FREE),
            default_margin=MarginSchedule(Decimal("0.1"), Decimal("0.1")),
        )
        marks = Marks(self._latest, self._find)
        return AccountState(self.harness.account, self._find, marks, rates)

    def _find(self, name: InstrumentId) -> Instrument:
        found = self._known.get(name)
        if found is None:
            raise UnknownInstrument(f"the venue does not list {name}", instrument=name)
        return found

    # ---- what comes

    def post(self, event: Event) -> None:
        """Take an event, from any thread."""
        self.events.append(event)
        self._loop.call_soon_threadsafe(self._told.set)

    def take(self) -> None:
        """Apply what was posted and not applied yet."""
        while self._seen < len(self.events):
            event = self.events[self._seen]
            self._seen += 1
            if isinstance(event, _MARKET_EVENTS):
                self._latest[event.instrument] = event
            elif getattr(event, "account", self.harness.account) == self.harness.account:
                try:
                    _apply(self.books, event)
                except UnknownOrder:
                    self.strays.append(event)

    def of(self, kind: type, order_id: OrderId | None = None) -> list[Event]:
        """Return the events of a kind (of one order), in order."""
        return [
            each
            for each in self.events
            if isinstance(each, kind) and order_id in (None, getattr(each, "order_id", None))
        ]

    async def until(self, true: Callable[[], object], what: str) -> None:
        """Wait until something is so; raise AssertionError with `what` after a minute."""
        deadline = self._loop.time() + _PATIENCE
        while True:
            self._told.clear()
            await self.harness.idle()
            self.take()
            if true():
                return
            if self._loop.time() > deadline:
                raise AssertionError(f"waited a minute for {what}; {self._told_of()}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), _LOOK_AGAIN)

    def _told_of(self) -> str:
        """Return what helps to see why something did not come: refusals, and the last events."""
        refusals = [each for each in self.events[:-_SHOWN] if isinstance(each, _REFUSALS)]
        shown = [*refusals[-_SHOWN:], *self.events[-_SHOWN:]]
        return "refusals and the last events:\n  " + "\n  ".join(str(each) for each in shown)

    async def settle(self) -> None:
        """Wait until nothing has come for a few looks: for what must not happen."""
        quiet, seen = 0, len(self.events)
        while quiet < 4:
            await self.harness.idle()
            with suppress(TimeoutError):
                self._told.clear()
                await asyncio.wait_for(self._told.wait(), _LOOK_AGAIN)
            self.take()
            quiet, seen = (quiet + 1 if len(self.events) == seen else 0), len(self.events)

    # ---- what is done

    async def open(self) -> None:
        """Open the driver, learn the instruments and reconcile, as a node does."""
        await self.driver.open(self)
        for each in await self.driver.instruments():
            self._known[each.id] = each
        await self.settle()
        await self.reconcile()

    async def reconcile(self, since: Cursor = (0, 0)) -> Correction:
        """Bring the books to the venue's snapshot, and see that this leaves nothing to do."""
        await self.settle()
        snapshot = await self.snapshot(since)
        complete = self.driver.capabilities.complete_snapshots
        now = max(self.harness.now(), snapshot.ts_as_of)
        correction = reconcile(self.books, snapshot, now, complete=complete)
        for event in correction.events:
            _apply(self.books, event)
        again = reconcile(self.books, snapshot, now, complete=complete)
        assert again.events == (), f"the same snapshot corrects again: {again.notes}"
        return correction

    async def snapshot(self, since: Cursor = (0, 0)) -> Snapshot:
        """Ask the venue what is so; again, as a node does, while the driver finds that the line has broken."""
        deadline = self._loop.time() + _PATIENCE
        while True:
            try:
                return await self.driver.snapshot(self.harness.account, since)
            except (NotSent, ConnectivityError):
                if self._loop.time() > deadline:
                    raise
            await self.harness.idle()
            await asyncio.sleep(_LOOK_AGAIN)

    def request(self, lots: int = 1, **changes: object) -> OrderRequest:
        """Return an order to buy and open that would rest."""
        unit = self.harness.instrument
        request = OrderRequest(
            self.harness.account,
            unit.id,
            Side.BUY,
            max(unit.lot.minimum, unit.lot.step) * lots,
            self.harness.resting_price,
            time_in_force=TimeInForce.GTC,
            offset=Offset.OPEN,
        )
        return replace(request, **changes)

    def next_id(self) -> OrderId:
        """Return an id that was not used."""
        self._last = next_order_id(self._last, self.harness.now())
        return self._last

    def submit(self, request: OrderRequest) -> OrderId:
        """Send an order as a node does; one that provably was not sent is REJECTED in the books."""
        order_id, now = self.next_id(), self.harness.now()
        with suppress(AnyvenueError):
            self.books.place(order_id, request)
        account = self.harness.account
        self.books.apply(OrderSubmitted(account, order_id, request, now, now))
        try:
            self.driver.submit(SubmitOrder(order_id, request, now, str(order_id)))
        except NotSent as error:
            self.books.apply(OrderRejected(account, order_id, now, now, error.text, error.code))
        return order_id

    def cancel(self, order_id: OrderId) -> None:
        """Ask for a cancel."""
        now = self.harness.now()
        self.driver.cancel(CancelOrder(order_id, self.harness.account, now))

    def modify(self, order_id: OrderId, quantity: Decimal, price: Decimal) -> None:
        """Ask for a change."""
        account, now = self.harness.account, self.harness.now()
        self.driver.modify(ModifyOrder(order_id, account, now, quantity, price))

    def order(self, order_id: OrderId) -> Order:
        """Return the latest record of an order."""
        return self.books.orders.get(order_id)

    async def working(self, lots: int = 1) -> OrderId:
        """Submit an order that rests, wait until it does and return its id."""
        order_id = self.submit(self.request(lots))
        await self.until(lambda: self.order(order_id).venue_order_id, "the order's acceptance")
        return order_id


def _apply(books: AccountState, event: Event) -> None:
    if isinstance(event, _ORDER_EVENTS):
        books.apply(event)
    elif isinstance(event, _ACCOUNT_EVENTS):
        books.apply_account(event)
