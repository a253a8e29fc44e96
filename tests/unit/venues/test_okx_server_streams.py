"""The simulated exchange as OKX: streams, logins and orders by WebSocket."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import aiohttp
import msgspec
import pytest

from anyvenue.model.enums import Side
from anyvenue.model.market import FundingRate
from anyvenue.venues.okx.books import Outcome
from anyvenue.venues.okx.market_books import Books
from anyvenue.venues.okx.pushes import BookPush, decode_frame
from anyvenue.venues.okx.server.terms import OkxTerms
from okx_served import ALICE, KEY, OTHER, PERP, READER, SPOT, Booth, Listener, booth, listener

PAIR, SWAP = "BTC-USDT", "BTC-USDT-SWAP"
_HOUR = 3600 * 10**9


def heard(
    test: Callable[[Booth, Listener], Awaitable[None]], path: str = "public", **options: Any
) -> None:
    """Run a test with a client of a served exchange whose books are made; on private it is logged in."""

    async def run() -> None:
        async with booth(**options) as place:
            place.make_market(SPOT)
            place.make_market(PERP)
            async with listener(place, path) as client:
                if path == "private":
                    assert (await client.login(place))["code"] == "0"
                await test(place, client)

    asyncio.run(run())


async def code_of(place: Booth, client: Listener) -> int:
    """Return the number by which orders over WebSocket name the pair."""
    [row] = await place.ask("public/instruments", instType="SPOT", instId=PAIR)
    return int(row["instIdCode"])


# ---- markets


@pytest.mark.parametrize("checksums", [False, True])
def test_a_book_is_told_whole_and_then_in_changes_without_a_gap(checksums: bool) -> None:
    async def test(place: Booth, client: Listener) -> None:
        await client.subscribe("books", instId=PAIR)
        books, applied = Books(), 0
        for number in range(30):
            place.order(SPOT, Side.BUY, 94_000 + number, "0.1")
            if number % 3 == 0:
                place.order(SPOT, Side.SELL, 94_000 + number, "0.1", OTHER)
        async with asyncio.timeout(30):
            while place.server.house.boards[PAIR].book.last != (
                books.books[PAIR].last if PAIR in books.books else -1
            ):
                push = decode_frame(msgspec.json.encode(await client.frame()))
                assert isinstance(push, BookPush)
                book, outcome, frames = books.take(push)
                assert (outcome, frames) == (Outcome.APPLIED, [])
                applied += 1
        [rest] = await place.ask("market/books", instId=PAIR, sz=400)
        assert [each.price for each in book.bids.levels(400)] == [row[0] for row in rest["bids"]]
        assert applied > 1

    heard(test, terms=OkxTerms(checksums=checksums))


def test_whoever_comes_later_sees_the_same_sequence() -> None:
    async def test(place: Booth, client: Listener) -> None:
        await client.subscribe("books", instId=PAIR)
        await client.told("books")
        place.order(SPOT, Side.BUY, 94_000, "0.1")
        async with listener(place, "public") as second:
            await second.subscribe("books", instId=PAIR)
            whole = await second.told("books")
            change = await client.told("books")
            assert (whole["prevSeqId"], whole["seqId"]) == (-1, change["seqId"])
            place.order(SPOT, Side.BUY, 94_001, "0.1")
            both = [await each.told("books") for each in (client, second)]
            assert both[0] == both[1]
            assert both[0]["prevSeqId"] == whole["seqId"]

    heard(test)


def test_tickers_trades_and_the_best_prices_are_told() -> None:
    async def test(place: Booth, client: Listener) -> None:
        for channel in ("tickers", "trades", "bbo-tbt", "books5"):
            assert (await client.subscribe(channel, instId=SWAP))["event"] == "subscribe"
        place.order(PERP, Side.SELL, 94_995, "0.5", OTHER)
        trade = await client.told("trades")
        assert (trade["px"], trade["sz"], trade["side"]) == ("94995.0", "0.50", "sell")
        async with listener(place, "public") as second:
            await second.subscribe("tickers", instId=SWAP)
            ticker = await second.told("tickers")
            assert (ticker["last"], ticker["bidSz"]) == ("94995.0", "0.50")
            await second.subscribe("bbo-tbt", instId=SWAP)
            assert (await second.told("bbo-tbt"))["bids"] == [["94995.0", "0.50", "0", "1"]]
            await second.subscribe("books5", instId=SWAP)
            assert len((await second.told("books5"))["asks"]) == 2

    heard(test)


def test_marks_and_funding_are_told() -> None:
    async def test(place: Booth, client: Listener) -> None:
        await client.subscribe("mark-price", instId=SWAP)
        assert (await client.told("mark-price"))["markPx"] == "95000.0"
        await client.subscribe("funding-rate", instId=SWAP)
        assert (await client.told("funding-rate"))["fundingRate"] == "0"
        now = place.clock.now()
        due = now + _HOUR
        place.post(FundingRate(PERP, now, now, Decimal("0.0003"), 8 * _HOUR, due))
        told = await client.told("funding-rate", lambda row: row["fundingRate"] != "0")
        assert told["fundingTime"] == str(due // 1_000_000)
        for channel in ("open-interest", "price-limit"):
            await client.subscribe(channel, instId=SWAP)
            assert (await client.told(channel))["instType"] == "SWAP"
        await client.subscribe("index-tickers", instId=PAIR)
        assert (await client.told("index-tickers"))["idxPx"] == "95000.0"
        await client.subscribe("instruments", instType="SWAP")
        assert (await client.told("instruments"))["instId"] == SWAP

    heard(test)


def test_bars_are_told_on_the_path_for_them() -> None:
    async def test(place: Booth, client: Listener) -> None:
        await client.subscribe("candle1m", instId=PAIR)
        row = await client.told("candle1m")
        assert (row[4], row[8]) == ("95000.0", "0")
        await client.subscribe("trades-all", instId=PAIR)
        place.order(SPOT, Side.BUY, 95_005, "0.1", OTHER)
        assert (await client.told("trades-all"))["px"] == "95005.0"

    heard(test, "business")


def test_what_is_no_stream_is_refused() -> None:
    async def test(place: Booth, client: Listener) -> None:
        for channel, name in (("nothing", PAIR), ("tickers", "NO-SUCH"), ("candle1m", PAIR)):
            assert (await client.subscribe(channel, instId=name))["code"] == "60018"
        assert (await client.subscribe("funding-rate", instId=PAIR))["code"] == "60018"
        for text in ("what", '{"op":"dance","args":[{}]}', '{"op":"subscribe"}'):
            await client.socket.send_str(text)
            assert (await client.frame())["code"] == "60012"
        await client.say(op="unsubscribe", args=[{"channel": "tickers", "instId": PAIR}])
        assert (await client.frame())["event"] == "unsubscribe"
        await client.socket.send_str("ping")
        assert await client.frame() == "pong"

    heard(test)


# ---- connections


def test_a_login_needs_a_known_key_its_words_and_the_right_time() -> None:
    async def test(place: Booth, client: Listener) -> None:
        assert (await client.subscribe("account"))["code"] == "60011"
        stranger = type(KEY)("nobody", "x", ALICE, passphrase="y")
        assert (await client.login(place, stranger))["code"] == "60005"
        forger = type(KEY)(KEY.api_key, "wrong", ALICE, passphrase=KEY.passphrase)
        assert (await client.login(place, forger))["code"] == "60007"
        guesser = type(KEY)(KEY.api_key, KEY.secret, ALICE, passphrase="wrong")
        assert (await client.login(place, guesser))["code"] == "60024"
        late = place.clock.now() / 1e9 - 40
        assert (await client.login(place, seconds=late))["code"] == "60006"
        assert (await client.login(place))["code"] == "0"

    async def run() -> None:
        async with booth() as place, listener(place, "business") as client:
            assert (await client.subscribe("orders-algo", instType="ANY"))["code"] == "60011"
        async with booth() as place, listener(place, "private") as client:
            await test(place, client)

    asyncio.run(run())


def test_a_silent_connection_is_cut() -> None:
    async def test(place: Booth, client: Listener) -> None:
        async with asyncio.timeout(30):
            message = await client.socket.receive()
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert client.socket.close_code == 4004

    heard(test, terms=OkxTerms(silence_s=0.1))


def test_a_connection_subscribes_only_so_often() -> None:
    async def test(place: Booth, client: Listener) -> None:
        for _ in range(2):
            assert (await client.subscribe("tickers", instId=PAIR))["event"] == "subscribe"
        assert (await client.subscribe("tickers", instId=PAIR))["code"] == "60014"

    heard(test, terms=OkxTerms(frames_an_hour=2), frozen=True)


def test_an_upgrade_is_announced() -> None:
    async def test(place: Booth, client: Listener) -> None:
        place.server.announce_upgrade()
        notice = await client.frame()
        assert (notice["event"], notice["code"]) == ("notice", "64008")

    heard(test)


# ---- orders and accounts


def test_orders_go_by_the_instruments_number() -> None:
    async def test(place: Booth, client: Listener) -> None:
        await client.subscribe("orders", instType="ANY")
        order = {"tdMode": "cash", "side": "buy", "ordType": "limit", "px": "90000", "sz": "0.1"}
        await client.say(id="1", op="order", args=[{"instId": PAIR, **order}])
        refused = await client.until(lambda each: each.get("id") == "1")
        assert refused["data"][0]["sCode"] == "50014"
        named = {"instIdCode": await code_of(place, client), "clOrdId": "mine1"}
        await client.say(id="2", op="order", args=[{**named, **order}])
        told = await client.told("orders")
        assert (told["state"], told["clOrdId"]) == ("live", "mine1")
        done = await client.until(lambda each: each.get("id") == "2")
        assert (done["op"], done["code"], done["data"][0]["ordId"]) == ("order", "0", told["ordId"])
        change = {**named, "newPx": "90001", "reqId": "r1"}
        await client.say(id="3", op="amend-order", args=[change])
        told = await client.told("orders")
        assert (told["px"], told["amendResult"], told["reqId"]) == ("90001", "0", "r1")
        await client.say(id="4", op="batch-cancel-orders", args=[named])
        told = await client.told("orders")
        assert (told["state"], told["cancelSource"]) == ("canceled", "1")
        late = str(place.clock.now() // 1_000_000 - 1000)
        await client.say(id="5", op="order", args=[{**named, **order}], expTime=late)
        assert (await client.until(lambda each: each.get("id") == "5"))["code"] == "50036"

    heard(test, "private")


def test_a_key_that_may_only_read_and_a_path_for_others_place_nothing() -> None:
    async def test(place: Booth, client: Listener) -> None:
        await client.say(id="1", op="order", args=[{}])
        assert (await client.frame())["code"] == "60011"
        await client.login(place, READER)
        await client.say(id="2", op="order", args=[{}])
        assert (await client.frame())["code"] == "50120"
        async with listener(place, "public") as public:
            await public.say(id="3", op="order", args=[{}])
            assert (await public.frame())["code"] == "60018"

    async def run() -> None:
        async with booth() as place, listener(place, "private") as client:
            await test(place, client)

    asyncio.run(run())


def test_a_trade_is_told_with_its_fee_the_position_and_the_money() -> None:
    async def test(place: Booth, client: Listener) -> None:
        for channel in ("orders", "fills", "positions"):
            await client.subscribe(channel, instType="ANY")
        await client.subscribe("account")
        whole = await client.until(lambda each: each.get("eventType") == "snapshot")
        assert whole["arg"]["uid"]
        await client.subscribe("balance_and_position")
        contract = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "market"}
        await place.buy(**contract, sz=2)
        first = await client.told("orders", lambda row: row["tradeId"])
        assert (first["state"], first["fillSz"], first["accFillSz"]) == (
            *("partially_filled", "1"),
            "1",
        )
        assert float(first["fillFee"]) < 0
        fill = await client.told("fills")
        assert (fill["tradeId"], fill["fillPx"]) == (first["tradeId"], "95005")
        last = await client.told("orders", lambda row: row["state"] == "filled")
        assert (last["fillPx"], last["avgPx"], last["feeCcy"]) == ("95010", "95007.5", "USDT")
        position = await client.told("positions", lambda row: row["pos"] == "2")
        assert position["instId"] == SWAP
        both = await client.told("balance_and_position")
        assert (both["eventType"], both["posData"][0]["pos"]) == ("filled", "2")
        selling = {**contract, "side": "sell", "reduceOnly": True}
        await place.buy(**selling, sz=2)
        assert await client.told("positions", lambda row: row["pos"] == "0")

    heard(test, "private")


def test_conditional_orders_are_told_on_the_path_for_them() -> None:
    async def test(place: Booth, client: Listener) -> None:
        await client.login(place)
        await client.subscribe("orders-algo", instType="SWAP")
        stop = {"instId": SWAP, "tdMode": "cross", "side": "sell", "sz": "1"}
        stop |= {"ordType": "conditional", "slTriggerPx": "94995", "slOrdPx": "-1"}
        [sent] = await place.post_to("trade/order-algo", KEY, **stop)
        assert (await client.told("orders-algo"))["state"] == "live"
        place.order(PERP, Side.SELL, 94_995, "0.1", OTHER)
        told = await client.told("orders-algo", lambda row: row["state"] == "effective")
        assert (told["algoId"], told["actualSide"]) == (sent["algoId"], "sl")
        [order] = await place.ask("trade/order", KEY, instId=SWAP, ordId=told["ordId"])
        assert order["state"] == "filled"

    heard(test, "business")


def test_orders_are_counted_by_instrument_whichever_way_they_come() -> None:
    async def test(place: Booth, client: Listener) -> None:
        named = {"instIdCode": await code_of(place, client)}
        order = {"tdMode": "cash", "side": "buy", "ordType": "limit", "px": "90000", "sz": "0.1"}
        for _ in range(2):
            await client.say(id="1", op="order", args=[{**named, **order}])
            assert (await client.frame())["code"] == "0"
        await place.buy(instId=PAIR, **order)
        placing = "trade/order"
        assert await place.refused("POST", placing, KEY, instId=PAIR, **order) == "50011"
        await client.say(id="2", op="order", args=[{**named, **order}])
        assert (await client.frame())["code"] == "50011"
        other = {**order, "instId": "ETH-USDT", "px": "3000"}
        await place.buy(**other)

    heard(test, "private", terms=OkxTerms(limits=1 / 20), frozen=True)
