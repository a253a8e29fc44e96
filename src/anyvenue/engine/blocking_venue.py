"""The simulated venue for scripts and notebooks: `connect` opens it on a thread of its own."""

import asyncio
from collections.abc import Callable
from typing import Any, Unpack

from anyvenue.engine.async_venue import AsyncOrder, AsyncVenue
from anyvenue.model.accounts import Account
from anyvenue.model.events import CommandRefused
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, FundingRate, Quote
from anyvenue.model.numbers import Number
from anyvenue.model.orders import Fill, Order
from anyvenue.model.positions import Position
from anyvenue.model.sizing import HeldSide, Outcome
from anyvenue.runtime.blocking import Blocking
from anyvenue.strategy.handles import OrderHandle
from anyvenue.strategy.options import OrderOptions
from anyvenue.strategy.wishes import AccountWishes, Make

__all__ = ["Venue", "VenueOrder"]


class VenueOrder(OrderHandle):
    """An order handle whose `wait` blocks the calling thread."""

    __slots__ = ("_venue",)

    def __init__(self, venue: "Venue", order: AsyncOrder) -> None:
        find: Callable[[OrderId], Order] = order._find
        super().__init__(
            order.order_ids, order.instrument, order.quantity, find, venue._cancel_order
        )
        self._venue = venue

    def wait(self, timeout: float | None = None) -> "VenueOrder":
        """Return once the order is done; raise TimeoutError after `timeout` seconds."""
        self._venue._wait(self, timeout)
        return self


class Venue(Blocking[AsyncVenue], AccountWishes):
    """The simulated venue for scripts and notebooks: every call blocks until it has its answer.

    The node runs on a thread of its own. Use it as a context manager, or call `open` and `close`, which cancels what
    works.
    """

    def __init__(self, venue: AsyncVenue | None = None, **options: Any) -> None:
        """Take the keywords of `AsyncVenue`."""
        super().__init__(lambda: venue or AsyncVenue(**options))

    def subscribe(self, instrument: str) -> Instrument:
        """Make sure there is a market in an instrument and return its record; raise UnknownInstrument."""
        return self._call(self._opened().subscribe(instrument))

    def quote(self, instrument: str) -> Quote | Depth:
        """Return the latest snapshot, waiting for the first one."""
        return self._call(self._opened().quote(instrument))

    def find(self, instrument: str) -> Instrument:
        """Return the instrument that a text names; raise UnknownInstrument or AmbiguousInstrument."""
        return self._do(lambda venue: venue.find(instrument))

    def instruments(self, text: str = "", limit: int = 50) -> list[Instrument]:
        """Return at most `limit` listed instruments whose id or name fits `text`, best first."""
        return self._do(lambda venue: venue.instruments(text, limit))

    def funding(self, instrument: str) -> FundingRate | None:
        """Return the next funding rate that is known of a perpetual; None when nobody told one."""
        return self._do(lambda venue: venue.funding(instrument))

    def buy(
        self,
        instrument: str,
        quantity: Number | None = None,
        price: Number | None = None,
        **options: Unpack[OrderOptions],
    ) -> VenueOrder:
        """Send a buy of a quantity or an ``amount=``: limit at `price`, market without; raise OrderError."""
        venue = self._opened()
        return VenueOrder(self, self._call(venue.buy(instrument, quantity, price, **options)))

    def sell(
        self,
        instrument: str,
        quantity: Number | None = None,
        price: Number | None = None,
        **options: Unpack[OrderOptions],
    ) -> VenueOrder:
        """Send a sell of a quantity or an ``amount=``: limit at `price`, market without; raise OrderError."""
        venue = self._opened()
        return VenueOrder(self, self._call(venue.sell(instrument, quantity, price, **options)))

    def target(
        self, instrument: str, quantity: Number | None = None, *, amount: Number | None = None
    ) -> VenueOrder | None:
        """Send the market order that brings the net position to `quantity`, or to be worth ``amount=``.

        Working orders count as filled. None when nothing is missing; see `model.sizing.missing_to`.
        """
        venue = self._opened()
        sent = self._call(venue.target(instrument, quantity, amount=amount))
        return None if sent is None else VenueOrder(self, sent)

    def close_all(
        self,
        instrument: str | None = None,
        *,
        side: HeldSide | None = None,
        outcome: Outcome | None = None,
        away: Number | None = None,
    ) -> list[VenueOrder]:
        """Close what is held (of one instrument, side or outcome) by reduce-only orders, at market unless `away`.

        See `model.sizing.closing_orders`.
        """
        venue = self._opened()
        sent = self._call(venue.close_all(instrument, side=side, outcome=outcome, away=away))
        return [VenueOrder(self, each) for each in sent]

    def modify(
        self, order_id: OrderId, *, quantity: Number | None = None, price: Number | None = None
    ) -> None:
        """Ask for another quantity or price of one venue order; raise UnknownOrder, OffTick, OffLot or InvalidOrder."""
        self._do(lambda venue: venue.modify(order_id, quantity=quantity, price=price))

    def cancel(self, order: OrderHandle) -> None:
        """Ask to take back what is still working of an order."""
        order.cancel()

    def cancel_order(self, order_id: OrderId) -> None:
        """Ask to take one venue order back; raise UnknownOrder."""
        self._cancel_order(order_id)

    def cancel_all(self) -> None:
        """Ask to take back everything that works."""
        self._do(lambda venue: venue.cancel_all())

    def orders(self) -> list[Order]:
        """Return all orders, oldest first."""
        return self._do(lambda venue: venue.orders())

    def open_orders(self) -> list[Order]:
        """Return the orders that may still change."""
        return self._do(lambda venue: venue.open_orders())

    def fills(self) -> list[Fill]:
        """Return all fills, oldest first."""
        return self._do(lambda venue: venue.fills())

    def refusals(self) -> list[CommandRefused]:
        """Return what was refused of the wishes that are no orders, such as a leverage, oldest first."""
        return self._do(lambda venue: venue.refusals())

    def positions(self) -> list[Position]:
        """Return the positions that are not flat."""
        return self._do(lambda venue: venue.positions())

    def position(self, instrument: str) -> Position:
        """Return the position in one instrument."""
        return self._do(lambda venue: venue.position(instrument))

    def account(self, currency: str = "CNY") -> Account:
        """Return the account's figures in a currency."""
        return self._do(lambda venue: venue.account(currency))

    # ---- inside

    def _wish(self, instrument: str, make: Make) -> None:
        self._do(lambda venue: venue._wish(instrument, make))

    def _cancel_order(self, order_id: OrderId) -> None:
        self._do(lambda venue: venue.cancel_order(order_id))

    def _wait(self, order: OrderHandle, timeout: float | None) -> None:
        venue = self._opened()

        async def until_done() -> None:
            async with asyncio.timeout(timeout):
                while not order.done:
                    await venue.changed()

        self._call(until_done())
