"""What a user of ccxt does, against an exchange at 127.0.0.1: a program for the environment that has ccxt.

usage: ccxt_walk.py EXCHANGE PORT KEY SECRET. It prints one line of JSON for every step: its name and what it found.
"""

import asyncio
import json
import re
import sys
from typing import Any
from urllib.parse import urlsplit

import ccxt.pro as ccxt


def to_loopback(urls: Any, port: int) -> Any:
    """Point every address at the port; the path stays, and the host's name goes into it: ccxt looks for "/stream"."""
    if isinstance(urls, dict):
        return {name: to_loopback(each, port) for name, each in urls.items()}
    if not isinstance(urls, str) or "binance.com" not in urls:
        return urls
    parts = urlsplit(urls)
    scheme = "ws" if parts.scheme.startswith("ws") else "http"
    prefix = f"/{parts.hostname}" if "stream." in parts.netloc else ""
    return f"{scheme}://127.0.0.1:{port}{prefix}{parts.path}"


class Walk:
    """One exchange, step by step."""

    def __init__(self, name: str, port: int, key: str, secret: str) -> None:
        self.exchange = getattr(ccxt, name)(
            {"apiKey": key, "secret": secret, "enableRateLimit": False}
        )
        self.exchange.urls["api"] = to_loopback(self.exchange.urls["api"], port)
        self.futures = name == "binanceusdm"
        self.symbol = "BTC/USDT:USDT" if self.futures else "BTC/USDT"

    def say(self, step: str, found: object) -> None:
        print(json.dumps({"step": step, "found": found}), flush=True)

    async def run(self) -> None:
        try:
            await self.market()
            await self.orders()
            await self.streams()
            await self.sockets()
            await self.errors()
            if self.futures:
                await self.terms()
        finally:
            await self.exchange.close()

    async def market(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        markets = await exchange.load_markets()
        market = markets[symbol]
        self.say("markets", [sorted(markets), market["precision"], market["limits"]["cost"]["min"]])
        self.say("time", abs(await exchange.fetch_time() - exchange.milliseconds()) < 60_000)
        ticker = await exchange.fetch_ticker(symbol)
        self.say("ticker", [ticker["last"], ticker["high"], ticker["low"]])
        best = (await exchange.fetch_bids_asks([symbol]))[symbol]
        self.say("best", [best["bid"], best["ask"]])
        book = await exchange.fetch_order_book(symbol, 10)
        self.say("book", [book["bids"][0], book["asks"][0]])
        trades = await exchange.fetch_trades(symbol)
        self.say("trades", len(trades) > 0)
        bars = await exchange.fetch_ohlcv(symbol, "1m")
        self.say("bars", [len(bars) > 0, len(bars[-1])])

    async def orders(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        self.say("balance", (await exchange.fetch_balance())["USDT"]["free"])
        order = await exchange.create_order(
            symbol, "limit", "buy", 0.01, 80_000, {"newClientOrderId": "walk-1"}
        )
        self.say(
            "placed", [order["status"], order["clientOrderId"], order["price"], order["amount"]]
        )
        changed = await exchange.edit_order(order["id"], symbol, "limit", "buy", 0.02, 80_001)
        self.say("edited", [changed["status"], changed["price"], changed["amount"]])
        found = await exchange.fetch_order(changed["id"], symbol)
        self.say("fetched", [found["status"], found["price"], found["amount"]])
        self.say(
            "open",
            [each["id"] == changed["id"] for each in await exchange.fetch_open_orders(symbol)],
        )
        gone = await exchange.cancel_order(changed["id"], symbol)
        self.say("cancelled", gone["status"])
        for price in (80_000, 80_010):
            await exchange.create_order(symbol, "limit", "buy", 0.01, price)
        await exchange.cancel_all_orders(symbol)
        self.say("cancelled all", len(await exchange.fetch_open_orders(symbol)))
        bought = await exchange.create_order(symbol, "market", "buy", 0.5)
        self.say("bought", [bought["status"], bought["filled"], bought["average"] > 0])
        trades = await exchange.fetch_my_trades(symbol)
        self.say(
            "my trades", [sum(each["amount"] for each in trades), trades[-1]["fee"]["currency"]]
        )
        history = await exchange.fetch_orders(symbol)
        self.say("history", sorted({each["status"] for each in history}))

    async def streams(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        ticker = await exchange.watch_ticker(symbol)
        self.say("watched ticker", ticker["last"] > 0)
        best = await exchange.watch_bids_asks([symbol])
        self.say("watched best", best[symbol]["bid"] < best[symbol]["ask"])
        sizes = []
        for _ in range(20):
            book = await exchange.watch_order_book(symbol)
            sizes.append(book["bids"][0][0] < book["asks"][0][0])
        rest = await exchange.fetch_order_book(symbol)
        self.say("watched book", [all(sizes), book["nonce"] <= rest["nonce"]])
        self.say("watched trades", len(await exchange.watch_trades(symbol)) > 0)
        self.say("watched bars", len(await exchange.watch_ohlcv(symbol, "1m")) > 0)
        await self.private_streams()

    async def private_streams(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        await exchange.authenticate({"type": "future" if self.futures else "spot"})
        waiting = {
            "orders": asyncio.create_task(exchange.watch_orders(symbol)),
            "my trades": asyncio.create_task(exchange.watch_my_trades(symbol)),
            "balance": asyncio.create_task(exchange.watch_balance()),
        }
        if self.futures:
            waiting["positions"] = asyncio.create_task(exchange.watch_positions([symbol]))
        await asyncio.sleep(0.5)
        await exchange.create_order(symbol, "market", "buy", 0.1)
        async with asyncio.timeout(20):
            orders = await waiting["orders"]
            self.say("watched orders", [orders[-1]["symbol"], orders[-1]["side"]])
            mine = await waiting["my trades"]
            self.say("watched my trades", [mine[-1]["side"], mine[-1]["fee"]["currency"]])
            self.say("watched balance", (await waiting["balance"])["USDT"]["total"] > 0)
            if self.futures:
                positions = await waiting["positions"]
                self.say(
                    "watched positions", [positions[-1]["side"], positions[-1]["contracts"] > 0]
                )

    async def sockets(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        order = await exchange.create_order_ws(symbol, "limit", "buy", 0.01, 80_000)
        self.say("placed by socket", order["status"])
        changed = await exchange.edit_order_ws(order["id"], symbol, "limit", "buy", 0.02, 80_005)
        self.say("edited by socket", [changed["price"], changed["amount"]])
        gone = await exchange.cancel_order_ws(changed["id"], symbol)
        self.say("cancelled by socket", gone["status"])

    async def errors(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        await self.fails("too dear", exchange.create_order(symbol, "limit", "buy", 500, 90_000))
        await self.fails("unknown order", exchange.cancel_order("12345", symbol))
        await self.fails("too small", exchange.create_order(symbol, "limit", "buy", 0.001, 100))
        maker = {"postOnly": True}
        await self.fails(
            "taking", exchange.create_order(symbol, "limit", "buy", 0.01, 99_000, maker)
        )
        exchange.secret, kept = "wrong", exchange.secret
        await self.fails("wrong secret", exchange.fetch_balance())
        exchange.secret = kept

    async def fails(self, step: str, asking: Any) -> None:
        try:
            await asking
            self.say(step, None)
        except ccxt.BaseError as error:
            code = re.search(r'"code":(-\d+)', str(error))
            self.say(step, [type(error).__name__, int(code[1]) if code else None])

    async def terms(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        position = (await exchange.fetch_positions([symbol]))[0]
        self.say("position", [position["side"], position["contracts"], position["entryPrice"] > 0])
        self.say("leverage", (await exchange.set_leverage(30, symbol))["leverage"])
        self.say("leverage kept", (await exchange.fetch_leverage(symbol))["longLeverage"])
        rate = await exchange.fetch_funding_rate(symbol)
        self.say("funding rate", rate["fundingRate"])
        self.say("funding rates", len(await exchange.fetch_funding_rate_history(symbol)))
        paid = await exchange.fetch_funding_history(symbol)
        self.say("funding paid", [each["amount"] < 0 for each in paid])
        stop = await exchange.create_order(
            symbol, "market", "sell", 0.1, None, {"stopLossPrice": 50_000, "reduceOnly": True}
        )
        self.say("stop", stop["status"])
        gone = await exchange.cancel_order(stop["id"], symbol, {"stop": True})
        self.say("stop cancelled", gone["id"] == stop["id"])
        await exchange.create_order(
            symbol, "market", "sell", position["contracts"], None, {"reduceOnly": True}
        )
        self.say("closed", len(await exchange.fetch_positions([symbol])))
        other = "ETH/USDT:USDT"
        self.say("isolated", (await exchange.set_margin_mode("isolated", other))["code"] == 200)
        mode = await exchange.fetch_position_mode(symbol)
        self.say("position mode", mode["hedged"])


asyncio.run(Walk(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]).run())
