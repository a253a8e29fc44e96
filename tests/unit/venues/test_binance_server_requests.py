"""The simulated exchange as Binance: keys, times, limits, orders and accounts by REST."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

from anyvenue.model.enums import OrderState, Side
from anyvenue.model.market import FundingRate
from anyvenue.venues.binance.server.service import BinanceServer
from anyvenue.venues.binance.server.terms import BinanceTerms, Market
from anyvenue.venues.serving.keys import Keys
from binance_served import ALICE, KEY, OTHER, PERP, READER, SPOT, Booth, booth

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}


def served(test: Callable[[Booth], Awaitable[None]], terms: BinanceTerms | None = None) -> None:
    """Run a test against a served exchange whose books are made."""

    async def run() -> None:
        async with booth(terms=terms, frozen=terms is not None) as place:
            place.make_market(SPOT)
            place.make_market(PERP)
            await test(place)

    asyncio.run(run())


# ---- who may ask


def test_a_request_needs_a_known_key_its_signature_and_the_right_time() -> None:
    async def test(place: Booth) -> None:
        path, now = "/api/v3/account", place.clock.now() // 1_000_000
        stranger = type(KEY)("nobody", "x", ALICE)
        forger = type(KEY)(KEY.api_key, "wrong", ALICE)
        assert await place.refused("GET", path) == -2014
        assert await place.refused("GET", path, stranger) == -2008
        assert await place.refused("GET", "/fapi/v3/account", stranger) == -2015
        assert await place.refused("GET", path, forger) == -1022
        assert await place.refused("GET", path, KEY, timestamp=now - 6000) == -1021
        assert await place.refused("GET", path, KEY, timestamp=now + 2000) == -1021
        assert await place.refused("GET", path, KEY, recvWindow=70_000) == -1131
        await place.ask("GET", path, KEY, timestamp=now - 6000, recvWindow=20_000)

    served(test)


def test_a_key_that_may_only_read_places_nothing() -> None:
    async def test(place: Booth) -> None:
        await place.ask("GET", "/api/v3/account", READER)
        asked = {**ORDER, "quantity": 1, "price": 90_000}
        assert await place.refused("POST", "/api/v3/order", READER, **asked) == -2015

    served(test)


def test_whoever_asks_too_much_is_told_to_wait_and_then_banned() -> None:
    async def test(place: Booth) -> None:
        for _ in range(4):
            status, _, headers = await place.ask_whole("GET", "/api/v3/depth", symbol="BTCUSDT")
        assert status == 200
        assert headers["x-mbx-used-weight-1m"] == "20"
        status, answer, headers = await place.ask_whole("GET", "/api/v3/depth", symbol="BTCUSDT")
        assert (status, answer["code"]) == (429, -1003)
        assert 0 < int(headers["Retry-After"]) <= 60
        for _ in range(3):
            status, answer, headers = await place.ask_whole("GET", "/api/v3/time")
        assert (status, answer["code"]) == (418, -1003)

    served(test, BinanceTerms(spot_weight=20, strikes=2))


def test_orders_are_counted() -> None:
    async def test(place: Booth) -> None:
        asked = {**ORDER, "quantity": "0.001", "price": 90_000}
        answers = [await place.ask_whole("POST", "/api/v3/order", KEY, **asked) for _ in range(6)]
        assert answers[0][2]["x-mbx-order-count-10s"] == "1"
        assert any(status == 429 and row["code"] == -1015 for status, row, _ in answers)

    served(test, BinanceTerms(spot_orders=2))


# ---- orders of spot


def test_a_market_order_by_money_tells_its_fills() -> None:
    async def test(place: Booth) -> None:
        asked = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": 100_000}
        found = await place.ask("POST", "/api/v3/order", KEY, **asked)
        assert found["status"] == "FILLED"
        assert [each["price"] for each in found["fills"]] == ["95005", "95010"]
        assert 99_999 < Decimal(found["cummulativeQuoteQty"]) <= 100_000
        trades = await place.ask("GET", "/api/v3/myTrades", KEY, symbol="BTCUSDT")
        assert [each["orderId"] for each in trades] == [found["orderId"]] * 2

    served(test)


def test_refusals_have_the_venues_codes() -> None:
    async def test(place: Booth) -> None:
        async def refused(path: str = "/api/v3/order", **changes: object) -> int:
            asked = {**ORDER, "quantity": 1, "price": 90_000, **changes}
            return await place.refused("POST", path, KEY, **asked)

        assert await refused(price="90000.001") == -1013
        assert await refused(quantity="0.000001") == -1013
        assert await refused(quantity=100) == -2010
        assert await refused(symbol="NOPE") == -1121
        assert await refused(side="SIDEWAYS") == -1117
        assert await refused(type="TAKE_PROFIT_LIMIT") == -1116
        assert await refused(timeInForce="EVER") == -1115
        assert await refused(type="LIMIT_MAKER", price=96_000) == -2010
        assert await refused(price="NaN") == -1100
        assert await refused(newClientOrderId="not allowed!") == -1100
        futures = "/fapi/v1/order"
        assert await refused(futures, price="90000.01") == -4014
        assert await refused(futures, quantity="0.0005") == -4003
        assert await refused(futures, quantity=1000, price=95_000) in (-2019, -2027)
        assert await refused(futures, timeInForce="GTX", price=96_000) == -5022
        assert await refused(futures, timeInForce="FOK", quantity=9, price=95_005) == -5021
        assert await refused(futures, reduceOnly="true") == -2022
        assert await refused(futures, positionSide="LONG") == -4061
        assert await refused(futures, type="STOP_MARKET", stopPrice=96_000) == -4120
        assert await refused(futures, quantity="0.001", price=1000) == -4164

    served(test)


def test_a_clients_own_id_is_taken_once_as_long_as_the_order_works() -> None:
    async def test(place: Booth) -> None:
        asked = {**ORDER, "quantity": "0.1", "price": 90_000, "newClientOrderId": "mine"}
        path, named = "/api/v3/order", {"symbol": "BTCUSDT", "origClientOrderId": "mine"}
        first = await place.ask("POST", path, KEY, **asked)
        assert await place.refused("POST", path, KEY, **asked) == -2010
        await place.ask("DELETE", path, KEY, **named)
        assert await place.refused("DELETE", path, KEY, **named) == -2011
        second = await place.ask("POST", path, KEY, **asked)
        found = await place.ask("GET", path, KEY, **named)
        assert found["orderId"] == second["orderId"] != first["orderId"]

    served(test)


def test_a_replaced_order_never_stands_beside_the_old_one() -> None:
    async def test(place: Booth) -> None:
        path = "/api/v3/order/cancelReplace"
        asked = {**ORDER, "quantity": "0.1", "price": 90_000}
        old = await place.ask("POST", "/api/v3/order", KEY, **asked)
        replaced = {**asked, "price": 90_001, "cancelReplaceMode": "STOP_ON_FAILURE"}
        found = await place.ask("POST", path, KEY, cancelOrderId=old["orderId"], **replaced)
        assert (found["cancelResult"], found["newOrderResult"]) == ("SUCCESS", "SUCCESS")
        status, again, _ = await place.ask_whole(
            "POST", path, KEY, cancelOrderId=old["orderId"], **replaced
        )
        assert (status, again["code"]) == (400, -2022)
        assert again["data"]["newOrderResult"] == "NOT_ATTEMPTED"
        working = await place.ask("GET", "/api/v3/openOrders", KEY, symbol="BTCUSDT")
        assert [each["price"] for each in working] == ["90001"]

    served(test)


def test_an_order_is_made_smaller_in_its_place() -> None:
    async def test(place: Booth) -> None:
        asked = {**ORDER, "quantity": "0.1", "price": 90_000}
        placed = await place.ask("POST", "/api/v3/order", KEY, **asked)
        path, named = "/api/v3/order/amend/keepPriority", {"symbol": "BTCUSDT"}
        named["orderId"] = placed["orderId"]
        found = await place.ask("PUT", path, KEY, newQty="0.04", **named)
        assert found["amendedOrder"]["qty"] == "0.04"
        assert await place.refused("PUT", path, KEY, newQty="0.2", **named) == -2038

    served(test)


def test_balances_tell_what_working_orders_keep() -> None:
    async def test(place: Booth) -> None:
        sell = {**ORDER, "side": "SELL", "quantity": "0.4", "price": 99_000}
        await place.ask("POST", "/api/v3/order", KEY, **sell)
        found = await place.ask("GET", "/api/v3/account", KEY, omitZeroBalances="true")
        rows = {each["asset"]: (each["free"], each["locked"]) for each in found["balances"]}
        assert rows["BTC"] == ("0.6", "0.4")

    served(test)


# ---- USD-M


def test_realised_profit_and_fees_are_what_the_wallet_changed_by() -> None:
    async def test(place: Booth) -> None:
        path = "/fapi/v1/order"
        for side, quantity in (("BUY", "1.5"), ("SELL", "0.5"), ("SELL", "2")):
            asked = {"symbol": "BTCUSDT", "side": side, "type": "MARKET", "quantity": quantity}
            assert (await place.ask("POST", path, KEY, **asked))["status"] == "FILLED"
        [position] = await place.ask("GET", "/fapi/v3/positionRisk", KEY)
        assert position["positionAmt"] == "-1"
        income = await place.ask("GET", "/fapi/v1/income", KEY, symbol="BTCUSDT")
        moved = sum(Decimal(each["income"]) for each in income)
        [money] = await place.ask("GET", "/fapi/v3/balance", KEY)
        assert Decimal(money["balance"]) == 1_000_000 + moved
        assert {each["incomeType"] for each in income} == {"REALIZED_PNL", "COMMISSION"}

    served(test)


def test_funding_is_told_as_rate_and_as_income() -> None:
    async def test(place: Booth) -> None:
        asked = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": 1}
        await place.ask("POST", "/fapi/v1/order", KEY, **asked)
        now = place.clock.now()
        place.post(FundingRate(PERP, now, now, Decimal("0.0001"), 8 * 3600 * 10**9, now))
        paid = "/fapi/v1/income"
        while not (found := await place.ask("GET", paid, KEY, incomeType="FUNDING_FEE")):
            await asyncio.sleep(0)
        assert Decimal(found[0]["income"]) < 0
        rates = await place.ask("GET", "/fapi/v1/fundingRate", symbol="BTCUSDT")
        assert [each["fundingRate"] for each in rates] == ["0.0001"]
        premium = await place.ask("GET", "/fapi/v1/premiumIndex", symbol="BTCUSDT")
        assert premium["lastFundingRate"] == "0.00010000"

    served(test)


def test_leverage_and_margin_mode_are_chosen_by_the_venues_rules() -> None:
    async def test(place: Booth) -> None:
        symbol = {"symbol": "BTCUSDT"}
        assert (await place.ask("POST", "/fapi/v1/leverage", KEY, leverage=50, **symbol)) == {
            "symbol": "BTCUSDT",
            "leverage": 50,
            "maxNotionalValue": "12000000",
        }
        assert (
            await place.refused("POST", "/fapi/v1/leverage", KEY, leverage=500, **symbol) == -4028
        )
        margin = "/fapi/v1/marginType"
        assert await place.refused("POST", margin, KEY, marginType="CROSSED", **symbol) == -4046
        await place.ask("POST", margin, KEY, marginType="ISOLATED", **symbol)
        [found] = await place.ask("GET", "/fapi/v1/symbolConfig", KEY, **symbol)
        assert (found["marginType"], found["leverage"]) == ("ISOLATED", 50)
        await place.ask("POST", "/fapi/v1/order", KEY, **{**ORDER, "quantity": 1, "price": 90_000})
        assert await place.refused("POST", margin, KEY, marginType="CROSSED", **symbol) == -4047
        dual = "/fapi/v1/positionSide/dual"
        assert await place.ask("GET", dual, KEY) == {"dualSidePosition": False}
        assert await place.refused("POST", dual, KEY, dualSidePosition="false") == -4059

    served(test)


def test_an_order_is_changed_in_its_place() -> None:
    async def test(place: Booth) -> None:
        path = "/fapi/v1/order"
        placed = await place.ask("POST", path, KEY, **{**ORDER, "quantity": 1, "price": 90_000})
        named = {"symbol": "BTCUSDT", "orderId": placed["orderId"], "side": "BUY"}
        found = await place.ask("PUT", path, KEY, quantity=2, price=90_100, **named)
        assert (found["origQty"], found["price"]) == ("2", "90100")
        assert await place.refused("PUT", path, KEY, quantity=2, price=90_100, **named) == -5027

    served(test)


def test_all_orders_of_a_symbol_are_cancelled() -> None:
    async def test(place: Booth) -> None:
        for path in ("/api/v3/order", "/fapi/v1/order"):
            for price in (90_000, 90_100):
                await place.ask("POST", path, KEY, **{**ORDER, "quantity": 1, "price": price})
        gone = await place.ask("DELETE", "/api/v3/openOrders", KEY, symbol="BTCUSDT")
        assert {each["status"] for each in gone} == {"CANCELED"}
        await place.ask("DELETE", "/fapi/v1/allOpenOrders", KEY, symbol="BTCUSDT")
        assert await place.ask("GET", "/fapi/v1/openOrders", KEY) == []

    served(test)


def test_a_conditional_order_becomes_an_order_when_its_price_is_touched() -> None:
    async def test(place: Booth) -> None:
        buy = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": 1}
        await place.ask("POST", "/fapi/v1/order", KEY, **buy)
        path = "/fapi/v1/algoOrder"
        asked = {**buy, "side": "SELL", "type": "STOP_MARKET", "algoType": "CONDITIONAL"}
        asked |= {"reduceOnly": "true", "triggerPrice": 94_990}
        assert await place.refused("POST", path, KEY, **{**asked, "triggerPrice": 99_000}) == -2021
        placed = await place.ask("POST", path, KEY, **asked)
        assert placed["algoStatus"] == "NEW"
        place.order(PERP, Side.SELL, 94_990, 3, OTHER)  # takes the bids down to the trigger
        while (found := await place.ask("GET", path, KEY, algoId=placed["algoId"]))[
            "algoStatus"
        ] != "FINISHED":
            await asyncio.sleep(0)
        order = await place.ask(
            "GET", "/fapi/v1/order", KEY, symbol="BTCUSDT", orderId=found["actualOrderId"]
        )
        assert (order["side"], order["origType"]) == ("SELL", "STOP_MARKET")

    served(test)


def test_a_server_that_starts_anew_knows_orders_trades_and_the_clients_ids() -> None:
    async def test(place: Booth) -> None:
        asked = {**ORDER, "quantity": "0.1", "price": 90_000, "newClientOrderId": "mine"}
        placed = await place.ask("POST", "/api/v3/order", KEY, **asked)
        for side in ("BUY", "SELL"):
            taking = {"symbol": "BTCUSDT", "side": side, "type": "MARKET", "quantity": 1}
            await place.ask("POST", "/fapi/v1/order", KEY, **taking)
        again = BinanceServer(place.exchange, Keys([KEY]), wall=place.clock.now)
        member = again.houses[Market.SPOT].members.get(ALICE)
        found = member.find(Market.SPOT, 0, "mine")
        assert found is not None
        assert (found.order_id, found.state) == (placed["orderId"], OrderState.OPEN)
        [profit] = [each for each in member.income if each.kind == "REALIZED_PNL"]
        assert profit.amount == -10
        assert [each.symbol for each in member.open(Market.SPOT)] == ["BTCUSDT"]

    served(test)


def test_orders_that_came_by_another_way_are_shown_too() -> None:
    async def test(place: Booth) -> None:
        await place.ask("GET", "/api/v3/account", KEY)
        other = place.order(SPOT, Side.BUY, 90_000, 1, ALICE)
        [found] = await place.ask("GET", "/api/v3/openOrders", KEY)
        assert (found["orderId"], found["price"]) == (other, "90000")

    served(test)
