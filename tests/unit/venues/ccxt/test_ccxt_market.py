"""Market data and the past through ccxt: pushed where that can be, asked for where not, and never told twice."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from ccxt_fakes import FakeExchange, NetworkError, order_row

from anyvenue.model.enums import DriverState
from anyvenue.model.errors import SubscriptionError
from anyvenue.model.events import OrderAccepted, VenueStateChanged
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar, Depth, Quote, Trade
from anyvenue.venues.ccxt.config import CcxtConfig
from anyvenue.venues.ccxt.driver import CcxtDriver

NAME = InstrumentId("BTC-USDT.SOMEWHERE")
MINUTE_MS = 60_000
BOOK = {"bids": [[90_000.0, 1.0]], "asks": [[90_001.0, 2.0]], "timestamp": 1_790_000_000_000}


class Viewer:
    """A driver, with a key or without one, and what it posted."""

    def __init__(self, answers: dict[str, Any], key: str = "", **has: Any) -> None:
        make, self.made = FakeExchange.maker(answers, **has)
        config = CcxtConfig(exchange="somewhere", api_key=key, poll_s=0.01, backoff_s=0.01)
        self.driver = CcxtDriver(config, make=make)
        self.events: list[Any] = []

    def post(self, event: Any) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Any]:
        return [each for each in self.events if isinstance(each, kind)]

    def count(self, method: str) -> int:
        return sum(name == method for each in self.made for name, _ in each.asked)

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not true():
                await asyncio.sleep(0.005)


def run(
    step: Callable[[Viewer], Awaitable[None]], answers: dict[str, Any], key: str = "", **has: Any
) -> None:
    async def go() -> None:
        viewer = Viewer(answers, key, **has)
        await viewer.driver.open(viewer)
        try:
            await step(viewer)
        finally:
            await viewer.driver.close()

    asyncio.run(go())


def test_without_a_key_there_are_market_data() -> None:
    async def step(viewer: Viewer) -> None:
        assert viewer.driver.state is DriverState.READY
        viewer.driver.subscribe(NAME, "quotes")
        await viewer.until(lambda: viewer.of(Quote))
        (quote, *_) = viewer.of(Quote)
        assert (quote.bid, quote.ask_size, quote.instrument) == (90_000.0, 2.0, NAME)
        assert viewer.count("fetch_balance") == 0

    run(step, {"fetch_order_book": BOOK})


def test_what_is_wanted_early_is_subscribed_when_the_exchange_is_open() -> None:
    async def go() -> None:
        viewer = Viewer({"fetch_order_book": BOOK})
        viewer.driver.subscribe(NAME, "depth")
        await viewer.driver.open(viewer)
        await viewer.until(lambda: viewer.of(Depth))
        await viewer.driver.close()

    asyncio.run(go())


def test_best_prices_come_from_where_they_are_pushed() -> None:
    best = {"BTC/USDT": {"bid": 3.0, "ask": 4.0, "bidVolume": 1.0, "askVolume": 1.0}}

    async def step(viewer: Viewer) -> None:
        viewer.driver.subscribe(NAME, "quotes")
        await viewer.until(lambda: viewer.of(Quote))
        assert viewer.count("fetch_order_book") == 0

    run(step, {"watch_bids_asks": best}, watchBidsAsks=True)


def test_trades_that_are_asked_for_again_are_told_once() -> None:
    rows = [{"id": str(n), "price": 5.0, "amount": 1.0, "side": "buy"} for n in range(3)]

    async def step(viewer: Viewer) -> None:
        viewer.driver.subscribe(NAME, "trades")
        await viewer.until(lambda: viewer.count("fetch_trades") > 5)
        assert [each.trade_id for each in viewer.of(Trade)] == ["0", "1", "2"]

    run(step, {"fetch_trades": rows}, fetchTrades=True)


def test_a_line_that_breaks_is_tried_again() -> None:
    broken = [True, True]

    def book(*_: Any) -> Any:
        if broken:
            broken.pop()
            raise NetworkError("reset")
        return BOOK

    async def step(viewer: Viewer) -> None:
        viewer.driver.subscribe(NAME, "depth")
        await viewer.until(lambda: viewer.of(Depth))

    run(step, {"fetch_order_book": book})


def test_a_channel_that_is_not_there_names_those_that_are() -> None:
    async def step(viewer: Viewer) -> None:
        with pytest.raises(SubscriptionError, match="there is: depth, quotes"):
            viewer.driver.subscribe(NAME, "trades")

    run(step, {})


def test_the_past_is_read_page_by_page_and_only_what_has_closed() -> None:
    now_ms = time.time_ns() // 1_000_000
    first = now_ms // MINUTE_MS * MINUTE_MS - 6 * MINUTE_MS

    def page(_symbol: str, _interval: str, since: int, _limit: int) -> list[list[float]]:
        starts = [first + n * MINUTE_MS for n in range(7)]
        return [[each, 1, 2, 1, 2, 3] for each in starts if each >= since][:3]

    async def step(viewer: Viewer) -> None:
        bars = await viewer.driver.history(NAME, "1m", first * 1_000_000, (now_ms + 1) * 1_000_000)
        assert all(isinstance(each, Bar) and each.closed for each in bars)
        assert [each.ts_start // 1_000_000 for each in bars[:6]] == [
            first + n * MINUTE_MS for n in range(6)
        ]
        assert viewer.count("fetch_ohlcv") >= 3

    run(step, {"fetch_ohlcv": page}, fetchOHLCV=True)


# ---- the account's line


def test_where_only_single_symbols_are_pushed_the_orders_are_asked_for() -> None:
    class ArgumentsRequired(Exception):
        pass

    def watch(*_: Any) -> Any:
        raise ArgumentsRequired("a symbol")

    async def step(viewer: Viewer) -> None:
        await viewer.until(lambda: viewer.of(OrderAccepted))
        assert viewer.driver.state is DriverState.READY

    answers = {
        "fetch_balance": {},
        "watch_orders": watch,
        "fetch_open_orders": [order_row()],
    }
    run(step, answers, "k", watchOrders=True)


def test_a_break_is_told_and_mends_itself() -> None:
    troubles: list[Exception] = []

    def open_orders(*_: Any) -> list[Any]:
        if troubles:
            raise troubles.pop()
        return []

    async def step(viewer: Viewer) -> None:
        troubles.append(NetworkError("reset"))
        states = lambda: [each.state for each in viewer.of(VenueStateChanged)]  # noqa: E731
        await viewer.until(lambda: DriverState.DEGRADED in states())
        await viewer.until(lambda: states()[-1] is DriverState.READY)

    run(step, {"fetch_balance": {}, "fetch_open_orders": open_orders}, "k")
