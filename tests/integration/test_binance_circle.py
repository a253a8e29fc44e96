"""The Binance driver and the exchange that speaks Binance: what a trader does, beyond what every driver must do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from anyvenue.model.commands import Command, SetLeverage, SetMarginMode
from anyvenue.model.enums import MarginMode, Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import VenueRefused
from anyvenue.model.events import (
    Deposited,
    MarginTermsChanged,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderModified,
    OrderRejected,
    OrderTriggered,
)
from anyvenue.model.market import Depth, FundingRate, Quote, Trade
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.reconcile import reconcile
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.driver import BinanceDriver
from binance_served import ALICE, KEY, MAKER, PERP, SPOT, Booth, booth
from driver_cases import tells_the_mark_with_the_funding_rate
from driver_desk import ACCOUNT, Desk

HOUR_NS = 3_600_000_000_000


def make_driver(exchange: Booth, market: str) -> BinanceDriver:
    """Return a driver of a market."""
    root = f"127.0.0.1:{exchange.port}"
    version = "ws-api/v3" if market == "spot" else "ws-fapi/v1"
    config = BinanceConfig(
        api_key=KEY.api_key,
        secret=KEY.secret,
        market=market,  # type: ignore[arg-type]
        rest_url=f"http://{root}",
        stream_url=f"ws://{root}",
        api_url=f"ws://{root}/{version}",
    )
    return BinanceDriver(config, account=ACCOUNT)


@asynccontextmanager
async def desk(market: str) -> AsyncIterator[Desk]:
    async with booth() as exchange:
        exchange.make_market(SPOT)
        exchange.make_market(PERP)
        name = SPOT if market == "spot" else PERP
        found = Desk(exchange, make_driver(exchange, market), name)
        await found.driver.open(found)
        try:
            yield found
        finally:
            await found.driver.close()


@pytest.mark.long
@pytest.mark.parametrize("market", ["spot", "usdm"])
def test_market_data_and_orders_of_every_kind(market: str) -> None:
    async def step() -> None:
        async with desk(market) as at:
            for channel in ("quotes", "depth", "trades"):
                at.driver.subscribe(at.name, channel)
            await at.until(lambda: at.of(Depth))
            bought = at.submit(Side.BUY, "0.01")
            await at.until(lambda: at.of(OrderFilled, bought))
            await at.until(lambda: at.of(Quote) and at.of(Trade))
            assert at.of(OrderFilled, bought)[0].fill.price == Decimal(95_005)
            for fields, price in (
                ({"post_only": True}, "94000"),
                ({"time_in_force": TimeInForce.IOC}, "90000"),
                ({"time_in_force": TimeInForce.FOK}, "90000"),
            ):
                order_id = at.submit(Side.BUY, "0.01", price, **fields)
                await at.until(lambda: at.of(OrderAccepted, order_id))  # noqa: B023
            crossing = at.submit(Side.BUY, "0.01", "96000", post_only=True)
            await at.until(
                lambda: at.of(OrderRejected, crossing) or at.driver._records.by_id[crossing].ended
            )
            assert at.of(OrderFilled, crossing) == []
            changed = at.submit(Side.BUY, "0.02", "93000")
            await at.until(lambda: at.of(OrderAccepted, changed))
            at.modify(changed, "0.03", "93100")
            await at.until(lambda: at.of(OrderModified, changed))
            assert at.of(OrderCancelled, changed) == []
            await at.driver.cancel_all(at.name)
            await at.until(lambda: at.of(OrderCancelled, changed))
            assert not list(at.driver._records.working())
            bars = await at.driver.history(at.name, "1m", 0, at.now())
            assert all(each.closed for each in bars)

    asyncio.run(step())


@pytest.mark.long
@pytest.mark.parametrize("market", ["spot", "usdm"])
def test_a_stop_waits_is_touched_and_filled(market: str) -> None:
    async def step() -> None:
        async with desk(market) as at:
            stop = at.submit(Side.BUY, "0.01", type=OrderType.STOP, stop_price=Decimal(95_008))
            await at.until(lambda: at.of(OrderAccepted, stop))
            other = at.submit(
                Side.BUY, "0.01", "95020", type=OrderType.STOP_LIMIT, stop_price=Decimal(99_000)
            )
            await at.until(lambda: at.of(OrderAccepted, other))
            at.cancel(other)
            await at.until(lambda: at.of(OrderCancelled, other))
            at.booth.order(at.name, Side.BUY, 95_010, "1.5", MAKER)
            push = at.submit(Side.BUY, "1.2")
            await at.until(lambda: at.of(OrderFilled, push))
            await at.until(lambda: at.of(OrderFilled, stop))
            assert len(at.of(OrderAccepted, stop)) == 1
            if market == "usdm":
                assert len(at.of(OrderTriggered, stop)) == 1

    asyncio.run(step())


@pytest.mark.long
def test_coins_that_were_sold_elsewhere_are_gone_from_the_books() -> None:
    async def step() -> None:
        async with desk("spot") as at:
            catalog, account = Catalog(), at.booth.exchange.account(ALICE)
            books = AccountState(ACCOUNT, catalog.get, lambda name: None)
            coins = next((each.balance for each in account if each.currency == "BTC"), Decimal(0))
            books.apply_account(Deposited(ACCOUNT, "BTC", Decimal(7), 0, 0))
            if coins:
                at.booth.exchange.withdraw(ALICE, "BTC", coins)
            snapshot = await at.driver.snapshot(ACCOUNT, (0, 0))
            assert "BTC" not in [each.currency for each in snapshot.balances]
            for event in reconcile(books, snapshot, at.now()).events:
                books.apply_account(event)  # type: ignore[arg-type]
            assert books.ledger.balance("BTC") == 0
            assert books.ledger.balance("USDT") > 0

    asyncio.run(step())


@pytest.mark.long
def test_leverage_margin_and_hedge_mode_of_usdm() -> None:
    async def step() -> None:
        async with desk("usdm") as at:
            commands: list[Command] = [
                SetLeverage(ACCOUNT, PERP, Decimal(9), at.now()),
                SetMarginMode(ACCOUNT, PERP, MarginMode.ISOLATED, at.now()),
            ]
            for each in commands:
                at.driver.send(each)
            await at.until(lambda: len(at.of(MarginTermsChanged)) == 2)
            terms = {each.leverage or each.mode for each in at.of(MarginTermsChanged)}
            assert terms == {Decimal(9), MarginMode.ISOLATED}
            bought = at.submit(Side.BUY, "0.01")
            await at.until(lambda: at.of(OrderFilled, bought))
            assert await at.positions() == [(PERP, Decimal("0.01"), Decimal(0))]
            sold = at.submit(Side.SELL, "0.01", offset=Offset.CLOSE, reduce_only=True)
            await at.until(lambda: at.of(OrderFilled, sold))
            assert await at.positions() == []

    asyncio.run(step())


@pytest.mark.long
def test_hedge_mode_is_chosen_and_both_sides_are_held_and_closed() -> None:
    async def step() -> None:
        async with desk("usdm") as at:
            await at.driver.set_hedged(True)
            assert at.booth.exchange.hedged(ALICE)
            long = at.submit(Side.BUY, "0.03", offset=Offset.OPEN)
            short = at.submit(Side.SELL, "0.02", offset=Offset.OPEN)
            await at.until(lambda: at.of(OrderFilled, long) and at.of(OrderFilled, short))
            assert await at.positions() == [(PERP, Decimal("0.03"), Decimal("0.02"))]
            with pytest.raises(VenueRefused, match="-4068"):
                await at.driver.set_hedged(False)
            stop = at.submit(
                Side.BUY,
                "0.02",
                type=OrderType.STOP,
                stop_price=Decimal(95_100),
                offset=Offset.CLOSE,
            )
            await at.until(lambda: at.of(OrderAccepted, stop))
            at.booth.order(PERP, Side.SELL, 97_000, 1)
            at.booth.order(PERP, Side.BUY, 96_000, 4)
            at.booth.order(PERP, Side.SELL, 96_000, "0.01")
            await at.until(lambda: at.of(OrderFilled, stop))
            assert await at.positions() == [(PERP, Decimal("0.03"), Decimal(0))]
            closed = at.submit(Side.SELL, "0.03", offset=Offset.CLOSE)
            await at.until(lambda: at.of(OrderFilled, closed))
            assert await at.positions() == []
            offsets = [each.fill.offset for each in at.of(OrderFilled)]
            assert offsets == [Offset.OPEN, Offset.OPEN, Offset.CLOSE, Offset.CLOSE]
            await at.driver.set_hedged(False)

    asyncio.run(step())


@pytest.mark.long
def test_a_batch_of_orders_is_placed_changed_and_cancelled() -> None:
    async def step() -> None:
        async with desk("usdm") as at:
            commands = [at.order(Side.BUY, "0.01", str(90_000 + each)) for each in range(7)]
            commands.append(at.order(Side.BUY, "0.01", "0.05"))
            assert at.driver.submit_many(commands) == {}
            names = [each.order_id for each in commands]
            await at.until(lambda: len(at.of(OrderAccepted)) == 7)
            await at.until(lambda: at.of(OrderRejected, names[7]))
            await at.driver.cancel_all(PERP)
            await at.until(lambda: len(at.of(OrderCancelled)) == 7)
            assert not at.driver._records.working()

    asyncio.run(step())


@pytest.mark.long
def test_funding_of_the_past_is_what_was_charged() -> None:
    async def step() -> None:
        async with desk("usdm") as at:
            now = at.now()
            due = now - now % 1_000_000
            at.booth.post(FundingRate(PERP, now, now, Decimal("0.0003"), 8 * HOUR_NS, due))
            async with asyncio.timeout(60):
                while not (found := await at.driver.past_funding(PERP, 0, now + HOUR_NS)):
                    await asyncio.sleep(0.05)
            assert [(each.rate, each.ts_due) for each in found] == [(Decimal("0.0003"), due)]

    asyncio.run(step())


@pytest.mark.long
def test_the_mark_comes_with_the_funding_rate() -> None:
    async def step() -> None:
        async with desk("usdm") as at:
            await tells_the_mark_with_the_funding_rate(at)

    asyncio.run(step())
