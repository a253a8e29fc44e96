"""The Backpack driver and the exchange that speaks Backpack: what a trader does, beyond what every driver must do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial

import pytest

from anyvenue.model.commands import SetLeverage, SetMarginMode, SubmitOrder
from anyvenue.model.enums import MarginMode, Offset, OrderType, PostingKind, Side, TimeInForce
from anyvenue.model.errors import DuplicateClientRef, InvalidOrder, VenueRefused
from anyvenue.model.events import (
    CashMoved,
    MarginTermsChanged,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderTriggered,
)
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Depth, FundingRate, Quote, Trade
from anyvenue.model.orders import EXTERNAL
from anyvenue.venues.backpack.config import BackpackConfig
from anyvenue.venues.backpack.driver import BackpackDriver
from backpack_served import ALICE, ETH_PERP, KEY, PERP, SPOT, Booth, booth
from driver_cases import (
    answers_a_batch_one_by_one,
    knows_its_predecessors_orders,
    tells_the_mark_with_the_funding_rate,
)
from driver_desk import ACCOUNT, Desk

pytestmark = pytest.mark.long


def make_driver(exchange: Booth, **changes: object) -> BackpackDriver:
    """Return a driver of the account."""
    root = f"127.0.0.1:{exchange.port}"
    given: dict[str, object] = {
        "api_key": KEY.api_key,
        "secret": KEY.secret,
        "rest_url": f"http://{root}",
        "stream_url": f"ws://{root}",
    }
    return BackpackDriver(BackpackConfig(**{**given, **changes}), account=ACCOUNT)  # type: ignore[arg-type]


@asynccontextmanager
async def desk(name: InstrumentId = SPOT) -> AsyncIterator[Desk]:
    """Trade with a market around 100."""
    async with booth() as exchange:
        for each in (SPOT, PERP):
            exchange.make_market(each, 100)
        found = Desk(exchange, make_driver(exchange), name)
        await found.driver.open(found)
        try:
            yield found
        finally:
            await found.driver.close()


@pytest.mark.parametrize("name", [SPOT, PERP])
def test_market_data_and_orders_of_every_kind(name: InstrumentId) -> None:
    async def step() -> None:
        async with desk(name) as at:
            at.driver.subscribe(name, "all")
            at.driver.subscribe(name, "bars:1m")
            await at.until(lambda: at.of(Depth))
            bought = at.submit(Side.BUY, "0.5")
            await at.until(lambda: at.of(OrderFilled, bought))
            await at.until(lambda: at.of(Quote) and at.of(Trade))
            fill = at.of(OrderFilled, bought)[0].fill
            assert (fill.price, fill.quantity, fill.maker) == (105, Decimal("0.5"), False)
            assert fill.fee > 0
            resting = at.submit(Side.BUY, "0.5", "94", post_only=True)
            await at.until(lambda: at.of(OrderAccepted, resting))
            for time in (TimeInForce.IOC, TimeInForce.FOK):
                gone = at.submit(Side.BUY, "0.5", "90", time_in_force=time)
                await at.until(lambda: at.of(OrderExpired, gone) or at.of(OrderCancelled, gone))  # noqa: B023
                assert at.of(OrderFilled, gone) == []
            crossing = at.submit(Side.BUY, "0.5", "110", post_only=True)
            await at.until(lambda: at.of(OrderRejected, crossing) or at.of(OrderExpired, crossing))
            assert at.of(OrderFilled, crossing) == []
            await at.driver.cancel_all(name)
            await at.until(lambda: at.of(OrderCancelled, resting))

    asyncio.run(step())


def test_a_stop_waits_is_set_off_and_filled() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            stop = at.submit(Side.BUY, "0.5", type=OrderType.STOP, stop_price=Decimal(106))
            other = at.submit(
                Side.BUY, "0.5", "107", type=OrderType.STOP_LIMIT, stop_price=Decimal(120)
            )
            await at.until(lambda: at.of(OrderAccepted, stop) and at.of(OrderAccepted, other))
            at.cancel(other)
            await at.until(lambda: at.of(OrderCancelled, other))
            assert at.of(OrderTriggered, other) == []
            push = at.submit(Side.BUY, "1.5")
            await at.until(lambda: at.of(OrderFilled, push) and at.of(OrderFilled, stop))
            assert len(at.of(OrderAccepted, stop)) == len(at.of(OrderTriggered, stop)) == 1

    asyncio.run(step())


def test_somebody_elses_stop_is_one_order_however_often_it_is_told() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            stop = {"symbol": "SOL_USDC_PERP", "side": "Bid", "orderType": "Market"}
            stop |= {"triggerPrice": "130", "triggerQuantity": "0.5"}
            assert isinstance(at.booth, Booth)
            await at.booth.ask("POST", "/api/v1/order", KEY, **stop)
            await at.until(lambda: at.of(OrderAccepted))
            snapshot = await at.driver.snapshot(ACCOUNT, (0, 0))
            (order,) = snapshot.orders
            assert (order.request.tag, order.request.stop_price) == (EXTERNAL, 130)
            assert len(at.of(OrderAccepted)) == 1
            at.cancel(order.order_id)
            await at.until(lambda: at.of(OrderCancelled))

    asyncio.run(step())


def test_leverage_is_the_accounts_and_a_position_can_be_reduced() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            at.driver.send(SetLeverage(ACCOUNT, PERP, Decimal(12), at.now()))
            await at.until(lambda: len(at.of(MarginTermsChanged)) == 2)
            told = {each.instrument: each.leverage for each in at.of(MarginTermsChanged)}
            assert told == {PERP: Decimal(10), ETH_PERP: Decimal(12)}  # SOL takes no more
            for command in (
                SetMarginMode(ACCOUNT, PERP, MarginMode.ISOLATED, at.now()),
                SetLeverage(ACCOUNT, SPOT, Decimal(3), at.now()),
            ):
                with pytest.raises(VenueRefused):
                    at.driver.send(command)
            bought = at.submit(Side.BUY, "0.5")
            await at.until(lambda: at.of(OrderFilled, bought))
            snapshot = await at.driver.snapshot(ACCOUNT, (0, 0))
            assert [(each.instrument, each.net) for each in snapshot.positions] == [
                (PERP, Decimal("0.5"))
            ]
            assert {each.instrument: each.leverage for each in snapshot.terms} == told
            money = {each.currency: each for each in snapshot.balances}["USDC"]
            assert money.margin > 0
            assert money.available < money.balance
            sold = at.submit(Side.SELL, "0.5", offset=Offset.CLOSE, reduce_only=True)
            await at.until(lambda: at.of(OrderFilled, sold))
            assert await at.positions() == []

    asyncio.run(step())


def test_funding_that_was_paid_is_told_once() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            bought = at.submit(Side.BUY, "0.5")
            await at.until(lambda: at.of(OrderFilled, bought))
            await at.driver.snapshot(ACCOUNT, (0, 0))
            due = at.now()
            rate, hour = Decimal("0.001"), 3_600_000_000_000
            at.booth.post(FundingRate(PERP, due, due, rate, hour, due))
            account = at.booth.exchange.account
            before = {each.currency: each.balance for each in account(ALICE)}["USDC"]
            for _ in range(200):
                await at.driver.snapshot(ACCOUNT, (0, 0))
                if at.of(CashMoved):
                    break
                await asyncio.sleep(0.02)
            await at.driver.snapshot(ACCOUNT, (0, 0))
            (paid,) = at.of(CashMoved)
            assert (paid.kind, paid.instrument, paid.currency) == (
                PostingKind.FUNDING,
                PERP,
                "USDC",
            )
            assert paid.amount < 0
            after = {each.currency: each.balance for each in account(ALICE)}["USDC"]
            assert paid.amount == pytest.approx(after - before, abs=Decimal("0.01"))

    asyncio.run(step())


def test_a_batch_is_one_request_and_each_order_is_answered_on_its_own() -> None:
    async def step() -> None:
        async with desk() as at:
            await answers_a_batch_one_by_one(at, ("91", "92"), "91.001")

    asyncio.run(step())


def test_another_process_knows_its_predecessors_orders() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            await knows_its_predecessors_orders(at, partial(make_driver, at.booth), "99", "130")

    asyncio.run(step())


def test_what_the_venue_cannot_do_is_refused_before_anything_is_sent() -> None:
    async def step() -> None:
        async with desk() as at:
            for fields in (
                {"time_in_force": TimeInForce.GTD, "expires": 2**62},
                {"reduce_only": True, "offset": Offset.CLOSE},
                {"display": Decimal("0.1")},
            ):
                with pytest.raises(InvalidOrder):
                    at.submit(Side.BUY, "0.5", "94", **fields)
            request = at.order(Side.BUY, "0.5", "94")
            at.driver.submit(request)
            with pytest.raises(DuplicateClientRef):
                at.driver.submit(SubmitOrder(request.order_id, request.request, at.now()))

    asyncio.run(step())


def test_the_past_is_told_in_order() -> None:
    async def step() -> None:
        async with desk() as at:
            driver = at.driver
            trades = await driver.past_trades(SPOT, 0, 2**62)
            assert [each.price for each in trades] == [100.0]
            bars = await driver.history(SPOT, "1h", at.now() - 10 * 3_600_000_000_000, at.now())
            assert bars == sorted(bars, key=lambda each: each.ts_start)
            assert await driver.past_funding(PERP, 0, 2**62) == []
            with pytest.raises(InvalidOrder):
                await driver.past_funding(SPOT, 0, 2**62)

    asyncio.run(step())


def test_market_data_need_no_key() -> None:
    async def step() -> None:
        async with booth() as exchange:
            exchange.make_market(SPOT, 100)
            at = Desk(exchange, make_driver(exchange, api_key="", secret=""), SPOT)
            at.driver.subscribe(SPOT, "depth")
            await at.driver.open(at)
            await at.until(lambda: at.of(Depth))
            await at.driver.close()

    asyncio.run(step())


def test_the_mark_comes_with_the_funding_rate() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            await tells_the_mark_with_the_funding_rate(at)

    asyncio.run(step())
