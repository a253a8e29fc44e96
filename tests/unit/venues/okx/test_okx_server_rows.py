"""Rows of the exchange that speaks OKX have every field that recorded ones of the venue have, of the same type."""

import asyncio
from pathlib import Path
from typing import Any

from okx_captures import fixtures

from anyvenue.model.enums import Side
from okx_served import KEY, OTHER, PERP, SPOT, Booth, booth, listener

PAIR, SWAP = "BTC-USDT", "BTC-USDT-SWAP"
# Only some of the recorded rows have it.
SELDOM = {"notionalUsd"}


async def told(place: Booth) -> dict[str, Any]:
    """Return a row of each kind by the name of a recorded message of it."""
    found: dict[str, Any] = {}

    async def ask(name: str, path: str, signed: bool = True, **asked: str) -> None:
        found[name] = (await place.ask(path, KEY if signed else None, **asked))[0]

    for kind in ("spot", "swap", "futures"):
        name = f"http_get_instruments_{kind}"
        await ask(name, "public/instruments", False, instType=kind.upper())
    await ask("http_get_trades", "market/trades", False, instId=PAIR)
    await ask("http_get_mark_price", "public/mark-price", False, instType="SWAP")
    await ask("http_get_index_price", "market/index-tickers", False, instId=PAIR)
    tiers = {"instType": "SWAP", "tdMode": "cross", "instFamily": PAIR}
    await ask("http_get_position_tiers", "public/position-tiers", False, **tiers)
    await ask("http_get_trade_fee_response", "account/trade-fee", instType="SPOT")
    limit = {"instId": PAIR, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "90000"}
    found["http_place_order_response"] = await place.buy(**limit, sz="0.1")
    await ask("http_get_orders_pending", "trade/orders-pending")
    stop = {"instId": SWAP, "tdMode": "cross", "side": "sell", "ordType": "trigger", "sz": "1"}
    await place.post_to("trade/order-algo", KEY, **stop, triggerPx="90000", orderPx="-1")
    algos = "http_get_orders_algo_pending"
    await ask(algos, "trade/orders-algo-pending", ordType="trigger")
    async with listener(place, "private") as client, listener(place, "public") as public:
        await client.login(place)
        await client.subscribe("orders", instType="ANY")
        await client.subscribe("account")
        found["ws_account"] = await client.told("account")
        market = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "market"}
        await place.buy(**market, sz="0.5")
        found["ws_orders"] = await client.told("orders", lambda row: row["state"] == "filled")
        for channel in ("tickers", "funding-rate"):
            await public.subscribe(channel, instId=SWAP)
            found[f"ws_{channel.replace('-', '_')}"] = await public.told(channel)
        await public.subscribe("books", instId=SWAP)
        found["ws_books_snapshot"] = await public.told("books")
        await public.subscribe("trades", instId=SWAP)
        place.order(PERP, Side.SELL, 94_995, "0.1", OTHER)
        found["ws_trades"] = await public.told("trades")
    await ask("http_get_orders_history", "trade/orders-history", instType="SWAP")
    await ask("http_get_account_balance", "account/balance")
    await ask("http_get_positions", "account/positions")
    await ask("http_transaction_detail", "trade/fills")
    return found


def test_rows_have_the_fields_of_recorded_ones(shared_data: Path) -> None:
    async def run() -> dict[str, Any]:
        async with booth() as place:
            place.make_market(SPOT)
            place.make_market(PERP)
            return await told(place)

    recorded = fixtures(shared_data)
    missing: set[str] = set()
    for name, ours in asyncio.run(run()).items():
        theirs = recorded[name]
        assert isinstance(theirs, dict)
        row = theirs["data"][0] if "data" in theirs else theirs
        missing |= {f"{name}: {each}" for each in differing(row, ours)}
    assert missing == set()


def differing(theirs: dict[str, Any], ours: dict[str, Any]) -> set[str]:
    """Return the fields that ours lacks, or has of another type; those of inner rows, too."""
    found = {
        name
        for name, value in theirs.items()
        if name not in SELDOM and type(value) is not type(ours.get(name))
    }
    for name, value in theirs.items():
        inner = ours.get(name)
        if isinstance(value, dict) and isinstance(inner, dict):
            found |= {f"{name}.{each}" for each in differing(value, inner)}
        elif isinstance(value, list) and value and isinstance(value[0], dict) and inner:
            found |= {f"{name}.{each}" for each in differing(value[0], inner[0])}
    return found
