"""The Binance driver and the exchange that speaks Binance: what a trader does, beyond what every driver must do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.commands import (
    CancelOrder,
    Command,
    ModifyOrder,
    SetLeverage,
    SetMarginMode,
    SubmitOrder,
)
from anyvenue.model.enums import MarginMode, Offset, OrderType, Side, TimeInForce
from anyvenue.model.events import (
    Event,
    MarginTermsChanged,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderModified,
    OrderRejected,
    OrderTriggered,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, next_order_id
from anyvenue.model.market import Depth, Quote, Trade
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.driver import BinanceDriver
from binance_served import KEY, MAKER, PERP, SPOT, Booth, booth

ACCOUNT = AccountId("main")


class Desk:
    """A driver, what it posted, and the exchange at its other end."""

    def __init__(self, exchange: Booth, market: str) -> None:
        self.booth = exchange
        self.name = SPOT if market == "spot" else PERP
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
        self.driver = BinanceDriver(config, account=ACCOUNT)
        self.events: list[Event] = []
        self._last = OrderId(0)

    def post(self, event: Event) -> None:
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
            async with asyncio.timeout(60):
                while not true():
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"the last events: {self.events[-6:]}") from None

    def now(self) -> int:
        return self.booth.clock.now()

    def submit(self, side: Side, quantity: str, price: str | None = None, **fields: Any) -> OrderId:
        """Send an order."""
        self._last = next_order_id(self._last, self.now())
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        wanted = {"type": kind, "time_in_force": TimeInForce.GTC} | fields
        number = None if price is None else Decimal(price)
        request = OrderRequest(ACCOUNT, self.name, side, Decimal(quantity), number, **wanted)
        self.driver.submit(SubmitOrder(self._last, request, self.now()))
        return self._last

    def cancel(self, order_id: OrderId) -> None:
        """Cancel an order."""
        self.driver.cancel(CancelOrder(order_id, ACCOUNT, self.now()))

    async def positions(self) -> list[tuple[InstrumentId, Decimal, Decimal]]:
        """Return what is held long and short."""
        found = await self.driver.snapshot(ACCOUNT, (0, 0))
        return [(each.instrument, each.long, each.short) for each in found.positions]


@asynccontextmanager
async def desk(market: str) -> AsyncIterator[Desk]:
    async with booth() as exchange:
        exchange.make_market(SPOT)
        exchange.make_market(PERP)
        found = Desk(exchange, market)
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
            change = ModifyOrder(changed, ACCOUNT, at.now(), Decimal("0.03"), Decimal(93_100))
            at.driver.modify(change)
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
