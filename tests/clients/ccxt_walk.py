"""What a user of ccxt does, against an exchange at 127.0.0.1: a program for the environment that has ccxt.

usage: ccxt_walk.py EXCHANGE PORT KEY SECRET. It prints one line of JSON for every step: its name and what it found.
"""

import asyncio
import sys

from ccxt_walking import PATIENCE_S, Walking


class Walk(Walking):
    """Binance, spot or USD-M."""

    def __init__(self, name: str, port: int, key: str, secret: str) -> None:
        self.futures = name == "binanceusdm"
        symbol = "BTC/USDT:USDT" if self.futures else "BTC/USDT"
        super().__init__(name, "binance.com", port, symbol, apiKey=key, secret=secret)

    async def walk(self) -> None:
        await self.market()
        symbol = self.symbol
        best = (await self.exchange.fetch_bids_asks([symbol]))[symbol]
        self.say("best", [best["bid"], best["ask"]])
        await self.orders()
        await self.public_streams()
        await self.private_streams()
        await self.sockets()
        await self.errors()
        if self.futures:
            await self.terms()
            await self.hedged()

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
        await self.buy(0.5)

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
        async with asyncio.timeout(PATIENCE_S):
            await self.buy_until(waiting.values())
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

    async def terms(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        position = (await exchange.fetch_positions([symbol]))[0]
        self.say(
            "position", [position["side"], position["contracts"] > 0.5, position["entryPrice"] > 0]
        )
        self.say("leverage", (await exchange.set_leverage(30, symbol))["leverage"])
        self.say("leverage kept", (await exchange.fetch_leverage(symbol))["longLeverage"])
        paid = await self.some(lambda: exchange.fetch_funding_history(symbol))
        rate = await exchange.fetch_funding_rate(symbol)
        self.say("funding rate", rate["fundingRate"])
        self.say("funding rates", len(await exchange.fetch_funding_rate_history(symbol)))
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

    async def hedged(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        await exchange.set_position_mode(True, symbol)
        self.say("hedged", (await exchange.fetch_position_mode(symbol))["hedged"])
        for side, leg in (("buy", "LONG"), ("sell", "SHORT")):
            order = {"positionSide": leg}
            await exchange.create_order(symbol, "market", side, 0.1, None, order)
        held = await exchange.fetch_positions([symbol])
        self.say("both sides", sorted([each["side"], each["contracts"]] for each in held))
        await self.fails("held", exchange.set_position_mode(False, symbol))
        wanted = [
            {
                "symbol": symbol,
                "type": "limit",
                "side": "buy",
                "amount": 0.01,
                "price": price,
                "params": {"positionSide": "LONG"},
            }
            for price in (80_000, 80_010)
        ]
        placed = await exchange.create_orders(wanted)
        self.say("placed together", [each["status"] for each in placed])
        gone = await exchange.cancel_orders([each["id"] for each in placed], symbol)
        self.say("cancelled together", [each["status"] for each in gone])
        for side, leg in (("sell", "LONG"), ("buy", "SHORT")):
            order = {"positionSide": leg}
            await exchange.create_order(symbol, "market", side, 0.1, None, order)
        await exchange.set_position_mode(False, symbol)
        self.say("one-way", (await exchange.fetch_position_mode(symbol))["hedged"])


asyncio.run(Walk(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]).run())
