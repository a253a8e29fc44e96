"""The ccxt side of `crypto.py`: the same frames, parsed and applied as ccxt.pro does; prints one JSON object."""

from __future__ import annotations

import asyncio
import gzip
import json
import resource
import sys
import time


class Client:
    """What ccxt's handlers need of a connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.subscriptions: dict[str, object] = {}
        self.futures: dict[str, object] = {}

    def resolve(self, result: object, message_hash: str) -> object:
        return result

    def reject(self, error: object, message_hash: str = "") -> None:
        raise SystemExit(f"ccxt rejected a message: {error}")


async def main(path: str) -> None:
    began = time.process_time()
    import ccxt.pro

    imported = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    exchange = ccxt.pro.binanceusdm()
    exchange.set_markets([market_of("BTCUSDT", "BTC/USDT:USDT", "BTC", "USDT")])
    depths: list[str] = []
    tickers: list[str] = []
    snapshot: dict[str, object] = {}
    with gzip.open(path, "rt") as lines:
        for line in lines:
            text = line.partition(" ")[2].strip()
            if text.startswith('{"lastUpdateId"'):
                snapshot = json.loads(text)
            elif '"depthUpdate"' in text[:80]:
                depths.append(text[text.index('"data":') + 7 : -1])
            elif '"bookTicker"' in text[:80]:
                tickers.append(text[text.index('"data":') + 7 : -1])
    client = Client("wss://fstream.binance.com/public/ws/1")
    book = exchange.order_book({}, 1000)
    book.reset(exchange.parse_order_book(snapshot, "BTC/USDT:USDT"))
    book["nonce"] = snapshot["lastUpdateId"]
    exchange.orderbooks["BTC/USDT:USDT"] = book
    parse = exchange.parse_json if hasattr(exchange, "parse_json") else json.loads
    began = time.process_time()
    for text in depths:
        exchange.handle_message(client, parse(text))
        book["bids"][0], book["asks"][0]
    depth_s = time.process_time() - began
    began = time.process_time()
    for text in tickers:
        exchange.handle_message(client, parse(text))
    ticker_s = time.process_time() - began
    figures = {
        "version": ccxt.__version__,
        "depths_per_s": len(depths) / depth_s,
        "tickers_per_s": len(tickers) / ticker_s,
        "import_s": imported,
        "import_mb": peak,
        "best": [book["bids"][0][0], book["asks"][0][0]],
        "nonce": book["nonce"],
    }
    await exchange.close()
    print(json.dumps(figures))


def market_of(name: str, symbol: str, base: str, quote: str) -> dict[str, object]:
    """Return a linear contract in ccxt's words."""
    return {
        "id": name,
        "symbol": symbol,
        "base": base,
        "quote": quote,
        "settle": quote,
        "baseId": base,
        "quoteId": quote,
        "settleId": quote,
        "type": "swap",
        "spot": False,
        "margin": False,
        "swap": True,
        "future": False,
        "option": False,
        "active": True,
        "contract": True,
        "linear": True,
        "inverse": False,
        "contractSize": 1.0,
        "precision": {"amount": 0.001, "price": 0.1},
        "limits": {},
        "info": {},
    }


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
