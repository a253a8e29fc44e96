"""What a user of plain ccxt does at an exchange that is served here: a program for the environment that has ccxt.

usage: ccxt_venue_walk.py NAME PORT SYMBOL KEY SECRET KIND. One line of JSON for every step: its name and what it found.
"""

import asyncio
import sys
from typing import Any
from urllib.parse import urlsplit

from ccxt_walking import Walking


def to_gateway(urls: Any, port: int, hostnames: dict[str, str], name: str = "") -> Any:
    """Point every address at the port, with its host as the first part of the path."""
    if isinstance(urls, dict):
        return {key: to_gateway(each, port, hostnames, name or key) for key, each in urls.items()}
    host = hostnames.get(name, hostnames.get("", ""))
    parts = urlsplit(urls.replace("{hostname}", host))
    scheme = "ws" if parts.scheme.startswith("ws") else "http"
    return f"{scheme}://127.0.0.1:{port}/{parts.hostname}{parts.path}"


class Walk(Walking):
    """Public data, an order that rests and is cancelled, one that is filled, pushes, and two errors."""

    def __init__(self, name: str, port: int, symbol: str, key: str, secret: str, kind: str) -> None:
        super().__init__(name, "nowhere", port, symbol, apiKey=key, secret=secret)
        exchange = self.exchange
        hosts = {**exchange.urls.get("hostnames", {}), "": getattr(exchange, "hostname", "") or ""}
        exchange.urls["api"] = to_gateway(exchange.urls["api"], port, hosts)
        if kind:
            exchange.options["defaultType"] = kind
            exchange.options["fetchMarkets"] = {
                "types": {"spot": kind == "spot", "linear": kind == "swap", "inverse": False}
            }

    async def walk(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        markets = await exchange.load_markets()
        self.say("markets", sorted(markets))
        book = await exchange.fetch_order_book(symbol)
        self.say("book", [book["bids"][0][0], book["asks"][0][0]])
        self.say("trades", len(await exchange.fetch_trades(symbol)) > 0)
        self.say("bars", len(await exchange.fetch_ohlcv(symbol, "1m")) > 0)
        async with asyncio.timeout(60):
            await self.pushes()
            await self.orders()
        await self.fails("unknown order", exchange.cancel_order(self.unknown, symbol))
        exchange.secret = "wrong"
        await self.fails("wrong secret", exchange.fetch_balance())

    @property
    def unknown(self) -> str:
        return "61e69015-8549-4bfd-b9c3-01e75843f47d" if self.exchange.id == "alpaca" else "12345"

    async def pushes(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        book = await exchange.watch_order_book(symbol)
        self.say("watched book", [book["bids"][0][0], book["asks"][0][0]])
        self.say("watched trades", len(await exchange.watch_trades(symbol)) > 0)

    async def orders(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        derivatives = exchange.id == "bitfinex" and ":" in symbol
        balance = await exchange.fetch_balance({"type": "derivatives"} if derivatives else {})
        self.say("balance", max(each for each in balance["total"].values()))
        waiting = asyncio.create_task(exchange.watch_orders(symbol))
        fills = asyncio.create_task(exchange.watch_my_trades(symbol))
        order = await self.place_until(waiting, 2, 90_000, {"clientOrderId": "123456789012"})
        self.say("placed", order["id"] is not None)
        found = [each["clientOrderId"] for each in await exchange.fetch_open_orders(symbol)]
        self.say("open", found)
        self.say("watched orders", (await waiting)[-1]["symbol"] == symbol)
        fetched = await exchange.fetch_order(order["id"], symbol)
        self.say("fetched", [fetched["status"], fetched["price"], fetched["amount"]])
        await exchange.cancel_order(order["id"], symbol)
        self.say("cancelled", len(await exchange.fetch_open_orders(symbol)))
        await self.place_until(fills, 1, 96_000, {})
        trade = (await fills)[-1]
        self.say("watched fills", [trade["amount"], trade["price"]])
        mine = (await exchange.fetch_my_trades(symbol))[-1]
        self.say("fills", [mine["amount"], mine["price"], mine["side"]])

    async def place_until(self, heard: Any, amount: int, price: int, params: Any) -> Any:
        """Place an order, and again until a push tells of one: ccxt does not say when it is listening."""
        while True:
            order = await self.exchange.create_order(
                self.symbol, "limit", "buy", amount, price, params
            )
            await asyncio.wait([heard], timeout=5)
            if heard.done():
                return order
            if price < 95_000:
                await self.exchange.cancel_order(order["id"], self.symbol)


if __name__ == "__main__":
    _, given, at, *words = sys.argv
    asyncio.run(Walk(given, int(at), *words).run())  # type: ignore[arg-type]
