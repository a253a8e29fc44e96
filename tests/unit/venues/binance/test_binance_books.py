"""Market data of Binance: books that mend themselves, and nothing that is said twice."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.errors import SubscriptionError
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar, Depth, FundingRate, Quote, Trade
from anyvenue.venues.binance.books import BookSync
from anyvenue.venues.binance.wire import DepthUpdate
from anyvenue.venues.tracking.ladder import Ladder, Outcome
from binance_script import Script

SPOT = InstrumentId("BTC-USDT.BINANCE")
PERPETUAL = InstrumentId("BTC-USDT-PERP.BINANCE")


def run(step: Coroutine[Any, Any, None]) -> None:
    asyncio.run(step)


def change(
    first: int, last: int, previous: int | None = None, price: float = 1.0
) -> DepthUpdate[float]:
    made: DepthUpdate[float] = DepthUpdate(1, "BTCUSDT", first, last, [(price, 1.0)], [])
    if previous is not None:
        made.previous = previous
    return made


@pytest.mark.parametrize("futures", [False, True])
def test_changes_apply_only_one_after_another(futures: bool) -> None:
    def step(first: int, last: int, previous: int) -> DepthUpdate[float]:
        return change(first, last, previous if futures else None)

    book = BookSync()
    assert book.take(step(90, 100, 89)) is Outcome.HELD
    assert book.take(step(101, 110, 100)) is Outcome.HELD
    assert book.begin(105, [(1.0, 5.0)], [(2.0, 5.0)])
    assert book.last == 110
    assert book.take(step(111, 120, 110)) is Outcome.APPLIED
    assert book.take(step(111, 120, 110)) is Outcome.OLD, "a repeat"
    assert book.take(step(101, 110, 100)) is Outcome.OLD, "one that comes late"
    assert book.take(step(131, 140, 130)) is Outcome.GAP
    assert not book.whole
    assert book.take(step(141, 150, 140)) is Outcome.HELD
    assert not book.begin(120, [], []), "a snapshot older than what was held does not join"
    assert book.take(step(151, 160, 150)) is Outcome.HELD
    assert book.begin(155, [(1.0, 5.0)], [(2.0, 5.0)])
    assert (book.last, book.whole) == (160, True)


levels = st.lists(
    st.tuples(st.integers(1, 60).map(float), st.integers(0, 3).map(float)), max_size=40
)


@given(levels, st.lists(levels, max_size=30), st.sampled_from([1, -1]))
def test_a_ladder_is_what_a_plain_dictionary_would_be(
    start: list[tuple[float, float]], changes: list[list[tuple[float, float]]], sign: int
) -> None:
    ladder, plain = Ladder(sign), {price: size for price, size in start if size}
    ladder._dead_limit = 30
    ladder.reset(list(plain.items()))
    for each in changes:
        ladder.change(each)
        plain.update(each)
        plain = {price: size for price, size in plain.items() if size}
        prices = sorted(plain, reverse=sign > 0)
        assert ladder.top(100) == (tuple(prices), tuple(plain[price] for price in prices))
        if prices:
            assert ladder.best() == (prices[0], plain[prices[0]])


def depth_event(first: int, last: int, price: str) -> dict[str, Any]:
    return {
        "e": "depthUpdate",
        "E": 5,
        "s": "BTCUSDT",
        "U": first,
        "u": last,
        "b": [[price, "1"]],
        "a": [],
    }


def snapshot(last: int) -> tuple[int, dict[str, Any]]:
    return 200, {"lastUpdateId": last, "bids": [["99.00", "2.0"]], "asks": [["101.00", "3.0"]]}


async def streaming(script: Script, path: str) -> Any:
    await script.until(lambda: any(path in each.url and each.sent for each in script.sockets))
    return next(each for each in reversed(script.sockets) if path in each.url)


def test_a_gap_is_mended_by_a_new_snapshot_and_nothing_wrong_is_told() -> None:
    async def step() -> None:
        script = Script()
        script.answer("GET /api/v3/depth", snapshot(10), snapshot(30))
        async with script:
            script.driver.subscribe(SPOT, "depth")
            stream = await streaming(script, "9443/ws")
            assert stream.sent[0]["params"] == ["btcusdt@depth@100ms"]
            stream.say(depth_event(9, 11, "99.5"))
            await script.until(lambda: script.inbox.of(Depth))
            stream.say(depth_event(12, 12, "99.6"))
            stream.say(depth_event(12, 12, "99.6"))
            stream.say(depth_event(29, 31, "99.7"))
            await script.until(lambda: script.count("GET /api/v3/depth") == 2)
            stream.say(depth_event(32, 33, "99.8"))
            await script.until(lambda: script.inbox.of(Depth)[-1].bid == 99.8)
            bids = [each.bid for each in script.inbox.of(Depth)]
            assert bids == sorted(bids)
            assert script.inbox.of(Depth)[-1].bid_prices == (99.8, 99.7, 99.0)

    run(step())


def test_after_a_break_subscriptions_come_back_and_the_book_begins_anew() -> None:
    async def step() -> None:
        script = Script()
        script.answer("GET /api/v3/depth", snapshot(10), snapshot(50))
        async with script:
            for _ in range(2):
                script.driver.subscribe(SPOT, "depth")
                script.driver.subscribe(SPOT, "quotes")
            stream = await streaming(script, "9443/ws")
            stream.say(depth_event(9, 11, "99.5"))
            await script.until(
                lambda: script.inbox.of(Depth)[-1:] and script.inbox.of(Depth)[-1].bid == 99.5
            )
            stream.cut()
            await script.until(lambda: sum("9443/ws" in each.url for each in script.sockets) == 2)
            again = await streaming(script, "9443/ws")
            await script.until(lambda: again.sent)
            names = [name for request in again.sent for name in request["params"]]
            assert sorted(names) == ["btcusdt@bookTicker", "btcusdt@depth@100ms"]
            again.say(depth_event(49, 51, "98.5"))
            await script.until(lambda: script.inbox.of(Depth)[-1].bid_prices == (99.0, 98.5))

    run(step())


def test_quotes_trades_bars_and_funding_of_usdm_come_over_their_own_paths() -> None:
    async def step() -> None:
        script = Script("usdm")
        async with script:
            for channel in ("quotes", "trades", "bars", "bars:5m", "funding"):
                script.driver.subscribe(PERPETUAL, channel)
            public = await streaming(script, "/public/ws")
            market = await streaming(script, "/market/ws")
            assert public.sent[0]["params"] == ["btcusdt@bookTicker"]
            public.say(
                {
                    "e": "bookTicker",
                    "u": 1,
                    "s": "BTCUSDT",
                    "b": "1",
                    "B": "2",
                    "a": "3",
                    "A": "4",
                    "T": 5,
                    "E": 6,
                }
            )
            market.say(
                {
                    "e": "trade",
                    "E": 1,
                    "s": "BTCUSDT",
                    "t": 7,
                    "p": "2",
                    "q": "1",
                    "T": 5,
                    "m": True,
                    "X": "MARKET",
                }
            )
            market.say(
                {
                    "e": "trade",
                    "E": 1,
                    "s": "BTCUSDT",
                    "t": 8,
                    "p": "2",
                    "q": "1",
                    "T": 5,
                    "m": True,
                    "X": "INSURANCE_FUND",
                }
            )
            bar = {
                "t": 60_000,
                "T": 119_999,
                "s": "BTCUSDT",
                "i": "1m",
                "o": "1",
                "c": "2",
                "h": "3",
                "l": "1",
                "v": "4",
                "n": 5,
                "x": True,
                "q": "6",
            }
            market.say({"e": "kline", "E": 120_000, "s": "BTCUSDT", "k": bar})
            market.say(
                {
                    "e": "markPriceUpdate",
                    "E": 1,
                    "s": "BTCUSDT",
                    "p": "2",
                    "r": "0.0001",
                    "T": 28_800_000,
                }
            )
            await script.until(lambda: script.inbox.of(Quote) and script.inbox.of(FundingRate))
            (quote,), (trade,) = script.inbox.of(Quote), script.inbox.of(Trade)
            assert (quote.bid, quote.ask_size, quote.ts_event) == (1.0, 4.0, 5_000_000)
            assert (trade.trade_id, trade.aggressor) == ("7", "sell")
            (closed,) = script.inbox.of(Bar)
            assert (closed.closed, closed.ts_start, closed.ts_event) == (
                True,
                60_000_000_000,
                120_000_000_000,
            )
            (funding,) = script.inbox.of(FundingRate)
            assert (str(funding.rate), funding.ts_due) == ("0.0001", 28_800_000_000_000)

    run(step())


def test_all_is_everything_a_node_needs_and_may_be_asked_for_before_opening() -> None:
    async def step() -> None:
        script = Script("usdm")
        script.answer("GET /fapi/v1/depth", snapshot(10))
        script.driver.subscribe(PERPETUAL, "all")
        async with script:
            public = await streaming(script, "/public/ws")
            market = await streaming(script, "/market/ws")
            assert public.sent[0]["params"] == ["btcusdt@bookTicker", "btcusdt@depth@100ms"]
            assert market.sent[0]["params"] == ["btcusdt@trade", "btcusdt@markPrice@1s"]

    run(step())


def test_what_the_venue_does_not_have_cannot_be_subscribed() -> None:
    async def step() -> None:
        script = Script()
        async with script:
            with pytest.raises(SubscriptionError, match="funding"):
                script.driver.subscribe(SPOT, "funding")
            with pytest.raises(SubscriptionError, match="no NO-SUCH"):
                script.driver.subscribe(InstrumentId("NO-SUCH.BINANCE"), "quotes")

    run(step())


def test_history_is_closed_bars_oldest_first_page_by_page() -> None:
    def rows(wanted: dict[str, str]) -> tuple[int, Any]:
        start, end, page = (int(wanted[name]) for name in ("startTime", "endTime", "limit"))
        first = -(-start // 60_000) * 60_000
        found = range(first, end + 1, 60_000)[:page]
        return 200, [
            [ms, "1", "2", "1", "2", "3", ms + 59_999, "4", 5, "1", "1", "0"] for ms in found
        ]

    async def step() -> None:
        script = Script()
        script.answer("GET /api/v3/klines", rows)
        async with script:
            minute = 60_000_000_000
            bars = await script.driver.history(SPOT, "1m", 0, 2500 * minute)
            assert [each.ts_start for each in bars] == [n * minute for n in range(2500)]
            assert all(each.closed for each in bars)
            now = script.now_ns // minute * minute
            latest = await script.driver.history(SPOT, "1m", now - 2 * minute, now + minute)
            assert [each.ts_start for each in latest] == [now - 2 * minute, now - minute]

    run(step())
