"""The simulated exchange as OKX: keys, times, limits, orders and accounts by REST."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from anyvenue.model.enums import Side
from anyvenue.model.errors import ConfigError
from anyvenue.model.market import FundingRate
from anyvenue.venues.okx.instruments import make_instrument
from anyvenue.venues.okx.server.keys import new_key, own_key
from anyvenue.venues.okx.server.service import OkxServer
from anyvenue.venues.okx.server.terms import OkxTerms
from anyvenue.venues.okx.wire_rest import InstrumentRow
from anyvenue.venues.serving.keys import Keys
from okx_served import ALICE, DATED, INVERSE, KEY, OTHER, PERP, READER, SPOT, Booth, booth

PAIR, SWAP = "BTC-USDT", "BTC-USDT-SWAP"
LIMIT = {"instId": PAIR, "tdMode": "cash", "side": "buy", "ordType": "limit"}
CONTRACT = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "limit"}
BOUGHT = {**CONTRACT, "ordType": "market"}
_HOUR = 3600 * 10**9
_YEAR_MS = 365 * 86_400_000


def served(test: Callable[[Booth], Awaitable[None]], **options: Any) -> None:
    """Run a test against a served exchange whose books are made."""

    async def run() -> None:
        async with booth(**options) as place:
            place.make_market(SPOT)
            place.make_market(PERP)
            await test(place)

    asyncio.run(run())


# ---- who may ask


def test_a_request_needs_a_known_key_its_words_and_the_right_time() -> None:
    async def test(place: Booth) -> None:
        path, now = "account/balance", place.clock.now()
        assert await place.refused("GET", path) == "50103"
        stranger = type(KEY)("nobody", "x", ALICE, passphrase="y")
        assert await place.refused("GET", path, stranger) == "50111"
        forger = type(KEY)(KEY.api_key, "wrong", ALICE, passphrase=KEY.passphrase)
        assert await place.refused("GET", path, forger) == "50113"
        guesser = type(KEY)(KEY.api_key, KEY.secret, ALICE, passphrase="wrong")
        assert await place.refused("GET", path, guesser) == "50105"
        for late in (-31, 31):
            status, answer = await place.ask_whole("GET", path, KEY, now_ns=now + late * 10**9)
            assert (status, answer["code"]) == (401, "50102")
        odd = {"OK-ACCESS-TIMESTAMP": "noon"}
        assert (await place.ask_whole("GET", path, KEY, extra=odd))[1]["code"] == "50112"
        demo = {"x-simulated-trading": "1"}
        assert (await place.ask_whole("GET", path, KEY, extra=demo))[1]["code"] == "0"

    served(test)


def test_a_key_that_may_only_read_places_nothing() -> None:
    async def test(place: Booth) -> None:
        [config] = await place.ask("account/config", READER)
        assert config["perm"] == "read_only"
        asked = {**LIMIT, "sz": 1, "px": 90_000}
        assert await place.refused("POST", "trade/order", READER, **asked) == "50120"

    served(test)


def test_whoever_asks_too_often_is_told_so() -> None:
    async def test(place: Booth) -> None:
        answers = [await place.ask_whole("GET", "public/time") for _ in range(12)]
        assert [status for status, _ in answers] == [200] * 10 + [429] * 2
        assert answers[-1][1]["code"] == "50011"
        await place.ask("market/ticker", instId=PAIR)

    served(test, frozen=True)


def test_what_is_no_request_is_refused_in_the_venues_words() -> None:
    async def test(place: Booth) -> None:
        status, answer = await place.ask_whole("GET", "nothing/here")
        assert (status, answer["code"]) == (404, "404")
        assert await place.refused("GET", "market/ticker") == "50014"
        assert await place.refused("GET", "market/ticker", instId="NO-SUCH") == "51001"
        assert await place.refused("GET", "public/instruments", instType="STOCK") == "51000"
        assert await place.refused("GET", "market/candles", instId=PAIR, bar="8H") == "51000"
        address = f"{place.url}/api/v5/trade/order"
        async with place.http.post(address, data="{") as found:
            assert (await found.json())["code"] == "50002"
        assert await place.refused("POST", "trade/order", KEY, body=[]) == "50014"

    served(test)


def test_an_order_that_comes_after_its_time_is_not_placed() -> None:
    async def test(place: Booth) -> None:
        late = {"expTime": str(place.clock.now() // 1_000_000 - 1000)}
        asked = {**LIMIT, "sz": "1", "px": "90000"}
        _, answer = await place.ask_whole("POST", "trade/order", KEY, asked, extra=late)
        assert answer["code"] == "50036"
        assert await place.ask("trade/orders-pending", KEY) == []

    served(test)


# ---- markets


def test_what_is_listed_is_what_our_driver_reads() -> None:
    async def test(place: Booth) -> None:
        found = {}
        for kind in ("SPOT", "SWAP", "FUTURES", "MARGIN"):
            rows = await place.ask("public/instruments", instType=kind)
            read = [make_instrument(msgspec.convert(row, InstrumentRow)) for row in rows]
            found.update({each.id: each for each in read if each is not None})
        for instrument in place.exchange.instruments():
            mine, theirs = instrument, found[instrument.id]
            assert mine.price_step == theirs.price_step
            assert (mine.lot.step, mine.lot.minimum) == (theirs.lot.step, theirs.lot.minimum)
            assert (mine.multiplier, mine.inverse) == (theirs.multiplier, theirs.inverse)
            assert (mine.currency, mine.base, mine.expiry) == (
                *(theirs.currency, theirs.base),
                theirs.expiry,
            )

    served(test)


def test_markets_are_told_in_the_venues_units() -> None:
    async def test(place: Booth) -> None:
        [ticker] = await place.ask("market/ticker", instId=SWAP)
        assert (ticker["last"], ticker["lastSz"]) == ("95000.0", "0.01")
        assert (ticker["vol24h"], ticker["volCcy24h"]) == ("0.01", "0.0001")
        [book] = await place.ask("market/books", instId=PAIR, sz=2)
        assert [row[0] for row in book["bids"]] == ["94995.0", "94990.0"]
        assert book["seqId"] > 0
        [trade] = await place.ask("market/trades", instId=PAIR)
        assert (trade["px"], trade["side"]) == ("95000.0", "buy")
        bars = await place.ask("market/candles", instId=PAIR, bar="1m")
        assert bars[0][4] == "95000.0"
        assert await place.ask("market/history-candles", instId=PAIR, after=bars[-1][0]) == []
        for bar, hour in (("1D", 16), ("1Dutc", 0)):
            day = (await place.ask("market/candles", instId=PAIR, bar=bar))[0]
            assert int(day[0]) // 3_600_000 % 24 == hour
        [mark] = await place.ask("public/mark-price", instType="SWAP", instId=SWAP)
        assert mark["markPx"] == "95000.0"
        assert len(await place.ask("market/tickers", instType="SPOT")) == 2
        [limit] = await place.ask("public/price-limit", instId=SWAP)
        assert Decimal(limit["sellLmt"]) < 95_000 < Decimal(limit["buyLmt"])

    served(test)


def test_funding_is_told_and_paid() -> None:
    async def test(place: Booth) -> None:
        await place.buy(**BOUGHT, sz=10)
        for number in (1, 2):
            now = place.clock.now()
            place.post(FundingRate(PERP, now, now, Decimal(number) / 10_000, 8 * _HOUR, now))
        bills: list[Any] = []
        async with asyncio.timeout(30):
            while len(bills) < 2:
                await asyncio.sleep(0.01)
                bills = await place.ask("account/bills", KEY, type="8")
        assert all(Decimal(each["balChg"]) < 0 for each in bills)
        assert {(each["instId"], each["subType"]) for each in bills} == {(SWAP, "173")}
        newer = await place.ask("account/bills", KEY, type="8", before=bills[1]["billId"])
        assert newer == bills[:1]
        [rate] = await place.ask("public/funding-rate", instId=SWAP)
        assert rate["fundingRate"] == "0.0002"
        past = await place.ask("public/funding-rate-history", instId=SWAP)
        assert past[0]["realizedRate"] == "0.0002"
        assert await place.refused("GET", "public/funding-rate", instId=PAIR) == "51000"

    served(test, terms=OkxTerms(limits=0))


# ---- orders


def test_an_order_is_placed_changed_found_and_cancelled() -> None:
    async def test(place: Booth) -> None:
        sent = await place.buy(**LIMIT, sz="0.1", px="90000", clOrdId="mine1", tag="t1")
        named = {"instId": PAIR, "clOrdId": "mine1"}
        [row] = await place.ask("trade/order", KEY, **named)
        assert (row["ordId"], row["state"], row["tag"]) == (sent["ordId"], "live", "t1")
        await place.post_to("trade/amend-order", KEY, **named, newSz="0.2", newPx="90001")
        [row] = await place.ask("trade/orders-pending", KEY, instType="SPOT")
        assert (row["px"], row["sz"], row["clOrdId"]) == ("90001", "0.2", "mine1")
        await place.post_to("trade/cancel-order", KEY, **named)
        [row] = await place.ask("trade/orders-history", KEY, instType="SPOT")
        assert (row["state"], row["cancelSource"]) == ("canceled", "1")
        assert await place.refused("POST", "trade/cancel-order", KEY, **named) == "51400"
        changed = {**named, "newPx": "90002"}
        assert await place.refused("POST", "trade/amend-order", KEY, **changed) == "51509"
        assert await place.refused("GET", "trade/order", KEY, instId=PAIR, ordId="9") == "51603"

    served(test)


def test_refusals_have_the_venues_codes() -> None:
    async def test(place: Booth) -> None:
        async def refused(kind: dict[str, str] = LIMIT, **changes: object) -> str:
            asked = {**kind, "sz": "1", "px": "90000", **changes}
            return await place.refused("POST", "trade/order", KEY, **asked)

        assert await refused(px="90000.01") == "51000"
        assert await refused(sz="0.000000001") == "51020"
        assert await refused(CONTRACT, sz="1.005") == "51121"
        assert await refused(sz="100") == "51008"
        assert await refused(instId="NO-SUCH") == "51001"
        assert await refused(side="sideways") == "51000"
        assert await refused(ordType="iceberg") == "51000"
        assert await refused(px="NaN") == "51000"
        assert await refused(px="") == "50014"
        assert await refused(sz="") == "50014"
        assert await refused(clOrdId="not allowed!") == "51000"
        assert await refused(tdMode="cross") == "51010"
        assert await refused(CONTRACT, tdMode="cash") == "51010"
        assert await refused(CONTRACT, posSide="long") == "51000"
        assert await refused(CONTRACT, reduceOnly=True) == "51169"
        assert await refused(CONTRACT, sz="1000000") in ("51008", "51004")

    served(test, terms=OkxTerms(limits=0))


def test_a_clients_own_id_is_taken_once_as_long_as_the_order_works() -> None:
    async def test(place: Booth) -> None:
        asked = {**LIMIT, "sz": "0.1", "px": "90000", "clOrdId": "mine1"}
        named = {"instId": PAIR, "clOrdId": "mine1"}
        first = await place.buy(**asked)
        assert await place.refused("POST", "trade/order", KEY, **asked) == "51016"
        contract = {**CONTRACT, "sz": "1", "px": "90000", "clOrdId": "mine1"}
        assert await place.refused("POST", "trade/order", KEY, **contract) == "51016"
        await place.post_to("trade/cancel-order", KEY, **named)
        second = await place.buy(**asked)
        [found] = await place.ask("trade/order", KEY, **named)
        assert found["ordId"] == second["ordId"] != first["ordId"]

    served(test)


def test_a_batch_tells_of_each_order() -> None:
    async def test(place: Booth) -> None:
        rows = [{**LIMIT, "sz": "0.1", "px": px} for px in ("90000", "90000.01")]
        _, answer = await place.ask_whole("POST", "trade/batch-orders", KEY, rows)
        assert (answer["code"], [each["sCode"] for each in answer["data"]]) == ("2", ["0", "51000"])
        both = [{"instId": PAIR, "ordId": answer["data"][0]["ordId"], "newSz": "0.3"}]
        [changed] = await place.post_to("trade/amend-batch-orders", KEY, both)
        assert changed["sCode"] == "0"
        gone = [{"instId": PAIR, "ordId": each} for each in (changed["ordId"], "12345")]
        _, answer = await place.ask_whole("POST", "trade/cancel-batch-orders", KEY, gone)
        assert [each["sCode"] for each in answer["data"]] == ["0", "51400"]
        many = [{**LIMIT, "sz": "0.1", "px": "90000"}] * 21
        _, answer = await place.ask_whole("POST", "trade/batch-orders", KEY, many)
        assert answer["code"] == "51101"

    served(test)


def test_a_market_order_by_money_never_spends_more() -> None:
    async def test(place: Booth) -> None:
        sent = await place.buy(**{**LIMIT, "ordType": "market"}, sz="100000")
        [row] = await place.ask("trade/order", KEY, instId=PAIR, ordId=sent["ordId"])
        assert (row["state"], row["tgtCcy"], row["sz"]) == ("filled", "quote_ccy", "100000")
        fills = await place.ask("trade/fills", KEY, ordId=sent["ordId"])
        assert [each["fillPx"] for each in fills] == ["95010", "95005"]
        worth = sum(Decimal(each["fillPx"]) * Decimal(each["fillSz"]) for each in fills)
        assert 99_999 < worth <= 100_000
        assert all(Decimal(each["fee"]) < 0 for each in fills)
        coins = {**LIMIT, "ordType": "market", "tgtCcy": "base_ccy"}
        sent = await place.buy(**coins, sz="0.5")
        [row] = await place.ask("trade/order", KEY, instId=PAIR, ordId=sent["ordId"])
        assert row["accFillSz"] == "0.5"

    served(test)


@pytest.mark.parametrize(
    ("kind", "price", "source", "filled"),
    [("post_only", "95005", "31", "0"), ("fok", "95005", "13", "0"), ("ioc", "95005", "14", "1")],
)
def test_orders_that_end_by_themselves_say_why(
    kind: str, price: str, source: str, filled: str
) -> None:
    async def test(place: Booth) -> None:
        sent = await place.buy(**{**LIMIT, "ordType": kind}, sz="9", px=price)
        row = {"state": "live"}
        async with asyncio.timeout(30):
            while row["state"] == "live":
                [row] = await place.ask("trade/order", KEY, instId=PAIR, ordId=sent["ordId"])
        told = (row["state"], row["cancelSource"], row["accFillSz"])
        assert told == ("canceled", source, filled)

    served(test, terms=OkxTerms(limits=0))


# ---- accounts


def test_money_and_positions_add_up() -> None:
    async def test(place: Booth) -> None:
        await place.buy(**BOUGHT, sz=2)
        [row] = await place.ask("account/positions", KEY, instType="SWAP")
        assert (row["pos"], row["avgPx"], row["lever"]) == ("2", "95007.5", "20")
        assert Decimal(row["upl"]) == Decimal("0.05")  # 2 contracts of 0.01, marked at 95010
        [balance] = await place.ask("account/balance", KEY, ccy="USDT")
        [money] = balance["details"]
        fees = sum(Decimal(each["fee"]) for each in await place.ask("trade/fills", KEY))
        assert Decimal(money["cashBal"]) == 1_000_000 + fees
        assert Decimal(money["eq"]) == Decimal(money["cashBal"]) + Decimal(money["upl"])
        assert Decimal(money["availEq"]) + Decimal(money["frozenBal"]) == Decimal(money["eq"])
        closing = {"instId": SWAP, "mgnMode": "cross"}
        await place.post_to("trade/close-position", KEY, **closing)
        assert await place.ask("account/positions", KEY) == []
        assert await place.refused("POST", "trade/close-position", KEY, **closing) == "51023"
        fills = await place.ask("trade/fills", KEY)
        moved = sum(Decimal(each["fillPnl"]) + Decimal(each["fee"]) for each in fills)
        [balance] = await place.ask("account/balance", KEY, ccy="USDT")
        assert Decimal(balance["details"][0]["cashBal"]) == 1_000_000 + moved

    served(test)


def test_an_inverse_contract_is_worth_coins() -> None:
    async def test(place: Booth) -> None:
        for instrument in (INVERSE, DATED):
            place.order(instrument, Side.SELL, 100_000, 11)
            place.order(instrument, Side.BUY, 100_000, 1, OTHER)
            place.order(instrument, Side.SELL, 125_000, 10)
            place.order(instrument, Side.BUY, 80_000, 100)
        names = {"BTC-USD-SWAP": "SWAP", "BTC-USD-301227": "FUTURES"}
        for name in names:
            await place.buy(**{**BOUGHT, "instId": name}, sz=20)
        for row in await place.ask("account/positions", KEY):
            # 1000 USD at 100,000 and 1000 USD at 125,000 are 0.018 BTC; at 125,000 they are 0.016.
            assert row["instType"] == names[row["instId"]]
            assert row["ccy"] == "BTC"
            assert Decimal(row["avgPx"]) == (2000 / Decimal("0.018")).quantize(Decimal("1e-8"))
            assert Decimal(row["upl"]) == Decimal("0.002")
            assert Decimal(row["notionalUsd"]) == 2000
        for name in names:
            await place.buy(**{**BOUGHT, "instId": name, "side": "sell"}, sz=20)
        fills = await place.ask("trade/fills", KEY)
        moved = sum(Decimal(each["fillPnl"]) + Decimal(each["fee"]) for each in fills)
        [balance] = await place.ask("account/balance", KEY, ccy="BTC")
        assert Decimal(balance["details"][0]["cashBal"]) == 1 + moved
        assert sum(Decimal(each["fillPnl"]) for each in fills) == Decimal("-0.014")

    served(test)


def test_leverage_and_margin_are_chosen() -> None:
    async def test(place: Booth) -> None:
        leverage = {"instId": SWAP, "mgnMode": "cross"}
        await place.post_to("account/set-leverage", KEY, **leverage, lever="7")
        [row] = await place.ask("account/leverage-info", KEY, **leverage)
        assert row["lever"] == "7"
        high = {**leverage, "lever": "500"}
        assert await place.refused("POST", "account/set-leverage", KEY, **high) == "59102"
        await place.buy(**{**BOUGHT, "tdMode": "isolated"}, sz=10)
        [row] = await place.ask("account/positions", KEY)
        assert (row["mgnMode"], row["lever"]) == ("isolated", "7")
        more = {"instId": SWAP, "posSide": "net", "type": "add", "amt": "100"}
        await place.post_to("account/position/margin-balance", KEY, **more)
        [after] = await place.ask("account/positions", KEY)
        assert Decimal(after["margin"]) == Decimal(row["margin"]) + 100
        other = {**BOUGHT, "sz": 1}
        assert await place.refused("POST", "trade/order", KEY, **other) == "51010"

    served(test)


def test_long_and_short_positions_stand_side_by_side_where_that_is_chosen() -> None:
    async def test(place: Booth) -> None:
        mode = {"posMode": "long_short_mode"}
        await place.post_to("account/set-position-mode", KEY, **mode)
        [config] = await place.ask("account/config", KEY)
        assert config["posMode"] == "long_short_mode"
        assert await place.refused("POST", "trade/order", KEY, **BOUGHT, sz=1) == "51000"
        await place.buy(**BOUGHT, sz="0.5", posSide="long")
        await place.buy(**{**BOUGHT, "side": "sell"}, sz="0.3", posSide="short")
        rows = await place.ask("account/positions", KEY)
        assert {row["posSide"]: row["pos"] for row in rows} == {"long": "0.5", "short": "0.3"}
        net = {"posMode": "net_mode"}
        assert await place.refused("POST", "account/set-position-mode", KEY, **net) == "59000"
        closing = {"instId": SWAP, "mgnMode": "cross", "posSide": "short"}
        await place.post_to("trade/close-position", KEY, **closing)
        [row] = await place.ask("account/positions", KEY)
        assert (row["posSide"], row["pos"]) == ("long", "0.5")

    served(test)


def test_orders_end_unless_the_client_comes_again() -> None:
    async def test(place: Booth) -> None:
        [row] = await place.post_to("trade/cancel-all-after", KEY, timeOut="60")
        assert int(row["triggerTime"]) == int(row["ts"]) + 60_000
        [row] = await place.post_to("trade/cancel-all-after", KEY, timeOut="0")
        assert row["triggerTime"] == "0"
        assert await place.refused("POST", "trade/cancel-all-after", KEY, timeOut="5") == "51000"

    served(test, terms=OkxTerms(limits=0))


# ---- conditional orders


def test_a_trigger_becomes_an_order_when_its_price_is_touched() -> None:
    async def test(place: Booth) -> None:
        asked = {**CONTRACT, "ordType": "trigger", "triggerPx": "95010", "orderPx": "96000"}
        [sent] = await place.post_to("trade/order-algo", KEY, **asked, sz="1", algoClOrdId="mine1")
        again = {**asked, "sz": "1", "algoClOrdId": "mine1"}
        assert await place.refused("POST", "trade/order-algo", KEY, **again) == "51065"
        [row] = await place.ask("trade/orders-algo-pending", KEY, ordType="trigger")
        assert (row["algoId"], row["state"]) == (sent["algoId"], "live")
        place.order(PERP, Side.BUY, 95_010, 2, OTHER)
        async with asyncio.timeout(30):
            while row["state"] != "effective" or not row["ordId"]:
                await asyncio.sleep(0.01)
                [row] = await place.ask("trade/order-algo", KEY, algoClOrdId="mine1")
        [order] = await place.ask("trade/order", KEY, instId=SWAP, ordId=row["ordId"])
        assert (order["algoId"], order["algoClOrdId"]) == (sent["algoId"], "mine1")
        assert order["px"] == "96000"
        gone = [{"instId": SWAP, "algoId": sent["algoId"]}]
        assert await place.refused("POST", "trade/cancel-algos", KEY, body=gone) == "51400"

    served(test, terms=OkxTerms(limits=0))


def test_stops_and_profits_are_checked_and_cancelled() -> None:
    async def test(place: Booth) -> None:
        selling = {**CONTRACT, "side": "sell", "sz": "1", "ordType": "conditional"}
        stop = {**selling, "slTriggerPx": "90000", "slOrdPx": "-1"}
        [kept] = await place.post_to("trade/order-algo", KEY, **stop)
        late = {**stop, "slTriggerPx": "96000"}
        assert await place.refused("POST", "trade/order-algo", KEY, **late) == "51280"
        assert await place.refused("POST", "trade/order-algo", KEY, **selling) == "50014"
        both = {**stop, "ordType": "oco", "tpTriggerPx": "99000", "tpOrdPx": "98990"}
        [either] = await place.post_to("trade/order-algo", KEY, **both)
        named = {"instId": SWAP, "algoId": either["algoId"]}
        await place.post_to("trade/amend-algos", KEY, **named, newSz="2", newSlTriggerPx="91000")
        [row] = await place.ask("trade/order-algo", KEY, algoId=either["algoId"])
        assert (row["sz"], row["slTriggerPx"], row["tpTriggerPx"]) == ("2", "91000", "99000")
        high = {**named, "newSlTriggerPx": "96000"}
        assert await place.refused("POST", "trade/amend-algos", KEY, **high) == "51280"
        assert await place.ask("trade/order-algo", KEY, algoId=either["algoId"]) == [row]
        trailing = {**selling, "ordType": "move_order_stop", "callbackRatio": "0.01"}
        [turned] = await place.post_to("trade/order-algo", KEY, **trailing)
        gone = [{"instId": SWAP, "algoId": each["algoId"]} for each in (kept, either, turned)]
        await place.post_to("trade/cancel-algos", KEY, gone)
        past = await place.ask(
            "trade/orders-algo-history", KEY, ordType="conditional,oco", state="canceled"
        )
        assert [each["algoId"] for each in past] == [either["algoId"], kept["algoId"]]

    served(test, terms=OkxTerms(limits=0))


def test_a_stop_that_cannot_be_placed_says_why() -> None:
    async def test(place: Booth) -> None:
        stop = {**CONTRACT, "side": "sell", "ordType": "conditional", "closeFraction": "1"}
        stop |= {"slTriggerPx": "94990", "slOrdPx": "-1", "reduceOnly": True}
        [sent] = await place.post_to("trade/order-algo", KEY, **stop)
        row = {"state": "live"}
        place.order(PERP, Side.SELL, 94_990, 2, OTHER)
        async with asyncio.timeout(30):
            while row["state"] in ("live", "effective"):
                await asyncio.sleep(0.01)
                [row] = await place.ask("trade/order-algo", KEY, algoId=sent["algoId"])
        assert (row["state"], row["failCode"]) == ("order_failed", "51023")

    served(test, terms=OkxTerms(limits=0))


# ---- keys


def test_a_key_of_ones_own_needs_a_passphrase() -> None:
    key = own_key(ALICE, "k", "s:with:words")
    assert (key.api_key, key.secret, key.passphrase) == ("k", "s:with", "words")
    assert new_key(ALICE).passphrase
    with pytest.raises(ConfigError, match="PASSPHRASE") as raised:
        own_key(ALICE, "k", "s")
    assert raised.value.code == "config.wire_passphrase"


def test_a_server_that_starts_again_tells_the_same() -> None:
    async def test(place: Booth) -> None:
        await place.buy(**LIMIT, sz="0.1", px="90000", clOrdId="mine1", tag="t1")
        await place.buy(**{**LIMIT, "ordType": "market", "tgtCcy": "base_ccy"}, sz="1.5")
        await place.buy(**{**BOUGHT, "side": "sell"}, sz=1)
        asked = ["orders-pending", "fills", "fills-history"]

        async def told() -> list[Any]:
            rows = [await place.ask(f"trade/{each}", KEY) for each in asked]
            rows += [
                await place.ask("trade/orders-history", KEY, instType=kind)
                for kind in ("SPOT", "SWAP")
            ]
            rows.append(await place.ask("account/positions", KEY))
            return rows

        before = await told()
        again = OkxServer(place.exchange, Keys((KEY,)), wall=place.clock.now)
        _, port = await again.start()
        first, place.url = place.url, f"http://127.0.0.1:{port}"
        for instrument in (SPOT, PERP):
            # Marks are told by the market: the new server hears of the next trade.
            place.order(instrument, Side.SELL, 94_995, "0.01", OTHER)
        after = await told()
        place.url = first
        assert after == await told() != before
        assert [row["tag"] for row in after[0]] == ["t1"]
        await again.close()

    served(test, terms=OkxTerms(limits=0))


def test_stops_that_are_attached_to_an_order_wait_until_it_is_filled() -> None:
    async def test(place: Booth) -> None:
        attached = {"slTriggerPx": "90000", "slOrdPx": "-1", "tpTriggerPx": "99000"}
        attached |= {"tpOrdPx": "98990", "attachAlgoClOrdId": "mine1"}
        asked = {**CONTRACT, "sz": "2", "px": "94000", "attachAlgoOrds": [attached]}
        sent = await place.buy(**asked)
        pending = {"ordType": "oco"}
        assert await place.ask("trade/orders-algo-pending", KEY, **pending) == []
        place.order(PERP, Side.SELL, 94_000, 9, OTHER)
        [row] = await place.ask("trade/orders-algo-pending", KEY, **pending)
        assert (row["side"], row["sz"], row["algoClOrdId"]) == ("sell", "2", "mine1")
        assert (row["slTriggerPx"], row["tpOrdPx"]) == ("90000", "98990")
        [order] = await place.ask("trade/order", KEY, instId=SWAP, ordId=sent["ordId"])
        assert order["state"] == "filled"
        wrong = {**asked, "attachAlgoOrds": [{"slTriggerPx": "-5", "slOrdPx": "-1"}]}
        assert await place.refused("POST", "trade/order", KEY, **wrong) == "51000"
        nothing = await place.buy(**{**LIMIT, "sz": "1", "px": "90000"}, attachAlgoOrds=[])
        assert nothing["sCode"] == "0"

    served(test, terms=OkxTerms(limits=0))
