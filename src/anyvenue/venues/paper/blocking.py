"""A served exchange for scripts and notebooks: every call blocks until it has its answer."""

from collections.abc import Callable
from typing import Any

from anyvenue.model.accounts import Account
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Quote
from anyvenue.model.numbers import Number
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.model.positions import Position
from anyvenue.runtime.blocking import Blocking
from anyvenue.venues.paper.client import PaperClient

__all__ = ["PaperVenue"]


class PaperVenue(Blocking[PaperClient]):
    """A `PaperClient` on a thread of its own; use it with ``with``, or call `open` and `close`.

    `open` raises AuthError or ConnectivityError; orders stay as they are when it is closed. `on_event` is called on
    that thread.
    """

    opener = "PaperVenue(...)"

    def __init__(
        self,
        url: str,
        account: str,
        password: str,
        *,
        token: str = "",
        session: str = "hand",
        on_event: Callable[[Event], None] | None = None,
        tls: bool = False,
        ca_file: str = "",
    ) -> None:
        """Trade `account` at `url`, such as paper://127.0.0.1:7788; see `PaperClient`."""
        self.account_id = AccountId(account)
        super().__init__(
            lambda: PaperClient(
                url,
                account,
                password,
                token=token,
                session=session,
                on_event=on_event,
                tls=tls,
                ca_file=ca_file,
            )
        )

    def buy(
        self,
        instrument: str,
        quantity: Number | None = None,
        price: Number | None = None,
        **fields: Any,
    ) -> Order:
        """Send a buy and return its record once the exchange has answered; see `PaperClient.buy`."""
        return self._call(self._opened().buy(instrument, quantity, price, **fields))

    def sell(
        self,
        instrument: str,
        quantity: Number | None = None,
        price: Number | None = None,
        **fields: Any,
    ) -> Order:
        """Send a sell and return its record once the exchange has answered; see `PaperClient.buy`."""
        return self._call(self._opened().sell(instrument, quantity, price, **fields))

    def send(self, request: OrderRequest) -> Order:
        """Send a request of the account's and return its record once the exchange has answered."""
        return self._call(self._opened().send(request))

    def modify(
        self, order_id: OrderId, *, quantity: Number | None = None, price: Number | None = None
    ) -> None:
        """Ask for another quantity or price; the outcome is in the order's record."""
        self._call(self._opened().modify(order_id, quantity=quantity, price=price))

    def cancel(self, order_id: OrderId) -> None:
        """Ask to take an order back; the outcome is in its state."""
        self._call(self._opened().cancel(order_id))

    def cancel_all(self) -> None:
        """Ask to take back everything that works."""
        self._call(self._opened().cancel_all())

    def order(self, order_id: OrderId) -> Order:
        """Return the latest record of an order; raise UnknownOrder."""
        return self._call(self._opened().order(order_id))

    def wait(self, order_id: OrderId, timeout: float | None = None) -> Order:
        """Return an order's record once it is done; raise TimeoutError after `timeout` seconds."""
        return self._call(self._opened().wait(order_id, timeout))

    def instruments(self) -> list[Instrument]:
        """Return what is listed."""
        return self._opened().instruments()

    def find(self, instrument: str) -> Instrument:
        """Return a listed instrument by its id or its symbol; raise UnknownInstrument."""
        return self._opened().find(instrument)

    def quote(self, instrument: str) -> Quote | Depth | None:
        """Return the latest snapshot, None before the first."""
        return self._call(self._opened().quote(instrument))

    def subscribe(self, instrument: str) -> None:
        """Have the market events of an instrument given to `on_event`."""
        self._do(lambda client: client.subscribe(instrument))

    def orders(self) -> list[Order]:
        """Return all orders of the account, oldest first."""
        return self._call(self._opened().orders())

    def open_orders(self) -> list[Order]:
        """Return the orders that may still change."""
        return self._call(self._opened().open_orders())

    def fills(self) -> list[Fill]:
        """Return all fills, oldest first."""
        return self._call(self._opened().fills())

    def positions(self) -> list[Position]:
        """Return the positions that are not flat."""
        return self._call(self._opened().positions())

    def position(self, instrument: str) -> Position:
        """Return the position in one instrument."""
        return self._call(self._opened().position(instrument))

    def account(self, currency: str = "CNY") -> Account:
        """Return the account's figures in a currency."""
        return self._call(self._opened().account(currency))
