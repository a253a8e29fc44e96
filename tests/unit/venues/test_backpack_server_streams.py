"""The streams of the exchange that speaks Backpack, of the market and of accounts."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.market import FundingRate
from anyvenue.venues.backpack.books import BookSync
from anyvenue.venues.backpack.parse import decode_frame
from anyvenue.venues.backpack.wire import DepthUpdate, OrderUpdate, PositionUpdate
from anyvenue.venues.backpack.wire_rest import DepthReply
from anyvenue.venues.tracking.ladder import Outcome
from backpack_served import KEY, OTHER, PERP, READER, SPOT, Booth, Ear, booth, ear, signature

ORDER = "/api/v1/order"
LIMIT = {"symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "140", "quantity": "1"}
MARKET = {"symbol": "SOL_USDC", "side": "Bid", "orderType": "Market", "quantity": "1"}
_HOUR = 3600 * 10**9


def against(told: Callable[[Booth, Ear], Awaitable[None]], **options: Any) -> None:
    """Tell a story at an exchange with a market around 150, to somebody who listens."""

    async def run() -> None:
        async with booth(**options) as place:
            place.make_market(SPOT, 150)
            place.make_market(PERP, 150)
            async with ear(place) as client:
                await told(place, client)

    asyncio.run(run())


def trade(place: Booth, price: int = 152) -> None:
    """Let two others trade."""
    place.order(SPOT, Side.SELL, price, "0.5")
    place.order(SPOT, Side.BUY, price, "0.5", OTHER)


def test_trades_best_prices_and_figures_are_told() -> None:
    async def told(place: Booth, client: Ear) -> None:
        names = ["trade.SOL_USDC", "bookTicker.SOL_USDC", "ticker.SOL_USDC", "kline.1m.SOL_USDC"]
        await client.say(method="SUBSCRIBE", params=names)
        best = await client.hear(e="bookTicker")
        assert (best["b"], best["a"]) == ("145.00", "155.00")
        trade(place)
        assert (await client.hear(e="trade"))["p"] == "152.00"
        assert (await client.hear(e="ticker"))["c"] == "152.00"
        kline = await client.hear(e="kline", c="152.00")
        assert (kline["X"], kline["s"]) == (False, "SOL_USDC")

    against(told)


def test_a_mark_price_tells_of_funding() -> None:
    async def told(place: Booth, client: Ear) -> None:
        await client.say(method="SUBSCRIBE", params=["markPrice.SOL_USDC_PERP"])
        now = place.clock.now()
        place.post(FundingRate(PERP, now, now, Decimal("0.0002"), _HOUR, now + _HOUR))
        mark = await client.hear(e="markPrice", f="0.0002")
        assert (mark["p"], mark["n"]) == ("150.00", (now + _HOUR) // 1_000_000 * 1000)

    against(told)


def test_changes_of_the_book_join_a_snapshot_and_give_the_book() -> None:
    async def told(place: Booth, client: Ear) -> None:
        await client.say(method="SUBSCRIBE", params=["depth.SOL_USDC", "bookTicker.SOL_USDC"])
        await client.hear(e="bookTicker")
        book, row = BookSync(), await place.ask("GET", "/api/v1/depth", symbol="SOL_USDC")
        reply = msgspec.convert(row, DepthReply, strict=False)
        book.begin(reply.last_update_id, reply.bids, reply.asks)
        for price in (139, 138, 137):
            place.order(SPOT, Side.BUY, price, "0.3")
        while 137 not in book.depth(SPOT, 0, 0, 50).bid_prices:
            change = await client.hear(e="depth")
            outcome = book.take(msgspec.convert(change, DepthUpdate, strict=False))
            assert outcome in (Outcome.APPLIED, Outcome.OLD)
        assert book.bids.top(1) == ((145.0,), (1.0,))

    against(told)


def test_a_stream_that_is_not_there_is_refused_and_one_that_is_left_is_silent() -> None:
    async def told(place: Booth, client: Ear) -> None:
        for name in ("trade.NO_SUCH", "depth.3ms.SOL_USDC", "markPrice.SOL_USDC", "nothing"):
            await client.say(method="SUBSCRIBE", params=[name], id=7)
            assert (await client.hear(id=7))["error"]["code"] == 4006
        await client.say(method="SHOUT", params=[])
        assert "error" in await client.hear(id=None)
        await client.say(method="SUBSCRIBE", params=["trade.SOL_USDC"])
        await client.say(method="UNSUBSCRIBE", params=["trade.SOL_USDC"])
        await client.say(method="SUBSCRIBE", params=["nothing"], id=8)
        await client.hear(id=8)
        assert "trade.SOL_USDC" not in place.server.house.streams.names()

    against(told)


def test_private_streams_need_a_signature() -> None:
    async def told(place: Booth, client: Ear) -> None:
        await client.say(method="SUBSCRIBE", params=["account.orderUpdate"], id=1)
        assert (await client.hear(id=1))["error"]["message"] == "Missing signature"
        forged = [KEY.api_key, *signature(place, READER)[1:]]
        await client.say(method="SUBSCRIBE", params=["account.orderUpdate"], signature=forged, id=2)
        assert (await client.hear(id=2))["error"]["message"] == "Invalid signature"

    against(told)


async def listen(place: Booth, client: Ear, *names: str) -> None:
    """Hear streams of the account from now on."""
    await client.say(
        method="SUBSCRIBE", params=[*names, "bookTicker.SOL_USDC"], signature=signature(place)
    )
    await client.hear(e="bookTicker")


def test_an_accounts_orders_are_told_as_our_driver_reads_them() -> None:
    async def told(place: Booth, client: Ear) -> None:
        await listen(place, client, "account.orderUpdate")
        placed = await place.ask("POST", ORDER, KEY, **LIMIT, clientId=3)
        row = await client.hear(e="orderAccepted")
        assert (row["i"], row["c"], row["X"], row["o"]) == (placed["id"], 3, "New", "LIMIT")
        assert "t" not in row
        await place.ask("DELETE", ORDER, KEY, symbol="SOL_USDC", clientId=3)
        assert (await client.hear(e="orderCancelled"))["X"] == "Cancelled"
        await place.ask("POST", ORDER, KEY, **MARKET)
        fill = await client.hear(e="orderFill")
        assert (fill["X"], fill["N"], fill["m"]) == ("Filled", "USDC", False)
        assert (Decimal(fill["L"]), Decimal(fill["l"])) == (155, 1)
        frame = msgspec.json.encode({"stream": "account.orderUpdate", "data": fill})
        read = decode_frame(frame)
        assert isinstance(read, OrderUpdate)
        assert (read.fill_price, read.maker) == (Decimal(155), False)
        await place.ask("POST", ORDER, KEY, **LIMIT, timeInForce="IOC")
        assert (await client.hear(e="orderExpired"))["R"] == "IMMEDIATE_OR_CANCEL"

    against(told)


def test_positions_are_told_at_the_beginning_and_when_they_change() -> None:
    async def told(place: Booth, client: Ear) -> None:
        perpetual = {**MARKET, "symbol": "SOL_USDC_PERP"}
        name = "account.positionUpdate.SOL_USDC_PERP"
        await listen(place, client, name)
        await place.ask("POST", ORDER, KEY, **perpetual)
        opened = await client.hear(e="positionOpened")
        assert (opened["q"], opened["B"]) == ("1", "155")
        async with ear(place) as second:
            await second.say(method="SUBSCRIBE", params=[name], signature=signature(place))
            held = await second.hear(s="SOL_USDC_PERP")
            assert "e" not in held
            read = decode_frame(msgspec.json.encode({"stream": name, "data": held}))
            assert isinstance(read, PositionUpdate)
            assert read.quantity == 1
        await place.ask("POST", ORDER, KEY, **{**perpetual, "side": "Ask"})
        assert (await client.hear(e="positionClosed"))["q"] == "0"

    against(told)


def test_balances_are_told_when_money_moves() -> None:
    async def told(place: Booth, client: Ear) -> None:
        await listen(place, client, "account.balanceUpdate")
        await place.ask("POST", ORDER, KEY, **LIMIT)
        row = await client.hear(e="balanceUpdate", a="USDC")
        assert Decimal(row["A"]) < 1_000_000 < Decimal(row["A"]) + Decimal(row["L"]) + 1

    against(told)
