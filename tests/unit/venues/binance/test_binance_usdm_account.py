"""A USD-M account at Binance: batches of orders, its modes and leverage tables, its trades and funding of the past."""

import asyncio
import json
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.commands import SubmitOrder
from anyvenue.model.enums import DriverState, Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import (
    ConfigError,
    ConnectivityError,
    DuplicateClientRef,
    InvalidOrder,
    NotSent,
    RateLimited,
)
from anyvenue.model.events import (
    OrderAccepted,
    OrderFilled,
    OrderOutcomeLost,
    OrderRejected,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import HEDGED, NETTED, LeverageTier
from anyvenue.model.market import FundingRate
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.tracking.fill_places import cursor_of
from binance_script import NOW, Script

ACCOUNT, SPOT = AccountId("main"), InstrumentId("BTC-USDT.BINANCE")
PERP = InstrumentId("BTC-USDT-PERP.BINANCE")
FIRST = 211_512_345_678
BATCH, DUAL = "POST /fapi/v1/batchOrders", "/fapi/v1/positionSide/dual"
DAY_MS, HOUR_NS = 86_400_000, 3_600_000_000_000
NOW_MS = NOW // 1_000_000


def run(step: Coroutine[Any, Any, None]) -> None:
    asyncio.run(step)


def command(number: int, name: str = PERP, **changes: Any) -> SubmitOrder:
    fields: dict[str, Any] = {"time_in_force": TimeInForce.GTC, "price": Decimal(60_000)}
    request = OrderRequest(
        ACCOUNT, InstrumentId(name), Side.BUY, Decimal("0.5"), **(fields | changes)
    )
    return SubmitOrder(OrderId(FIRST + number), request, NOW)


def row(number: int, **changes: Any) -> dict[str, Any]:
    """Return an order as a batch is answered with."""
    return {
        "orderId": 100 + number,
        "symbol": "BTCUSDT",
        "status": "NEW",
        "clientOrderId": f"av-{FIRST + number}",
        "price": "60000",
        "origQty": "0.5",
        "executedQty": "0",
        "cumQuote": "0",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "updateTime": 1,
    } | changes


# ---- batches


def test_orders_go_by_fives_and_each_is_answered_on_its_own() -> None:
    async def step() -> None:
        script = Script("usdm")
        answers = [
            [row(0), {"code": -2019, "msg": "Margin is insufficient."}, row(2), row(3), row(4)],
            [row(5)],
        ]
        script.answer(BATCH, (200, answers[0]))
        script.answer("order.place", (200, row(5)))
        async with script:
            assert script.driver.submit_many([command(each) for each in range(6)]) == {}
            await script.until(lambda: len(script.inbox.of(OrderAccepted)) == 5)
            sent = json.loads(script.last(BATCH)["batchOrders"])
            assert [each["newClientOrderId"] for each in sent] == [
                f"av-{FIRST + each}" for each in range(5)
            ]
            assert sent[0]["price"] == "60000"
            (refused,) = script.inbox.of(OrderRejected)
            assert (refused.order_id, refused.venue_code) == (FIRST + 1, "-2019")
            assert refused.code == "order.insufficient_funds"
            assert script.count(BATCH) == 1
            assert script.count("order.place") == 1  # one alone needs no batch

    run(step())


def test_what_cannot_be_sent_is_named_and_the_rest_is_sent() -> None:
    async def step() -> None:
        script = Script("usdm")
        script.answer(BATCH, 200, [row(0), row(1)])
        async with script:
            wrong = command(7, display=Decimal("0.1"))
            commands = [command(0), wrong, command(1), command(0)]
            failed = script.driver.submit_many(commands)
            assert {name: type(error) for name, error in failed.items()} == {
                FIRST + 7: InvalidOrder,
                FIRST: DuplicateClientRef,
            }
            await script.until(lambda: len(script.inbox.of(OrderAccepted)) == 2)

    run(step())


def test_a_batch_that_nobody_answers_for_is_asked_about_order_by_order() -> None:
    async def step() -> None:
        script = Script("usdm")
        script.answer(BATCH, ConnectivityError("cut", sent=True))
        script.answer(
            "GET /fapi/v1/order",
            lambda asked: (200, row(int(asked["origClientOrderId"].removeprefix("av-")) - FIRST)),
        )
        async with script:
            script.driver.submit_many([command(0), command(1)])
            await script.until(lambda: len(script.inbox.of(OrderAccepted)) == 2)
            assert len(script.inbox.of(OrderOutcomeLost)) == 2
            assert script.count(BATCH) == 1
            assert script.inbox.of(OrderRejected) == []

    run(step())


@pytest.mark.parametrize("body", [b"what?", [row(0)], {"code": 200}])
def test_a_batch_whose_answer_cannot_be_read_is_asked_about(body: object) -> None:
    async def step() -> None:
        script = Script("usdm")
        script.answer(BATCH, 200, body)
        script.answer(
            "GET /fapi/v1/order",
            lambda asked: (200, row(int(asked["origClientOrderId"].removeprefix("av-")) - FIRST)),
        )
        async with script:
            script.driver.submit_many([command(0), command(1)])
            await script.until(lambda: len(script.inbox.of(OrderAccepted)) == 2)
            assert script.inbox.of(OrderRejected) == []

    run(step())


def test_a_refused_batch_refuses_all_its_orders() -> None:
    async def step() -> None:
        script = Script("usdm")
        script.answer(BATCH, 400, {"code": -1102, "msg": "Mandatory parameter was not sent."})
        async with script:
            script.driver.submit_many([command(0), command(1)])
            await script.until(lambda: len(script.inbox.of(OrderRejected)) == 2)
            assert not script.driver._records.working()

    run(step())


def test_a_batch_that_came_late_is_sent_again_order_by_order_when_the_clock_is_right() -> None:
    async def step() -> None:
        script = Script("usdm")
        script.answer(BATCH, 400, {"code": -1021, "msg": "Timestamp for this request is outside."})
        script.answer(
            "order.place",
            lambda asked: (200, row(int(asked["newClientOrderId"].removeprefix("av-")) - FIRST)),
        )
        async with script:
            script.driver.submit_many([command(0), command(1)])
            await script.until(lambda: len(script.inbox.of(OrderAccepted)) == 2)
            assert (script.count(BATCH), script.count("order.place")) == (1, 2)

    run(step())


def test_conditional_orders_go_alone_and_spot_has_no_batches() -> None:
    async def step() -> None:
        script = Script("usdm")
        script.answer(BATCH, 200, [row(0), row(1)])
        async with script:
            stop = command(2, type=OrderType.STOP, price=None, stop_price=Decimal(61_000))
            script.driver.submit_many([command(0), stop, command(1)])
            await script.until(lambda: len(script.inbox.of(OrderAccepted)) == 2)
            assert script.count("algoOrder.place") == 1
        spot = Script("spot")
        async with spot:
            spot.driver.submit_many([command(each, SPOT) for each in range(3)])
            await spot.until(lambda: spot.count("order.place") == 3)

    run(step())


def test_without_a_session_or_within_the_limits_nothing_of_a_batch_is_sent() -> None:
    async def step() -> None:
        script = Script("usdm")
        with pytest.raises(NotSent):
            script.driver.submit_many([command(0)])
        rule = {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1}
        limited = Script("usdm", limits=[rule])
        async with limited:
            limited.driver.submit_many([command(0), command(1)])
            await limited.until(lambda: len(limited.inbox.of(OrderRejected)) == 2)
            assert {each.code for each in limited.inbox.of(OrderRejected)} == {RateLimited.code}
            assert limited.count(BATCH) == 0

    run(step())


# ---- modes and tables


def test_hedge_mode_is_learned_and_orders_name_their_side() -> None:
    async def step() -> None:
        script = Script("usdm")
        script.answer(f"GET {DUAL}", 200, {"dualSidePosition": True})
        async with script:
            assert script.driver.capabilities.hedged
            (listed,) = await script.driver.instruments()
            assert listed.position_rule == HEDGED
            sent: list[str] = []
            for number, (side, offset) in enumerate(
                [(Side.BUY, Offset.OPEN), (Side.SELL, Offset.CLOSE), (Side.SELL, Offset.OPEN)]
            ):
                order = command(number, offset=offset).request
                request = OrderRequest(
                    ACCOUNT, PERP, side, order.quantity, order.price, offset=offset
                )
                script.driver.submit(SubmitOrder(OrderId(FIRST + number), request, NOW))
                await script.until(lambda: script.count("order.place") > len(sent))
                sent.append(script.last("order.place")["positionSide"])
            assert sent == ["LONG", "LONG", "SHORT"]

    run(step())


def test_the_mode_is_chosen_and_the_instruments_follow() -> None:
    async def step() -> None:
        script = Script("usdm")
        script.answer(f"POST {DUAL}", 200, {"code": 200, "msg": "success"})
        async with script:
            assert script.driver._listing.get(PERP).position_rule == NETTED
            await script.driver.set_hedged(True)
            assert script.last(f"POST {DUAL}")["dualSidePosition"] == "true"
            assert script.driver.capabilities.hedged
            assert script.driver._listing.get(PERP).position_rule == HEDGED
            script.answer(f"POST {DUAL}", 400, {"code": -4059, "msg": "No need to change."})
            await script.driver.set_hedged(True)
        async with Script("spot") as spot:
            with pytest.raises(InvalidOrder):
                await spot.driver.set_hedged(True)

    run(step())


def test_an_account_whose_currencies_margin_each_other_is_not_opened() -> None:
    async def step() -> None:
        script = Script("usdm")
        script.answer("GET /fapi/v1/multiAssetsMargin", 200, {"multiAssetsMargin": True})
        with pytest.raises(ConfigError, match="choose single-asset mode"):
            await script.driver.open(script.inbox)
        assert script.driver.state is DriverState.CLOSED

    run(step())


def test_the_accounts_own_leverage_tables_are_taken() -> None:
    brackets = [
        {
            "bracket": 1,
            "initialLeverage": 75,
            "notionalCap": 10000,
            "notionalFloor": 0,
            "maintMarginRatio": 0.0065,
            "cum": 0.0,
        },
        {
            "bracket": 2,
            "initialLeverage": 50,
            "notionalCap": 40000,
            "notionalFloor": 10000,
            "maintMarginRatio": 0.01,
            "cum": 35.0,
        },
    ]
    path = "GET /fapi/v1/leverageBracket"

    async def step() -> None:
        script = Script("usdm")
        table = [
            {"symbol": "BTCUSDT", "brackets": brackets},
            {"symbol": "OTHER", "brackets": []},
        ]
        script.answer(path, 200, table)
        async with script:
            (listed,) = await script.driver.instruments()

        assert listed.tiers == (
            LeverageTier(Decimal(10_000), Decimal(75), Decimal("0.0065"), Decimal(0)),
            LeverageTier(Decimal(40_000), Decimal(50), Decimal("0.01"), Decimal(35)),
        )
        refused = Script("usdm")
        refused.answer(path, 400, {"code": -1020, "msg": "This operation is not supported."})
        async with refused:
            (known,) = await refused.driver.instruments()
            assert len(known.tiers) > 5

    run(step())


# ---- trades of the past


class Trades:
    """All trades of the account, answered as the venue does: for a stretch of time, or on from a number."""

    def __init__(self, market: str, times_ms: list[int]) -> None:
        self.spot, self.times = market == "spot", times_ms
        self.longest = DAY_MS if self.spot else 7 * DAY_MS

    def answer(self, asked: dict[str, str]) -> tuple[int, Any]:
        limit = int(asked["limit"])
        if "fromId" in asked:
            assert "startTime" not in asked
            numbers = [at for at in range(len(self.times)) if at >= int(asked["fromId"])]
        else:
            start = int(asked["startTime"])
            end = int(asked.get("endTime", start + self.longest - 1))
            assert end - start < self.longest
            numbers = [at for at, ts in enumerate(self.times) if start <= ts <= end]
        return 200, [self.row(at) for at in numbers[:limit]]

    def row(self, at: int) -> dict[str, Any]:
        own = {"isBuyer": True, "isMaker": False} if self.spot else {"buyer": True, "maker": False}
        return {
            "symbol": "BTCUSDT",
            "id": at,
            "orderId": 7,
            "side": "BUY",
            "price": "60000",
            "qty": "0.001",
            "quoteQty": "60",
            "commission": "0.01",
            "commissionAsset": "USDT",
            "time": self.times[at],
        } | own


@pytest.mark.parametrize("market", ["spot", "usdm"])
@pytest.mark.parametrize(
    "times",
    [
        # More of one ms than a page holds, with others before and after.
        [NOW_MS - 5000, *[NOW_MS - 4000] * 1500, NOW_MS - 3000],
        # Days without any, then a few, and more in later stretches of time.
        [NOW_MS - 20 * DAY_MS, NOW_MS - 12 * DAY_MS, NOW_MS - DAY_MS, NOW_MS - 10],
        # Pages that end exactly where they are full.
        [NOW_MS - 2000 + each for each in range(2000)],
        [],
    ],
    ids=["crowded", "sparse", "full", "none"],
)
def test_every_trade_since_the_cursor_is_brought_once(market: str, times: list[int]) -> None:
    async def step() -> None:
        script, trades = Script(market), Trades(market, times)
        kind = "/api/v3" if market == "spot" else "/fapi/v1"
        own = "myTrades" if market == "spot" else "userTrades"
        script.answer(f"GET {kind}/{own}", trades.answer)
        filled = f"{len(times) * Decimal('0.001')}"
        order = row(0, orderId=7, clientOrderId="web", origQty=filled, executedQty=filled)
        order |= {"status": "FILLED", "cummulativeQuoteQty": "1", "transactTime": 1}
        script.answer(f"GET {kind}/order", 200, order)
        script.answer("GET /fapi/v3/account", 200, {"assets": []})
        script.answer("GET /fapi/v1/symbolConfig", 200, [])
        script.driver._snapshots._more_symbols = ["BTCUSDT"]
        async with script:
            since = cursor_of(NOW_MS - 30 * DAY_MS, 0)
            found = await script.driver.snapshot(ACCOUNT, since)
        numbers = [int(each.trade_id.rpartition("-")[2]) for each in found.fills]
        assert numbers == list(range(len(times)))
        assert len(script.inbox.of(OrderFilled)) == len(times)

    run(step())


# ---- funding of the past


def funded(times_ms: list[int], start: int, end: int) -> tuple[list[FundingRate], Script]:
    def answer(asked: dict[str, str]) -> tuple[int, Any]:
        first, last = int(asked["startTime"]), int(asked["endTime"])
        rows = [
            {"symbol": "BTCUSDT", "fundingRate": "0.00010000", "fundingTime": each}
            for each in times_ms
            if first <= each <= last
        ]
        return 200, rows[: int(asked["limit"])]

    async def step() -> tuple[list[FundingRate], Script]:
        script = Script("usdm")
        script.answer("GET /fapi/v1/fundingRate", answer)
        interval = {"symbol": "BTCUSDT", "fundingIntervalHours": 4}
        script.answer("GET /fapi/v1/fundingInfo", 200, [interval])
        async with script:
            return await script.driver.past_funding(PERP, start, end), script

    return asyncio.run(step())


def test_funding_of_the_past_is_read_page_by_page() -> None:
    times = [NOW_MS - (2500 - each) * 4 * 3_600_000 for each in range(2500)]
    found, script = funded(times, times[3] * 1_000_000, times[-2] * 1_000_000)
    assert [each.ts_due for each in found] == [each * 1_000_000 for each in times[3:-2]]
    assert script.count("GET /fapi/v1/fundingRate") == 3
    assert {(each.rate, each.interval_ns) for each in found} == {(Decimal("0.0001"), 4 * HOUR_NS)}


def test_no_funding_is_an_empty_list_and_spot_has_none() -> None:
    assert funded([], 0, NOW)[0] == []

    async def step() -> None:
        async with Script("spot") as spot:
            with pytest.raises(InvalidOrder):
                await spot.driver.past_funding(SPOT, 0, NOW)

    run(step())
