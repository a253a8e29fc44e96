"""A test order: far from the market, of the smallest size, confirmed and cancelled. It never stays behind."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from decimal import Decimal
from math import isfinite
from typing import Any, TypeVar

import msgspec

from anyvenue.model.commands import CancelOrder, SubmitOrder
from anyvenue.model.enums import InstrumentKind, Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import AnyvenueError, ConnectivityError, OutcomeUnknown, VenueRefused
from anyvenue.model.events import (
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from anyvenue.model.ids import AccountId, OrderId, next_order_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, Quote, Trade
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Driver

__all__ = ["Heard", "Trial", "TrialOutcome", "usual_instrument"]

_Event = TypeVar("_Event")
_Found = TypeVar("_Found")
_PATIENCE_S = 20.0
_TIDY_S = 90.0
_LOOK_S = 2.0
_DISTANCES = (Decimal("0.2"), Decimal("0.04"))
"""How far below the market; venues that take no order that far get one nearer to it."""
_USUAL_MONEY = ("USDT", "USDC", "USD")


class Heard:
    """An inbox that keeps what was posted, and lets one wait for it."""

    def __init__(self) -> None:
        """Begin with nothing; needs a running loop."""
        self.events: list[Event] = []
        self._loop = asyncio.get_running_loop()
        self._told = asyncio.Event()

    def post(self, event: Event) -> None:
        """Keep an event, from any thread."""
        self.events.append(event)
        self._loop.call_soon_threadsafe(self._told.set)

    def of(self, kinds: tuple[type[_Event], ...], order_id: OrderId) -> list[_Event]:
        """Return what was told of an order, of some kinds."""
        return [
            each
            for each in self.events
            if isinstance(each, kinds) and getattr(each, "order_id", None) == order_id
        ]

    async def until(self, find: Callable[[], _Found | None], seconds: float) -> _Found | None:
        """Return what `find` finds once it finds something, None where that takes longer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    self._told.clear()
                    found = find()
                    if found is not None:
                        return found
                    await self._told.wait()
        return find()


class TrialOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A test order that was confirmed and is gone; times in seconds. `filled` says how much of it was executed."""

    instrument: str
    quantity: str
    price: str
    accepted_s: float
    cancelled_s: float
    filled: str = ""


def usual_instrument(listed: Iterable[Instrument]) -> Instrument | None:
    """Return what a test order is for where nobody said: Bitcoin, spot before a perpetual; None where it is absent."""
    kinds = (InstrumentKind.SPOT, InstrumentKind.PERPETUAL)
    found = [
        each
        for each in listed
        if each.base == "BTC" and each.kind in kinds and each.currency in _USUAL_MONEY
    ]
    found.sort(key=lambda each: (kinds.index(each.kind), _USUAL_MONEY.index(each.currency)))
    return found[0] if found else None


class Trial:
    """Places and cancels one order over a driver that is open.

    Whatever ends it, Ctrl-C among it: what was sent is cancelled, and the venue is asked until the order is gone.
    Where that cannot be seen to, the error names the order.
    """

    def __init__(
        self,
        driver: Driver,
        heard: Heard,
        account: AccountId,
        instrument: Instrument,
        now: Callable[[], int] = time.time_ns,
        on_break: Callable[[], None] = lambda: None,
    ) -> None:
        """Trade `instrument` in `account`; `heard` is the driver's inbox.

        `on_break` is called when this is to end and the order has to go first.
        """
        self._driver, self._heard, self._now, self._on_break = driver, heard, now, on_break
        self._account, self._instrument = account, instrument
        self._last = OrderId(0)

    async def run(self) -> TrialOutcome:
        """Return what became of it; raise AnyvenueError."""
        bid = await self._bid()
        for distance in _DISTANCES:
            request = self._request(bid * (1 - distance))
            outcome = await self._try(request, is_last=distance == _DISTANCES[-1])
            if outcome is not None:
                return outcome
        raise AssertionError("the last try returns or raises")

    async def _bid(self) -> Decimal:
        """Return the price now; raise ConnectivityError when nothing tells it."""
        name = self._instrument.id
        # A book tells its prices at once, also where nothing moves.
        able = self._driver.capabilities.channels
        for channel in [each for each in ("depth", "quotes") if each in able]:
            self._driver.subscribe(name, channel)
        found = await self._heard.until(lambda: _latest(self._heard.events, name), _PATIENCE_S)
        if found is not None:
            return found
        raise ConnectivityError(
            f"no price of {name} came within {_PATIENCE_S:g} s: choose another with --instrument",
            code="venue.probe_no_price",
            instrument=name,
            seconds=f"{_PATIENCE_S:g}",
        )

    def _request(self, price: Decimal) -> OrderRequest:
        instrument, able = self._instrument, self._driver.capabilities
        limit = instrument.snap(price, Side.BUY)
        times = able.times_in_force
        return OrderRequest(
            self._account,
            instrument.id,
            Side.BUY,
            instrument.smallest_at(limit),
            limit,
            OrderType.LIMIT,
            TimeInForce.GTC if TimeInForce.GTC in times else TimeInForce.DAY,
            Offset.OPEN if instrument.position_rule.hedged else Offset.AUTO,
            post_only=able.post_only,
            tag="probe",
        )

    async def _try(self, request: OrderRequest, *, is_last: bool) -> TrialOutcome | None:
        """Return the outcome, None where the venue takes no such price; nothing was placed then."""
        self._last = order_id = next_order_id(self._last, self._now())
        began = time.monotonic()
        # Any other error says that nothing was placed.
        with suppress(OutcomeUnknown):
            self._driver.submit(SubmitOrder(order_id, request, self._now()))
        try:
            told = await self._heard.until(lambda: self._answer(order_id), _PATIENCE_S)
            if isinstance(told, OrderRejected):
                if is_last:
                    raise _refused(request, told)
                return None
            if told is None:
                raise ConnectivityError(
                    f"the test order {order_id} was not confirmed within {_PATIENCE_S:g} s",
                    code="venue.probe_not_confirmed",
                    order=order_id,
                    seconds=f"{_PATIENCE_S:g}",
                )
            accepted = time.monotonic()
        except asyncio.CancelledError:
            self._on_break()
            raise
        finally:
            # Whatever has happened, Ctrl-C too: the order goes first.
            await self._see_to(self._tidy(order_id, request.quantity))
        filled = self._filled(order_id)
        return TrialOutcome(
            instrument=request.instrument,
            quantity=plain(request.quantity),
            price=plain(request.price or Decimal(0)),
            accepted_s=accepted - began,
            cancelled_s=time.monotonic() - accepted,
            filled=plain(filled) if filled else "",
        )

    async def _see_to(self, tidying: Coroutine[Any, Any, None]) -> None:
        """Wait until the order is gone, also while somebody wants to end this; then let it end."""
        task, broken = asyncio.ensure_future(tidying), False
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                broken = True
                self._on_break()
        task.result()
        if broken:
            raise asyncio.CancelledError

    async def _tidy(self, order_id: OrderId, quantity: Decimal) -> None:
        """Cancel the order until it is gone; raise ConnectivityError where nobody knows that after a while."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _TIDY_S

        def ended() -> bool | None:
            kinds = (OrderCancelled, OrderExpired, OrderRejected)
            done = self._heard.of(kinds, order_id) or self._filled(order_id) >= quantity
            return True if done else None

        while not ended():
            if loop.time() > deadline:
                raise ConnectivityError(
                    f"nobody knows whether the test order {order_id} is gone: look at the venue, and cancel it there",
                    code="venue.probe_left",
                    order=order_id,
                )
            with suppress(AnyvenueError):
                self._driver.cancel(CancelOrder(order_id, self._account, self._now()))
            await self._heard.until(ended, _LOOK_S)

    def _answer(self, order_id: OrderId) -> OrderAccepted | OrderRejected | None:
        rejected = self._heard.of((OrderRejected,), order_id)
        accepted = self._heard.of((OrderAccepted,), order_id)
        return next(iter(accepted), None) or next(iter(rejected), None)

    def _filled(self, order_id: OrderId) -> Decimal:
        fills = self._heard.of((OrderFilled,), order_id)
        return sum((each.fill.quantity for each in fills), Decimal(0))


def _latest(events: Sequence[Event], name: str) -> Decimal | None:
    """Return the last price that was told of an instrument."""
    prices = (_price(event, name) for event in reversed(events))
    return next((each for each in prices if each is not None), None)


def _price(event: Event, name: str) -> Decimal | None:
    if getattr(event, "instrument", "") != name:
        return None
    value = float("nan")
    if isinstance(event, Quote | Depth):
        value = event.bid
    elif isinstance(event, Trade):
        value = event.price
    elif isinstance(event, Bar):
        value = event.close
    return Decimal(repr(value)) if isfinite(value) and value > 0 else None


def _refused(request: OrderRequest, told: OrderRejected) -> VenueRefused:
    return VenueRefused(
        f"the test order was refused: {told.reason}",
        code="venue.probe_order_refused",
        instrument=request.instrument,
        venue_code=told.venue_code,
        venue_text=told.reason,
    )
