"""Requests to the exchange that speaks Backpack: what is answered, and what is refused with which code."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from anyvenue.model.enums import Side
from anyvenue.model.market import FundingRate
from anyvenue.venues.backpack.books import BookSync
from anyvenue.venues.backpack.parse import make_instrument
from anyvenue.venues.backpack.server.terms import BackpackTerms
from anyvenue.venues.backpack.wire_rest import DepthReply, MarketRow
from backpack_served import ALICE, ETH_PERP, KEY, OTHER, PERP, READER, SPOT, Booth, booth

ORDER = "/api/v1/order"
LIMIT = {"symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "140", "quantity": "1"}
MARKET = {"symbol": "SOL_USDC", "side": "Bid", "orderType": "Market", "quantity": "1"}
_HOUR = 3600 * 10**9


def against(told: Callable[[Booth], Awaitable[None]], **options: Any) -> None:
    """Tell a story at an exchange with a market around 150."""

    async def run() -> None:
        async with booth(**options) as place:
            place.make_market(SPOT, 150)
            place.make_market(PERP, 150)
            await told(place)

    asyncio.run(run())


def test_everybody_may_ask_for_the_time_and_whether_the_exchange_is_there() -> None:
    async def told(place: Booth) -> None:
        now = await place.ask("GET", "/api/v1/time")
        assert abs(now - place.clock.now() // 1_000_000) < 60_000
        async with place.http.get(f"{place.url}/api/v1/ping") as found:
            assert await found.text() == "pong"
        assert (await place.ask("GET", "/api/v1/status"))["status"] == "Ok"

    against(told)


def test_markets_are_those_of_the_exchange_and_our_driver_reads_them() -> None:
    async def told(place: Booth) -> None:
        import msgspec

        rows = await place.ask("GET", "/api/v1/markets")
        assert {row["symbol"] for row in rows} == {
            "SOL_USDC",
            "SOL_USDC_PERP",
            "ETH_USDC",
            "ETH_USDC_PERP",
        }
        read = [make_instrument(msgspec.convert(row, MarketRow, strict=False)) for row in rows]
        assert SPOT in {each.id for each in read if each is not None}
        one = await place.ask("GET", "/api/v1/market", symbol="SOL_USDC_PERP")
        assert one["filters"]["quantity"]["minQuantity"] == "0.01"
        assert await place.refused("GET", "/api/v1/market", symbol="NO_SUCH") == "INVALID_SYMBOL"

    against(told)


def test_a_book_begins_with_the_lowest_bid_and_joins_our_books() -> None:
    async def told(place: Booth) -> None:
        import msgspec

        row = await place.ask("GET", "/api/v1/depth", symbol="SOL_USDC", limit="10")
        assert row["bids"] == [["140.00", "2.00"], ["145.00", "1.00"]]
        assert row["asks"][0] == ["155.00", "1.00"]
        book = BookSync()
        reply = msgspec.convert(row, DepthReply, strict=False)
        assert book.begin(reply.last_update_id, reply.bids, reply.asks)
        assert await place.refused("GET", "/api/v1/depth", symbol="SOL_USDC", limit="7")

    against(told)


def test_trades_tickers_bars_and_marks_tell_of_what_was_traded() -> None:
    async def told(place: Booth) -> None:
        [trade] = await place.ask("GET", "/api/v1/trades", symbol="SOL_USDC")
        assert (trade["price"], trade["quantity"], trade["isBuyerMaker"]) == (
            "150.00",
            "0.01",
            False,
        )
        ticker = await place.ask("GET", "/api/v1/ticker", symbol="SOL_USDC")
        assert (ticker["lastPrice"], ticker["trades"]) == ("150.00", "1")
        assert len(await place.ask("GET", "/api/v1/tickers")) == 4
        since = place.clock.now() // 10**9 - 600
        bars = await place.ask(
            "GET", "/api/v1/klines", symbol="SOL_USDC", interval="1m", startTime=since
        )
        assert bars[0]["close"] == "150.00"
        [mark] = await place.ask("GET", "/api/v1/markPrices", symbol="SOL_USDC_PERP")
        assert mark["markPrice"] == "150.00"
        [interest] = await place.ask("GET", "/api/v1/openInterest", symbol="SOL_USDC_PERP")
        assert interest["symbol"] == "SOL_USDC_PERP"

    against(told)


def test_requests_are_let_in_by_their_signature() -> None:
    async def told(place: Booth) -> None:
        assert (await place.ask("GET", "/api/v1/capital", KEY))["USDC"]["available"] == "1000000"
        stranger = READER.__class__("c3RyYW5nZXI=", KEY.secret, ALICE)
        assert await place.refused("GET", "/api/v1/capital", stranger) == "UNAUTHORIZED"
        forged = READER.__class__(KEY.api_key, READER.secret, ALICE)
        assert await place.refused("GET", "/api/v1/capital", forged) == "INVALID_SIGNATURE"
        assert await place.refused("GET", "/api/v1/capital") == "INVALID_CLIENT_REQUEST"
        assert await place.refused("POST", ORDER, READER, **LIMIT) == "FORBIDDEN"
        changed = {**LIMIT, "quantity": "2"}
        _, answer = await place.ask_whole("POST", ORDER, KEY, changed, signed=LIMIT)
        assert answer["code"] == "INVALID_SIGNATURE"

    against(told)


def test_a_request_that_is_old_or_from_the_future_is_refused() -> None:
    async def told(place: Booth) -> None:
        for late_ms, text in ((6000, "expired"), (-5000, "ahead")):
            status, answer = await place.ask_whole(
                "GET", "/api/v1/capital", KEY, {}, late_ms=late_ms
            )
            assert (status, answer["code"]) == (400, "INVALID_CLIENT_REQUEST")
            assert text in answer["message"]

    against(told)


def test_numbers_in_a_body_are_signed_as_they_are_written() -> None:
    async def told(place: Booth) -> None:
        body = {**LIMIT, "clientId": 7, "postOnly": True}
        placed = await place.ask("POST", ORDER, KEY, **body)
        assert (placed["clientId"], placed["postOnly"], placed["status"]) == (7, True, "New")

    against(told)


def test_an_order_works_until_it_is_cancelled_and_is_then_found_in_the_history_alone() -> None:
    async def told(place: Booth) -> None:
        placed = await place.ask("POST", ORDER, KEY, **LIMIT, clientId=4_000_000_000)
        assert (placed["status"], placed["executedQuantity"]) == ("New", "0")
        named = {"symbol": "SOL_USDC", "clientId": 4_000_000_000}
        assert (await place.ask("GET", ORDER, KEY, **named))["id"] == placed["id"]
        assert len(await place.ask("GET", "/api/v1/orders", KEY)) == 1
        assert (await place.ask("DELETE", ORDER, KEY, **named))["status"] == "Cancelled"
        assert await place.refused("GET", ORDER, KEY, **named) == "RESOURCE_NOT_FOUND"
        assert await place.refused("DELETE", ORDER, KEY, **named) == "RESOURCE_NOT_FOUND"
        [kept] = await place.ask("GET", "/wapi/v1/history/orders", KEY, symbol="SOL_USDC")
        assert (kept["id"], kept["status"]) == (placed["id"], "Cancelled")

    against(told)


def test_a_market_order_is_executed_and_paid() -> None:
    async def told(place: Booth) -> None:
        bought = await place.ask("POST", ORDER, KEY, **MARKET)
        assert (bought["status"], bought["executedQuoteQuantity"]) == ("Filled", "155")
        [fill] = await place.ask("GET", "/wapi/v1/history/fills", KEY)
        assert (fill["price"], fill["fee"], fill["feeSymbol"]) == ("155", "0.155", "USDC")
        capital = await place.ask("GET", "/api/v1/capital", KEY)
        assert capital["USDC"]["available"] == "999844.845"
        assert capital["SOL"]["available"] == "101"

    against(told)


def test_a_market_order_for_money_is_floored_to_the_lot() -> None:
    async def told(place: Booth) -> None:
        body = {"symbol": "SOL_USDC", "side": "Bid", "orderType": "Market", "quoteQuantity": "100"}
        bought = await place.ask("POST", ORDER, KEY, **body)
        assert (bought["executedQuantity"], bought["quoteQuantity"]) == ("0.64", "100")

    against(told)


def test_orders_that_end_at_once_say_why() -> None:
    async def told(place: Booth) -> None:
        for time, why in (("IOC", "ImmediateOrCancel"), ("FOK", "FillOrKill")):
            ended = await place.ask("POST", ORDER, KEY, **LIMIT, timeInForce=time)
            assert (ended["status"], ended["expiryReason"]) == ("Expired", why)
        taking = {**LIMIT, "price": "160", "postOnly": True}
        assert await place.refused("POST", ORDER, KEY, **taking) == "INVALID_ORDER"

    against(told)


def test_what_cannot_be_ordered_is_refused_with_the_venues_code() -> None:
    async def told(place: Booth) -> None:
        wrong = {
            "INVALID_PRICE": {"price": "140.001"},
            "INVALID_QUANTITY": {"quantity": "0.001"},
            "INVALID_SYMBOL": {"symbol": "NO_SUCH"},
            "INSUFFICIENT_FUNDS": {"quantity": "100000"},
            "INVALID_CLIENT_REQUEST": {"side": "Buy"},
            "NOT_IMPLEMENTED": {"takeProfitTriggerPrice": "200"},
        }
        for code, change in wrong.items():
            assert await place.refused("POST", ORDER, KEY, **{**LIMIT, **change}) == code
        perpetual = {**LIMIT, "symbol": "SOL_USDC_PERP", "quantity": "1000000"}
        assert await place.refused("POST", ORDER, KEY, **perpetual) == "INSUFFICIENT_MARGIN"
        assert await place.refused("POST", ORDER, KEY, **LIMIT, clientId=2**32)
        assert await place.refused("GET", "/api/v1/nothing") == "RESOURCE_NOT_FOUND"

    against(told)


def test_the_id_of_a_working_order_is_taken() -> None:
    async def told(place: Booth) -> None:
        await place.ask("POST", ORDER, KEY, **LIMIT, clientId=5)
        assert await place.refused("POST", ORDER, KEY, **LIMIT, clientId=5)
        await place.ask("DELETE", ORDER, KEY, symbol="SOL_USDC", clientId=5)
        again = await place.ask("POST", ORDER, KEY, **LIMIT, clientId=5)
        assert (await place.ask("GET", ORDER, KEY, symbol="SOL_USDC", clientId=5)) == again

    against(told)


def test_a_batch_tells_what_became_of_each_order() -> None:
    async def told(place: Booth) -> None:
        batch = [LIMIT, {**LIMIT, "price": "0.001"}, {**LIMIT, "price": "141"}]
        status, answer = await place.ask_whole("POST", "/api/v1/orders", KEY, batch)
        assert status == 200
        assert [row["operation"] for row in answer] == ["Ok", "Err", "Ok"]
        gone = await place.ask("DELETE", "/api/v1/orders", KEY, symbol="SOL_USDC")
        assert [row["status"] for row in gone] == ["Cancelled", "Cancelled"]

    against(told)


def test_a_trigger_waits_and_becomes_an_order_when_the_price_runs_away() -> None:
    async def told(place: Booth) -> None:
        stop = {**MARKET, "triggerPrice": "157", "triggerQuantity": "1"}
        del stop["quantity"]
        placed = await place.ask("POST", ORDER, KEY, **stop)
        assert (placed["status"], placed["quantity"]) == ("TriggerPending", None)
        assert (await place.ask("GET", "/api/v1/account", KEY))["triggerOrders"] == 1
        place.order(SPOT, Side.SELL, 158, "0.5")
        place.order(SPOT, Side.BUY, 158, "1.5", OTHER)
        done: list[Any] = []
        while not done:
            done = await place.ask("GET", "/wapi/v1/history/fills", KEY)
        assert done[0]["orderId"] == placed["id"]
        behind = {**stop, "triggerPrice": "100"}
        assert await place.refused("POST", ORDER, KEY, **behind) == "NOT_IMPLEMENTED"
        half = {**stop, "triggerPrice": "400", "triggerQuantity": "50%"}
        assert await place.refused("POST", ORDER, KEY, **half) == "NOT_IMPLEMENTED"

    against(told)


def test_positions_margin_and_funding_of_a_perpetual() -> None:
    async def told(place: Booth) -> None:
        bought = await place.ask("POST", ORDER, KEY, **{**MARKET, "symbol": "SOL_USDC_PERP"})
        assert bought["status"] == "Filled"
        [position] = await place.ask("GET", "/api/v1/position", KEY)
        assert (position["netQuantity"], position["entryPrice"]) == ("1", "155")
        whole = await place.ask("GET", "/api/v1/capital/collateral", KEY)
        assert Decimal(whole["netEquityAvailable"]) < Decimal(whole["netEquity"])
        now = place.clock.now()
        place.post(FundingRate(PERP, now, now, Decimal("0.0001"), _HOUR, now))
        paid: list[Any] = []
        while not paid:
            paid = await place.ask("GET", "/wapi/v1/history/funding", KEY)
        assert Decimal(paid[0]["quantity"]) < 0
        assert paid[0]["fundingRate"] == "0.0001"
        [rate] = await place.ask("GET", "/api/v1/fundingRates", symbol="SOL_USDC_PERP")
        assert rate["fundingRate"] == "0.0001"
        reduce = {**MARKET, "symbol": "SOL_USDC_PERP", "side": "Ask", "reduceOnly": True}
        assert (await place.ask("POST", ORDER, KEY, **reduce))["status"] == "Filled"
        assert await place.ask("GET", "/api/v1/position", KEY) == []
        assert await place.refused("POST", ORDER, KEY, **reduce) == "INVALID_ORDER"

    against(told)


def test_the_leverage_of_an_account_holds_for_all_perpetuals() -> None:
    async def told(place: Booth) -> None:
        account = await place.ask("GET", "/api/v1/account", KEY)
        assert (account["leverageLimit"], account["futuresTakerFee"]) == ("20", "5")
        status, _ = await place.ask_whole("PATCH", "/api/v1/account", KEY, {"leverageLimit": "5"})
        assert status == 200
        assert (await place.ask("GET", "/api/v1/account", KEY))["leverageLimit"] == "5"
        assert await place.refused("PATCH", "/api/v1/account", KEY, leverageLimit="0.5")
        assert await place.refused("PATCH", "/api/v1/account", KEY, autoLend=True)

    against(told)


def test_a_leverage_that_one_perpetual_cannot_have_is_chosen_for_none() -> None:
    async def told(place: Booth) -> None:
        def leverages() -> dict[str, object]:
            return {each.instrument: each.leverage for each in place.exchange.terms(ALICE)}

        status, _ = await place.ask_whole("PATCH", "/api/v1/account", KEY, {"leverageLimit": "9"})
        assert status == 200
        place.order(ETH_PERP, Side.SELL, 3000, 2_500)
        place.order(ETH_PERP, Side.BUY, 3000, 2_500, ALICE)
        assert leverages() == {PERP: 9, ETH_PERP: 9}
        # The other perpetual comes first and could have it.
        several = [
            place.ask_whole("PATCH", "/api/v1/account", KEY, {"leverageLimit": limit})
            for limit in ("5", "4", "3")
        ]
        answers = await asyncio.gather(*several)
        assert {answer["code"] for _, answer in answers} == {"PRECONDITION_FAILED"}
        assert {"set back" in answer["message"] for _, answer in answers} == {False}
        assert leverages() == {PERP: 9, ETH_PERP: 9}
        assert (await place.ask("GET", "/api/v1/account", KEY))["leverageLimit"] == "9"

    against(told)
    against(told, latency_ms=5.0)


def test_histories_are_told_in_pages_newest_first() -> None:
    async def told(place: Booth) -> None:
        for price in ("140", "141", "142"):
            await place.ask("POST", ORDER, KEY, **{**LIMIT, "price": price})

        async def prices(**page: object) -> list[str]:
            rows = await place.ask("GET", "/wapi/v1/history/orders", KEY, **page)
            return [row["price"] for row in rows]

        assert await prices() == ["142", "141", "140"]
        assert await prices(limit=2, offset=1) == ["141", "140"]
        assert await prices(sortDirection="Asc", limit=1) == ["140"]
        assert await place.refused("GET", "/wapi/v1/history/orders", KEY, limit=2000)

    against(told)


def test_too_many_requests_are_refused_until_the_next_minute() -> None:
    async def told(place: Booth) -> None:
        for _ in range(3):
            await place.ask("GET", "/api/v1/time")
        async with place.http.get(f"{place.url}/api/v1/time") as found:
            assert found.status == 429
            assert 0 < int(found.headers["Retry-After"]) <= 60

    against(told, terms=BackpackTerms(requests=3), frozen=True)
