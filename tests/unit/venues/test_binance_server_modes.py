"""The simulated exchange as Binance: hedge mode, and several orders in one request."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from anyvenue.model.enums import Side
from binance_served import ALICE, KEY, PERP, SPOT, Booth, booth, ear

DUAL, ORDER_PATH, BATCH = (
    f"/fapi/v1/{each}" for each in ("positionSide/dual", "order", "batchOrders")
)
MARKET = {"symbol": "BTCUSDT", "type": "MARKET"}
LIMIT = {"symbol": "BTCUSDT", "type": "LIMIT", "timeInForce": "GTC"}


def served(test: Callable[[Booth], Awaitable[None]], *, hedged: bool = True) -> None:
    """Run a test against a served exchange, where alice is hedged."""

    async def run() -> None:
        async with booth() as place:
            place.make_market(SPOT)
            place.make_market(PERP)
            if hedged:
                answer = await place.ask("POST", DUAL, KEY, dualSidePosition="true")
                assert answer == {"code": 200, "msg": "success"}
            await test(place)

    asyncio.run(run())


async def trade(place: Booth, side: str, leg: str, quantity: str) -> Any:
    wanted = {**MARKET, "side": side, "positionSide": leg, "quantity": quantity}
    return await place.ask("POST", ORDER_PATH, KEY, **wanted)


async def rows(place: Booth, version: str = "v3") -> dict[str, Decimal]:
    found = await place.ask("GET", f"/fapi/{version}/positionRisk", KEY, symbol="BTCUSDT")
    return {each["positionSide"]: Decimal(each["positionAmt"]) for each in found}


# ---- hedge mode


def test_long_and_short_stand_side_by_side_and_are_closed_on_their_own() -> None:
    async def test(place: Booth) -> None:
        assert await place.ask("GET", DUAL, KEY) == {"dualSidePosition": True}
        config = await place.ask("GET", "/fapi/v1/accountConfig", KEY)
        assert config["dualSidePosition"] is True
        bought = await trade(place, "BUY", "LONG", "0.03")
        assert (bought["positionSide"], bought["status"]) == ("LONG", "FILLED")
        assert await rows(place) == {"LONG": Decimal("0.03")}
        assert await rows(place, "v2") == {"LONG": Decimal("0.03"), "SHORT": 0}
        await trade(place, "SELL", "SHORT", "0.02")
        assert await rows(place) == {"LONG": Decimal("0.03"), "SHORT": Decimal("-0.02")}
        await trade(place, "SELL", "LONG", "0.03")
        await trade(place, "BUY", "SHORT", "0.02")
        assert await rows(place) == {}
        trades = await place.ask("GET", "/fapi/v1/userTrades", KEY, symbol="BTCUSDT")
        assert [each["positionSide"] for each in trades] == ["LONG", "SHORT", "LONG", "SHORT"]
        # Bought at 95,005 and sold at 94,995, on either side.
        assert [Decimal(each["realizedPnl"]) for each in trades] == [
            0,
            0,
            Decimal("-0.3"),
            Decimal("-0.2"),
        ]

    served(test)


def test_what_does_not_fit_the_mode_is_refused() -> None:
    async def test(place: Booth) -> None:
        wanted = {**MARKET, "side": "BUY", "quantity": "0.01"}
        assert await place.refused("POST", ORDER_PATH, KEY, **wanted) == -4061
        assert await place.refused("POST", ORDER_PATH, KEY, **wanted, positionSide="BOTH") == -4061
        wanted |= {"positionSide": "SHORT"}
        assert await place.refused("POST", ORDER_PATH, KEY, **wanted) == -2022
        wanted |= {"reduceOnly": "true"}
        assert await place.refused("POST", ORDER_PATH, KEY, **wanted) == -1106
        algo = {
            "algoType": "CONDITIONAL",
            "symbol": "BTCUSDT",
            "side": "SELL",
            "type": "STOP_MARKET",
            "triggerPrice": 90_000,
            "quantity": "0.01",
        }
        assert await place.refused("POST", "/fapi/v1/algoOrder", KEY, **algo) == -4061

    served(test)


def test_the_mode_is_changed_by_a_flat_account_without_orders_only() -> None:
    async def test(place: Booth) -> None:
        assert await place.refused("POST", DUAL, KEY, dualSidePosition="true") == -4059
        assert await place.refused("POST", DUAL, KEY) == -1102
        resting = {**LIMIT, "side": "BUY", "positionSide": "LONG", "quantity": 1, "price": 90_000}
        order = await place.ask("POST", ORDER_PATH, KEY, **resting)
        assert await place.refused("POST", DUAL, KEY, dualSidePosition="false") == -4067
        await place.ask("DELETE", ORDER_PATH, KEY, symbol="BTCUSDT", orderId=order["orderId"])
        await trade(place, "BUY", "LONG", "0.01")
        assert await place.refused("POST", DUAL, KEY, dualSidePosition="false") == -4068
        await trade(place, "SELL", "LONG", "0.01")
        await place.ask("POST", DUAL, KEY, dualSidePosition="false")
        assert not place.exchange.hedged(ALICE)

    served(test)


def test_a_stop_that_closes_a_side_whole_leaves_the_other() -> None:
    async def test(place: Booth) -> None:
        await trade(place, "BUY", "LONG", "0.03")
        await trade(place, "SELL", "SHORT", "0.02")
        asked = {
            "algoType": "CONDITIONAL",
            "symbol": "BTCUSDT",
            "side": "BUY",
            "positionSide": "SHORT",
            "type": "STOP_MARKET",
            "triggerPrice": 95_100,
            "closePosition": "true",
        }
        algo = await place.ask("POST", "/fapi/v1/algoOrder", KEY, **asked)
        assert algo["positionSide"] == "SHORT"
        place.order(PERP, Side.SELL, 97_000, 1)
        place.order(PERP, Side.BUY, 96_000, 4)
        place.order(PERP, Side.SELL, 96_000, "0.01")
        async with asyncio.timeout(60):
            while len(place.exchange.orders(ALICE)) < 3 or place.exchange.positions(ALICE)[0].short:
                await asyncio.sleep(0.001)
        assert await rows(place) == {"LONG": Decimal("0.03")}

    served(test)


def test_the_stream_tells_of_the_side() -> None:
    async def test(place: Booth) -> None:
        key = (await place.ask("POST", "/fapi/v1/listenKey", KEY))["listenKey"]
        async with ear(place, f"/private/ws?listenKey={key}") as socket:
            await trade(place, "BUY", "LONG", "0.03")
            update = await socket.hear(e="ACCOUNT_UPDATE")
            legs = {each["ps"]: Decimal(each["pa"]) for each in update["a"]["P"]}
            assert legs == {"LONG": Decimal("0.03"), "SHORT": 0}
            order = await socket.hear(e="ORDER_TRADE_UPDATE")
            assert order["o"]["ps"] == "LONG"

    served(test)


def test_every_currency_margins_its_own_contracts() -> None:
    async def test(place: Booth) -> None:
        path = "/fapi/v1/multiAssetsMargin"
        assert await place.ask("GET", path, KEY) == {"multiAssetsMargin": False}
        assert await place.refused("POST", path, KEY, multiAssetsMargin="true") == -1020
        assert await place.refused("POST", path, KEY, multiAssetsMargin="false") == -4171

    served(test, hedged=False)


# ---- batches


def order(side: str, price: object, quantity: object = "0.01", **more: object) -> dict[str, object]:
    return {**LIMIT, "side": side, "price": price, "quantity": quantity, **more}


def test_the_orders_of_a_batch_are_answered_one_by_one() -> None:
    async def test(place: Booth) -> None:
        wanted = [
            order("BUY", 90_000, newClientOrderId="one"),
            order("BUY", "90000.05"),
            order("SELL", "99000", 0.02, newClientOrderId="three"),
            {**MARKET, "side": "BUY", "quantity": "0.01", "reduceOnly": True},
        ]
        answers = await place.ask("POST", BATCH, KEY, batchOrders=json.dumps(wanted))
        assert [each.get("code", each.get("status")) for each in answers] == [
            "NEW",
            -4014,
            "NEW",
            -2022,
        ]
        changes = [
            order("BUY", 91_000, origClientOrderId="one"),
            order("BUY", 91_000, origClientOrderId="nobody"),
        ]
        changed = await place.ask("PUT", BATCH, KEY, batchOrders=json.dumps(changes))
        assert (Decimal(changed[0]["price"]), changed[1]["code"]) == (91_000, -2013)
        names = json.dumps(["one", "nobody", "three"])
        gone = await place.ask("DELETE", BATCH, KEY, symbol="BTCUSDT", origClientOrderIdList=names)
        assert [each.get("code", each.get("status")) for each in gone] == [
            "CANCELED",
            -2011,
            "CANCELED",
        ]
        assert await place.ask("GET", "/fapi/v1/openOrders", KEY) == []

    served(test, hedged=False)


def test_orders_are_cancelled_together_by_their_numbers() -> None:
    async def test(place: Booth) -> None:
        wanted = json.dumps([order("BUY", 90_000), order("BUY", 90_001)])
        placed = await place.ask("POST", BATCH, KEY, batchOrders=wanted)
        numbers = json.dumps([each["orderId"] for each in placed])
        gone = await place.ask("DELETE", BATCH, KEY, symbol="BTCUSDT", orderIdList=numbers)
        assert [each["status"] for each in gone] == ["CANCELED", "CANCELED"]

    served(test, hedged=False)


def test_a_batch_has_one_to_five_orders_and_each_is_counted() -> None:
    async def test(place: Booth) -> None:
        for wanted in ([], [order("BUY", 90_000)] * 6):
            assert await place.refused("POST", BATCH, KEY, batchOrders=json.dumps(wanted)) == -4082
        assert await place.refused("POST", BATCH, KEY, batchOrders="{") == -1100
        assert await place.refused("POST", BATCH, KEY) == -1102
        assert await place.refused("DELETE", BATCH, KEY, symbol="BTCUSDT") == -1102
        before = place.server.houses["usdm"].limits._orders.get(ALICE)  # type: ignore[index]
        assert before is None
        wanted = json.dumps([order("BUY", 90_000), order("BUY", 90_001)])
        await place.ask("POST", BATCH, KEY, batchOrders=wanted)
        _, _, headers = await place.ask_whole("POST", ORDER_PATH, KEY, **order("BUY", 90_002))
        assert headers["x-mbx-order-count-1m"] == "3"

    served(test, hedged=False)
