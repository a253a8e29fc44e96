"""Quotes of a live CTP front as a market: absent figures, dates, and the exchange that takes them as they come."""

import asyncio
from decimal import Decimal
from math import isnan

from anyvenue.app.ctp_front import depth_of
from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.market import LiveMarket
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import OrderState, Side
from anyvenue.model.ids import AccountId
from anyvenue.model.market import Depth
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.ctp.description import ABSENT

CATALOG = Catalog(20260915)
RB = CATALOG.resolve("rb2701")
NOW = 1_789_437_600_000_000_000  # 10:00 in China on 2026-09-15
ROW: dict[str, str | int | float | bytes] = {
    "InstrumentID": "rb2701",
    "TradingDay": "20260915",
    "ActionDay": "20260915",
    "UpdateTime": "10:00:00",
    "UpdateMillisec": 500,
    "LastPrice": 3500.0,
    "ClosePrice": ABSENT,
    "SettlementPrice": ABSENT,
    "BidPrice1": 3499.0,
    "BidVolume1": 3,
    "BidPrice2": ABSENT,
    "BidVolume2": 0,
    "AskPrice1": ABSENT,
    "AskVolume1": 0,
    "Turnover": 1e6,
    "Volume": 30,
}


class SteppedClock:
    time = NOW

    def now(self) -> int:
        return self.time


def test_what_is_absent_on_the_wire_is_absent_in_the_snapshot() -> None:
    depth = depth_of(ROW, RB, NOW)
    assert (depth.bid_prices, depth.bid_sizes) == ((3499.0,), (3.0,))
    assert depth.ask_prices == ()
    assert isnan(depth.settlement)
    assert isnan(depth.upper_limit)
    assert depth.last == 3500.0
    assert depth.trading_day == 20260915


def test_a_snapshot_has_the_exchanges_time_and_ours() -> None:
    depth = depth_of(ROW, RB, NOW + 7)
    assert (depth.ts_event, depth.ts_recv) == (NOW + 500_000_000, NOW + 7)
    assert depth_of({**ROW, "UpdateTime": ""}, RB, NOW).ts_event == NOW


def test_zhengzhous_turnover_counts_what_is_in_a_lot() -> None:
    sugar = CATALOG.resolve("SR701")
    assert depth_of(ROW, sugar, NOW).turnover == 1e6 * float(sugar.multiplier)


def test_an_order_fills_when_a_posted_quote_meets_it() -> None:
    async def test() -> None:
        market = LiveMarket([RB], SteppedClock())
        exchange = HostedExchange(market, CATALOG, VenueOptions(hours="always"))
        market.on_event = exchange.wake
        alice = AccountId("alice")
        exchange.create_account(alice, {"CNY": Decimal(1_000_000)})
        order = exchange.submit(
            alice, OrderRequest(alice, RB.id, Side.BUY, Decimal(1), Decimal(3500))
        )
        done = asyncio.Event()
        exchange.listen(alice, lambda _cursor, _event: exchange.fills(alice) and done.set())
        running = asyncio.create_task(exchange.run())
        for price in (3510.0, 3499.0, 3498.0):
            market.post(Depth(RB.id, NOW, NOW, (price - 1,), (9.0,), (price,), (9.0,), last=price))
        async with asyncio.timeout(60):
            await done.wait()
        exchange.request_stop()
        await running
        [found] = exchange.orders(alice)
        assert (found.order_id, found.state) == (order, OrderState.FILLED)
        assert market.passed >= 2

    asyncio.run(test())
