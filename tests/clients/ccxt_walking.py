"""What the walks of ccxt's users share: pointing it at 127.0.0.1, saying what was found, and the public part."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import ccxt.pro as ccxt

PATIENCE_S = 60


def to_loopback(urls: Any, port: int, domain: str) -> Any:
    """Point every address of a domain at the port; the path stays, and the name of a host of streams goes into it."""
    if isinstance(urls, dict):
        return {name: to_loopback(each, port, domain) for name, each in urls.items()}
    if not isinstance(urls, str) or domain not in urls:
        return urls
    parts = urlsplit(urls)
    scheme = "ws" if parts.scheme.startswith("ws") else "http"
    prefix = f"/{parts.hostname}" if "stream." in parts.netloc else ""
    return f"{scheme}://127.0.0.1:{port}{prefix}{parts.path}"


class Walking:
    """One exchange, step by step; `code` finds the venue's code in an error's text."""

    code = r'"code":(-?\d+)'

    def __init__(self, name: str, domain: str, port: int, symbol: str, **secrets: str) -> None:
        # As patient as a machine that does much else needs; a test may not end because a request took long.
        patient = {"timeout": PATIENCE_S * 1000, "options": {"recvWindow": PATIENCE_S * 1000}}
        self.exchange = getattr(ccxt, name)({**secrets, **patient, "enableRateLimit": False})
        self.exchange.urls["api"] = to_loopback(self.exchange.urls["api"], port, domain)
        self.symbol = symbol

    def say(self, step: str, found: object) -> None:
        print(json.dumps({"step": step, "found": found}), flush=True)

    async def run(self) -> None:
        try:
            await self.walk()
        finally:
            await self.exchange.close()

    async def walk(self) -> None:
        """Take all steps."""

    async def fails(self, step: str, asking: Any) -> None:
        try:
            await asking
            self.say(step, None)
        except ccxt.BaseError as error:
            code = re.search(self.code, str(error))
            found = code[1] if code else None
            number = found is not None and found.lstrip("-").isdecimal()
            self.say(step, [type(error).__name__, int(found) if number and found else found])

    async def market(self) -> None:
        exchange, symbol = self.exchange, self.symbol
        markets = await exchange.load_markets()
        market = markets[symbol]
        self.say("markets", [sorted(markets), market["precision"], market["limits"]["cost"]["min"]])
        self.say("time", abs(await exchange.fetch_time() - exchange.milliseconds()) < 60_000)
        ticker = await exchange.fetch_ticker(symbol)
        self.say("ticker", [ticker["last"], ticker["high"], ticker["low"]])
        book = await exchange.fetch_order_book(symbol, 10)
        self.say("book", [book["bids"][0], book["asks"][0]])
        trades = await exchange.fetch_trades(symbol)
        self.say("trades", len(trades) > 0)
        bars = await exchange.fetch_ohlcv(symbol, "1m")
        self.say("bars", [len(bars) > 0, len(bars[-1])])

    async def money(self, currency: str) -> None:
        exchange = self.exchange
        self.say("status", (await exchange.fetch_status())["status"])
        self.say("currencies", sorted(await exchange.fetch_currencies()))
        self.say("balance", (await exchange.fetch_balance())[currency]["free"])

    async def public_streams(self) -> None:
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
        self.say("watched book", [all(sizes), book["nonce"] <= (rest["nonce"] or book["nonce"])])
        self.say("watched trades", len(await exchange.watch_trades(symbol)) > 0)
        self.say("watched bars", len(await exchange.watch_ohlcv(symbol, "1m")) > 0)

    async def some(self, ask: "Callable[[], Awaitable[list[Any]]]") -> list[Any]:
        """Ask until there is something: what the market does comes in its own time."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := await ask()):
                await asyncio.sleep(0.2)
        return found

    async def buy(self, amount: float) -> None:
        """Buy at the market, and look at the trades and at all orders."""
        exchange, symbol = self.exchange, self.symbol
        bought = await exchange.create_order(symbol, "market", "buy", amount)
        self.say("bought", [bought["status"], bought["filled"], bought["average"] > 0])
        trades = await exchange.fetch_my_trades(symbol)
        amounts = sum(each["amount"] for each in trades)
        self.say("my trades", [amounts, trades[-1]["fee"]["currency"]])
        history = await exchange.fetch_orders(symbol)
        self.say("history", sorted({each["status"] for each in history}))

    async def buy_until(self, heard: Iterable["asyncio.Task[Any]"]) -> None:
        """Buy a little again and again until all that is waited for was heard."""
        left = set(heard)
        while left:
            await self.exchange.create_order(self.symbol, "market", "buy", 0.1)
            _, left = await asyncio.wait(left, timeout=1)
