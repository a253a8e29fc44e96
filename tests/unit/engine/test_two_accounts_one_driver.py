"""Two accounts of one node at one venue, through one driver: books of their own, orders of their own."""

import asyncio
from decimal import Decimal

from anyvenue.engine.live import LiveNode
from anyvenue.engine.sim_broker import SimBroker
from anyvenue.engine.sim_driver import SimDriver
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import DriverState, OrderState, Side
from anyvenue.model.events import VenueStateChanged
from anyvenue.model.ids import VenueId
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Inbox
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from builders import ALICE, BOB, at
from live_nodes import until
from served import RB

SIM = VenueId("sim")


class ReadyDriver(SimDriver):
    """Says that it is ready, as a driver of a venue elsewhere does."""

    async def open(self, inbox: Inbox) -> None:
        await super().open(inbox)
        inbox.post(VenueStateChanged(SIM, DriverState.READY, self._broker.now, self._broker.now))


class Clock:
    """Shows the broker's time."""

    def __init__(self, broker: SimBroker) -> None:
        self._broker = broker

    def now(self) -> int:
        return self._broker.now


def test_two_accounts_trade_with_each_other_over_one_connection() -> None:
    async def main() -> None:
        catalog = Catalog()
        options = VenueOptions(hours="always", matching="book")
        broker = SimBroker(catalog.get, lambda each: get_sessions("always"), options)
        broker.now = at("10:00")
        driver = ReadyDriver(broker)
        node = LiveNode(
            catalog, clock=Clock(broker), sessions_of=lambda each: get_sessions("always")
        )
        node.add_venue(driver)
        for account in (ALICE, BOB):
            broker.create_account(account, {"CNY": Decimal(1_000_000)})
            driver.add_account(account)
            node.add_account(account, SIM)
        broker.exchange.open_markets([catalog.get(RB)], broker.now)
        await node.start()
        desk = node.node.desk
        assert {desk.account(each).ledger.balance("CNY") for each in (ALICE, BOB)} == {1_000_000}
        orders = []
        for account, side in ((ALICE, Side.BUY), (BOB, Side.SELL)):
            (order_id,) = desk.submit(OrderRequest(account, RB, side, Decimal(2), Decimal(3500)))
            orders.append(order_id)
            broker.run_due()
        await until(lambda: all(desk.order(each).state is OrderState.FILLED for each in orders))
        assert (desk.account(ALICE).position(RB).net, desk.account(BOB).position(RB).net) == (2, -2)
        for account in (ALICE, BOB):
            assert (await node.sessions[SIM].reconcile(account)).events == ()
        assert await node.stop() == []

    asyncio.run(main())
