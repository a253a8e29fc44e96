"""The OKX driver and the exchange that speaks OKX: what a trader does, beyond what every driver must do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial

import pytest

from anyvenue.model.commands import MoveMargin, SetLeverage, SetMarginMode, SubmitOrder
from anyvenue.model.enums import (
    DriverState,
    MarginMode,
    Offset,
    OrderType,
    PostingKind,
    Side,
    TimeInForce,
)
from anyvenue.model.errors import (
    DuplicateClientRef,
    InvalidOrder,
    SubscriptionError,
)
from anyvenue.model.events import (
    CashMoved,
    CommandRefused,
    Deposited,
    MarginTermsChanged,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderModified,
    OrderRejected,
    OrderTriggered,
)
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar, Depth, FundingRate, Quote, Trade
from anyvenue.model.orders import EXTERNAL
from anyvenue.venues.okx.config import OkxConfig
from anyvenue.venues.okx.driver import OkxDriver
from driver_cases import (
    answers_a_batch_one_by_one,
    knows_its_predecessors_orders,
    tells_the_mark_with_the_funding_rate,
)
from driver_desk import ACCOUNT, Desk
from okx_served import ALICE, ETH_PERP, INVERSE, KEY, PERP, SPOT, Booth, booth

pytestmark = pytest.mark.long

_HOUR = 3_600_000_000_000


def make_driver(exchange: Booth, **changes: object) -> OkxDriver:
    """Return a driver of the account."""
    root = f"127.0.0.1:{exchange.port}"
    given: dict[str, object] = {
        "api_key": KEY.api_key,
        "secret": KEY.secret,
        "passphrase": KEY.passphrase,
        "rest_url": f"http://{root}",
        "stream_url": f"ws://{root}",
        "backoff_s": 0.02,
    }
    return OkxDriver(OkxConfig(**{**given, **changes}), account=ACCOUNT)  # type: ignore[arg-type]


@asynccontextmanager
async def desk(name: InstrumentId = SPOT, **changes: object) -> AsyncIterator[Desk]:
    """Trade with a market around 95,000."""
    async with booth() as exchange:
        for each in (SPOT, PERP):
            exchange.make_market(each)
        found = Desk(exchange, make_driver(exchange, **changes), name)
        await found.driver.open(found)
        try:
            yield found
        finally:
            await found.driver.close()


@pytest.mark.parametrize("entry", ["websocket", "rest"])
@pytest.mark.parametrize("name", [SPOT, PERP])
def test_market_data_and_orders_of_every_kind(name: InstrumentId, entry: str) -> None:
    async def step() -> None:
        async with desk(name, order_entry=entry) as at:
            at.driver.subscribe(name, "all")
            at.driver.subscribe(name, "bars:1m")
            await at.until(lambda: at.of(Depth) and at.of(Quote))
            bought = at.submit(Side.BUY, "0.5")
            await at.until(lambda: at.of(OrderFilled, bought))
            await at.until(lambda: at.of(Trade) and at.of(Bar))
            fill = at.of(OrderFilled, bought)[0].fill
            assert (fill.price, fill.quantity, fill.maker) == (95_005, Decimal("0.5"), False)
            assert fill.fee > 0
            resting = at.submit(Side.BUY, "0.5", "94000", post_only=True)
            await at.until(lambda: at.of(OrderAccepted, resting))
            for time in (TimeInForce.IOC, TimeInForce.FOK):
                gone = at.submit(Side.BUY, "0.5", "90000", time_in_force=time)
                await at.until(lambda: at.of(OrderExpired, gone) or at.of(OrderCancelled, gone))  # noqa: B023
                assert at.of(OrderFilled, gone) == []
            crossing = at.submit(Side.BUY, "0.5", "96000", post_only=True)
            await at.until(
                lambda: at.of(OrderRejected, crossing) or at.of(OrderCancelled, crossing)
            )
            assert at.of(OrderFilled, crossing) == []
            at.modify(resting, quantity="0.7", price="94001")
            await at.until(lambda: at.of(OrderModified, resting))
            changed = at.of(OrderModified, resting)[0]
            assert (changed.quantity, changed.price) == (Decimal("0.7"), 94_001)
            at.modify(resting, price="0.001")
            await at.until(lambda: at.of(ModifyRejected, resting))
            await at.driver.cancel_all(name)
            await at.until(lambda: at.of(OrderCancelled, resting))

    asyncio.run(step())


def test_a_stop_waits_is_set_off_and_filled() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            price = Decimal(95_006)
            stop = at.submit(Side.BUY, "0.5", type=OrderType.STOP, stop_price=price)
            other = at.submit(
                Side.BUY, "0.5", "98000", type=OrderType.STOP_LIMIT, stop_price=Decimal(97_000)
            )
            trailing = at.submit(Side.SELL, "0.5", type=OrderType.TRAILING_STOP, trail=Decimal(900))
            await at.until(lambda: len(at.of(OrderAccepted)) == 3)
            with pytest.raises(InvalidOrder, match="cancel it"):
                at.modify(trailing, quantity="0.6")
            at.modify(other, quantity="0.6", price="98001")
            await at.until(lambda: at.of(OrderModified, other))
            changed = at.of(OrderModified, other)[0]
            assert (changed.quantity, changed.price) == (Decimal("0.6"), 98_001)
            for each in (other, trailing):
                at.cancel(each)
                await at.until(lambda: at.of(OrderCancelled, each))  # noqa: B023
                assert at.of(OrderTriggered, each) == []
            push = at.submit(Side.BUY, "1.5")
            await at.until(lambda: at.of(OrderFilled, push) and at.of(OrderFilled, stop))
            assert len(at.of(OrderAccepted, stop)) == len(at.of(OrderTriggered, stop)) == 1

    asyncio.run(step())


def test_somebody_elses_stop_is_one_order_from_its_waiting_to_its_end() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            assert isinstance(at.booth, Booth)
            wanted = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "buy", "sz": "0.5"}
            wanted |= {"ordType": "trigger", "triggerPx": "95006", "orderPx": "-1"}
            await at.booth.post_to("trade/order-algo", KEY, **wanted)
            await at.until(lambda: at.of(OrderAccepted))
            snapshot = await at.driver.snapshot(ACCOUNT, (0, 0))
            (order,) = snapshot.orders
            assert (order.request.tag, order.request.stop_price) == (EXTERNAL, 95_006)
            push = at.submit(Side.BUY, "1.5")
            await at.until(lambda: at.of(OrderFilled, push))
            await at.until(lambda: at.of(OrderFilled, order.order_id))
            assert len(at.of(OrderAccepted, order.order_id)) == 1
            assert len({each.order_id for each in at.of(OrderAccepted)}) == 2

    asyncio.run(step())


def test_leverage_and_margin_mode_are_told_and_back_what_is_held() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            at.driver.send(SetLeverage(ACCOUNT, PERP, Decimal(9), at.now()))
            await at.until(lambda: at.of(MarginTermsChanged))
            at.driver.send(SetMarginMode(ACCOUNT, PERP, MarginMode.ISOLATED, at.now()))
            await at.until(lambda: [e for e in at.of(MarginTermsChanged) if e.mode is not None])
            with pytest.raises(InvalidOrder):
                at.driver.send(SetLeverage(ACCOUNT, SPOT, Decimal(3), at.now()))
            bought = at.submit(Side.BUY, "0.5")
            await at.until(lambda: at.of(OrderFilled, bought))
            snapshot = await at.driver.snapshot(ACCOUNT, (0, 0))
            assert [(each.instrument, each.net) for each in snapshot.positions] == [
                (PERP, Decimal("0.5"))
            ]
            (terms,) = snapshot.terms
            assert (terms.mode, terms.leverage) == (MarginMode.ISOLATED, Decimal(9))
            assert terms.isolated is not None
            at.driver.send(MoveMargin(ACCOUNT, PERP, Decimal(50), at.now()))
            await at.until(lambda: [e for e in at.of(MarginTermsChanged) if e.moved])
            later = await at.driver.snapshot(ACCOUNT, (0, 0))
            assert later.terms[0].isolated is not None
            assert later.terms[0].isolated > terms.isolated
            at.driver.send(SetMarginMode(ACCOUNT, PERP, MarginMode.CROSS, at.now()))
            await at.until(lambda: at.of(CommandRefused))
            sold = at.submit(Side.SELL, "0.5", offset=Offset.CLOSE, reduce_only=True)
            await at.until(lambda: at.of(OrderFilled, sold))
            assert await at.positions() == []

    asyncio.run(step())


def test_in_long_short_mode_both_sides_are_held_side_by_side() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            await at.driver.set_hedged(True)
            await at.driver.instruments()
            assert at.driver.capabilities.hedged
            for side in (Side.BUY, Side.SELL):
                order = at.submit(side, "0.5", offset=Offset.OPEN)
                await at.until(lambda: at.of(OrderFilled, order))  # noqa: B023
            half = Decimal("0.5")
            assert await at.positions() == [(PERP, half, half)]
            closing = at.submit(Side.SELL, "0.5", offset=Offset.CLOSE)
            await at.until(lambda: at.of(OrderFilled, closing))
            assert await at.positions() == [(PERP, Decimal(0), half)]

    asyncio.run(step())


def test_funding_and_transfers_are_told_once_each_and_after_a_break_too() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            bought = at.submit(Side.BUY, "0.5")
            await at.until(lambda: at.of(OrderFilled, bought))
            due = at.now()
            at.booth.post(FundingRate(PERP, due, due, Decimal("0.001"), 8 * _HOUR, due))
            await at.until(lambda: at.of(CashMoved))
            (paid,) = at.of(CashMoved)
            assert (paid.kind, paid.instrument, paid.currency) == (
                PostingKind.FUNDING,
                PERP,
                "USDT",
            )
            assert paid.amount < 0
            at.booth.exchange.deposit(ALICE, "USDT", Decimal(77))
            await at.until(lambda: at.of(Deposited))
            for line in at.driver._lines:
                line.restart()
            at.booth.exchange.deposit(ALICE, "USDT", Decimal(78))
            await at.until(lambda: len(at.of(Deposited)) == 2)
            await at.until(lambda: at.driver.state is DriverState.READY)
            assert [each.amount for each in at.of(Deposited)] == [77, 78]
            assert len(at.of(CashMoved)) == 1

    asyncio.run(step())


@pytest.mark.parametrize("entry", ["websocket", "rest"])
def test_a_batch_is_one_request_and_each_order_is_answered_on_its_own(entry: str) -> None:
    async def step() -> None:
        async with desk(order_entry=entry) as at:
            await answers_a_batch_one_by_one(at, ("91000", "92000"), "91000.0001")

    asyncio.run(step())


def test_another_process_knows_its_predecessors_orders() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            await knows_its_predecessors_orders(
                at, partial(make_driver, at.booth), "94999", "99000"
            )

    asyncio.run(step())


def test_connections_are_made_anew_when_the_venue_announces_an_upgrade() -> None:
    async def step() -> None:
        async with desk(PERP) as at:
            at.driver.subscribe(PERP, "depth")
            await at.until(lambda: at.of(Depth))
            resting = at.submit(Side.BUY, "0.5", "94000")
            await at.until(lambda: at.of(OrderAccepted, resting))
            before = at.driver.reconnects
            assert isinstance(at.booth, Booth)
            at.booth.server.announce_upgrade()
            await at.until(lambda: at.driver.reconnects > before)
            await at.until(lambda: at.driver.state is DriverState.READY)
            at.events.clear()
            at.cancel(resting)
            await at.until(lambda: at.of(OrderCancelled, resting) and at.of(Depth))

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
                    at.submit(Side.BUY, "0.5", "94000", **fields)
            request = at.order(Side.BUY, "0.5", "94000")
            at.driver.submit(request)
            with pytest.raises(DuplicateClientRef):
                at.driver.submit(SubmitOrder(request.order_id, request.request, at.now()))
            for name, channel in ((SPOT, "funding"), (SPOT, "bars:7m"), (ETH_PERP, "noise")):
                with pytest.raises(SubscriptionError):
                    at.driver.subscribe(name, channel)

    asyncio.run(step())


def test_the_past_is_told_in_order() -> None:
    async def step() -> None:
        async with desk() as at:
            driver = at.driver
            trades = await driver.past_trades(SPOT, 0, 2**62)
            assert [each.price for each in trades] == [95_000.0]
            bars = await driver.history(SPOT, "1h", at.now() - 10 * _HOUR, at.now())
            assert bars == sorted(bars, key=lambda each: each.ts_start)
            assert await driver.past_funding(PERP, 0, 2**62) == []
            with pytest.raises(SubscriptionError):
                await driver.past_funding(SPOT, 0, 2**62)
            with pytest.raises(SubscriptionError):
                await driver.history(SPOT, "7m", 0, 1)

    asyncio.run(step())


def test_an_inverse_perpetual_is_traded_in_contracts() -> None:
    async def step() -> None:
        async with desk(INVERSE) as at:
            at.booth.order(INVERSE, Side.SELL, 95_005, 3)
            bought = at.submit(Side.BUY, "1", "95005")
            await at.until(lambda: at.of(OrderFilled, bought))
            assert await at.positions() == [(INVERSE, Decimal(1), Decimal(0))]
            assert at.of(OrderFilled, bought)[0].fill.fee_currency == "BTC"

    asyncio.run(step())


def test_market_data_need_no_key() -> None:
    async def step() -> None:
        async with booth() as exchange:
            exchange.make_market(SPOT)
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
