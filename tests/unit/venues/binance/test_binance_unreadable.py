"""An answer that says yes and cannot be read says nothing: the venue is asked, and nothing is sent twice."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import Side, TimeInForce
from anyvenue.model.events import (
    CancelRejected,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from binance_script import NOW, Script

MAIN, SPOT, ID = AccountId("main"), InstrumentId("BTC-USDT.BINANCE"), OrderId(211_512_345_678)
PLACE, CANCEL = "POST /api/v3/order", "DELETE /api/v3/order"
REPLACE, QUERY = "POST /api/v3/order/cancelReplace", "GET /api/v3/order"
BODIES = [b"<html>maintenance</html>", b"", {"symbol": "BTCUSDT"}, [], {"orderId": "x"}]
ROW = {
    "symbol": "BTCUSDT",
    "orderId": 7,
    "clientOrderId": f"av-{ID}",
    "price": "60000",
    "origQty": "0.5",
    "executedQty": "0",
    "cummulativeQuoteQty": "0",
    "status": "NEW",
    "timeInForce": "GTC",
    "type": "LIMIT",
    "side": "BUY",
    "time": 5,
    "updateTime": 6,
}


def run(step: Coroutine[Any, Any, None]) -> None:
    asyncio.run(step)


def made() -> Script:
    script = Script(order_entry="rest")
    script.answer(PLACE, 200, ROW)
    script.answer(QUERY, 200, ROW)
    return script


def place(script: Script) -> None:
    price, good = Decimal(60_000), TimeInForce.GTC
    request = OrderRequest(MAIN, SPOT, Side.BUY, Decimal("0.5"), price, time_in_force=good)
    script.driver.submit(SubmitOrder(ID, request, NOW))


async def placed(script: Script) -> None:
    place(script)
    await script.until(lambda: script.inbox.of(OrderAccepted))


@pytest.mark.parametrize("body", BODIES)
def test_an_order_is_unknown_and_then_found_by_its_client_id(body: object) -> None:
    async def step() -> None:
        script = made()
        script.answer(PLACE, 200, body)
        async with script:
            place(script)
            await script.until(lambda: script.inbox.of(OrderAccepted))
            assert len(script.inbox.of(OrderOutcomeLost)) == 1
            assert "cannot be read" in script.inbox.of(OrderOutcomeLost)[0].reason
            assert script.count(PLACE) == 1
            assert script.inbox.of(OrderRejected) == []

    run(step())


@pytest.mark.parametrize("body", BODIES)
def test_a_cancel_is_found_out_by_asking_for_the_order(body: object) -> None:
    async def step() -> None:
        script = made()
        script.answer(CANCEL, 200, body)
        async with script:
            await placed(script)
            script.answer(QUERY, 200, ROW | {"status": "CANCELED"})
            script.driver.cancel(CancelOrder(ID, MAIN, NOW))
            await script.until(lambda: script.inbox.of(OrderCancelled))
            assert script.inbox.of(CancelRejected) == []
            assert script.count(CANCEL) == 1

    run(step())


@pytest.mark.parametrize("body", BODIES)
def test_a_replacement_is_found_by_the_ids_of_both(body: object) -> None:
    async def step() -> None:
        script = made()
        script.answer(REPLACE, 200, body)

        def asked(wanted: dict[str, str]) -> tuple[int, Any]:
            if wanted.get("origClientOrderId") == f"av-{ID}-1":
                new = {"orderId": 8, "clientOrderId": f"av-{ID}-1", "price": "59000"}
                return 200, ROW | new
            return 200, ROW | {"status": "CANCELED"}

        script.answer("GET /api/v3/myTrades", 200, [])
        async with script:
            await placed(script)
            script.answer(QUERY, asked)
            script.driver.modify(ModifyOrder(ID, MAIN, NOW, price=Decimal(59_000)))
            await script.until(lambda: script.inbox.of(OrderModified))
            assert script.inbox.of(OrderModified)[0].price == 59_000
            assert script.inbox.of(OrderCancelled) == []
            assert script.count(REPLACE) == 1

    run(step())


def test_a_replacement_that_a_gateway_refuses_leaves_the_order_as_it_is() -> None:
    async def step() -> None:
        script = made()
        script.answer(REPLACE, 403, b"<html>not from here</html>")
        async with script:
            await placed(script)
            asked = script.count(QUERY)
            script.driver.modify(ModifyOrder(ID, MAIN, NOW, price=Decimal(59_000)))
            await script.until(lambda: script.inbox.of(ModifyRejected))
            await script.until(lambda: script.count(QUERY) > asked)
            assert script.driver._records.by_id[ID].part == 0
            assert script.inbox.of(OrderCancelled) == []

    run(step())
