"""What a user of ccxt does at Backpack, against an exchange at 127.0.0.1: a program for the environment that has ccxt.

usage: ccxt_backpack_walk.py SYMBOL PORT KEY SECRET. It prints one line of JSON for every step: its name and what it
found.
"""

import asyncio
import sys

from ccxt_walking import PATIENCE_S, Walking


class Walk(Walking):
    """Backpack, a pair or a perpetual."""

    code = r'"code":"([A-Z_]+)"'

    def __init__(self, symbol: str, port: int, key: str, secret: str) -> None:
        super().__init__("backpack", "backpack.exchange", port, symbol, apiKey=key, secret=secret)
        self.perpetual = ":" in symbol

    async def walk(self) -> None:
        await self.market()
        await self.orders()
        await self.public_streams()
        await self.private_streams()
        await self.errors()
        if self.perpetual:
            await self.terms()

    async def orders(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        await self.money("USDC")
        order = await exchange.create_order(
            symbol, "limit", "buy", 1, 140, {"clientOrderId": 77, "postOnly": True}
        )
        self.say(
            "placed", [order["status"], order["clientOrderId"], order["price"], order["amount"]]
        )
        found = await exchange.fetch_open_order(order["id"], symbol)
        self.say("fetched", [found["status"], found["price"], found["amount"]])
        working = await exchange.fetch_open_orders(symbol)
        self.say("open", [each["id"] == order["id"] for each in working])
        self.say("cancelled", (await exchange.cancel_order(order["id"], symbol))["status"])
        self.say("found again", (await exchange.fetch_order(order["id"], symbol))["status"])
        batch = [
            {"symbol": symbol, "type": "limit", "side": "buy", "amount": 1, "price": price}
            for price in (140, 141)
        ]
        self.say("batch", [each["status"] for each in await exchange.create_orders(batch)])
        gone = await exchange.cancel_all_orders(symbol)
        self.say("cancelled all", [len(gone), len(await exchange.fetch_open_orders(symbol))])
        await self.buy(0.5)

    async def private_streams(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        waiting = {
            "orders": asyncio.create_task(exchange.watch_orders(symbol)),
            "balance": asyncio.create_task(exchange.watch_balance()),
        }
        if self.perpetual:
            waiting["positions"] = asyncio.create_task(exchange.watch_positions([symbol]))
        async with asyncio.timeout(PATIENCE_S):
            await self.buy_until(waiting.values())
            orders = await waiting["orders"]
            self.say("watched orders", [orders[-1]["symbol"], orders[-1]["side"]])
            balance = await waiting["balance"]
            told = [balance[each]["total"] > 0 for each in ("USDC", "SOL") if each in balance]
            self.say("watched balance", bool(told) and all(told))
            if self.perpetual:
                [position] = await waiting["positions"]
                self.say("watched positions", [position["side"], float(position["contracts"]) > 0])

    async def errors(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        await self.fails("too dear", exchange.create_order(symbol, "limit", "buy", 900_000, 140))
        await self.fails("unknown order", exchange.cancel_order("12345", symbol))
        maker = {"postOnly": True}
        await self.fails("taking", exchange.create_order(symbol, "limit", "buy", 1, 160, maker))
        await self.fails("no bars", exchange.fetch_ohlcv(symbol, "1M"))
        exchange.secret, kept = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", exchange.secret
        await self.fails("wrong secret", exchange.fetch_balance())
        exchange.secret = kept

    async def terms(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        [position] = await exchange.fetch_positions([symbol])
        held, entry = float(position["contracts"]), float(position["entryPrice"])
        self.say("position", [position["side"], held > 0.5, entry > 0])
        paid = await self.some(lambda: exchange.fetch_funding_history(symbol))
        rate = await exchange.fetch_funding_rate(symbol)
        self.say("funding rate", rate["fundingRate"])
        self.say("open interest", (await exchange.fetch_open_interest(symbol))["symbol"])
        self.say("funding rates", len(await exchange.fetch_funding_rate_history(symbol)))
        self.say("funding paid", [each["amount"] < 0 for each in paid])
        stop = await exchange.create_order(
            symbol, "market", "sell", 0.1, None, {"triggerPrice": 100, "reduceOnly": True}
        )
        self.say("stop", [stop["status"], stop["triggerPrice"]])
        gone = await exchange.cancel_order(stop["id"], symbol)
        self.say("stop cancelled", gone["id"] == stop["id"])
        reduce = {"reduceOnly": True}
        await exchange.create_order(symbol, "market", "sell", held, None, reduce)
        self.say("closed", len(await exchange.fetch_positions([symbol])))


asyncio.run(Walk(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]).run())
