"""What a user of ccxt does at OKX, against an exchange at 127.0.0.1: a program for the environment that has ccxt.

usage: ccxt_okx_walk.py SYMBOL PORT KEY SECRET PASSPHRASE. It prints one line of JSON for every step: its name and what
it found.
"""

import asyncio
import sys
from typing import Any

from ccxt_walking import PATIENCE_S, Walking


class Walk(Walking):
    """OKX, a pair or a perpetual."""

    code = r'"(?:sCode|code)":"(?!1")(\d+)"'

    def __init__(self, symbol: str, port: int, key: str, secret: str, passphrase: str) -> None:
        secrets = {"apiKey": key, "secret": secret, "password": passphrase}
        super().__init__("okx", "okx.com", port, symbol, **secrets)
        at = f"127.0.0.1:{port}"
        self.exchange.urls["api"] = {"rest": f"http://{at}", "ws": f"ws://{at}/ws/v5"}
        self.perpetual = ":" in symbol

    async def walk(self) -> None:
        await self.market()
        await self.orders()
        await self.public_streams()
        await self.private_streams()
        await self.sockets()
        await self.errors()
        if self.perpetual:
            await self.terms()
            await self.conditional()

    async def orders(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        await self.money("USDT")
        order = await exchange.create_order(
            symbol, "limit", "buy", 0.01, 80_000, {"clientOrderId": "walk1", "postOnly": True}
        )
        self.say("placed", [order["clientOrderId"], order["info"]["sCode"]])
        await exchange.edit_order(order["id"], symbol, "limit", "buy", 0.02, 80_001)
        found = await exchange.fetch_order(order["id"], symbol)
        self.say("edited", [found["status"], found["price"], found["amount"], found["postOnly"]])
        working = await exchange.fetch_open_orders(symbol)
        self.say("open", [each["id"] == order["id"] for each in working])
        await exchange.cancel_order(order["id"], symbol)
        named = await exchange.fetch_order(None, symbol, {"clientOrderId": "walk1"})
        self.say("cancelled", named["status"])
        batch: list[dict[str, Any]] = [
            {"symbol": symbol, "type": "limit", "side": "buy", "amount": 0.01, "price": price}
            for price in (80_000, 80_010)
        ]
        many = [each["id"] for each in await exchange.create_orders(batch)]
        gone = await exchange.cancel_orders(many, symbol)
        left = await exchange.fetch_open_orders(symbol)
        self.say("batch", [len(many), len(gone), len(left)])
        bought = await exchange.create_order(symbol, "market", "buy", 0.5)
        filled = await exchange.fetch_order(bought["id"], symbol)
        self.say("bought", [filled["status"], filled["filled"], filled["average"] > 0])
        trades = await exchange.fetch_my_trades(symbol)
        amounts = sum(each["amount"] for each in trades)
        self.say("my trades", [amounts, trades[-1]["fee"]["currency"]])
        history = [await exchange.fetch_closed_orders(symbol)]
        history.append(await exchange.fetch_canceled_orders(symbol))
        self.say("history", [sorted({each["status"] for each in rows}) for rows in history])
        self.say("fee", (await exchange.fetch_trading_fee(symbol))["taker"])

    async def private_streams(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        await exchange.authenticate()
        waiting = {
            "orders": asyncio.create_task(exchange.watch_orders(symbol)),
            "my trades": asyncio.create_task(exchange.watch_my_trades(symbol)),
        }
        async with asyncio.timeout(PATIENCE_S):
            # Money and positions are told at once.
            self.say("watched balance", (await exchange.watch_balance())["USDT"]["total"] > 0)
            if self.perpetual:
                [*_, held] = await exchange.watch_positions([symbol])
                self.say("watched positions", [held["side"], held["contracts"] > 0])
            await self.buy_until(waiting.values())
            orders = await waiting["orders"]
            self.say("watched orders", [orders[-1]["symbol"], orders[-1]["side"]])
            mine = await waiting["my trades"]
            self.say("watched my trades", [mine[-1]["side"], mine[-1]["fee"]["currency"]])

    async def sockets(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        order = await exchange.create_order_ws(symbol, "limit", "buy", 0.01, 80_000)
        await exchange.edit_order_ws(order["id"], symbol, "limit", "buy", 0.02, 80_005)
        found = await exchange.fetch_order(order["id"], symbol)
        self.say("edited by socket", [found["status"], found["price"], found["amount"]])
        await exchange.cancel_order_ws(order["id"], symbol)
        self.say("cancelled by socket", (await exchange.fetch_order(order["id"], symbol))["status"])
        dear = exchange.create_order_ws(symbol, "limit", "buy", 1_000_000, 90_000)
        await self.fails("too dear by socket", dear)

    async def errors(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        dear = exchange.create_order(symbol, "limit", "buy", 1_000_000, 90_000)
        await self.fails("too dear", dear)
        await self.fails("unknown order", exchange.cancel_order("12345", symbol))
        await self.fails("not found", exchange.fetch_order("12345", symbol))
        maker = {"postOnly": True}
        taking = await exchange.create_order(symbol, "limit", "buy", 0.01, 99_000, maker)
        found = await exchange.fetch_order(taking["id"], symbol)
        self.say("taking", [found["status"], found["info"]["cancelSource"]])
        exchange.secret, kept = "wrong", exchange.secret
        await self.fails("wrong secret", exchange.fetch_balance())
        exchange.secret = kept
        exchange.password, kept = "wrong", exchange.password
        await self.fails("wrong passphrase", exchange.fetch_balance())
        exchange.password = kept

    async def terms(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        [position] = await exchange.fetch_positions([symbol])
        self.say(
            "position",
            [position["side"], position["contracts"] > 0.5, position["entryPrice"] > 0],
        )
        await exchange.set_leverage(10, symbol, {"mgnMode": "cross"})
        self.say("leverage", (await exchange.fetch_leverage(symbol))["longLeverage"])
        paid = await self.some(lambda: exchange.fetch_funding_history(symbol))
        self.say("funding rate", (await exchange.fetch_funding_rate(symbol))["fundingRate"])
        self.say("watched rate", (await exchange.watch_funding_rate(symbol))["fundingRate"])
        self.say("funding rates", len(await exchange.fetch_funding_rate_history(symbol)))
        self.say("funding paid", [each["amount"] < 0 for each in paid])
        self.say("marked", (await exchange.watch_mark_price(symbol))["markPrice"] > 0)
        self.say("position mode", (await exchange.fetch_position_mode(symbol))["hedged"])
        tiers = await exchange.fetch_market_leverage_tiers(symbol)
        self.say("tiers", tiers[0]["maxLeverage"])
        other = "ETH/USDT:USDT"
        await exchange.set_margin_mode("isolated", other, {"lever": 5})
        await exchange.create_order(other, "market", "buy", 1, None, {"tdMode": "isolated"})
        alone = await exchange.fetch_position(other)
        self.say("isolated", [alone["marginMode"], alone["leverage"], alone["contracts"]])

    async def conditional(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        reduce = {"reduceOnly": True}
        stop = await exchange.create_order(
            symbol, "market", "sell", 0.1, None, {"stopLossPrice": 50_000, **reduce}
        )
        trigger = await exchange.create_order(
            symbol, "limit", "buy", 0.1, 80_000, {"triggerPrice": 99_000}
        )
        waiting = await exchange.fetch_open_orders(symbol, None, None, {"trigger": True})
        self.say("trigger", [[each["triggerPrice"], each["price"]] for each in waiting])
        for each in (stop, trigger):
            await exchange.cancel_order(each["id"], symbol, {"trigger": True})
        left = await exchange.fetch_open_orders(symbol, None, None, {"trigger": True})
        self.say("triggers left", len(left))
        await exchange.create_order(
            symbol, "market", "buy", 0.1, None, {"stopLoss": {"triggerPrice": 50_000}}
        )
        [stop] = await exchange.fetch_open_orders(symbol, None, None, {"ordType": "conditional"})
        await exchange.edit_order(
            stop["id"],
            symbol,
            "conditional",
            "sell",
            0.1,
            None,
            {"stopLossPrice": 51_000, "newSlOrdPx": -1},
        )
        [stop] = await exchange.fetch_open_orders(symbol, None, None, {"ordType": "conditional"})
        self.say("attached", [stop["stopLossPrice"], stop["side"], stop["amount"]])
        await exchange.close_position(symbol)
        self.say("closed", len(await exchange.fetch_positions([symbol])))


asyncio.run(Walk(sys.argv[1], int(sys.argv[2]), *sys.argv[3:6]).run())
