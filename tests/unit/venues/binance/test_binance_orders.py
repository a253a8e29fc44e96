"""Orders at Binance: each outcome is told once, and what nobody answered for is found out and never doubled."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, OrderState, OrderType, Side, TimeInForce
from anyvenue.model.errors import ConnectivityError, DuplicateClientRef, NotSent, RateLimited
from anyvenue.model.events import (
    CancelRejected,
    Deposited,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
    OrderTriggered,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from binance_script import NOW, Script

SPOT = InstrumentId("BTC-USDT.BINANCE")
PERPETUAL = InstrumentId("BTC-USDT-PERP.BINANCE")
ID = OrderId(211_512_345_678)
PLACE, CANCEL, REPLACE = "order.place", "order.cancel", "order.cancelReplace"
QUERY, TRADES = "GET /api/v3/order", "GET /api/v3/myTrades"
ACK = {"symbol": "BTCUSDT", "orderId": 7, "clientOrderId": f"av-{ID}", "transactTime": 1}
UNKNOWN = {"code": -2013, "msg": "Order does not exist."}


def run(step: Coroutine[Any, Any, None]) -> None:
    asyncio.run(step)


def command(instrument: str = SPOT, **changes: Any) -> SubmitOrder:
    fields: dict[str, Any] = {"time_in_force": TimeInForce.GTC, "price": Decimal("60000")}
    request = OrderRequest(
        AccountId("main"),
        InstrumentId(instrument),
        Side.BUY,
        changes.pop("quantity", Decimal("0.5")),
        **(fields | changes),
    )
    return SubmitOrder(ID, request, NOW, str(ID))


def order(**changes: Any) -> dict[str, Any]:
    """Return an order as a question is answered with."""
    return {
        **ACK,
        "price": "60000.00",
        "origQty": "0.50000000",
        "executedQty": "0.00000000",
        "cummulativeQuoteQty": "0.00",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "time": 5,
        "updateTime": 6,
        "a field of next year": [1],
    } | changes


def report(what: str = "NEW", **changes: Any) -> dict[str, Any]:
    """Return an event of an order, by its status as what happened."""
    return {
        "e": "executionReport",
        "E": 9,
        "s": "BTCUSDT",
        "c": f"av-{ID}",
        "S": "BUY",
        "o": "LIMIT",
        "f": "GTC",
        "q": "0.50000000",
        "p": "60000.00000000",
        "x": what,
        "X": what,
        "i": 7,
        "T": 8,
        "t": -1,
        "N": None,
        "n": "0",
    } | changes


def traded(
    quantity: str, total: str, trade: int, status: str = "PARTIALLY_FILLED"
) -> dict[str, Any]:
    return report(
        "TRADE", X=status, l=quantity, z=total, L="60000", t=trade, n="0.1", N="USDT", m=True
    )


def trade(number: int, quantity: str, order_id: int = 7) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT",
        "id": number,
        "orderId": order_id,
        "price": "60000",
        "qty": quantity,
        "quoteQty": "1",
        "commission": "0.1",
        "commissionAsset": "USDT",
        "time": 7,
        "isBuyer": True,
        "isMaker": True,
    }


def test_an_order_is_accepted_once_though_answer_and_stream_tell_of_it() -> None:
    async def step() -> None:
        script = Script()
        script.answer(PLACE, 200, ACK)
        async with script:
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderAccepted))
            script.tell(report())
            script.tell(traded("0.2", "0.2", 1))
            script.tell(traded("0.2", "0.2", 1))
            script.tell(traded("0.3", "0.5", 2, "FILLED"))
            await script.until(lambda: len(script.inbox.of(OrderFilled)) == 2)
            assert [each.venue_order_id for each in script.inbox.of(OrderAccepted)] == ["7"]
            fill = script.inbox.of(OrderFilled)[1].fill
            assert (fill.trade_id, fill.quantity, fill.fee, fill.maker) == (
                "BTCUSDT-2",
                Decimal("0.3"),
                Decimal("0.1"),
                True,
            )
            sent = script.last(PLACE)
            assert sent["newClientOrderId"] == f"av-{ID}"
            assert (sent["quantity"], sent["price"]) == ("0.5", "60000")
            assert sent["apiKey"] == "key"
            assert len(sent["signature"]) == 64

    run(step())


def test_the_same_order_is_not_sent_twice() -> None:
    async def step() -> None:
        script = Script()
        script.answer(PLACE, 200, ACK)
        async with script:
            script.driver.submit(command())
            with pytest.raises(DuplicateClientRef):
                script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderAccepted))
            assert script.count(PLACE) == 1

    run(step())


@pytest.mark.parametrize(
    "lost",
    [
        (503, {"code": -1007, "msg": "Timeout waiting for response from backend server."}),
        (502, b"<html>Bad gateway</html>"),
        (500, {"code": -1000, "msg": "An unknown error occurred."}),
        ConnectivityError("no answer", sent=True),
    ],
)
def test_an_order_nobody_answered_for_is_unknown_and_then_found_by_its_client_id(lost: Any) -> None:
    async def step() -> None:
        script = Script(order_entry="rest")
        script.answer("POST /api/v3/order", lost)
        script.answer(QUERY, 200, order())
        async with script:
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderAccepted))
            assert len(script.inbox.of(OrderOutcomeLost)) == 1
            assert script.inbox.of(OrderRejected) == []
            assert script.count("POST /api/v3/order") == 1, "it is not sent again"
            assert script.last(QUERY)["origClientOrderId"] == f"av-{ID}"

    run(step())


def test_silence_of_the_socket_makes_an_order_unknown_until_its_time_is_over() -> None:
    async def step() -> None:
        script = Script(receive_window_ms=1)

        def unknown(_: dict[str, str]) -> tuple[int, Any]:
            script.now_ns += 600_000_000
            return 400, UNKNOWN

        script.answer(QUERY, unknown)
        async with script:
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderRejected))
            (lost,), (rejected,) = script.inbox.of(OrderOutcomeLost), script.inbox.of(OrderRejected)
            assert lost.order_id == rejected.order_id == ID
            assert rejected.venue_code == "-2013"
            assert script.count(QUERY) >= 2, "one look was too early to be proof"
            assert script.count(PLACE) == 1

    run(step())


def test_a_request_that_never_left_is_told_as_such() -> None:
    async def step() -> None:
        script = Script(order_entry="rest")
        script.answer("POST /api/v3/order", ConnectivityError("cannot be reached", sent=False))
        async with script:
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderRejected))
            assert script.inbox.of(OrderOutcomeLost) == []

    run(step())


def test_a_request_that_came_too_late_by_our_clock_is_sent_again_at_the_right_time() -> None:
    async def step() -> None:
        script = Script()
        wrong = (
            400,
            {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."},
        )
        script.answer(PLACE, wrong, (200, ACK))
        async with script:
            script.answer("GET /api/v3/time", 200, {"serverTime": NOW // 1_000_000 + 5000})
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderAccepted))
            first, second = [each for name, each in script.asked if name == PLACE]
            assert int(second["timestamp"]) - int(first["timestamp"]) >= 4990
            assert first["newClientOrderId"] == second["newClientOrderId"]

    run(step())


@pytest.mark.parametrize(
    ("status", "code", "text", "kind"),
    [
        (
            400,
            -2010,
            "Account has insufficient balance for requested action.",
            "order.insufficient_funds",
        ),
        (400, -2010, "Order would immediately match and take.", "venue.refused"),
        (400, -2019, "Margin is insufficient.", "order.insufficient_funds"),
        (400, -2022, "ReduceOnly Order is rejected.", "order.insufficient_position"),
        (400, -1013, "Filter failure: LOT_SIZE", "order.invalid"),
        (401, -2015, "Invalid API-key, IP, or permissions for action.", "venue.auth"),
        (503, -1008, "Server is currently overloaded with other requests.", "venue.refused"),
    ],
)
def test_refusals_keep_the_venues_words(status: int, code: int, text: str, kind: str) -> None:
    async def step() -> None:
        script = Script()
        script.answer(PLACE, status, {"code": code, "msg": text})
        async with script:
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderRejected))
            (event,) = script.inbox.of(OrderRejected)
            assert (event.code, event.venue_code) == (kind, str(code))
            assert text in event.reason

    run(step())


def test_a_ban_keeps_everything_back_until_it_is_over() -> None:
    async def step() -> None:
        script = Script(order_entry="rest")
        refusal = (
            418,
            {"code": -1003, "msg": "Way too much request weight used; IP banned."},
            {"retry-after": "120"},
        )
        script.answer("POST /api/v3/order", refusal, (200, ACK))
        async with script:
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderRejected))
            (event,) = script.inbox.of(OrderRejected)
            assert event.code == RateLimited.code
            with pytest.raises(RateLimited) as caught:
                await script.driver.instruments()
            assert 118 < float(str(caught.value.fields["retry_after"])) <= 120
            asked = len(script.asked)
            script.now_ns += 121 * 10**9
            await script.driver.instruments()
            assert len(script.asked) == asked + 1

    run(step())


def test_the_venues_limit_of_orders_is_kept_without_asking() -> None:
    async def step() -> None:
        rule = {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 20}
        script = Script(limits=[rule])
        script.answer(PLACE, 200, ACK)
        async with script:
            for number in range(19):
                each = command()
                script.driver.submit(SubmitOrder(OrderId(ID + number), each.request, NOW))
            with pytest.raises(RateLimited):
                script.driver.submit(SubmitOrder(OrderId(ID + 99), command().request, NOW))
            script.now_ns += 10 * 10**9
            script.driver.submit(SubmitOrder(OrderId(ID + 99), command().request, NOW))

    run(step())


def test_a_break_makes_what_is_on_its_way_unknown_and_is_mended() -> None:
    async def step() -> None:
        script = Script(timeout_s=5.0)
        async with script:
            script.driver.submit(command())
            await script.until(lambda: script.count(PLACE))
            script.unreachable = True
            script.api.cut()
            await script.until(lambda: script.driver.state is DriverState.DEGRADED)
            assert len(script.inbox.of(OrderOutcomeLost)) == 1
            with pytest.raises(NotSent):
                script.driver.submit(SubmitOrder(OrderId(ID + 1), command().request, NOW))
            script.answer(
                "GET /api/v3/openOrders", 200, [order(executedQty="0.2", status="PARTIALLY_FILLED")]
            )
            script.answer(QUERY, 200, order(executedQty="0.2", status="PARTIALLY_FILLED"))
            script.answer(TRADES, 200, [trade(3, "0.2")])
            script.unreachable = False
            await script.until(lambda: script.driver.state is DriverState.READY)
            assert len(script.inbox.of(OrderAccepted)) == 1
            assert [each.fill.trade_id for each in script.inbox.of(OrderFilled)] == ["BTCUSDT-3"]

    run(step())


def test_a_cancel_is_told_once_and_one_that_is_too_late_is_refused() -> None:
    async def step() -> None:
        script = Script()
        script.answer(PLACE, 200, ACK)
        script.answer(CANCEL, 400, {"code": -2011, "msg": "Unknown order sent."})
        filled = order(executedQty="0.5", status="FILLED")
        script.answer(QUERY, 200, filled)
        script.answer(TRADES, 200, [trade(4, "0.5")])
        async with script:
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderAccepted))
            script.driver.cancel(CancelOrder(ID, AccountId("main"), NOW))
            await script.until(lambda: script.inbox.of(OrderFilled))
            assert len(script.inbox.of(CancelRejected)) == 1
            script.tell(traded("0.5", "0.5", 4, "FILLED"))
            script.tell(report("CANCELED", c="web", C=f"av-{ID}"))
            await script.until(lambda: not script.private._frames.qsize())
            assert len(script.inbox.of(OrderFilled)) == 1
            assert script.inbox.of(OrderCancelled) == []

    run(step())


REPLACED = {
    "cancelResult": "SUCCESS",
    "newOrderResult": "SUCCESS",
    "cancelResponse": order(status="CANCELED", clientOrderId="x", origClientOrderId=f"av-{ID}"),
    "newOrderResponse": {**ACK, "orderId": 8, "clientOrderId": f"av-{ID}-1"},
}


async def opened(script: Script) -> None:
    script.answer(PLACE, 200, ACK)
    script.driver.submit(command())
    await script.until(lambda: script.inbox.of(OrderAccepted))


def change(quantity: str | None = "0.6", price: str | None = "59000") -> ModifyOrder:
    return ModifyOrder(
        ID,
        AccountId("main"),
        NOW,
        None if quantity is None else Decimal(quantity),
        None if price is None else Decimal(price),
    )


def test_a_spot_order_is_changed_by_one_that_takes_its_place() -> None:
    async def step() -> None:
        script = Script()
        script.answer(REPLACE, 200, REPLACED)
        async with script:
            await opened(script)
            script.driver.modify(change())
            script.tell(report("CANCELED", c="x", C=f"av-{ID}"))
            script.tell(report(c=f"av-{ID}-1", i=8, q="0.6", p="59000"))
            await script.until(lambda: script.inbox.of(OrderModified))
            (event,) = script.inbox.of(OrderModified)
            assert (event.quantity, event.price) == (Decimal("0.6"), Decimal("59000"))
            assert script.inbox.of(OrderCancelled) == []
            sent = script.last(REPLACE)
            assert sent["cancelReplaceMode"] == "STOP_ON_FAILURE"
            assert sent["cancelRestrictions"] == "ONLY_NEW"
            assert (sent["newClientOrderId"], sent["cancelOrderId"]) == (f"av-{ID}-1", "7")
            script.tell(traded("0.6", "0.6", 9, "FILLED") | {"c": f"av-{ID}-1", "i": 8, "q": "0.6"})
            await script.until(lambda: script.inbox.of(OrderFilled))
            assert script.inbox.of(OrderFilled)[0].order_id == ID

    run(step())


def test_where_the_new_one_is_refused_the_old_one_is_told_as_cancelled() -> None:
    async def step() -> None:
        script = Script()
        half = {
            "cancelResult": "SUCCESS",
            "newOrderResult": "FAILURE",
            "cancelResponse": REPLACED["cancelResponse"],
            "newOrderResponse": {"code": -2010, "msg": "Account has insufficient balance."},
        }
        script.answer(
            REPLACE,
            409,
            {"code": -2021, "msg": "Order cancel-replace partially failed.", "data": half},
        )
        async with script:
            await opened(script)
            script.driver.modify(change())
            await script.until(lambda: script.inbox.of(OrderCancelled))
            assert script.inbox.of(OrderModified) == []

    run(step())


def test_a_replacement_whose_answer_is_lost_is_found_by_the_ids_of_both() -> None:
    async def step() -> None:
        script = Script()

        def asked(wanted: dict[str, str]) -> tuple[int, Any]:
            if wanted.get("origClientOrderId") == f"av-{ID}":
                return 200, order(status="CANCELED")
            return 200, order(orderId=8, clientOrderId=f"av-{ID}-1", origQty="0.6", price="59000")

        script.answer(QUERY, asked)
        script.answer(TRADES, 200, [])
        async with script:
            await opened(script)
            script.driver.modify(change())
            await script.until(lambda: script.inbox.of(OrderModified))
            assert script.inbox.of(OrderCancelled) == []
            assert script.count(REPLACE) == 1

    run(step())


def test_a_replacement_that_never_arrived_leaves_the_order_as_it_was() -> None:
    async def step() -> None:
        script = Script()

        def asked(wanted: dict[str, str]) -> tuple[int, Any]:
            new = wanted.get("origClientOrderId") == f"av-{ID}-1"
            return (400, UNKNOWN) if new else (200, order())

        script.answer(QUERY, asked)
        async with script:
            await opened(script)
            script.driver.modify(change())
            await script.until(lambda: script.inbox.of(ModifyRejected))
            assert script.inbox.of(OrderModified) == []
            assert script.inbox.of(OrderCancelled) == []

    run(step())


def test_a_cancel_that_nobody_answers_is_told_as_not_done_when_the_order_goes_on() -> None:
    async def step() -> None:
        script = Script()
        script.answer(QUERY, 200, order())
        async with script:
            await opened(script)
            script.driver.cancel(CancelOrder(ID, AccountId("main"), NOW))
            await script.until(lambda: script.inbox.of(CancelRejected))
            assert script.inbox.of(OrderCancelled) == []

    run(step())


def test_a_smaller_order_keeps_its_place_in_the_queue() -> None:
    async def step() -> None:
        script = Script()
        script.answer("order.amend.keepPriority", 200, {"amendedOrder": {}})
        async with script:
            await opened(script)
            script.driver.modify(change("0.2", None))
            await script.until(lambda: script.inbox.of(OrderModified))
            assert script.last("order.amend.keepPriority")["newQty"] == "0.2"
            assert script.count(REPLACE) == 0

    run(step())


def test_a_deposit_is_told() -> None:
    async def step() -> None:
        script = Script()
        async with script:
            script.tell({"e": "balanceUpdate", "E": 1, "a": "USDT", "d": "100", "T": 2})
            await script.until(lambda: script.inbox.of(Deposited))
            (event,) = script.inbox.of(Deposited)
            assert (event.currency, event.amount) == ("USDT", Decimal(100))

    run(step())


def test_a_conditional_order_of_usdm_becomes_an_order_when_it_is_touched() -> None:
    def algo(status: str, became: str = "") -> dict[str, Any]:
        return {
            "e": "ALGO_UPDATE",
            "E": 5,
            "T": 5,
            "o": {
                "caid": f"av-{ID}",
                "aid": 900,
                "o": "STOP_MARKET",
                "s": "BTCUSDT",
                "S": "BUY",
                "q": "0.5",
                "X": status,
                "ai": became,
                "tp": "61000",
                "p": "0",
                "tt": 5,
            },
        }

    def update(what: str, status: str, **changes: Any) -> dict[str, Any]:
        inner = {
            "s": "BTCUSDT",
            "c": f"av-{ID}",
            "S": "BUY",
            "o": "MARKET",
            "f": "GTC",
            "q": "0.5",
            "p": "0",
            "x": what,
            "X": status,
            "i": 88,
        }
        return {"e": "ORDER_TRADE_UPDATE", "E": 6, "T": 6, "o": inner | changes}

    async def step() -> None:
        script = Script("usdm")
        placed = {
            "algoId": 900,
            "clientAlgoId": f"av-{ID}",
            "symbol": "BTCUSDT",
            "side": "BUY",
            "orderType": "STOP_MARKET",
            "quantity": "0.5",
            "triggerPrice": "61000",
        }
        script.answer("algoOrder.place", 200, placed)
        async with script:
            wanted = command(PERPETUAL, type=OrderType.STOP, price=None, stop_price=Decimal(61000))
            script.driver.submit(wanted)
            await script.until(lambda: script.inbox.of(OrderAccepted))
            assert script.last("algoOrder.place")["triggerPrice"] == "61000"
            script.tell(algo("TRIGGERING"))
            script.tell(algo("TRIGGERED", "88"))
            script.tell(update("NEW", "NEW"))
            script.tell(
                update("TRADE", "FILLED", l="0.5", z="0.5", L="61001", t=3, n="1", N="USDT")
            )
            script.tell(algo("FINISHED", "88"))
            await script.until(lambda: script.inbox.of(OrderFilled))
            assert len(script.inbox.of(OrderAccepted)) == len(script.inbox.of(OrderTriggered)) == 1
            record = script.driver._records.by_id[ID]
            await script.until(lambda: record.ended)
            assert record.state is OrderState.FILLED

    run(step())


def test_a_new_key_is_asked_for_when_the_old_one_is_over() -> None:
    async def step() -> None:
        script = Script("usdm")
        async with script:
            script.tell({"e": "listenKeyExpired", "E": 1, "listenKey": "key"})
            await script.until(lambda: script.count("POST /fapi/v1/listenKey") == 2)
            await script.until(lambda: script.driver.state is DriverState.READY)
            assert script.driver.reconnects == 1

    run(step())


def test_what_is_no_message_and_what_is_new_are_passed_over() -> None:
    async def step() -> None:
        script = Script()
        script.answer(PLACE, 200, ACK)
        async with script:
            script.private.say(b"\xff no json")
            script.tell({"e": "anEventOfNextYear", "E": 1})
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderAccepted))
            script.tell(report("CANCELED", X="A_STATUS_OF_NEXT_YEAR", C=f"av-{ID}", c="x"))
            script.tell(report("CANCELED", C=f"av-{ID}", c="x"))
            await script.until(lambda: script.inbox.of(OrderCancelled))
            assert script.driver.state is DriverState.READY

    run(step())
