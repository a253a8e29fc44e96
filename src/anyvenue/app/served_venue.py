"""A served exchange in a script or a notebook: the calls of a simulated venue, to accounts that others trade with."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Unpack

from anyvenue.model.accounts import Account
from anyvenue.model.enums import Side
from anyvenue.model.errors import UnknownOrder
from anyvenue.model.events import Event
from anyvenue.model.ids import OrderId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Quote
from anyvenue.model.numbers import Number
from anyvenue.model.orders import Fill, Order
from anyvenue.model.positions import Position
from anyvenue.strategy.handles import OrderHandle
from anyvenue.strategy.options import OrderOptions, make_request
from anyvenue.venues.paper.blocking import PaperVenue

__all__ = ["ServedOrder", "ServedVenue"]

_BY_HAND = StrategyId("manual")


class ServedOrder(OrderHandle):
    """An order handle that asks the exchange whenever it is read, and whose `wait` blocks the calling thread."""

    __slots__ = ("_first", "_venue")

    def __init__(self, venue: PaperVenue, order: Order) -> None:
        super().__init__(
            (order.order_id,), order.instrument, order.quantity, self._look_up, venue.cancel
        )
        self._venue = venue
        self._first = order

    def wait(self, timeout: float | None = None) -> "ServedOrder":
        """Return once the order is done; raise TimeoutError after `timeout` seconds."""
        if not self._first.done:
            self._venue.wait(self._first.order_id, timeout)
        return self

    def _look_up(self, order_id: OrderId) -> Order:
        try:
            return self._first if self._first.done else self._venue.order(order_id)
        except UnknownOrder:  # refused before it was in any book
            return self._first


class ServedVenue:
    """One account of a served exchange: every call blocks until it has its answer, and says what is so at that moment.

    Use it as a context manager, or call `open` and `close`. Orders stay as they are when it is closed.
    """

    def __init__(
        self,
        url: str,
        account: str,
        password: str,
        *,
        on_event: Callable[[Event], None] | None = None,
        **options: Any,
    ) -> None:
        """Trade `account` at `url`; `options` are those of `PaperVenue`."""
        self._venue = PaperVenue(url, account, password, on_event=on_event, **options)

    def open(self) -> "ServedVenue":
        """Connect; raise AuthError or ConnectivityError. Repeated calls do nothing."""
        self._venue.open()
        return self

    def close(self) -> None:
        """Leave; orders stay as they are. Repeated calls do nothing."""
        self._venue.close()

    def __enter__(self) -> "ServedVenue":
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ---- market

    def instruments(self, text: str = "") -> list[Instrument]:
        """Return what is listed and has `text` in its id or name."""
        wanted = text.casefold()
        return [
            each
            for each in self._venue.instruments()
            if wanted in f"{each.id} {each.name} {each.name_zh}".casefold()
        ]

    def quote(self, instrument: str) -> Quote | Depth | None:
        """Return the latest snapshot, None before the first."""
        return self._venue.quote(instrument)

    def subscribe(self, instrument: str) -> None:
        """Have the market events of an instrument given to `on_event`."""
        self._venue.subscribe(instrument)

    # ---- orders

    def buy(
        self,
        instrument: str,
        quantity: Number,
        price: Number | None = None,
        **options: Unpack[OrderOptions],
    ) -> ServedOrder:
        """Send a buy and return its handle once the exchange has answered; at market without a price."""
        return self._order(Side.BUY, instrument, quantity, price, options)

    def sell(
        self,
        instrument: str,
        quantity: Number,
        price: Number | None = None,
        **options: Unpack[OrderOptions],
    ) -> ServedOrder:
        """Send a sell and return its handle once the exchange has answered; at market without a price."""
        return self._order(Side.SELL, instrument, quantity, price, options)

    def cancel(self, order: ServedOrder) -> None:
        """Ask to take an order back; the outcome is in its state."""
        order.cancel()

    def cancel_all(self) -> None:
        """Ask to take back everything that works."""
        self._venue.cancel_all()

    def orders(self) -> list[Order]:
        """Return all orders of the account, oldest first."""
        return self._venue.orders()

    def open_orders(self) -> list[Order]:
        """Return the orders that may still change."""
        return self._venue.open_orders()

    def fills(self) -> list[Fill]:
        """Return all fills, oldest first."""
        return self._venue.fills()

    # ---- the account

    def position(self, instrument: str) -> Position:
        """Return the position in one instrument."""
        return self._venue.position(instrument)

    def positions(self) -> list[Position]:
        """Return the positions that are not flat."""
        return self._venue.positions()

    def account(self, currency: str = "CNY") -> Account:
        """Return the account's figures in a currency."""
        return self._venue.account(currency)

    def _order(
        self,
        side: Side,
        instrument: str,
        quantity: Number,
        price: Number | None,
        options: OrderOptions,
    ) -> ServedOrder:
        account, found = self._venue.account_id, self._venue.find(instrument)
        request = make_request(account, _BY_HAND, found.id, side, quantity, price, options)
        return ServedOrder(self._venue, self._venue.send(request))
