"""What a user of python-binance does, against an exchange at 127.0.0.1: a program for the environment that has it.

usage: python_binance_walk.py PORT KEY SECRET. It prints one line of JSON for every step: its name and what it found.
"""

import asyncio
import json
import sys

from binance import AsyncClient, BinanceAPIException, BinanceSocketManager

PATIENCE_S = 60


def say(step: str, found: object) -> None:
    print(json.dumps({"step": step, "found": found}), flush=True)


def redirect(port: int) -> None:
    """Point the library's addresses at the port, and let it be as patient as a busy machine needs."""
    http, ws = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"
    AsyncClient.REQUEST_TIMEOUT = PATIENCE_S
    AsyncClient.API_URL = http + "/api"
    AsyncClient.MARGIN_API_URL = http + "/sapi"
    AsyncClient.FUTURES_URL = http + "/fapi"
    AsyncClient.WS_API_URL = ws + "/ws-api/v3"
    AsyncClient.WS_FUTURES_URL = ws + "/ws-fapi/v1"
    BinanceSocketManager.STREAM_URL = ws + "/"
    BinanceSocketManager.FSTREAM_URL = ws + "/usdm/"


async def main(port: int, key: str, secret: str) -> None:
    redirect(port)
    client = await AsyncClient.create(key, secret)
    try:
        await spot(client)
        await futures(client)
        await streams(client)
    finally:
        await client.close_connection()


async def spot(client: AsyncClient) -> None:
    info = await client.get_symbol_info("BTCUSDT")
    say("symbol", [info["baseAsset"], info["status"]])
    order = await client.create_order(
        symbol="BTCUSDT",
        side="BUY",
        type="LIMIT",
        timeInForce="GTC",
        quantity="0.01",
        price="80000",
    )
    say("placed", order["status"])
    say("open", [each["orderId"] == order["orderId"] for each in await client.get_open_orders()])
    gone = await client.cancel_order(symbol="BTCUSDT", orderId=order["orderId"])
    say("cancelled", gone["status"])
    bought = await client.order_market_buy(symbol="BTCUSDT", quoteOrderQty="1000")
    say("bought for money", [bought["status"], 900 < float(bought["cummulativeQuoteQty"]) <= 1000])
    say("balance", float((await client.get_asset_balance(asset="BTC"))["free"]) > 1)
    say("my trades", len(await client.get_my_trades(symbol="BTCUSDT")))
    say("bars", len(await client.get_klines(symbol="BTCUSDT", interval="1m")) > 0)
    try:
        await client.cancel_order(symbol="BTCUSDT", orderId=1)
    except BinanceAPIException as error:
        say("unknown order", error.code)


async def futures(client: AsyncClient) -> None:
    bought = await client.futures_create_order(
        symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.1", newOrderRespType="RESULT"
    )
    say("bought", bought["status"])
    positions = await client.futures_position_information(symbol="BTCUSDT")
    say("position", positions[0]["positionAmt"])
    chosen = await client.futures_change_leverage(symbol="BTCUSDT", leverage=10)
    say("leverage", chosen["leverage"])
    balance = await client.futures_account_balance()
    say("futures balance", [each["asset"] for each in balance])
    income = await client.futures_income_history(incomeType="COMMISSION")
    say("fees", float(income[-1]["income"]) < 0)


async def streams(client: AsyncClient) -> None:
    manager = BinanceSocketManager(client)
    async with asyncio.timeout(PATIENCE_S):
        async with manager.trade_socket("BTCUSDT") as socket:
            say("watched trades", (await socket.recv())["e"])
        async with manager.depth_socket("BTCUSDT") as socket:
            say("watched depth", (await socket.recv())["e"])
        async with manager.user_socket() as socket:
            await client.order_market_buy(symbol="BTCUSDT", quantity="0.01")
            say("watched user", (await socket.recv())["e"])
        async with manager.futures_user_socket() as socket:
            await client.futures_create_order(
                symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.1"
            )
            say("watched futures user", (await socket.recv())["e"])


asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
