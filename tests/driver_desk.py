"""A driver of one account with the exchange at its other end, and what it posted."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import OrderType, Side, TimeInForce
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, next_order_id
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.tracking.driver import AccountDriver
from wire_served import Stall

__all__ = ["ACCOUNT", "Desk"]

ACCOUNT = AccountId("main")
PATIENCE_S = 60.0


class Desk:
    """Trades `name` by a driver that was made for `ACCOUNT`."""

    def __init__(self, booth: Stall, driver: AccountDriver, name: InstrumentId) -> None:
        self.booth, self.name = booth, name
        self.driver: Any = driver  # with what its venue has besides
        self.events: list[Event] = []
        self._last = OrderId(0)

    def post(self, event: Event) -> None:
        """Take an event."""
        self.events.append(event)

    def of(self, kind: type, order_id: int = 0) -> list[Any]:
        """Return the events of a kind, of one order where one is named."""
        return [
            each
            for each in self.events
            if isinstance(each, kind) and order_id in (0, getattr(each, "order_id", 0))
        ]

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is so."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not true():
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"the last events: {self.events[-6:]}") from None

    def now(self) -> int:
        """Return the time, int ns UTC."""
        return self.booth.clock.now()

    def order(
        self, side: Side, quantity: str, price: str | None = None, **fields: Any
    ) -> SubmitOrder:
        """Return the command of an order, at the market without a price."""
        self._last = next_order_id(self._last, self.now())
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        wanted = {"type": kind, "time_in_force": TimeInForce.GTC} | fields
        number = None if price is None else Decimal(price)
        request = OrderRequest(ACCOUNT, self.name, side, Decimal(quantity), number, **wanted)
        return SubmitOrder(self._last, request, self.now())

    def submit(self, side: Side, quantity: str, price: str | None = None, **fields: Any) -> OrderId:
        """Send an order."""
        command = self.order(side, quantity, price, **fields)
        self.driver.submit(command)
        return command.order_id

    def cancel(self, order_id: OrderId) -> None:
        """Cancel an order."""
        self.driver.cancel(CancelOrder(order_id, ACCOUNT, self.now()))

    def modify(
        self, order_id: OrderId, quantity: str | None = None, price: str | None = None
    ) -> None:
        """Change an order."""
        change = [None if each is None else Decimal(each) for each in (quantity, price)]
        self.driver.modify(ModifyOrder(order_id, ACCOUNT, self.now(), *change))

    async def positions(self) -> list[tuple[InstrumentId, Decimal, Decimal]]:
        """Return what is held long and short."""
        found = await self.driver.snapshot(ACCOUNT, (0, 0))
        return [(each.instrument, each.long, each.short) for each in found.positions]
