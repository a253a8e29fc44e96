"""A served exchange by hand: place orders and look at the account, from asyncio.

    async with PaperClient("paper://127.0.0.1:7788", "alice", "her password") as venue:
        order = await venue.buy("rb2705", 1, price=3300)
        print(order.state, await venue.positions())

What it returns is what the exchange says at that moment; no books are kept here. `PaperVenue` blocks instead.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any

from anyvenue.model.accounts import Account
from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, OrderState, OrderType, Side
from anyvenue.model.errors import AccountError, ConnectivityError, UnknownInstrument, UnknownOrder
from anyvenue.model.events import Event, OrderAccepted, OrderFilled, OrderRejected
from anyvenue.model.ids import InstrumentId, OrderId, StrategyId, next_order_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Quote
from anyvenue.model.numbers import Number, to_decimal
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.model.positions import Position
from anyvenue.model.protocols import Snapshot
from anyvenue.model.sizing import (
    HeldSide,
    Outcome,
    closing_orders,
    missing_to,
    order_quantity,
    working_quantity,
)
from anyvenue.runtime.clock import LiveClock
from anyvenue.venues.paper.config import PaperConfig, parse_url
from anyvenue.venues.paper.driver import PaperDriver
from anyvenue.venues.paper.numbering import FOREIGN

__all__ = ["PaperClient"]

_BY_HAND = StrategyId("manual")


class PaperClient:
    """One account of a served exchange; open it with ``async with``.

    `session` names this client: two of one account need different names. Methods raise what the exchange refuses with.
    """

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
        """Trade `account` at `url`; `on_event` is given every event of the account and its subscriptions.

        With `tls` the connection is encrypted; `ca_file` has the authority that is believed, the system's when empty.
        """
        host, port = parse_url(url)
        self.driver = PaperDriver(
            PaperConfig(
                account=account,
                password=password,
                host=host,
                port=port,
                token=token,
                session=session,
                tls=tls,
                ca_file=ca_file,
            )
        )
        self._on_event = on_event
        self._clock = LiveClock()
        self._last_id = 0
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._answered: set[OrderId] = set()
        self._refused: dict[OrderId, OrderRejected] = {}
        self._changed = asyncio.Event()

    async def __aenter__(self) -> "PaperClient":
        await self.driver.open(self)
        for each in await self.driver.instruments():
            self._instruments[each.id] = each
        self._last_id = max((each.order_id for each in await self._own_orders()), default=0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave; orders stay as they are. Repeated calls do nothing."""
        await self.driver.close()
        self._changed.set()

    def post(self, event: Event) -> None:
        """Take an event from the driver."""
        if isinstance(event, OrderAccepted | OrderRejected | OrderFilled):
            self._answered.add(event.order_id)
        if isinstance(event, OrderRejected):
            self._refused[event.order_id] = event
        if self._on_event is not None:
            self._on_event(event)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    # ---- orders

    async def buy(
        self,
        instrument: str,
        quantity: Number | None = None,
        price: Number | None = None,
        **fields: Any,
    ) -> Order:
        """Send a buy and return its record once the exchange has answered; at market without a price.

        `fields` are those of `OrderRequest`, and `amount`: the size as money. A refused order comes back as REJECTED
        with the reason.
        """
        return await self._order(Side.BUY, instrument, quantity, price, fields)

    async def sell(
        self,
        instrument: str,
        quantity: Number | None = None,
        price: Number | None = None,
        **fields: Any,
    ) -> Order:
        """Send a sell and return its record once the exchange has answered; at market without a price."""
        return await self._order(Side.SELL, instrument, quantity, price, fields)

    async def target(
        self, instrument: str, quantity: Number | None = None, *, amount: Number | None = None
    ) -> Order | None:
        """Send the market order that brings the net position to `quantity`, or to be worth ``amount=``.

        Working orders count as filled. None when nothing is missing; see `model.sizing.missing_to`.
        """
        found = self.find(instrument)
        works = working_quantity(await self.open_orders(), found.id)
        held = (await self.position(found.id)).net + works
        latest = None if amount is None else await self.quote(found.id)
        missing = missing_to(found, held, quantity, amount, latest)
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
    ) -> list[Order]:
        """Close what is held (of one instrument, side or outcome) by reduce-only orders, at market unless `away`.

        See `model.sizing.closing_orders`.
        """
        named = None if instrument is None else self.find(instrument).id
        sent = []
        for position in await self.positions():
            if named not in (None, position.instrument):
                continue
            found, latest = self.find(position.instrument), await self.quote(position.instrument)
            for each in closing_orders(
                found, position, latest, side=side, outcome=outcome, away=away
            ):
                fields = {"reduce_only": True, "offset": each.offset}
                sent.append(
                    await self._order(each.side, found.id, each.quantity, each.price, fields)
                )
        return sent

    async def modify(
        self, order_id: OrderId, *, quantity: Number | None = None, price: Number | None = None
    ) -> None:
        """Ask for another quantity or price; the outcome is in the order's record."""
        self.driver.modify(
            ModifyOrder(
                order_id,
                self.driver.account,
                self._clock.now(),
                None if quantity is None else to_decimal(quantity, "quantity"),
                None if price is None else to_decimal(price, "price"),
            )
        )

    async def cancel(self, order_id: OrderId) -> None:
        """Ask to take an order back; the outcome is in its state."""
        self.driver.cancel(CancelOrder(order_id, self.driver.account, self._clock.now()))

    async def cancel_all(self) -> None:
        """Ask to take back everything that works."""
        for order in await self.open_orders():
            await self.cancel(order.order_id)

    async def order(self, order_id: OrderId) -> Order:
        """Return the latest record of an order; raise UnknownOrder."""
        for each in await self.orders():
            if each.order_id == order_id:
                return each
        raise UnknownOrder(f"there is no order {order_id}", order_id=order_id)

    async def wait(self, order_id: OrderId, timeout: float | None = None) -> Order:
        """Return an order's record once it is done; raise TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while True:
                changed = self._changed
                order = await self.order(order_id)
                if order.done:
                    return order
                await changed.wait()

    async def _order(
        self,
        side: Side,
        instrument: str,
        quantity: Number | None,
        price: Number | None,
        fields: dict[str, Any],
    ) -> Order:
        found, money = self.find(instrument), fields.pop("amount", None)
        measure = price if price is not None else fields.get("stop_price")
        latest = await self.quote(found.id) if money is not None and measure is None else None
        amount = order_quantity(found, side, quantity, money, measure, latest)
        limit = None if price is None else to_decimal(price, "price")
        fields.setdefault("type", OrderType.MARKET if price is None else OrderType.LIMIT)
        fields.setdefault("strategy", _BY_HAND)
        return await self.send(
            OrderRequest(self.driver.account, found.id, side, amount, limit, **fields)
        )

    async def send(self, request: OrderRequest) -> Order:
        """Send a request of the account's and return its record once the exchange has answered."""
        now = self._clock.now()
        order_id = self._last_id = next_order_id(self._last_id, now)
        self.driver.submit(SubmitOrder(order_id, request, now))
        while order_id not in self._answered:
            self._check_open()
            await self._changed.wait()
        self._answered.discard(order_id)
        no = self._refused.pop(order_id, None)
        if no is not None:  # which the exchange may never have taken into its books
            return Order(
                order_id, request, OrderState.REJECTED, reason=no.reason, venue_code=no.code
            )
        return await self.order(order_id)

    # ---- what is so

    def find(self, instrument: str) -> Instrument:
        """Return the listed instrument that a text names; raise UnknownInstrument or AmbiguousInstrument."""
        for each in self._instruments.values():
            if instrument in (each.id, each.symbol):
                return each
        from anyvenue.reference.catalog import Catalog  # only for those who write it differently
        from anyvenue.reference.resolver import resolve_listed

        found = resolve_listed(Catalog(), instrument, self._instruments)
        if found is not None:
            return found
        names = ", ".join(self._instruments)
        raise UnknownInstrument(
            f"{instrument} is not listed here; there is: {names}",
            instrument=instrument,
            suggestions=tuple(self._instruments),
        )

    def instruments(self) -> list[Instrument]:
        """Return what is listed."""
        return list(self._instruments.values())

    def subscribe(self, instrument: str) -> None:
        """Have the market events of an instrument given to `on_event`."""
        self.driver.subscribe(self.find(instrument).id, "all")

    async def quote(self, instrument: str) -> Quote | Depth | None:
        """Return the latest snapshot, None before the first."""
        return await self.driver.quote(self.find(instrument).id)

    async def orders(self) -> list[Order]:
        """Return all orders of the account, oldest first."""
        return await self.driver.orders()

    async def open_orders(self) -> list[Order]:
        """Return the orders that may still change."""
        return [each for each in await self.orders() if not each.done]

    async def fills(self) -> list[Fill]:
        """Return all fills, oldest first."""
        return list((await self._snapshot()).fills)

    async def positions(self) -> list[Position]:
        """Return the positions that are not flat."""
        return list((await self._snapshot()).positions)

    async def position(self, instrument: str) -> Position:
        """Return the position in one instrument."""
        found, account = self.find(instrument), self.driver.account
        held = {each.instrument: each for each in await self.positions()}
        return held.get(found.id) or Position(account, found.id)

    async def account(self, currency: str = "CNY") -> Account:
        """Return the account's figures in a currency; raise AccountError where it has none."""
        figures = (await self._snapshot()).balances
        for each in figures:
            if each.currency == currency:
                return each
        known = ", ".join(each.currency for each in figures)
        raise AccountError(
            f"{self.driver.account} has no {currency}, but {known}", currency=currency
        )

    async def _snapshot(self) -> Snapshot:
        return await self.driver.snapshot(self.driver.account, (0, 0))

    async def _own_orders(self) -> list[Order]:
        return [each for each in await self.orders() if each.order_id < FOREIGN]

    def _check_open(self) -> None:
        if self.driver.state is DriverState.CLOSED:
            raise ConnectivityError("the connection to the exchange is closed; open it again")
