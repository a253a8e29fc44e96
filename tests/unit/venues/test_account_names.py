"""An account has the node's name in the node and the venue's at the venue."""

import asyncio
from decimal import Decimal

import msgspec
import pytest

from anyvenue.engine.live import LiveNode
from anyvenue.model.enums import OrderState, Side
from anyvenue.model.errors import AccountError
from anyvenue.model.events import OrderFilled, OrderSubmitted, PositionsAligned
from anyvenue.model.ids import AccountId, OrderId, VenueId
from anyvenue.model.orders import OrderRequest
from anyvenue.model.positions import Position
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.paper.driver import PaperDriver
from anyvenue.venues.registry import driver_from
from anyvenue.venues.renaming import renamed
from live_nodes import until
from served import RB, Served, order, served

HOME, AWAY = AccountId("home"), AccountId("away")


def driver_at(exchange: Served, account: AccountId) -> PaperDriver:
    """Return the driver of the exchange's alice, whom the node calls something else."""
    config = PaperConfig(account="alice", password="secret", port=exchange.port)
    return PaperDriver(config, venue=f"paper-{account}", account=account)


def theirs(exchange: Served) -> Position:
    """Return what alice holds at an exchange."""
    return exchange.exchange.broker.exchange.account(AccountId("alice")).position(RB)


def test_two_accounts_of_one_name_at_two_exchanges_are_two_accounts() -> None:
    async def main() -> None:
        async with served() as first, served() as second:
            node = LiveNode(Catalog(), sessions_of=lambda each: get_sessions("always"))
            for exchange, account in ((first, HOME), (second, AWAY)):
                driver = driver_at(exchange, account)
                node.add_venue(driver)
                node.add_account(account, VenueId(driver.venue))
            await node.start()
            bob, _ = await second.client("bob")
            desk = node.node.desk
            (wish,) = desk.submit(OrderRequest(AWAY, RB, Side.BUY, Decimal(2), Decimal(3500)))
            await until(lambda: desk.order(wish).state is OrderState.OPEN)
            bob.submit(order("bob", 1, Side.SELL, 3500))
            await until(lambda: desk.order(wish).filled == 1)
            assert desk.account(AWAY).position(RB).long == theirs(second).long == 1
            assert desk.account(HOME).position(RB).flat
            assert theirs(first).flat
            for session in node.sessions.values():
                (account,) = session.accounts
                correction = await session.reconcile(account)
                assert correction.events == ()
            assert await node.stop() == []

    asyncio.run(main())


def test_a_driver_answers_to_the_nodes_name_only() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver = driver_at(exchange, HOME)
            await driver.open(_Nobody())
            snapshot = await driver.snapshot(HOME, (0, 0))
            assert {each.account for each in snapshot.balances} == {HOME}
            with pytest.raises(AccountError):
                await driver.snapshot(AccountId("alice"), (0, 0))
            await driver.close()

    asyncio.run(main())


def test_a_name_goes_all_the_way_in() -> None:
    wish = order("alice", 1, Side.BUY, 3500).request
    submitted = OrderSubmitted(AccountId("alice"), OrderId(1), wish, 0, 0)
    assert renamed(submitted, HOME).request.account == HOME
    aligned = PositionsAligned(AccountId("a"), RB, Position(AccountId("a"), RB), 0, 0)
    assert renamed(aligned, HOME).position.account == HOME
    assert "fill" in OrderFilled.__struct_fields__


def test_a_driver_in_a_child_process_has_the_nodes_name_too() -> None:
    settings = msgspec.to_builtins(PaperConfig(account="alice"))
    driver = driver_from("paper", "paper", settings, "home")
    assert isinstance(driver, PaperDriver)
    assert driver.account == HOME


class _Nobody:
    def post(self, event: object) -> None:
        """Hear nothing."""
