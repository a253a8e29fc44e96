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
from anyvenue.model.sizing import HeldSide, Outcome, closing_orders, missing_to, working_quantity
from anyvenue.strategy.handles import OrderHandle
from anyvenue.strategy.options import OrderOptions, make_request, size_of
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

    def find(self, instrument: str) -> Instrument:
        """Return the listed instrument that a text names; raise UnknownInstrument or AmbiguousInstrument."""
        return self._venue.find(instrument)

    def instruments(self, text: str = "", limit: int = 50) -> list[Instrument]:
        """Return at most `limit` of what is listed and has `text` in its id or name."""
        wanted = text.casefold()
        fitting = [
            each
            for each in self._venue.instruments()
            if wanted in f"{each.id} {each.name} {each.name_zh}".casefold()
        ]
        return fitting[:limit]

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
        quantity: Number | None = None,
        price: Number | None = None,
        **options: Unpack[OrderOptions],
    ) -> ServedOrder:
        """Send a buy and return its handle once the exchange has answered; at market without a price.

        ``amount=`` gives its size as money.
        """
        return self._order(Side.BUY, instrument, quantity, price, options)

    def sell(
        self,
        instrument: str,
        quantity: Number | None = None,
        price: Number | None = None,
        **options: Unpack[OrderOptions],
    ) -> ServedOrder:
        """Send a sell and return its handle once the exchange has answered; at market without a price.

        ``amount=`` gives its size as money.
        """
        return self._order(Side.SELL, instrument, quantity, price, options)

    def target(
        self, instrument: str, quantity: Number | None = None, *, amount: Number | None = None
    ) -> ServedOrder | None:
        """Send the market order that brings the net position to `quantity`, or to be worth ``amount=``.

        Working orders count as filled. None when nothing is missing; see `model.sizing.missing_to`.
        """
        found = self.find(instrument)
        held = self.position(found.id).net + working_quantity(self.open_orders(), found.id)
        latest = None if amount is None else self.quote(found.id)
        missing = missing_to(found, held, quantity, amount, latest)
        return None if missing is None else self._order(missing[0], found.id, missing[1], None, {})

    def close_all(
        self,
        instrument: str | None = None,
        *,
        side: HeldSide | None = None,
        outcome: Outcome | None = None,
        away: Number | None = None,
    ) -> list[ServedOrder]:
        """Close what is held (of one instrument, side or outcome) by reduce-only orders, at market unless `away`.

        See `model.sizing.closing_orders`.
        """
        named = None if instrument is None else self.find(instrument).id
        sent = []
        for position in self.positions():
            if named not in (None, position.instrument):
                continue
            found, latest = self.find(position.instrument), self.quote(position.instrument)
            for each in closing_orders(
                found, position, latest, side=side, outcome=outcome, away=away
            ):
                terms: OrderOptions = {"reduce_only": True, "offset": each.offset}
                sent.append(self._order(each.side, found.id, each.quantity, each.price, terms))
        return sent

    def modify(
        self, order_id: OrderId, *, quantity: Number | None = None, price: Number | None = None
    ) -> None:
        """Ask for another quantity or price of an order; the outcome is in its record."""
        self._venue.modify(order_id, quantity=quantity, price=price)

    def cancel(self, order: ServedOrder) -> None:
        """Ask to take an order back; the outcome is in its state."""
        order.cancel()

    def cancel_order(self, order_id: OrderId) -> None:
        """Ask to take an order back; the outcome is in its state."""
        self._venue.cancel(order_id)

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
        quantity: Number | None,
        price: Number | None,
        options: OrderOptions,
    ) -> ServedOrder:
        account, found = self._venue.account_id, self._venue.find(instrument)
        size = size_of(found, side, quantity, price, options, lambda: self.quote(found.id))
        request = make_request(account, _BY_HAND, found.id, side, size, price, options)
        return ServedOrder(self._venue, self._venue.send(request))
