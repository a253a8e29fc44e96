"""Orders at OKX: each outcome is told once, and what nobody answered for is found out and never doubled."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, OrderState, OrderType, Side, TimeInForce
from anyvenue.model.errors import AuthError, ConnectivityError, RateLimited
from anyvenue.model.events import (
    CancelRejected,
    CashMoved,
    Event,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
    OrderTriggered,
    Withdrawn,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.market import Depth
from anyvenue.model.orders import EXTERNAL, OrderRequest
from okx_script import ALGO, CANCEL, NOW, ORDER, Script, no, yes

SPOT, SWAP = InstrumentId("BTC-USDT.OKX"), InstrumentId("BTC-USDT-PERP.OKX")
ACCOUNT = AccountId("main")
ID = OrderId(211_512_345_678)
NAME = f"av{ID}"
ACK = {"ordId": "7", "clOrdId": NAME, "sCode": "0", "sMsg": "", "ts": str(NOW // 1_000_000)}
PLACE, AMEND, WS_CANCEL = "ws order", "ws amend-order", "ws cancel-order"
QUERY, FILLS = f"GET {ORDER}", "GET /api/v5/trade/fills"


def run(step: Coroutine[Any, Any, None]) -> None:
    asyncio.run(step)


def command(instrument: InstrumentId = SPOT, **changes: Any) -> SubmitOrder:
    fields: dict[str, Any] = {"time_in_force": TimeInForce.GTC, "price": Decimal(60_000)}
    quantity = changes.pop("quantity", Decimal("0.5"))
    request = OrderRequest(ACCOUNT, instrument, Side.BUY, quantity, **(fields | changes))
    return SubmitOrder(ID, request, NOW, str(ID))


def cancel() -> CancelOrder:
    return CancelOrder(ID, ACCOUNT, NOW)


def row(state: str = "live", **changes: Any) -> dict[str, Any]:
    """Return an order as a stream or an answer tells it."""
    return {
        "instType": "SPOT",
        "instId": "BTC-USDT",
        "ordId": "7",
        "clOrdId": NAME,
        "px": "60000",
        "sz": "0.5",
        "ordType": "limit",
        "side": "buy",
        "state": state,
        "accFillSz": "0",
        "avgPx": "",
        "cTime": "1760000000000",
        "uTime": "1760000000001",
        "a field of next year": {"x": 1},
    } | changes


def traded(size: str, total: str, trade: int, state: str = "partially_filled") -> dict[str, Any]:
    return row(
        state,
        accFillSz=total,
        fillSz=size,
        fillPx="60000",
        tradeId=str(trade),
        fillFee="-0.1",
        fillFeeCcy="USDT",
        execType="M",
        fillTime="1760000000002",
    )


def fill(number: int, size: str) -> dict[str, Any]:
    return {
        "instType": "SPOT",
        "instId": "BTC-USDT",
        "ordId": "7",
        "clOrdId": NAME,
        "tradeId": str(number),
        "billId": str(100 + number),
        "fillPx": "60000",
        "fillSz": size,
        "side": "buy",
        "fee": "-0.1",
        "feeCcy": "USDT",
        "execType": "M",
        "ts": "1760000000002",
    }


async def placed(script: Script, made: SubmitOrder | None = None) -> None:
    """Have an order accepted."""
    script.answer(PLACE, *yes(ACK))
    script.driver.submit(made or command())
    await script.until(lambda: script.inbox.of(OrderAccepted))


# ---- placing


def test_an_order_is_accepted_once_though_answer_and_stream_tell_of_it() -> None:
    async def step() -> None:
        async with Script() as script:
            await placed(script)
            script.tell("orders", row())
            script.tell("orders", traded("0.2", "0.2", 1))
            script.tell("orders", traded("0.2", "0.2", 1))
            script.tell("orders", traded("0.3", "0.5", 2, "filled"))
            await script.until(lambda: len(script.inbox.of(OrderFilled)) == 2)
            assert [each.venue_order_id for each in script.inbox.of(OrderAccepted)] == ["7"]
            told = script.inbox.of(OrderFilled)[1].fill
            assert (told.trade_id, told.quantity, told.fee, told.maker) == (
                "BTC-USDT-2",
                Decimal("0.3"),
                Decimal("0.1"),
                True,
            )
            sent = script.last(PLACE)
            assert (sent["clOrdId"], sent["instIdCode"], sent["tdMode"]) == (NAME, 11, "cash")
            assert (sent["sz"], sent["px"]) == ("0.5", "60000")
            assert "instId" not in sent

    run(step())


def test_an_account_that_counts_all_its_money_as_one_buys_pairs_as_cross() -> None:
    async def step() -> None:
        script = Script()
        script.answer("GET /api/v5/account/config", *yes({"posMode": "net_mode", "acctLv": "3"}))
        async with script:
            await placed(script)
            assert script.last(PLACE)["tdMode"] == "cross"

    run(step())


def test_a_pair_bought_with_borrowed_money_is_an_instrument_of_its_own() -> None:
    async def step() -> None:
        margin = InstrumentId("BTC-USDT-MARGIN.OKX")
        changes = {"margin_mode": "isolated", "other_mode": "btc-usdt", "margin_currency": "USDT"}
        async with Script(kinds="SPOT,MARGIN", **changes) as script:
            await placed(script, command(margin))
            sent = script.last(PLACE)
            assert (sent["tdMode"], sent["ccy"], sent["instIdCode"]) == ("cross", "USDT", 11)
            script.tell("orders", traded("0.5", "0.5", 1, "filled") | {"instType": "MARGIN"})
            await script.until(lambda: script.inbox.of(OrderFilled))
            assert script.inbox.of(OrderFilled)[0].fill.instrument == margin

    run(step())


def test_an_order_names_the_time_after_which_it_must_not_be_taken() -> None:
    async def step() -> None:
        async with Script(order_window_ms=700) as script:
            await placed(script)
            assert 0 < int(script.last(PLACE)["expTime"]) - NOW // 1_000_000 <= 800

    run(step())


def test_what_nobody_answered_for_is_asked_for_by_its_client_id_and_never_sent_again() -> None:
    async def step() -> None:
        async with Script(timeout_s=1.0) as script:
            script.answer(QUERY, *yes(row()))
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderAccepted))
            assert len(script.inbox.of(OrderOutcomeLost)) == 1
            assert script.count(PLACE) == 1
            assert script.last(QUERY) == {"instId": "BTC-USDT", "clOrdId": NAME}

    run(step())


@pytest.mark.parametrize(
    "answer",
    [
        (502, b"<html>bad gateway</html>"),
        no("50004", "Endpoint request timeout", 400),
        ConnectivityError("no answer within 10 s", sent=True),
    ],
)
def test_a_server_error_may_hide_an_order_that_was_taken(answer: Any) -> None:
    async def step() -> None:
        async with Script(order_entry="rest") as script:
            script.answer(f"POST {ORDER}", *([answer] if isinstance(answer, Exception) else answer))
            script.answer(QUERY, *yes(traded("0.5", "0.5", 1, "filled")))
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderFilled))
            assert len(script.inbox.of(OrderOutcomeLost)) == 1
            assert script.count(f"POST {ORDER}") == 1

    run(step())


@pytest.mark.long
def test_an_order_that_the_venue_does_not_know_after_its_time_never_arrived() -> None:
    async def step() -> None:
        async with Script(order_window_ms=1, timeout_s=1.0) as script:
            script.answer(QUERY, *no("51603", "Order does not exist"))
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderOutcomeLost))
            assert not script.inbox.of(OrderRejected)
            script.now_ns += 60_000_000_000
            await script.until(lambda: script.inbox.of(OrderRejected))
            assert script.inbox.of(OrderRejected)[0].code == "order.not_received"

    run(step())


def test_a_refusal_has_our_word_and_the_venues_code() -> None:
    async def step() -> None:
        async with Script() as script:
            refusal = {"clOrdId": NAME, "sCode": "51008", "sMsg": "Insufficient USDT balance"}
            script.answer(PLACE, 200, {"code": "1", "msg": "", "data": [refusal]})
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderRejected))
            told = script.inbox.of(OrderRejected)[0]
            assert (told.code, told.venue_code) == ("order.insufficient_funds", "51008")
            assert "Insufficient USDT balance" in told.reason

    run(step())


def test_an_acknowledgement_that_names_no_order_says_nothing() -> None:
    async def step() -> None:
        async with Script() as script:
            script.answer(PLACE, *yes())
            script.answer(QUERY, *yes(row()))
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderAccepted))
            assert len(script.inbox.of(OrderOutcomeLost)) == 1
            assert script.count(PLACE) == 1

    run(step())


def test_an_order_that_is_there_already_is_looked_at() -> None:
    async def step() -> None:
        async with Script() as script:
            twice = {"clOrdId": NAME, "sCode": "51016", "sMsg": "Client order ID already exists."}
            script.answer(PLACE, 200, {"code": "1", "msg": "", "data": [twice]})
            script.answer(QUERY, *yes(row()))
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderAccepted))
            assert not script.inbox.of(OrderRejected)

    run(step())


@pytest.mark.parametrize("entry", ["websocket", "rest"])
def test_an_order_that_came_too_late_is_sent_once_more_when_the_clocks_agree(entry: str) -> None:
    async def step() -> None:
        async with Script(order_entry=entry) as script:
            what = PLACE if entry == "websocket" else f"POST {ORDER}"
            late = {"sCode": "50036", "sMsg": "The expTime can't be earlier than the time"}
            refusal = 200, {"code": "1", "msg": "", "data": [late]}
            script.answer(what, refusal, yes(ACK))
            before = script.count("GET /api/v5/public/time")
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderAccepted))
            assert script.count("GET /api/v5/public/time") == before + 1
            assert script.count(what) == 2

    run(step())


def test_after_too_many_requests_nothing_is_sent_for_two_seconds() -> None:
    async def step() -> None:
        async with Script() as script:
            script.answer(PLACE, *no("50011", "Too Many Requests"))
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderRejected))
            assert script.inbox.of(OrderRejected)[0].code == RateLimited.code
            with pytest.raises(RateLimited):
                script.driver.submit(SubmitOrder(OrderId(ID + 1), command().request, NOW))
            assert script.count(PLACE) == 1
            script.now_ns += 2_000_000_000
            script.driver.submit(SubmitOrder(OrderId(ID + 2), command().request, NOW))
            await script.until(lambda: script.count(PLACE) == 2)

    run(step())


@pytest.mark.long
def test_a_question_that_was_one_too_many_waits_for_its_turn() -> None:
    async def step() -> None:
        async with Script() as script:
            positions = "GET /api/v5/account/positions"
            script.answer(positions, no("50011", "Too Many Requests", 429), yes())
            asking = asyncio.ensure_future(script.driver.snapshot(ACCOUNT, (0, 0)))
            await script.until(lambda: script.count(positions))
            script.now_ns += 2_000_000_000
            assert (await asking).positions == ()
            assert script.count(positions) == 2

    run(step())


def test_a_fill_whose_fee_is_not_told_is_asked_for() -> None:
    async def step() -> None:
        async with Script() as script:
            script.answer(QUERY, *yes(row("partially_filled", accFillSz="0.4")))
            script.answer(FILLS, *yes(fill(2, "0.2"), fill(1, "0.2")))
            await placed(script)
            missing = traded("0.2", "0.4", 2) | {"fillFee": "", "fee": "-0.2"}
            script.tell("orders", missing)
            await script.until(lambda: len(script.inbox.of(OrderFilled)) == 2)
            assert [each.fill.trade_id for each in script.inbox.of(OrderFilled)] == [
                "BTC-USDT-1",
                "BTC-USDT-2",
            ]

    run(step())


# ---- changing and cancelling


def amended(script: Script, **changes: Any) -> dict[str, Any]:
    """Return what the stream says of the latest change."""
    return row(reqId=script.last(AMEND)["reqId"], amendResult="0", px="61000") | changes


async def asked_to_change(script: Script) -> None:
    script.answer(AMEND, *yes(ACK))
    script.driver.modify(ModifyOrder(ID, ACCOUNT, NOW, None, Decimal(61_000)))
    await script.until(lambda: script.count(AMEND))


def test_a_change_is_told_when_the_stream_tells_of_it() -> None:
    async def step() -> None:
        async with Script() as script:
            await placed(script)
            await asked_to_change(script)
            sent = script.last(AMEND)
            assert (sent["ordId"], sent["newPx"], sent["cxlOnFail"]) == ("7", "61000", False)
            assert "newSz" not in sent
            script.tell("orders", amended(script))
            await script.until(lambda: script.inbox.of(OrderModified))
            assert script.inbox.of(OrderModified)[0].price == 61_000

    run(step())


def test_a_change_that_was_acknowledged_may_still_fail() -> None:
    async def step() -> None:
        async with Script() as script:
            await placed(script)
            await asked_to_change(script)
            failed = amended(script, px="60000", amendResult="-1", code="51121", msg="off the lot")
            script.tell("orders", failed)
            await script.until(lambda: script.inbox.of(ModifyRejected))
            assert script.inbox.of(ModifyRejected)[0].venue_code == "51121"
            assert not script.inbox.of(OrderModified)

    run(step())


@pytest.mark.long
@pytest.mark.parametrize(("price", "kind"), [("60000", ModifyRejected), ("61000", OrderModified)])
def test_a_change_that_the_stream_does_not_tell_of_is_asked_for(
    price: str, kind: type[Event]
) -> None:
    async def step() -> None:
        async with Script() as script:
            script.answer(QUERY, *yes(row(px=price)))
            await placed(script)
            await asked_to_change(script)
            await script.until(lambda: script.inbox.of(kind))
            other = OrderModified if kind is ModifyRejected else ModifyRejected
            assert not script.inbox.of(other)

    run(step())


@pytest.mark.long
def test_a_cancel_that_was_acknowledged_and_not_done_is_told_as_not_done() -> None:
    async def step() -> None:
        async with Script() as script:
            script.answer(QUERY, *yes(row()))
            script.answer(WS_CANCEL, *yes(ACK))
            await placed(script)
            script.driver.cancel(cancel())
            await script.until(lambda: script.inbox.of(CancelRejected))
            assert not script.inbox.of(OrderCancelled)

    run(step())


def test_a_cancel_that_comes_too_late_is_refused_and_the_fill_is_told() -> None:
    async def step() -> None:
        async with Script(order_entry="rest") as script:
            script.answer(f"POST {ORDER}", *yes(ACK))
            refusal = {"ordId": "7", "sCode": "51402", "sMsg": "completed"}
            script.answer(f"POST {CANCEL}", 200, {"code": "1", "msg": "", "data": [refusal]})
            script.answer(QUERY, *yes(traded("0.5", "0.5", 1, "filled")))
            script.driver.submit(command())
            await script.until(lambda: script.inbox.of(OrderAccepted))
            script.driver.cancel(cancel())
            await script.until(lambda: script.inbox.of(OrderFilled))
            assert script.inbox.of(CancelRejected)[0].code == "order.unknown"

    run(step())


def test_an_order_the_venue_has_forgotten_was_cancelled() -> None:
    async def step() -> None:
        async with Script() as script:
            script.answer(QUERY, *no("51603", "Order does not exist"))
            await placed(script)
            script.now_ns += 3 * 3_600_000_000_000
            script.private.cut()
            await script.until(lambda: script.inbox.of(OrderCancelled))

    run(step())


# ---- conditional orders


async def waiting(script: Script) -> None:
    """Have a stop accepted."""
    taken = {"algoId": "900", "algoClOrdId": NAME, "sCode": "0", "sMsg": ""}
    script.answer(f"POST {ALGO}", *yes(taken))
    stop = command(SWAP, type=OrderType.STOP, price=None, stop_price=Decimal(61_000))
    script.driver.submit(stop)
    await script.until(lambda: script.inbox.of(OrderAccepted))


def test_a_stop_is_one_order_before_and_after_it_is_touched() -> None:
    async def step() -> None:
        async with Script() as script:
            await waiting(script)
            sent = script.last(f"POST {ALGO}")
            assert (sent["instId"], sent["triggerPx"], sent["orderPx"]) == (
                "BTC-USDT-SWAP",
                "61000",
                "-1",
            )
            swap = {"instType": "SWAP", "instId": "BTC-USDT-SWAP", "ordType": "market"}
            algo = swap | {"algoId": "900", "algoClOrdId": NAME, "side": "buy", "sz": "0.5"}
            born = traded("0.5", "0.5", 3, "filled") | swap | {"ordId": "88", "clOrdId": ""}
            script.tell("orders", born | {"algoId": "900", "algoClOrdId": NAME, "px": ""})
            script.tell("orders-algo", algo | {"ordType": "trigger", "state": "effective"})
            await script.until(lambda: script.inbox.of(OrderFilled))
            assert len(script.inbox.of(OrderAccepted)) == len(script.inbox.of(OrderTriggered)) == 1
            assert {each.order_id for each in script.inbox.of(OrderFilled)} == {ID}

    run(step())


def test_a_stop_that_failed_when_it_was_touched_is_rejected_with_the_venues_code() -> None:
    async def step() -> None:
        async with Script() as script:
            await waiting(script)
            algo = {"instType": "SWAP", "instId": "BTC-USDT-SWAP", "algoId": "900", "side": "buy"}
            algo |= {"algoClOrdId": NAME, "ordType": "trigger", "sz": "0.5", "failCode": "51008"}
            script.tell("orders-algo", algo | {"state": "order_failed"})
            await script.until(lambda: script.inbox.of(OrderRejected))
            assert script.inbox.of(OrderRejected)[0].reason == "51008"

    run(step())


# ---- the account


def test_a_liquidation_is_somebody_elses_order_with_its_fills() -> None:
    async def step() -> None:
        async with Script() as script:
            forced = traded("0.5", "0.5", 9, "filled")
            forced |= {"clOrdId": "", "ordId": "99", "category": "full_liquidation"}
            forced |= {"instType": "SWAP", "instId": "BTC-USDT-SWAP", "side": "sell"}
            script.tell("orders", forced)
            await script.until(lambda: script.inbox.of(OrderFilled))
            (order,) = (await script.driver.snapshot(ACCOUNT, (0, 0))).orders
            assert (order.request.tag, order.request.instrument) == (EXTERNAL, SWAP)
            assert (order.state, order.reason) == (OrderState.FILLED, "liquidation")

    run(step())


def test_money_that_moved_is_told_from_the_bills_since_the_last_one() -> None:
    async def step() -> None:
        script = Script()
        bills = "GET /api/v5/account/bills"
        base = {"ccy": "USDT", "ts": "1760000000003", "instType": "SWAP", "instId": "BTC-USDT-SWAP"}
        known = base | {"billId": "5", "type": "8", "balChg": "-9"}
        paid = base | {"billId": "6", "type": "8", "balChg": "-1.5"}
        out = base | {"billId": "7", "type": "1", "balChg": "-20", "instId": ""}
        trade = base | {"billId": "8", "type": "2", "balChg": "-3"}
        script.answer(bills, yes(known), yes(trade, out, paid))
        async with script:
            for kind in ("filled", "funding_fee", "transferred"):
                script.tell("balance_and_position", {"eventType": kind, "pTime": "1"})
            await script.until(lambda: script.inbox.of(Withdrawn))
            await script.until(lambda: script.count(bills) == 3)
            (moved,) = script.inbox.of(CashMoved)
            assert (moved.amount, moved.instrument, moved.reference) == (Decimal("-1.5"), SWAP, "6")
            assert [each.amount for each in script.inbox.of(Withdrawn)] == [20]
            assert script.last(bills)["before"] in ("5", "8")

    run(step())


def test_demo_trading_is_said_with_every_request_and_has_hosts_of_its_own() -> None:
    async def step() -> None:
        heard: list[dict[str, str]] = []

        class Listening(Script):
            async def request(self, method: str, url: str, headers: Any, body: bytes = b"") -> Any:
                heard.append(dict(headers))
                return await super().request(method, url, headers, body)

        async with Listening(environment="demo") as script:
            assert all(each["x-simulated-trading"] == "1" for each in heard)
            assert script.private.url == "wss://wspap.okx.com:8443/ws/v5/private"

    run(step())


# ---- the session


def test_a_login_that_was_refused_for_its_time_is_tried_again_with_the_venues() -> None:
    async def step() -> None:
        script = Script()
        script.login = [{"event": "error", "code": "60006", "msg": "Timestamp request expired"}]
        async with script:
            assert script.driver.state is DriverState.READY

    run(step())


def test_a_login_with_a_wrong_passphrase_is_not_tried_again() -> None:
    async def step() -> None:
        script = Script()
        script.login = [{"event": "error", "code": "60024", "msg": "Wrong passphrase"}]
        with pytest.raises(AuthError, match="passphrase"):
            await script.driver.open(script.inbox)
        assert script.driver.state is DriverState.CLOSED

    run(step())


def test_what_cannot_be_read_is_passed_over() -> None:
    async def step() -> None:
        async with Script() as script:
            for frame in (b"hello", b'{"arg":{"channel":"orders"},"data":[{"ordId":7}]}', b"{}"):
                script.private.say(frame)
            script.tell("a channel of next year", {"x": 1})
            script.tell("orders", row("a state of next year", clOrdId="", ordId="55"))
            await placed(script)
            assert script.driver.state is DriverState.READY

    run(step())


# ---- books


def levels(*prices: str, size: str = "1") -> list[list[str]]:
    return [[price, size, "0", "1"] for price in prices]


def book(action: str, before: int, number: int, bids: list[list[str]]) -> dict[str, Any]:
    change = {"asks": levels("60001"), "bids": bids, "ts": "1760000000005", "checksum": 0}
    return {
        "arg": {"channel": "books", "instId": "BTC-USDT"},
        "action": action,
        "data": [change | {"prevSeqId": before, "seqId": number}],
    }


def bids(script: Script) -> list[tuple[float, ...]]:
    return [each.bid_prices for each in script.inbox.of(Depth)]


def subscribed(script: Script) -> set[str]:
    return {each["channel"] for what, each in script.asked if what == "ws subscribe"}


def test_a_book_that_misses_a_change_is_asked_for_anew_and_not_shown_until_then() -> None:
    async def step() -> None:
        async with Script() as script:
            script.driver.subscribe(SPOT, "depth")
            await script.until(lambda: any("/public" in each.url for each in script.sockets))
            await script.until(lambda: script.public.sent)
            script.public.say(book("snapshot", -1, 10, levels("60000")))
            script.public.say(book("update", 10, 12, levels("59999")))
            await script.until(lambda: len(script.inbox.of(Depth)) == 2)
            script.public.say(book("update", 13, 14, levels("59000")))
            await script.until(lambda: script.count("ws unsubscribe"))
            script.public.say(book("update", 14, 15, levels("59001")))
            script.public.say(book("snapshot", -1, 20, levels("60002")))
            await script.until(lambda: len(script.inbox.of(Depth)) == 3)
            assert bids(script) == [(60_000.0,), (60_000.0, 59_999.0), (60_002.0,)]
            assert [each["op"] for each in script.public.sent] == [
                "subscribe",
                "unsubscribe",
                "subscribe",
            ]

    run(step())


def test_after_a_break_everything_is_subscribed_to_again_and_books_begin_anew() -> None:
    async def step() -> None:
        async with Script() as script:
            script.driver.subscribe(SPOT, "depth")
            script.driver.subscribe(SPOT, "trades")
            await script.until(lambda: {"books", "trades"} <= subscribed(script))
            script.public.say(book("snapshot", -1, 10, levels("60000")))
            await script.until(lambda: script.inbox.of(Depth))
            first = script.public
            first.cut()
            await script.until(lambda: script.public is not first and script.public.sent)
            script.public.say(book("update", 10, 11, levels("59999")))
            script.public.say(book("snapshot", -1, 30, levels("60005")))
            await script.until(lambda: len(script.inbox.of(Depth)) == 2)
            assert bids(script)[-1] == (60_005.0,)
            asked = [each["channel"] for each in script.public.sent[0]["args"]]
            assert asked == ["books", "trades"]

    run(step())
