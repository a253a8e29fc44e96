"""The simulated exchange as Binance: books by sequence numbers, bars, and accounts' streams."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import msgspec
import pytest

from anyvenue.model.enums import Side
from anyvenue.venues.binance.server.signatures import is_signed
from anyvenue.venues.binance.signing import make_sign, signed_text
from anyvenue.venues.serving.book import SequencedBook
from anyvenue.venues.serving.keys import Key, Keys
from anyvenue.venues.serving.tape import Tape, span_of
from binance_served import ALICE, KEY, OTHER, PERP, SPOT, Booth, Ear, booth, ear

MINUTE = 60_000


def served(test: Callable[[Booth], Awaitable[None]]) -> None:
    """Run a test against a served exchange whose books are made."""

    async def run() -> None:
        async with booth() as place:
            place.make_market(SPOT)
            place.make_market(PERP)
            await test(place)

    asyncio.run(run())


def signed(place: Booth, key: Key = KEY, secret: str = "", **parameters: str) -> dict[str, str]:
    """Return the parameters of a signed request of the WebSocket API."""
    whole = {"apiKey": key.api_key, "timestamp": str(place.clock.now() // 1_000_000), **parameters}
    return {**whole, "signature": make_sign(secret or key.secret)(signed_text(whole))}


async def follow(
    ear: Ear, snapshot: dict[str, object], changes: int, first: asyncio.Event
) -> dict[str, dict[str, str]]:
    """Keep a book as the venue's instructions say, checking that no update is missing; set `first` after the first."""
    book = {side: dict(snapshot[name]) for side, name in (("b", "bids"), ("a", "asks"))}  # type: ignore[call-overload]
    last = int(str(snapshot["lastUpdateId"]))
    taken = 0
    while taken < changes:
        update = await ear.hear(e="depthUpdate")
        if update["u"] <= last:
            continue
        assert update["U"] <= last + 1
        assert update.get("pu", last) == last or taken == 0
        last, taken = update["u"], taken + 1
        for side in ("b", "a"):
            for price, size in update[side]:
                book[side][price] = size
            book[side] = {price: size for price, size in book[side].items() if float(size)}
        first.set()
    return book


@pytest.mark.parametrize(
    ("path", "depth", "instrument"),
    [("/ws", "/api/v3/depth", SPOT), ("/public/ws", "/fapi/v1/depth", PERP)],
)
def test_a_book_kept_by_updates_is_the_book(path: str, depth: str, instrument: str) -> None:
    async def test(place: Booth) -> None:
        async with ear(place, path) as heard:
            await heard.say(method="SUBSCRIBE", params=["btcusdt@depth@100ms"], id=1)
            assert (await heard.hear(id=1))["result"] is None
            snapshot = await place.ask("GET", depth, symbol="BTCUSDT")
            place.order(instrument, Side.BUY, 94_980, 1)  # type: ignore[arg-type]
            first = asyncio.Event()
            following = asyncio.ensure_future(follow(heard, snapshot, 2, first))
            async with asyncio.timeout(60):
                await first.wait()
            place.order(instrument, Side.SELL, 94_995, "0.4", OTHER)  # type: ignore[arg-type]
            book = await following
            now = await place.ask("GET", depth, symbol="BTCUSDT")
            assert sorted(book["b"].items(), reverse=True) == list(map(tuple, now["bids"]))
            assert sorted(book["a"].items()) == list(map(tuple, now["asks"]))

    served(test)


def test_streams_of_usd_margined_futures_are_on_their_own_paths() -> None:
    async def test(place: Booth) -> None:
        async with ear(place, "/market/ws") as heard:
            await heard.say(method="SUBSCRIBE", params=["btcusdt@depth"], id=7)
            assert "/public" in (await heard.hear(id=7))["error"]["msg"]
            await heard.say(method="SUBSCRIBE", params=["btcusdt@markPrice@1s"], id=8)
            assert (await heard.hear(e="markPriceUpdate"))["p"] == "95000.0"

    served(test)


def test_combined_streams_name_each_message() -> None:
    async def test(place: Booth) -> None:
        names = "btcusdt@trade/btcusdt@bookTicker"
        async with place.http.ws_connect(f"{place.stream_url}/stream?streams={names}") as socket:
            place.order(SPOT, Side.SELL, 94_995, "0.4", OTHER)
            found = [msgspec.json.decode(await socket.receive_str()) for _ in range(2)]
            assert {each["stream"] for each in found} == set(names.split("/"))

    served(test)


def test_a_spot_account_hears_its_orders_and_money_over_the_websocket_api() -> None:
    async def test(place: Booth) -> None:
        async with ear(place, "/ws-api/v3") as api:
            await api.say(id=1, method="userDataStream.subscribe.signature", params=signed(place))
            assert (await api.hear(id=1))["result"] == {"subscriptionId": 0}
            order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.5"}
            await api.say(id=2, method="order.place", params=signed(place, **order))
            told = await api.hear(e="executionReport", x="TRADE")
            assert (told["X"], told["l"], told["L"]) == ("FILLED", "0.5", "95005")
            money = await api.hear(e="outboundAccountPosition")
            assert {each["a"]: each["f"] for each in money["B"]}["BTC"] == "1.5"
            place.exchange.deposit(ALICE, "USDT", Decimal(7))
            assert (await api.hear(e="balanceUpdate"))["d"] == "7"
            await api.say(id=3, method="order.place", params=signed(place, secret="x", **order))
            assert (await api.hear(id=3))["error"]["code"] == -1022
            await api.say(id=4, method="no.such", params={})
            assert (await api.hear(id=4))["status"] == 400

    served(test)


def test_a_futures_account_hears_its_orders_and_positions_by_listen_key() -> None:
    async def test(place: Booth) -> None:
        key = (await place.ask("POST", "/fapi/v1/listenKey", KEY))["listenKey"]
        assert (await place.ask("PUT", "/fapi/v1/listenKey", KEY))["listenKey"] == key
        async with ear(place, f"/private/ws?listenKey={key}") as heard:
            order = {"symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "quantity": "0.5"}
            await place.ask("POST", "/fapi/v1/order", KEY, **order)
            account = await heard.hear(e="ACCOUNT_UPDATE")
            assert account["a"]["P"][0]["pa"] == "-0.5"
            update = await heard.hear(e="ORDER_TRADE_UPDATE")
            assert (update["o"]["x"], update["o"]["X"]) == ("TRADE", "FILLED")
            await place.ask("POST", "/fapi/v1/leverage", KEY, symbol="BTCUSDT", leverage=9)
            assert (await heard.hear(e="ACCOUNT_CONFIG_UPDATE"))["ac"]["l"] == 9
        await place.ask("DELETE", "/fapi/v1/listenKey", KEY)
        assert await place.refused("PUT", "/fapi/v1/listenKey", KEY) == -1125

    served(test)


def test_ed25519_keys_sign_too() -> None:
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    private = ed25519.Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key = Keys([Key("ed", public.decode(), ALICE)]).find("ed")
    assert key is not None
    assert is_signed(key.secret, "a=1&b=2", make_sign(pem)("a=1&b=2"))
    assert not is_signed(key.secret, "a=1&b=3", make_sign(pem)("a=1&b=2"))
    assert not is_signed(key.secret, "a=1&b=2", "no base64")


def test_minutes_without_a_trade_are_flat_bars_in_order() -> None:
    tape = Tape()
    tape.print(10 * MINUTE + 1, 100.0, 1.0, False)
    tape.print(12 * MINUTE + 1, 103.0, 2.0, True)
    bars = list(tape.candles("1m"))
    assert [each.start_ms // MINUTE for each in bars] == [10, 11, 12]
    assert [(each.open, each.close, each.volume) for each in bars] == [
        (100.0, 100.0, 1.0),
        (100.0, 100.0, 0.0),
        (103.0, 103.0, 2.0),
    ]
    [whole] = tape.candles("5m")
    assert (whole.open, whole.high, whole.low, whole.close) == (100.0, 103.0, 100.0, 103.0)
    assert (whole.volume, whole.taker_volume, whole.trades) == (3.0, 1.0, 2)


def test_weeks_begin_on_mondays() -> None:
    start, end = span_of("1w", 1_795_195_395_000)  # Friday, 2026-11-20
    assert (start, end) == (1_794_787_200_000, 1_795_392_000_000)


def test_every_changed_level_is_one_update() -> None:
    book = SequencedBook(100)
    changes = book.collect()
    from anyvenue.model.market import Quote

    book.show(Quote(SPOT, 0, 0, 1.0, 2.0, 5.0, 6.0))
    book.show(Quote(SPOT, 0, 0, 1.0, 2.5, 5.0, 6.0))
    assert (changes.first, changes.last, changes.previous) == (101, 104, 100)
    assert (changes.bids, changes.asks) == ({1.0: 5.0}, {2.0: 0.0, 2.5: 6.0})
