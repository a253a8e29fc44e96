"""A dry run: real market data, orders that never leave."""

import asyncio
from decimal import Decimal

from anyvenue.engine.live import DryDriver, LiveNode
from anyvenue.engine.live.following import FollowingClock
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import DriverState, OrderState, Side
from anyvenue.model.events import OrderSubmitted
from anyvenue.model.ids import AccountId, VenueId
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.clock import LiveClock
from anyvenue.strategy.base import Strategy
from live_nodes import until
from served import RB, Served, order, served

D = Decimal
ALICE, PAPER = AccountId("alice"), VenueId("paper")


class Watcher(Strategy):
    """Only watches."""

    seen = 0

    def on_start(self) -> None:
        self.quotes(self.instrument)

    def on_quote(self, quote: object) -> None:
        Watcher.seen += 1


def dry_node(exchange: Served, cash: dict[str, Decimal] | None = None) -> LiveNode:
    """Return a node for alice whose orders stay at home; it watches rb."""
    catalog = Catalog()
    clock = FollowingClock(LiveClock())
    node = LiveNode(catalog, clock=clock, sessions_of=lambda each: get_sessions("always"))
    driver = DryDriver(
        exchange.driver("alice"),
        ALICE,
        node.node.instrument,
        node.node.sessions_of,
        VenueOptions(hours="always", latency_ms=1.0),
        clock,
        cash,
        clock.heard,
    )
    node.add_venue(driver)
    node.add_account(ALICE, PAPER)
    Watcher.seen = 0
    node.add_strategy(Watcher, ALICE, [catalog.get(RB)])
    return node


def test_orders_are_filled_by_the_venues_prices_and_never_reach_it() -> None:
    async def main() -> None:
        async with served() as exchange:
            node = dry_node(exchange)
            await node.start()
            bob, _ = await exchange.client("bob")
            bob.submit(order("bob", 1, Side.SELL, 3500, 5))
            await until(lambda: Watcher.seen)
            wish = OrderRequest(ALICE, RB, Side.BUY, D(2), D(3501))
            (order_id,) = node.node.desk.submit(wish)
            low = OrderRequest(ALICE, RB, Side.BUY, D(1), D(3400))
            (resting,) = node.node.desk.submit(low)
            await until(lambda: node.node.desk.order(resting).state is OrderState.OPEN)
            bob.submit(order("bob", 2, Side.SELL, 3600, 1))
            bob.submit(order("bob", 3, Side.SELL, 3500, 2))
            await until(lambda: node.node.desk.order(order_id).filled == 2)
            position = node.node.desk.account(ALICE).position(RB)
            assert (position.long, position.short) == (2, 0)
            assert await node.stop() == []
            assert node.node.desk.order(resting).state is OrderState.CANCELLED
            venue = exchange.exchange._machine.broker
            assert not list(venue.exchange.account(ALICE).orders)
            told = [event for _, event in venue.events(ALICE)]
            assert not [event for event in told if isinstance(event, OrderSubmitted)]

    asyncio.run(main())


def test_the_money_is_that_of_the_account_unless_it_is_given() -> None:
    async def main() -> None:
        async with served() as exchange:
            for cash, expected in ((None, 1_000_000), ({"CNY": D(5000)}, 5000)):
                node = dry_node(exchange, cash)
                await node.start()
                assert node.node.desk.account(ALICE).figures("CNY", node.now()).balance == expected
                await node.stop()

    asyncio.run(main())


def test_while_the_venue_is_away_nothing_can_be_ordered() -> None:
    async def main() -> None:
        async with served() as exchange:
            node = dry_node(exchange)
            await node.start()
            bob, _ = await exchange.client("bob")
            bob.submit(order("bob", 1, Side.SELL, 3500))
            await until(lambda: Watcher.seen)
            driver = node.sessions[PAPER].driver
            assert isinstance(driver, DryDriver)
            driver._driver._link.abort()  # type: ignore[attr-defined]
            await until(lambda: driver.state is DriverState.DEGRADED)
            wish = OrderRequest(ALICE, RB, Side.BUY, D(1), D(3400))
            (refused,) = node.node.desk.submit(wish)
            assert node.node.desk.order(refused).state is OrderState.REJECTED
            session = node.sessions[PAPER]
            await until(lambda: driver.state is DriverState.READY and not session.is_ready(ALICE))
            await until(lambda: session.is_ready(ALICE))
            (order_id,) = node.node.desk.submit(wish)
            await until(lambda: node.node.desk.order(order_id).state is OrderState.OPEN)
            await node.stop()

    asyncio.run(main())
