"""A live node keeps its books as the venue keeps the account, hedged or one-way, or does not start."""

import asyncio
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import asdict

from anyvenue.app.messages import translate
from anyvenue.engine.live import LiveNode
from anyvenue.model.enums import Offset, Side
from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import AccountId, VenueId
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Driver
from anyvenue.oms.account_state import AccountSettings
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.processes import HostedDriver
from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.driver import BinanceDriver
from binance_served import ALICE, KEY, PERP, Booth, booth

ACCOUNT, BINANCE = AccountId("coins"), VenueId("binance")
IN_CHILD = "anyvenue.venues.registry:driver_from"

pytestmark = pytest.mark.long


def config_for(place: Booth, market: str = "usdm", key: str = KEY.api_key) -> BinanceConfig:
    version = "ws-api/v3" if market == "spot" else "ws-fapi/v1"
    return BinanceConfig(
        api_key=key,
        secret=KEY.secret,
        market=market,  # type: ignore[arg-type]
        rest_url=place.url,
        stream_url=place.stream_url,
        api_url=f"{place.stream_url}/{version}",
    )


def node_of(driver: Driver, *, hedged: bool) -> LiveNode:
    node = LiveNode(Catalog(), sessions_of=lambda each: get_sessions("always"))
    node.add_venue(driver)
    node.add_account(ACCOUNT, BINANCE, settings=AccountSettings(hedged=hedged))
    return node


def run(test: Callable[[Booth], Coroutine[Any, Any, None]], *, hedged: bool) -> None:
    """Run a test against a served exchange where alice is in this mode."""

    async def main() -> None:
        async with booth() as place:
            place.make_market(PERP)
            place.exchange.set_hedged(ALICE, hedged)
            await test(place)

    asyncio.run(main())


@pytest.mark.parametrize("hedged", [True, False])
def test_a_node_of_the_other_mode_does_not_start_and_says_what_to_set(hedged: bool) -> None:
    async def test(place: Booth) -> None:
        node = node_of(BinanceDriver(config_for(place), account=ACCOUNT), hedged=not hedged)
        try:
            with pytest.raises(ConfigError, match=f"hedged = {str(hedged).lower()}") as caught:
                await node.start()
            assert f"hedged = {str(hedged).lower()}" in translate(caught.value, "zh")
        finally:
            await node.stop()

    run(test, hedged=hedged)


@pytest.mark.parametrize("market", ["spot", "usdm"])
def test_where_there_are_no_contracts_or_no_key_the_mode_does_not_matter(market: str) -> None:
    async def test(place: Booth) -> None:
        key = KEY.api_key if market == "spot" else ""
        driver = BinanceDriver(config_for(place, market, key), account=ACCOUNT)
        assert driver.capabilities.hedged is None
        node = node_of(driver, hedged=False)
        if key:
            await node.start()
        else:
            await driver.open(_Nobody())
        assert driver.capabilities.hedged is None
        await node.stop()

    run(test, hedged=True)


class _Nobody:
    def post(self, event: object) -> None:
        pass


async def _trade(node: LiveNode, side: Side, offset: Offset) -> None:
    price = Decimal(95_010 if side is Side.BUY else 94_990)
    request = OrderRequest(ACCOUNT, PERP, side, Decimal("0.01"), price, offset=offset)
    (order_id,) = node.node.desk.submit(request)
    async with asyncio.timeout(60):
        while not node.node.desk.account(ACCOUNT).orders.get(order_id).done:
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("hosted", [False, True], ids=["here", "process"])
def test_a_hedged_node_holds_both_sides_as_the_venue_does(hosted: bool) -> None:
    async def test(place: Booth) -> None:
        config = config_for(place)
        driver: Driver = BinanceDriver(config, account=ACCOUNT)
        if hosted:
            made = {"venue": "binance", "known_as": "binance", "settings": asdict(config)}
            driver = HostedDriver(IN_CHILD, {**made, "account": ACCOUNT})
        node = node_of(driver, hedged=True)
        try:
            await node.start(60.0)
            await _trade(node, Side.BUY, Offset.OPEN)
            await _trade(node, Side.SELL, Offset.OPEN)
            (mine,) = node.node.desk.account(ACCOUNT).positions()
            (theirs,) = place.exchange.positions(ALICE)
            for each in (mine, theirs):
                assert (each.long, each.short) == (Decimal("0.01"), Decimal("0.01"))
            await _trade(node, Side.SELL, Offset.CLOSE)
            await _trade(node, Side.BUY, Offset.CLOSE)
            assert node.node.desk.account(ACCOUNT).positions() == []
            assert place.exchange.positions(ALICE) == []
        finally:
            await node.stop()

    run(test, hedged=True)
